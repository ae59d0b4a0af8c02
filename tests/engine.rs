//! The conformance suite on the DynamoDB engine that `DYNAMOSESS_TEST_ENDPOINT` names, and what only an engine can tell.
//!
//! `scripts/with-engine dynoxide cargo test --no-default-features --features engine --test engine`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod conformance;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use conformance::{Backstage, Site};
use dynamosess::clock::{Clock, CorrectedClock, Deadline, SystemClock};
use dynamosess::config::Credentials;
use dynamosess::credentials::Fixed;
use dynamosess::dynamodb::{Client, Item, tables, wire};
use dynamosess::error::{Cause, Place};
use dynamosess::http::{Failed, Network, NetworkOptions, Pending, Reply, Request, Transport, TransportError};
use dynamosess::session::DynamoDbStore;
use dynamosess::stats::Stats;
use dynamosess::testing::Step;
use dynamosess::testing::memory::Fault;
use serde_json::{Value, json};

/// A machine whose date can be wrong.
#[derive(Debug, Default)]
struct ShiftedClock {
    system: SystemClock,
    seconds: AtomicI64,
}

impl Clock for ShiftedClock {
    fn wall(&self) -> Duration {
        let seconds = self.seconds.load(SeqCst);
        let wall = self.system.wall();
        if seconds < 0 {
            wall - Duration::from_secs(seconds.unsigned_abs())
        } else {
            wall + Duration::from_secs(seconds.unsigned_abs())
        }
    }

    fn monotonic(&self) -> Duration {
        self.system.monotonic()
    }

    fn sleep(&self, time: Duration) {
        self.system.sleep(time);
    }

    fn random(&self) -> u64 {
        self.system.random()
    }

    fn nonce(&self) -> Option<[u8; 12]> {
        self.system.nonce()
    }
}

/// The network, which can be told to fail, and remembers what was asked.
#[derive(Debug)]
struct Wire {
    network: Network,
    calls: Mutex<Vec<String>>,
    faults: Mutex<Vec<Fault>>,
}

impl Wire {
    fn note(&self, request: &Request) {
        let target = request.field("x-amz-target").unwrap();
        self.calls.lock().unwrap().push(target.rsplit('.').next().unwrap().to_owned());
    }
}

impl Transport for Wire {
    fn send(&self, request: Request, timeout: Duration) -> Result<Reply, TransportError> {
        self.note(&request);
        let fault = {
            let mut faults = self.faults.lock().unwrap();
            (!faults.is_empty()).then(|| faults.remove(0))
        };
        match fault {
            None => self.network.send(request, timeout),
            Some(Fault::Fails(cause)) => failure(cause),
            Some(Fault::ServedThenFails(cause)) => {
                self.network.send(request, timeout).unwrap();
                failure(cause)
            }
            // As on a connection that broke: the client sends it once more at once.
            Some(Fault::AnswerLost) => {
                self.network.send(request, timeout).unwrap();
                Err(TransportError { was_stale: true, ..TransportError::new(Failed::Lost, "lost") })
            }
        }
    }

    fn begin(&self, request: Request, connect: Duration) -> Option<Box<dyn Pending>> {
        self.note(&request);
        self.network.begin(request, connect)
    }
}

fn failure(cause: Cause) -> Result<Reply, TransportError> {
    match cause {
        Cause::Connect(text) => Err(TransportError::new(Failed::Connect, text)),
        Cause::Timeout(_) => Err(TransportError::new(Failed::Timeout, "no answer")),
        Cause::Service { status, code, .. } => match Step::error(status, code.as_str()) {
            Step::Reply(reply) => Ok(reply),
            other => panic!("{other:?}"),
        },
        other => panic!("this fault is not made up here: {other:?}"),
    }
}

#[derive(Debug)]
struct Engine {
    wire: Arc<Wire>,
    stats: Arc<Stats>,
    /// Goes past faults and counters.
    aside: Client,
}

impl Engine {
    fn ask(&self, operation: &'static str, request: Value) -> Value {
        self.aside.ask(operation, &request, &soon(&self.aside)).unwrap()
    }

