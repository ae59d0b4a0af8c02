//! Faults that only a real connection can have: once and always, what comes of them and how many calls they take.

use std::time::{Duration, Instant};

use dynamosess::dynamodb::Update;
use dynamosess::error::Error;

use crate::server::{Reaction, Reply, Server};
use crate::services::{KEY, REGION};
use crate::setup::{SESSION_KEY, TABLE, network_client, options};

fn good(operation: &str) -> Reply {
    let changed = format!(r#"{{"Attributes":{{"id":{{"S":"{SESSION_KEY}"}}}}}}"#);
    Reply::new(200, if operation == "GetItem" { "{}".to_owned() } else { changed })
}

fn run(server: &Server, operation: &str, timeout: Duration) -> Result<(), Error> {
    let (client, _) = network_client(&server.url(), options());
    let deadline = client.clock.deadline(timeout);
    match operation {
        "GetItem" => client.get_item(SESSION_KEY, true, &deadline).map(drop),
        _ => client.update_item(SESSION_KEY, &Update::default(), &deadline).map(drop),
    }
}

/// The fault once, then a good answer: it works, with `calls`. The fault always: it fails with `code`, after 4 calls
/// unless the time is over before.
fn check(name: &str, fault: impl Fn() -> Reaction + Clone + Send + Sync + 'static, code: &str) {
    for operation in ["GetItem", "UpdateItem"] {
        // Only where time is what runs out, little of it is given: a busy machine needs its own for 16 MB.
        let (enough, timeout) = match code {
            "Timeout" => (Duration::from_secs(1), Duration::from_millis(400)),
            _ => (Duration::from_secs(10), Duration::from_secs(10)),
        };
        let once = fault.clone();
        let server = Server::start(move |seen| match seen.number {
            0 => once(),
            _ => Reaction::Answer(good(operation)),
        });
        run(&server, operation, enough).unwrap_or_else(|e| panic!("{name}, {operation}: {e}"));
        assert_eq!(server.count(), 2, "{name}, {operation}");

        let always = fault.clone();
        let server = Server::start(move |_| always());
        let error = run(&server, operation, timeout).unwrap_err();
        assert_eq!(error.code(), code, "{name}, {operation}: {error}");
        assert_eq!(server.count(), if code == "Timeout" { 2 } else { 4 }, "{name}, {operation}");
        let message = error.to_string();
        for part in [operation, TABLE, REGION] {
            assert!(message.contains(part), "{message}");
        }
        assert!(!message.contains(SESSION_KEY) && !message.contains(KEY.1), "{message}");
    }
}

#[test]
fn an_answer_about_another_item_is_an_error() {
    for (operation, name) in [("GetItem", "Item"), ("UpdateItem", "Attributes")] {
        let body = format!(r#"{{"{name}":{{"id":{{"S":"another"}},"data":{{"S":"n|i:1;"}}}}}}"#);
        let server = Server::start(move |_| Reaction::Answer(Reply::new(200, body.clone())));
        let error = run(&server, operation, Duration::from_secs(10)).unwrap_err();
        assert!(error.to_string().contains("it is about another item"), "{error}");
    }
}

#[test]
fn a_connection_that_breaks_after_the_request() {
    check("closed", || Reaction::Close, "ConnectionLost");
}

#[test]
fn half_an_answer() {
    check("half", || Reaction::Half(Reply::new(200, r#"{"Item":{"id":{"S":"PHPSESSID_5e551d"}}}"#)), "ConnectionLost");
}

#[test]
fn garbage_instead_of_http() {
    check("garbage", || Reaction::Raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec()), "MalformedAnswer");
}

#[test]
fn a_wrong_checksum() {
    check("crc", || Reaction::Answer(Reply::new(200, "{}").with("x-amz-crc32", "7")), "MalformedAnswer");
}

#[test]
fn html_of_something_in_between() {
    let page = "<html><body>Please log in to the network</body></html>";
    check("html", move || Reaction::Answer(Reply::new(200, page).with("content-type", "text/html")), "MalformedAnswer");
}

#[test]
fn gzip_that_nobody_asked_for() {
    let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0xae, 5, 0, 0x43, 0xbf, 0xa6, 0xa3, 2, 0, 0, 0];
    check("gzip", move || Reaction::Answer(Reply::new(200, gzip).with("content-encoding", "gzip")), "MalformedAnswer");
}

#[test]
fn an_answer_larger_than_any_of_dynamodbs() {
    check(
        "huge",
        || Reaction::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n{".to_vec()),
        "MalformedAnswer",
    );
}

#[test]
fn an_endless_answer() {
    check("endless", || Reaction::Endless, "MalformedAnswer");
}

#[test]
fn an_endpoint_that_never_answers() {
    check("hang", || Reaction::Hang, "Timeout");
}

#[test]
fn an_answer_that_drips() {
    check("drip", || Reaction::Drip(Reply::new(200, "{}")), "Timeout");
}

#[test]
fn connections_closed_before_a_request_are_made_anew() {
    let server = Server::start(|_| Reaction::Answer(good("GetItem")));
    server.refuse(2);
    run(&server, "GetItem", Duration::from_secs(2)).unwrap();
    assert_eq!(server.count(), 1);
    assert_eq!(server.connections(), 3);
}

#[test]
fn a_closed_port_is_no_connection() {
    let server = Server::start(|_| Reaction::Close);
    let url = server.url();
    drop(server);
    let (client, stats) = network_client(&url, options());
    let deadline = client.clock.deadline(Duration::from_secs(1));
    let error = client.get_item(SESSION_KEY, true, &deadline).unwrap_err();
    assert_eq!((error.code(), error.attempts), ("ConnectError", 4), "{error}");
    assert_eq!(stats.requests.get(), 4);
}

/// The one measured for real: an address that swallows packets would need a network, so the server swallows requests.
/// More than that is borne where the machine had no time for the test, but not five times in a row.
#[test]
fn a_hanging_endpoint_costs_the_timeout_to_within_a_tenth() {
    let server = Server::start(|_| Reaction::Hang);
    let measure = || {
        let begun = Instant::now();
        run(&server, "GetItem", Duration::from_secs(1)).unwrap_err();
        let took = begun.elapsed();
        assert!(took >= Duration::from_millis(900), "{took:?}");
        took
    };
    let took: Vec<_> = (0..5).map(|_| measure()).take_while(|took| *took > Duration::from_millis(1_100)).collect();
    assert!(took.len() < 5, "{took:?}");
}
