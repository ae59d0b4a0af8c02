//! Holders that are dead, slow, or never say that they are done; and waits that end in vain.

use std::sync::Arc;
use std::time::Duration;

use dynamosess::clock::{Clock, CorrectedClock, Deadline};
use dynamosess::config::{OnLockTimeout, Settings};
use dynamosess::dynamodb::{AttributeValue, Condition, Fetched, Item, Outcome, Refused, ScanPage, Update};
use dynamosess::error::{Cause, Place, Result};
use dynamosess::session::item::{LOCK, LOCK_OWNER, LOCK_SEEN};
use dynamosess::session::{Context, Handler, Store, process};
use dynamosess::testing::ManualClock;
use dynamosess::testing::memory::{Fault, MemoryStore};

use crate::site::{NOW, SECOND, Site, cause, trouble};

/// The same item, locked by a process of this machine.
fn lock_as(site: &Site, process: &str) {
    let mut item = site.item();
    item.insert(LOCK.to_owned(), AttributeValue::number((NOW as i64 + 60) * 1_000));
    item.insert(LOCK_OWNER.to_owned(), AttributeValue::String(process::owner(7, process)));
    site.store().put("v", item);
}

#[test]
fn the_lock_of_a_process_of_this_machine_that_was_killed_is_taken_over_at_once() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let dead = process::name().replace(&format!("-{}-", std::process::id()), &format!("-{}-", child.id()));
    child.wait().unwrap();
    lock_as(&site, &dead);
    site.calls();
    let started = site.clock.monotonic();
    assert_eq!(site.request().read(b"v").unwrap(), b"n|i:1;");
    assert_eq!(site.clock.monotonic(), started, "nobody has slept");
    assert_eq!(site.calls(), ["UpdateItem", "UpdateItem", "UpdateItem"], "refused, taken, given back");
}

#[test]
fn a_living_neighbour_and_a_process_of_another_machine_are_waited_for() {
    for holder in [process::name(), "0123456789abcdef-1-1"] {
        let site = Site::with(|settings| settings.max_lock_wait_time = SECOND);
        site.page(b"n|i:1;").unwrap();
        lock_as(&site, holder);
        assert_eq!(cause(site.request().read(b"v")), Cause::Locked(SECOND), "{holder}");
    }
}

fn read_only() -> Site {
    Site::with(|settings| {
        settings.on_lock_timeout = OnLockTimeout::ReadOnly;
        settings.max_lock_wait_time = SECOND;
    })
}

#[test]
fn with_read_only_a_page_that_waited_in_vain_sees_the_session_and_cannot_change_it() {
    let site = read_only();
    site.page(b"n|i:1;").unwrap();
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    let mut reader = site.request();
    assert!(reader.validate(b"v").unwrap());
    assert_eq!(reader.read(b"v").unwrap(), b"n|i:1;");
    assert_eq!(cause(reader.write(b"v", b"n|i:9;")), Cause::ReadOnly);
    reader.close();
    holder.write(b"v", b"n|i:2;").unwrap();
    assert_eq!(site.data(), b"n|i:2;");
}

#[test]
fn with_read_only_a_page_that_changes_nothing_is_content() {
    let site = read_only();
    site.page(b"n|i:1;").unwrap();
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    let mut reader = site.request();
    assert_eq!(reader.read(b"v").unwrap(), b"n|i:1;");
    reader.write(b"v", b"n|i:1;").unwrap();
    reader.close();
    assert!(site.is_locked(), "by the holder, still");
}

#[test]
fn an_object_used_without_open_gives_a_lock_back_when_another_id_comes() {
    let site = Site::new();
    let mut handler = site.request();
    handler.without_open();
    handler.read(b"v").unwrap();
    assert!(site.is_locked());
    handler.read(b"w").unwrap();
    assert!(!site.is_locked());
    assert!(site.store().item("w").unwrap().contains_key(LOCK));
}

#[test]
fn a_session_that_fails_to_serialize_gives_its_lock_back_at_once() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut handler = site.request();
    handler.read(b"v").unwrap();
    assert_eq!(cause(handler.serialize_failed(b"v")), Cause::SerializeFailed);
    assert!(!site.is_locked());
    assert_eq!(cause(handler.write(b"v", b"n|i:2;")), Cause::SerializeFailed);
    assert_eq!(site.data(), b"n|i:1;");
}

