//! Many requests that want one session, on threads of their own and one clock by which only one of them runs at a
//! time: what waiting costs, and that nobody starves.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod together;

use std::sync::Arc;
use std::time::Duration;

use dynamosess::clock::{Clock, CorrectedClock, Deadline};
use dynamosess::config::Settings;
use dynamosess::dynamodb::{AttributeValue, Condition, Fetched, Item, Outcome, ScanPage, Update};
use dynamosess::error::{Place, Result};
use dynamosess::session::renewal::Renewals;
use dynamosess::session::{Context, Handler, Store};
use dynamosess::testing::memory::{Bill, MemoryStore};
use together::Together;

/// How long a call takes.
const CALL: Duration = Duration::from_millis(2);

/// A table whose calls take time.
#[derive(Debug)]
struct Table {
    store: MemoryStore,
    clock: Arc<Together>,
}

impl Store for Table {
    fn get(&self, key: &str, consistent: bool, deadline: &Deadline) -> Result<Fetched> {
        self.clock.sleep(CALL);
        self.store.get(key, consistent, deadline)
    }

    fn update(&self, key: &str, update: &Update, deadline: &Deadline) -> Result<Outcome> {
        self.clock.sleep(CALL);
        self.store.update(key, update, deadline)
    }

    fn delete(&self, key: &str, condition: Option<&Condition>, deadline: &Deadline) -> Result<Outcome> {
        self.store.delete(key, condition, deadline)
    }

    fn scan(&self, filter: &Condition, start: Option<&Item>, deadline: &Deadline) -> Result<ScanPage> {
        self.store.scan(filter, start, deadline)
    }

    fn place(&self) -> &Place {
        self.store.place()
    }
}

/// Runs so many requests at once; what they cost together, and what each returned.
fn together<T: Send + 'static>(
    requests: usize,
    data: &[u8],
    work: fn(usize, &Context, &Together) -> T,
) -> (Bill, Vec<T>, Vec<u8>) {
    let clock = Arc::new(Together::new(requests));
    let corrected = Arc::new(CorrectedClock::new(Arc::clone(&clock) as _));
    let store = MemoryStore::new(Arc::clone(&corrected));
    let table = Arc::new(Table { store, clock: Arc::clone(&clock) });
    let settings = Settings { locking: true, ..Settings::defaults() };
    let context = Context::new(settings, Arc::clone(&table) as _, corrected).unwrap();
    let context = Context { renewals: Arc::new(Renewals::by_hand()), ..context };
    let item = Item::from([
        ("data".to_owned(), AttributeValue::Binary(data.to_vec())),
        ("expires".to_owned(), AttributeValue::number(context.clock.now() + 10_000)),
    ]);
    table.store.put("v", item);
    let threads: Vec<_> = (0..requests)
        .map(|number| {
            let (clock, context) = (Arc::clone(&clock), context.clone());
            std::thread::spawn(move || {
                let _place = clock.begin(number);
                work(number, &context, &clock)
            })
        })
        .collect();
    let results = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let bill = table.store.take_bill();
    let stored = table.store.item("v").unwrap().remove("data");
    let Some(AttributeValue::Binary(data)) = stored else { panic!("{stored:?}") };
    (bill, results, data)
}

fn handler(context: &Context) -> Handler {
    let mut handler = Handler::new(context.clone());
    handler.open(context.clone(), "", None);
    handler
}

/// A page that counts one further; how long it waited for its session.
fn count(context: &Context, clock: &Together, busy: Duration) -> Duration {
    let mut handler = handler(context);
    let asked = clock.monotonic();
    let data = handler.read(b"v").unwrap();
    let waited = clock.monotonic() - asked;
    let text = String::from_utf8(data).unwrap();
    let n: u32 = text.trim_end_matches('.').parse().unwrap();
    clock.sleep(busy);
    // As long as before, so that every page costs the same.
    let next = format!("{:.<width$}", n + 1, width = text.len());
    handler.write(b"v", next.as_bytes()).unwrap();
    handler.close();
    waited
}

#[test]
fn a_page_without_contention_costs_two_writes() {
    let (bill, _, data) = together(1, b"0", |_, context, clock| count(context, clock, CALL));
    assert_eq!(data, b"1");
    assert_eq!(bill, Bill { writes: 2, write_units: 2, ..Bill::default() });
}

#[test]
fn four_waiters_look_by_reads_and_are_refused_few_writes() {
    let start = format!("{:.<10000}", 0);
    let (bill, waits, data) = together(5, start.as_bytes(), |number, context, clock| {
        // The first has it for a second; the others then work as quickly as they can.
        clock.sleep(if number == 0 { Duration::ZERO } else { CALL * 5 });
        count(context, clock, if number == 0 { Duration::from_secs(1) } else { CALL })
    });
    println!("{bill:?}");
    assert!(data.starts_with(b"5."));
    // Two that succeed for each of the five, one refused first try for each of the four who wait, and perhaps some who
    // saw the lock free and came too late.
    assert_eq!(bill.writes, 10 + bill.refused);
    assert!((4..=4 + 3 + 2 + 1).contains(&bill.refused), "{bill:?}");
    // A second of looks at 10 to 50 ms and 2 ms a call, about 32 each.
    assert!((4 * 24..=4 * 45).contains(&bill.reads), "{bill:?}");
    assert_eq!((bill.half_read_units, bill.write_units), (bill.reads * 6, bill.writes * 10));
    let longest = waits.iter().max().unwrap();
    assert!(*longest < Duration::from_millis(1_300), "{waits:?}");
}

#[test]
fn eight_times_fifty_pages_lose_nothing_and_nobody_starves() {
    let (bill, waits, data) =
        together(8, b"0...", |_, context, clock| (0..50).map(|_| count(context, clock, CALL * 5)).max().unwrap());
    assert_eq!(data, b"400.");
    let longest = *waits.iter().max().unwrap();
    println!("longest wait {longest:?}, {bill:?}");
    assert!(longest < Duration::from_secs(4), "max_lock_wait_time is 10 s; {waits:?}");
}
