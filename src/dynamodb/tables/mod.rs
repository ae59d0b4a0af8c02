//! Making the table, and looking at it.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html>

mod options;

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use crate::clock::Deadline;
use crate::error::{Cause, Error, ServiceCode};
use options::Wish;

/// How long to wait for a new table, and between two looks at it.
const PATIENCE: Duration = Duration::from_secs(300);
const PAUSE: Duration = Duration::from_millis(500);

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// It was made just now; else it was there.
    pub is_new: bool,
    /// What could not be done and does not keep sessions from working.
    pub notes: Vec<String>,
}

/// Why there is no usable table.
#[derive(Clone, Debug, PartialEq)]
pub enum Failed {
    /// An option is wrong.
    Option(String),
    /// An operation failed.
    Service(Error),
    /// The table is there, and something about it is not as sessions need it.
    Table(String),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Failed::Service(error)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    table: Table,
}

/// What DescribeTable says of a table.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Table {
    /// `ACTIVE` when it is usable.
    pub table_status: String,
    /// One or two attributes.
    pub key_schema: Vec<KeyElement>,
    /// Their types.
    pub attribute_definitions: Vec<AttributeDefinition>,
    /// Items, as of some hours ago.
    pub item_count: Option<i64>,
    /// Bytes, as of some hours ago.
    pub table_size_bytes: Option<i64>,
    /// On-demand or provisioned; a table that was always provisioned has none.
    pub billing_mode_summary: Option<BillingMode>,
}

/// A part of the key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyElement {
    /// The attribute.
    pub attribute_name: String,
    /// `HASH` or `RANGE`.
    pub key_type: String,
}

/// An attribute's type.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttributeDefinition {
    /// The attribute.
    pub attribute_name: String,
    /// `S`, `N` or `B`.
    pub attribute_type: String,
}

/// How the table is billed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BillingMode {
    /// `PAY_PER_REQUEST` or `PROVISIONED`.
    pub billing_mode: Option<String>,
}

impl Table {
    /// Whether its key is `hash_key` of type S and nothing else.
    pub fn has_key(&self, hash_key: &str) -> bool {
        matches!(self.key_schema.as_slice(), [key] if key.attribute_name == hash_key)
            && self.type_of(hash_key) == Some("S")
    }

    /// Its key in words: `id (S)`, or `id (S) and range key when (N)`.
    pub fn key(&self) -> String {
        let part = |key: &KeyElement| {
            let range = if key.key_type == "RANGE" { "range key " } else { "" };
            format!("{range}{} ({})", key.attribute_name, self.type_of(&key.attribute_name).unwrap_or("?"))
        };
        self.key_schema.iter().map(part).collect::<Vec<_>>().join(" and ")
    }

    /// Whether items can be read and written.
    pub fn is_usable(&self) -> bool {
        is_usable(&self.table_status)
    }

    /// `PAY_PER_REQUEST` or `PROVISIONED`.
    pub fn billing_mode(&self) -> &str {
        let summary = self.billing_mode_summary.as_ref();
        summary.and_then(|summary| summary.billing_mode.as_deref()).unwrap_or("PROVISIONED")
    }

    fn type_of(&self, attribute: &str) -> Option<&str> {
        let of = self.attribute_definitions.iter().find(|definition| definition.attribute_name == attribute);
        of.map(|definition| definition.attribute_type.as_str())
    }
}

/// What DescribeTimeToLive says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ttl {
    /// On, or about to be, for this attribute.
    On(String),
    /// Off.
    Off,
    /// On its way out: it cannot be turned on again until it is off.
    Ending,
}

