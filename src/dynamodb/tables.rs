//! Making the table.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html>

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::client::Client;
use crate::clock::Deadline;
use crate::error::{Cause, Error};

/// How long to wait for a new table, and between two looks at it.
const PATIENCE: Duration = Duration::from_secs(300);
const PAUSE: Duration = Duration::from_millis(500);

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It is new.
    Now,
    /// It was there.
    Before,
}

/// Why there is no usable table.
#[derive(Clone, Debug, PartialEq)]
pub enum Failed {
    /// An option is wrong.
    Option(String),
    /// An operation failed.
    Service(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Failed::Service(error)
    }
}

/// Options that are passed on to CreateTable as they are, under AWS's own names.
const PASSED_ON: &[&str] = &[
    "BillingMode",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "ProvisionedThroughput",
    "ResourcePolicy",
    "SSESpecification",
    "StreamSpecification",
    "TableClass",
    "Tags",
    "WarmThroughput",
];

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
    /// On-demand or provisioned.
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
        let is_text = |d: &AttributeDefinition| d.attribute_name == hash_key && d.attribute_type == "S";
        matches!(self.key_schema.as_slice(), [key] if key.attribute_name == hash_key)
            && self.attribute_definitions.iter().any(is_text)
    }
}

/// Makes the table with TTL on `ttl_attribute`, and waits until it is usable. One that is there is left as it is,
/// except that TTL is turned on.
///
/// `options` is a JSON object of [`PASSED_ON`]; on-demand billing if it names no other. `timeout` bounds one request.
pub fn create(client: &Client, ttl_attribute: &str, options: &[u8], timeout: Duration) -> Result<Created, Failed> {
    let request = request(client, options).map_err(Failed::Option)?;
    let machine = client.clock.machine();
    let deadline = || Deadline::after(&**machine, timeout);
    let created = match client.ask::<Value>("CreateTable", &request, &deadline()) {
        Ok(_) => Created::Now,
        Err(error) if error.code() == "ResourceInUseException" => Created::Before,
        Err(error) => return Err(error.into()),
    };
    let patience = Deadline::after(&**machine, PATIENCE);
    loop {
        match describe(client, &deadline()) {
            Ok(table) if table.table_status == "ACTIVE" => {
                if !table.has_key(&client.place.hash_key) {
                    return Err(other_key(client).into());
                }
                break;
            }
            Ok(_) => {}
            // DescribeTable lags behind CreateTable.
            Err(error) if error.code() == "ResourceNotFoundException" => {}
            Err(error) => return Err(error.into()),
        }
        if patience.left(&**machine).is_zero() {
            let error = Error::new("DescribeTable", Cause::Timeout(PATIENCE)).at(&client.place);
            return Err(error.into());
        }
        machine.sleep(PAUSE);
    }
    turn_on_ttl(client, ttl_attribute, &deadline())?;
    Ok(created)
}

/// What there is to know of the table.
pub fn describe(client: &Client, deadline: &Deadline) -> Result<Table, Error> {
    let request = json!({ "TableName": client.place.table });
    Ok(client.ask::<Description>("DescribeTable", &request, deadline)?.table)
}

/// The TTL attribute, if TTL is on or about to be.
pub fn ttl_attribute(client: &Client, deadline: &Deadline) -> Result<Option<String>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        time_to_live_description: Ttl,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Ttl {
        time_to_live_status: String,
        attribute_name: Option<String>,
    }
    let request = json!({ "TableName": client.place.table });
    let ttl = client.ask::<Answer>("DescribeTimeToLive", &request, deadline)?.time_to_live_description;
    Ok(ttl.attribute_name.filter(|_| matches!(ttl.time_to_live_status.as_str(), "ENABLED" | "ENABLING")))
}

fn turn_on_ttl(client: &Client, attribute: &str, deadline: &Deadline) -> Result<(), Error> {
    if ttl_attribute(client, deadline)?.as_deref() == Some(attribute) {
        return Ok(());
    }
    let request = json!({
        "TableName": client.place.table,
        "TimeToLiveSpecification": { "Enabled": true, "AttributeName": attribute },
    });
    client.ask::<Value>("UpdateTimeToLive", &request, deadline).map(drop)
}

fn request(client: &Client, options: &[u8]) -> Result<Value, String> {
    let options: Value = serde_json::from_slice(options).map_err(|e| e.to_string())?;
    let options = match options {
        Value::Object(options) => options,
        // PHP's empty array.
        Value::Array(list) if list.is_empty() => Map::new(),
        _ => return Err("must be an array with CreateTable's own names as keys".to_owned()),
    };
    let key = &client.place.hash_key;
    let mut request = json!({
        "TableName": client.place.table,
        "AttributeDefinitions": [{ "AttributeName": key, "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": key, "KeyType": "HASH" }],
    });
    if !options.contains_key("ProvisionedThroughput") {
        request["BillingMode"] = "PAY_PER_REQUEST".into();
    }
    for (name, value) in options {
        if !PASSED_ON.contains(&name.as_str()) {
            let name = crate::error::clean(&name, &[]);
            return Err(format!("has no option '{name}'; allowed are {}", PASSED_ON.join(", ")));
        }
        request[name] = value;
    }
    Ok(request)
}

fn other_key(client: &Client) -> Error {
    let text = format!(
        "the table exists with another key than '{}' (S) alone; set dynamosess.hash_key or another \
         dynamosess.table_name",
        client.place.hash_key
    );
    Error::new("CreateTable", Cause::Setting(text)).at(&client.place)
}
