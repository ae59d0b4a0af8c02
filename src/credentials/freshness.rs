//! When credentials are used, refreshed or waited for: pure decisions, with the time as an argument.

use std::sync::Arc;
use std::time::Duration;

use super::chain::Found;
use crate::config::Credentials;
use crate::error::Cause;

/// When a refresh begins, before the end of the credentials.
const AHEAD: Duration = Duration::from_secs(300);

/// By how much more at most, so that a fleet's workers do not all ask at once.
pub(super) const JITTER: Duration = Duration::from_secs(60);

/// After a failed refresh, the next one comes this much later; while there are valid credentials, nobody waits for it.
const PAUSE: Duration = Duration::from_secs(15);

/// While there are none, pages wait for every fetch. So that they lose a tenth of their time at most, a fetch that failed is
/// followed by a pause of so many times as long as it took.
const REST: u32 = 10;
const SHORTEST_REST: Duration = Duration::from_secs(1);

/// A fetch that has taken so long will not end: another one is begun.
const ABANDON_AFTER: Duration = Duration::from_secs(120);

/// Credentials that were refused are not thrown away a second time so soon: a service that refuses new ones will refuse the
/// next too.
const REFUSALS_APART: Duration = Duration::from_secs(5);

/// The moment of a decision.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    /// Corrected seconds since the epoch: credentials end by these.
    pub(super) epoch: i64,
    /// Since some fixed moment: pauses go by this.
    pub(super) monotonic: Duration,
}

/// What a process has of its credentials.
#[derive(Debug, Default)]
pub(super) struct State {
    held: Option<Held>,
    fetching: Option<Fetching>,
    failed: Option<Failure>,
    refused_at: Option<Duration>,
    begun: u64,
}

#[derive(Debug)]
struct Held {
    credentials: Arc<Credentials>,
    /// Seconds since the epoch, as the next: until then they are used without a thought.
    fresh_until: i64,
    /// Until then they are used while a refresh runs or fails.
    valid_until: i64,
}

#[derive(Debug)]
struct Fetching {
    number: u64,
    since: Duration,
    /// A page has waited for it as long as it could.
    given_up: Option<Cause>,
}

#[derive(Debug)]
struct Failure {
    cause: Cause,
    at: Duration,
    took: Duration,
}

/// What a page does for its credentials.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    Use(Arc<Credentials>),
    /// Uses these, and has others fetched meanwhile.
    Refresh(Arc<Credentials>),
    /// Has some fetched, and waits for them.
    Fetch,
    /// Waits for the fetch of this number.
    Wait(u64),
    Fail(Cause),
}

impl State {
    /// What a page does now.
    pub(super) fn step(&self, now: Now) -> Step {
        let underway = self.fetching.as_ref().filter(|fetching| now.monotonic < fetching.since + ABANDON_AFTER);
        let resting = |rest: fn(Duration) -> Duration| {
            self.failed.as_ref().filter(|failed| now.monotonic < failed.at + rest(failed.took))
        };
        match &self.held {
            Some(held) if now.epoch < held.fresh_until => return Step::Use(Arc::clone(&held.credentials)),
            Some(held) if now.epoch < held.valid_until => {
                let credentials = Arc::clone(&held.credentials);
                let is_due = underway.is_none() && resting(|_| PAUSE).is_none();
                return if is_due { Step::Refresh(credentials) } else { Step::Use(credentials) };
            }
            _ => {}
        }
        let rest = |took: Duration| took.saturating_mul(REST).clamp(SHORTEST_REST, PAUSE);
        match (underway, resting(rest)) {
            (Some(Fetching { given_up: Some(cause), .. }), _) => Step::Fail(cause.clone()),
            (Some(fetching), _) => Step::Wait(fetching.number),
            (None, Some(failed)) => Step::Fail(failed.cause.clone()),
            (None, None) => Step::Fetch,
        }
    }

    /// A fetch begins; its number.
    pub(super) fn begin(&mut self, now: Now) -> u64 {
        self.begun += 1;
        self.fetching = Some(Fetching { number: self.begun, since: now.monotonic, given_up: None });
        self.begun
    }

