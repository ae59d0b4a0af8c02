//! `destroy`, and giving locks back.

use super::known::Known;
use super::{Action, Now, Session, Task, Value, done};
use crate::dynamodb::{Outcome, Refused};
use crate::error::{Cause, Error, Result};
use crate::session::lease::{Lease, LockedItem};
use crate::session::lock;

/// A lock that is given back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Releasing {
    lease: Lease,
    /// What the call comes to after that.
    then: Result<Value>,
    /// A session was found in what only the lock had made: its item stays.
    keeps_item: bool,
}

impl Session {
    /// Whatever session is there, also one that is locked: a logout that reports success has happened. So there is no
    /// condition, also when it is repeated after a lost answer.
    pub(super) fn destroy(&mut self, now: &mut Now<'_>) -> Action {
        let was_never_stored = self.is_made_here && self.sent.is_empty();
        self.known = Known::Nothing;
        (self.next_read, self.is_begun, self.is_made_here) = (None, false, false);
        if was_never_stored {
            now.stats.destroys.count();
            return self.release(Ok(Value::Done), now);
        }
        self.task = Task::Destroying;
        Action::Delete(None)
    }

    pub(super) fn destroyed(&mut self, outcome: Result<()>, now: &mut Now<'_>) -> Action {
        match outcome {
            Ok(()) => {
                now.stats.destroys.count();
                self.lock = None;
                self.sent.clear();
                done()
            }
            // What could not be deleted is unlocked at `close`.
            Err(error) => Action::Return(Err(error)),
        }
    }

    /// Forgets everything and frees a lock that no write has freed.
    pub(super) fn close(&mut self, now: &mut Now<'_>) -> Action {
        *self = Session { lock: self.lock.take(), ..Session::default() };
        self.release(Ok(Value::Done), now)
    }

    /// The stored session stays as it is, and others may have it.
    pub(super) fn serialize_failed(&mut self, now: &mut Now<'_>) -> Action {
        let error = Error::new("write", Cause::SerializeFailed);
        self.known = Known::Failed(error.clone());
        self.release(Err(error), now)
    }

    /// It is another session now.
    pub(super) fn release_and_refuse(&mut self, cause: Cause, now: &mut Now<'_>) -> Action {
        let error = Error::new("write", cause);
        self.known = Known::Failed(error.clone());
        self.release(Err(error), now)
    }

    /// Gives the lock back, if this process may have one, and then returns.
    pub(super) fn release(&mut self, then: Result<Value>, now: &mut Now<'_>) -> Action {
        match self.lock.take() {
            Some(lease) if lease.process == now.process => {
                let keeps_item = lease.held.as_ref().is_none_or(|held| held.item == LockedItem::Session);
                self.send_release(Releasing { lease, then, keeps_item }, now)
            }
            _ => Action::Return(then),
        }
    }

    fn send_release(&mut self, task: Releasing, now: &mut Now<'_>) -> Action {
        let (layout, lease) = (now.layout, &task.lease);
        let made = lease.held.as_ref().map_or(LockedItem::Session, |held| held.item);
        let action = match made {
            LockedItem::LockMade if !task.keeps_item => Action::Delete(Some(lock::release_lock_made(layout, lease))),
            LockedItem::LockMadeAmongOthers if !task.keeps_item => {
                Action::Update(lock::release_among_others(layout, lease))
            }
            _ => Action::Update(lock::release(lease)),
        };
        self.task = Task::Releasing(task);
        action
    }

    pub(super) fn releasing(&mut self, mut task: Releasing, outcome: Result<Outcome>, now: &mut Now<'_>) -> Action {
        match outcome {
            // Somebody without a lock has put a session where there was none; or the reply does not say.
            Ok(Outcome::Refused(Refused { item, .. }))
                if !task.keeps_item && item.as_ref().is_none_or(|item| task.lease.fence().holds(Some(item))) =>
            {
                task.keeps_item = true;
                self.send_release(task, now)
            }
            Ok(_) => Action::Return(task.then),
            Err(error) => Action::Return(task.then.and(Err(error))),
        }
    }
}
