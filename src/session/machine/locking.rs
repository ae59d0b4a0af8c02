//! Taking a lock: reading and locking are one UpdateItem.

use super::known::{Basis, Data, Known, Read};
use super::reading::Purpose;
use super::waiting::Wait;
use super::{Action, Event, Now, Session, Task, stray};
use crate::dynamodb::{AttributeValue, Condition, Fetched, Item, Outcome, Refused};
use crate::error::{Cause, Error, Result};
use crate::session::item::LOCK;
use crate::session::lease::{Lease, LockedItem};
use crate::session::lock::{self, Holder};
use crate::session::{item, process};

/// A lock on its way to us.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Acquiring {
    pub(super) purpose: Purpose,
    pub(super) wait: Wait,
    pub(super) phase: Phase,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    /// What is read is under our lock already.
    ReadingHeld,
    /// The UpdateItem that takes it is on its way.
    Trying,
    /// It was refused, and its reply did not show the item.
    LookingWhy,
    /// The reply has shown that our clock is wrong, and so is the lock's end.
    CorrectingEnd(Item),
    /// A session without an end of life gets one of its own.
    GivingEnd(Item),
    /// The lock's holder may have ended.
    AskingIfEnded(Item),
    /// A mark is put beside the AWS SDK's lock.
    Marking,
    /// The same, as the last thing before the wait is given up.
    MarkingLast(Item),
    Pausing,
    /// The item is read after a pause.
    Looking,
}

impl Session {
    /// The lock and the session in one call; waits while another request holds it. Where the session has to exist, no lock
    /// need be taken if there is none.
    pub(super) fn lock_for(&mut self, purpose: Purpose, now: &mut Now<'_>) -> Action {
        let mut task = Acquiring { purpose, wait: Wait::from(now.monotonic), phase: Phase::ReadingHeld };
        if self.holds(now) {
            self.task = Task::Acquiring(task);
            return Action::Get { consistent: true };
        }
        // A try of which nothing was heard may be served still: it is recognised by its owner.
        if !self.lock.as_ref().is_some_and(|lease| lease.process == now.process && lease.held.is_none()) {
            let owner = process::owner((now.random)(), now.process_name);
            self.lock = Some(Lease::new(owner, now.process, now.monotonic, now.settings.lock_lifetime));
        }
        task.phase = Phase::Trying;
        self.try_lock(task, lock::untouched(), now)
    }

    pub(super) fn try_lock(&mut self, mut task: Acquiring, free: Condition, now: &mut Now<'_>) -> Action {
        let Some(lease) = &self.lock else {
            return stray();
        };
        let condition = match task.purpose {
            Purpose::Validate { .. } => Condition::All(vec![free, now.layout.live(now.seconds())]),
            _ => free,
        };
        let update = lock::acquire(now.layout, &lease.owner, now.wall_ms, lease.lifetime, condition);
        task.phase = Phase::Trying;
        self.task = Task::Acquiring(task);
        Action::Update(update)
    }

    pub(super) fn acquiring(&mut self, mut task: Acquiring, event: Event, now: &mut Now<'_>) -> Action {
        let phase = std::mem::replace(&mut task.phase, Phase::Trying);
        match (phase, event) {
            (_, Event::Got(Err(error)) | Event::Changed(Err(error))) => self.locked(task, Err(error), now),
            (Phase::ReadingHeld, Event::Got(Ok(fetched))) => self.read_held(task, fetched, now),
            (Phase::Trying, Event::Changed(Ok(Outcome::Done(item)))) => self.took(task, item.unwrap_or_default(), now),
            (Phase::Trying, Event::Changed(Ok(Outcome::Refused(Refused { item: Some(item), now: date, .. })))) => {
                self.lock_refused(task, Some(item), date, now)
            }
            (Phase::Trying, Event::Changed(Ok(Outcome::Refused(_)))) => {
                task.phase = Phase::LookingWhy;
                self.task = Task::Acquiring(task);
                Action::Get { consistent: true }
            }
            (Phase::LookingWhy, Event::Got(Ok(Fetched { item, now: date }))) => {
                self.lock_refused(task, item, date, now)
            }
            (Phase::CorrectingEnd(item), Event::Changed(Ok(_))) => self.give_end(task, item, now),
            (Phase::GivingEnd(item), Event::Changed(Ok(outcome))) => match outcome {
                Outcome::Done(given) => self.settle(task, given.unwrap_or(item), now),
                // The lock is lost: the fence of the next write will say so.
                Outcome::Refused(_) => self.settle(task, item, now),
            },
            (Phase::AskingIfEnded(item), Event::HasEnded(has_ended)) => self.holder_found(task, item, has_ended, now),
            (Phase::Marking, Event::Changed(Ok(_))) => self.pause(task, now),
            (Phase::MarkingLast(item), Event::Changed(Ok(_))) => self.wait_is_over(task, item, now),
            (Phase::Pausing, Event::Waited) => {
                task.phase = Phase::Looking;
                self.task = Task::Acquiring(task);
                Action::Get { consistent: true }
            }
            (Phase::Looking, Event::Got(Ok(Fetched { item, .. }))) => self.looked(task, item, now),
            _ => stray(),
        }
    }

