//! Durations, sorted into buckets.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::{Counter, micros};

/// The upper ends of the buckets, in microseconds; behind the last one comes all that took longer. They are the same for
/// all histograms and in all versions, so that the figures of many machines can be added up. AWS speaks of single-digit
/// milliseconds;
/// the defaults of `connect_timeout`, `timeout` and `max_lock_wait_time`, 1, 5 and 10 s, are ends of buckets.
pub const BOUNDS_US: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
    10_000_000,
];

/// How many counters a histogram has: the buckets, the one behind them, and the sum in microseconds.
pub const CELLS: usize = BOUNDS_US.len() + 2;

/// Durations of one kind.
#[derive(Debug)]
pub struct Histogram {
    buckets: [Counter; BOUNDS_US.len()],
    longer: Counter,
    sum_us: Counter,
}

impl Histogram {
    pub(super) fn new(shared: &mut impl Iterator<Item = &'static AtomicU64>) -> Self {
        Histogram {
            buckets: std::array::from_fn(|_| Counter::new(shared.next())),
            longer: Counter::new(shared.next()),
            sum_us: Counter::new(shared.next()),
        }
    }

    /// Adds one.
    pub fn took(&self, time: Duration) {
        let micros = micros(time);
        let fits = BOUNDS_US.iter().zip(&self.buckets).find(|(bound, _)| micros <= **bound);
        fits.map_or(&self.longer, |(_, bucket)| bucket).count();
        self.sum_us.add(micros);
    }

    pub(super) fn values(&self) -> [u64; CELLS] {
        let mut all = self.buckets.iter().chain([&self.longer, &self.sum_us]).map(Counter::get);
        std::array::from_fn(|_| all.next().unwrap_or(0))
    }
}
