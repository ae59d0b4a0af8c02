//! What must never be seen. `docs/reliability.md` lists the same promises for operators.

use dynamosess::config::{OnConflict, Settings};
use dynamosess::dynamodb::{AttributeValue, Item};
use dynamosess::error::Result;
use dynamosess::session::item::{GEN, LOCK_OWNER};
use dynamosess::session::lock;
use dynamosess::session::machine::{Known, Value};

use crate::page::{Deed, LAYOUT};
use crate::world::{Request, START, Sight, World, is_owner, lock_ends};

/// A promise that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Promise {
    /// A write leaves out what was stored before it, though its page has not taken that away.
    NothingStoredIsLost,
    /// Where all pages lock, one writes without having seen what is stored.
    LocksKeepPagesApart,
    /// What was acknowledged was never stored.
    AcknowledgedIsStored,
    /// What was read of one session is written to its successor, or brings it back.
    TheDeadStayDead,
    /// A write is dropped as if the session had been destroyed, and nobody has.
    NothingIsDroppedInSilence,
    /// A page is given an empty session where there is one.
    AFailedReadIsNoEmptySession,
    /// A page whose read has failed writes.
    AFailedReadWritesNothing,
    /// A logout reports success, and the session was there all the time.
    ALogoutHasHappened,
    /// The lock of a living holder within its lease is taken over, or taken away.
    NobodyIsRobbed,
    /// Nobody could take a dead holder's lock for longer than its lifetime.
    NoLockOutlivesItsHolder,
    /// Giving back a lock deletes a session.
    ReleasingKeepsSessions,
    /// A session ends too early, or too late, by the server's clock.
    SessionsEndInTime,
}

impl World {
    fn breaks(&mut self, promise: Promise) {
        self.broken.get_or_insert(promise);
    }
}

