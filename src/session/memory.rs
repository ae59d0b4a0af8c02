//! The in-memory store: what the tests of the core run on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::store::Store;
use crate::clock::{CorrectedClock, Deadline};
use crate::dynamodb::{AttributeValue, Condition, Fetched, Item, Outcome, Refused, ScanPage, Update};
use crate::error::{Cause, Error, MAX_ITEM_BYTES, Place, Result};

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
                return Ok(self.refused(old, repeated));
            }
            let mut item = old
                .cloned()
                .unwrap_or_else(|| Item::from([(self.place.hash_key.clone(), AttributeValue::String(key.to_owned()))]));
            update.apply(&mut item);
            if item.iter().map(|(name, value)| name.len() + value.size()).sum::<usize>() > MAX_ITEM_BYTES {
                return Err(too_large(&self.place));
            }
            items.insert(key.to_owned(), item.clone());
            Ok(Outcome::Done(update.return_new.then_some(item)))
        })?
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

    fn scan(&self, filter: &Condition, start: Option<&Item>, _deadline: &Deadline) -> Result<ScanPage> {
        let after = start.and_then(|key| key.get(&self.place.hash_key)).cloned();
        self.call("Scan", |items, _| {
            let seen = |key: &str| matches!(&after, Some(AttributeValue::String(last)) if key <= last.as_str());
            let left = || items.iter().filter(|(key, _)| !seen(key));
            let page = left().take(self.page).filter(|(_, item)| filter.holds(Some(item)));
            let last = left().nth(self.page.saturating_sub(1)).map(|(key, _)| AttributeValue::String(key.clone()));
            ScanPage {
                keys: page.map(|(key, _)| key.clone()).collect(),
                next: last.map(|last| Item::from([(self.place.hash_key.clone(), last)])),
            }
        })
    }

    fn place(&self) -> &Place {
        &self.place
    }
}

/// In the service's own words.
fn too_large(place: &Place) -> Error {
    let message = "Item size to update has exceeded the maximum allowed size".to_owned();
    let cause = Cause::Service { status: 400, code: "ValidationException".to_owned(), message };
    Error::new("UpdateItem", cause).at(place)
}