    /// The fetch of this number is under way.
    pub(super) fn is_fetching(&self, number: u64) -> bool {
        self.fetching.as_ref().is_some_and(|fetching| fetching.number == number)
    }

    /// A page has waited for this fetch in vain: no other one does, until it has ended.
    pub(super) fn give_up(&mut self, number: u64, cause: Cause) {
        if let Some(fetching) = self.fetching.as_mut().filter(|fetching| fetching.number == number) {
            fetching.given_up = Some(cause);
        }
    }

    /// What has come of a fetch. Of one that was abandoned only what is good counts.
    pub(super) fn end(&mut self, number: u64, result: Result<Found, Cause>, now: Now, jitter: Duration) {
        let ended = self.fetching.take_if(|fetching| fetching.number == number);
        match (result, ended) {
            (Ok(found), _) => {
                self.failed = None;
                self.held = Some(Held::of(found, now.epoch, jitter));
            }
            (Err(cause), Some(ended)) => {
                let took = now.monotonic.saturating_sub(ended.since);
                self.failed = Some(Failure { cause, at: now.monotonic, took });
            }
            (Err(_), None) => {}
        }
    }

    /// AWS has refused `used`. Says whether others are to be had now.
    pub(super) fn refuse(&mut self, used: &Credentials, now: Now) -> bool {
        if self.held.as_ref().is_some_and(|held| *held.credentials != *used) {
            // They have been replaced since.
            return true;
        }
        if self.refused_at.is_some_and(|at| now.monotonic < at + REFUSALS_APART) {
            return false;
        }
        (self.held, self.failed, self.refused_at) = (None, None, Some(now.monotonic));
        true
    }
}

