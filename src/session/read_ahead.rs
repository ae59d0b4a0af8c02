//! A read that was begun before PHP asked for it.

use std::sync::Arc;
use std::time::Duration;

use super::context::Context;
use super::key;
use super::prefetch::MAX_AGE;
use crate::clock::Deadline;
use crate::config::Prefetch;
use crate::dynamodb::{Fetched, InFlight};
use crate::stats::Stats;

/// A read that is under way.
#[derive(Debug)]
pub struct ReadAhead {
    key: String,
    begun: Duration,
    changes: u64,
    process: u32,
    stats: Arc<Stats>,
    read: Option<InFlight>,
}

impl ReadAhead {
    /// Begins to read a session that will probably be asked for. `None`: that is not wanted, or would take time.
    pub fn begin(context: &Context, name: &str, id: &[u8]) -> Option<ReadAhead> {
        let settings = &context.settings;
        if settings.locking || settings.prefetch == Prefetch::Off {
            return None;
        }
        let key = key::key(&settings.key_prefix, name, id).ok()?;
        // Nobody waits for a page that may need no session: credentials are at hand, or there is no reading ahead.
        let deadline = context.clock.deadline(Duration::ZERO);
        let read = context.store.begin_get(&key, settings.consistent_read, &deadline)?;
        let begun = context.clock.machine().monotonic();
        Some(ReadAhead {
            key,
            begun,
            changes: context.changes(),
            process: std::process::id(),
            stats: Arc::clone(&context.stats),
            read: Some(read),
        })
    }

    /// Its answer, if it is about `key` and nothing can have changed since by this process's own doing. A child that was
    /// forked since leaves it to its parent.
    pub(super) fn finish(mut self, context: &Context, key: &str, deadline: &Deadline) -> Option<Fetched> {
        if self.process != std::process::id() {
            std::mem::forget(self.read.take());
            return None;
        }
        let age = context.clock.machine().monotonic().saturating_sub(self.begun);
        if self.key != key || age > MAX_AGE || self.changes != context.changes() {
            return None;
        }
        let fetched = context.store.finish_get(key, self.read.take()?, deadline).ok()?;
        context.stats.prefetched.count();
        Some(fetched)
    }
}

/// One that has not been asked for its answer was in vain.
impl Drop for ReadAhead {
    fn drop(&mut self) {
        if self.read.is_some() && self.process == std::process::id() {
            self.stats.prefetch_wasted.count();
        }
    }
}
