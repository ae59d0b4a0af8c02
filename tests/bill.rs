//! The bill: calls, read units and write units of each kind of page, counted from a trace of what the store is asked,
//! by DynamoDB's rules. `docs/performance.md` has the same figures per 1,000 pages.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use dynamosess::clock::{CorrectedClock, Deadline};
use dynamosess::config::{Compression, DataType, Settings};
use dynamosess::dynamodb::{AttributeValue, Update};
use dynamosess::session::{Context, Handler, Store};
use dynamosess::testing::ManualClock;
use dynamosess::testing::memory::MemoryStore;

/// What a page costs: read units in halves, as an eventually consistent read costs half a unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bill {
    calls: usize,
    half_reads: usize,
    writes: usize,
}

/// A visitor and the shop that he visits.
struct Site {
    store: Arc<MemoryStore>,
    machine: Arc<ManualClock>,
    context: Context,
}

const ID: &[u8] = b"0123456789abcdefghijklmnopqrstuv";
const KEY: &str = "PHPSESSID_0123456789abcdefghijklmnopqrstuv";

impl Site {
    fn new(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings { session_lifetime: 1_440, ..Settings::defaults() };
        change(&mut settings);
        let machine = Arc::new(ManualClock::at(1_800_000_000));
        let clock = Arc::new(CorrectedClock::new(Arc::clone(&machine) as _));
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
        let context = Context::new(settings, Arc::clone(&store) as _, clock).unwrap();
        Site { store, machine, context }
    }

    /// One page: what PHP calls, and what that costs.
    fn page(&self, act: impl FnOnce(&mut Handler)) -> Bill {
        self.store.take_bill();
        let mut handler = Handler::new(self.context.clone());
        handler.open(self.context.clone(), "PHPSESSID", None);
        act(&mut handler);
        handler.close();
        let bill = self.store.take_bill();
        Bill { calls: bill.reads + bill.writes, half_reads: bill.half_read_units, writes: bill.write_units }
    }

    fn new_page(&self, data: &[u8]) -> Bill {
        self.page(|handler| {
            handler.created(ID);
            assert!(!handler.validate(ID).unwrap());
            assert_eq!(handler.read(ID).unwrap(), b"");
            handler.write(ID, data).unwrap();
        })
    }

    /// Strict mode: PHP asks whether the id is known, and then reads.
    fn page_that_stores(&self, was: &[u8], is: &[u8]) -> Bill {
        self.page(|handler| {
            assert!(handler.validate(ID).unwrap());
            assert_eq!(handler.read(ID).unwrap(), was);
            handler.write(ID, is).unwrap();
        })
    }

    /// A new page, a page that changes the session, and one that leaves it as it is.
    fn visit(&self, data: &[u8]) -> [Bill; 3] {
        let new = self.new_page(data);
        let mut changed = data.to_vec();
        let last = changed.len() - 3;
        changed[last] ^= 1;
        let read_write = self.page_that_stores(data, &changed);
        let read_only = self.page_that_stores(&changed, &changed);
        [new, read_write, read_only]
    }
}

/// A session written by PHP, of so many bytes: `php bench/sessions.php KIND BYTES`.
fn session(kind: &str, bytes: usize) -> Vec<u8> {
    let path = format!("{}/tests/sessions/{kind}-{bytes}.txt", env!("CARGO_MANIFEST_DIR"));
    let data = std::fs::read(path).unwrap();
    assert_eq!(data.len(), bytes);
    data
}

fn bill(calls: usize, reads: usize, writes: usize) -> Bill {
    Bill { calls, half_reads: reads * 2, writes }
}

#[test]
fn by_default_pages_cost_what_the_docs_say() {
    for (bytes, read, write) in [(200, 1, 1), (6_144, 2, 7), (61_440, 16, 61)] {
        let bills = Site::new(|_| {}).visit(&session("woocommerce", bytes));
        assert_eq!(bills, [bill(1, 0, write), bill(2, read, write), bill(1, read, 0)], "{bytes}");
    }
}

#[test]
fn compressed_pages_cost_what_the_docs_say() {
    for (bytes, read, write) in [(200, 1, 1), (6_144, 1, 2), (61_440, 3, 10)] {
        let site = Site::new(|settings| settings.compression = Compression::Zstd);
        let bills = site.visit(&session("woocommerce", bytes));
        assert_eq!(bills, [bill(1, 0, write), bill(2, read, write), bill(1, read, 0)], "{bytes}");
    }
}

#[test]
fn base64_costs_a_third_more() {
    for (bytes, read, write) in [(200, 1, 1), (6_144, 3, 9), (61_440, 21, 81)] {
        let site = Site::new(|settings| settings.data_attribute_type = DataType::Base64);
        let bills = site.visit(&session("woocommerce", bytes));
        assert_eq!(bills, [bill(1, 0, write), bill(2, read, write), bill(1, read, 0)], "{bytes}");
    }
}

