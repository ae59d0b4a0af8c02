//! The in-memory store: what the tests of the core run on. It keeps the bill, too.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::lock;
use crate::clock::{CorrectedClock, Deadline};
use crate::dynamodb::{AttributeValue, Condition, Fetched, Item, Outcome, Refused, ScanPage, Update};
use crate::error::{Cause, Error, MAX_ITEM_BYTES, Place, Result};
use crate::session::Store;

/// Items by key, and a record of what was asked.
#[derive(Debug)]
pub struct MemoryStore {
    clock: Arc<CorrectedClock>,
    place: Place,
    /// Items that one page of a Scan looks at.
    page: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    items: BTreeMap<String, Item>,
    calls: Vec<&'static str>,
    faults: Vec<Fault>,
    bill: Bill,
}

/// What calls cost, by DynamoDB's rules: what is begun is paid in full, what is not there like the smallest item, what
/// is refused like what is done.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// Calls that read.
    pub reads: usize,
    /// Calls that write, or would have.
    pub writes: usize,
    /// Those of them whose condition did not hold.
    pub refused: usize,
    /// Read units, in halves: an eventually consistent read costs half a unit.
    pub half_read_units: usize,
    /// Write units.
    pub write_units: usize,
}

/// What happens to the next call.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// It fails and does nothing.
    Fails(Cause),
    /// It is served, but its answer is lost and the client repeats it.
    AnswerLost,
    /// It is served, and then nothing is heard any more.
    ServedThenFails(Cause),
}

impl MemoryStore {
    /// An empty table.
    pub fn new(clock: Arc<CorrectedClock>) -> Self {
        let place = Place { hash_key: "id".to_owned(), table: "memory".to_owned(), ..Place::default() };
        MemoryStore { clock, place, page: usize::MAX, state: Mutex::default() }
    }

    /// Pages of a Scan look at so many items each.
    #[must_use]
    pub fn with_pages_of(self, page: usize) -> Self {
        MemoryStore { page: page.max(1), ..self }
    }

    /// Puts an item as it stands, as another program would.
    pub fn put(&self, key: &str, mut item: Item) {
        item.insert(self.place.hash_key.clone(), AttributeValue::String(key.to_owned()));
        self.state().items.insert(key.to_owned(), item);
    }

    /// The item as it stands.
    pub fn item(&self, key: &str) -> Option<Item> {
        self.state().items.get(key).cloned()
    }

    /// Every operation asked for so far.
    pub fn calls(&self) -> Vec<&'static str> {
        self.state().calls.clone()
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.state().calls.clear();
    }

    /// What the calls since the last look cost.
    pub fn take_bill(&self) -> Bill {
        std::mem::take(&mut self.state().bill)
    }

    /// The next call meets this; faults queue up.
    pub fn fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Runs one call under the fault that waits for it, if any. The call is told whether it is a repetition, and charges
    /// for itself.
    fn call<T>(&self, name: &'static str, mut act: impl FnMut(&mut Table<'_>, bool) -> T) -> Result<T> {
        let mut state = self.state();
        let State { items, calls, faults, bill } = &mut *state;
        let mut table = Table { items, bill };
        calls.push(name);
        let fault = (!faults.is_empty()).then(|| faults.remove(0));
        // As DynamoDB's `Date` does.
        if !matches!(fault, Some(Fault::Fails(_) | Fault::ServedThenFails(_))) {
            self.clock.learn(self.clock.now());
        }
        match fault {
            None => Ok(act(&mut table, false)),
            Some(Fault::AnswerLost) => {
                act(&mut table, false);
                calls.push(name);
                Ok(act(&mut table, true))
            }
            Some(Fault::Fails(cause)) => Err(Error::new(name, cause)),
            Some(Fault::ServedThenFails(cause)) => {
                act(&mut table, false);
                Err(Error::new(name, cause))
            }
        }
    }

    fn refused(&self, item: Option<&Item>, repeated: bool) -> Outcome {
        Outcome::Refused(Refused { item: item.cloned(), now: self.clock.now(), repeated })
    }
}

/// The items during one call, and what it costs.
struct Table<'a> {
    items: &'a mut BTreeMap<String, Item>,
    bill: &'a mut Bill,
}

impl Table<'_> {
    fn bytes(&self, key: &str) -> usize {
        self.items.get(key).map_or(0, bytes)
    }

    fn charge_read(&mut self, bytes: usize, consistent: bool) {
        self.bill.reads += 1;
        self.bill.half_read_units += bytes.div_ceil(4_096).max(1) * if consistent { 2 } else { 1 };
    }

    fn charge_write(&mut self, key: &str, before: usize, refused: bool) {
        self.bill.writes += 1;
        self.bill.refused += usize::from(refused);
        self.bill.write_units += before.max(self.bytes(key)).div_ceil(1_024).max(1);
    }
}