pub fn data(item: Option<&Item>) -> String {
    match item.and_then(|item| item.get("data")) {
        Some(AttributeValue::Binary(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}

fn names(data: &str) -> Vec<String> {
    data.split(';').filter_map(|value| value.split_once('|')).map(|(name, _)| name.to_owned()).collect()
}

/// The session has ended: destroyed, or collected.
pub fn ended(world: &mut World, before: Option<&Item>, is_collected: bool) {
    world.pages.iter_mut().for_each(|page| page.is_destroyed = true);
    if before.is_some_and(|item| !LAYOUT.is_empty(item)) {
        world.epoch += 1;
        world.is_collected = is_collected;
    }
}

/// A change of a page's was served. `sight`: what the page knew when it was sent.
pub fn after_change(
    world: &mut World,
    by: usize,
    sight: &Sight,
    request: &Request,
    before: Option<&Item>,
    settings: &Settings,
) {
    check_lock(world, by, before);
    match request {
        Request::Delete(Some(_)) if before.is_some_and(|item| !LAYOUT.is_empty(item)) => {
            world.breaks(Promise::ReleasingKeepsSessions);
        }
        Request::Delete(Some(_)) => {}
        Request::Delete(None) => ended(world, before, false),
        Request::Update(update) => {
            let writes_data = update.set.iter().any(|(name, _)| name == "data");
            if writes_data {
                let begins = update.set.iter().any(|(name, _)| name == GEN);
                check_write(world, by, sight, before, begins, settings);
            }
        }
    }
}

fn check_write(world: &mut World, by: usize, sight: &Sight, before: Option<&Item>, begins: bool, settings: &Settings) {
    let is_there = before.is_some_and(|item| LAYOUT.is_live(item, START + world.now) || !LAYOUT.is_empty(item));
    let is_living = before.is_some_and(|item| LAYOUT.is_live(item, START + world.now));
    let after = names(&data(world.item.as_ref()));
    if begins && is_there {
        world.epoch += 1;
        world.is_collected = false;
    } else if !begins {
        // What was shown to no page cannot be brought back by it.
        if sight.epoch.is_some_and(|epoch| epoch != world.epoch) {
            world.breaks(Promise::TheDeadStayDead);
        }
        let stored = names(&data(before));
        let is_kept = |name: &String| after.contains(name) || is_free(world, name, settings);
        // A write without a read replaces what is there.
        if is_living && sight.shown.is_some() && !stored.iter().all(is_kept) {
            world.breaks(Promise::NothingStoredIsLost);
        }
        let seen = names(sight.shown.as_deref().unwrap_or_default());
        let is_serial = is_living && sight.shown.is_some() && world.pages.iter().all(|page| page.locking);
        if is_serial && !stored.iter().all(|name| seen.contains(name)) {
            world.breaks(Promise::LocksKeepPagesApart);
        }
    }
    for name in after {
        if !world.stored.contains(&name) {
            world.stored.push(name);
        }
    }
    world.pages[by].epoch = Some(world.epoch);
}

/// What a page without a lock does not notice is lost as under every last write; and where that is asked for.
fn is_free(world: &World, name: &String, settings: &Settings) -> bool {
    settings.on_conflict == OnConflict::Overwrite || !settings.locking && world.unnoticed.contains(name)
}

fn check_lock(world: &mut World, by: usize, before: Option<&Item>) {
    let now_ms = (START + world.now) * 1_000;
    let is_robbed = world.pages.iter().enumerate().any(|(at, page)| {
        // Of this acquisition: one of its own that is served late, when the lock was given back, is nobody's.
        let held = page.session.lock.as_ref().and_then(|lease| lease.held.as_ref());
        let holds = held.is_some_and(|held| before.is_some_and(|item| lock::count(item) == held.count));
        // By what it knows itself, which a wrong clock does not serve before it is corrected.
        let is_within = world.now < page.confirmed + 4 && page.skew.abs() <= 2
            || before.and_then(lock_ends).is_some_and(|end| end > now_ms);
        at != by
            && holds
            && is_within
            && !page.is_killed
            && page.parent.is_none()
            && is_owner(before, page)
            && !is_owner(world.item.as_ref(), page)
    });
    // A logout takes the lock with the session.
    if is_robbed && world.item.is_some() {
        world.breaks(Promise::NobodyIsRobbed);
    }
    let is_nobodys = |item: &Item| lock_ends(item).is_some() && !item.contains_key(LOCK_OWNER);
    if world.item.as_ref().is_some_and(is_nobodys) {
        world.breaks(Promise::NoLockOutlivesItsHolder);
    }
    // A machine's first call is made by its own clock, and corrected by the next.
    let is_by_wrong_clock = world.pages[by].skew.abs() > 2;
    let end = world.item.as_ref().and_then(lock_ends).filter(|end| before.and_then(lock_ends) != Some(*end));
    if end.is_some_and(|end| end > now_ms + 6_000) && !is_by_wrong_clock {
        world.breaks(Promise::NoLockOutlivesItsHolder);
    }
}

/// PHP is told the end of a call.
pub fn after_call(world: &mut World, at: usize, deed: Deed, result: &Result<Value>) {
    let page = &world.pages[at];
    let is_ok = result.is_ok();
    match deed {
        // The first call reads at this very moment, under a lock too; but where a lock's end is corrected in between.
        Deed::Read if page.at == 0 && page.skew.abs() <= 2 => {
            let is_there = world.item.as_ref().is_some_and(|item| LAYOUT.is_live(item, START + world.now));
            let stored = data(world.item.as_ref());
            if matches!(result, Ok(Value::Data(shown)) if shown.is_empty()) && is_there && !stored.is_empty() {
                world.breaks(Promise::AFailedReadIsNoEmptySession);
            }
        }
        Deed::Write | Deed::Empty if is_ok && page.session.known == Known::Gone => {
            let is_same = page.epoch == Some(world.epoch);
            // A copy of it that was served late is no silence.
            let stored = names(&data(world.item.as_ref()));
            let is_there = names(&page.handed).iter().all(|name| stored.contains(name));
            if (is_same || world.is_collected) && !is_there {
                world.breaks(Promise::NothingIsDroppedInSilence);
            }
        }
        Deed::Write | Deed::Empty if is_ok => {
            let handed = names(&page.handed);
            let own = handed.iter().filter(|name| name.starts_with(&page.mark()));
            let is_stored = own.clone().all(|name| world.stored.contains(name));
            let has_failed = page.has_failed;
            let own: Vec<String> = own.cloned().collect();
            world.pages[at].acknowledged.extend(own);
            if !is_stored {
                world.breaks(Promise::AcknowledgedIsStored);
            }
            if has_failed {
                world.breaks(Promise::AFailedReadWritesNothing);
            }
            check_end(world, at);
        }
        Deed::Destroy if is_ok && !page.is_destroyed => world.breaks(Promise::ALogoutHasHappened),
        _ => {}
    }
}

/// A page that was told that all is well leaves a session that ends when it should.
fn check_end(world: &mut World, at: usize) {
    let Some(item) = world.item.as_ref().filter(|item| !LAYOUT.is_empty(item)) else { return };
    let Some(end) = LAYOUT.expires(item) else { return };
    let is_off = (end - START - world.now - crate::world::LIFE).abs() > world.now + 2;
    let may_be_anothers =
        !world.others.is_empty() || world.pages.iter().any(|page| page.number != at && page.skew.abs() > 2);
    if is_off && !may_be_anothers {
        world.breaks(Promise::SessionsEndInTime);
    }
}
