//! Performs what [`super::machine`] decides: the one place where sessions are read, written, locked and waited for.
//!
//! Both doors, the native module and the class, call this. PHP's side of the contract:
//! <https://github.com/php/php-src/blob/PHP-8.2/ext/session/mod_files.c>,
//! <https://www.php.net/manual/en/class.sessionhandlerinterface.php>

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::context::Context;
use super::machine::{Action, Call, Data, Event, Now, Session, Value};
use super::merge::Serializer;
use super::read_ahead::ReadAhead;
use super::renewal::Renewal;
use super::{key, process};
use crate::clock::Deadline;
use crate::dynamodb::Fetched;
use crate::error::{Cause, Error, Result};

/// Of how many sessions a handler keeps the data, and how many it remembers at all: the class can be used without
/// `open` and `close` for ever.
const MOST_DATA: usize = 64;
const MOST_KNOWN: usize = 10_000;

/// After a total failure the locks are given back in one short try, so that the page does not wait a second time.
const RELEASE_AFTER_FAILURE: Duration = Duration::from_millis(500);

/// One session at a time for the native module, several for the class.
#[derive(Debug)]
pub struct Handler {
    context: Context,
    name: String,
    serializer: Option<Serializer>,
    sessions: BTreeMap<String, Known>,
    read_ahead: Option<ReadAhead>,
    is_without_open: bool,
}

/// A session, and the renewal of its lock.
#[derive(Debug, Default)]
struct Known {
    session: Session,
    renewal: Option<Renewal>,
}

impl Handler {
    /// A handler that was asked for nothing yet; the session's name is empty until `open` gives it.
    pub fn new(context: Context) -> Self {
        Handler {
            context,
            name: String::new(),
            serializer: None,
            sessions: BTreeMap::new(),
            read_ahead: None,
            is_without_open: false,
        }
    }

    /// `open`: the session's name and, perhaps, other settings than before. Locks held stay held: `session_reset()`
    /// opens again without closing.
    pub fn open(&mut self, context: Context, name: &str, read_ahead: Option<ReadAhead>) {
        if !Arc::ptr_eq(&self.context.settings, &context.settings) && *self.context.settings != *context.settings {
            self.release_all();
            self.sessions.clear();
        }
        self.context = context;
        name.clone_into(&mut self.name);
        let deadline = self.deadline();
        for key in self.keys() {
            let _ = self.perform(&key, Call::Open, deadline);
        }
        self.sessions.retain(|_, known| !known.session.is_blank());
        self.read_ahead = read_ahead;
        self.is_without_open = false;
    }

    /// It was the first operation that has opened, and no `close` will come, as where a framework uses the class as a
    /// store. So nothing says when an id is done with: its lock is given back when another id comes.
    pub fn without_open(&mut self) {
        self.is_without_open = true;
    }

    /// How PHP serializes sessions (`session.serialize_handler`), where the caller knows: what is not said is told by what
    /// the data look like.
    pub fn serialized_by(&mut self, serializer: Option<Serializer>) {
        self.serializer = serializer;
    }

    /// `close`: forgets everything and frees the locks that no write has freed. Never fails: what cannot be freed is
    /// left to its lease.
    pub fn close(&mut self) {
        self.read_ahead = None;
        self.release_all();
        self.sessions.clear();
    }

    /// `create_sid` has made this id.
    pub fn created(&mut self, id: &[u8]) {
        if let Ok(key) = self.key("create_sid", id) {
            let deadline = self.deadline();
            let _ = self.perform(&key, Call::Created, deadline);
        }
    }

    /// `validate_sid`: whether there is a session of this id. When it cannot be found out the answer is yes, so that the
    /// visitor keeps their id, and `read` fails with that same error.
    pub fn validate(&mut self, id: &[u8]) -> Result<bool> {
        match self.call("validate_sid", id, Call::Validate)? {
            Value::Exists(exists) => Ok(exists),
            Value::Done | Value::Data(_) => Err(self.error("validate_sid", Cause::Panic)),
        }
    }

