//! The conformance suite on the in-memory store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod conformance;

use std::sync::Arc;

use conformance::{Backstage, Site};
use dynamosess::clock::CorrectedClock;
use dynamosess::dynamodb::{Item, wire};
use dynamosess::stats::Stats;
use dynamosess::testing::ManualClock;
use dynamosess::testing::memory::{Fault, MemoryStore};
use serde_json::Value;

/// A table with nothing of this test in it.
fn site() -> Site {
    let clock = Arc::new(CorrectedClock::new(Arc::new(ManualClock::at(1_800_000_000))));
    let store = Arc::new(MemoryStore::new(Arc::clone(&clock)).with_pages_of(3));
    Site {
        store: Arc::clone(&store) as _,
        clock,
        stats: Arc::new(Stats::default()),
        prefix: String::new(),
        backstage: Box::new(Memory(store)),
    }
}

#[derive(Debug)]
struct Memory(Arc<MemoryStore>);

impl Backstage for Memory {
    fn put(&self, key: &str, attributes: &Value) {
        self.0.put(key, wire::parse::<Item>(attributes.to_string().as_bytes()).unwrap());
    }

    fn item(&self, key: &str) -> Option<Item> {
        self.0.item(key)
    }

    fn calls(&self) -> Vec<String> {
        self.0.calls().into_iter().map(str::to_owned).collect()
    }

    fn fault(&self, fault: Fault) {
        self.0.fault(fault);
    }
}
