//! What a handler does to get, keep and give back locks; the conditions are [`super::lock`]'s.

use std::sync::Arc;
use std::time::Duration;

use super::handler::Handler;
use super::lock::{self, Holder, Lease};
use super::store::Store;
use crate::clock::Deadline;
use crate::dynamodb::{AttributeValue, Condition, Item, Outcome, Refused, Update};
use crate::error::{Cause, Result};

/// A lock and where it is.
#[derive(Debug)]
pub(super) struct Held {
    lease: Arc<Lease>,
    store: Arc<dyn Store>,
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
        self.held.get(key).is_some_and(|held| held.lease.is_held())
    }

    /// The lock and the session in one call; waits while another request holds it. `None`: there is no session, and,
    /// where `must_exist`, no lock was taken either.
    pub(super) fn acquire(&mut self, key: &str, must_exist: bool, deadline: &Deadline) -> Result<Option<Item>> {
        if self.holds(key) {
            if let Some(item) = self.read_held(key, deadline)? {
                return Ok(item);
            }
        }
        let clock = Arc::clone(self.context.clock.machine());
        let settings = Arc::clone(&self.context.settings);
        let started = clock.monotonic();
        let (mut waits, mut free, mut time) = (0, None, *deadline);
        loop {
            let holder = match self.try_lock(key, must_exist, free.take(), &time)? {
                Try::Got(item) => return Ok(self.unless_ghost(*item)),
                Try::Absent => return Ok(None),
                Try::Held(item) => item,
            };
            if waits == 0 {
                self.context.stats.lock_waits.count();
            }
            let mut seen = Some(holder);
            while let Some(item) = seen {
                free = self.takeover(key, &item, &time)?;
                if free.is_some() {
                    break;
                }
                let waited = clock.monotonic().saturating_sub(started);
                let left = settings.max_lock_wait_time.saturating_sub(waited);
                if left.is_zero() {
                    return Err(self.error("lock", Cause::Locked(waited)));
                }
                let chance = (clock.random() >> 11) as f64 / (1_u64 << 53) as f64;
                clock.sleep(lock::pause(settings.min_lock_retry, settings.max_lock_retry, waits, chance).min(left));
                waits += 1;
                // Waiting has its own limit: each call after it has the whole time of an operation again. A read is
                // the cheapest call that shows the lock; a refused write would cost by the item's size.
                time = Deadline::after(&*clock, settings.timeout);
                seen = self.context.store.get(key, true, &time)?.item;
                if matches!(&seen, Some(item) if self.holder(item) == Holder::Nobody) {
                    break;
                }
            }
        }
    }

    /// The last write: on condition that the lock is still ours, and giving it back.
    pub(super) fn write_and_unlock(&mut self, key: &str, update: &mut Update, deadline: &Deadline) -> Result<()> {
        let Some(held) = self.held.get(key) else {
            return Ok(());
        };
        let lease = Arc::clone(&held.lease);
        update.remove.extend(lock::freed());
        update.condition = Some(lock::fence(&lease.owner));
        let outcome = self.context.store.update(key, update, deadline);
        // When it failed nobody knows whether it was served; PHP closes next, and `close` then tries to unlock.
        let outcome = outcome?;
        lease.end();
        self.held.remove(key);
        match outcome {
            Outcome::Done(_) => Ok(()),
            Outcome::Refused(refused) if self.is_own_write(&refused, update, &lease) => Ok(()),
            Outcome::Refused(Refused { item: None, .. }) => Err(self.error("write", Cause::DestroyedUnderLock)),
            Outcome::Refused(_) => Err(self.error("write", Cause::LockLost)),
        }
    }

    /// Forgets a lock without touching the item, which is about to be deleted.
    pub(super) fn let_go(&mut self, key: &str) {
        if let Some(held) = self.held.remove(key) {
            held.lease.end();
        }
    }

    /// Frees every lock still held; what cannot be freed is left to its lease.
    pub(super) fn release_all(&mut self) {
        for (key, held) in std::mem::take(&mut self.held) {
            if !held.lease.is_held() {
                continue;
            }
            held.lease.end();
            let deadline = Deadline::after(&**self.context.clock.machine(), self.context.settings.timeout);
            let _ = held.store.update(&key, &lock::release(&held.lease.owner), &deadline);
        }
    }

    fn holder(&self, item: &Item) -> Holder {
        lock::holder(&self.context.layout, item, self.context.clock.now_ms())
    }

    /// A second read under our own lock; `None` if the lock turns out to be lost.
    fn read_held(&mut self, key: &str, deadline: &Deadline) -> Result<Option<Option<Item>>> {
        let fetched = self.context.store.get(key, true, deadline)?;
        let owner = self.held.get(key).map(|held| held.lease.owner.clone()).unwrap_or_default();
        if fetched.item.as_ref().is_some_and(|item| lock::is_owner(item, &owner)) {
            let now = fetched.now;
            let live = fetched.item.filter(|item| self.context.layout.is_live(item, now));
            return Ok(Some(live.and_then(|item| self.unless_ghost(item))));
        }
        self.let_go(key);
        Ok(None)
    }

    fn try_lock(&mut self, key: &str, must_exist: bool, free: Option<Condition>, deadline: &Deadline) -> Result<Try> {
        let clock = Arc::clone(&self.context.clock);
        let (layout, lifetime) = (Arc::clone(&self.context.layout), self.context.settings.lock_lifetime);
        let now_ms = clock.now_ms();
        let sent = clock.machine().monotonic();
        let owner = format!("{:016x}{:016x}", clock.machine().random(), clock.machine().random());
        let free = free.unwrap_or_else(|| lock::free(now_ms));
        let exists = must_exist.then(|| layout.live(clock.now()));
        let update = lock::acquire(&layout, &owner, now_ms, lifetime, free, exists);
        let item = match self.context.store.update(key, &update, deadline)? {
            Outcome::Done(item) => item.unwrap_or_default(),
            Outcome::Refused(Refused { item: Some(item), repeated: true, .. }) if lock::is_owner(&item, &owner) => item,
            Outcome::Refused(Refused { item: None, .. }) => return Ok(Try::Absent),
            Outcome::Refused(Refused { item: Some(item), now, .. }) => {
                let absent = must_exist && !layout.is_live(&item, now);
                return Ok(if absent { Try::Absent } else { Try::Held(item) });
            }
        };
        self.hold(key, owner, sent, lifetime);
        Ok(Try::Got(Box::new(item)))
    }

    fn hold(&mut self, key: &str, owner: String, sent: Duration, lifetime: Duration) {
        let context = &self.context;
        let lease = Arc::new(Lease::new(key, owner, sent, lifetime));
        context.renewals.keep(&lease, &context.store, &context.clock, context.settings.timeout);
        let store = Arc::clone(&context.store);
        self.held.insert(key.to_owned(), Held { lease, store });
    }

    /// The session in an item that was just locked; an item that the locking has made, or one expired, has none.
    fn unless_ghost(&self, item: Item) -> Option<Item> {
        let layout = &self.context.layout;
        let is_ghost = !item.contains_key(&layout.data)
            && super::item::generation(&item).is_none()
            && item.get(super::item::LOCK).and_then(AttributeValue::as_i64).map(|ms| ms.div_euclid(1_000))
                == layout.expires(&item);
        (!is_ghost && layout.is_live(&item, self.context.clock.now())).then_some(item)
    }

    /// What a waiter does about the AWS SDK's lock, which has no end: leaves a mark, and takes it over when the mark
    /// has stood for a lock's lifetime. The condition on which the next try may take it.
    fn takeover(&mut self, key: &str, item: &Item, deadline: &Deadline) -> Result<Option<Condition>> {
        let (layout, now_ms) = (Arc::clone(&self.context.layout), self.context.clock.now_ms());
        match lock::holder(&layout, item, now_ms) {
            Holder::Sdk { seen_ms: None } => {
                self.context.store.update(key, &lock::mark_sdk(&layout, item, now_ms), deadline)?;
                Ok(None)
            }
            Holder::Sdk { seen_ms: Some(seen) }
                if lock::is_dead_sdk(seen, now_ms, self.context.settings.lock_lifetime) =>
            {
                Ok(Some(lock::dead_sdk(&layout, item, seen)))
            }
            Holder::Sdk { .. } | Holder::Lease | Holder::Nobody => Ok(None),
        }
    }

    /// A write whose answer was lost, repeated and refused: it was served, if the item shows our data with no lock, or
    /// with another's while nobody can have taken ours over unserved.
    fn is_own_write(&self, refused: &Refused, update: &Update, lease: &Lease) -> bool {
        let Some(item) = refused.item.as_ref().filter(|_| refused.repeated) else {
            return false;
        };
        if item.contains_key(super::item::LOCK) {
            return lease.is_certain(self.context.clock.machine().monotonic());
        }
        let shown = update.set.iter().all(|(name, value)| item.get(name) == Some(value));
        let removed = update.remove.iter().all(|name| !item.contains_key(name));
        shown && removed
    }
}