    /// `read`: the session's data; empty for a new one. A read that failed is an error and never an empty session.
    pub fn read(&mut self, id: &[u8]) -> Result<Vec<u8>> {
        match self.call("read", id, Call::Read)? {
            Value::Data(data) => Ok(data.into_vec()),
            Value::Done | Value::Exists(_) => Err(self.error("read", Cause::Panic)),
        }
    }

    /// `write`, and the native module's `update_timestamp`: what counts is whether the data differ from what PHP was given.
    /// Unchanged data move the expiry, when it is due.
    pub fn write(&mut self, id: &[u8], data: &[u8]) -> Result<()> {
        self.call("write", id, Call::Write(Data::from(data.to_vec()))).map(drop)
    }

    /// The class's `updateTimestamp`: a session that is there lives on, one that is not there is written.
    pub fn touch(&mut self, id: &[u8], data: &[u8]) -> Result<()> {
        self.call("update_timestamp", id, Call::Touch(Data::from(data.to_vec()))).map(drop)
    }

    /// A write ahead of PHP's own, before output is flushed: changed data only, and not under a lock.
    pub fn write_early(&mut self, id: &[u8], data: &[u8]) -> Result<()> {
        self.call("write", id, Call::WriteEarly(Data::from(data.to_vec()))).map(drop)
    }

    /// `destroy`: also what is locked; a missing session is destroyed already.
    pub fn destroy(&mut self, id: &[u8]) -> Result<()> {
        self.call("destroy", id, Call::Destroy).map(drop)
    }

    /// The serialized session is not whole: nothing may be written of it.
    pub fn serialize_failed(&mut self, id: &[u8]) -> Result<()> {
        self.call("write", id, Call::SerializeFailed).map(drop)
    }

    fn key(&self, operation: &'static str, id: &[u8]) -> Result<String> {
        key::key(&self.context.settings.key_prefix, &self.name, id).map_err(|cause| self.error(operation, cause))
    }

    fn error(&self, operation: &'static str, cause: Cause) -> Error {
        Error::new(operation, cause).at(self.context.store.place())
    }

    fn deadline(&self) -> Deadline {
        self.context.clock.deadline(self.context.settings.timeout)
    }

    fn monotonic(&self) -> Duration {
        self.context.clock.machine().monotonic()
    }

    /// One session operation: within its time, measured, and not tried at all after a total failure.
    fn call(&mut self, operation: &'static str, id: &[u8], call: Call) -> Result<Value> {
        let key = self.key(operation, id)?;
        if self.is_without_open && self.sessions.keys().any(|other| *other != key) {
            self.release_others(&key);
        }
        let started = self.monotonic();
        let place = self.context.store.place();
        self.context.outage.check(place, started, self.context.settings.timeout)?;
        self.make_room(&key);
        let result = self.perform(&key, call, self.deadline());
        let now = self.monotonic();
        let place = self.context.store.place();
        let result = result.map_err(|error| if error.place.is_none() { error.at(place) } else { error });
        if let Err(error) = &result {
            self.context.outage.note(place, now, error);
        }
        self.context.stats.took(now.saturating_sub(started));
        result
    }

    /// The loop: decide, act, tell.
    fn perform(&mut self, key: &str, call: Call, mut deadline: Deadline) -> Result<Value> {
        let mut known = self.sessions.remove(key).unwrap_or_default();
        let mut event = Event::Call(call);
        let mut clock_moved = false;
        let result = loop {
            let action = self.step(key, &mut known.session, event, clock_moved, &deadline);
            self.keep_lock(key, &mut known);
            let offset = self.context.clock.offset_ms();
            event = match action {
                Action::Return(result) => break result,
                Action::Get { consistent } => Event::Got(self.get(key, consistent, &deadline)),
                Action::Update(update) => {
                    Event::Changed(self.context.change(|store| store.update(key, &update, &deadline)))
                }
                Action::Delete(condition) => {
                    Event::Changed(self.context.change(|store| store.delete(key, condition.as_ref(), &deadline)))
                }
                Action::AskIfEnded(name) => Event::HasEnded(process::has_ended(&name)),
                Action::Pause(time) => {
                    self.context.clock.machine().sleep(time);
                    Event::Waited
                }
                Action::WaitForLock(time) => {
                    self.context.clock.machine().sleep(time);
                    deadline = self.deadline();
                    Event::Waited
                }
            };
            clock_moved = self.context.clock.offset_ms() != offset;
        };
        self.sessions.insert(key.to_owned(), known);
        result
    }