/// Makes the table with TTL on `ttl_attribute`, and waits until it is usable. One that is there is left as it is,
/// except that TTL is turned on.
///
/// `options` is an object of CreateTable's own options; on-demand billing if it names no other. `timeout` bounds one
/// request.
pub fn create(client: &Client, ttl_attribute: &str, options: Value, timeout: Duration) -> Result<Created, Failed> {
    let wish = Wish::new(&client.place, options).map_err(Failed::Option)?;
    let deadline = || client.clock.deadline(timeout);
    let known = match describe(client, &deadline()) {
        Ok(table) => Some(table),
        // It may be that the caller may create a table and not look at it; CreateTable knows.
        Err(error)
            if matches!(
                error.service_code(),
                Some(ServiceCode::ResourceNotFoundException | ServiceCode::AccessDeniedException)
            ) =>
        {
            None
        }
        Err(error) => return Err(error.into()),
    };
    let is_new = match known {
        Some(_) => false,
        None => match client.ask::<Value>("CreateTable", &wish.request, &deadline()) {
            Ok(_) => true,
            // Another node was quicker.
            Err(error) if error.service_code() == Some(&ServiceCode::ResourceInUseException) => false,
            Err(error) => return Err(error.into()),
        },
    };
    match known {
        Some(table) if table.is_usable() => check_key(client, &table)?,
        _ => wait(client, deadline)?,
    }
    let mut notes = Vec::new();
    if wish.ttl {
        notes.extend(turn_on_ttl(client, ttl_attribute, deadline)?);
    }
    Ok(Created { is_new, notes })
}

/// Until the table is usable.
fn wait(client: &Client, deadline: impl Fn() -> Deadline) -> Result<(), Failed> {
    let patience = client.clock.deadline(PATIENCE);
    loop {
        match describe(client, &deadline()) {
            Ok(table) if table.is_usable() => return check_key(client, &table),
            Ok(table) if table.table_status == "CREATING" => {}
            Ok(table) => return Err(unusable(client, &table)),
            // DescribeTable lags behind CreateTable.
            Err(error) if error.service_code() == Some(&ServiceCode::ResourceNotFoundException) => {}
            Err(error) => return Err(error.into()),
        }
        if client.clock.left(&patience).is_zero() {
            return Err(Error::new("DescribeTable", Cause::Timeout(PATIENCE)).at(&client.place).into());
        }
        client.clock.machine().sleep(PAUSE);
    }
}

/// What there is to know of the table.
pub fn describe(client: &Client, deadline: &Deadline) -> Result<Table, Error> {
    let request = json!({ "TableName": client.place.table });
    Ok(client.ask::<Description>("DescribeTable", &request, deadline)?.table)
}

/// Whether DynamoDB deletes expired items, and by which attribute.
pub fn ttl(client: &Client, deadline: &Deadline) -> Result<Ttl, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        time_to_live_description: Described,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Described {
        time_to_live_status: String,
        attribute_name: Option<String>,
    }
    let request = json!({ "TableName": client.place.table });
    let ttl = client.ask::<Answer>("DescribeTimeToLive", &request, deadline)?.time_to_live_description;
    Ok(match (ttl.time_to_live_status.as_str(), ttl.attribute_name) {
        ("ENABLED" | "ENABLING", Some(attribute)) => Ttl::On(attribute),
        ("DISABLING", _) => Ttl::Ending,
        _ => Ttl::Off,
    })
}

/// `Some`: why it could not be done, where sessions work all the same.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html>
fn turn_on_ttl(client: &Client, attribute: &str, deadline: impl Fn() -> Deadline) -> Result<Option<String>, Failed> {
    match ttl(client, &deadline()) {
        Ok(Ttl::On(on)) if on == attribute => return Ok(None),
        Ok(Ttl::On(on)) => return Err(other_ttl(client, &on, attribute)),
        Ok(Ttl::Ending) => return Err(ending_ttl(client)),
        Ok(Ttl::Off) => {}
        Err(error) if error.service_code() == Some(&ServiceCode::UnknownOperationException) => {
            return Ok(Some(no_ttl(client)));
        }
        // Turning it on is another permission than looking at it.
        Err(error) if error.service_code() == Some(&ServiceCode::AccessDeniedException) => {}
        Err(error) => return Err(error.into()),
    }
    let request = json!({
        "TableName": client.place.table,
        "TimeToLiveSpecification": { "Enabled": true, "AttributeName": attribute },
    });
    match client.ask::<Value>("UpdateTimeToLive", &request, &deadline()) {
        Ok(_) => Ok(None),
        Err(error) => match &error.cause {
            Cause::Service { code: ServiceCode::UnknownOperationException, .. } => Ok(Some(no_ttl(client))),
            Cause::Service { message, .. } if message.contains("already enabled") => Ok(None),
            _ => Err(error.into()),
        },
    }
}

fn check_key(client: &Client, table: &Table) -> Result<(), Failed> {
    if table.has_key(&client.place.hash_key) {
        return Ok(());
    }
    Err(wrong(client, other_key(table, &client.place.hash_key)))
}

