//! What was done so far: by this process, for phpinfo() and `DynamoDbSessionHandler::stats()`; and by all processes that
//! one PHP has forked, for `stats('shared')` and `metrics()`.
//!
//! | file | its one job |
//! | --- | --- |
//! | `shared` | the memory in which the processes count together |
//! | `histogram` | durations |
//! | `snapshot` | all of them at one moment |
//! | `metrics` | that as the text which Prometheus reads |

mod histogram;
mod metrics;
mod shared;
mod snapshot;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

pub use histogram::Histogram;
pub use shared::{Shared, Stripe};
pub use snapshot::Snapshot;

macro_rules! counters {
    (
        counters { $($(#[doc = $help:literal])+ $name:ident,)+ }
        histograms { $($(#[doc = $histogram_help:literal])+ $histogram:ident,)+ }
    ) => {
        /// Counters of one process; they only grow.
        #[derive(Debug)]
        pub struct Stats {
            $($(#[doc = $help])+ pub $name: Counter,)+
            $($(#[doc = $histogram_help])+ pub $histogram: Histogram,)+
        }

        /// Name and meaning of every counter, in the order of declaration.
        const COUNTERS: &[(&str, &str)] = &[$((stringify!($name), concat!($($help),+).trim_ascii()),)+];

        /// Name and meaning of every histogram, in the order of declaration.
        const HISTOGRAMS: &[(&str, &str)] =
            &[$((stringify!($histogram), concat!($($histogram_help),+).trim_ascii()),)+];

        impl Stats {
            /// Counters of a process, which are also added to those in `shared`.
            pub fn new(shared: Option<&'static Stripe>) -> Self {
                let mut shared = shared.into_iter().flat_map(Stripe::cells);
                Stats {
                    $($name: Counter::new(shared.next()),)+
                    $($histogram: Histogram::new(&mut shared),)+
                }
            }

            /// What this process has done.
            pub fn snapshot(&self) -> Snapshot {
                let counters = [$(self.$name.get(),)+];
                let histograms = [$(self.$histogram.values(),)+];
                Snapshot::new(counters.into_iter().chain(histograms.into_iter().flatten()))
            }
        }
    };
}

counters! {
    counters {
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
        /// changes of two pages that were merged
        conflicts_merged,
        /// changes of another page that were overwritten, because they could not be merged or on_conflict says so
        conflicts_overwritten,
        /// writes sent once more because another page had written since
        conflict_rounds,
        /// times a lock held by another request had to be waited for
        lock_waits,
        /// sessions read ahead of session_start()
        prefetched,
        /// sessions read ahead that no session_start() asked for in time
        prefetch_wasted,
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
    histograms {
        /// how long it took to read a session: GetItem with its retries; of one read ahead, what was left to wait
        read_duration,
        /// how long it took to change a session or its lock: UpdateItem or DeleteItem with its retries
        write_duration,
        /// how long a page waited for a lock that another request held, until it got it or gave up
        lock_wait_duration,
        /// how long a new connection to DynamoDB took, TLS included
        connect_duration,
    }
}

/// The counter that is no sum: of several processes the largest counts.
const MAXIMUM: &str = "time_max_us";

/// One counter: of this process and, where memory is shared, of all.
#[derive(Debug, Default)]
pub struct Counter {
    own: AtomicU64,
    shared: Option<&'static AtomicU64>,
}

impl Counter {
    fn new(shared: Option<&'static AtomicU64>) -> Self {
        Counter { own: AtomicU64::new(0), shared }
    }

    /// This process's value now.
    pub fn get(&self) -> u64 {
        self.own.load(Relaxed)
    }

    /// Counts one more.
    pub fn count(&self) {
        self.add(1);
    }

    /// Counts `n` more.
    pub fn add(&self, n: u64) {
        self.own.fetch_add(n, Relaxed);
        if let Some(shared) = self.shared {
            shared.fetch_add(n, Relaxed);
        }
    }

    fn at_least(&self, n: u64) {
        self.own.fetch_max(n, Relaxed);
        if let Some(shared) = self.shared {
            shared.fetch_max(n, Relaxed);
        }
    }
}

impl Default for Stats {
    fn default() -> Self {
        Stats::new(None)
    }
}

impl Stats {
    /// Name, value and meaning of every counter, in the order of declaration.
    pub fn list(&self) -> Vec<(&'static str, u64, &'static str)> {
        self.snapshot().list()
    }

    /// Adds the time of one session operation.
    pub fn took(&self, time: Duration) {
        let micros = micros(time);
        self.time_us.add(micros);
        self.time_max_us.at_least(micros);
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
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
