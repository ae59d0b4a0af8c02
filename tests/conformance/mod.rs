//! What both stores promise, and the session protocol on top of them. `tests/memory.rs` runs it on the in-memory store,
//! `tests/engine.rs` on a DynamoDB engine: each says by a function `site` what to run it on.
//!
//! | file | its one job |
//! | --- | --- |
//! | [`store`] | the store's own promises |
//! | [`attributes`] | what is in an item, and when it is absent |
//! | [`formats`] | items of other handlers, and the forms of data |
//! | [`encryption`] | sessions that are encrypted before they are stored |
//! | [`read`] | what a read asks for, and what its failure means |
//! | [`write`] | creates, updates, touches, destroys: on which condition, at which cost |
//! | [`ids`] | which ids are taken |
//! | [`garbage`] | garbage collection |

mod attributes;
mod encryption;
mod formats;
mod garbage;
mod ids;
mod read;
mod store;
mod write;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use dynamosess::clock::{CorrectedClock, Deadline};
use dynamosess::config::Settings;
use dynamosess::dynamodb::{AttributeValue, Item, wire};
use dynamosess::error::Cause;
use dynamosess::session::{Context, Handler, Store};
use dynamosess::stats::Stats;
use dynamosess::testing::memory::Fault;
use serde_json::{Value, json};

/// A lifetime of a day, so that no test is hurried; `touch_interval` stays a minute.
pub const LIFETIME: i64 = 86_400;
pub const TOUCH: i64 = 60;

/// What a test runs on.
pub struct Site {
    pub store: Arc<dyn Store>,
    pub clock: Arc<CorrectedClock>,
    pub stats: Arc<Stats>,
    /// Before every key, so that tests on one table do not meet.
    pub prefix: String,
    pub backstage: Box<dyn Backstage>,
}

/// What a test does and sees past the store: nothing of it is counted.
pub trait Backstage: Debug + Send + Sync {
    /// Puts an item, in DynamoDB's JSON, as another program would; the key is added.
    fn put(&self, key: &str, attributes: &Value);

    /// The item as it stands.
    fn item(&self, key: &str) -> Option<Item>;

    /// Every operation that the store was asked for.
    fn calls(&self) -> Vec<String>;

    /// The next operation meets this; faults queue up.
    fn fault(&self, fault: Fault);
}

impl Site {
    /// The key of a session named `S`.
    pub fn key(&self, id: &str) -> String {
        format!("{}S_{id}", self.prefix)
    }

    pub fn put(&self, id: &str, attributes: Value) {
        self.backstage.put(&self.key(id), &attributes);
    }

    pub fn item(&self, id: &str) -> Option<Item> {
        self.backstage.item(&self.key(id))
    }

    /// The item's attributes but its key.
    pub fn names(&self, id: &str) -> Vec<String> {
        let mut names: Vec<_> = self.item(id).unwrap_or_default().into_keys().filter(|name| name != "id").collect();
        names.sort_unstable();
        names
    }

    /// The session's data as they are stored; `None`: no item, or no data in it.
    pub fn data(&self, id: &str) -> Option<Vec<u8>> {
        match self.item(id)?.remove("data")? {
            AttributeValue::Binary(bytes) => Some(bytes),
            AttributeValue::String(text) => Some(text.into_bytes()),
            other => panic!("{other:?}"),
        }
    }

    pub fn expires(&self, id: &str) -> i64 {
        self.item(id).unwrap()["expires"].as_i64().unwrap()
    }

    pub fn generation(&self, id: &str) -> AttributeValue {
        self.item(id).unwrap()["gen"].clone()
    }

    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// `expires` so many seconds from now, in DynamoDB's JSON.
    pub fn in_seconds(&self, seconds: i64) -> Value {
        json!({ "N": (self.now() + seconds).to_string() })
    }

    /// Time goes by for this session alone: engines have clocks of their own.
    pub fn age(&self, id: &str, seconds: i64) {
        let mut item: serde_json::Map<String, Value> = serde_json::Map::new();
        for (name, value) in self.item(id).unwrap() {
            item.insert(name, json_of(&value));
        }
        item.remove("id");
        item.insert("expires".to_owned(), json!({ "N": (self.expires(id) - seconds).to_string() }));
        self.put(id, Value::Object(item));
    }

    /// Another program deletes it.
    pub fn delete(&self, id: &str) {
        let mut other = self.handler();
        other.destroy(id.as_bytes()).unwrap();
    }

    /// The operations that `act` asks for.
    pub fn calls_of<T>(&self, act: impl FnOnce() -> T) -> (T, Vec<String>) {
        let before = self.backstage.calls().len();
        let result = act();
        (result, self.backstage.calls().split_off(before))
    }

    pub fn settings(&self) -> Settings {
        Settings { key_prefix: self.prefix.clone(), session_lifetime: LIFETIME as u64, ..Settings::defaults() }
    }

    pub fn context(&self, change: impl FnOnce(&mut Settings)) -> Context {
        let mut settings = self.settings();
        change(&mut settings);
        let context = Context::new(settings, Arc::clone(&self.store), Arc::clone(&self.clock)).unwrap();
        Context { stats: Arc::clone(&self.stats), ..context }
    }

    /// What one request of a visitor uses, opened.
    pub fn handler(&self) -> Handler {
        self.handler_with(|_| {})
    }

    pub fn handler_with(&self, change: impl FnOnce(&mut Settings)) -> Handler {
        opened(&self.context(change))
    }

    /// A session, begun and ended by some other request.
    pub fn session(&self, id: &str, data: &[u8]) {
        let mut other = self.handler();
        other.read(id.as_bytes()).unwrap();
        other.write(id.as_bytes(), data).unwrap();
    }

    /// What a new request reads.
    pub fn reads(&self, id: &str) -> Vec<u8> {
        self.handler().read(id.as_bytes()).unwrap()
    }

    pub fn deadline(&self) -> Deadline {
        self.clock.deadline(Duration::from_secs(20))
    }
}

/// A handler of a request that has opened its session.
pub fn opened(context: &Context) -> Handler {
    let mut handler = Handler::new(context.clone());
    handler.open(context.clone(), "S", None);
    handler
}

pub fn unreachable() -> Fault {
    Fault::Fails(Cause::Connect("refused".to_owned()))
}

pub fn throttled() -> Fault {
    let cause = Cause::Service { status: 400, code: "ThrottlingException".into(), message: String::new() };
    Fault::Fails(cause)
}

pub fn b(data: &[u8]) -> Value {
    json_of(&AttributeValue::Binary(data.to_vec()))
}

/// A value in DynamoDB's JSON.
pub fn json_of(value: &AttributeValue) -> Value {
    serde_json::from_slice(&wire::to_json(value, 0).unwrap()).unwrap()
}

pub fn s(text: &str) -> Value {
    json!({ "S": text })
}

/// Both stores' calls by name.
pub const GET: &str = "GetItem";
pub const UPDATE: &str = "UpdateItem";
pub const DELETE: &str = "DeleteItem";
