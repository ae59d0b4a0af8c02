//! What a page costs between PHP and the socket: `cargo bench --no-default-features --bench micro`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use dynamosess::clock::{CorrectedClock, SystemClock};
use dynamosess::config::{Compression, Credentials, Settings};
use dynamosess::credentials::Fixed;
use dynamosess::dynamodb::sign::Signer;
use dynamosess::dynamodb::wire::{self, GetItemAnswer};
use dynamosess::dynamodb::{AttributeValue, Client};
use dynamosess::encryption::Keyring;
use dynamosess::error::Place;
use dynamosess::http::{Pending, Reply, Request, Transport, TransportError};
use dynamosess::session::format::{self, Format};
use dynamosess::session::merge::merge;
use dynamosess::session::{Context, DynamoDbStore, Handler};
use dynamosess::stats::{Shared, Stats};

const SESSION: &[u8] = include_bytes!("../tests/sessions/woocommerce-6144.txt");
const LARGE: &[u8] = include_bytes!("../tests/sessions/woocommerce-61440.txt");
const ID: &[u8] = b"0123456789abcdefghijklmnopqrstuv";

fn keys() -> Arc<Credentials> {
    Arc::new(Credentials { key: "AKIDEXAMPLE".into(), secret: "secret".into(), token: None, expires: None })
}

/// A server without a network: the same item for every GetItem, and `{}` for everything else.
#[derive(Debug)]
struct Canned(Vec<u8>);

impl Canned {
    fn new() -> Self {
        let text = |value: &AttributeValue| serde_json::to_string(value).unwrap();
        let (data, generation) = (AttributeValue::Binary(SESSION.to_vec()), AttributeValue::Binary(vec![7; 8]));
        let (data, generation, id) = (text(&data), text(&generation), String::from_utf8_lossy(ID));
        let item = format!(
            r#"{{"Item":{{"id":{{"S":"PHPSESSID_{id}"}},"data":{data},"expires":{{"N":"4000000000"}},"gen":{generation}}}}}"#
        );
        Canned(item.into_bytes())
    }
}

impl Transport for Canned {
    fn send(&self, request: Request, _timeout: Duration) -> Result<Reply, TransportError> {
        let reads = request.field("x-amz-target") == Some("DynamoDB_20120810.GetItem");
        Ok(Reply::new(200, if reads { self.0.clone() } else { b"{}".to_vec() }))
    }

    fn begin(&self, _request: Request, _connect: Duration) -> Option<Box<dyn Pending>> {
        panic!("nothing is read ahead here")
    }
}

fn context() -> Context {
    let settings = Settings { session_lifetime: 1_440, ..Settings::defaults() };
    let clock = Arc::new(CorrectedClock::new(Arc::new(SystemClock::default())));
    let stats = Arc::new(Stats::default());
    let place = Place {
        table: settings.table_name.clone(),
        region: "eu-central-1".into(),
        endpoint: "https://dynamodb.eu-central-1.amazonaws.com".into(),
        hash_key: settings.hash_key.clone(),
    };
    let signs = Arc::new(Fixed::new((*keys()).clone(), "the benchmark"));
    let client = Client::new(place, 1, Arc::new(Canned::new()), signs, Arc::clone(&clock), Arc::clone(&stats));
    let store = Arc::new(DynamoDbStore::new(Arc::new(client)));
    Context { stats, ..Context::new(settings, store, clock).unwrap() }
}

fn page(context: &Context, handler: &mut Handler, changes: bool) {
    handler.open(context.clone(), "PHPSESSID", None);
    let mut data = handler.read(ID).unwrap();
    if changes {
        data.push(b' ');
    }
    handler.write(ID, &data).unwrap();
    handler.close();
}

