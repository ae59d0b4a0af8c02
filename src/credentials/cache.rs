//! Credentials of this process, kept until shortly before they end.
//!
//! A page waits for them only if there are none that are valid. From five minutes before their end on, a refresh runs
//! beside the pages, on their own thread: it goes on whenever one of them waits for DynamoDB.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::ProvideCredentials;
use super::chain::{Fetching, Found};
use crate::clock::{CorrectedClock, Deadline};
use crate::config::Credentials;
use crate::error::Cause;
use crate::http::{Network, Task};
use crate::per_process::PerProcess;

/// When a refresh begins, before the end of the keys; and by how much more at most, so that a fleet's workers do not
/// all ask at once.
const AHEAD: Duration = Duration::from_secs(300);
const JITTER: Duration = Duration::from_secs(60);

/// Seconds until a failed refresh beside the pages is tried again, and until one that nobody drove is given up.
const PAUSE: i64 = 15;
const ABANDON_AFTER: i64 = 60;

/// Seconds in which keys are not thrown away a second time: whoever refuses fresh ones will refuse the next too.
const REFUSALS_APART: i64 = 5;

/// Where credentials come from.
pub(super) trait Fetch: Send + Sync + std::fmt::Debug {
    /// Begins a fetch, on this thread.
    fn fetch(&self) -> Result<Fetching, Cause>;

    /// What the future runs on.
    fn network(&self) -> &Network;
}

impl Fetch for super::chain::Chain {
    fn fetch(&self) -> Result<Fetching, Cause> {
        self.fetch()
    }

    fn network(&self) -> &Network {
        self.network()
    }
}

/// A provider with a memory.
#[derive(Debug)]
pub(super) struct Cache {
    fetch: Box<dyn Fetch>,
    source: String,
    clock: Arc<CorrectedClock>,
    state: PerProcess<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    credentials: Option<Arc<Credentials>>,
    /// Seconds since the epoch, like all here: until then `keys` are used without a thought.
    fresh_until: i64,
    /// Until then they are used while a refresh runs or fails.
    valid_until: i64,
    under_way: Option<UnderWay>,
    not_before: i64,
    refused_at: Option<i64>,
}

#[derive(Debug)]
struct UnderWay {
    task: Task<Result<Found, Cause>>,
    since: i64,
}

