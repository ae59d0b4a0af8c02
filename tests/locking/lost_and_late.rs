//! Requests that are lost, repeated or served late; logouts; wrong clocks.

use std::sync::{Arc, Mutex};

use dynamosess::clock::{Clock, Deadline};
use dynamosess::config::Settings;
use dynamosess::dynamodb::{AttributeValue, Condition, Fetched, Item, Outcome, Refused, ScanPage, Update};
use dynamosess::error::{Cause, Place, Result};
use dynamosess::session::item::LOCK;
use dynamosess::session::{Context, Handler, Store};
use dynamosess::testing::memory::{Fault, MemoryStore};

use crate::site::{NOW, SECOND, Site, trouble};

#[test]
fn validate_after_a_lost_lock_lets_an_old_read_overwrite() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut stalled = site.request();
    assert_eq!(stalled.read(b"v").unwrap(), b"n|i:1;");
    site.stall(SECOND * 63);
    site.page(b"n|i:2;").unwrap(); // acknowledged under the lock
    assert!(stalled.validate(b"v").unwrap());
    let result = stalled.write(b"v", b"n|i:9;");
    assert!(result.is_err(), "must be refused; stored: {}", String::from_utf8_lossy(&site.data()));
    assert_eq!(site.data(), b"n|i:2;");
}

#[test]
fn validate_after_a_lost_lock_new_session() {
    let site = Site::new();
    let mut stalled = site.request();
    assert_eq!(stalled.read(b"v").unwrap(), b"");
    site.stall(SECOND * 63);
    site.page(b"n|i:2;").unwrap();
    assert!(stalled.validate(b"v").unwrap());
    let result = stalled.write(b"v", b"n|i:9;");
    assert!(result.is_err(), "must be refused; stored: {}", String::from_utf8_lossy(&site.data()));
}

#[test]
fn validate_in_vain_after_a_lost_lock_makes_the_write_unfenced() {
    let site = Site::with(|settings| settings.max_lock_wait_time = SECOND);
    site.page(b"n|i:1;").unwrap();
    let mut stalled = site.request();
    stalled.read(b"v").unwrap();
    site.stall(SECOND * 63);
    let mut next = site.request();
    assert_eq!(next.read(b"v").unwrap(), b"n|i:1;"); // holds the lock now
    assert!(stalled.validate(b"v").unwrap()); // Locked, said to exist
    let result = stalled.write(b"v", b"n|i:9;");
    let stored = site.data();
    let locked = site.is_locked();
    next.write(b"v", b"n|i:2;").unwrap();
    assert!(
        result.is_err(),
        "acknowledged without the lock (stored {}, locked by another: {locked}), and lost at once: {}",
        String::from_utf8_lossy(&stored),
        String::from_utf8_lossy(&site.data())
    );
}

#[test]
fn a_touch_on_a_machine_an_hour_behind_replaces_the_data() {
    let site = Site::with(|settings| settings.locking = false);
    site.page(b"encrypted").unwrap();
    let store = site.behind_a_clock_that_is_off_by(-3_600);
    let context = Context { clock: Arc::clone(&store.clock), store: Arc::new(store), ..site.context(&site.settings) };
    let mut handler = Handler::new(context.clone());
    handler.open(context, "", None);
    handler.touch(b"v", b"plain").unwrap();
    assert_eq!(String::from_utf8(site.data()).unwrap(), "encrypted");
}

