//! Time and chance, passed in: nothing else in the crate asks the operating system for either.

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the core needs to know of time and chance.
pub trait Clock: Send + Sync + Debug {
    /// Wall time of this machine since the Unix epoch; may be wrong, may jump.
    fn wall(&self) -> Duration;

    /// Time since some fixed moment; never goes back and, where the system offers it, also counts
    /// the time a virtual machine was suspended (`CLOCK_BOOTTIME`).
    fn monotonic(&self) -> Duration;

    /// Blocks the calling thread.
    fn sleep(&self, time: Duration);

    /// Random bytes, good enough for lock owners and generations.
    fn random(&self) -> u64;

    /// Bytes from the system's cryptographic source, for a nonce; `None`: there are none.
    fn nonce(&self) -> Option<[u8; 12]>;

    /// A number from 0 to 1 by chance.
    fn chance(&self) -> f64 {
        (self.random() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Random part of `most`: "full jitter".
    fn jitter(&self, most: Duration) -> Duration {
        most.mul_f64(self.chance())
    }
}

/// The operating system's clocks.
#[derive(Debug, Default)]
pub struct SystemClock {
    // A fallback for the random source, so that chance never fails.
    counter: Mutex<u64>,
}

impl Clock for SystemClock {
    fn wall(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn monotonic(&self) -> Duration {
        boot_time()
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        if getrandom::fill(&mut bytes).is_ok() {
            return u64::from_ne_bytes(bytes);
        }
        // No entropy source: time, process and a counter still tell two lock owners apart.
        let mut counter = self.counter.lock().unwrap_or_else(PoisonError::into_inner);
        *counter = counter.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let seed = self.wall().as_nanos() as u64 ^ u64::from(std::process::id()).rotate_left(32);
        (seed ^ *counter).wrapping_mul(0xD6E8_FEB8_6659_FD93)
    }

    // Without a fallback: a nonce that comes twice gives the key's secrets away.
    fn nonce(&self) -> Option<[u8; 12]> {
        let mut bytes = [0; 12];
        getrandom::fill(&mut bytes).ok()?;
        Some(bytes)
    }
}

/// Linux counts suspended time in `CLOCK_BOOTTIME`, macOS in `CLOCK_MONOTONIC`; `Instant` on neither.
fn boot_time() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    #[cfg(target_os = "linux")]
    const CLOCK: ClockId = ClockId::CLOCK_BOOTTIME;
    #[cfg(not(target_os = "linux"))]
    const CLOCK: ClockId = ClockId::CLOCK_MONOTONIC;
    clock_gettime(CLOCK).map(Duration::from).unwrap_or_default()
}

/// Offsets up to this are not corrected: the server's `Date` has whole seconds only.
const TOLERATED_MS: i64 = 2_000;

/// This machine's wall time corrected by the server's: it serves signatures, `expires` and locks alike, so that
/// a node whose clock is an hour off neither logs visitors out nor keeps them in.
#[derive(Debug)]
pub struct CorrectedClock {
    clock: Arc<dyn Clock>,
    offset_ms: AtomicI64,
    is_confirmed: AtomicBool,
}

impl CorrectedClock {
    /// A clock that trusts this machine until a reply says otherwise.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        CorrectedClock { clock, offset_ms: AtomicI64::new(0), is_confirmed: AtomicBool::new(false) }
    }

    /// The machine's own clock underneath.
    pub fn machine(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// A deadline that is so far from now.
    pub fn deadline(&self, time: Duration) -> Deadline {
        Deadline::after(&*self.clock, time)
    }

    /// What is left until `deadline`.
    pub fn left(&self, deadline: &Deadline) -> Duration {
        deadline.left(&*self.clock)
    }

    /// Corrected milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        self.clock.wall().as_millis() as i64 + self.offset_ms()
    }

    /// Corrected whole seconds since the epoch.
    pub fn now(&self) -> i64 {
        self.now_ms().div_euclid(1_000)
    }

    /// What is added to the machine's time at present, in milliseconds.
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::Relaxed)
    }

    /// Whether a reply has confirmed it, or corrected it, yet.
    pub fn is_confirmed(&self) -> bool {
        self.is_confirmed.load(Ordering::Relaxed)
    }

    /// Learns from a reply's `Date` (seconds since the epoch) that came just now.
    pub fn learn(&self, server_date: i64) {
        // The header cuts the fraction off: half a second is the best guess at it.
        let offset = server_date * 1_000 + 500 - self.clock.wall().as_millis() as i64;
        // An offset that is as good stays: each reply's is some ms off the last one's, and who has reckoned with the
        // last one would do so again and again.
        if (offset - self.offset_ms()).abs() > TOLERATED_MS {
            let kept = if offset.abs() > TOLERATED_MS { offset } else { 0 };
            self.offset_ms.store(kept, Ordering::Relaxed);
        }
        self.is_confirmed.store(true, Ordering::Relaxed);
    }
}

