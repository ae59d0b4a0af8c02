//! What is done about one session: decided here, performed by [`super::handler`].
//!
//! `(Session, Event, Now) -> (Session, Action)`: no clock, no store, no sleep. PHP's call comes in as an event; each action
//! but [`Action::Return`] leads to one more event, its outcome. `tests/protocol` explores this very function with every
//! order of events that it can think of.
//!
//! | file | its one job |
//! | --- | --- |
//! | [`known`] | what is known of a session, from its read to its write |
//! | `reading` | `validate_sid` and `read`: what has to be asked for, and what not |
//! | `locking` | taking a lock |
//! | `waiting` | waiting for one: at which cost, for how long, and when it may be taken over |
//! | `writing` | a write of data: what is sent, on which condition |
//! | `refused` | what a refused write means, and what is merged |
//! | `touching` | moving the end of life of what has not changed |
//! | `ending` | `destroy`, and giving locks back |

mod ending;
pub mod known;
mod locking;
mod reading;
mod refused;
mod touching;
mod waiting;
mod writing;

use std::time::Duration;

pub use known::{Basis, Data, Known, Live, NextRead, Read, Sent};

use self::ending::Releasing;
use self::locking::Acquiring;
use self::reading::Reading;
use self::touching::Touching;
use self::writing::Writing;
use super::format::Format;
use super::item::Layout;
use super::lease::Lease;
use super::merge::Serializer;
use crate::config::Settings;
use crate::dynamodb::{Condition, Fetched, Outcome, Update};
use crate::encryption::Nonce;
use crate::error::{Cause, Error, Result};
use crate::stats::Stats;

/// What one handler knows of one session, and what it is about to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Session {
    /// What is known of what is stored.
    pub known: Known,
    /// What the next `read` need not ask for.
    pub next_read: Option<NextRead>,
    /// The lock that this handler has, or may have.
    pub lock: Option<Lease>,
    /// Writes of data of which nobody knows whether they were served.
    sent: Vec<Sent>,
    /// A new session was open when `open` came once more: session_reset() asks whether there is such a one.
    is_begun: bool,
    /// `create_sid` has made the id in this open, and nothing was sent for it since.
    is_made_here: bool,
    task: Task,
}

/// What PHP asks for.
#[derive(Clone, Debug)]
pub enum Call {
    /// `open`, once more: session_reset().
    Open,
    /// `create_sid` has made this id.
    Created,
    /// `validate_sid`
    Validate,
    /// `read`
    Read,
    /// `write`, and the native module's `update_timestamp`
    Write(Data),
    /// A write ahead of PHP's own, before output is flushed.
    WriteEarly(Data),
    /// The class's `updateTimestamp`: the data of a session that is there stay.
    Touch(Data),
    /// The session could not be serialized: nothing may be written of it.
    SerializeFailed,
    /// `destroy`
    Destroy,
    /// `close`, and whatever else ends a handler's use of this id.
    Close,
}

/// What has happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// PHP calls.
    Call(Call),
    /// The outcome of [`Action::Get`].
    Got(Result<Fetched>),
    /// The outcome of [`Action::Update`] or [`Action::Delete`].
    Changed(Result<Outcome>),
    /// The end of [`Action::Pause`] or [`Action::WaitForLock`].
    Waited,
    /// The outcome of [`Action::AskIfEnded`].
    HasEnded(bool),
}

/// What is to be done now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read the item.
    Get {
        /// Strongly consistent.
        consistent: bool,
    },
    /// Change or create it.
    Update(Update),
    /// Delete it.
    Delete(Option<Condition>),
    /// Ask whether a process of this machine has ended.
    AskIfEnded(String),
    /// Let others go first.
    Pause(Duration),
    /// The same; what comes after it has the whole time of an operation again.
    WaitForLock(Duration),
    /// The call is over.
    Return(Result<Value>),
}

/// What a call comes to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// It is done.
    Done,
    /// Whether there is such a session.
    Exists(bool),
    /// The session.
    Data(Data),
}

/// The moment of an event, and what is the same for all of them.
pub struct Now<'a> {
    /// The settings in force.
    pub settings: &'a Settings,
    /// The attributes' names.
    pub layout: &'a Layout,
    /// How data are written and read.
    pub format: &'a Format,
    /// The item's key: its length counts, and encrypted data are bound to it.
    pub key: &'a str,
    /// How PHP serializes sessions, where that is known.
    pub serializer: Option<Serializer>,
    /// Told what is done.
    pub stats: &'a Stats,
    /// Corrected epoch milliseconds.
    pub wall_ms: i64,
    /// Whether a reply has confirmed the corrected clock yet.
    pub is_confirmed: bool,
    /// Whether the reply of this event has corrected the clock.
    pub clock_moved: bool,
    /// Monotonic time.
    pub monotonic: Duration,
    /// What is left of the operation's time.
    pub left: Duration,
    /// Whether the last operation of this process on the table has failed.
    pub is_failing: bool,
    /// Process id.
    pub process: u32,
    /// This process as owners of locks name it.
    pub process_name: &'a str,
    /// Random bits.
    pub random: &'a mut dyn FnMut() -> u64,
    /// What encrypting once needs of chance; `None`: nothing is encrypted, or there is no source.
    pub nonce: &'a mut dyn FnMut() -> Option<Nonce>,
}

