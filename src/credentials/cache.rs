//! Credentials of this process, kept until shortly before they end.
//!
//! A page waits for them only if there are none that are valid. They are fetched by a thread that exists only for that.
//! A forked child has neither the thread nor the credentials, and fetches its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::ProvideCredentials;
use super::chain::Found;
use super::freshness::{JITTER, Now, State, Step};
use crate::background;
use crate::clock::{CorrectedClock, Deadline};
use crate::config::Credentials;
use crate::error::Cause;
use crate::per_process::PerProcess;

/// Where credentials come from.
pub(super) trait Fetch: Send + Sync + std::fmt::Debug {
    /// Asks for credentials; may take long.
    fn fetch(&self) -> Result<Found, Cause>;
}

impl Fetch for super::chain::Chain {
    fn fetch(&self) -> Result<Found, Cause> {
        self.fetch()
    }
}

/// A provider with a memory.
#[derive(Debug)]
pub(super) struct Cache {
    fetch: Arc<dyn Fetch>,
    source: String,
    clock: Arc<CorrectedClock>,
    shared: PerProcess<Arc<Shared>>,
}

/// What the pages of a process share with the thread that fetches.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// A fetch has ended.
    ended: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache {
    /// With nothing in it yet.
    pub(super) fn new(fetch: Arc<dyn Fetch>, source: String, clock: Arc<CorrectedClock>) -> Self {
        Cache { fetch, source, clock, shared: PerProcess::new(|_| Arc::default()) }
    }

    /// Has credentials fetched by a thread of its own; the number of the fetch.
    fn start(&self, state: &mut State) -> u64 {
        let number = state.begin(now(&self.clock));
        let (fetch, clock, shared) = (Arc::clone(&self.fetch), Arc::clone(&self.clock), Arc::clone(self.shared.get()));
        let work = move || {
            let result = catch_unwind(AssertUnwindSafe(|| fetch.fetch())).unwrap_or(Err(Cause::Panic));
            let jitter = clock.machine().jitter(JITTER);
            shared.lock().end(number, result, now(&clock), jitter);
            shared.ended.notify_all();
        };
        if !background::spawn("dynamosess-aws", work) {
            let failed = Err(self.failed("no thread could be started".to_owned()));
            state.end(number, failed, now(&self.clock), JITTER);
        }
        number
    }

    /// Waits for a fetch until `deadline`.
    fn wait(&self, state: MutexGuard<'_, State>, number: u64, deadline: &Deadline) -> Result<Arc<Credentials>, Cause> {
        let left = self.clock.left(deadline);
        let is_fetching = |state: &mut State| state.is_fetching(number);
        let waited = self.shared.get().ended.wait_timeout_while(state, left, is_fetching);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match state.step(now(&self.clock)) {
            Step::Use(credentials) | Step::Refresh(credentials) => Ok(credentials),
            Step::Fail(cause) => Err(cause),
            Step::Wait(_) | Step::Fetch => {
                let cause =
                    self.failed(format!("no answer within {} s (dynamosess.timeout)", deadline.total().as_secs_f64()));
                // Who cannot wait at all has learnt nothing of how long the fetch takes.
                if !left.is_zero() {
                    state.give_up(number, cause.clone());
                }
                Err(cause)
            }
        }
    }

    fn failed(&self, detail: String) -> Cause {
        Cause::Credentials { provider: self.source.clone(), detail }
    }
}

impl ProvideCredentials for Cache {
    fn credentials(&self, deadline: &Deadline) -> Result<Arc<Credentials>, Cause> {
        let mut state = self.shared.get().lock();
        match state.step(now(&self.clock)) {
            Step::Use(credentials) => Ok(credentials),
            Step::Refresh(credentials) => {
                self.start(&mut state);
                Ok(credentials)
            }
            Step::Fetch => {
                let number = self.start(&mut state);
                self.wait(state, number, deadline)
            }
            Step::Wait(number) => self.wait(state, number, deadline),
            Step::Fail(cause) => Err(cause),
        }
    }

    fn refused(&self, used: &Credentials) -> bool {
        self.shared.get().lock().refuse(used, now(&self.clock))
    }

    fn source(&self) -> String {
        self.source.clone()
    }
}