    fn step(&self, key: &str, session: &mut Session, event: Event, clock_moved: bool, deadline: &Deadline) -> Action {
        let Context { settings, layout, format, clock, stats, .. } = &self.context;
        let mut now = Now {
            settings,
            layout,
            format,
            key,
            serializer: self.serializer,
            stats,
            wall_ms: clock.now_ms(),
            is_confirmed: clock.is_confirmed(),
            clock_moved,
            monotonic: clock.machine().monotonic(),
            left: clock.left(deadline),
            is_failing: self.context.is_failing(),
            process: std::process::id(),
            process_name: if settings.locking { process::name() } else { "" },
            random: &mut || clock.machine().random(),
            nonce: &mut || format.nonce(&**clock.machine()),
        };
        session.step(event, &mut now)
    }

    /// The item; or what was read of it ahead, if nothing can have changed since by our own doing.
    fn get(&mut self, key: &str, consistent: bool, deadline: &Deadline) -> Result<Fetched> {
        let ahead = self.read_ahead.take().and_then(|ahead| ahead.finish(&self.context, key, deadline));
        match ahead {
            Some(fetched) => Ok(fetched),
            None => self.context.note(self.context.store.get(key, consistent, deadline)),
        }
    }

    /// A lock that is ours is renewed from now on, and one that is not is no longer.
    fn keep_lock(&self, key: &str, known: &mut Known) {
        let held = known.session.lock.as_ref().filter(|lease| lease.held.is_some());
        match (held, &known.renewal) {
            (Some(lease), Some(renewal)) if renewal.is_of(lease) => {}
            (Some(lease), _) => known.renewal = Some(self.context.renewals.keep(key, lease, &self.context)),
            (None, _) => known.renewal = None,
        }
    }

    fn keys(&self) -> Vec<String> {
        self.sessions.keys().cloned().collect()
    }

    fn release_others(&mut self, key: &str) {
        for other in self.keys() {
            let is_locked = self.sessions.get(&other).is_some_and(|known| known.session.lock.is_some());
            if other != key && is_locked {
                let deadline = self.deadline();
                let _ = self.perform(&other, Call::Close, deadline);
            }
        }
    }

    /// Frees every lock still held, all of them within the time of one operation; what cannot be freed is left to its
    /// lease.
    fn release_all(&mut self) {
        if self.sessions.values().all(|known| known.session.lock.is_none()) {
            return;
        }
        let timeout = self.context.settings.timeout;
        let has_failed = self.context.outage.check(self.context.store.place(), self.monotonic(), timeout).is_err();
        let time = if has_failed { RELEASE_AFTER_FAILURE.min(timeout) } else { timeout };
        let deadline = self.context.clock.deadline(time);
        for key in self.keys() {
            if self.context.clock.left(&deadline).is_zero() {
                break;
            }
            if let Err(error) = self.perform(&key, Call::Close, deadline) {
                self.context.outage.note(self.context.store.place(), self.monotonic(), &error);
            }
        }
    }

    /// What is forgotten costs a read, or cannot be merged. What says that nothing may be written is never forgotten.
    fn make_room(&mut self, key: &str) {
        if self.sessions.len() < MOST_DATA {
            return;
        }
        let is_full = self.sessions.len() >= MOST_KNOWN;
        self.sessions.retain(|other, Known { session, .. }| {
            if other == key {
                return true;
            }
            session.forget_data();
            !(session.is_blank() || is_full && session.is_forgettable())
        });
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        self.release_all();
    }
}
