//! The memory in which processes count together: made before they are forked, never locked, never given back.
//!
//! A process that dies, at whatever moment, leaves it whole: there are only numbers in it, and each changes at once.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{COUNTERS, HISTOGRAMS, MAXIMUM, Snapshot, histogram};

/// How many numbers there are.
pub(super) const CELLS: usize = COUNTERS.len() + HISTOGRAMS.len() * histogram::CELLS;

/// Processes share a stripe by chance only, so that as a rule none waits for another's cache line.
const STRIPES: usize = 64;

/// What all processes count. All bytes zero is what it begins as, and what memory fresh from the operating system is.
#[repr(C)]
#[derive(Debug)]
pub struct Shared {
    stripes: [Stripe; STRIPES],
}

/// What some of them count. It begins on a cache line of its own; the processor fetches them in pairs.
#[repr(C, align(128))]
#[derive(Debug)]
pub struct Stripe([AtomicU64; CELLS]);

impl Shared {
    /// The stripe of the process with this id.
    pub fn stripe(&self, process: u32) -> Option<&Stripe> {
        self.stripes.get(process as usize % STRIPES)
    }

    /// What all processes together have done.
    pub fn snapshot(&self) -> Snapshot {
        let of_all = |at: usize| {
            let each = self.stripes.iter().filter_map(move |stripe| Some(stripe.0.get(at)?.load(Relaxed)));
            let is_maximum = COUNTERS.get(at).is_some_and(|(name, _)| *name == MAXIMUM);
            if is_maximum { each.max().unwrap_or(0) } else { each.fold(0, u64::wrapping_add) }
        };
        Snapshot::new((0..CELLS).map(of_all))
    }
}

impl Stripe {
    pub(super) fn cells(&self) -> impl Iterator<Item = &AtomicU64> {
        self.0.iter()
    }
}

/// For tests: what the operating system gives is already so.
impl Default for Shared {
    fn default() -> Self {
        let stripe = |_| Stripe(std::array::from_fn(|_| AtomicU64::new(0)));
        Shared { stripes: std::array::from_fn(stripe) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Stats;
    use super::*;

    fn value(snapshot: &Snapshot, name: &str) -> u64 {
        snapshot.list().into_iter().find(|(of, ..)| *of == name).unwrap().1
    }

    #[test]
    fn it_has_what_all_processes_have_counted_and_each_process_its_own() {
        let shared: &'static Shared = Box::leak(Box::default());
        let processes: Vec<Stats> = [1_000, 1_001, 1_064].map(|process| Stats::new(shared.stripe(process))).into();
        for (at, stats) in (1..).zip(&processes) {
            stats.reads.add(at);
            stats.took(Duration::from_micros(at * 10));
            stats.read_duration.took(Duration::from_millis(at));
        }
        assert_eq!(processes.iter().map(|stats| stats.reads.get()).collect::<Vec<_>>(), [1, 2, 3]);
        let all = shared.snapshot();
        assert_eq!((value(&all, "reads"), value(&all, "time_us"), value(&all, "time_max_us")), (6, 60, 30));
        assert!(all.to_metrics().contains("dynamosess_read_duration_seconds_count 3\n"));
    }

    #[test]
    fn what_a_dead_process_has_counted_stays() {
        let shared: &'static Shared = Box::leak(Box::default());
        Stats::new(shared.stripe(7)).writes.add(5);
        Stats::new(shared.stripe(7)).writes.add(1);
        assert_eq!(value(&shared.snapshot(), "writes"), 6);
    }

    #[test]
    fn many_threads_count_and_nothing_is_lost() {
        let shared: &'static Shared = Box::leak(Box::default());
        let stats = Stats::new(shared.stripe(7));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| stats.requests.count()));
            }
        });
        assert_eq!((stats.requests.get(), value(&shared.snapshot(), "requests")), (40_000, 40_000));
    }
}