/// What is under way between two events of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
enum Task {
    /// Nothing.
    #[default]
    Idle,
    Reading(Reading),
    Acquiring(Acquiring),
    Writing(Box<Writing>),
    Touching(Touching),
    /// The end of life just written is moved: a reply has shown that it was computed by a wrong clock.
    CorrectingExpiry,
    Destroying,
    Releasing(Releasing),
}

impl Session {
    /// The one entry: what has happened in, what is to be done out.
    pub fn step(&mut self, event: Event, now: &mut Now<'_>) -> Action {
        match (std::mem::take(&mut self.task), event) {
            (_, Event::Call(call)) => self.call(call, now),
            (Task::Reading(task), event) => self.reading(task, event, now),
            (Task::Acquiring(task), event) => self.acquiring(task, event, now),
            (Task::Writing(task), event) => self.writing(task, event, now),
            (Task::Touching(task), event) => self.touching(task, event, now),
            (Task::CorrectingExpiry, Event::Changed(outcome)) => self.expiry_corrected(outcome, now),
            (Task::Destroying, Event::Changed(outcome)) => self.destroyed(outcome.map(drop), now),
            (Task::Releasing(task), Event::Changed(outcome)) => self.releasing(task, outcome, now),
            (Task::Idle | Task::CorrectingExpiry | Task::Destroying | Task::Releasing(_), _) => stray(),
        }
    }

    fn call(&mut self, call: Call, now: &mut Now<'_>) -> Action {
        match call {
            Call::Open => {
                self.is_begun = self.known.is_new();
                self.is_made_here = false;
                (self.known, self.next_read) = (Known::Nothing, None);
                done()
            }
            Call::Created => {
                self.next_read = Some(NextRead::fresh(now.monotonic));
                self.is_made_here = true;
                done()
            }
            Call::Validate => self.validate(now),
            Call::Read => self.read(now),
            Call::Write(data) => self.write(data, false, now),
            Call::WriteEarly(data) => self.write_early(data, now),
            Call::Touch(data) => self.touch(data, now),
            Call::SerializeFailed => self.serialize_failed(now),
            Call::Destroy => self.destroy(now),
            Call::Close => self.close(now),
        }
    }

    /// Nothing is written any more.
    fn refuse(&mut self, operation: &'static str, cause: Cause) -> Action {
        let error = Error::new(operation, cause);
        self.known = Known::Failed(error.clone());
        Action::Return(Err(error))
    }

    /// Whether this process has the lock.
    fn holds(&self, now: &Now<'_>) -> bool {
        self.lock.as_ref().is_some_and(|lease| lease.held.is_some() && lease.process == now.process)
    }

    /// Too many sessions are known: the data of this one are forgotten. Its next write then cannot be merged.
    pub fn forget_data(&mut self) {
        self.next_read = None;
        if let Known::Read(read) = &mut self.known
            && let Some(live) = &mut read.session
        {
            (live.stored, live.handed) = (None, None);
        }
    }

    /// Whether nothing at all is known.
    pub fn is_blank(&self) -> bool {
        self.known == Known::Nothing
            && self.next_read.is_none()
            && self.lock.is_none()
            && self.sent.is_empty()
            && !self.is_begun
    }

    /// Whether this can be forgotten altogether: not what holds a lock, nor what says that nothing may be written.
    pub fn is_forgettable(&self) -> bool {
        let may_write = match &self.known {
            Known::Nothing => true,
            Known::Read(read) => read.basis == Basis::Free,
            Known::Gone | Known::Failed(_) => false,
        };
        may_write && self.lock.is_none() && self.sent.is_empty() && !self.is_begun
    }
}

impl Now<'_> {
    /// Corrected epoch seconds.
    fn seconds(&self) -> i64 {
        self.wall_ms.div_euclid(1_000)
    }

    /// The end of life that a write gives: later by the touch interval, so that no session ends early.
    fn new_expires(&self) -> i64 {
        self.seconds().saturating_add_unsigned(self.settings.session_lifetime + self.settings.touch_interval)
    }

    /// A number from 0 to 1 by chance.
    fn chance(&mut self) -> f64 {
        ((self.random)() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn done() -> Action {
    Action::Return(Ok(Value::Done))
}

/// An outcome of nothing that was asked for: a bug of ours.
fn stray() -> Action {
    Action::Return(Err(Error::new("session", Cause::Panic)))
}