fn sign(c: &mut Criterion) {
    let (signer, keys) = (Signer::default(), keys());
    c.bench_function("sign a GetItem", |b| {
        b.iter(|| {
            let endpoint = "https://dynamodb.eu-central-1.amazonaws.com".into();
            let mut request = Request::post(endpoint, Arc::new(br#"{"TableName":"sessions"}"#.repeat(5)));
            request.fields.push(("x-amz-target".into(), "DynamoDB_20120810.GetItem".into()));
            signer.sign(&mut request, &keys, "eu-central-1", "dynamodb", 1_800_000_000_000).unwrap();
            request
        });
    });
}

fn encode_and_decode(c: &mut Criterion) {
    let keys = Some(Arc::new(Keyring::parse("a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()));
    for (compression, keys) in [(Compression::None, None), (Compression::Zstd, None), (Compression::None, keys)] {
        let name = format!("6 KB, compression {compression:?}{}", if keys.is_some() { ", encrypted" } else { "" });
        let format = Format { compression, threshold: 0, keys, ..Format::new(&Settings::defaults()).unwrap() };
        let clock = SystemClock::default();
        let encode = |data| format::encode(data, &format, "PHPSESSID_abc", format.nonce(&clock)).unwrap();
        let json = wire::to_json(&encode(SESSION), 0).unwrap();
        c.bench_function(&format!("encode {name}"), |b| {
            b.iter(|| wire::to_json(&encode(black_box(SESSION)), 8_192).unwrap());
        });
        c.bench_function(&format!("decode {name}"), |b| {
            b.iter(|| format::decode(wire::parse(black_box(&json)).unwrap(), &format, "PHPSESSID_abc").unwrap());
        });
    }
    let answer = Canned::new().0;
    c.bench_function("parse a GetItem's answer, 6 KB", |b| {
        b.iter(|| wire::parse::<GetItemAnswer>(black_box(&answer)).unwrap().item);
    });
}

fn count(c: &mut Criterion) {
    let shared: &'static Shared = Box::leak(Box::default());
    c.bench_function("count one more, in this process only", |b| {
        let stats = Stats::default();
        b.iter(|| black_box(&stats).requests.count());
    });
    c.bench_function("count one more, in shared memory too", |b| {
        let stats = Stats::new(shared.stripe(1));
        b.iter(|| black_box(&stats).requests.count());
    });
    c.bench_function("count one more, in shared memory too, while another process does", |b| {
        let (stats, end) = (Stats::new(shared.stripe(1)), AtomicBool::new(false));
        std::thread::scope(|scope| {
            let other = Stats::new(shared.stripe(2));
            let end = &end;
            scope.spawn(move || {
                while !end.load(Ordering::Relaxed) {
                    other.requests.count();
                }
            });
            b.iter(|| black_box(&stats).requests.count());
            end.store(true, Ordering::Relaxed);
        });
    });
    c.bench_function("add a duration, in shared memory too", |b| {
        let stats = Stats::new(shared.stripe(1));
        b.iter(|| black_box(&stats).read_duration.took(black_box(Duration::from_millis(3))));
    });
}

fn pages(c: &mut Criterion) {
    let context = context();
    let mut handler = Handler::new(context.clone());
    for (name, changes) in [("read-only", false), ("read-write", true)] {
        c.bench_function(&format!("a {name} page, 6 KB, without network"), |b| {
            b.iter(|| page(&context, &mut handler, changes));
        });
    }
}

/// Two pages that have each changed something in a session of this size.
fn merges(c: &mut Criterion) {
    let sessions: [(&str, Vec<u8>); 5] = [
        ("6 KB", SESSION.to_vec()),
        ("60 KB", LARGE.to_vec()),
        ("1 MB", shops(17)),
        ("1 MB, one array of numbers", numbers(100_000, |n| format!("i:{n};i:1;"))),
        (
            "1 MB, one array of names in no order",
            numbers(50_000, |n| format!("s:9:\"n{:08}\";i:1;", n * 48_271 % 65_537)),
        ),
    ];
    for (name, base) in sessions {
        let changed = |from: &[u8], to: &[u8], more: &[u8]| {
            let at = base.windows(from.len()).rposition(|part| part == from).unwrap();
            [&base[..at], to, &base[at + from.len()..], more].concat()
        };
        let (mine, theirs) = (changed(b"i:1;", b"i:5;", b"m|i:1;"), changed(b"}", b"}", b"t|i:1;"));
        c.bench_function(&format!("merge {name}"), |b| {
            b.iter(|| merge(None, black_box(&base), black_box(&mine), black_box(&theirs)).unwrap());
        });
    }
}

/// That many times what is in the session of 60 KB, under names of their own.
fn shops(count: usize) -> Vec<u8> {
    let text = std::str::from_utf8(LARGE).unwrap();
    let renamed = |n: usize| {
        let names = ["customer", "cart", "cart_totals", "wc_notices", "note"];
        names.iter().fold(text.to_owned(), |text, name| text.replace(&format!("{name}|"), &format!("{name}{n}|")))
    };
    (0..count).flat_map(|n| renamed(n).into_bytes()).collect()
}

fn numbers(count: usize, element: impl Fn(usize) -> String) -> Vec<u8> {
    format!("v|a:{count}:{{{}}}", (0..count).map(element).collect::<String>()).into_bytes()
}

criterion_group!(benches, sign, encode_and_decode, count, merges, pages);
criterion_main!(benches);
