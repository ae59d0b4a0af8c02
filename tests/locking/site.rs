//! One table, several requests, and what others do while somebody sleeps.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use dynamosess::clock::{Clock, CorrectedClock};
use dynamosess::config::Settings;
use dynamosess::dynamodb::{AttributeValue, Item};
use dynamosess::error::{Cause, Result};
use dynamosess::session::item::LOCK;
use dynamosess::session::renewal::Renewals;
use dynamosess::session::{Context, Handler};
use dynamosess::testing::ManualClock;
use dynamosess::testing::memory::{MemoryStore, Telling};

pub const NOW: u64 = 1_800_000_000;
pub const SECOND: Duration = Duration::from_secs(1);

/// What somebody does, and at which monotonic time.
pub type Deed = (Duration, Box<dyn FnOnce()>);

thread_local! {
    /// What others do while somebody sleeps.
    static MEANWHILE: RefCell<Vec<Deed>> = const { RefCell::new(Vec::new()) };
}

/// A manual clock on which others act during a sleep.
#[derive(Debug)]
pub struct Shared(pub ManualClock);

impl Clock for Shared {
    fn wall(&self) -> Duration {
        self.0.wall()
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    fn sleep(&self, time: Duration) {
        let end = self.0.monotonic() + time;
        loop {
            let due = MEANWHILE.with_borrow_mut(|all| {
                let next = (0..all.len()).filter(|at| all[*at].0 <= end).min_by_key(|at| all[*at].0)?;
                Some(all.remove(next))
            });
            let Some((at, act)) = due else { break };
            self.0.advance(at.saturating_sub(self.0.monotonic()));
            act();
        }
        self.0.advance(end.saturating_sub(self.0.monotonic()));
    }

    fn random(&self) -> u64 {
        self.0.random()
    }

    fn nonce(&self) -> Option<[u8; 12]> {
        self.0.nonce()
    }
}

/// One table and several requests, each on a node of its own unless said otherwise.
pub struct Site {
    pub clock: Arc<Shared>,
    pub corrected: Arc<CorrectedClock>,
    pub store: Arc<MemoryStore>,
    pub renewals: Arc<Renewals>,
    pub settings: Settings,
}

impl Site {
    pub fn new() -> Self {
        Site::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Settings)) -> Self {
        MEANWHILE.with_borrow_mut(Vec::clear);
        let clock = Arc::new(Shared(ManualClock::at(NOW)));
        let corrected = Arc::new(CorrectedClock::new(Arc::clone(&clock) as _));
        let store = Arc::new(MemoryStore::new(Arc::clone(&corrected)));
        let mut settings = Settings { locking: true, lock_lifetime: SECOND * 60, ..Settings::defaults() };
        change(&mut settings);
        Site { clock, corrected, store, renewals: Arc::new(Renewals::by_hand()), settings }
    }

    pub fn context(&self, settings: &Settings) -> Context {
        let store = Arc::clone(&self.store) as _;
        let context = Context::new(settings.clone(), store, Arc::clone(&self.corrected)).unwrap();
        Context { renewals: Arc::clone(&self.renewals), ..context }
    }

    /// A request with a session opened.
    pub fn request(&self) -> Handler {
        self.request_with(&self.settings)
    }

    pub fn request_with(&self, settings: &Settings) -> Handler {
        let context = self.context(settings);
        let mut handler = Handler::new(context.clone());
        handler.open(context, "", None);
        handler
    }

    /// A whole page that stores these data.
    pub fn page(&self, data: &[u8]) -> Result<()> {
        let mut handler = self.request();
        handler.read(b"v")?;
        handler.write(b"v", data)?;
        handler.close();
        Ok(())
    }

    pub fn store(&self) -> &MemoryStore {
        &self.store
    }

    pub fn item(&self) -> Item {
        self.store().item("v").unwrap()
    }

    pub fn is_locked(&self) -> bool {
        self.store().item("v").is_some_and(|item| item.contains_key(LOCK))
    }

    pub fn data(&self) -> Vec<u8> {
        match self.item().get("data") {
            Some(AttributeValue::Binary(bytes)) => bytes.clone(),
            _ => Vec::new(),
        }
    }

    /// The calls since the last look.
    pub fn calls(&self) -> Vec<&'static str> {
        let calls = self.store().calls();
        self.store().forget_calls();
        calls
    }

    /// The read and write units since the last look.
    pub fn units(&self) -> (usize, usize) {
        let bill = self.store.take_bill();
        (bill.half_read_units / 2, bill.write_units)
    }

    /// The table as another machine sees it, whose clock is so many seconds ahead.
    pub fn behind_a_clock_that_is_off_by(&self, off_by: i64) -> Telling {
        let machine = Arc::new(Shared(ManualClock::at(NOW.saturating_add_signed(off_by))));
        let clock = Arc::new(CorrectedClock::new(machine));
        Telling { store: Arc::clone(&self.store), off_by, clock }
    }

    /// Somebody acts so much later, while another sleeps.
    pub fn after(&self, time: Duration, act: impl FnOnce() + 'static) {
        let at = self.clock.monotonic() + time;
        MEANWHILE.with_borrow_mut(|all| all.push((at, Box::new(act))));
    }

    /// Time passes for all, PHP's thread included; nothing is renewed.
    pub fn stall(&self, time: Duration) {
        self.clock.0.advance(time);
    }

    /// Time passes, and the renewal thread does its work.
    pub fn work(&self, time: Duration) {
        for _ in 0..time.as_secs() {
            self.clock.0.advance(SECOND);
            self.renewals.turn();
        }
    }

    /// The AWS SDK's lock.
    pub fn lock_as_sdk(&self, expires_in: i64) {
        self.store().put(
            "v",
            Item::from([
                ("data".to_owned(), AttributeValue::String("n|i:1;".into())),
                ("expires".to_owned(), AttributeValue::number(self.corrected.now() + expires_in)),
                (LOCK.to_owned(), AttributeValue::number(1)),
            ]),
        );
    }
}

pub fn trouble() -> Cause {
    Cause::Service { status: 500, code: "InternalServerError".into(), message: String::new() }
}

pub fn cause<T: std::fmt::Debug>(result: Result<T>) -> Cause {
    result.unwrap_err().cause
}