    /// A second read under our own lock, which may turn out to be lost.
    fn read_held(&mut self, task: Acquiring, fetched: Fetched, now: &mut Now<'_>) -> Action {
        let Some(lease) = &self.lock else {
            return stray();
        };
        if lease.fence().holds(fetched.item.as_ref()) {
            let read = self.locked_session(fetched.item, fetched.now, now);
            return self.locked(task, read, now);
        }
        self.lock = None;
        self.lock_for(task.purpose, now)
    }

    fn lock_refused(&mut self, task: Acquiring, item: Option<Item>, date: i64, now: &mut Now<'_>) -> Action {
        let must_exist = matches!(task.purpose, Purpose::Validate { .. });
        let owner = self.lock.as_ref().map_or("", |lease| lease.owner.as_str());
        match item {
            // An earlier try was served although its answer was lost.
            Some(item) if lock::is_owner(&item, owner) => self.took(task, item, now),
            item => {
                let item = item.unwrap_or_default();
                // An item without a session that is locked will soon have one.
                let is_coming = lock::holder(now.layout, &item, now.wall_ms) == Holder::Lease;
                if must_exist && !is_coming && !now.layout.is_live(&item, date) {
                    self.lock = None;
                    return self.locked(task, Ok(Read { session: None, basis: Basis::Free }), now);
                }
                self.wait(task, item, now)
            }
        }
    }

    /// From now on it is ours.
    fn took(&mut self, mut task: Acquiring, item: Item, now: &mut Now<'_>) -> Action {
        let Some(lease) = &mut self.lock else {
            return stray();
        };
        lease.take(now.layout, &item);
        if !now.clock_moved {
            return self.give_end(task, item, now);
        }
        let until_ms = lock::until(now.wall_ms, lease.lifetime);
        let wrong_ms = item.get(LOCK).and_then(AttributeValue::as_i64).unwrap_or_default();
        let mut update = lock::correct(lease, wrong_ms, until_ms);
        if lease.held.as_ref().is_some_and(|held| held.item != LockedItem::Session) {
            update = lock::only_lock_made(now.layout, update, until_ms);
        }
        task.phase = Phase::CorrectingEnd(item);
        self.task = Task::Acquiring(task);
        Action::Update(update)
    }

    /// A session without an end of life would end with the lock, though it is only looked at.
    fn give_end(&mut self, mut task: Acquiring, item: Item, now: &mut Now<'_>) -> Action {
        match &self.lock {
            Some(lease) if lock::was_endless(now.layout, &item) => {
                let update = lock::prolong(now.layout, lease, now.new_expires());
                task.phase = Phase::GivingEnd(item);
                self.task = Task::Acquiring(task);
                Action::Update(update)
            }
            _ => self.settle(task, item, now),
        }
    }

    /// The end of asking for a lock, however it ended.
    pub(super) fn locked(&mut self, task: Acquiring, read: Result<Read>, now: &mut Now<'_>) -> Action {
        if let Some(waited) = task.wait.waited(now) {
            now.stats.lock_wait_duration.took(waited);
        }
        self.found(task.purpose, read, now)
    }

    fn settle(&mut self, task: Acquiring, item: Item, now: &mut Now<'_>) -> Action {
        // A write of ours may have been served although its answer was lost.
        let own = self.sent.iter().find(|sent| item::is_latest(&item, sent.revision)).map(|sent| sent.payload.clone());
        let read = self.locked_session(Some(item), now.seconds(), now);
        self.keep_known(&read, own.as_ref());
        self.locked(task, read, now)
    }

    /// What was read under an earlier lock, or none, counts under this one only where nobody has written since.
    fn keep_known(&mut self, read: &Result<Read>, own: Option<&Data>) {
        let (Known::Read(known), Ok(read)) = (&mut self.known, read) else {
            return;
        };
        let is_same = match (&known.session, &read.session) {
            (None, None) => true,
            (Some(was), Some(is)) => {
                let same_data = was.stored.is_some() && was.stored == is.stored;
                (&was.generation, &was.revisions) == (&is.generation, &is.revisions) && same_data
            }
            _ => false,
        };
        let is_own = own.is_some() && read.session.as_ref().and_then(|live| live.stored.as_ref()) == own;
        if is_same || is_own {
            known.basis = read.basis.clone();
        } else {
            let given_back = matches!(known.basis, Basis::GivenBack { .. });
            let cause = if given_back { Cause::LockGivenBack } else { Cause::LockLost };
            self.known = Known::Failed(Error::new("write", cause));
        }
    }

    /// The session in an item that is locked by us.
    fn locked_session(&self, item: Option<Item>, date: i64, now: &Now<'_>) -> Result<Read> {
        let Some((lease, held)) = self.lock.as_ref().and_then(|lease| Some((lease, lease.held.as_ref()?))) else {
            return Err(Error::new("lock", Cause::Panic));
        };
        let basis = Basis::Locked { owner: lease.owner.clone(), process: lease.process };
        let is_session = |item: &Item| {
            let is_empty = now.layout.is_empty(item) && held.item == LockedItem::Session;
            let lives_on = || now.layout.expires(item).is_some_and(|expires| expires > date);
            if is_empty { lives_on() } else { now.layout.is_live(item, date) }
        };
        self.session_in(item.filter(is_session), basis, now)
    }
}
