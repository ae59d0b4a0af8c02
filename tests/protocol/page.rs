//! One request of ours: what PHP calls, and what it is told.

use std::sync::LazyLock;
use std::time::Duration;

use dynamosess::config::Settings;
use dynamosess::dynamodb::{Fetched, Outcome};
use dynamosess::error::Result;
use dynamosess::session::format::Format;
use dynamosess::session::item::Layout;
use dynamosess::session::machine::{Action, Call, Data, Event, Known, Now, Session, Value};
use dynamosess::session::renewal::Keeper;
use dynamosess::stats::Stats;

use crate::world::{LIFE, START, Sight};

pub static LAYOUT: LazyLock<Layout> = LazyLock::new(|| Layout::new(&Settings::defaults()).unwrap());
static FORMAT: LazyLock<Format> = LazyLock::new(|| Format::new(&Settings::defaults()).unwrap());
static STATS: LazyLock<Stats> = LazyLock::new(|| Stats::new(None));

/// What a page has PHP call, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    Created,
    Validate,
    Read,
    /// What was read, and a name of the page's own.
    Write,
    /// The same as was read.
    WriteUnchanged,
    /// Everything goes but one name of the page's own: a logout by those who never destroy.
    Empty,
    Touch,
    Destroy,
    Close,
}

/// How a page is set.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    pub deeds: &'static [Deed],
    pub locking: bool,
    /// By how many seconds its machine's clock is ahead.
    pub skew: i64,
    pub change: fn(&mut Settings),
}

/// A page under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    pub number: usize,
    pub session: Session,
    pub keeper: Option<Keeper>,
    /// When it sent what the server has last confirmed of its lock (seconds).
    pub confirmed: i64,
    /// The next of its deeds.
    pub at: usize,
    /// What it waits for.
    pub pending: Option<Action>,
    /// Since when (seconds).
    pub waits_since: i64,
    pub is_killed: bool,
    pub is_confirmed: bool,
    pub clock_moved: bool,
    pub random: u64,
    /// What PHP has of the session; `None`: it was not given any.
    pub shown: Option<String>,
    pub has_read: bool,
    pub locking: bool,
    /// What it hands over now.
    pub handed: String,
    /// The session that it was shown, by how often one was ended before; `None`: there was none.
    pub epoch: Option<u8>,
    /// Its last read has failed.
    pub has_failed: bool,
    /// The names it was told are stored.
    pub acknowledged: Vec<String>,
    /// What its machine's clock is ahead by until a reply corrects it.
    pub skew: i64,
    /// The item was deleted since this page has begun to destroy it.
    pub is_destroyed: bool,
    /// Of a forked child: its parent.
    pub parent: Option<usize>,
}

impl Page {
    pub fn new(number: usize, script: &Script) -> Self {
        Page {
            number,
            has_read: false,
            locking: script.locking,
            session: Session::default(),
            keeper: None,
            confirmed: 0,
            at: 0,
            pending: None,
            waits_since: 0,
            is_killed: false,
            is_confirmed: false,
            clock_moved: false,
            random: 0,
            shown: None,
            handed: String::new(),
            epoch: None,
            has_failed: false,
            acknowledged: Vec::new(),
            skew: script.skew,
            is_destroyed: false,
            parent: None,
        }
    }

    pub fn sight(&self) -> Sight {
        Sight { epoch: self.epoch, shown: self.shown.clone().filter(|_| self.has_read) }
    }

    pub fn mark(&self) -> String {
        char::from(b'a' + self.number as u8).to_string()
    }

    pub fn process_name(&self) -> String {
        format!("m-{}-1", self.number + 1)
    }

    pub fn monotonic(now: i64) -> Duration {
        Duration::from_secs(10_000 + now as u64)
    }

    pub fn wall_ms(&self, now: i64) -> i64 {
        let off = if self.is_confirmed && self.skew.abs() > 2 { 0 } else { self.skew };
        (START + now + off) * 1_000
    }

    /// A reply came: it shows the server's time.
    pub fn learn(&mut self) {
        self.clock_moved = !self.is_confirmed && self.skew.abs() > 2;
        self.is_confirmed = true;
    }

