//! How a handler reads: what it may remember, what it has to ask for.

use std::time::Duration;

use super::context::Context;
use super::handler::{Handler, Live, Remembered};
use super::{item, key};
use crate::clock::Deadline;
use crate::dynamodb::{Fetched, InFlight, Item};
use crate::error::Result;

/// A read ahead counts only if it began at most this long before.
const PREFETCH_AGE: Duration = Duration::from_millis(250);

/// A read that was begun before anybody asked for it.
#[derive(Debug)]
pub struct ReadAhead {
    key: String,
    begun: Duration,
    changes: u64,
    read: InFlight,
}

impl Handler {
    /// Begins to read a session that will probably be asked for.
    pub fn begin_read_ahead(context: &Context, name: &str, id: &[u8]) -> Option<ReadAhead> {
        let settings = &context.settings;
        if settings.locking || !settings.prefetch {
            return None;
        }
        let key = key::key(&settings.key_prefix, name, id).ok()?;
        // Nobody waits for a page that may need no session: credentials are at hand, or there is no reading ahead.
        let deadline = context.clock.deadline(Duration::ZERO);
        let read = context.store.begin_get(&key, settings.consistent_read, &deadline)?;
        Some(ReadAhead { key, begun: context.clock.machine().monotonic(), changes: context.stats.changes(), read })
    }

    pub(super) fn read_key(&mut self, key: &str, deadline: &Deadline) -> Result<Option<Live>> {
        let item = match self.recall(key) {
            Some(Remembered::Fresh) if self.context.settings.locking => {
                self.acquire(key, false, deadline)?;
                None
            }
            Some(Remembered::Fresh) => None,
            // Perhaps no lock was taken where there was no session.
            Some(Remembered::Read(Ok(None))) if self.context.settings.locking && !self.holds(key) => {
                self.acquire(key, false, deadline)?
            }
            Some(Remembered::Read(read)) => read?,
            None if self.context.settings.locking => self.acquire(key, false, deadline)?,
            None => self.fetch(key, deadline)?,
        };
        item.map(|item| self.live(key, item)).transpose()
    }

    fn live(&self, key: &str, mut item: Item) -> Result<Live> {
        let layout = &self.context.layout;
        let data = match item.remove(&layout.data) {
            None => Vec::new(),
            Some(value) => self.context.decode(value, key).map_err(|cause| self.error("read", cause))?,
        };
        Ok(Live { generation: item::generation(&item), data: Some(data), expires: layout.expires(&item), taken: None })
    }

    /// The item, if there is a session in it. With eventually consistent reads, "there is none" is confirmed.
    pub(super) fn fetch(&mut self, key: &str, deadline: &Deadline) -> Result<Option<Item>> {
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

    fn if_live(&self, fetched: Fetched) -> Option<Item> {
        fetched.item.filter(|item| self.context.layout.is_live(item, fetched.now))
    }

    /// Used for the first read only, and only if nothing can have changed since by our own doing.
    fn take_read_ahead(&mut self, key: &str, deadline: &Deadline) -> Option<Fetched> {
        let ahead = self.read_ahead.take()?;
        let age = self.context.clock.machine().monotonic().saturating_sub(ahead.begun);
        if ahead.key != key || age > PREFETCH_AGE || ahead.changes != self.context.stats.changes() {
            return None;
        }
        let fetched = self.context.store.finish_get(key, ahead.read, deadline).ok()?;
        self.context.stats.prefetched.count();
        Some(fetched)
    }
}