/// A table on which one update is served late: its sender hears nothing of it.
#[derive(Debug)]
struct LateOne {
    store: Arc<MemoryStore>,
    mode: &'static str,
    kept: Mutex<Option<(String, Update)>>,
    armed: Mutex<bool>,
    meanwhile: Meanwhile,
}
struct Meanwhile(Mutex<Option<Box<dyn FnOnce() + Send>>>);
impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("m")
    }
}
impl Store for LateOne {
    fn get(&self, key: &str, c: bool, d: &Deadline) -> Result<Fetched> {
        self.store.get(key, c, d)
    }
    fn update(&self, key: &str, update: &Update, d: &Deadline) -> Result<Outcome> {
        if std::mem::take(&mut *self.armed.lock().unwrap()) {
            if self.mode == "late" {
                // The first try is under way still; the second is served.
                *self.kept.lock().unwrap() = Some((key.to_owned(), update.clone()));
                return self.store.update(key, update, d);
            }
            // The first try is served, its answer is lost; meanwhile somebody acts; then the second try.
            self.store.update(key, update, d)?;
            if let Some(act) = self.meanwhile.0.lock().unwrap().take() {
                act();
            }
            return Ok(match self.store.update(key, update, d)? {
                Outcome::Refused(refused) => Outcome::Refused(Refused { repeated: true, ..refused }),
                done => done,
            });
        }
        self.store.update(key, update, d)
    }
    fn delete(&self, key: &str, c: Option<&Condition>, d: &Deadline) -> Result<Outcome> {
        self.store.delete(key, c, d)
    }
    fn scan(&self, f: &Condition, s: Option<&Item>, d: &Deadline) -> Result<ScanPage> {
        self.store.scan(f, s, d)
    }
    fn place(&self) -> &Place {
        self.store.place()
    }
}

fn late(site: &Site, mode: &'static str, act: impl FnOnce() + Send + 'static) -> Arc<LateOne> {
    Arc::new(LateOne {
        store: Arc::clone(&site.store),
        mode,
        kept: Mutex::default(),
        armed: Mutex::new(false),
        meanwhile: Meanwhile(Mutex::new(Some(Box::new(act)))),
    })
}

fn unlocked() -> Site {
    Site::with(|settings| settings.locking = false)
}

#[test]
fn a_repeated_write_overwrites_what_was_built_on_it() {
    let site = unlocked();
    site.page(b"n|i:1;").unwrap();
    let context = site.context(&site.settings);
    let other = context.clone();
    let store = late(&site, "repeat", move || {
        let mut page = Handler::new(other.clone());
        page.open(other, "", None);
        assert_eq!(page.read(b"v").unwrap(), b"n|i:2;");
        page.write(b"v", b"n|i:3;").unwrap();
    });
    let mut a = Handler::new(Context { store: Arc::clone(&store) as _, ..context.clone() });
    a.open(Context { store: Arc::clone(&store) as _, ..context }, "", None);
    a.read(b"v").unwrap();
    *store.armed.lock().unwrap() = true;
    a.write(b"v", b"n|i:2;").unwrap();
    assert_eq!(String::from_utf8(site.data()).unwrap(), "n|i:3;");
}

#[test]
fn a_late_first_try_undoes_the_next_pages_write() {
    let site = unlocked();
    site.page(b"n|i:1;").unwrap();
    let context = site.context(&site.settings);
    let store = late(&site, "late", || ());
    let with = Context { store: Arc::clone(&store) as _, ..context };
    let mut a = Handler::new(with.clone());
    a.open(with, "", None);
    a.read(b"v").unwrap();
    *store.armed.lock().unwrap() = true;
    a.write(b"v", b"n|i:2;").unwrap();
    a.close();
    site.page(b"n|i:3;").unwrap();
    let (key, update) = store.kept.lock().unwrap().take().unwrap();
    let _ = site.store.update(&key, &update, &site.corrected.deadline(SECOND)).unwrap();
    assert_eq!(String::from_utf8(site.data()).unwrap(), "n|i:3;");
}

#[test]
fn what_a_failed_start_leaves_behind_is_a_session() {
    let site = Site::new();
    let mut handler = site.request();
    handler.created(b"v");
    site.store().fault(Fault::ServedThenFails(trouble()));
    assert!(handler.read(b"v").is_err());
    handler.close();
    let left = site.store().item("v");
    site.stall(SECOND * 5);
    let mut next = site.request();
    assert!(!next.validate(b"v").unwrap(), "strict mode takes it for a session: {left:?}");
}