#[test]
fn a_dead_sdk_holder_is_found_out_however_short_the_waits_are() {
    let site = Site::with(|settings| settings.max_lock_wait_time = Duration::ZERO);
    site.lock_as_sdk(86_400);
    assert!(site.request().read(b"v").is_err());
    let glimpse = site.item()[LOCK_SEEN].clone();
    assert!(site.request().read(b"v").is_err());
    assert_eq!(site.item()[LOCK_SEEN], glimpse, "not marked as seen at first sight, nor soon after");
    site.stall(SECOND * 4);
    assert!(site.request().read(b"v").is_err());
    assert_ne!(site.item()[LOCK_SEEN], glimpse, "seen unchanged for long enough");
    site.stall(SECOND * 61);
    assert!(site.request().read(b"v").is_err(), "a minute and two seconds count from there");
    site.stall(SECOND * 2);
    assert_eq!(site.request().read(b"v").unwrap(), b"n|i:1;");
}

#[test]
fn what_a_failed_start_leaves_behind_is_no_session_for_anybody() {
    let site = Site::new();
    let mut failed = site.request();
    failed.created(b"v");
    site.store().fault(Fault::ServedThenFails(trouble()));
    failed.read(b"v").unwrap_err();
    std::mem::forget(failed);
    site.stall(SECOND * 63);
    let free = Settings { locking: false, ..site.settings.clone() };
    assert!(!site.request_with(&free).validate(b"v").unwrap());
    assert!(!site.request().validate(b"v").unwrap());
}

#[test]
fn renewals_keep_a_lock_made_item_from_ttl() {
    let site = Site::new();
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    site.work(SECOND * 300);
    let expires = site.item()["expires"].as_i64().unwrap();
    assert!(expires > site.corrected.now() + 30, "TTL deletes it at {expires}");
    holder.write(b"v", b"n|i:1;").unwrap();
    assert_eq!(site.data(), b"n|i:1;");
}

#[test]
fn what_must_not_be_written_is_never_forgotten_to_make_room() {
    let site = Site::with(|settings| settings.locking = false);
    site.page(b"n|i:1;").unwrap();
    let mut handler = site.request();
    handler.read(b"v").unwrap();
    site.request().destroy(b"v").unwrap();
    handler.write(b"v", b"n|i:2;").unwrap();
    for n in 0..10_050 {
        handler.read(format!("other{n}").as_bytes()).unwrap();
    }
    handler.write(b"v", b"n|i:3;").unwrap();
    assert_eq!(site.store().item("v"), None, "a late page does not undo a logout");
}

#[test]
fn while_dynamodb_fails_a_new_visitor_is_refused_as_everybody_is() {
    let site = Site::with(|settings| settings.locking = false);
    let context = site.context(&site.settings);
    let visit = |id: &[u8]| {
        let mut page = Handler::new(context.clone());
        page.open(context.clone(), "", None);
        page.created(id);
        context.outage.forget();
        page.read(id)
    };
    assert_eq!(visit(b"a").unwrap(), b"", "nothing is asked while all is well");
    site.store().fault(Fault::Fails(trouble()));
    let mut known = Handler::new(context.clone());
    known.open(context.clone(), "", None);
    known.read(b"v").unwrap_err();
    site.store().fault(Fault::Fails(trouble()));
    visit(b"b").unwrap_err();
    assert_eq!(visit(b"c").unwrap(), b"");
    site.calls();
    assert_eq!(visit(b"d").unwrap(), b"");
    assert_eq!(site.calls().len(), 0, "and it is well again");
}

/// A table on an engine that does not show the item of a refused change.
#[derive(Debug)]
struct Reticent(Arc<MemoryStore>);

impl Store for Reticent {
    fn get(&self, key: &str, consistent: bool, deadline: &Deadline) -> Result<Fetched> {
        self.0.get(key, consistent, deadline)
    }

    fn update(&self, key: &str, update: &Update, deadline: &Deadline) -> Result<Outcome> {
        Ok(match self.0.update(key, update, deadline)? {
            Outcome::Refused(refused) => Outcome::Refused(Refused { item: None, ..refused }),
            done => done,
        })
    }