impl Cache {
    /// With nothing in it yet.
    pub(super) fn new(fetch: Box<dyn Fetch>, source: String, clock: Arc<CorrectedClock>) -> Self {
        Cache { fetch, source, clock, state: PerProcess::new(|_| Mutex::default()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.get().lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) -> Result<UnderWay, Cause> {
        let fetching = self.fetch.fetch()?;
        let task = self.fetch.network().spawn(fetching).map_err(|e| self.failed(e.text))?;
        Ok(UnderWay { task, since: self.clock.now() })
    }

    fn failed(&self, detail: String) -> Cause {
        Cause::Credentials { provider: self.source.clone(), detail }
    }

    fn keep(&self, state: &mut State, found: Found) -> Arc<Credentials> {
        let now = self.clock.now();
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        (state.fresh_until, state.valid_until) = match (found.credentials.expires, found.again) {
            // By this clock they have ended before they came: it is the clock that is wrong. AWS will judge.
            (Some(expires), _) if expires <= now => (now + PAUSE, now + ABANDON_AFTER),
            (Some(expires), _) => {
                let jitter = self.clock.machine().jitter(JITTER);
                let ahead = seconds(AHEAD + jitter).min((expires - now) / 2);
                (expires - ahead, expires)
            }
            (None, Some(again)) => (now + seconds(again), i64::MAX),
            (None, None) => (i64::MAX, i64::MAX),
        };
        let credentials = Arc::new(found.credentials);
        state.credentials = Some(Arc::clone(&credentials));
        credentials
    }

    /// Takes what has come of a refresh meanwhile.
    fn collect(&self, state: &mut State) {
        let Some(UnderWay { task, .. }) = state.under_way.take_if(|under_way| under_way.task.is_finished()) else {
            return;
        };
        match self.fetch.network().run(task, Duration::ZERO) {
            Ok(Some(Ok(found))) => drop(self.keep(state, found)),
            _ => state.not_before = self.clock.now() + PAUSE,
        }
    }

    /// The keys can wait, so nobody waits for this.
    fn refresh_beside(&self, state: &mut State) {
        let now = self.clock.now();
        if state.under_way.as_ref().is_some_and(|under_way| now - under_way.since < ABANDON_AFTER)
            || now < state.not_before
        {
            return;
        }
        match self.start() {
            Ok(started) => state.under_way = Some(started),
            Err(_) => state.not_before = now + PAUSE,
        }
        self.collect(state);
    }

    /// Waits: first for a fetch that an earlier page began and could not wait for, then for one of its own.
    fn fetch_now(&self, state: &mut State, deadline: &Deadline) -> Result<Arc<Credentials>, Cause> {
        let left = || self.clock.left(deadline);
        let mut inherited = state.under_way.take().filter(|under_way| under_way.task.is_of_this_thread());
        loop {
            let is_inherited = inherited.is_some();
            let mut under_way = match inherited.take() {
                Some(under_way) => under_way,
                None => self.start()?,
            };
            let Ok(result) = self.fetch.network().run(&mut under_way.task, left()) else {
                state.under_way = Some(under_way);
                let total = deadline.total().as_secs_f64();
                return Err(self.failed(format!("no answer within {total} s (dynamosess.timeout)")));
            };
            match result {
                Some(Ok(found)) => return Ok(self.keep(state, found)),
                _ if is_inherited => {}
                Some(Err(cause)) => return Err(cause),
                None => return Err(self.failed("the request was abandoned".to_owned())),
            }
        }
    }
}

impl ProvideCredentials for Cache {
    fn credentials(&self, deadline: &Deadline) -> Result<Arc<Credentials>, Cause> {
        let mut state = self.state();
        let now = self.clock.now();
        if now >= state.fresh_until {
            self.collect(&mut state);
        }
        match state.credentials.clone() {
            Some(credentials) if now < state.fresh_until => Ok(credentials),
            Some(credentials) if now < state.valid_until => {
                self.refresh_beside(&mut state);
                Ok(state.credentials.clone().unwrap_or(credentials))
            }
            _ => self.fetch_now(&mut state, deadline),
        }
    }

    fn refused(&self, used: &Credentials) -> bool {
        let mut state = self.state();
        let now = self.clock.now();
        if state.credentials.as_deref().is_some_and(|credentials| credentials != used) {
            // Somebody has replaced them since.
            return true;
        }
        if state.refused_at.is_some_and(|at| now - at < REFUSALS_APART) {
            return false;
        }
        *state = State { refused_at: Some(now), ..State::default() };
        true
    }

    fn source(&self) -> String {
        self.source.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::NetworkOptions;
    use crate::stats::Stats;
    use crate::testing::ManualClock;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Follows a script: each fetch takes the next answer; `None` is one that never comes.
    #[derive(Debug)]
    struct Fake {
        network: Network,
        answers: Mutex<Vec<Option<Result<Found, Cause>>>>,
        fetches: Arc<AtomicUsize>,
    }

    impl Fetch for Fake {
        fn fetch(&self) -> Result<Fetching, Cause> {
            self.fetches.fetch_add(1, Ordering::Relaxed);
            match self.answers.lock().unwrap().remove(0) {
                Some(answer) => Ok(Box::pin(async { answer })),
                None => Ok(Box::pin(std::future::pending())),
            }
        }

        fn network(&self) -> &Network {
            &self.network
        }
    }

    struct Case {
        manual: Arc<ManualClock>,
        fetches: Arc<AtomicUsize>,
        cache: Cache,
    }

    fn case(answers: impl IntoIterator<Item = Option<Result<Found, Cause>>>) -> Case {
        let manual = Arc::new(ManualClock::at(10_000));
        let clock = Arc::new(CorrectedClock::new(manual.clone()));
        let fetches = Arc::new(AtomicUsize::new(0));
        let fake = Fake {
            network: Network::new(NetworkOptions::default(), manual.clone(), Arc::new(Stats::default())),
            answers: Mutex::new(answers.into_iter().collect()),
            fetches: Arc::clone(&fetches),
        };
        Case { manual, fetches, cache: Cache::new(Box::new(fake), "test".into(), clock) }
    }

    impl Case {
        fn key(&self, timeout: Duration) -> Result<String, Cause> {
            self.cache.credentials(&Deadline::after(&*self.manual, timeout)).map(|found| found.key.clone())
        }

        fn now(&self) -> Result<String, Cause> {
            self.key(Duration::from_secs(5))
        }

        fn after(&self, seconds: u64) -> &Self {
            self.manual.advance(Duration::from_secs(seconds));
            self
        }

        fn fetches(&self) -> usize {
            self.fetches.load(Ordering::Relaxed)
        }
    }

    fn found(key: &str, expires: Option<i64>) -> Option<Result<Found, Cause>> {
        let credentials = Credentials { key: key.into(), secret: String::new(), token: None, expires };
        Some(Ok(Found { credentials, again: None }))
    }

    fn failure() -> Option<Result<Found, Cause>> {
        Some(Err(Cause::NoCredentials("scripted".into())))
    }

    #[test]
    fn pages_share_one_fetch_until_shortly_before_the_end() {
        let case = case([found("a", Some(13_600)), found("b", Some(17_200))]);
        for _ in 0..10 {
            assert_eq!(case.now().unwrap(), "a");
        }
        assert_eq!(case.after(3_200).now().unwrap(), "a");
        assert_eq!(case.fetches(), 1);
        assert_eq!(case.after(101).now().unwrap(), "b");
        assert_eq!(case.fetches(), 2);
    }

    #[test]
    fn while_a_refresh_fails_what_is_still_valid_is_used_and_asked_for_at_intervals() {
        let case = case([found("a", Some(13_600)), failure(), failure(), failure(), found("b", Some(20_000))]);
        assert_eq!(case.now().unwrap(), "a");
        assert_eq!(case.after(3_400).now().unwrap(), "a");
        assert_eq!(case.now().unwrap(), "a");
        assert_eq!(case.fetches(), 2);
        assert_eq!(case.after(20).now().unwrap(), "a");
        assert_eq!(case.fetches(), 3);
        assert_eq!(case.after(180).now().unwrap_err(), failure().unwrap().unwrap_err());
        assert_eq!(case.now().unwrap(), "b");
    }

    #[test]
    fn a_refresh_that_hangs_keeps_no_page_waiting() {
        let case = case([found("a", Some(13_600)), None, found("b", None)]);
        assert_eq!(case.now().unwrap(), "a");
        let begun = std::time::Instant::now();
        assert_eq!(case.after(3_400).now().unwrap(), "a");
        assert_eq!(case.after(50).now().unwrap(), "a");
        assert!(begun.elapsed() < Duration::from_secs(3));
        assert_eq!(case.fetches(), 2);
        assert_eq!(case.after(50).now().unwrap(), "b");
    }

    #[test]
    fn a_fetch_that_a_page_could_not_wait_for_is_not_begun_anew_by_the_next() {
        let case = case([None]);
        for _ in 0..3 {
            let Err(Cause::Credentials { detail, .. }) = case.key(Duration::from_millis(5)) else { panic!() };
            assert_eq!(detail, "no answer within 0.005 s (dynamosess.timeout)");
        }
        assert_eq!(case.fetches(), 1);
    }

    #[test]
    fn refused_keys_are_replaced_once_and_not_again_at_once() {
        let case = case([found("a", None), found("b", None), found("c", None)]);
        let refused = |key: &str| {
            case.cache.refused(&Credentials { key: key.into(), secret: String::new(), token: None, expires: None })
        };
        assert_eq!(case.now().unwrap(), "a");
        assert!(refused("a"));
        assert_eq!(case.now().unwrap(), "b");
        assert!(refused("a"), "those of an older answer are replaced already");
        assert!(!refused("b"));
        assert_eq!(case.after(6).now().unwrap(), "b");
        assert!(refused("b"));
        assert_eq!(case.now().unwrap(), "c");
    }

    #[test]
    fn a_clock_far_ahead_does_not_keep_fresh_keys_from_being_used() {
        let case = case([found("a", Some(9_000)), found("b", Some(9_000))]);
        assert_eq!(case.now().unwrap(), "a");
        assert_eq!(case.after(16).now().unwrap(), "b");
    }

    #[test]
    fn keys_that_do_not_expire_are_looked_for_again_where_that_is_cheap() {
        let again = |key: &str| {
            let credentials = Credentials { key: key.into(), secret: String::new(), token: None, expires: None };
            Some(Ok(Found { credentials, again: Some(Duration::from_secs(300)) }))
        };
        let case = case([again("a"), failure(), again("b")]);
        assert_eq!(case.now().unwrap(), "a");
        assert_eq!(case.after(301).now().unwrap(), "a");
        assert_eq!(case.after(16).now().unwrap(), "b");
    }
}