impl Held {
    fn of(found: Found, now: i64, jitter: Duration) -> Self {
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        let (fresh_until, valid_until) = match (found.credentials.expires, found.again) {
            // By this clock they have ended before they came: it is the clock that is wrong. AWS will judge.
            (Some(expires), _) if expires <= now => (now + seconds(PAUSE), now + 4 * seconds(PAUSE)),
            (Some(expires), _) => (expires - seconds(AHEAD + jitter).min((expires - now) / 2), expires),
            (None, Some(again)) => (now + seconds(again), i64::MAX),
            (None, None) => (i64::MAX, i64::MAX),
        };
        Held { credentials: Arc::new(found.credentials), fresh_until, valid_until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds since the process began.
    fn at(seconds: u64) -> Now {
        Now { epoch: 10_000 + seconds as i64, monotonic: Duration::from_secs(seconds) }
    }

    fn credentials(key: &str, expires: Option<i64>) -> Credentials {
        Credentials { key: key.into(), secret: String::new(), token: None, expires }
    }

    fn found(key: &str, expires: Option<i64>) -> Result<Found, Cause> {
        Ok(Found { credentials: credentials(key, expires), again: None })
    }

    fn failure() -> Cause {
        Cause::NoCredentials("scripted".into())
    }

    /// A fetch from one moment to another, with no jitter.
    fn fetch(state: &mut State, from: u64, to: u64, result: Result<Found, Cause>) {
        let number = state.begin(at(from));
        state.end(number, result, at(to), Duration::ZERO);
    }

    /// What a page does, in short.
    fn step(state: &State, seconds: u64) -> String {
        match state.step(at(seconds)) {
            Step::Use(credentials) => format!("use {}", credentials.key),
            Step::Refresh(credentials) => format!("refresh {}", credentials.key),
            Step::Fetch => "fetch".to_owned(),
            Step::Wait(number) => format!("wait for {number}"),
            Step::Fail(_) => "fail".to_owned(),
        }
    }

    #[test]
    fn credentials_are_refreshed_shortly_before_their_end_and_waited_for_after_it() {
        let mut state = State::default();
        assert_eq!(step(&state, 0), "fetch");
        fetch(&mut state, 0, 0, found("a", Some(13_600)));
        assert_eq!(["use a", "refresh a", "refresh a", "fetch"], [3_299, 3_300, 3_599, 3_600].map(|t| step(&state, t)));
        let number = state.begin(at(3_300));
        assert_eq!([3_300, 3_419].map(|t| step(&state, t)), ["use a", "use a"], "one refresh at a time");
        state.end(number, found("b", Some(17_200)), at(3_401), Duration::from_secs(60));
        assert_eq!([6_839, 6_840].map(|t| step(&state, t)), ["use b", "refresh b"], "60 s earlier, by chance");
    }

    #[test]
    fn a_failed_refresh_is_repeated_at_intervals_and_waited_for_by_nobody() {
        let mut state = State::default();
        fetch(&mut state, 0, 0, found("a", Some(13_600)));
        fetch(&mut state, 3_400, 3_401, Err(failure()));
        assert_eq!([3_401, 3_415, 3_416].map(|t| step(&state, t)), ["use a", "use a", "refresh a"]);
    }

    #[test]
    fn without_credentials_pages_wait_for_a_tenth_of_the_time_at_most() {
        for (took, rest) in [(0, 1), (1, 10), (60, 15)] {
            let mut state = State::default();
            fetch(&mut state, 0, took, Err(failure()));
            assert_eq!([took, took + rest - 1, took + rest].map(|t| step(&state, t)), ["fail", "fail", "fetch"]);
        }
    }

    #[test]
    fn a_fetch_that_one_page_could_not_wait_for_no_other_waits_for() {
        let mut state = State::default();
        let number = state.begin(at(0));
        assert_eq!(step(&state, 1), "wait for 1");
        state.give_up(number, failure());
        assert_eq!(step(&state, 5), "fail");
        state.end(number, found("a", None), at(9), Duration::ZERO);
        assert_eq!(step(&state, 9), "use a");
    }

    #[test]
    fn a_fetch_without_end_is_abandoned_and_only_its_success_counts_later() {
        let mut state = State::default();
        let first = state.begin(at(0));
        assert_eq!(step(&state, 120), "fetch");
        let second = state.begin(at(120));
        state.end(first, Err(failure()), at(121), Duration::ZERO);
        assert_eq!(step(&state, 121), "wait for 2");
        state.end(first, found("a", None), at(122), Duration::ZERO);
        assert_eq!(step(&state, 122), "use a");
        assert!(state.is_fetching(second));
    }

    #[test]
    fn refused_credentials_are_replaced_once_and_not_again_at_once() {
        let mut state = State::default();
        let refuse = |state: &mut State, key: &str, seconds| state.refuse(&credentials(key, None), at(seconds));
        fetch(&mut state, 0, 0, found("a", None));
        assert!(refuse(&mut state, "a", 0));
        assert_eq!(step(&state, 0), "fetch");
        fetch(&mut state, 0, 1, found("b", None));
        assert!(refuse(&mut state, "a", 1), "those of an older answer are replaced already");
        assert!(!refuse(&mut state, "b", 4));
        assert_eq!(step(&state, 4), "use b");
        assert!(refuse(&mut state, "b", 5));
    }

    #[test]
    fn a_clock_far_ahead_does_not_keep_new_credentials_from_being_used() {
        let mut state = State::default();
        fetch(&mut state, 0, 0, found("a", Some(9_000)));
        assert_eq!([0, 14, 15, 59, 60].map(|t| step(&state, t)), ["use a", "use a", "refresh a", "refresh a", "fetch"]);
    }

    #[test]
    fn credentials_that_do_not_expire_are_looked_for_again_where_that_is_cheap() {
        let mut state = State::default();
        let again = Some(Duration::from_secs(300));
        fetch(&mut state, 0, 0, Ok(Found { credentials: credentials("a", None), again }));
        assert_eq!([299, 300].map(|t| step(&state, t)), ["use a", "refresh a"]);
        fetch(&mut state, 0, 0, found("b", None));
        assert_eq!(step(&state, 1 << 30), "use b");
    }
}
