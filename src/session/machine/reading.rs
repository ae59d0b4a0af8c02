//! `validate_sid` and `read`: what has to be asked for, and what not.

use super::known::{Ahead, Basis, Data, Known, Live, NextRead, Read};
use super::{Action, Event, Now, Session, Task, Value, stray};
use crate::dynamodb::{Fetched, Item};
use crate::error::{Error, Result};

/// A GetItem on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reading {
    purpose: Purpose,
    consistent: bool,
}

/// What something is read for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    /// `validate_sid`; whether this request has begun the session already, so that it exists although it is not stored.
    Validate {
        is_begun: bool,
    },
    Read,
    /// The class's `updateTimestamp` of what was not read.
    Touch(Data),
}

impl Session {
    /// An id made just now is free, without asking. When nothing can be found out the answer is yes, so that the visitor
    /// keeps their id, and `read` fails with that same error.
    pub(super) fn validate(&mut self, now: &mut Now<'_>) -> Action {
        if self.next_read.as_ref().is_some_and(|next| next.is_fresh_at(now.monotonic)) {
            self.next_read = Some(NextRead::fresh(now.monotonic));
            return Action::Return(Ok(Value::Exists(false)));
        }
        self.next_read = None;
        let is_begun = self.is_begun || self.holds(now);
        self.ask(Purpose::Validate { is_begun }, now)
    }

    /// A read that failed is an error and never an empty session.
    pub(super) fn read(&mut self, now: &mut Now<'_>) -> Action {
        now.stats.reads.count();
        let locking = now.settings.locking;
        match self.next_read.take().and_then(|next| next.at(now.monotonic)) {
            // While DynamoDB cannot be reached, a new visitor's session fails as everybody's does.
            Some(Ahead::Fresh) if !locking && !now.is_failing => {
                self.found(Purpose::Read, Ok(Read { session: None, basis: Basis::Free }), now)
            }
            // Perhaps no lock was taken where there was no session.
            Some(Ahead::Validated(Ok(read))) if locking && read.basis == Basis::Free => self.ask(Purpose::Read, now),
            Some(Ahead::Validated(read)) => self.found(Purpose::Read, read, now),
            Some(Ahead::Fresh) | None => self.ask(Purpose::Read, now),
        }
    }

    fn ask(&mut self, purpose: Purpose, now: &mut Now<'_>) -> Action {
        if now.settings.locking { self.lock_for(purpose, now) } else { self.get(purpose, now.settings.consistent_read) }
    }

    pub(super) fn get(&mut self, purpose: Purpose, consistent: bool) -> Action {
        self.task = Task::Reading(Reading { purpose, consistent });
        Action::Get { consistent }
    }

    pub(super) fn reading(&mut self, task: Reading, event: Event, now: &mut Now<'_>) -> Action {
        let Reading { purpose, consistent } = task;
        let Fetched { item, now: date } = match event {
            Event::Got(Ok(fetched)) => fetched,
            Event::Got(Err(error)) => return self.found(purpose, Err(error), now),
            _ => return stray(),
        };
        match item.filter(|item| now.layout.is_live(item, date)) {
            // An eventually consistent "there is none" is confirmed.
            None if !consistent => self.get(purpose, true),
            item => {
                let read = self.session_in(item, Basis::Free, now);
                self.found(purpose, read, now)
            }
        }
    }

    /// What a read has found, where there is a session in the item.
    pub(super) fn session_in(&self, item: Option<Item>, basis: Basis, now: &Now<'_>) -> Result<Read> {
        let live = item.map(|item| Live::of(item, now)).transpose();
        Ok(Read { session: live.map_err(|cause| Error::new("read", cause))?, basis })
    }

    /// The end of a read, whatever it was for.
    pub(super) fn found(&mut self, purpose: Purpose, read: Result<Read>, now: &mut Now<'_>) -> Action {
        match purpose {
            Purpose::Validate { is_begun } => {
                let exists = is_begun || !matches!(read, Ok(Read { session: None, .. }));
                self.next_read = Some(NextRead::validated(now.monotonic, read));
                Action::Return(Ok(Value::Exists(exists)))
            }
            Purpose::Read => {
                self.sent.clear();
                self.know(read.clone());
                let data = read.map(|read| read.session.and_then(|live| live.stored));
                if let Ok(Some(data)) = &data {
                    now.stats.bytes_read.add(data.len() as u64);
                }
                Action::Return(data.map(|data| Value::Data(data.unwrap_or_default())))
            }
            Purpose::Touch(data) => {
                self.know(read);
                self.write(data, true, now)
            }
        }
    }

    fn know(&mut self, read: Result<Read>) {
        self.is_made_here &= matches!(read, Ok(Read { session: None, .. }));
        self.known = match read {
            Ok(read) => Known::Read(read),
            Err(error) => Known::Failed(error),
        };
    }

    /// What `validate_sid` has read counts where nothing else was: it shows under which lock.
    pub(super) fn adopt_validated(&mut self) {
        // However long ago: what it was refused, or found under a lock, holds for a write.
        let ahead = self.next_read.take().map(NextRead::what);
        if let (Known::Nothing, Some(Ahead::Validated(read))) = (&self.known, ahead) {
            self.know(read);
            // PHP was not shown it, so nothing can be merged with it.
            if let Known::Read(Read { session: Some(live), .. }) = &mut self.known {
                live.handed = None;
            }
        }
    }
}
