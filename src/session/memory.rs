//! The in-memory store: what the tests of the core run on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::store::Store;
use crate::clock::{CorrectedClock, Deadline};
use crate::dynamodb::{AttributeValue, Condition, Fetched, Item, Outcome, Refused, ScanPage, Update};
use crate::error::{Cause, Error, Place, Result};

/// Items by key, and a record of what was asked.
#[derive(Debug)]
pub struct MemoryStore {
    clock: Arc<CorrectedClock>,
    place: Place,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    items: BTreeMap<String, Item>,
    calls: Vec<&'static str>,
    faults: Vec<Fault>,
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
        MemoryStore { clock, place, state: Mutex::default() }
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

    /// The next call meets this; faults queue up.
    pub fn fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one call under the fault that waits for it, if any. The call is told whether it is a repetition.
    fn call<T>(&self, name: &'static str, mut act: impl FnMut(&mut BTreeMap<String, Item>, bool) -> T) -> Result<T> {
        let mut state = self.state();
        state.calls.push(name);
        let fault = (!state.faults.is_empty()).then(|| state.faults.remove(0));
        match fault {
            None => Ok(act(&mut state.items, false)),
            Some(Fault::AnswerLost) => {
                act(&mut state.items, false);
                state.calls.push(name);
                Ok(act(&mut state.items, true))
            }
            Some(Fault::Fails(cause)) => Err(Error::new(name, cause)),
            Some(Fault::ServedThenFails(cause)) => {
                act(&mut state.items, false);
                Err(Error::new(name, cause))
            }
        }
    }

    fn refused(&self, item: Option<&Item>, repeated: bool) -> Outcome {
        Outcome::Refused(Refused { item: item.cloned(), now: self.clock.now(), repeated })
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &str, _consistent: bool, _deadline: &Deadline) -> Result<Fetched> {
        self.call("GetItem", |items, _| Fetched { item: items.get(key).cloned(), now: self.clock.now() })
    }

    fn update(&self, key: &str, update: &Update, _deadline: &Deadline) -> Result<Outcome> {
        self.call("UpdateItem", |items, repeated| {
            let old = items.get(key);
            if !update.condition.as_ref().is_none_or(|condition| condition.holds(old)) {
                return self.refused(old, repeated);
            }
            let item = items
                .entry(key.to_owned())
                .or_insert_with(|| Item::from([(self.place.hash_key.clone(), AttributeValue::String(key.to_owned()))]));
            update.apply(item);
            Outcome::Done(update.return_new.then(|| item.clone()))
        })
    }

    fn delete(&self, key: &str, condition: Option<&Condition>, _deadline: &Deadline) -> Result<Outcome> {
        self.call("DeleteItem", |items, repeated| {
            let old = items.get(key);
            if !condition.is_none_or(|condition| condition.holds(old)) {
                return self.refused(old, repeated);
            }
            items.remove(key);
            Outcome::Done(None)
        })
    }

    fn scan(&self, filter: &Condition, _start: Option<&Item>, _deadline: &Deadline) -> Result<ScanPage> {
        self.call("Scan", |items, _| {
            let found = items.iter().filter(|(_, item)| filter.holds(Some(item)));
            ScanPage { keys: found.map(|(key, _)| key.clone()).collect(), next: None }
        })
    }

    fn place(&self) -> &Place {
        &self.place
    }
}
