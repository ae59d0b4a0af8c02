//! Waiting for a lock: at which cost, for how long, and when it may be taken over.

use std::time::Duration;

use super::known::Basis;
use super::locking::{Acquiring, Phase};
use super::{Action, Now, Session, Task};
use crate::config::OnLockTimeout;
use crate::dynamodb::{AttributeValue, Condition, Item, Update};
use crate::error::{Cause, Error};
use crate::session::item::LOCK_OWNER;
use crate::session::lock::{self, Holder, Mark};
use crate::session::process;

/// After so many others have been quicker, a waiter tries without a look.
const OVERTAKEN: u32 = 3;

/// One wait for a lock.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Wait {
    started: Duration,
    refusals: u32,
    pauses: u32,
    /// The AWS SDK's lock: the `expires` beside it, and since when both are seen unchanged.
    sdk: Option<(Option<i64>, Duration)>,
    /// Who had it when last seen, and how often that was another than before.
    owner: Option<AttributeValue>,
    overtaken: u32,
    /// Whether the next try may come without a pause. Only the first refusal is met by one: no odd item makes this a
    /// loop without pauses.
    at_once: bool,
}

/// What an item shows of its lock.
enum Shown {
    /// It may be taken on this condition.
    Open(Condition),
    /// It is held.
    Closed,
    /// It is held by a process of this machine.
    Neighbours(String),
    /// It is the AWS SDK's, and this says so to those who come later.
    Mark(Update),
}

impl Wait {
    pub(super) fn from(started: Duration) -> Self {
        Wait { started, refusals: 0, pauses: 0, sdk: None, owner: None, overtaken: 0, at_once: true }
    }

    /// How long it has waited by now; `None`: it has not.
    pub(super) fn waited(&self, now: &Now<'_>) -> Option<Duration> {
        (self.pauses > 0).then(|| now.monotonic.saturating_sub(self.started))
    }

    /// Whether others have come first so often that it is time to try without a look: a request that asks for the lock
    /// right after giving it back is always quicker than a look and a try.
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

    /// The AWS SDK's lock has no end. It is marked once it has been seen unchanged for a while, and taken over when the
    /// mark has stood for long enough.
    fn sdk(&mut self, item: &Item, mark: Option<Mark>, now: &Now<'_>) -> Shown {
        match mark {
            Some(Mark::Seen(ms)) if lock::is_dead_sdk(ms, now.wall_ms, now.settings.sdk_lock_lifetime) => {
                return Shown::Open(lock::dead_sdk(now.layout, item, ms));
            }
            Some(Mark::Seen(_)) => return Shown::Closed,
            Some(Mark::Glimpsed(ms)) if lock::was_looked_at(ms, now.wall_ms) => {}
            Some(Mark::Glimpsed(_)) | None => {
                let expires = now.layout.expires(item);
                let since = self.sdk.filter(|(of, _)| *of == expires).map_or(now.monotonic, |(_, since)| since);
                self.sdk = Some((expires, since));
                if now.monotonic.saturating_sub(since) < lock::SDK_LOOK {
                    return Shown::Closed;
                }
            }
        }
        Shown::Mark(lock::mark_sdk(now.layout, item, Mark::Seen(now.wall_ms)))
    }

    fn look_at(&mut self, item: &Item, now: &Now<'_>) -> Shown {
        match lock::holder(now.layout, item, now.wall_ms) {
            Holder::Nobody => Shown::Open(lock::free(now.wall_ms)),
            Holder::Sdk(mark) => self.sdk(item, mark, now),
            Holder::Lease => {
                self.sdk = None;
                let neighbour = lock::owner(item).and_then(|owner| process::neighbour(owner, now.process_name));
                neighbour.map_or(Shown::Closed, |name| Shown::Neighbours(name.to_owned()))
            }
        }
    }
}

impl Session {
    /// The lock was refused: waits until it seems free.
    pub(super) fn wait(&mut self, mut task: Acquiring, refused: Item, now: &mut Now<'_>) -> Action {
        task.wait.at_once = task.wait.refusals == 0;
        task.wait.refusals += 1;
        self.consider(task, refused, now)
    }

