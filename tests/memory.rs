//! The conformance suite on the in-memory store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod conformance;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use conformance::{Backstage, Site};
use dynamosess::clock::{CorrectedClock, Deadline};
use dynamosess::config::{Credentials, Prefetch, Settings};
use dynamosess::credentials::ProvideCredentials;
use dynamosess::dynamodb::{Client, Item, wire};
use dynamosess::error::{Cause, Place};
use dynamosess::session::{Context, DynamoDbStore, Handler, ReadAhead};
use dynamosess::stats::Stats;
use dynamosess::testing::memory::{Fault, MemoryStore};
use dynamosess::testing::{ManualClock, Scripted};
use serde_json::Value;

/// A table with nothing of this test in it.
fn site() -> Site {
    let clock = Arc::new(CorrectedClock::new(Arc::new(ManualClock::at(1_800_000_000))));
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock)).with_pages_of(3));
    Site {
        store: Arc::clone(&store) as _,
        clock,
        stats: Arc::new(Stats::default()),
        prefix: String::new(),
        backstage: Box::new(Memory(store)),
    }
}

#[derive(Debug)]
struct Memory(Arc<MemoryStore>);

impl Backstage for Memory {
    fn put(&self, key: &str, attributes: &Value) {
        self.0.put(key, wire::parse::<Item>(attributes.to_string().as_bytes()).unwrap());
    }

    fn item(&self, key: &str) -> Option<Item> {
        self.0.item(key)
    }

    fn calls(&self) -> Vec<String> {
        self.0.calls().into_iter().map(str::to_owned).collect()
    }

    fn fault(&self, fault: Fault) {
        self.0.fault(fault);
    }
}

/// Nobody's credentials, and how long they were waited for.
#[derive(Debug, Default)]
struct Slow(Mutex<Vec<Duration>>);

impl ProvideCredentials for Slow {
    fn credentials(&self, deadline: &Deadline) -> std::result::Result<Arc<Credentials>, Cause> {
        self.0.lock().unwrap().push(deadline.total());
        Err(Cause::NoCredentials("nobody".to_owned()))
    }

    fn refused(&self, _used: &Credentials) -> bool {
        false
    }

    fn source(&self) -> String {
        "nobody".to_owned()
    }
}

#[test]
fn reading_ahead_waits_for_no_credentials() {
    let machine = Arc::new(ManualClock::at(1_800_000_000));
    let clock = Arc::new(CorrectedClock::new(Arc::clone(&machine) as _));
    let (slow, transport) = (Arc::new(Slow::default()), Arc::new(Scripted::new(machine, [])));
    let provide = Arc::clone(&slow) as Arc<dyn ProvideCredentials>;
    let client = Client::new(Place::default(), 4, transport, provide, Arc::clone(&clock), Arc::default());
    let settings = Settings { prefetch: Prefetch::On, ..Settings::defaults() };
    let context = Context::new(settings, Arc::new(DynamoDbStore::new(Arc::new(client))), clock).unwrap();
    assert!(ReadAhead::begin(&context, "PHPSESSID", b"v").is_none());
    assert_eq!(*slow.0.lock().unwrap(), [Duration::ZERO]);
}

#[test]
fn what_validation_has_read_is_not_believed_much_later() {
    let machine = Arc::new(ManualClock::at(1_800_000_000));
    let clock = Arc::new(CorrectedClock::new(Arc::clone(&machine) as _));
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
    let context = Context::new(Settings::defaults(), Arc::clone(&store) as _, clock).unwrap();
    let (mut daemon, mut other) = (Handler::new(context.clone()), Handler::new(context));
    other.write(b"v", b"n|i:1;").unwrap();
    assert_eq!(daemon.validate(b"v"), Ok(true));
    other.destroy(b"v").unwrap();
    machine.advance(Duration::from_secs(2));
    assert_eq!(daemon.read(b"v").unwrap(), b"");
}
