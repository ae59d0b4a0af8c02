//! Keeps the locks of living holders, in the background: PHP may be busy for minutes.
//!
//! One thread a process, made by the first lock and asleep while none needs renewing. It has no part in anything
//! else: a lock that it could not renew is noticed by the fence of the holder's next write. [`Keeper`] decides, the thread
//! performs.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::context::Context;
use super::item::Layout;
use super::lease::{Lease, LockedItem};
use super::lock;
use super::store::Store;
use crate::clock::CorrectedClock;
use crate::dynamodb::{Outcome, Refused, Update};
use crate::error::Result;
use crate::per_process::PerProcess;

/// The longest nap of the thread while a lock is held: the clock that counts also counts suspended time.
const NAP: Duration = Duration::from_secs(1);

/// After a renewal that failed, the next one comes this much later.
const AGAIN: Duration = Duration::from_millis(250);

/// A holder's lock is renewed for at most this long per acquisition.
const LONGEST_RENEWAL: Duration = Duration::from_secs(3_600);

/// When one lock is renewed, and by what. Pure.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Keeper {
    lease: Lease,
    /// Monotonic time of the last renewal that was served, as it was sent.
    confirmed: Duration,
    not_before: Duration,
    is_lock_made: bool,
    is_lost: bool,
    /// The lock's end as the last renewal has set it (epoch ms).
    until_ms: i64,
    /// A clock that a reply has shown to be wrong has set that end.
    is_wrong: bool,
}

impl Keeper {
    /// Of a lock that was just taken.
    pub fn new(lease: &Lease) -> Self {
        let made = lease.held.as_ref().map(|held| held.item);
        Keeper {
            confirmed: lease.asked,
            not_before: Duration::ZERO,
            is_lock_made: matches!(made, Some(LockedItem::LockMade | LockedItem::LockMadeAmongOthers)),
            is_lost: false,
            until_ms: 0,
            is_wrong: false,
            lease: lease.clone(),
        }
    }

    /// Whether it is this lock that it keeps.
    pub fn is_of(&self, lease: &Lease) -> bool {
        self.lease.owner == lease.owner
    }

    /// When the lock has to be renewed next (monotonic), if it still may be.
    pub fn due(&self) -> Option<Duration> {
        let next = self.confirmed + self.lease.lifetime / 3;
        let wanted = !self.is_lost && next <= self.lease.asked + LONGEST_RENEWAL;
        wanted.then(|| next.max(self.not_before))
    }

    /// The renewal that is sent at `now_ms` (corrected epoch milliseconds).
    pub fn update(&mut self, layout: &Layout, now_ms: i64) -> Update {
        let until_ms = lock::until(now_ms, self.lease.lifetime);
        let update = match self.is_wrong {
            true => lock::correct(&self.lease, self.until_ms, until_ms),
            false => lock::renew(&self.lease, until_ms),
        };
        self.until_ms = until_ms;
        if self.is_lock_made { lock::only_lock_made(layout, update, until_ms) } else { update }
    }

    /// What became of the renewal that was sent at `sent`; both times are monotonic. Whether there is another one to send
    /// at once.
    pub fn ended(&mut self, sent: Duration, now: Duration, outcome: &Result<Outcome>, clock_moved: bool) -> bool {
        match outcome {
            Ok(Outcome::Done(_)) => {
                self.confirmed = self.confirmed.max(sent);
                self.is_wrong = clock_moved;
                clock_moved
            }
            Ok(Outcome::Refused(Refused { item, .. })) => {
                self.is_wrong = false;
                let is_ours = item.as_ref().is_some_and(|item| self.lease.fence().holds(Some(item)));
                let is_unknown = item.is_none();
                if self.is_lock_made && (is_ours || is_unknown) {
                    // Somebody without a lock has put a session where there was none; or the reply does not say.
                    self.is_lock_made = false;
                    return true;
                }
                if is_ours && clock_moved {
                    // The clock that has judged which end is later was wrong.
                    return true;
                }
                self.is_lost = !is_ours;
                // A later renewal has moved the lock's end further than this one.
                self.confirmed = self.confirmed.max(sent);
                false
            }
            Err(_) => {
                self.not_before = now + AGAIN;
                false
            }
        }
    }
}

