//! A request's sequence of calls: what is remembered between them, and what is written on which condition.
//!
//! Both doors, the native module and the class, call this. PHP's side of the contract:
//! <https://github.com/php/php-src/blob/PHP-8.2/ext/session/mod_files.c>,
//! <https://www.php.net/manual/en/class.sessionhandlerinterface.php>

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::format::{self, Format};
use super::item::{self, Generation, Layout};
use super::key;
use super::locking::Held;
use super::renewal::Renewals;
use super::store::Store;
use crate::clock::{CorrectedClock, Deadline};
use crate::config::{DataType, Settings};
use crate::dynamodb::{AttributeValue, Fetched, Item, Outcome, Prefetched, Refused, Update};
use crate::error::{Cause, Error, Result};
use crate::stats::Stats;

/// How many ids a handler remembers at most: the class can be used without `open` and `close` for ever.
const MOST_KNOWN: usize = 64;

/// A read ahead counts only if it began at most this long before.
const PREFETCH_AGE: Duration = Duration::from_millis(250);

/// What a handler works with; the same for every session that has the same settings.
#[derive(Clone, Debug)]
pub struct Context {
    /// The settings in force.
    pub settings: Arc<Settings>,
    /// The attributes' names.
    pub layout: Arc<Layout>,
    /// Where the items are.
    pub store: Arc<dyn Store>,
    /// The process's corrected clock.
    pub clock: Arc<CorrectedClock>,
    /// The process's counters.
    pub stats: Arc<Stats>,
    /// The process's lock renewal.
    pub renewals: Arc<Renewals>,
    /// The request's memory of a total failure.
    pub outage: Arc<Outage>,
}

/// After a total failure, later operations of the same request fail at once instead of waiting again.
#[derive(Debug, Default)]
pub struct Outage(Mutex<Option<(Duration, Error)>>);

impl Outage {
    /// A new request tries anew.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The failure, unless it is older than `age`: in a worker that serves many pages in one request it must end too.
    fn check(&self, now: Duration, age: Duration) -> Result<()> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((at, error)) if now.saturating_sub(*at) < age => Err(error.clone()),
            _ => Ok(()),
        }
    }

    fn note(&self, now: Duration, error: &Error) {
        let total = matches!(
            error.cause,
            Cause::Dns(_)
                | Cause::Connect(_)
                | Cause::Tls(_)
                | Cause::Timeout(_)
                | Cause::Lost(_)
                | Cause::NoCredentials(_)
                | Cause::Credentials { .. }
        );
        if total {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, error.clone()));
        }
    }
}

/// A read that was begun before anybody asked for it.
#[derive(Debug)]
pub struct ReadAhead {
    key: String,
    begun: Duration,
    changes: u64,
    prefetched: Prefetched,
}

/// One session at a time for the native module, several for the class.
#[derive(Debug)]
pub struct Handler {
    pub(super) context: Context,
    name: String,
    known: HashMap<String, Known>,
    remembered: HashMap<String, Remembered>,
    pub(super) held: HashMap<String, Held>,
    read_ahead: Option<ReadAhead>,
}

/// What is known of a session, from its read to its write.
#[derive(Clone, Debug)]
enum Known {
    /// There was none; also after the read that came right after the id was made.
    Absent,
    /// There was one.
    Live(Live),
    /// Nobody knows: nothing may be written.
    Failed(Error),
}

#[derive(Clone, Debug)]
struct Live {
    generation: Option<Generation>,
    /// The data as they are stored, unpacked.
    data: Vec<u8>,
    expires: Option<i64>,
}

