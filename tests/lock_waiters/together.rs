//! A clock for several threads that stands still while one of them works, and goes on to the next one's time when it
//! sleeps: concurrency without chance and without waiting.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use dynamosess::clock::Clock;

/// The clock; threads come to it by [`Together::begin`].
#[derive(Debug)]
pub struct Together {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    now: Duration,
    /// Threads that have not begun yet, and those that work now.
    awake: usize,
    /// When each sleeper wakes; the number keeps two of the same moment apart.
    asleep: BTreeSet<(Duration, u64)>,
    turns: u64,
    running: Option<(Duration, u64)>,
    random: u64,
}

/// A thread's place; dropping it lets the others go on.
pub struct Begun<'a>(&'a Together);

impl Together {
    /// A clock for so many threads: it waits until all have begun.
    pub fn new(threads: usize) -> Self {
        let state = State {
            now: Duration::from_secs(1_000),
            awake: threads,
            asleep: BTreeSet::new(),
            turns: 0,
            running: None,
            random: 0,
        };
        Together { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Takes part, in the order of `number`.
    pub fn begin(&self, number: usize) -> Begun<'_> {
        self.sleep(Duration::from_micros(1 + number as u64));
        Begun(self)
    }

    fn give_way(&self, state: &mut State) {
        state.awake -= 1;
        if state.awake == 0
            && let Some(next) = state.asleep.pop_first()
        {
            state.now = state.now.max(next.0);
            state.awake = 1;
            state.running = Some(next);
            self.changed.notify_all();
        }
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.give_way(&mut self.0.state.lock().unwrap());
    }
}

impl Clock for Together {
    fn wall(&self) -> Duration {
        Duration::from_secs(1_800_000_000) + self.monotonic()
    }

    fn monotonic(&self) -> Duration {
        self.state.lock().unwrap().now
    }

    fn sleep(&self, time: Duration) {
        let mut state = self.state.lock().unwrap();
        state.turns += 1;
        let until = (state.now + time, state.turns);
        state.asleep.insert(until);
        self.give_way(&mut state);
        while state.running != Some(until) {
            state = self.changed.wait(state).unwrap();
        }
        state.running = None;
    }

    fn random(&self) -> u64 {
        let mut state = self.state.lock().unwrap();
        state.random = state.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state.random ^ (state.random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed ^ (mixed >> 27)
    }

    fn nonce(&self) -> Option<[u8; 12]> {
        None
    }
}
