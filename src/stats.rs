//! What this process has done so far: for phpinfo() and `DynamoDbSessionHandler::stats()`.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

macro_rules! counters {
    ($($(#[doc = $help:literal])+ $name:ident,)+) => {
        /// Counters of one process; they only grow.
        #[derive(Debug, Default)]
        pub struct Stats {
            $($(#[doc = $help])+ pub $name: Counter,)+
            changes: Counter,
        }

        impl Stats {
            /// Name, value and meaning of every counter, in the order of declaration.
            pub fn list(&self) -> Vec<(&'static str, u64, &'static str)> {
                vec![$((stringify!($name), self.$name.get(), concat!($($help),+).trim_ascii()),)+]
            }
        }
    };
}

counters! {
    /// requests sent to DynamoDB, repeated ones included
    requests,
    /// requests sent again after an error
    retries,
    /// operations that failed for good
    errors,
    /// connections opened to DynamoDB
    connections,
    /// sessions read
    reads,
    /// sessions written
    writes,
    /// expiry times moved without writing data
    touches,
    /// unchanged pages that needed no touch
    touches_skipped,
    /// sessions destroyed
    destroys,
    /// writes dropped because the session was destroyed meanwhile
    dropped_writes,
    /// times a lock held by another request had to be waited for
    lock_waits,
    /// sessions read ahead of session_start()
    prefetched,
    /// bytes of session data read
    bytes_read,
    /// bytes of session data written, as stored
    bytes_written,
    /// sessions encrypted, each with a random nonce
    encryptions,
    /// sessions read that another key than the first had encrypted
    other_key_reads,
    /// sessions read that were not encrypted, although there are keys
    unencrypted_reads,
    /// microseconds spent in session operations
    time_us,
    /// microseconds of the slowest session operation
    time_max_us,
}

/// One counter.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Its value now.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }

    /// Counts one more.
    pub fn count(&self) {
        self.add(1);
    }

    /// Counts `n` more.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }
}

impl Stats {
    /// A number that moves with every change to a session that this process asks for, also one that fails: what was read
    /// before it, or meanwhile, may be out of date.
    pub fn changes(&self) -> u64 {
        self.changes.get()
    }

    /// Asks for a change to a session.
    pub fn changing<T>(&self, change: impl FnOnce() -> T) -> T {
        self.changes.count();
        let changed = change();
        self.changes.count();
        changed
    }

    /// Adds the time of one session operation.
    pub fn took(&self, time: Duration) {
        let micros = time.as_micros() as u64;
        self.time_us.add(micros);
        self.time_max_us.0.fetch_max(micros, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_every_counter_with_its_value_and_meaning() {
        let stats = Stats::default();
        stats.retries.add(3);
        let row = stats.list().into_iter().find(|(name, ..)| *name == "retries");
        assert_eq!(row, Some(("retries", 3, "requests sent again after an error")));
    }

    #[test]
    fn the_slowest_operation_is_remembered() {
        let stats = Stats::default();
        stats.took(Duration::from_micros(70));
        stats.took(Duration::from_micros(30));
        assert_eq!((stats.time_us.get(), stats.time_max_us.get()), (100, 70));
    }
}
