use std::collections::{BTreeMap, HashMap};

use serde_json::{Value as Json, json};

use super::*;
use crate::config::Value;
use crate::credentials::Fixed;
use crate::environment::Environment;
use crate::error;
use crate::http::Failed;
use crate::testing::{ManualClock, Scripted, Step};

const NOW: u64 = 1_800_000_000;

struct Aws {
    transport: Arc<Scripted>,
    clock: Arc<CorrectedClock>,
    client: Client,
    sources: Sources,
}

fn aws(steps: Vec<Step>) -> Aws {
    let machine = Arc::new(ManualClock::at(NOW));
    let transport = Arc::new(Scripted::new(Arc::clone(&machine), steps));
    let clock = Arc::new(CorrectedClock::new(Arc::clone(&machine) as _));
    let keys = Credentials { key: "AKIDEXAMPLE".into(), secret: "hush".into(), token: None, expires: None };
    let place = error::Place {
        table: "sessions".into(),
        region: "eu-west-1".into(),
        endpoint: "https://dynamodb.eu-west-1.amazonaws.com".into(),
        hash_key: "id".into(),
    };
    let signs = Arc::new(Fixed::new(keys, "the constructor"));
    let client = Client::new(place, 1, Arc::clone(&transport) as _, signs, Arc::clone(&clock), Arc::default());
    let credentials = BTreeMap::from([
        ("key".to_owned(), Value::Text("AKIDEXAMPLE".into())),
        ("secret".to_owned(), Value::Text("hush".into())),
    ]);
    let sources = Sources {
        constructor: BTreeMap::from([("credentials".to_owned(), Value::Array(credentials))]),
        ini: HashMap::from([("region".to_owned(), "eu-west-1".to_owned())]),
        ..Sources::default()
    };
    Aws { transport, clock, client, sources }
}

impl Aws {
    fn diagnosis(&self) -> Diagnosis {
        self.check(Some(&self.client), None)
    }

    fn check(&self, client: Option<&Client>, failed: Option<&Error>) -> Diagnosis {
        let clock = &self.clock;
        let php = Php { version: "8.4.27".into(), save_handler: "dynamodb".into(), ..Php::default() };
        Diagnosis::of(&Subject {
            sources: &self.sources,
            gc_maxlifetime: 1_440,
            php: &php,
            clock,
            client,
            failed,
            keys: None,
            encryptions: 0,
        })
    }

    fn operations(&self) -> Vec<String> {
        let target = |request: &crate::http::Request| {
            let target = request.field("x-amz-target").unwrap();
            target.rsplit('.').next().unwrap().to_owned()
        };
        self.transport.seen().iter().map(target).collect()
    }

    fn body(&self, at: usize) -> Json {
        serde_json::from_slice(&self.transport.seen()[at].body).unwrap()
    }
}

fn described(key: &str) -> Step {
    let table = json!({
        "TableStatus": "ACTIVE", "ItemCount": 12, "TableSizeBytes": 3_456,
        "BillingModeSummary": { "BillingMode": "PAY_PER_REQUEST" },
        "KeySchema": [{ "AttributeName": key, "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": key, "AttributeType": "S" }],
    });
    Step::json(200, &json!({ "Table": table }).to_string())
}

fn ttl(status: &str, attribute: Option<&str>) -> Step {
    let description = json!({ "TimeToLiveStatus": status, "AttributeName": attribute });
    Step::json(200, &json!({ "TimeToLiveDescription": description }).to_string())
}

fn done() -> Step {
    Step::json(200, "{}")
}

fn read_back() -> Step {
    read_back_after(0)
}

/// The key is the manual clock's next random number; each failed attempt has used one for its jitter.
fn read_back_after(failures: usize) -> Step {
    let clock = ManualClock::at(0);
    let random = (0..=failures).map(|_| crate::clock::Clock::random(&clock)).last().unwrap();
    let data: Vec<u8> = (0..=255).collect();
    let data = crate::dynamodb::wire::to_json(&crate::dynamodb::AttributeValue::Binary(data), 0).unwrap();
    let data: Json = serde_json::from_slice(&data).unwrap();
    let id = json!({ "S": format!("dynamosess.check.{random:016x}") });
    Step::json(200, &json!({ "Item": { "id": id, "data": data } }).to_string())
}

fn all_well() -> Vec<Step> {
    vec![described("id"), ttl("ENABLED", Some("expires")), done(), read_back(), done()]
}