#[test]
fn six_kilobytes_of_ordinary_php_data_cost_at_most_three_write_units_when_compressed() {
    for kind in ["woocommerce", "laravel", "objects", "tokens"] {
        let site = Site::new(|settings| settings.compression = Compression::Zstd);
        let bills = site.visit(&session(kind, 6_144));
        assert!(bills.iter().all(|bill| bill.writes <= 3), "{kind}: {bills:?}");
    }
}

/// What the PHP libraries document: one read and one write on every page, S items of key, data and `expires`.
#[test]
fn a_write_on_every_page_costs_what_the_docs_say_of_the_php_libraries() {
    let page = |bytes: usize, base64: bool| {
        let site = Site::new(|_| {});
        let text = String::from_utf8(session("woocommerce", bytes)).unwrap();
        let text = if base64 { "x".repeat(bytes.div_ceil(3) * 4) } else { text };
        let set = vec![
            ("data".to_owned(), AttributeValue::String(text)),
            ("expires".to_owned(), AttributeValue::number(1_800_001_440)),
        ];
        let update = Update { set, ..Update::default() };
        let deadline = Deadline::after(&*site.machine, Duration::from_secs(1));
        let both = |_: &mut Handler| {
            site.store.get(KEY, true, &deadline).unwrap();
            site.store.update(KEY, &update, &deadline).unwrap();
        };
        [site.page(both), site.page(both)]
    };
    for (bytes, read, write) in [(200, 1, 1), (6_144, 2, 7), (61_440, 16, 61)] {
        assert_eq!(page(bytes, false), [bill(2, 1, write), bill(2, read, write)], "the AWS SDK, {bytes}");
    }
    for (bytes, read, write) in [(200, 1, 1), (6_144, 3, 9), (61_440, 21, 81)] {
        assert_eq!(page(bytes, true), [bill(2, 1, write), bill(2, read, write)], "Idealstack, {bytes}");
    }
}

#[test]
fn eventually_consistent_reads_cost_half() {
    for bytes in [200, 6_144, 61_440] {
        let data = session("woocommerce", bytes);
        let consistent = Site::new(|_| {}).visit(&data);
        let eventual = Site::new(|settings| settings.consistent_read = false).visit(&data);
        for (consistent, eventual) in consistent.into_iter().zip(eventual) {
            assert_eq!(eventual, Bill { half_reads: consistent.half_reads / 2, ..consistent }, "{bytes}");
        }
    }
}

#[test]
fn an_unchanged_page_writes_once_in_a_touch_interval_and_then_the_whole_item_is_charged() {
    let site = Site::new(|settings| settings.touch_interval = 60);
    let data = session("woocommerce", 6_144);
    site.new_page(&data);
    let mut writes = Vec::new();
    for _ in 0..10 {
        site.machine.advance(Duration::from_secs(20));
        writes.push(site.page_that_stores(&data, &data).writes);
    }
    assert_eq!(writes, [0, 0, 0, 7, 0, 0, 0, 7, 0, 0]);
}

#[test]
fn an_unknown_id_costs_one_read_and_the_new_session_one_write() {
    let site = Site::new(|_| {});
    let asked = site.page(|handler| {
        assert!(!handler.validate(ID).unwrap());
        let fresh = b"freshfreshfreshfreshfreshfresh22";
        handler.created(fresh);
        handler.read(fresh).unwrap();
        handler.write(fresh, b"n|i:1;").unwrap();
    });
    assert_eq!(asked, bill(2, 1, 1));
}

#[test]
fn a_lock_costs_the_item_once_more() {
    let site = Site::new(|settings| settings.locking = true);
    let [_, read_write, read_only] = site.visit(&session("woocommerce", 6_144));
    assert_eq!((read_write, read_only), (bill(2, 0, 14), bill(2, 0, 14)));
}

#[test]
fn a_refused_write_is_charged_and_the_size_charged_is_the_larger_of_both() {
    let site = Site::new(|_| {});
    let data = session("woocommerce", 6_144);
    site.new_page(&data);
    assert_eq!(site.page_that_stores(&data, b"n|i:1;").writes, 7, "it was large before");
    let late = site.page(|handler| {
        handler.read(ID).unwrap();
        site.store.delete(KEY, None, &Deadline::after(&*site.machine, Duration::from_secs(1))).unwrap();
        handler.write(ID, b"n|i:2;").unwrap();
    });
    assert_eq!(late, bill(4, 2, 2), "one of them by the request that deleted it");
}
