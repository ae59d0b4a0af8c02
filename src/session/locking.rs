//! What a handler does to get, keep and give back locks; the conditions are [`super::lock`]'s.

use std::sync::Arc;
use std::time::Duration;

use super::handler::{Handler, Known};
use super::item::Generation;
use super::lock::{self, Holder, Lease, Refusal};
use super::store::Store;
use super::waiting::Wait;
use crate::clock::Deadline;
use crate::dynamodb::{AttributeValue, Condition, Item, Outcome, Refused, Update};
use crate::error::{Cause, Error, Result};

/// After a total failure the locks are given back in one short try, so that the page does not wait a second time.
const RELEASE_AFTER_FAILURE: Duration = Duration::from_millis(500);

/// A lock and where it is.
#[derive(Debug)]
pub(super) struct Held {
    lease: Arc<Lease>,
    store: Arc<dyn Store>,
    state: State,
    /// What writes have failed of which nobody knows whether they were served.
    failed: Vec<Stored>,
}

/// What a write makes of the data; `None`: it leaves them alone.
pub(super) type Stored = Option<Option<AttributeValue>>;

/// What is known of a lock that was asked for, and of the item under it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// No answer, or no good one: perhaps it is ours.
    Asked,
    /// Ours, of an item that was there before.
    Item,
    /// Ours, of an item that is there only because of it.
    Ghost,
    /// Ours, of an item in which others keep something that is no session.
    GhostAmongOthers,
}

/// One try for a lock.
enum Try {
    Got(Box<Item>),
    Absent,
    /// Held by somebody else; the item shows by whom.
    Held(Item),
}

impl Handler {
    /// Whether this process holds the key's lock.
    pub(super) fn holds(&self, key: &str) -> bool {
        self.held.get(key).is_some_and(|held| held.state != State::Asked && held.lease.is_held())
    }

    /// Whether the session was read under a lock that this process's parent had when it forked.
    pub(super) fn is_under_parents_lock(&self, key: &str) -> bool {
        self.held.get(key).is_some_and(|held| held.lease.is_parents())
    }

    /// The lock and the session in one call; waits while another request holds it. `None`: there is no session, and,
    /// where `must_exist`, no lock need have been taken.
    pub(super) fn acquire(&mut self, key: &str, must_exist: bool, deadline: &Deadline) -> Result<Option<Item>> {
        if self.holds(key)
            && let Some(item) = self.read_held(key, deadline)?
        {
            return Ok(item);
        }
        self.ask(key);
        let mut wait = Wait::from(self.monotonic());
        let locked = self.lock_in_turn(key, must_exist, &mut wait, deadline);
        if let Some(waited) = wait.waited(self.monotonic()) {
            self.context.stats.lock_wait_duration.took(waited);
        }
        locked
    }

    fn lock_in_turn(
        &mut self,
        key: &str,
        must_exist: bool,
        wait: &mut Wait,
        deadline: &Deadline,
    ) -> Result<Option<Item>> {
        let mut time = *deadline;
        let mut free = lock::untouched();
        loop {
            match self.try_lock(key, must_exist, free, &time)? {
                Try::Got(item) => return Ok(self.unless_ghost(key, *item)),
                Try::Absent => {
                    self.let_go(key);
                    return Ok(None);
                }
                Try::Held(item) => free = self.wait(key, item, wait, &mut time)?,
            }
        }
    }

