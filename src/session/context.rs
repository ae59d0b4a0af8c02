//! What a handler works with.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::item::Layout;
use super::renewal::Renewals;
use super::store::Store;
use crate::clock::CorrectedClock;
use crate::config::Settings;
use crate::error::{Cause, Error, Result};
use crate::stats::Stats;

/// What a handler works with; the same for every session that has the same settings.
#[derive(Clone, Debug)]
pub struct Context {
    /// The settings in force.
    pub settings: Arc<Settings>,
    /// The attributes' names.
    pub layout: Arc<Layout>,
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
}

/// After a total failure, later operations of the same request fail at once instead of waiting again.
#[derive(Debug, Default)]
pub struct Outage(Mutex<Option<(Duration, Error)>>);

impl Outage {
    /// A new request tries anew.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The failure, unless it is older than `age`: in a worker that serves many pages in one request it must end too.
    pub(super) fn check(&self, now: Duration, age: Duration) -> Result<()> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((at, error)) if now.saturating_sub(*at) < age => Err(error.clone()),
            _ => Ok(()),
        }
    }

    pub(super) fn note(&self, now: Duration, error: &Error) {
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
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, error.clone()));
        }
    }
}
