//! Fault by operation: what comes of it, how many calls it takes, how long at most, and what the message says.
//!
//! On the manual clock: hours pass in no time.

use std::sync::Arc;
use std::time::Duration;

use dynamosess::clock::{Clock, CorrectedClock, Deadline};
use dynamosess::config::Credentials;
use dynamosess::credentials::Fixed;
use dynamosess::dynamodb::{AttributeValue, Client, Condition, Outcome, Update};
use dynamosess::error::Error;
use dynamosess::http::{Failed, TransportError};
use dynamosess::stats::Stats;
use dynamosess::testing::{ManualClock, Scripted, Step};

use crate::services::{KEY, REGION};
use crate::setup::{SESSION_KEY, TABLE, client};

const TIMEOUT: Duration = Duration::from_secs(5);
const TOKEN: &str = "whispered-session-token";
const DATA: &str = "cart|s:6:secret";

/// The operations that sessions use, with an answer each.
const OPERATIONS: [(&str, &str); 4] = [
    ("GetItem", r#"{"Item":{"id":{"S":"PHPSESSID_5e551d"}}}"#),
    ("UpdateItem", "{}"),
    ("DeleteItem", "{}"),
    ("Scan", r#"{"Items":[]}"#),
];

enum Expect {
    Works,
    /// By the error's code, and this in the message.
    Fails(&'static str, &'static str),
}
use Expect::{Fails, Works};

struct Case {
    clock: Arc<ManualClock>,
    transport: Arc<Scripted>,
    stats: Arc<Stats>,
    client: Client,
}

impl Case {
    fn new(steps: Vec<Step>) -> Self {
        let clock = Arc::new(ManualClock::at(1_767_323_045));
        let transport = Arc::new(Scripted::new(clock.clone(), steps));
        let keys = Credentials { key: KEY.0.into(), secret: KEY.1.into(), token: Some(TOKEN.into()), expires: None };
        let (corrected, stats) = (Arc::new(CorrectedClock::new(clock.clone())), Arc::new(Stats::default()));
        let fixed = Arc::new(Fixed::new(keys, "test"));
        let client = client("https://dynamodb.test", transport.clone(), fixed, &corrected, &stats);
        Case { clock, transport, stats, client }
    }

    fn deadline(&self) -> Deadline {
        Deadline::after(&*self.clock, TIMEOUT)
    }

    fn run(&self, operation: &str) -> Result<(), Error> {
        let deadline = self.deadline();
        match operation {
            "GetItem" => self.client.get_item(SESSION_KEY, true, &deadline).map(drop),
            "UpdateItem" => self.client.update_item(SESSION_KEY, &update(), &deadline).map(drop),
            "DeleteItem" => self.client.delete_item(SESSION_KEY, None, &deadline).map(drop),
            _ => self.client.scan_keys(&Condition::AtMost("expires".into(), 1), None, &deadline).map(drop),
        }
    }
}

fn update() -> Update {
    Update {
        set: vec![("data".into(), AttributeValue::String(DATA.into()))],
        condition: Some(Condition::Exists("id".into())),
        ..Update::default()
    }
}

/// An error answer that quotes all it should not.
fn error(status: u16, code: &str) -> Step {
    let message = format!("{SESSION_KEY} by {} with {} and {TOKEN}", KEY.0, KEY.1);
    let body = serde_json::json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": message});
    with(Step::json(status, &body.to_string()), "x-amzn-requestid", "REQ123")
}

fn with(step: Step, name: &'static str, value: &str) -> Step {
    let Step::Reply(mut reply) = step else { panic!() };
    reply.head.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    Step::Reply(reply)
}

fn closed_in_the_pool() -> Step {
    Step::Fail(TransportError { was_stale: true, ..TransportError::new(Failed::Lost, "closed") })
}

/// Runs each operation against `steps`, of which the last stands for all that follow, and then `then`.
fn check(name: &str, steps: impl Fn() -> Vec<Step>, then_good: bool, expect: Expect, calls: usize) {
    for (operation, good) in OPERATIONS {
        let mut script = steps();
        if then_good {
            script.push(Step::json(200, good));
        }
        let case = Case::new(script);
        let begun = case.clock.monotonic();
        let outcome = case.run(operation);
        let took = case.clock.monotonic() - begun;
        assert!(took <= TIMEOUT.mul_f64(1.1), "{name}, {operation}: took {took:?}");
        assert_eq!(case.transport.count(), calls, "{name}, {operation}");
        match (&expect, outcome) {
            (Works, outcome) => outcome.unwrap_or_else(|e| panic!("{name}, {operation}: {e}")),
            (Fails(code, said), Err(error)) => {
                assert_eq!(error.code(), *code, "{name}, {operation}");
                check_message(&error.to_string(), operation, said);
                assert_eq!(case.stats.errors.get(), 1, "{name}, {operation}");
            }
            (Fails(..), Ok(())) => panic!("{name}, {operation}: works"),
        }
    }
}

fn check_message(message: &str, operation: &str, said: &str) {
    for part in [operation, TABLE, REGION, said, "; "] {
        assert!(message.contains(part), "'{part}' is not in: {message}");
    }
    // A Scan does not know whose keys it finds, so no refusal of one can be about a key.
    let id = if operation == "Scan" { DATA } else { SESSION_KEY };
    for secret in [id, KEY.0, KEY.1, TOKEN, DATA] {
        assert!(!message.contains(secret), "'{secret}' is in: {message}");
    }
}

/// As often as it may be asked for.
fn always(step: impl Fn() -> Step) -> impl Fn() -> Vec<Step> {
    move || (0..8).map(|_| step()).collect()
}

#[test]
fn what_passes_by_itself_is_tried_again_and_works() {
    for (status, code) in [
        (400, "ProvisionedThroughputExceededException"),
        (400, "ThrottlingException"),
        (400, "RequestLimitExceeded"),
        (400, "TransactionConflictException"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
    ] {
        check(code, || vec![error(status, code)], true, Works, 2);
    }
    for status in [500, 502, 503, 504] {
        check("no JSON", || vec![Step::json(status, "<html>")], true, Works, 2);
    }
    for kind in [Failed::Dns, Failed::Connect, Failed::Timeout, Failed::Lost, Failed::Garbage] {
        check("transport", || vec![Step::fail(kind)], true, Works, 2);
    }
    check("HTML", || vec![Step::json(200, "<html>")], true, Works, 2);
    check("wrong crc", || vec![with(Step::json(200, "{}"), "x-amz-crc32", "1")], true, Works, 2);
}

#[test]
fn what_does_not_pass_ends_after_all_attempts_within_the_time() {
    let throttled = "ProvisionedThroughputExceededException";
    let case = Case::new((0..8).map(|_| error(400, throttled)).collect());
    let failed = case.run("GetItem").unwrap_err();
    assert!(failed.to_string().contains("capacity is used up"), "{failed}");
    assert!(case.clock.slept().iter().sum::<Duration>() <= TIMEOUT);
    for (code, said) in [("InternalServerError", "[request id REQ123]"), ("ServiceUnavailable", "(after 4 attempts)")] {
        check(code, always(|| error(500, code)), false, Fails(code, said), 4);
    }
    check("bad gateway", always(|| Step::json(502, "<html>")), false, Fails("HTTP 502", "not DynamoDB's"), 4);
    check("dns", always(|| Step::fail(Failed::Dns)), false, Fails("DnsError", "could not be resolved"), 4);
    check("refused", always(|| Step::fail(Failed::Connect)), false, Fails("ConnectError", "no connection"), 4);
    check("lost", always(|| Step::fail(Failed::Lost)), false, Fails("ConnectionLost", "broke before"), 4);
    check("HTML", always(|| Step::json(200, "<html>")), false, Fails("MalformedAnswer", "not a JSON object"), 4);
    let wrong_crc = || with(Step::json(200, "{}"), "x-amz-crc32", "1");
    check("wrong crc", always(wrong_crc), false, Fails("MalformedAnswer", "checksum"), 4);
    check("never answering", always(|| Step::Hang), false, Fails("Timeout", "no answer within 5 s"), 2);
    let slow = || vec![Step::Wait(Duration::from_secs(4)), Step::Wait(Duration::from_secs(4))];
    check("slow", slow, false, Fails("Timeout", "no answer within 5 s"), 2);
}

#[test]
fn what_will_not_pass_is_not_tried_again() {
    for (code, said) in [
        ("ValidationException", "look up this error in DynamoDB's API reference"),
        ("AccessDeniedException", "IAM policy"),
        ("ResourceNotFoundException", "does not exist in eu-west-1"),
        ("ItemCollectionSizeLimitExceededException", "[request id REQ123]"),
        ("ExpiredTokenException", "renew them"),
        ("UnrecognizedClientException", "check key, secret and session token"),
        ("InvalidSignatureException", "check the secret key"),
        ("SomethingNew", "[request id REQ123]"),
    ] {
        check(code, always(|| error(400, code)), false, Fails(code, said), 1);
    }
    check("TLS", always(|| Step::fail(Failed::Tls)), false, Fails("TlsError", "dynamosess.ca_bundle"), 1);
}

#[test]
fn a_connection_that_was_closed_in_the_pool_is_no_attempt() {
    check("closed", || vec![closed_in_the_pool()], true, Works, 2);
    for (operation, good) in OPERATIONS {
        let mut case = Case::new(vec![closed_in_the_pool(), Step::json(200, good)]);
        case.client.max_attempts = 1;
        case.run(operation).unwrap();
        assert!(case.clock.slept().is_empty(), "{operation}: repeated at once");
        assert_eq!(case.stats.retries.get(), 0);
    }
    let twice = || vec![closed_in_the_pool(), closed_in_the_pool()];
    check("closed twice", twice, true, Works, 3);
}

#[test]
fn a_skewed_clock_is_corrected_by_the_refusal_itself() {
    let expired = || {
        let body = r#"{"__type":"x#InvalidSignatureException","message":"Signature expired: is now earlier"}"#;
        vec![with(Step::json(400, body), "date", "Fri, 02 Jan 2026 04:04:05 GMT")]
    };
    check("skewed", expired, true, Works, 2);
    let case = Case::new(expired().into_iter().chain([Step::json(200, "{}")]).collect());
    case.run("GetItem").unwrap();
    let dates: Vec<_> =
        case.transport.seen().iter().map(|request| request.field("x-amz-date").unwrap().to_owned()).collect();
    assert_eq!(dates, ["20260102T030405Z", "20260102T040405Z"]);
}

#[test]
fn only_dynamodbs_own_answers_move_the_clock() {
    let page = with(Step::json(200, "<html>"), "date", "Fri, 02 Jan 2026 04:04:05 GMT");
    let case = Case::new(vec![page, Step::json(200, "{}")]);
    case.run("GetItem").unwrap();
    assert_eq!(case.client.clock.offset_ms(), 0);
}

#[test]
fn json_that_ends_too_early_is_asked_for_again_and_another_items_answer_is_not_taken() {
    check("cut", || vec![Step::json(200, r#"{"Item":{"id":"#)], true, Works, 2);
    let other = || with(Step::json(200, r#"{"Item":{"id":{"S":"another"}}}"#), "x-amzn-requestid", "REQ123");
    let case = Case::new(vec![other()]);
    let error = case.run("GetItem").unwrap_err();
    assert_eq!(error.code(), "MalformedAnswer");
    check_message(&error.to_string(), "GetItem", "[request id REQ123]");
}

#[test]
fn each_attempt_is_signed_afresh() {
    let case =
        Case::new(vec![Step::Wait(Duration::from_secs(2)), error(500, "InternalServerError"), Step::json(200, "{}")]);
    case.run("GetItem").unwrap();
    let seen = case.transport.seen();
    assert_ne!(seen[0].field("authorization"), seen[1].field("authorization"));
}

#[test]
fn the_server_may_ask_for_a_pause() {
    let busy = with(error(503, "ServiceUnavailable"), "x-amz-retry-after", "700");
    let case = Case::new(vec![busy, Step::json(200, "{}")]);
    case.run("GetItem").unwrap();
    assert_eq!(case.clock.slept(), [Duration::from_millis(700)]);
}

#[test]
fn a_refusal_after_a_lost_answer_says_that_it_may_be_the_work_of_our_own_hand() {
    let refused =
        || Step::json(400, r#"{"__type":"x#ConditionalCheckFailedException","message":"m","Item":{"id":{"S":"k"}}}"#);
    let outcome = |steps: Vec<Step>| {
        let case = Case::new(steps);
        match case.client.update_item(SESSION_KEY, &update(), &case.deadline()).unwrap() {
            Outcome::Refused(refused) => (refused.item.is_some(), refused.repeated),
            Outcome::Done(_) => panic!(),
        }
    };
    assert_eq!(outcome(vec![refused()]), (true, false));
    assert_eq!(outcome(vec![error(400, "ThrottlingException"), refused()]), (true, false));
    assert_eq!(outcome(vec![Step::fail(Failed::Connect), refused()]), (true, false));
    for lost in [Step::fail(Failed::Lost), Step::Hang, error(500, "InternalServerError"), closed_in_the_pool()] {
        assert_eq!(outcome(vec![lost, refused()]), (true, true));
    }
}

#[test]
fn an_outage_does_not_multiply_load() {
    let case = Case::new((0..2_000).map(|_| error(500, "InternalServerError")).collect());
    for _ in 0..100 {
        case.run("GetItem").unwrap_err();
    }
    // 500 tokens at 14 a retry.
    assert_eq!(case.stats.retries.get(), 35);
    assert_eq!(case.transport.count(), 135);
}