/// Why sessions cannot be kept in a table with such a key; for `check()` too.
pub fn other_key(table: &Table, hash_key: &str) -> String {
    let remedy = match table.key_schema.as_slice() {
        [key] if table.type_of(&key.attribute_name) == Some("S") => {
            format!("set dynamosess.hash_key to '{}', or dynamosess.table_name to another table", key.attribute_name)
        }
        _ => "set dynamosess.table_name to another table".to_owned(),
    };
    format!("the table exists and its key is {}, not '{hash_key}' (S) alone: {remedy}", table.key())
}

/// Why items are not deleted when sessions end; for `check()` too.
pub fn other_ttl_text(on: &str, attribute: &str) -> String {
    format!(
        "TTL is on for the attribute '{on}', and sessions end at '{attribute}', so DynamoDB does not delete them: set \
         dynamosess.session_lifetime_attribute to '{on}', or turn TTL off, wait for an hour and repeat createTable()"
    )
}

fn unusable(client: &Client, table: &Table) -> Failed {
    let text = match table.table_status.as_str() {
        "DELETING" => "the table is being deleted; repeat this when it is gone".to_owned(),
        status => format!("the table's status is {status}; see the DynamoDB console"),
    };
    wrong(client, text)
}

fn other_ttl(client: &Client, on: &str, attribute: &str) -> Failed {
    wrong(client, format!("the table is usable, but {}", other_ttl_text(on, attribute)))
}

fn ending_ttl(client: &Client) -> Failed {
    wrong(client, "the table is usable, but TTL is being turned off; repeat this in an hour".to_owned())
}

fn no_ttl(client: &Client) -> String {
    format!("table '{}' has no TTL: {} knows no such thing", client.place.table, client.place.endpoint)
}

fn wrong(client: &Client, text: String) -> Failed {
    let place = &client.place;
    Failed::Table(format!("createTable on table '{}' in {} ({}): {text}", place.table, place.region, place.endpoint))
}

