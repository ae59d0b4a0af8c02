//! A request's sequence of calls: what is remembered between them, and what is written on which condition.
//!
//! Both doors, the native module and the class, call this. PHP's side of the contract:
//! <https://github.com/php/php-src/blob/PHP-8.2/ext/session/mod_files.c>,
//! <https://www.php.net/manual/en/class.sessionhandlerinterface.php>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::context::Context;
use super::item::{GEN, Generation};
use super::key;
use super::locking::Held;
use super::reading::ReadAhead;
use crate::clock::Deadline;
use crate::dynamodb::{Condition, Item, Outcome};
use crate::error::{Cause, Error, Result};

/// Of how many sessions a handler keeps the data, and how many it remembers at all: the class can be used without
/// `open` and `close` for ever.
const MOST_DATA: usize = 64;
const MOST_KNOWN: usize = 10_000;

/// For how long the next `read` need not ask: PHP calls it right after `create_sid` and `validate_sid`, but the class
/// can be used by a process that only ever validates.
const REMEMBERED_FOR: Duration = Duration::from_secs(1);

/// One session at a time for the native module, several for the class.
#[derive(Debug)]
pub struct Handler {
    pub(super) context: Context,
    name: String,
    pub(super) known: BTreeMap<String, Known>,
    /// Since when (monotonic).
    pub(super) remembered: BTreeMap<String, (Duration, Remembered)>,
    pub(super) held: BTreeMap<String, Held>,
    /// New sessions that were open when `open` came once more: session_reset() asks whether there are such.
    begun: BTreeSet<String>,
    pub(super) read_ahead: Option<ReadAhead>,
}

/// What is known of a session, from its read to its write.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// There was none; also after the read that came right after the id was made.
    Absent,
    /// There was one.
    Live(Live),
    /// There was one, and another request has destroyed it meanwhile: what is written now is dropped, so that a late
    /// request cannot undo a logout.
    Destroyed,
    /// Nobody knows: nothing may be written.
    Failed(Error),
}

#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) generation: Option<Generation>,
    /// The data as they are stored, unpacked; `None` where they were too many to keep.
    pub(super) data: Option<Vec<u8>>,
    pub(super) expires: Option<i64>,
    /// How often the lock had been taken when this handler wrote and gave it back.
    pub(super) taken: Option<i64>,
}

/// What the next `read` of a key needs not ask for; used once.
#[derive(Debug)]
pub(super) enum Remembered {
    /// `create_sid` has just made the id.
    Fresh,
    /// `validate_sid` has read it.
    Read(Result<Option<Item>>),
}

impl Handler {
    /// A handler that nothing was asked of yet; the session's name is empty until `open` gives it.
    pub fn new(context: Context) -> Self {
        Handler {
            context,
            name: String::new(),
            known: BTreeMap::new(),
            remembered: BTreeMap::new(),
            held: BTreeMap::new(),
            begun: BTreeSet::new(),
            read_ahead: None,
        }
    }

    /// `open`: the session's name and, perhaps, other settings than before. Locks held stay held: `session_reset()`
    /// opens again without closing.
    pub fn open(&mut self, context: Context, name: &str, read_ahead: Option<ReadAhead>) {
        if !Arc::ptr_eq(&self.context.settings, &context.settings) && *self.context.settings != *context.settings {
            self.release_all();
        }
        self.context = context;
        name.clone_into(&mut self.name);
        let known = std::mem::take(&mut self.known).into_iter();
        self.begun = known.filter(|(_, known)| matches!(known, Known::Absent)).map(|(key, _)| key).collect();
        self.remembered.clear();
        self.read_ahead = read_ahead;
    }

    /// `close`: forgets everything and frees the locks that no write has freed. Never fails: what cannot be freed is
    /// left to its lease.
    pub fn close(&mut self) {
        self.known.clear();
        self.begun.clear();
        self.remembered.clear();
        self.read_ahead = None;
        self.release_all();
    }

    /// `create_sid` has made this id.
    pub fn created(&mut self, id: &[u8]) {
        if let Ok(key) = self.key("create_sid", id) {
            self.remember_once(key, Remembered::Fresh);
        }
    }

    /// `validate_sid`: whether there is a session of this id. An id made just now is free, without asking. When it
    /// cannot be found out the answer is yes, so that the visitor keeps his id, and `read` fails with that same error.
    pub fn validate(&mut self, id: &[u8]) -> Result<bool> {
        let key = self.key("validate_sid", id)?;
        if let Some(Remembered::Fresh) = self.recall(&key) {
            self.remember_once(key, Remembered::Fresh);
            return Ok(false);
        }
        // A session that this very request has begun is not stored yet.
        let is_begun = self.holds(&key) || self.begun.contains(&key);
        let read = self.timed(|this, deadline| {
            if this.context.settings.locking { this.acquire(&key, true, deadline) } else { this.fetch(&key, deadline) }
        });
        let exists = !matches!(read, Ok(None)) || is_begun;
        self.remember_once(key, Remembered::Read(read));
        Ok(exists)
    }

    /// `read`: the session's data; empty for a new one. A read that failed is an error and never an empty session.
    pub fn read(&mut self, id: &[u8]) -> Result<Vec<u8>> {
        let key = self.key("read", id)?;
        let read = self.timed(|this, deadline| this.read_key(&key, deadline));
        self.context.stats.reads.count();
        self.remember(key, Known::of(&read));
        let data = read?.and_then(|live| live.data).unwrap_or_default();
        self.context.stats.bytes_read.add(data.len() as u64);
        Ok(data)
    }