    fn get(&self, key: &str) -> Option<Value> {
        let request =
            json!({ "TableName": self.aside.place.table, "Key": { "id": { "S": key } }, "ConsistentRead": true });
        self.ask("GetItem", request).get("Item").cloned()
    }
}

impl Backstage for Engine {
    fn put(&self, key: &str, attributes: &Value) {
        let mut item = attributes.clone();
        item["id"] = json!({ "S": key });
        self.ask("PutItem", json!({ "TableName": self.aside.place.table, "Item": item }));
    }

    fn item(&self, key: &str) -> Option<Item> {
        self.get(key).map(|item| wire::parse(item.to_string().as_bytes()).unwrap())
    }

    fn calls(&self) -> Vec<String> {
        let calls = self.wire.calls.lock().unwrap().clone();
        assert_eq!(self.stats.requests.get(), calls.len() as u64, "stats.requests");
        calls
    }

    fn fault(&self, fault: Fault) {
        self.wire.faults.lock().unwrap().push(fault);
    }
}

fn soon(client: &Client) -> Deadline {
    client.clock.deadline(Duration::from_secs(20))
}

fn endpoint() -> String {
    std::env::var("DYNAMOSESS_TEST_ENDPOINT").expect("DYNAMOSESS_TEST_ENDPOINT: scripts/with-engine sets it")
}

fn client(transport: Arc<dyn Transport>, clock: &Arc<CorrectedClock>, stats: &Arc<Stats>, place: Place) -> Client {
    let keys = Credentials { key: "local".into(), secret: "local".into(), token: None, expires: None };
    let signs = Arc::new(Fixed::new(keys, "the test"));
    Client::new(place, 1, transport, signs, Arc::clone(clock), Arc::clone(stats))
}

fn network(clock: &Arc<CorrectedClock>, stats: &Arc<Stats>) -> Network {
    let options = NetworkOptions { connect_timeout: Duration::from_secs(5), ..NetworkOptions::default() };
    Network::new(options, Arc::clone(clock.machine()), Arc::clone(stats))
}

fn place(endpoint: &str, table: &str) -> Place {
    Place { table: table.into(), region: "eu-central-1".into(), endpoint: endpoint.into(), hash_key: "id".into() }
}

/// One table for all tests; each keeps to keys of its own.
fn table(endpoint: &str) -> &'static str {
    static TABLE: OnceLock<String> = OnceLock::new();
    TABLE.get_or_init(|| {
        let clock = Arc::new(CorrectedClock::new(Arc::new(SystemClock::default())));
        let stats = Arc::new(Stats::default());
        let name = format!("conformance-{:016x}", clock.machine().random());
        let client = client(Arc::new(network(&clock, &stats)), &clock, &stats, place(endpoint, &name));
        let created = tables::create(&client, "expires", serde_json::json!([]), Duration::from_secs(20)).unwrap();
        assert!(created.is_new);
        name
    })
}

/// A table with nothing of this test in it.
fn site() -> Site {
    site_on(&Arc::new(ShiftedClock::default()))
}

fn site_on(machine: &Arc<ShiftedClock>) -> Site {
    static SITES: AtomicU64 = AtomicU64::new(0);
    let endpoint = endpoint();
    let place = place(&endpoint, table(&endpoint));
    let clock = Arc::new(CorrectedClock::new(Arc::clone(machine) as _));
    let stats = Arc::new(Stats::default());
    let wire = Arc::new(Wire { network: network(&clock, &stats), calls: Mutex::default(), faults: Mutex::default() });
    let store = DynamoDbStore::new(Arc::new(client(Arc::clone(&wire) as _, &clock, &stats, place.clone())));
    let own_clock = Arc::new(CorrectedClock::new(Arc::new(SystemClock::default())));
    let own_stats = Arc::new(Stats::default());
    let aside = client(Arc::new(network(&own_clock, &own_stats)), &own_clock, &own_stats, place);
    Site {
        store: Arc::new(store),
        clock,
        stats: Arc::clone(&stats),
        prefix: format!("t{}/", SITES.fetch_add(1, SeqCst)),
        backstage: Box::new(Engine { wire, stats, aside }),
    }
}