/// What the next `read` of a key needs not ask for; used once.
#[derive(Debug)]
enum Remembered {
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
            known: HashMap::new(),
            remembered: HashMap::new(),
            held: HashMap::new(),
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
        self.known.clear();
        self.remembered.clear();
        self.read_ahead = read_ahead;
    }

    /// `close`: forgets everything and frees the locks that no write has freed. Never fails: what cannot be freed is
    /// left to its lease.
    pub fn close(&mut self) {
        self.known.clear();
        self.remembered.clear();
        self.read_ahead = None;
        self.release_all();
    }

    /// `create_sid` has made this id.
    pub fn created(&mut self, id: &[u8]) {
        if let Ok(key) = self.key("create_sid", id) {
            self.remembered.insert(key, Remembered::Fresh);
        }
    }

    /// `validate_sid`: whether there is a session of this id. An id made just now is free, without asking. When it
    /// cannot be found out the answer is yes, so that the visitor keeps his id, and `read` fails with that same error.
    pub fn validate(&mut self, id: &[u8]) -> Result<bool> {
        let key = self.key("validate_sid", id)?;
        if matches!(self.remembered.get(&key), Some(Remembered::Fresh)) {
            return Ok(false);
        }
        let read = self.timed(|this, deadline| {
            if this.context.settings.locking { this.acquire(&key, true, deadline) } else { this.fetch(&key, deadline) }
        });
        let exists = !matches!(read, Ok(None));
        self.remembered.insert(key, Remembered::Read(read));
        Ok(exists)
    }

    /// `read`: the session's data; empty for a new one. A read that failed is an error and never an empty session.
    pub fn read(&mut self, id: &[u8]) -> Result<Vec<u8>> {
        let key = self.key("read", id)?;
        let read = self.timed(|this, deadline| this.read_key(&key, deadline));
        self.context.stats.reads.count();
        self.remember(
            key,
            match &read {
                Ok(Some(live)) => Known::Live(live.clone()),
                Ok(None) => Known::Absent,
                Err(error) => Known::Failed(error.clone()),
            },
        );
        let data = read?.map(|live| live.data).unwrap_or_default();
        self.context.stats.bytes_read.add(data.len() as u64);
        Ok(data)
    }

    /// `write` and `update_timestamp` alike: what counts is whether the data differ from what is stored. Unchanged
    /// data move the expiry, when it is due.
    pub fn write(&mut self, id: &[u8], data: &[u8]) -> Result<()> {
        let key = self.key("write", id)?;
        self.timed(|this, deadline| this.write_key(&key, data, deadline))
    }

    /// `updateTimestamp` of an id that was not read: a session that is there lives on, whatever its data are; one
    /// that is not is written.
    pub fn touch(&mut self, id: &[u8], data: &[u8]) -> Result<()> {
        let key = self.key("update_timestamp", id)?;
        self.timed(|this, deadline| {
            let unread = !this.known.contains_key(&key) && !this.holds(&key);
            if unread && this.touch_unread(&key, deadline)? { Ok(()) } else { this.write_key(&key, data, deadline) }
        })
    }

    /// A write ahead of PHP's own, before output is flushed: changed data only, and not under a lock, which keeps
    /// the next request waiting anyway.
    pub fn write_early(&mut self, id: &[u8], data: &[u8]) -> Result<()> {
        let key = self.key("write", id)?;
        match self.known.get(&key) {
            _ if self.context.settings.locking => Ok(()),
            Some(Known::Live(live)) if live.data == data => Ok(()),
            Some(Known::Live(_) | Known::Absent) => self.timed(|this, deadline| this.write_key(&key, data, deadline)),
            Some(Known::Failed(_)) | None => Ok(()),
        }
    }

    /// `destroy`: also what is locked; a missing session is destroyed already.
    pub fn destroy(&mut self, id: &[u8]) -> Result<()> {
        let key = self.key("destroy", id)?;
        self.known.remove(&key);
        self.remembered.remove(&key);
        self.let_go(&key);
        self.timed(|this, deadline| this.context.store.delete(&key, None, deadline))?;
        self.context.stats.destroys.count();
        Ok(())
    }

    /// The serialized session is not whole: nothing may be written of it.
    pub fn refuse_unserialized(&mut self) -> Error {
        self.error("write", Cause::Unserialized)
    }

    /// Begins to read a session that will probably be asked for.
    pub fn begin_read_ahead(context: &Context, name: &str, id: &[u8]) -> Option<ReadAhead> {
        let settings = &context.settings;
        if settings.locking || !settings.prefetch {
            return None;
        }
        let key = key::key(&settings.key_prefix, name, id).ok()?;
        let clock = context.clock.machine();
        let deadline = Deadline::after(&**clock, settings.timeout);
        let prefetched = context.store.begin_get(&key, settings.consistent_read, &deadline)?;
        Some(ReadAhead { key, begun: clock.monotonic(), changes: changes(&context.stats), prefetched })
    }

    fn key(&self, operation: &'static str, id: &[u8]) -> Result<String> {
        key::key(&self.context.settings.key_prefix, &self.name, id).map_err(|cause| self.error(operation, cause))
    }

    pub(super) fn error(&self, operation: &'static str, cause: Cause) -> Error {
        Error::new(operation, cause).at(self.context.store.place())
    }

    /// One session operation: within its time, measured, and not tried at all after a total failure.
    fn timed<T>(&mut self, act: impl FnOnce(&mut Self, &Deadline) -> Result<T>) -> Result<T> {
        let machine = Arc::clone(self.context.clock.machine());
        let started = machine.monotonic();
        let timeout = self.context.settings.timeout;
        self.context.outage.check(started, timeout)?;
        let result = act(self, &Deadline::after(&*machine, timeout));
        let now = machine.monotonic();
        if let Err(error) = &result {
            self.context.outage.note(now, error);
        }
        self.context.stats.took(now.saturating_sub(started));
        result
    }

    fn remember(&mut self, key: String, known: Known) {
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(key, known);
    }

    fn read_key(&mut self, key: &str, deadline: &Deadline) -> Result<Option<Live>> {
        let item = match self.remembered.remove(key) {
            Some(Remembered::Fresh) if self.context.settings.locking => {
                self.acquire(key, false, deadline)?;
                None
            }
            Some(Remembered::Fresh) => None,
            Some(Remembered::Read(read)) => read?,
            None if self.context.settings.locking => self.acquire(key, false, deadline)?,
            None => self.fetch(key, deadline)?,
        };
        item.map(|item| self.live(&item)).transpose()
    }

    fn live(&self, item: &Item) -> Result<Live> {
        let layout = &self.context.layout;
        let base64 = self.context.settings.data_attribute_type == DataType::Base64;
        let data = match item.get(&layout.data) {
            None => Vec::new(),
            Some(value) => {
                format::decode(value, base64).map_err(|text| self.error("read", Cause::Undecodable(text)))?
            }
        };
        Ok(Live { generation: item::generation(item), data, expires: layout.expires(item) })
    }

    /// The item, if there is a session in it. With eventually consistent reads, "there is none" is confirmed.
    fn fetch(&mut self, key: &str, deadline: &Deadline) -> Result<Option<Item>> {
        let consistent = self.context.settings.consistent_read;
        let first = match self.take_read_ahead(key, deadline) {
            Some(fetched) => fetched,
            None => self.context.store.get(key, consistent, deadline)?,
        };
        let found = self.if_live(first);
        if found.is_some() || consistent {
            return Ok(found);
        }
        Ok(self.if_live(self.context.store.get(key, true, deadline)?))
    }

    pub(super) fn if_live(&self, fetched: Fetched) -> Option<Item> {
        fetched.item.filter(|item| self.context.layout.is_live(item, fetched.now))
    }

    /// Used for the first read only, and only if nothing can have changed since by our own doing.
    fn take_read_ahead(&mut self, key: &str, deadline: &Deadline) -> Option<Fetched> {
        let ahead = self.read_ahead.take()?;
        let age = self.context.clock.machine().monotonic().saturating_sub(ahead.begun);
        if ahead.key != key || age > PREFETCH_AGE || ahead.changes != changes(&self.context.stats) {
            return None;
        }
        let fetched = self.context.store.finish_get(key, ahead.prefetched, deadline).ok()?;
        self.context.stats.prefetched.count();
        Some(fetched)
    }

    fn write_key(&mut self, key: &str, data: &[u8], deadline: &Deadline) -> Result<()> {
        self.remembered.remove(key);
        let known = self.known.get(key).cloned();
        if let Some(Known::Failed(error)) = known {
            return Err(error);
        }
        let unchanged = matches!(&known, Some(Known::Live(live)) if live.data == data);
        let live = match known {
            Some(Known::Live(live)) => Some(live),
            _ => None,
        };
        if self.holds(key) {
            return self.write_locked(key, data, live, unchanged, deadline);
        }
        match live {
            Some(live) if unchanged => self.touch_live(key, live, deadline),
            Some(live) => self.update(key, data, live, deadline),
            None => self.create(key, data, deadline),
        }
    }

    /// The end of life that a write gives: later by the touch interval, so that no session ends early.
    fn new_expires(&self) -> i64 {
        let settings = &self.context.settings;
        self.context.clock.now().saturating_add_unsigned(settings.session_lifetime + settings.touch_interval)
    }

    fn encode(&self, key: &str, data: &[u8]) -> Result<Option<AttributeValue>> {
        let settings = &self.context.settings;
        let format = Format {
            data_type: settings.data_attribute_type,
            compression: settings.compression,
            threshold: settings.compression_threshold,
        };
        let value = format::encode(data, &format);
        let fits = self.context.layout.check_size(key, value.as_ref());
        fits.map_err(|cause| self.error("write", cause))?;
        Ok(value)
    }

    /// Sets data and expiry, whatever the condition.
    fn replacement(&self, value: Option<AttributeValue>, expires: i64) -> Update {
        let layout = &self.context.layout;
        let mut update =
            Update { set: vec![(layout.expires.clone(), AttributeValue::number(expires))], ..Update::default() };
        match value {
            Some(value) => update.set.push((layout.data.clone(), value)),
            None => update.remove.push(layout.data.clone()),
        }
        update
    }

    /// Whatever DynamoDB says about size is said like our own check.
    fn change(&self, key: &str, update: &Update, deadline: &Deadline) -> Result<Outcome> {
        let bytes = || update.set.iter().map(|(name, value)| name.len() + value.size()).sum::<usize>() + key.len();
        self.context.store.update(key, update, deadline).map_err(|mut error| {
            if matches!(&error.cause, Cause::Service { code, message, .. }
                if code == "ValidationException" && message.contains("Item size"))
            {
                error.cause = Cause::TooLarge { bytes: bytes() };
            }
            error
        })
    }

    fn written(&mut self, key: &str, data: &[u8], generation: Option<Generation>, expires: i64, stored: &Update) {
        let size: usize = stored.set.iter().map(|(_, value)| value.size()).sum();
        self.context.stats.writes.count();
        self.context.stats.bytes_written.add(size as u64);
        self.remember(key.to_owned(), Known::Live(Live { generation, data: data.to_vec(), expires: Some(expires) }));
    }

    /// The session was destroyed meanwhile, and perhaps begun anew: a late request cannot undo a logout.
    fn drop_write(&mut self, key: &str) {
        self.context.stats.dropped_writes.count();
        self.known.remove(key);
    }

    fn create(&mut self, key: &str, data: &[u8], deadline: &Deadline) -> Result<()> {
        let value = self.encode(key, data)?;
        let expires = self.new_expires();
        let generation = self.new_generation();
        let mut update = self.replacement(value, expires);
        update.set.push((item::GEN.to_owned(), generation.clone()));
        update.remove.push(item::LOCK.to_owned());
        update.condition = Some(self.context.layout.absent(self.context.clock.now()));
        let refused = match self.change(key, &update, deadline)? {
            Outcome::Done(_) => {
                self.written(key, data, Some(generation), expires, &update);
                return Ok(());
            }
            Outcome::Refused(refused) => refused,
        };
        if is_own_doing(&refused, &generation) {
            self.written(key, data, Some(generation), expires, &update);
            return Ok(());
        }
        // Somebody created it meanwhile: the last write wins, on the session that is there now.
        let theirs = refused.item.as_ref().and_then(item::generation);
        let live = Live { generation: theirs, data: Vec::new(), expires: None };
        self.update(key, data, live, deadline)
    }

    fn update(&mut self, key: &str, data: &[u8], live: Live, deadline: &Deadline) -> Result<()> {
        let value = self.encode(key, data)?;
        let expires = self.new_expires();
        let mut update = self.replacement(value, expires);
        update.condition = Some(self.context.layout.same(live.generation.as_ref()));
        match self.change(key, &update, deadline)? {
            Outcome::Done(_) => self.written(key, data, live.generation, expires, &update),
            Outcome::Refused(_) => self.drop_write(key),
        }
        Ok(())
    }

    fn is_touch_due(&self, expires: Option<i64>) -> bool {
        let interval = self.context.settings.touch_interval;
        expires.is_none_or(|expires| self.new_expires().abs_diff(expires) > interval)
    }

    fn touch_live(&mut self, key: &str, live: Live, deadline: &Deadline) -> Result<()> {
        if !self.is_touch_due(live.expires) {
            self.context.stats.touches_skipped.count();
            return Ok(());
        }
        let condition = self.context.layout.same(live.generation.as_ref());
        let expires = self.new_expires();
        if self.move_expiry(key, expires, condition, deadline)? {
            self.remember(key.to_owned(), Known::Live(Live { expires: Some(expires), ..live }));
        } else {
            self.drop_write(key);
        }
        Ok(())
    }

    /// Says whether there was a session to touch.
    fn touch_unread(&mut self, key: &str, deadline: &Deadline) -> Result<bool> {
        let condition = self.context.layout.live(self.context.clock.now());
        self.move_expiry(key, self.new_expires(), condition, deadline)
    }

    fn move_expiry(
        &self,
        key: &str,
        expires: i64,
        condition: crate::dynamodb::Condition,
        deadline: &Deadline,
    ) -> Result<bool> {
        let update = Update {
            set: vec![(self.context.layout.expires.clone(), AttributeValue::number(expires))],
            condition: Some(condition),
            ..Update::default()
        };
        let done = matches!(self.change(key, &update, deadline)?, Outcome::Done(_));
        if done {
            self.context.stats.touches.count();
        }
        Ok(done)
    }

    fn new_generation(&self) -> Generation {
        AttributeValue::Binary(self.context.clock.machine().random().to_be_bytes().to_vec())
    }

    /// Write, or touch, and unlock in one call, fenced by the lock.
    fn write_locked(
        &mut self,
        key: &str,
        data: &[u8],
        live: Option<Live>,
        unchanged: bool,
        deadline: &Deadline,
    ) -> Result<()> {
        let expires = self.new_expires();
        let mut update = if unchanged { Update::default() } else { self.replacement(self.encode(key, data)?, expires) };
        let is_touch = unchanged && self.is_touch_due(live.as_ref().and_then(|live| live.expires));
        if is_touch {
            update.set.push((self.context.layout.expires.clone(), AttributeValue::number(expires)));
        }
        let generation = match &live {
            Some(live) => live.generation.clone(),
            None => {
                let generation = self.new_generation();
                update.set.push((item::GEN.to_owned(), generation.clone()));
                Some(generation)
            }
        };
        self.write_and_unlock(key, &mut update, deadline)?;
        match (unchanged, is_touch) {
            (false, _) => self.written(key, data, generation, expires, &update),
            (true, true) => self.context.stats.touches.count(),
            (true, false) => self.context.stats.touches_skipped.count(),
        }
        Ok(())
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        self.release_all();
    }
}

/// Every change that this process has made so far.
fn changes(stats: &Stats) -> u64 {
    stats.writes.get() + stats.touches.get() + stats.destroys.get()
}

/// A repeated create recognises itself by its generation.
fn is_own_doing(refused: &Refused, generation: &Generation) -> bool {
    refused.repeated && refused.item.as_ref().and_then(item::generation).as_ref() == Some(generation)
}