    /// One step of the code under test.
    pub fn step(&mut self, event: Event, settings: &Settings, now: i64, trusts_its_clock: bool) -> Action {
        let (wall_ms, process_name) = (self.wall_ms(now), self.process_name());
        let Page { session, random, number, .. } = self;
        let mut chance = || {
            *random += 1;
            (*number as u64 + 1) << 16 | *random
        };
        let mut now = Now {
            settings,
            layout: &LAYOUT,
            format: &FORMAT,
            key: "k",
            serializer: None,
            stats: &STATS,
            wall_ms,
            is_confirmed: self.is_confirmed || trusts_its_clock,
            clock_moved: std::mem::take(&mut self.clock_moved),
            monotonic: Page::monotonic(now),
            left: Duration::from_secs(5),
            is_failing: false,
            process: *number as u32 + 1,
            process_name: &process_name,
            random: &mut chance,
            nonce: &mut || None,
        };
        let action = session.step(event, &mut now);
        let held = self.session.lock.as_ref().filter(|lease| lease.held.is_some());
        match (held, &self.keeper) {
            (Some(lease), Some(keeper)) if keeper.is_of(lease) => {}
            (Some(lease), _) => {
                self.keeper = Some(Keeper::new(lease));
                self.confirmed = lease.asked.as_secs() as i64 - 10_000;
            }
            (None, _) => self.keeper = None,
        }
        action
    }

    /// What PHP calls for the next deed.
    pub fn call(&mut self, deed: Deed) -> Call {
        let shown = self.shown.clone().unwrap_or_default();
        let data = |text: &str| Data::from(text.as_bytes().to_vec());
        match deed {
            Deed::Created => Call::Created,
            Deed::Validate => Call::Validate,
            Deed::Read => Call::Read,
            Deed::Write => {
                self.handed = format!("{shown}{}{}|i:1;", self.mark(), self.at);
                Call::Write(data(&self.handed))
            }
            Deed::WriteUnchanged => {
                self.handed = shown;
                Call::Write(data(&self.handed))
            }
            Deed::Empty => {
                self.handed = format!("{}{}|i:1;", self.mark(), self.at);
                Call::Write(data(&self.handed))
            }
            Deed::Touch => Call::Touch(data(&shown)),
            Deed::Destroy => Call::Destroy,
            Deed::Close => Call::Close,
        }
    }

    /// PHP takes the end of a call.
    pub fn told(&mut self, deed: Deed, result: &Result<Value>, epoch: u8) {
        match (deed, result) {
            (Deed::Read, Ok(Value::Data(data))) => {
                self.shown = Some(String::from_utf8_lossy(data).into_owned());
                let is_there = matches!(&self.session.known, Known::Read(read) if read.session.is_some());
                self.epoch = is_there.then_some(epoch);
                (self.has_failed, self.has_read) = (false, true);
            }
            (Deed::Read, _) => (self.shown, self.has_failed) = (None, true),
            // PHP keeps what it has changed, whatever became of it.
            (Deed::Write | Deed::Empty, _) => self.shown = Some(self.handed.clone()),
            _ => {}
        }
        self.at += 1;
    }
}

/// The answer to a GetItem or a change, as the machine takes it.
#[derive(Clone, Debug)]
pub enum Answer {
    Got(Result<Fetched>),
    Changed(Result<Outcome>),
}

impl From<Answer> for Event {
    fn from(answer: Answer) -> Event {
        match answer {
            Answer::Got(fetched) => Event::Got(fetched),
            Answer::Changed(outcome) => Event::Changed(outcome),
        }
    }
}

/// The settings of a page.
pub fn settings(script: &Script) -> Settings {
    let mut settings = Settings {
        locking: script.locking,
        session_lifetime: LIFE as u64,
        touch_interval: 0,
        lock_lifetime: Duration::from_secs(4),
        max_lock_wait_time: Duration::from_secs(6),
        ..Settings::defaults()
    };
    (script.change)(&mut settings);
    settings
}