#[test]
fn what_others_keep_in_the_item_is_the_same_after_every_change() {
    let t = site();
    let endpoint = endpoint();
    let clock = Arc::new(CorrectedClock::new(Arc::new(SystemClock::default())));
    let stats = Arc::new(Stats::default());
    let aside = client(Arc::new(network(&clock, &stats)), &clock, &stats, place(&endpoint, table(&endpoint)));
    let raw = || {
        let request = json!({ "TableName": aside.place.table, "Key": { "id": { "S": t.key("v") } } });
        aside.ask::<Value>("GetItem", &request, &soon(&aside)).unwrap()["Item"].clone()
    };
    let theirs = json!({
        "map": { "M": { "deep": { "L": [{ "NULL": true }, { "BOOL": false }, { "N": "1.5" }] } } },
        "set": { "NS": ["1", "2"] }, "big": { "N": "123456789012345678901234567890" },
    });
    let mut item = theirs.clone();
    item["data"] = json!({ "S": "n|i:1;" });
    item["expires"] = t.in_seconds(100);
    t.put("v", item);
    for data in [&b"n|i:2;"[..], b"n|i:2;", b""] {
        t.session("v", data);
        for (name, value) in theirs.as_object().unwrap() {
            assert_eq!(&raw()[name], value, "{name}");
        }
    }
}

#[test]
fn a_node_an_hour_off_neither_logs_visitors_out_nor_keeps_them_in() {
    for shift in [3_600, -3_600] {
        let machine = Arc::new(ShiftedClock::default());
        machine.seconds.store(shift, SeqCst);
        let wrong = site_on(&machine);
        let right = site();
        let now = right.now();
        wrong.put("living", json!({ "data": { "S": "n|i:1;" }, "expires": { "N": (now + 60).to_string() } }));
        wrong.put("ended", json!({ "data": { "S": "n|i:1;" }, "expires": { "N": (now - 5).to_string() } }));
        assert_eq!(wrong.reads("living"), b"n|i:1;", "{shift}");
        assert_eq!(wrong.reads("ended"), b"", "{shift}");
        wrong.session("new", b"n|i:1;");
        assert!(wrong.expires("new").abs_diff(now + conformance::LIFETIME + conformance::TOUCH) <= 3, "{shift}");
    }
}

#[test]
fn the_first_request_of_a_node_an_hour_off_may_be_a_new_session() {
    for shift in [3_600, -3_600] {
        let machine = Arc::new(ShiftedClock::default());
        machine.seconds.store(shift, SeqCst);
        let wrong = site_on(&machine);
        let now = site().now();
        let mut handler = wrong.handler();
        handler.created(b"new");
        handler.read(b"new").unwrap();
        handler.write(b"new", b"n|i:1;").unwrap();
        handler.close();
        assert!(wrong.expires("new").abs_diff(now + conformance::LIFETIME + conformance::TOUCH) <= 3, "{shift}");
    }
}

#[test]
fn a_table_that_is_there_is_left_as_it_is() {
    let endpoint = endpoint();
    let clock = Arc::new(CorrectedClock::new(Arc::new(SystemClock::default())));
    let stats = Arc::new(Stats::default());
    let client = client(Arc::new(network(&clock, &stats)), &clock, &stats, place(&endpoint, table(&endpoint)));
    let again = tables::create(&client, "expires", serde_json::json!([]), Duration::from_secs(20)).unwrap();
    assert_eq!((again.is_new, again.notes), (false, vec![]));
    let described = tables::describe(&client, &soon(&client)).unwrap();
    assert!(described.has_key("id") && described.is_usable());
    assert_eq!(described.billing_mode(), "PAY_PER_REQUEST");
    assert_eq!(tables::ttl(&client, &soon(&client)), Ok(tables::Ttl::On("expires".into())));
}
