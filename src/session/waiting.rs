//! How a handler waits for a lock: at which cost, for how long, and when it may be taken over.

use std::sync::Arc;
use std::time::Duration;

use super::handler::Handler;
use super::item::LOCK_OWNER;
use super::lock::{self, Holder};
use crate::clock::Deadline;
use crate::dynamodb::{AttributeValue, Condition, Item};
use crate::error::{Cause, Result};

/// After so many others have been quicker, a waiter tries without a look.
const OVERTAKEN: u32 = 3;

/// One wait for a lock.
pub(super) struct Wait {
    started: Duration,
    refusals: u32,
    pauses: u32,
    /// The AWS SDK's lock: the `expires` beside it, and since when both are seen unchanged.
    sdk: Option<(Option<i64>, Duration)>,
    /// Who had it when last seen, and how often that was another than before.
    owner: Option<AttributeValue>,
    overtaken: u32,
}

impl Wait {
    pub(super) fn from(started: Duration) -> Self {
        Wait { started, refusals: 0, pauses: 0, sdk: None, owner: None, overtaken: 0 }
    }

    /// How long it has waited by now; `None`: it has not.
    pub(super) fn waited(&self, now: Duration) -> Option<Duration> {
        (self.pauses > 0).then(|| now.saturating_sub(self.started))
    }

    /// Whether others have come first so often that it is time to try without a look: whoever asks for the lock right
    /// after giving it back is always quicker than a look and a try.
    fn is_overtaken(&mut self, item: &Item) -> bool {
        let owner = item.get(LOCK_OWNER);
        if self.owner.as_ref() != owner {
            self.overtaken += u32::from(self.owner.is_some());
            self.owner = owner.cloned();
        }
        let often = self.overtaken >= OVERTAKEN;
        if often {
            self.overtaken = 0;
        }
        often
    }
}

impl Handler {
    /// Waits until the lock seems free; the condition on which the next try may take it.
    pub(super) fn wait(&mut self, key: &str, refused: Item, wait: &mut Wait, time: &mut Deadline) -> Result<Condition> {
        let clock = Arc::clone(self.context.clock.machine());
        let settings = Arc::clone(&self.context.settings);
        // Only the first refusal may be met by another try at once: no odd item makes this a loop without pauses.
        let mut seen = Some(refused);
        let mut at_once = wait.refusals == 0;
        wait.refusals += 1;
        while let Some(item) = seen {
            let left = settings.max_lock_wait_time.saturating_sub(clock.monotonic().saturating_sub(wait.started));
            if let Some(free) = self.opening(key, &item, wait, time)?.filter(|_| at_once) {
                return Ok(free);
            }
            if left.is_zero() {
                self.let_go(key);
                let waited = clock.monotonic().saturating_sub(wait.started);
                return Err(self.error("lock", Cause::Locked(waited)));
            }
            if wait.pauses == 0 {
                self.context.stats.lock_waits.count();
            }
            let chance = clock.chance();
            let pause = lock::pause(settings.min_lock_retry, settings.max_lock_retry, wait.pauses, chance);
            clock.sleep(pause.min(left));
            wait.pauses += 1;
            // Waiting has its own limit: each call after it has the whole time of an operation again. A read is the
            // cheapest call that shows the lock; a refused write would cost by the item's size.
            *time = self.context.clock.deadline(settings.timeout);
            seen = self.context.store.get(key, true, time)?.item;
            at_once = true;
            if seen.as_ref().is_some_and(|item| wait.is_overtaken(item)) {
                return Ok(lock::untouched());
            }
        }
        Ok(lock::free(self.context.clock.now_ms()))
    }

    /// The condition on which this item's lock may be taken, if that can be.
    ///
    /// The AWS SDK's lock has no end. It is marked once it has been seen unchanged for a while, and taken over when
    /// the mark has stood for a lock's lifetime.
    fn opening(&self, key: &str, item: &Item, wait: &mut Wait, time: &Deadline) -> Result<Option<Condition>> {
        let (layout, settings) = (&self.context.layout, &self.context.settings);
        let now_ms = self.context.clock.now_ms();
        match lock::holder(layout, item, now_ms) {
            Holder::Nobody => return Ok(Some(lock::free(now_ms))),
            Holder::Sdk { seen_ms: Some(seen) } if lock::is_dead_sdk(seen, now_ms, settings.lock_lifetime) => {
                return Ok(Some(lock::dead_sdk(layout, item, seen)));
            }
            Holder::Sdk { seen_ms: None } => {
                let (expires, now) = (layout.expires(item), self.monotonic());
                let since = wait.sdk.filter(|(of, _)| *of == expires).map_or(now, |(_, since)| since);
                wait.sdk = Some((expires, since));
                if now.saturating_sub(since) >= lock::SDK_LOOK.min(settings.max_lock_wait_time / 2) {
                    self.context.store.update(key, &lock::mark_sdk(layout, item, now_ms), time)?;
                }
            }
            Holder::Sdk { .. } | Holder::Lease => wait.sdk = None,
        }
        Ok(None)
    }
}