/// Whether items can be read and written in a table of this status.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html>
pub(crate) fn is_usable(status: &str) -> bool {
    matches!(status, "ACTIVE" | "UPDATING")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::CorrectedClock;
    use crate::config::Credentials;
    use crate::credentials::Fixed;
    use crate::error::Place;
    use crate::testing::{ManualClock, Scripted, Step};

    struct Aws {
        clock: Arc<ManualClock>,
        transport: Arc<Scripted>,
        client: Client,
    }

    fn aws(steps: Vec<Step>) -> Aws {
        let clock = Arc::new(ManualClock::at(1_800_000_000));
        let transport = Arc::new(Scripted::new(Arc::clone(&clock), steps));
        let keys = Credentials { key: "AKID".into(), secret: "hush".into(), token: None, expires: None };
        let place = Place {
            table: "sessions".into(),
            region: "eu-west-1".into(),
            endpoint: "https://dynamodb.eu-west-1.amazonaws.com".into(),
            hash_key: "id".into(),
        };
        let corrected = Arc::new(CorrectedClock::new(Arc::clone(&clock) as _));
        let signs = Arc::new(Fixed::new(keys, "the test"));
        let client = Client::new(place, 1, Arc::clone(&transport) as _, signs, corrected, Arc::default());
        Aws { clock, transport, client }
    }

    impl Aws {
        fn create(&self, options: &str) -> Result<Created, Failed> {
            create(&self.client, "expires", serde_json::from_str(options).unwrap(), Duration::from_secs(5))
        }

        fn operations(&self) -> Vec<String> {
            let target = |request: &crate::http::Request| {
                let target = request.field("x-amz-target").unwrap();
                target.rsplit('.').next().unwrap().to_owned()
            };
            self.transport.seen().iter().map(target).collect()
        }

        fn body(&self, operation: &str) -> Value {
            let at = self.operations().iter().position(|name| name == operation).unwrap();
            serde_json::from_slice(&self.transport.seen()[at].body).unwrap()
        }
    }

    fn described(status: &str, key: &str) -> Step {
        Step::json(
            200,
            &json!({ "Table": {
                "TableStatus": status,
                "KeySchema": [{ "AttributeName": key, "KeyType": "HASH" }],
                "AttributeDefinitions": [{ "AttributeName": key, "AttributeType": "S" }],
            }})
            .to_string(),
        )
    }

    fn missing() -> Step {
        Step::error(400, "ResourceNotFoundException")
    }

    fn made() -> Step {
        Step::json(200, r#"{"TableDescription":{"TableStatus":"CREATING"}}"#)
    }

    fn ttl_is(status: &str, attribute: &str) -> Step {
        let description = json!({ "TimeToLiveStatus": status, "AttributeName": attribute });
        Step::json(200, &json!({ "TimeToLiveDescription": description }).to_string())
    }

    fn ttl_off() -> Step {
        Step::json(200, r#"{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}"#)
    }

    fn done() -> Step {
        Step::json(200, "{}")
    }

    fn text(failed: Failed) -> String {
        match failed {
            Failed::Option(text) | Failed::Table(text) => text,
            Failed::Service(error) => error.to_string(),
        }
    }

    const IS_NEW: Created = Created { is_new: true, notes: Vec::new() };
    const WAS_THERE: Created = Created { is_new: false, notes: Vec::new() };

    #[test]
    fn a_table_is_made_waited_for_and_given_ttl() {
        let aws = aws(vec![
            missing(),
            made(),
            missing(),
            described("CREATING", "id"),
            described("ACTIVE", "id"),
            ttl_off(),
            done(),
        ]);
        assert_eq!(aws.create("[]"), Ok(IS_NEW));
        let wanted = json!({
            "TableName": "sessions",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        });
        assert_eq!(aws.body("CreateTable"), wanted);
        let ttl = json!({ "Enabled": true, "AttributeName": "expires" });
        assert_eq!(aws.body("UpdateTimeToLive")["TimeToLiveSpecification"], ttl);
        assert_eq!(aws.clock.slept(), [PAUSE; 2]);
    }

    #[test]
    fn repeating_it_only_looks() {
        let aws = aws(vec![described("ACTIVE", "id"), ttl_is("ENABLED", "expires")]);
        assert_eq!(aws.create("[]"), Ok(WAS_THERE));
        assert_eq!(aws.operations(), ["DescribeTable", "DescribeTimeToLive"]);
    }

    #[test]
    fn a_table_that_is_there_without_ttl_gets_it() {
        let aws = aws(vec![described("UPDATING", "id"), ttl_off(), done()]);
        assert_eq!(aws.create("{}"), Ok(WAS_THERE));
        assert_eq!(aws.operations().last().unwrap(), "UpdateTimeToLive");
    }

    #[test]
    fn two_nodes_at_once_make_one_table() {
        let steps = vec![
            missing(),
            Step::error(400, "ResourceInUseException"),
            described("CREATING", "id"),
            described("ACTIVE", "id"),
            ttl_off(),
            Step::json(400, r#"{"__type":"ValidationException","message":"TimeToLive is already enabled"}"#),
        ];
        assert_eq!(aws(steps).create("[]"), Ok(WAS_THERE));
    }

    #[test]
    fn options_are_passed_on_under_awss_names() {
        let aws = aws(vec![missing(), made(), described("ACTIVE", "id")]);
        let options = json!({
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": { "ReadCapacityUnits": 3, "WriteCapacityUnits": 2 },
            "SSESpecification": { "Enabled": true, "SSEType": "KMS" },
            "DeletionProtectionEnabled": true,
            "TableClass": "STANDARD_INFREQUENT_ACCESS",
            "Tags": { "app": "shop", "cost": 7 },
            "TimeToLiveSpecification": { "Enabled": false },
        });
        assert_eq!(aws.create(&options.to_string()), Ok(IS_NEW));
        let sent = aws.body("CreateTable");
        for name in
            ["BillingMode", "ProvisionedThroughput", "SSESpecification", "DeletionProtectionEnabled", "TableClass"]
        {
            assert_eq!(sent[name], options[name], "{name}");
        }
        assert_eq!(sent["Tags"], json!([{ "Key": "app", "Value": "shop" }, { "Key": "cost", "Value": "7" }]));
        assert_eq!(aws.operations(), ["DescribeTable", "CreateTable", "DescribeTable"]);
    }

    #[test]
    fn throughput_alone_means_provisioned() {
        let aws = aws(vec![missing(), made(), described("ACTIVE", "id"), ttl_off(), done()]);
        let options = r#"{"ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":2}}"#;
        assert_eq!(aws.create(options), Ok(IS_NEW));
        assert_eq!(aws.body("CreateTable")["BillingMode"], "PROVISIONED");
    }

    #[test]
    fn wrong_options_are_told_before_anything_is_sent() {
        for (options, said) in [
            (r#"{"biling_mode":"PROVISIONED"}"#, "has no option 'biling_mode'; did you mean 'BillingMode'?"),
            (r#"{"sse_specification":{}}"#, "did you mean 'SSESpecification'?"),
            (r#"{"BillingMode":"FREE"}"#, "must be PAY_PER_REQUEST or PROVISIONED"),
            (r#"{"BillingMode":"PROVISIONED"}"#, "needs 'ProvisionedThroughput'"),
            (r#"{"BillingMode":"PAY_PER_REQUEST","ProvisionedThroughput":{}}"#, "is for 'BillingMode' PROVISIONED"),
            (r#"{"DeletionProtectionEnabled":"yes"}"#, "'DeletionProtectionEnabled' must be a bool"),
            (r#"["PROVISIONED"]"#, "CreateTable's own names"),
            (r#"{"TableName":"other"}"#, "that is what the setting 'table_name' says"),
            (r#"{"TimeToLiveSpecification":{"AttributeName":"ttl"}}"#, "the setting 'session_lifetime_attribute'"),
        ] {
            let aws = aws(vec![]);
            let Err(Failed::Option(text)) = aws.create(options) else { panic!("{options}") };
            assert!(text.contains(said), "{text}");
            assert_eq!(aws.transport.count(), 0);
        }
    }

    #[test]
    fn another_key_is_named_with_the_setting_to_change() {
        let aws = aws(vec![described("ACTIVE", "PK")]);
        let text = text(aws.create("[]").unwrap_err());
        assert!(text.contains("its key is PK (S), not 'id' (S) alone: set dynamosess.hash_key to 'PK'"), "{text}");
    }

    #[test]
    fn ttl_on_another_attribute_is_named() {
        let aws = aws(vec![described("ACTIVE", "id"), ttl_is("ENABLING", "ttl")]);
        let text = text(aws.create("[]").unwrap_err());
        assert!(text.contains("TTL is on for the attribute 'ttl', and sessions end at 'expires'"), "{text}");
        assert!(text.contains("session_lifetime_attribute to 'ttl'"), "{text}");
    }

    #[test]
    fn ttl_on_its_way_out_and_a_table_being_deleted_are_to_be_waited_for() {
        let ending = aws(vec![described("ACTIVE", "id"), ttl_is("DISABLING", "expires")]).create("[]");
        assert!(text(ending.unwrap_err()).contains("repeat this in an hour"));
        let deleting = aws(vec![described("DELETING", "id"), described("DELETING", "id")]).create("[]");
        assert!(text(deleting.unwrap_err()).contains("is being deleted"));
    }

    #[test]
    fn an_engine_without_ttl_is_good_enough_and_says_so() {
        let aws = aws(vec![described("ACTIVE", "id"), Step::error(400, "UnknownOperationException")]);
        let created = aws.create("[]").unwrap();
        assert!(created.notes[0].contains("has no TTL"), "{:?}", created.notes);
    }

    #[test]
    fn permission_to_look_is_not_needed_to_make() {
        let denied = || Step::error(400, "AccessDeniedException");
        let aws = aws(vec![denied(), made(), described("ACTIVE", "id"), denied(), done()]);
        assert_eq!(aws.create("[]"), Ok(IS_NEW));
    }

    #[test]
    fn a_table_that_is_never_ready_is_given_up_after_five_minutes() {
        let steps = [missing(), made()].into_iter().chain((0..700).map(|_| described("CREATING", "id")));
        let aws = aws(steps.collect());
        assert!(text(aws.create("[]").unwrap_err()).contains("no answer within 300 s"));
    }

    #[test]
    fn a_range_key_is_told() {
        let table: Table = serde_json::from_value(json!({
            "TableStatus": "ACTIVE",
            "KeySchema": [
                { "AttributeName": "id", "KeyType": "HASH" }, { "AttributeName": "at", "KeyType": "RANGE" },
            ],
            "AttributeDefinitions": [
                { "AttributeName": "at", "AttributeType": "N" }, { "AttributeName": "id", "AttributeType": "S" },
            ],
        }))
        .unwrap();
        assert!(!table.has_key("id"));
        assert_eq!(table.key(), "id (S) and range key at (N)");
        assert_eq!(table.billing_mode(), "PROVISIONED");
    }
}