fn bytes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value.size()).sum()
}

impl Store for MemoryStore {
    fn get(&self, key: &str, consistent: bool, _deadline: &Deadline) -> Result<Fetched> {
        self.call("GetItem", |table, _| {
            table.charge_read(table.bytes(key), consistent);
            Fetched { item: table.items.get(key).cloned(), now: self.clock.now() }
        })
    }

    fn update(&self, key: &str, update: &Update, _deadline: &Deadline) -> Result<Outcome> {
        self.call("UpdateItem", |table, repeated| {
            let old = table.items.get(key);
            if !update.condition.as_ref().is_none_or(|condition| condition.holds(old)) {
                let refused = self.refused(old, repeated);
                table.charge_write(key, 0, true);
                return Ok(refused);
            }
            let mut item = old
                .cloned()
                .unwrap_or_else(|| Item::from([(self.place.hash_key.clone(), AttributeValue::String(key.to_owned()))]));
            update.apply(&mut item);
            if bytes(&item) > MAX_ITEM_BYTES {
                return Err(too_large(&self.place));
            }
            let before = table.bytes(key);
            table.items.insert(key.to_owned(), item.clone());
            table.charge_write(key, before, false);
            Ok(Outcome::Done(update.return_new.then_some(item)))
        })?
    }

    fn delete(&self, key: &str, condition: Option<&Condition>, _deadline: &Deadline) -> Result<Outcome> {
        self.call("DeleteItem", |table, repeated| {
            let old = table.items.get(key);
            if !condition.is_none_or(|condition| condition.holds(old)) {
                let refused = self.refused(old, repeated);
                table.charge_write(key, 0, true);
                return refused;
            }
            let before = table.bytes(key);
            table.items.remove(key);
            table.charge_write(key, before, false);
            Outcome::Done(None)
        })
    }

    fn scan(&self, filter: &Condition, start: Option<&Item>, _deadline: &Deadline) -> Result<ScanPage> {
        let after = start.and_then(|key| key.get(&self.place.hash_key)).cloned();
        self.call("Scan", |table, _| {
            let items = &*table.items;
            let seen = |key: &str| matches!(&after, Some(AttributeValue::String(last)) if key <= last.as_str());
            let left = || items.iter().filter(|(key, _)| !seen(key));
            let page = left().take(self.page).filter(|(_, item)| filter.holds(Some(item)));
            let last = left().nth(self.page.saturating_sub(1)).map(|(key, _)| AttributeValue::String(key.clone()));
            let page = ScanPage {
                keys: page.map(|(key, _)| key.clone()).collect(),
                next: last.map(|last| Item::from([(self.place.hash_key.clone(), last)])),
            };
            let looked_at = left().take(self.page).map(|(_, item)| bytes(item)).sum();
            table.charge_read(looked_at, false);
            page
        })
    }

    fn place(&self) -> &Place {
        &self.place
    }
}

/// The same table as a machine sees it whose clock is off: replies take a while and correct that clock, as DynamoDB's
/// `Date` does.
#[derive(Debug)]
pub struct Telling {
    /// The table.
    pub store: Arc<MemoryStore>,
    /// Seconds by which the machine is ahead.
    pub off_by: i64,
    /// Its corrected clock.
    pub clock: Arc<CorrectedClock>,
}

impl Telling {
    fn learn<T>(&self, reply: T) -> T {
        let machine = self.clock.machine();
        machine.sleep(Duration::from_millis(7));
        self.clock.learn(machine.wall().as_secs() as i64 - self.off_by);
        reply
    }
}

impl Store for Telling {
    fn get(&self, key: &str, consistent: bool, deadline: &Deadline) -> Result<Fetched> {
        self.learn(self.store.get(key, consistent, deadline))
    }

    fn update(&self, key: &str, update: &Update, deadline: &Deadline) -> Result<Outcome> {
        self.learn(self.store.update(key, update, deadline))
    }

    fn delete(&self, key: &str, condition: Option<&Condition>, deadline: &Deadline) -> Result<Outcome> {
        self.learn(self.store.delete(key, condition, deadline))
    }

    fn scan(&self, filter: &Condition, start: Option<&Item>, deadline: &Deadline) -> Result<ScanPage> {
        self.learn(self.store.scan(filter, start, deadline))
    }

    fn place(&self) -> &Place {
        self.store.place()
    }
}

/// In the service's own words.
fn too_large(place: &Place) -> Error {
    let message = "Item size to update has exceeded the maximum allowed size".to_owned();
    let cause = Cause::Service { status: 400, code: "ValidationException".into(), message };
    Error::new("UpdateItem", cause).at(place)
}