    fn delete(&self, key: &str, condition: Option<&Condition>, deadline: &Deadline) -> Result<Outcome> {
        self.0.delete(key, condition, deadline)
    }

    fn scan(&self, filter: &Condition, start: Option<&Item>, deadline: &Deadline) -> Result<ScanPage> {
        self.0.scan(filter, start, deadline)
    }

    fn place(&self) -> &Place {
        self.0.place()
    }
}

#[test]
fn an_engine_that_shows_no_refused_item_loses_nothing_either() {
    for locking in [false, true] {
        let site = Site::with(|settings| settings.locking = locking);
        site.page(b"n|i:1;").unwrap();
        let context = Context { store: Arc::new(Reticent(Arc::clone(&site.store))), ..site.context(&site.settings) };
        let mut handler = Handler::new(context.clone());
        handler.open(context, "", None);
        assert!(handler.validate(b"v").unwrap());
        handler.read(b"v").unwrap();
        let free = Settings { locking: false, ..site.settings.clone() };
        let mut other = site.request_with(&free);
        other.read(b"v").unwrap();
        other.write(b"v", b"n|i:1;m|i:1;").unwrap();
        handler.write(b"v", b"n|i:1;k|i:1;").unwrap();
        assert_eq!(String::from_utf8(site.data()).unwrap(), "n|i:1;m|i:1;k|i:1;", "{locking}");
        assert!(!site.is_locked());
    }
}

/// A table whose replies show the server's time, whatever becomes of the machine's clock.
#[derive(Debug)]
struct Dated {
    store: Arc<MemoryStore>,
    server: Arc<ManualClock>,
    clock: Arc<CorrectedClock>,
}

impl Dated {
    fn learn<T>(&self, reply: T) -> T {
        self.clock.learn(self.server.wall().as_secs() as i64);
        reply
    }
}

impl Store for Dated {
    fn get(&self, key: &str, consistent: bool, deadline: &Deadline) -> Result<Fetched> {
        self.learn(self.store.get(key, consistent, deadline))
    }

    fn update(&self, key: &str, update: &Update, deadline: &Deadline) -> Result<Outcome> {
        self.learn(self.store.update(key, update, deadline))
    }

    fn delete(&self, key: &str, condition: Option<&Condition>, deadline: &Deadline) -> Result<Outcome> {
        self.learn(self.store.delete(key, condition, deadline))
    }

    fn scan(&self, filter: &Condition, start: Option<&Item>, deadline: &Deadline) -> Result<ScanPage> {
        self.learn(self.store.scan(filter, start, deadline))
    }

    fn place(&self) -> &Place {
        self.store.place()
    }
}

#[test]
fn a_clock_that_jumps_while_a_lock_is_held_neither_ends_nor_stretches_it() {
    for jump in [7_200_i64, -7_200] {
        let site = Site::new();
        site.page(b"n|i:1;").unwrap();
        let (server, machine) = (Arc::new(ManualClock::at(NOW)), Arc::new(ManualClock::at(NOW)));
        let clock = Arc::new(CorrectedClock::new(Arc::clone(&machine) as _));
        let store = Dated { store: Arc::clone(&site.store), server: Arc::clone(&server), clock: Arc::clone(&clock) };
        let context = Context { clock, store: Arc::new(store), ..site.context(&site.settings) };
        let mut holder = Handler::new(context.clone());
        holder.open(context, "", None);
        holder.read(b"v").unwrap();
        machine.set_wall(NOW.saturating_add_signed(jump));
        for _ in 0..30 {
            machine.advance(SECOND);
            server.advance(SECOND);
            site.renewals.turn();
        }
        let ends = site.item()[LOCK].as_i64().unwrap() / 1_000 - NOW as i64;
        assert!((80..=92).contains(&ends), "by {jump} s: the lock ends {ends} s after it was taken");
        holder.write(b"v", b"n|i:2;").unwrap();
        let expires = site.item()["expires"].as_i64().unwrap() - NOW as i64;
        assert!((1_500..=1_540).contains(&expires), "by {jump} s: the session ends in {expires} s");
    }
}
