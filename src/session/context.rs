//! What a handler works with.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::format::Format;
use super::item::Layout;
use super::renewal::Renewals;
use super::store::Store;
use crate::clock::CorrectedClock;
use crate::config::Settings;
use crate::error::{self, Cause, Error, Place};
use crate::stats::Stats;

/// What a handler works with; the same for every session that has the same settings.
#[derive(Clone, Debug)]
pub struct Context {
    /// The settings in force.
    pub settings: Arc<Settings>,
    /// The attributes' names.
    pub layout: Arc<Layout>,
    /// How data are written and read.
    pub format: Arc<Format>,
    /// Where the items are.
    pub store: Arc<dyn Store>,
    /// The process's corrected clock.
    pub clock: Arc<CorrectedClock>,
    /// The process's counters.
    pub stats: Arc<Stats>,
    /// The process's lock renewal.
    pub renewals: Arc<Renewals>,
    /// The request's memory of a total failure.
    pub outage: Arc<Outage>,
    /// What the last operations on this table have shown.
    pub trail: Arc<Trail>,
}

/// What operations leave behind for later ones.
#[derive(Debug, Default)]
pub struct Trail {
    /// Moves with every change that is asked for, also one that fails: what was read before it, or meanwhile, may be old.
    changes: AtomicU64,
    /// The last operation has failed.
    is_failing: AtomicBool,
}

impl Context {
    /// With counters, lock renewal and memory of failures of its own. The attributes' names must be different from one
    /// another: else a [`Cause::Setting`].
    pub fn new(settings: Settings, store: Arc<dyn Store>, clock: Arc<CorrectedClock>) -> Result<Context, Cause> {
        Ok(Context {
            layout: Arc::new(Layout::new(&settings)?),
            format: Arc::new(Format::new(&settings)?),
            settings: Arc::new(settings),
            store,
            clock,
            stats: Arc::default(),
            renewals: Arc::default(),
            outage: Arc::default(),
            trail: Arc::default(),
        })
    }

    /// A number that moves with every change to a session that is asked for here.
    pub(super) fn changes(&self) -> u64 {
        self.trail.changes.load(Relaxed)
    }

    /// Whether the last operation on the table has failed.
    pub(super) fn is_failing(&self) -> bool {
        self.trail.is_failing.load(Relaxed)
    }

    /// Asks for a change to a session.
    pub(super) fn change<T>(&self, change: impl FnOnce(&dyn Store) -> error::Result<T>) -> error::Result<T> {
        self.trail.changes.fetch_add(1, Relaxed);
        let changed = self.note(change(&*self.store));
        self.trail.changes.fetch_add(1, Relaxed);
        changed
    }

    /// Takes note of whether an operation has failed.
    pub(super) fn note<T>(&self, result: error::Result<T>) -> error::Result<T> {
        self.trail.is_failing.store(result.is_err(), Relaxed);
        result
    }
}

/// After a total failure, later operations of the same request on the same table fail at once instead of waiting again.
#[derive(Debug, Default)]
pub struct Outage(Mutex<Vec<Down>>);

/// A table that could not be reached.
#[derive(Debug)]
struct Down {
    place: Place,
    since: Duration,
    error: Error,
}

impl Outage {
    /// A new request tries anew.
    pub fn forget(&self) {
        self.down().clear();
    }

    /// The failure, unless it is older than `age`: in a worker that serves many pages in one request it must end too.
    pub(super) fn check(&self, place: &Place, now: Duration, age: Duration) -> error::Result<()> {
        let down = self.down();
        let found = down.iter().find(|down| down.place == *place && now.saturating_sub(down.since) < age);
        found.map_or(Ok(()), |down| Err(down.error.clone()))
    }

    pub(super) fn note(&self, place: &Place, now: Duration, error: &Error) {
        let total = matches!(
            error.cause,
            Cause::Dns(_)
                | Cause::Connect(_)
                | Cause::Tls(_)
                | Cause::Timeout(_)
                | Cause::Lost(_)
                | Cause::NoCredentials(_)
                | Cause::Credentials { .. }
        );
        if total {
            let mut down = self.down();
            down.retain(|known| known.place != *place);
            down.push(Down { place: place.clone(), since: now, error: error.clone() });
        }
    }

    fn down(&self) -> MutexGuard<'_, Vec<Down>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
