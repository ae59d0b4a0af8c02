//! What a handler works with.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::format::{self, Format, Protection};
use super::item::Layout;
use super::renewal::Renewals;
use super::store::Store;
use crate::clock::CorrectedClock;
use crate::config::Settings;
use crate::dynamodb::AttributeValue;
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
        })
    }
}

impl Context {
    /// The attribute for these data in the item of this key; `None` for an empty session.
    pub(super) fn encode(&self, data: &[u8], key: &str) -> Result<Option<AttributeValue>, Cause> {
        let nonce = self.format.nonce(&**self.clock.machine());
        if nonce.is_some() {
            self.stats.encryptions.count();
        }
        format::encode(data, &self.format, key, nonce)
    }

    /// The data in an attribute of the item of this key.
    pub(super) fn decode(&self, value: AttributeValue, key: &str) -> Result<Vec<u8>, Cause> {
        let decoded = format::decode(value, &self.format, key)?;
        match decoded.protection {
            Protection::OtherKey => self.stats.other_key_reads.count(),
            Protection::None if self.format.keys.is_some() => self.stats.unencrypted_reads.count(),
            Protection::FirstKey | Protection::None => {}
        }
        Ok(decoded.data)
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