#[test]
fn destroy_on_a_closed_idle_connection_spares_a_session_begun_before() {
    #[derive(Debug)]
    struct Idle(Arc<MemoryStore>);
    impl Store for Idle {
        fn get(&self, key: &str, c: bool, d: &Deadline) -> Result<Fetched> {
            self.0.get(key, c, d)
        }
        fn update(&self, key: &str, u: &Update, d: &Deadline) -> Result<Outcome> {
            self.0.update(key, u, d)
        }
        fn delete(&self, key: &str, c: Option<&Condition>, d: &Deadline) -> Result<Outcome> {
            Ok(match self.0.delete(key, c, d)? {
                Outcome::Refused(refused) => Outcome::Refused(Refused { repeated: true, ..refused }),
                done => done,
            })
        }
        fn scan(&self, f: &Condition, s: Option<&Item>, d: &Deadline) -> Result<ScanPage> {
            self.0.scan(f, s, d)
        }
        fn place(&self) -> &Place {
            self.0.place()
        }
    }
    let site = unlocked();
    site.page(b"user|i:7;").unwrap();
    let with = Context { store: Arc::new(Idle(Arc::clone(&site.store))), ..site.context(&site.settings) };
    let mut logout = Handler::new(with.clone());
    logout.open(with, "", None);
    logout.read(b"v").unwrap();
    // session_destroy(); session_start(); of another tab: a new session under the same id
    site.request().destroy(b"v").unwrap();
    site.page(b"user|i:8;").unwrap();
    logout.destroy(b"v").unwrap();
    assert!(site.store().item("v").is_none(), "destroy said success, the session is there");
}

#[test]
fn write_without_read_on_a_machine_an_hour_ahead_removes_a_living_lock() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    let store = site.behind_a_clock_that_is_off_by(3_600);
    let without = Settings { locking: false, ..site.settings.clone() };
    let context = Context { clock: Arc::clone(&store.clock), store: Arc::new(store), ..site.context(&without) };
    let mut handler = Handler::new(context.clone());
    handler.open(context, "", None);
    handler.write(b"v", b"n|i:7;").unwrap();
    let r = holder.write(b"v", b"n|i:2;");
    assert!(r.is_ok(), "{r:?}");
}

/// A table on which the first try of one update is lost on its way; then somebody acts; then the second try arrives.
#[derive(Debug)]
struct LostOne {
    store: Arc<MemoryStore>,
    armed: Mutex<bool>,
    meanwhile: Meanwhile,
}
impl Store for LostOne {
    fn get(&self, key: &str, c: bool, d: &Deadline) -> Result<Fetched> {
        self.store.get(key, c, d)
    }
    fn update(&self, key: &str, update: &Update, d: &Deadline) -> Result<Outcome> {
        if std::mem::take(&mut *self.armed.lock().unwrap()) {
            if let Some(act) = self.meanwhile.0.lock().unwrap().take() {
                act();
            }
            return Ok(match self.store.update(key, update, d)? {
                Outcome::Refused(refused) => Outcome::Refused(Refused { repeated: true, ..refused }),
                done => done,
            });
        }
        self.store.update(key, update, d)
    }
    fn delete(&self, key: &str, c: Option<&Condition>, d: &Deadline) -> Result<Outcome> {
        self.store.delete(key, c, d)
    }
    fn scan(&self, f: &Condition, s: Option<&Item>, d: &Deadline) -> Result<ScanPage> {
        self.store.scan(f, s, d)
    }
    fn place(&self) -> &Place {
        self.store.place()
    }
}

