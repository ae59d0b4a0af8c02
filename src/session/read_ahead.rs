//! A read that was begun before PHP asked for it.

use std::time::Duration;

use super::context::Context;
use super::key;
use crate::clock::Deadline;
use crate::dynamodb::{Fetched, InFlight};

/// A read ahead counts only if it began at most this long before.
const PREFETCH_AGE: Duration = Duration::from_millis(250);

/// A read that is under way.
#[derive(Debug)]
pub struct ReadAhead {
    key: String,
    begun: Duration,
    changes: u64,
    process: u32,
    read: InFlight,
}

impl ReadAhead {
    /// Begins to read a session that will probably be asked for. `None`: that is not wanted, or would take time.
    pub fn begin(context: &Context, name: &str, id: &[u8]) -> Option<ReadAhead> {
        let settings = &context.settings;
        if settings.locking || !settings.prefetch {
            return None;
        }
        let key = key::key(&settings.key_prefix, name, id).ok()?;
        // Nobody waits for a page that may need no session: credentials are at hand, or there is no reading ahead.
        let deadline = context.clock.deadline(Duration::ZERO);
        let read = context.store.begin_get(&key, settings.consistent_read, &deadline)?;
        let begun = context.clock.machine().monotonic();
        Some(ReadAhead { key, begun, changes: context.changes(), process: std::process::id(), read })
    }

    /// Its answer, if it is about `key` and nothing can have changed since by this process's own doing. A child that was
    /// forked since leaves it to its parent.
    pub(super) fn finish(self, context: &Context, key: &str, deadline: &Deadline) -> Option<Fetched> {
        if self.process != std::process::id() {
            std::mem::forget(self.read);
            return None;
        }
        let age = context.clock.machine().monotonic().saturating_sub(self.begun);
        if self.key != key || age > PREFETCH_AGE || self.changes != context.changes() {
            return None;
        }
        let fetched = context.store.finish_get(key, self.read, deadline).ok()?;
        context.stats.prefetched.count();
        Some(fetched)
    }
}