/// The end of an operation: attempts, waits and credentials all have to fit before it.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    at: Duration,
    total: Duration,
}

impl Deadline {
    /// `total` from now on.
    pub fn after(clock: &dyn Clock, total: Duration) -> Self {
        Deadline { at: clock.monotonic().saturating_add(total), total }
    }

    /// What is left of it; zero when it is over.
    pub fn left(&self, clock: &dyn Clock) -> Duration {
        self.at.saturating_sub(clock.monotonic())
    }

    /// How long the whole was, for messages.
    pub fn total(&self) -> Duration {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ManualClock;

    #[test]
    fn an_offset_of_up_to_two_seconds_is_left_alone() {
        let clock = Arc::new(ManualClock::at(1_000_000));
        let corrected = CorrectedClock::new(clock);
        corrected.learn(1_000_001);
        assert_eq!(corrected.now(), 1_000_000);
    }

    #[test]
    fn a_machine_an_hour_behind_is_corrected_and_a_mended_one_is_trusted_again() {
        let clock = Arc::new(ManualClock::at(1_000_000));
        let corrected = CorrectedClock::new(clock.clone());
        corrected.learn(1_003_600);
        assert_eq!(corrected.now(), 1_003_600);
        clock.set_wall(1_003_600);
        corrected.learn(1_003_600);
        assert_eq!(corrected.now(), 1_003_600);
        assert_eq!(corrected.offset_ms(), 0);
    }

    #[test]
    fn an_offset_moves_only_with_the_clocks_and_not_from_reply_to_reply() {
        let clock = Arc::new(ManualClock::at(1_003_600));
        let corrected = CorrectedClock::new(clock.clone());
        corrected.learn(1_000_000);
        let offset = corrected.offset_ms();
        for ms in [7, 900, 2_400] {
            clock.advance(Duration::from_millis(ms));
            corrected.learn(i64::try_from(clock.wall().as_secs()).unwrap() - 3_600);
            assert_eq!(corrected.offset_ms(), offset, "{ms}");
        }
        corrected.learn(i64::try_from(clock.wall().as_secs()).unwrap());
        assert_eq!(corrected.offset_ms(), 0);
    }

    #[test]
    fn jitter_lies_between_nothing_and_all() {
        let clock = SystemClock::default();
        for _ in 0..1000 {
            assert!(clock.jitter(Duration::from_millis(50)) <= Duration::from_millis(50));
        }
    }

    #[test]
    fn a_deadline_counts_down_and_stays_at_nothing() {
        let clock = ManualClock::at(0);
        let deadline = Deadline::after(&clock, Duration::from_secs(5));
        clock.sleep(Duration::from_secs(3));
        assert_eq!(deadline.left(&clock), Duration::from_secs(2));
        clock.sleep(Duration::from_secs(3));
        assert_eq!(deadline.left(&clock), Duration::ZERO);
    }
}