    /// The item was read after a pause.
    pub(super) fn looked(&mut self, mut task: Acquiring, item: Option<Item>, now: &mut Now<'_>) -> Action {
        task.wait.at_once = true;
        match item {
            None => self.try_lock(task, lock::free(now.wall_ms), now),
            Some(item) if task.wait.is_overtaken(&item) => self.try_lock(task, lock::untouched(), now),
            Some(item) => self.consider(task, item, now),
        }
    }

    fn consider(&mut self, mut task: Acquiring, item: Item, now: &mut Now<'_>) -> Action {
        match task.wait.look_at(&item, now) {
            Shown::Open(condition) if task.wait.at_once => self.try_lock(task, condition, now),
            Shown::Neighbours(name) => {
                task.phase = Phase::AskingIfEnded(item);
                self.task = Task::Acquiring(task);
                Action::AskIfEnded(name)
            }
            Shown::Mark(update) => {
                task.phase = if self.is_over(&task, now) { Phase::MarkingLast(item) } else { Phase::Marking };
                self.task = Task::Acquiring(task);
                Action::Update(update)
            }
            Shown::Open(_) | Shown::Closed => self.pause_or_end(task, item, now),
        }
    }

    /// A holder of this machine that lives no more will neither write nor give the lock back.
    pub(super) fn holder_found(&mut self, task: Acquiring, item: Item, has_ended: bool, now: &mut Now<'_>) -> Action {
        match lock::owner(&item) {
            Some(owner) if has_ended && task.wait.at_once => {
                let condition = lock::fence(owner);
                self.try_lock(task, condition, now)
            }
            _ => self.pause_or_end(task, item, now),
        }
    }

    fn is_over(&self, task: &Acquiring, now: &Now<'_>) -> bool {
        now.monotonic.saturating_sub(task.wait.started) >= now.settings.max_lock_wait_time
    }

    fn pause_or_end(&mut self, mut task: Acquiring, item: Item, now: &mut Now<'_>) -> Action {
        if !self.is_over(&task, now) {
            return self.pause(task, now);
        }
        match lock::holder(now.layout, &item, now.wall_ms) {
            // Later waiters can tell that it was there, however short the waits are.
            Holder::Sdk(None) => {
                let update = lock::mark_sdk(now.layout, &item, Mark::Glimpsed(now.wall_ms));
                task.phase = Phase::MarkingLast(item);
                self.task = Task::Acquiring(task);
                Action::Update(update)
            }
            _ => self.wait_is_over(task, item, now),
        }
    }

    pub(super) fn pause(&mut self, mut task: Acquiring, now: &mut Now<'_>) -> Action {
        if task.wait.pauses == 0 {
            now.stats.lock_waits.count();
        }
        let (settings, chance) = (now.settings, now.chance());
        let pause = lock::pause(settings.min_lock_retry, settings.max_lock_retry, task.wait.pauses, chance);
        let waited = now.monotonic.saturating_sub(task.wait.started);
        task.wait.pauses += 1;
        task.phase = Phase::Pausing;
        self.task = Task::Acquiring(task);
        Action::WaitForLock(pause.min(settings.max_lock_wait_time.saturating_sub(waited)))
    }

    /// The lock stays another request's. The page fails, or goes on with what is stored and may not change it.
    pub(super) fn wait_is_over(&mut self, task: Acquiring, item: Item, now: &mut Now<'_>) -> Action {
        self.lock = None;
        let read = match now.settings.on_lock_timeout {
            OnLockTimeout::Fail => {
                let waited = now.monotonic.saturating_sub(task.wait.started);
                Err(Error::new("lock", Cause::Locked(waited)))
            }
            OnLockTimeout::ReadOnly => {
                let is_live = now.layout.is_live(&item, now.seconds());
                self.session_in(is_live.then_some(item), Basis::ReadOnly, now)
            }
        };
        self.locked(task, read, now)
    }
}