#[test]
fn where_all_is_well_it_says_so() {
    let aws = aws(all_well());
    let found = aws.diagnosis();
    assert_eq!((&found.problems, &found.notes), (&vec![], &vec![]));
    assert!(found.ok);
    assert_eq!(aws.operations(), ["DescribeTable", "DescribeTimeToLive", "UpdateItem", "GetItem", "DeleteItem"]);
    assert_eq!(aws.body(2)["Key"], aws.body(4)["Key"]);
    let text = found.to_text();
    assert!(text.contains("OK       Region        eu-west-1 [INI]\n"), "{text}");
    assert!(text.contains("OK       Table         sessions: ACTIVE, PAY_PER_REQUEST\n"), "{text}");
    assert!(text.contains("OK       Round trip    write 0.00 ms, read 0.00 ms, delete 0.00 ms\n"), "{text}");
    assert!(text.ends_with("\nOK: sessions can be kept.\n"), "{text}");
}

#[test]
fn the_array_has_the_shape_that_is_documented() {
    let json: Json = serde_json::from_str(&aws(all_well()).diagnosis().to_json()).unwrap();
    assert_eq!(json["ok"], true);
    assert_eq!(json["region"], json!({ "value": "eu-west-1", "source": "INI" }));
    assert_eq!(json["endpoint"]["value"], "https://dynamodb.eu-west-1.amazonaws.com");
    assert_eq!(json["credentials"], json!({ "source": "the constructor", "ok": true }));
    assert_eq!(json["settings"]["table_name"], json!({ "value": "sessions", "source": "default" }));
    assert_eq!(json["settings"]["session_lifetime"], json!({ "value": "1440", "source": "session.gc_maxlifetime" }));
    assert_eq!(json["table"]["key"], "id (S)");
    assert_eq!(json["ttl"], json!({ "on": true, "attribute": "expires" }));
    assert_eq!((&json["clock_skew_ms"], &json["round_trip"]["write_ms"]), (&json!(0), &json!(0.0)));
}

#[test]
fn what_is_only_warned_of_is_a_note_and_all_is_well() {
    let mut aws = aws(all_well());
    aws.sources.constructor.insert("tablename".into(), Value::Text("x".into()));
    let found = aws.diagnosis();
    assert!(found.ok && found.problems.is_empty());
    assert_eq!(found.notes, ["option 'tablename' is unknown; did you mean 'table_name'?"]);
}

#[test]
fn the_type_of_the_data_is_shown_as_the_switch_base64_makes_it() {
    let mut aws = aws(all_well());
    aws.sources.ini.insert("base64".into(), String::new());
    let json = serde_json::to_value(aws.diagnosis()).unwrap();
    assert_eq!(json["settings"]["data_attribute_type"], json!({"value": "string", "source": "INI"}));
}

#[test]
fn no_secret_is_in_it() {
    let found = aws(all_well()).diagnosis();
    let all = format!("{}{}{found:?}", found.to_json(), found.to_text());
    for secret in ["hush", "AKIDEXAMPLE"] {
        assert!(!all.contains(secret));
    }
}