    /// `write`, and the native module's `update_timestamp`: what counts is whether the data differ from what is stored.
    /// Unchanged data move the expiry, when it is due.
    pub fn write(&mut self, id: &[u8], data: &[u8]) -> Result<()> {
        let key = self.key("write", id)?;
        self.timed(|this, deadline| this.write_key(&key, data, false, deadline))
    }

    /// The class's `updateTimestamp`: a session that is there lives on, and its data are left alone, since a subclass
    /// may have stored others than PHP shows here (encrypted ones); one that is not there is written.
    pub fn touch(&mut self, id: &[u8], data: &[u8]) -> Result<()> {
        let key = self.key("update_timestamp", id)?;
        self.timed(|this, deadline| {
            if !this.known.contains_key(&key) {
                if !this.holds(&key) && this.touch_unread(&key, deadline)? {
                    return Ok(());
                }
                // What `validate_sid` has read under the lock shows whether there is one.
                if this.holds(&key) {
                    let read = this.read_key(&key, deadline);
                    this.remember(key.clone(), Known::of(&read));
                }
            }
            this.write_key(&key, data, true, deadline)
        })
    }

    /// A write ahead of PHP's own, before output is flushed: changed data only, and not under a lock, which keeps
    /// the next request waiting anyway.
    pub fn write_early(&mut self, id: &[u8], data: &[u8]) -> Result<()> {
        let key = self.key("write", id)?;
        match self.known.get(&key) {
            _ if self.context.settings.locking => Ok(()),
            Some(Known::Live(live)) if live.data.as_deref() == Some(data) => Ok(()),
            Some(Known::Live(_) | Known::Absent) => {
                self.timed(|this, deadline| this.write_key(&key, data, false, deadline))
            }
            Some(Known::Destroyed | Known::Failed(_)) | None => Ok(()),
        }
    }

    /// `destroy`: also what is locked; a missing session is destroyed already.
    pub fn destroy(&mut self, id: &[u8]) -> Result<()> {
        let key = self.key("destroy", id)?;
        let known = self.known.remove(&key);
        self.remembered.remove(&key);
        self.begun.remove(&key);
        self.timed(|this, deadline| this.delete(&key, known, deadline))?;
        // Only now: what could not be deleted is unlocked at `close`.
        self.let_go(&key);
        self.context.stats.destroys.count();
        Ok(())
    }

    /// Whatever session is there. Only a repetition spares one begun since: the one that was meant had gone by the first
    /// try, whose answer was lost.
    fn delete(&self, key: &str, known: Option<Known>, deadline: &Deadline) -> Result<()> {
        let generation = match known {
            Some(Known::Live(live)) => live.generation,
            _ => None,
        };
        let same = generation.map(|generation| {
            Condition::Any(vec![Condition::Equals(GEN.to_owned(), generation), Condition::Missing(GEN.to_owned())])
        });
        match self.context.stats.changing(|| self.context.store.delete(key, same.as_ref(), deadline))? {
            Outcome::Refused(refused) if !refused.repeated => self.context.store.delete(key, None, deadline).map(drop),
            _ => Ok(()),
        }
    }

    /// The serialized session is not whole: nothing may be written of it.
    pub fn refuse_unserialized(&mut self) -> Error {
        self.error("write", Cause::Unserialized)
    }

    fn key(&self, operation: &'static str, id: &[u8]) -> Result<String> {
        key::key(&self.context.settings.key_prefix, &self.name, id).map_err(|cause| self.error(operation, cause))
    }

    pub(super) fn error(&self, operation: &'static str, cause: Cause) -> Error {
        Error::new(operation, cause).at(self.context.store.place())
    }

    /// One session operation: within its time, measured, and not tried at all after a total failure.
    fn timed<T>(&mut self, act: impl FnOnce(&mut Self, &Deadline) -> Result<T>) -> Result<T> {
        let clock = Arc::clone(&self.context.clock);
        let started = clock.machine().monotonic();
        let timeout = self.context.settings.timeout;
        self.context.outage.check(self.context.store.place(), started, timeout)?;
        let result = act(self, &clock.deadline(timeout));
        let now = clock.machine().monotonic();
        if let Err(error) = &result {
            self.context.outage.note(self.context.store.place(), now, error);
        }
        self.context.stats.took(now.saturating_sub(started));
        result
    }

    /// What is forgotten costs a read.
    fn remember_once(&mut self, key: String, what: Remembered) {
        if self.remembered.len() >= MOST_DATA {
            self.remembered.clear();
        }
        self.remembered.insert(key, (self.monotonic(), what));
    }

    /// Used once.
    pub(super) fn recall(&mut self, key: &str) -> Option<Remembered> {
        let (since, what) = self.remembered.remove(key)?;
        (self.monotonic().saturating_sub(since) <= REMEMBERED_FOR).then_some(what)
    }

    pub(super) fn remember(&mut self, key: String, known: Known) {
        if self.known.len() >= MOST_KNOWN {
            self.known.retain(|key, _| self.held.contains_key(key));
        } else if self.known.len() >= MOST_DATA {
            for known in self.known.values_mut() {
                if let Known::Live(live) = known {
                    live.data = None;
                }
            }
        }
        self.known.insert(key, known);
    }
}

impl Live {
    /// What conditions are made of.
    pub(super) fn without_data(&self) -> Self {
        Live { generation: self.generation.clone(), data: None, expires: self.expires, taken: self.taken }
    }
}

impl Known {
    fn of(read: &Result<Option<Live>>) -> Self {
        match read {
            Ok(Some(live)) => Known::Live(live.clone()),
            Ok(None) => Known::Absent,
            Err(error) => Known::Failed(error.clone()),
        }
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        self.release_all();
    }
}