    /// The last write: on condition that the lock is still ours, and giving it back.
    pub(super) fn write_and_unlock(
        &mut self,
        key: &str,
        update: &mut Update,
        generation: Option<&Generation>,
        deadline: &Deadline,
    ) -> Result<()> {
        let Some(lease) = self.held.get(key).map(|held| Arc::clone(&held.lease)) else {
            return Ok(());
        };
        lock::write_through(update, &lease);
        let outcome = match self.change(key, update, deadline) {
            Ok(outcome) => outcome,
            Err(error) => {
                // PHP closes next, and `close` then unlocks; a write repeated before that recognises its own doing.
                let stored = self.stored_by(update);
                if let Some(held) = self.held.get_mut(key).filter(|held| !held.failed.contains(&stored)) {
                    held.failed.push(stored);
                }
                return Err(error);
            }
        };
        let failed = self.held.get_mut(key).map(|held| std::mem::take(&mut held.failed)).unwrap_or_default();
        self.let_go(key);
        let Outcome::Refused(Refused { item, now, repeated }) = outcome else {
            return Ok(());
        };
        if lease.fence().holds(item.as_ref()) {
            // It is another session now, and our lock is on it still.
            let _ = self.context.store.update(key, &lock::release(&lease), deadline);
        }
        let stored = self.stored_by(update);
        // Of two writes that differ, the other may have been served and have given the lock back.
        let is_ours = (repeated || !failed.is_empty()) && failed.iter().all(|earlier| *earlier == stored);
        let certain = is_ours && lease.is_certain(self.monotonic(), now);
        let cause = match lock::refusal(item.as_ref(), update, generation, certain) {
            Refusal::OwnDoing => return Ok(()),
            // Nothing but the expiry is lost, and whoever has the lock now moves that himself.
            _ if stored.is_none() => return Ok(()),
            Refusal::Destroyed => Cause::DestroyedUnderLock,
            Refusal::Lost => Cause::LockLost,
        };
        Err(self.refused(key, cause))
    }

    pub(super) fn stored_by(&self, update: &Update) -> Stored {
        let name = &self.context.layout.data;
        let set = update.set.iter().find(|(of, _)| of == name).map(|(_, value)| Some(value.clone()));
        set.or_else(|| update.remove.contains(name).then_some(None))
    }

    /// A second write would go without a lock, over what another request has stored.
    pub(super) fn refused(&mut self, key: &str, cause: Cause) -> Error {
        let error = self.error("write", cause);
        self.remember(key.to_owned(), Known::Failed(error.clone()));
        error
    }

    /// The generation of a session that is begun under the lock held, and how often that was taken.
    pub(super) fn lock_of(&self, key: &str) -> (Option<Generation>, Option<i64>) {
        self.held.get(key).map_or((None, None), |held| (Some(held.lease.generation()), held.lease.taken()))
    }

    /// Forgets a lock without touching the item.
    pub(super) fn let_go(&mut self, key: &str) {
        if let Some(held) = self.held.remove(key) {
            held.lease.end();
        }
    }

    /// Frees every lock still held, all of them within the time of one operation; what cannot be freed is left to its
    /// lease.
    pub(super) fn release_all(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let (clock, timeout) = (Arc::clone(&self.context.clock), self.context.settings.timeout);
        let has_failed = self.context.outage.check(self.context.store.place(), self.monotonic(), timeout).is_err();
        let time = if has_failed { RELEASE_AFTER_FAILURE.min(timeout) } else { timeout };
        let deadline = clock.deadline(time);
        for (key, held) in std::mem::take(&mut self.held) {
            let is_ours = held.lease.is_held();
            held.lease.end();
            if is_ours
                && !clock.left(&deadline).is_zero()
                && let Err(error) = self.release(&key, &held, &deadline)
            {
                self.context.outage.note(self.context.store.place(), self.monotonic(), &error);
            }
        }
    }

