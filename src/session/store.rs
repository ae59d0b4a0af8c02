//! Where items are.

use std::fmt::Debug;
use std::sync::Arc;

use crate::clock::Deadline;
use crate::dynamodb::{Client, Condition, Fetched, InFlight, Item, Outcome, ScanPage, Update};
use crate::error::{Place, Result};
use crate::stats::{Histogram, Stats};

/// A table of items, with DynamoDB's promises. Both stores pass one conformance suite (`tests/conformance`).
pub trait Store: Send + Sync + Debug {
    /// Reads one item; eventually consistent unless told otherwise.
    fn get(&self, key: &str, consistent: bool, deadline: &Deadline) -> Result<Fetched>;

    /// Changes or creates one item.
    fn update(&self, key: &str, update: &Update, deadline: &Deadline) -> Result<Outcome>;

    /// Deletes one item; a missing one is deleted already.
    fn delete(&self, key: &str, condition: Option<&Condition>, deadline: &Deadline) -> Result<Outcome>;

    /// Deletes several items on one condition, where that can be all at once. Each is tried once: `None` is for the
    /// caller to repeat.
    fn delete_each(&self, keys: &[String], condition: &Condition, deadline: &Deadline) -> Vec<Option<Outcome>> {
        keys.iter().map(|key| self.delete(key, Some(condition), deadline).ok()).collect()
    }

    /// One page of the keys of items for which `filter` holds.
    fn scan(&self, filter: &Condition, start: Option<&Item>, deadline: &Deadline) -> Result<ScanPage>;

    /// Begins a read in the background; `None` where that cannot be done.
    fn begin_get(&self, _key: &str, _consistent: bool, _deadline: &Deadline) -> Option<InFlight> {
        None
    }

    /// The end of [`Store::begin_get`].
    fn finish_get(&self, key: &str, _begun: InFlight, deadline: &Deadline) -> Result<Fetched> {
        self.get(key, true, deadline)
    }

    /// For messages.
    fn place(&self) -> &Place;
}

/// A DynamoDB table.
#[derive(Debug)]
pub struct DynamoDbStore {
    client: Arc<Client>,
}

impl DynamoDbStore {
    /// The table that the client's place names.
    pub fn new(client: Arc<Client>) -> Self {
        DynamoDbStore { client }
    }

    /// Measures a call, whether it succeeds or not.
    fn timed<T>(&self, histogram: impl FnOnce(&Stats) -> &Histogram, call: impl FnOnce() -> T) -> T {
        let machine = self.client.clock.machine();
        let started = machine.monotonic();
        let result = call();
        histogram(&self.client.stats).took(machine.monotonic().saturating_sub(started));
        result
    }
}

impl Store for DynamoDbStore {
    fn get(&self, key: &str, consistent: bool, deadline: &Deadline) -> Result<Fetched> {
        self.timed(|stats| &stats.read_duration, || self.client.get_item(key, consistent, deadline))
    }

    fn update(&self, key: &str, update: &Update, deadline: &Deadline) -> Result<Outcome> {
        self.timed(|stats| &stats.write_duration, || self.client.update_item(key, update, deadline))
    }

    fn delete(&self, key: &str, condition: Option<&Condition>, deadline: &Deadline) -> Result<Outcome> {
        self.timed(|stats| &stats.write_duration, || self.client.delete_item(key, condition, deadline))
    }

    fn delete_each(&self, keys: &[String], condition: &Condition, deadline: &Deadline) -> Vec<Option<Outcome>> {
        self.client.delete_each(keys, condition, deadline)
    }

    fn scan(&self, filter: &Condition, start: Option<&Item>, deadline: &Deadline) -> Result<ScanPage> {
        self.client.scan_keys(filter, start, deadline)
    }

    fn begin_get(&self, key: &str, consistent: bool, deadline: &Deadline) -> Option<InFlight> {
        self.client.begin_get_item(key, consistent, deadline)
    }

    fn finish_get(&self, key: &str, begun: InFlight, deadline: &Deadline) -> Result<Fetched> {
        self.timed(|stats| &stats.read_duration, || self.client.finish_get_item(key, begun, deadline))
    }

    fn place(&self) -> &Place {
        &self.client.place
    }
}