fn now(clock: &CorrectedClock) -> Now {
    Now { epoch: clock.now(), monotonic: clock.machine().monotonic() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ManualClock;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    /// Each fetch waits for an answer of the test's.
    #[derive(Debug)]
    struct Fake(Mutex<Receiver<Result<Found, Cause>>>);

    impl Fetch for Fake {
        fn fetch(&self) -> Result<Found, Cause> {
            self.0.lock().unwrap().recv().unwrap()
        }
    }

    struct Case {
        manual: Arc<ManualClock>,
        answer: Sender<Result<Found, Cause>>,
        cache: Cache,
    }

    fn case() -> Case {
        let manual = Arc::new(ManualClock::at(10_000));
        let clock = Arc::new(CorrectedClock::new(manual.clone()));
        let (answer, answers) = channel();
        let fetch = Arc::new(Fake(Mutex::new(answers)));
        Case { manual, answer, cache: Cache::new(fetch, "test".into(), clock) }
    }

    impl Case {
        fn key(&self, timeout: Duration) -> Result<String, Cause> {
            self.cache.credentials(&Deadline::after(&*self.manual, timeout)).map(|found| found.key.clone())
        }

        fn answer(&self, key: &str, expires: i64) {
            let credentials =
                Credentials { key: key.into(), secret: String::new(), token: None, expires: Some(expires) };
            self.answer.send(Ok(Found { credentials, again: None })).unwrap();
        }

        /// Waits until no fetch is under way.
        fn settle(&self) {
            let shared = self.cache.shared.get();
            let is_fetching = |state: &mut State| (0..9).any(|number| state.is_fetching(number));
            drop(shared.ended.wait_while(shared.lock(), is_fetching).unwrap());
        }
    }

    const ENOUGH: Duration = Duration::from_secs(60);

    #[test]
    fn a_page_waits_for_the_first_credentials_and_none_for_the_next() {
        let case = case();
        case.answer("a", 13_600);
        assert_eq!(case.key(ENOUGH).unwrap(), "a");
        case.manual.advance(Duration::from_secs(3_400));
        for _ in 0..3 {
            assert_eq!(case.key(Duration::ZERO).unwrap(), "a");
        }
        case.answer("b", 17_200);
        case.settle();
        assert_eq!(case.key(Duration::ZERO).unwrap(), "b");
    }

    #[test]
    fn a_fetch_that_hangs_costs_one_page_its_time_and_the_next_ones_none() {
        let case = case();
        for timeout in [Duration::from_millis(5), ENOUGH, ENOUGH] {
            let Err(Cause::Credentials { detail, .. }) = case.key(timeout) else { panic!() };
            assert_eq!(detail, "no answer within 0.005 s (dynamosess.timeout)");
        }
        case.answer("a", 13_600);
        case.settle();
        assert_eq!(case.key(Duration::ZERO).unwrap(), "a");
    }

    #[test]
    fn a_page_that_cannot_wait_keeps_no_other_one_from_waiting() {
        let case = case();
        case.key(Duration::ZERO).unwrap_err();
        case.answer("a", 13_600);
        assert_eq!(case.key(ENOUGH).unwrap(), "a");
    }

    #[test]
    fn several_threads_share_one_fetch() {
        let case = case();
        std::thread::scope(|scope| {
            let pages: Vec<_> = (0..4).map(|_| scope.spawn(|| case.key(ENOUGH))).collect();
            case.answer("a", 13_600);
            assert!(pages.into_iter().all(|page| page.join().unwrap().unwrap() == "a"));
        });
    }

    #[test]
    fn a_failure_is_told_to_all_who_wait_and_a_panic_is_one() {
        let case = case();
        case.answer.send(Err(Cause::NoRegion)).unwrap();
        assert_eq!(case.key(ENOUGH), Err(Cause::NoRegion));
        assert_eq!(case.key(ENOUGH), Err(Cause::NoRegion), "nobody is asked again so soon");
        case.manual.advance(Duration::from_secs(1));
        // The fetch panics without an answer to come.
        let Case { answer, cache, manual } = case;
        drop(answer);
        let found = cache.credentials(&Deadline::after(&*manual, ENOUGH));
        assert_eq!(found, Err(Cause::Panic));
    }
}
