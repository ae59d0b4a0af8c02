//! Keeps the locks of living holders, in the background: PHP may be busy for minutes.
//!
//! One thread a process, made by the first lock and asleep while none needs renewing. It has no part in anything
//! else: a lock that it could not renew is noticed by the fence of the holder's next write.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::lock::{Lease, renew};
use super::store::Store;
use crate::clock::{CorrectedClock, Deadline};
use crate::dynamodb::Outcome;

/// The locks of one process that want renewing.
#[derive(Debug, Default)]
pub struct Renewals {
    leases: Mutex<HashMap<String, Kept>>,
    changed: Condvar,
    thread_of: Mutex<Option<u32>>,
}

#[derive(Clone, Debug)]
struct Kept {
    lease: Weak<Lease>,
    store: Arc<dyn Store>,
    clock: Arc<CorrectedClock>,
    timeout: Duration,
}

impl Renewals {
    /// From now on, until its end, this lock is renewed.
    pub fn keep(
        self: &Arc<Self>,
        lease: &Arc<Lease>,
        store: &Arc<dyn Store>,
        clock: &Arc<CorrectedClock>,
        timeout: Duration,
    ) {
        let kept = Kept { lease: Arc::downgrade(lease), store: Arc::clone(store), clock: Arc::clone(clock), timeout };
        self.start_thread();
        let mut leases = lock(&self.leases);
        leases.insert(lease.owner.clone(), kept);
        // The thread sleeps until the soonest renewal it knew of; only a sooner one has to wake it.
        if leases.len() == 1 {
            self.changed.notify_one();
        }
    }

    /// A thread does not live on in a forked child.
    fn start_thread(self: &Arc<Self>) {
        let process = std::process::id();
        let mut thread_of = lock(&self.thread_of);
        if *thread_of == Some(process) {
            return;
        }
        let this = Arc::clone(self);
        // A process without the thread still has its lease: it only is not prolonged.
        let started = crate::background::spawn("dynamosess-lock", move || this.run());
        if started {
            *thread_of = Some(process);
        }
    }

    fn run(&self) {
        let mut leases = lock(&self.leases);
        loop {
            leases.retain(|_, kept| kept.next().is_some());
            let soonest =
                leases.values().filter_map(|kept| Some((kept.next()?, kept.clone()))).min_by_key(|(next, _)| *next);
            leases = match soonest {
                None => self.changed.wait(leases).unwrap_or_else(PoisonError::into_inner),
                Some((next, kept)) => {
                    let now = kept.clock.machine().monotonic();
                    if next > now {
                        // At most a second at a time: the clock that counts also counts suspended time.
                        let nap = (next - now).min(Duration::from_secs(1));
                        self.changed.wait_timeout(leases, nap).unwrap_or_else(PoisonError::into_inner).0
                    } else {
                        drop(leases);
                        kept.renew();
                        lock(&self.leases)
                    }
                }
            };
        }
    }
}

impl Kept {
    fn next(&self) -> Option<Duration> {
        self.lease.upgrade()?.renewal()
    }

    /// One renewal. A failure is tried again at the next turn, a little later; a refusal ends it.
    fn renew(&self) {
        let Some(lease) = self.lease.upgrade() else {
            return;
        };
        let machine = self.clock.machine();
        let sent = machine.monotonic();
        let deadline = Deadline::after(&**machine, self.timeout.min(lease.lifetime / 3));
        let update = renew(&lease.owner, self.clock.now_ms(), lease.lifetime);
        match self.store.update(&lease.key, &update, &deadline) {
            Ok(Outcome::Done(_)) => lease.confirm(sent),
            Ok(Outcome::Refused(_)) => lease.give_up(),
            Err(_) => machine.sleep(Duration::from_millis(250)),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
