//! What unit and integration tests share: a clock that is set by hand, a transport that follows a script, and a store
//! in memory.

pub mod memory;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::http::{Failed, Pending, Reply, Request, Transport, TransportError};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A clock that moves only when told to, or when somebody sleeps on it.
#[derive(Debug)]
pub struct ManualClock {
    state: Mutex<ManualState>,
}

#[derive(Debug)]
struct ManualState {
    wall: Duration,
    monotonic: Duration,
    random: u64,
    slept: Vec<Duration>,
}

impl ManualClock {
    /// Starts at `seconds` since the epoch.
    pub fn at(seconds: u64) -> Self {
        ManualClock {
            state: Mutex::new(ManualState {
                wall: Duration::from_secs(seconds),
                monotonic: Duration::from_secs(1_000),
                random: 0,
                slept: Vec::new(),
            }),
        }
    }

    /// Both clocks go on by `time`.
    pub fn advance(&self, time: Duration) {
        let mut state = lock(&self.state);
        state.wall += time;
        state.monotonic += time;
    }

    /// Somebody sets the machine's date.
    pub fn set_wall(&self, seconds: u64) {
        lock(&self.state).wall = Duration::from_secs(seconds);
    }

    /// Every sleep so far.
    pub fn slept(&self) -> Vec<Duration> {
        lock(&self.state).slept.clone()
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> Duration {
        lock(&self.state).wall
    }

    fn monotonic(&self) -> Duration {
        lock(&self.state).monotonic
    }

    fn sleep(&self, time: Duration) {
        self.advance(time);
        lock(&self.state).slept.push(time);
    }

    /// Different each time, and the same in each run.
    fn random(&self) -> u64 {
        let mut state = lock(&self.state);
        state.random = state.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        state.random
    }

    fn nonce(&self) -> Option<[u8; 12]> {
        let mut bytes = [0; 12];
        bytes.iter_mut().zip(self.random().to_be_bytes()).for_each(|(to, from)| *to = from);
        Some(bytes)
    }
}

/// Answers requests by a script and keeps what was asked.
#[derive(Debug)]
pub struct Scripted {
    clock: std::sync::Arc<ManualClock>,
    steps: Mutex<VecDeque<Step>>,
    seen: Mutex<Vec<Request>>,
}

/// What happens to one request.
#[derive(Debug)]
pub enum Step {
    /// An answer.
    Reply(Reply),
    /// None.
    Fail(TransportError),
    /// None either: the clock goes on until the caller gives up.
    Hang,
    /// This long before the next step.
    Wait(Duration),
}

impl Step {
    /// An answer of `status` with a JSON `body`.
    pub fn json(status: u16, body: &str) -> Step {
        Step::Reply(Reply::new(status, body))
    }

    /// A DynamoDB error answer.
    pub fn error(status: u16, code: &str) -> Step {
        let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"scripted"}}"#);
        Step::json(status, &body)
    }

    /// A failure on the way.
    pub fn fail(kind: Failed) -> Step {
        Step::Fail(TransportError::new(kind, "scripted"))
    }
}

impl Scripted {
    /// Follows `steps`; a request beyond them is refused like a closed port.
    pub fn new(clock: std::sync::Arc<ManualClock>, steps: impl IntoIterator<Item = Step>) -> Self {
        Scripted { clock, steps: Mutex::new(steps.into_iter().collect()), seen: Mutex::new(Vec::new()) }
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Request> {
        lock(&self.seen).clone()
    }

    /// How many requests so far.
    pub fn count(&self) -> usize {
        lock(&self.seen).len()
    }

    /// Adds to the script.
    pub fn then(&self, step: Step) {
        lock(&self.steps).push_back(step);
    }
}

impl Transport for Scripted {
    fn send(&self, request: Request, timeout: Duration) -> Result<Reply, TransportError> {
        lock(&self.seen).push(request);
        let mut waited = Duration::ZERO;
        loop {
            let step = lock(&self.steps).pop_front();
            match step {
                Some(Step::Wait(time)) => {
                    waited += time;
                    if waited > timeout {
                        self.clock.advance(timeout + time - waited);
                        return Err(TransportError::new(Failed::Timeout, "scripted"));
                    }
                    self.clock.advance(time);
                }
                Some(Step::Reply(reply)) => return Ok(reply),
                Some(Step::Fail(error)) => return Err(error),
                Some(Step::Hang) => {
                    self.clock.advance(timeout.saturating_sub(waited));
                    return Err(TransportError::new(Failed::Timeout, "scripted"));
                }
                None => return Err(TransportError::new(Failed::Connect, "the script has ended")),
            }
        }
    }

    fn begin(&self, request: Request, _connect: Duration) -> Option<Box<dyn Pending>> {
        Some(Box::new(Begun(self.send(request, Duration::MAX))))
    }
}

#[derive(Debug)]
struct Begun(Result<Reply, TransportError>);

impl Pending for Begun {
    fn finish(self: Box<Self>, _timeout: Duration) -> Result<Reply, TransportError> {
        self.0
    }
}
