//! Moving the end of life of a session whose data have not changed.

use super::known::{Data, Known, Live, Read};
use super::reading::Purpose;
use super::writing::Fence;
use super::{Action, Event, Now, Session, Task, done, stray};
use crate::dynamodb::{AttributeValue, Condition, Outcome, Update};
use crate::error::Result;
use crate::session::item::{self, GEN};
use crate::session::lock;

/// A touch on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Touching {
    /// Of a session that was not read: its data are handed over, should there be none.
    Unread(Data),
    /// Of what was read.
    Known { expires: i64 },
    /// The same, giving the lock back; `None`: the end of life stays.
    Locked { expires: Option<i64> },
}

impl Session {
    /// The class's `updateTimestamp`. A session that is there lives on, and its data are left alone, since a subclass may
    /// have stored others than PHP shows here (encrypted ones); one that is not there is written.
    pub(super) fn touch(&mut self, data: Data, now: &mut Now<'_>) -> Action {
        self.adopt_validated();
        match &self.known {
            // What `validate_sid` has locked, and nobody has read.
            Known::Nothing if self.holds(now) => self.lock_for(Purpose::Touch(data), now),
            // Whether there is one is not judged by a clock that no reply has confirmed.
            Known::Nothing if !now.is_confirmed => self.get(Purpose::Touch(data), true),
            Known::Nothing => {
                let update = move_expiry(now, now.layout.live(now.seconds()));
                self.task = Task::Touching(Touching::Unread(data));
                Action::Update(update)
            }
            _ => self.write(data, true, now),
        }
    }

    /// Of a session that is known and has not changed.
    pub(super) fn touch_known(&mut self, now: &mut Now<'_>) -> Action {
        let Known::Read(Read { session: Some(live), .. }) = &self.known else {
            return done();
        };
        let expires = is_touch_due(live.expires, now).then(|| now.new_expires());
        match (self.fence(), &self.lock, expires) {
            (Fence::Lock, Some(lease), expires) => {
                let set = expires.map(|expires| (now.layout.expires.clone(), AttributeValue::number(expires)));
                let mut update = Update { set: set.into_iter().collect(), ..Update::default() };
                lock::add_release(&mut update);
                let same = item::unchanged(GEN, live.generation.as_ref());
                update.condition = Some(Condition::All(vec![lease.fence(), same]));
                self.task = Task::Touching(Touching::Locked { expires });
                Action::Update(update)
            }
            (_, _, Some(expires)) => {
                let update = move_expiry(now, now.layout.same(live.generation.as_ref()));
                self.task = Task::Touching(Touching::Known { expires });
                Action::Update(update)
            }
            (_, _, None) => {
                now.stats.touches_skipped.count();
                done()
            }
        }
    }

    pub(super) fn touching(&mut self, task: Touching, event: Event, now: &mut Now<'_>) -> Action {
        let outcome = match event {
            Event::Changed(Ok(outcome)) => outcome,
            Event::Changed(Err(error)) => return Action::Return(Err(error)),
            _ => return stray(),
        };
        match (task, outcome) {
            (Touching::Unread(_), Outcome::Done(_)) => {
                now.stats.touches.count();
                done()
            }
            (Touching::Unread(data), Outcome::Refused(_)) => self.get(Purpose::Touch(data), true),
            (Touching::Known { expires }, Outcome::Done(_)) => {
                now.stats.touches.count();
                self.expires_at(Some(expires));
                if now.clock_moved { self.touch_known(now) } else { done() }
            }
            (Touching::Known { .. }, Outcome::Refused(_)) => match self.live().cloned() {
                Some(live) => self.gone(&live, now),
                None => done(),
            },
            (Touching::Locked { expires }, Outcome::Done(_)) => {
                let counter = if expires.is_some() { &now.stats.touches } else { &now.stats.touches_skipped };
                counter.count();
                if let Some(live) = self.live().cloned() {
                    self.stored(live);
                }
                self.expires_at(expires);
                if now.clock_moved && expires.is_some() { self.correct_expiry(now) } else { done() }
            }
            (Touching::Locked { .. }, Outcome::Refused(refused)) => {
                // Nothing but the expiry is lost, and the lock's next holder moves that.
                let is_ours = |lock: &crate::session::lease::Lease| lock.fence().holds(refused.item.as_ref());
                if self.lock.as_ref().is_some_and(is_ours) {
                    return self.release(Ok(super::Value::Done), now);
                }
                self.lock = None;
                done()
            }
        }
    }

    /// The first reply that a process gets may be a write's and show this machine's clock to be wrong: then the expiry just
    /// written is moved.
    pub(super) fn correct_expiry(&mut self, now: &mut Now<'_>) -> Action {
        let Some(live) = self.live() else {
            return done();
        };
        let update = move_expiry(now, now.layout.same(live.generation.as_ref()));
        self.task = Task::CorrectingExpiry;
        Action::Update(update)
    }

    pub(super) fn expiry_corrected(&mut self, outcome: Result<Outcome>, now: &mut Now<'_>) -> Action {
        match outcome {
            Ok(Outcome::Done(_)) => self.expires_at(Some(now.new_expires())),
            Ok(Outcome::Refused(_)) => {}
            Err(error) => return Action::Return(Err(error)),
        }
        done()
    }

    fn live(&self) -> Option<&Live> {
        match &self.known {
            Known::Read(read) => read.session.as_ref(),
            _ => None,
        }
    }

    fn expires_at(&mut self, expires: Option<i64>) {
        if let (Known::Read(Read { session: Some(live), .. }), Some(_)) = (&mut self.known, expires) {
            live.expires = expires;
        }
    }
}

fn is_touch_due(expires: Option<i64>, now: &Now<'_>) -> bool {
    expires.is_none_or(|expires| now.new_expires().abs_diff(expires) > now.settings.touch_interval)
}

fn move_expiry(now: &Now<'_>, condition: Condition) -> Update {
    Update {
        set: vec![(now.layout.expires.clone(), AttributeValue::number(now.new_expires()))],
        condition: Some(condition),
        ..Update::default()
    }
}