/// The locks that want renewing, of each process its own: a fork may come while the thread has the list locked.
#[derive(Debug)]
pub struct Renewals {
    own: PerProcess<Arc<Own>>,
    in_background: bool,
}

/// A lock is renewed while this lives.
#[derive(Debug)]
pub struct Renewal {
    owner: Arc<String>,
}

/// Those of one process.
#[derive(Debug, Default)]
struct Own {
    list: Mutex<List>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct List {
    kept: HashMap<String, Kept>,
    has_thread: bool,
    is_idle: bool,
}

#[derive(Clone, Debug)]
struct Kept {
    key: String,
    keeper: Keeper,
    wanted: Weak<String>,
    store: Arc<dyn Store>,
    layout: Arc<Layout>,
    clock: Arc<CorrectedClock>,
    timeout: Duration,
}

impl Default for Renewals {
    /// A thread renews.
    fn default() -> Self {
        Renewals { own: PerProcess::new(|_| Arc::default()), in_background: true }
    }
}

impl Renewal {
    /// Whether it is this lock that is renewed.
    pub fn is_of(&self, lease: &Lease) -> bool {
        *self.owner == lease.owner
    }
}

impl Renewals {
    /// Only [`Renewals::turn`] renews: for tests.
    pub fn by_hand() -> Self {
        Renewals { in_background: false, ..Renewals::default() }
    }

    /// From now on, until its end, this lock is renewed.
    pub fn keep(&self, key: &str, lease: &Lease, context: &Context) -> Renewal {
        let own = self.own.get();
        let renewal = Renewal { owner: Arc::new(lease.owner.clone()) };
        let kept = Kept {
            key: key.to_owned(),
            keeper: Keeper::new(lease),
            wanted: Arc::downgrade(&renewal.owner),
            store: Arc::clone(&context.store),
            layout: Arc::clone(&context.layout),
            clock: Arc::clone(&context.clock),
            timeout: context.settings.timeout.min(lease.lifetime / 3),
        };
        let mut list = own.list();
        list.kept.insert(lease.owner.clone(), kept);
        if !self.in_background {
            return renewal;
        }
        if !list.has_thread {
            let own = Arc::clone(own);
            // A process without the thread still has its lease: it only is not prolonged.
            list.has_thread = crate::background::spawn("dynamosess-lock", move || own.run());
        } else if list.is_idle || lease.lifetime / 3 < NAP {
            own.changed.notify_one();
        }
        renewal
    }

    /// Renews what is due; how long until the next is.
    pub fn turn(&self) -> Option<Duration> {
        self.own.get().turn()
    }
}

impl Own {
    fn run(&self) {
        loop {
            let nap = self.turn();
            let mut list = self.list();
            // A lock may have come since.
            list.is_idle = nap.is_none() && list.kept.is_empty();
            if list.is_idle {
                drop(self.changed.wait(list));
            } else {
                drop(self.changed.wait_timeout(list, nap.unwrap_or_default().min(NAP)));
            }
        }
    }

    fn turn(&self) -> Option<Duration> {
        let due: Vec<Kept> = {
            let mut list = self.list();
            list.kept.retain(|_, kept| kept.wait().is_some());
            list.kept.values().filter(|kept| kept.wait() == Some(Duration::ZERO)).cloned().collect()
        };
        for mut kept in due {
            kept.renew();
            if let Some(listed) = self.list().kept.get_mut(&kept.keeper.lease.owner) {
                listed.keeper = kept.keeper;
            }
        }
        self.list().kept.values().filter_map(Kept::wait).min()
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// How long until it is due; `None`: never again.
    fn wait(&self) -> Option<Duration> {
        self.wanted.upgrade()?;
        Some(self.keeper.due()?.saturating_sub(self.monotonic()))
    }

    fn renew(&mut self) {
        for _ in 0..3 {
            if self.wanted.upgrade().is_none() {
                return;
            }
            let (sent, offset) = (self.monotonic(), self.clock.offset_ms());
            let update = self.keeper.update(&self.layout, self.clock.now_ms());
            let outcome = self.store.update(&self.key, &update, &self.clock.deadline(self.timeout));
            let clock_moved = self.clock.offset_ms() != offset;
            if !self.keeper.ended(sent, self.monotonic(), &outcome, clock_moved) {
                return;
            }
        }
    }

    fn monotonic(&self) -> Duration {
        self.clock.machine().monotonic()
    }
}