#[test]
fn a_write_that_never_arrived_is_acknowledged_beside_a_peer_without_locking() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let context = site.context(&site.settings);
    let (memory, other) = (Arc::clone(&site.store), context.clone());
    let now = site.corrected.now();
    let store = Arc::new(LostOne {
        store: Arc::clone(&site.store),
        armed: Mutex::new(false),
        meanwhile: Meanwhile(Mutex::new(Some(Box::new(move || {
            let mut item = memory.item("v").unwrap();
            item.insert("data".into(), AttributeValue::String("n|i:5;".into()));
            item.insert("expires".into(), AttributeValue::number(now + 1_440));
            item.remove(LOCK);
            memory.put("v", item);
            let mut next = Handler::new(other.clone());
            next.open(other, "", None);
            assert_eq!(next.read(b"v").unwrap(), b"n|i:5;");
            std::mem::forget(next);
        })))),
    });
    let with = Context { store: Arc::clone(&store) as _, ..context };
    let mut a = Handler::new(with.clone());
    a.open(with, "", None);
    a.read(b"v").unwrap();
    *store.armed.lock().unwrap() = true;
    let result = a.write(b"v", b"n|i:2;");
    assert!(
        result.is_err(),
        "acknowledged; stored is {:?}",
        String::from_utf8_lossy(match &site.item()["data"] {
            AttributeValue::String(s) => s.as_bytes(),
            AttributeValue::Binary(b) => b,
            _ => b"",
        })
    );
}

#[test]
fn a_late_renewal_and_a_lost_write_are_an_acknowledged_write_that_was_never_stored() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let context = site.context(&site.settings);
    let other = context.clone();
    let store = Arc::new(LostOne {
        store: Arc::clone(&site.store),
        armed: Mutex::new(false),
        meanwhile: Meanwhile(Mutex::new(Some(Box::new(move || {
            let mut next = Handler::new(other.clone());
            next.open(other, "", None);
            assert_eq!(next.read(b"v").unwrap(), b"n|i:1;", "taken over although its holder's lease has 18 s left");
            std::mem::forget(next);
        })))),
    });
    let with = Context { store: Arc::clone(&store) as _, ..context };
    let mut a = Handler::new(with.clone());
    a.open(with, "", None);
    a.read(b"v").unwrap();
    let start = site.clock.monotonic();
    // 20 s: the renewal is sent and its sender hears nothing; what it says is kept for later.
    site.stall(SECOND * 20);
    let late = AttributeValue::number((NOW as i64 + 20 + 60) * 1_000);
    site.store().fault(Fault::Fails(Cause::Timeout(SECOND)));
    site.renewals.turn();
    site.stall(SECOND);
    site.renewals.turn(); // until 81
    site.stall(SECOND * 20);
    site.renewals.turn(); // 41 s: until 101
    assert_eq!(site.item()[LOCK].as_i64().unwrap(), (NOW as i64 + 101) * 1_000);
    // 42 s: the first renewal arrives; its fence (owner, count, lock > 1) holds.
    site.stall(SECOND);
    let mut item = site.item();
    item.insert(LOCK.into(), late);
    site.store().put("v", item);
    // The holder cannot reach DynamoDB for 42 s; no renewal gets through.
    site.stall(SECOND * 42);
    *store.armed.lock().unwrap() = true;
    let result = a.write(b"v", b"n|i:2;");
    assert!(
        result.is_err(),
        "acknowledged at {:?}; stored is {}",
        site.clock.monotonic() - start,
        String::from_utf8_lossy(&site.data())
    );
}

#[test]
fn a_session_collected_while_its_page_runs_loses_the_pages_write() {
    let site = unlocked();
    site.page(b"cart|i:1;").unwrap();
    site.stall(SECOND * 1_495);
    let context = site.context(&site.settings);
    let mut page = Handler::new(context.clone());
    page.open(context.clone(), "", None);
    assert_eq!(page.read(b"v").unwrap(), b"cart|i:1;");
    site.stall(SECOND * 6);
    assert_eq!(dynamosess::session::garbage::collect(&context), Ok(1));
    let written = page.write(b"v", b"cart|i:1;user|i:7;");
    assert!(written.is_err() || site.store().item("v").is_some(), "{written:?}, and nothing is stored");
}
