//! Keeps the locks of living holders, in the background: PHP may be busy for minutes.
//!
//! One thread a process, made by the first lock and asleep while none needs renewing. It has no part in anything
//! else: a lock that it could not renew is noticed by the fence of the holder's next write.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::lock::{self, Lease};
use super::store::Store;
use crate::clock::{CorrectedClock, Deadline};
use crate::dynamodb::Outcome;
use crate::error::Result;
use crate::per_process::PerProcess;

/// The longest nap of the thread while a lock is held: the clock that counts also counts suspended time.
const NAP: Duration = Duration::from_secs(1);

/// After a renewal that failed, the next one comes this much later.
const AGAIN: Duration = Duration::from_millis(250);

/// The locks that want renewing, of each process its own: a fork may come while the thread has the list locked.
#[derive(Debug)]
pub struct Renewals {
    own: PerProcess<Arc<Own>>,
    in_background: bool,
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
    lease: Weak<Lease>,
    store: Arc<dyn Store>,
    clock: Arc<CorrectedClock>,
    timeout: Duration,
    not_before: Duration,
}

impl Default for Renewals {
    /// A thread renews.
    fn default() -> Self {
        Renewals { own: PerProcess::new(|_| Arc::default()), in_background: true }
    }
}

impl Renewals {
    /// Only [`Renewals::turn`] renews: for tests.
    pub fn by_hand() -> Self {
        Renewals { in_background: false, ..Renewals::default() }
    }

    /// From now on, until its end, this lock is renewed.
    pub fn keep(&self, lease: &Arc<Lease>, store: &Arc<dyn Store>, clock: &Arc<CorrectedClock>, timeout: Duration) {
        let own = self.own.get();
        let kept = Kept {
            lease: Arc::downgrade(lease),
            store: Arc::clone(store),
            clock: Arc::clone(clock),
            timeout,
            not_before: Duration::ZERO,
        };
        let mut list = own.list();
        list.kept.insert(lease.owner.clone(), kept);
        if !self.in_background {
            return;
        }
        if !list.has_thread {
            let own = Arc::clone(own);
            // A process without the thread still has its lease: it only is not prolonged.
            list.has_thread = crate::background::spawn("dynamosess-lock", move || own.run());
        } else if list.is_idle || lease.lifetime / 3 < NAP {
            own.changed.notify_one();
        }
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
        let due: Vec<_> = {
            let mut list = self.list();
            list.kept.retain(|_, kept| kept.wait().is_some());
            let due = list.kept.iter().filter(|(_, kept)| kept.wait() == Some(Duration::ZERO));
            due.map(|(owner, kept)| (owner.clone(), kept.clone())).collect()
        };
        for (owner, kept) in due {
            if kept.renew().is_err() {
                let not_before = kept.clock.machine().monotonic() + AGAIN;
                if let Some(kept) = self.list().kept.get_mut(&owner) {
                    kept.not_before = not_before;
                }
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
        let next = self.lease.upgrade()?.renewal()?.max(self.not_before);
        Some(next.saturating_sub(self.clock.machine().monotonic()))
    }

    fn renew(&self) -> Result<()> {
        let Some(lease) = self.lease.upgrade() else {
            return Ok(());
        };
        let deadline = self.clock.deadline(self.timeout.min(lease.lifetime / 3));
        renew(&lease, &self.store, &self.clock, &deadline)
    }
}

/// One renewal; a refusal ends them. One more where the answer has shown that our clock was wrong.
pub(super) fn renew(
    lease: &Lease,
    store: &Arc<dyn Store>,
    clock: &Arc<CorrectedClock>,
    deadline: &Deadline,
) -> Result<()> {
    for _ in 0..2 {
        let (sent, now_ms, offset) = (clock.machine().monotonic(), clock.now_ms(), clock.offset_ms());
        match store.update(&lease.key, &lock::renew(lease, now_ms), deadline)? {
            Outcome::Done(_) => lease.confirm(sent, lock::until(now_ms, lease.lifetime)),
            Outcome::Refused(_) => {
                lease.give_up();
                break;
            }
        }
        if clock.offset_ms() == offset {
            break;
        }
    }
    Ok(())
}
