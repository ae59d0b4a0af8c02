//! Garbage collection.

use std::sync::{Arc, Mutex};

use dynamosess::clock::Deadline;
use dynamosess::dynamodb::{Condition, Fetched, Item, Outcome, ScanPage, Update};
use dynamosess::error::{Place, Result};
use dynamosess::session::{Context, Store, garbage};
use serde_json::{Value, json};

use super::{DELETE, s};
use crate::site;

#[test]
fn all_that_has_expired_is_deleted_and_counted_and_all_else_stays() {
    let t = site();
    for n in 0..30 {
        t.put(&format!("dead{n}"), json!({ "data": s(&"x".repeat(40_000)), "expires": t.in_seconds(-5 - n) }));
    }
    t.put("living", json!({ "data": s("n|i:1;"), "expires": t.in_seconds(100) }));
    t.put("without end", json!({ "data": s("n|i:1;") }));
    let (deleted, calls) = t.calls_of(|| garbage::collect(&t.context(|_| {})));
    assert_eq!(deleted, Ok(30));
    assert_eq!(calls.iter().filter(|call| *call == DELETE).count(), 30);
    assert!(t.item("living").is_some() && t.item("without end").is_some());
    assert!((0..30).all(|n| t.item(&format!("dead{n}")).is_none()));
    assert_eq!(garbage::collect(&t.context(|_| {})), Ok(0));
}

#[test]
fn what_somebody_has_locked_is_left_alone() {
    let t = site();
    let ms = |seconds: i64| json!({ "N": ((t.now() + seconds) * 1_000).to_string() });
    let locked = |lock: Value| json!({ "expires": t.in_seconds(-5), "lock": lock, "lock_owner": s("x") });
    t.put("ours", locked(ms(60)));
    t.put("sdk's", locked(json!({ "N": "1" })));
    t.put("ended", locked(ms(-60)));
    t.put("owner only", json!({ "expires": t.in_seconds(-5), "lock_owner": s("x") }));
    assert_eq!(garbage::collect(&t.context(|_| {})), Ok(2));
    assert!(t.item("ours").is_some() && t.item("sdk's").is_some());
    assert!(t.item("ended").is_none() && t.item("owner only").is_none());
}

#[test]
fn sessions_of_another_prefix_are_left_alone() {
    let t = site();
    t.put("v", json!({ "expires": t.in_seconds(-5) }));
    let other = t.context(|settings| settings.key_prefix.push_str("other/"));
    assert_eq!(garbage::collect(&other), Ok(0));
    assert!(t.item("v").is_some());
}

#[test]
fn a_session_revived_since_the_scan_survives_and_is_no_error() {
    let t = site();
    for id in ["a", "b", "c"] {
        t.put(id, json!({ "data": s("n|i:1;"), "expires": t.in_seconds(-5) }));
    }
    let mut context = t.context(|_| {});
    let revive = Box::new({
        let other = t.context(|_| {});
        move || {
            let mut handler = super::opened(&other);
            handler.write(b"b", b"n|i:2;").unwrap();
        }
    });
    context.store = Arc::new(AfterScan { store: Arc::clone(&t.store), act: Mutex::new(Some(revive)) });
    assert_eq!(garbage::collect(&context), Ok(2));
    assert_eq!(t.data("b").unwrap(), b"n|i:2;");
}

#[test]
fn the_attribute_that_settings_name_says_what_has_expired() {
    let t = site();
    t.put("v", json!({ "ttl": t.in_seconds(-5), "expires": t.in_seconds(100) }));
    let context: Context = t.context(|settings| settings.session_lifetime_attribute = "ttl".into());
    assert_eq!(garbage::collect(&context), Ok(1));
}

/// A store on which somebody acts between scan and delete.
struct AfterScan {
    store: Arc<dyn Store>,
    act: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl std::fmt::Debug for AfterScan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AfterScan")
    }
}

impl Store for AfterScan {
    fn get(&self, key: &str, consistent: bool, deadline: &Deadline) -> Result<Fetched> {
        self.store.get(key, consistent, deadline)
    }

    fn update(&self, key: &str, update: &Update, deadline: &Deadline) -> Result<Outcome> {
        self.store.update(key, update, deadline)
    }

    fn delete(&self, key: &str, condition: Option<&Condition>, deadline: &Deadline) -> Result<Outcome> {
        self.store.delete(key, condition, deadline)
    }

    fn delete_each(&self, keys: &[String], condition: &Condition, deadline: &Deadline) -> Vec<Option<Outcome>> {
        if let Some(act) = self.act.lock().unwrap().take() {
            act();
        }
        self.store.delete_each(keys, condition, deadline)
    }

    fn scan(&self, filter: &Condition, start: Option<&Item>, deadline: &Deadline) -> Result<ScanPage> {
        self.store.scan(filter, start, deadline)
    }

    fn place(&self) -> &Place {
        self.store.place()
    }
}