    fn release(&self, key: &str, held: &Held, deadline: &Deadline) -> std::result::Result<(), Error> {
        let (layout, lease) = (&self.context.layout, &held.lease);
        let freed = match held.state {
            State::Ghost => held.store.delete(key, Some(&lock::release_ghost(layout, lease)), deadline)?,
            State::GhostAmongOthers => held.store.update(key, &lock::release_among_others(layout, lease), deadline)?,
            State::Item | State::Asked => held.store.update(key, &lock::release(lease), deadline)?,
        };
        match freed {
            // Somebody without a lock has put a session where there was none.
            Outcome::Refused(Refused { item: Some(item), .. }) if lease.fence().holds(Some(&item)) => {
                held.store.update(key, &lock::release(lease), deadline).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// A second read under our own lock; `None` if the lock turns out to be lost.
    fn read_held(&mut self, key: &str, deadline: &Deadline) -> Result<Option<Option<Item>>> {
        let fetched = self.context.store.get(key, true, deadline)?;
        let Some(held) = self.held.get(key) else {
            return Ok(None);
        };
        let layout = &self.context.layout;
        if held.lease.fence().holds(fetched.item.as_ref()) {
            // By now a renewal may have told the lock's end from the ghost's.
            let was_ghost = held.state != State::Item;
            let is_session =
                |item: &Item| layout.is_live(item, fetched.now) && !(was_ghost && lock::is_empty(layout, item));
            return Ok(Some(fetched.item.filter(is_session)));
        }
        self.let_go(key);
        Ok(None)
    }

    fn try_lock(&mut self, key: &str, must_exist: bool, free: Condition, deadline: &Deadline) -> Result<Try> {
        let Some(lease) = self.held.get(key).map(|held| Arc::clone(&held.lease)) else {
            return Ok(Try::Absent);
        };
        let (clock, layout) = (Arc::clone(&self.context.clock), Arc::clone(&self.context.layout));
        let (now_ms, offset) = (clock.now_ms(), clock.offset_ms());
        let sent = self.monotonic();
        let condition = if must_exist { Condition::All(vec![free, layout.live(clock.now())]) } else { free };
        let update = lock::acquire(&layout, &lease.owner, now_ms, lease.lifetime, condition);
        let (item, sent) = match self.context.store.update(key, &update, deadline)? {
            Outcome::Done(item) => (item.unwrap_or_default(), sent),
            // An earlier try was served although its answer was lost.
            Outcome::Refused(Refused { item: Some(item), .. }) if lock::is_owner(&item, &lease.owner) => {
                (item, lease.acquired)
            }
            Outcome::Refused(Refused { item: None, .. }) if must_exist => return Ok(Try::Absent),
            Outcome::Refused(Refused { item, now, .. }) => {
                let item = item.unwrap_or_default();
                // Whoever has locked an item without a session is about to begin one.
                let is_coming = lock::holder(&layout, &item, clock.now_ms()) == Holder::Lease;
                let absent = must_exist && !is_coming && !layout.is_live(&item, now);
                return Ok(if absent { Try::Absent } else { Try::Held(item) });
            }
        };
        lease.take(sent, &item);
        self.hold(key, &item);
        if clock.offset_ms() != offset {
            // The answer has shown that our clock is wrong, and so is the lock's end. It is left so if this fails.
            let _ = super::renewal::renew(&lease, &self.context.store, &clock, deadline);
        }
        let item = if lock::was_endless(&layout, &item) { self.give_end(key, &lease, item, deadline)? } else { item };
        Ok(Try::Got(Box::new(item)))
    }

    /// A session without an end of life gets one of its own: else it would end with the lock, though it is only looked at.
    fn give_end(&self, key: &str, lease: &Lease, item: Item, deadline: &Deadline) -> Result<Item> {
        let update = lock::prolong(&self.context.layout, lease, self.new_expires());
        match self.context.store.update(key, &update, deadline)? {
            Outcome::Done(given) => Ok(given.unwrap_or(item)),
            // The lock is lost: the fence of the next write will say so.
            Outcome::Refused(_) => Ok(item),
        }
    }

    /// From now on a lock may be ours, whatever is heard of it.
    fn ask(&mut self, key: &str) {
        if self.held.get(key).is_some_and(|held| held.lease.is_held()) {
            return;
        }
        let random = || self.context.clock.machine().random();
        let owner = format!("{:016x}{:016x}", random(), random());
        let lease = Arc::new(Lease::new(key, owner, self.monotonic(), self.context.settings.lock_lifetime));
        let store = Arc::clone(&self.context.store);
        self.held.insert(key.to_owned(), Held { lease, store, state: State::Asked, failed: Vec::new() });
    }

    /// From now on it is ours, and is renewed.
    fn hold(&mut self, key: &str, item: &Item) {
        let context = &self.context;
        let state = match (lock::is_ghost(&context.layout, item), lock::is_only_ours(&context.layout, item)) {
            (false, _) => State::Item,
            (true, true) => State::Ghost,
            (true, false) => State::GhostAmongOthers,
        };
        if let Some(held) = self.held.get_mut(key) {
            held.state = state;
            context.renewals.keep(&held.lease, &held.store, &context.clock, context.settings.timeout);
        }
    }

    /// The session in an item that was just locked; an item that the locking has made, or one expired, has none.
    fn unless_ghost(&self, key: &str, item: Item) -> Option<Item> {
        let is_session = self.held.get(key).is_some_and(|held| held.state == State::Item);
        (is_session && self.context.layout.is_live(&item, self.context.clock.now())).then_some(item)
    }

    pub(super) fn monotonic(&self) -> Duration {
        self.context.clock.machine().monotonic()
    }
}