#[test]
fn no_line_is_longer_than_a_terminal() {
    let text = aws(vec![Step::error(400, "ResourceNotFoundException")]).diagnosis().to_text();
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn a_missing_table_is_one_problem_with_its_remedy() {
    let aws = aws(vec![Step::error(400, "ResourceNotFoundException")]);
    let found = aws.diagnosis();
    assert_eq!(found.problems.len(), 1);
    assert!(found.problems[0].contains("createTable()"), "{:?}", found.problems);
    assert_eq!(aws.operations(), ["DescribeTable"]);
    assert!(!found.ok && found.to_text().ends_with("\n1 problem: see above.\n"));
}

#[test]
fn another_key_is_a_problem_and_nothing_is_written() {
    let aws = aws(vec![described("PK")]);
    let found = aws.diagnosis();
    assert!(found.problems[0].contains("its key is PK (S)"), "{:?}", found.problems);
    assert_eq!(aws.operations(), ["DescribeTable"]);
}

#[test]
fn ttl_off_is_a_note_with_its_remedy() {
    let found = aws(vec![described("id"), ttl("DISABLED", None), done(), read_back(), done()]).diagnosis();
    assert!(found.ok && found.notes[0].contains("TTL is off") && found.notes[0].contains("createTable()"));
    assert!(found.to_text().contains("NOTE     TTL           off\n"));
}

#[test]
fn ttl_by_another_attribute_is_a_note() {
    let found = aws(vec![described("id"), ttl("ENABLED", Some("ttl")), done(), read_back(), done()]).diagnosis();
    assert!(found.ok && found.notes[0].contains("session_lifetime_attribute to 'ttl'"), "{:?}", found.notes);
}

#[test]
fn looking_at_the_table_is_optional() {
    let denied = || Step::error(400, "AccessDeniedException");
    let found = aws(vec![denied(), denied(), done(), read_back_after(2), done()]).diagnosis();
    assert!(found.ok, "{:?}", found.problems);
    assert_eq!(found.notes.iter().filter(|note| note.ends_with("sessions do not need it")).count(), 2);
}

#[test]
fn a_permission_that_sessions_need_is_a_problem() {
    let denied = Step::error(400, "AccessDeniedException");
    let aws = aws(vec![described("id"), ttl("ENABLED", Some("expires")), denied]);
    let found = aws.diagnosis();
    assert!(found.problems[0].starts_with("UpdateItem on table 'sessions'"), "{:?}", found.problems);
    assert_eq!(found.problems.len(), 1);
    assert_eq!(aws.operations().len(), 3);
}

#[test]
fn what_was_written_is_deleted_although_it_could_not_be_read() {
    let broken = Step::error(500, "InternalServerError");
    let aws = aws(vec![described("id"), ttl("ENABLED", Some("expires")), done(), broken, done()]);
    assert!(!aws.diagnosis().ok);
    assert_eq!(aws.operations().last().unwrap(), "DeleteItem");
    let left: i64 = aws.body(2)["ExpressionAttributeValues"][":v0"]["N"].as_str().unwrap().parse().unwrap();
    assert_eq!(left - NOW as i64, 60, "and it would end by itself");
}

#[test]
fn an_endpoint_out_of_reach_is_said_once() {
    let aws = aws(vec![Step::fail(Failed::Connect)]);
    let found = aws.diagnosis();
    assert_eq!((found.problems.len(), aws.transport.count()), (1, 1));
    assert_eq!(found.clock_skew_ms, None);
    assert!(found.to_text().contains("PROBLEM  Round trip"));
}

#[test]
fn a_clock_an_hour_behind_is_told() {
    let aws = aws(all_well());
    let mut reply = match described("id") {
        Step::Reply(reply) => reply,
        other => panic!("{other:?}"),
    };
    let date = std::time::UNIX_EPOCH + std::time::Duration::from_secs(NOW + 3_600);
    reply.head = format!("date: {}\r\n", httpdate::fmt_http_date(date)).into_bytes();
    let steps: Vec<Step> = std::iter::once(Step::Reply(reply)).chain(all_well().into_iter().skip(1)).collect();
    let aws = Aws { transport: aws.transport, ..self::aws(steps) };
    let found = aws.diagnosis();
    assert_eq!(found.clock_skew_ms, Some(-3_600_500));
    assert!(found.notes[0].contains("3600 s behind"), "{:?}", found.notes);
}

#[test]
fn without_region_and_credentials_both_are_told() {
    let mut aws = aws(vec![]);
    let off = [
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/nonexistent"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
    ];
    let off = off.map(|(name, value)| (name.to_owned(), value.to_owned()));
    aws.sources = Sources { environment: Environment::at_start(off), ..Sources::default() };
    let failed = Error::new("open", Cause::NoRegion);
    let found = aws.check(None, Some(&failed));
    let all = found.problems.join("\n");
    assert!(all.contains("no region is set") && all.contains("no AWS credentials were found"), "{all}");
    assert_eq!(found.problems.len(), 2);
    assert_eq!(found.credentials, CredentialsFound { source: None, ok: false });
    assert!(found.to_text().contains("PROBLEM  Region        not known\n"), "{}", found.to_text());
}

#[test]
fn a_setting_that_cannot_be_used_is_told_where_nothing_opens() {
    let mut aws = aws(vec![]);
    aws.sources.ini.insert("timeout".to_owned(), "soon".to_owned());
    aws.sources.constructor.insert("data_attribute".to_owned(), Value::Text("expires".into()));
    let failed = Error::new("open", Cause::Setting("hash_key, … must differ".to_owned()));
    let found = aws.check(None, Some(&failed));
    assert!(found.problems[0].contains("dynamosess.timeout must be"), "{:?}", found.problems);
    assert!(found.problems[1].contains("must differ"), "{:?}", found.problems);
    assert_eq!(found.region.as_ref().map(|region| region.source.as_str()), Some("INI"));
}
