//! What `createTable()` takes: CreateTable's own options under AWS's own names.

use serde_json::{Map, Value, json};

use crate::error::{self, Place};

/// What the caller wants.
#[derive(Debug)]
pub(super) struct Wish {
    /// CreateTable's.
    pub(super) request: Value,
    /// Whether TTL is to be turned on.
    pub(super) ttl: bool,
}

impl Wish {
    /// `options` is an object of [`OPTIONS`]; on-demand billing if it names no other.
    pub(super) fn new(place: &Place, options: Value) -> Result<Self, String> {
        let options = match options {
            Value::Object(options) => options,
            // PHP's empty array.
            Value::Array(list) if list.is_empty() => Map::new(),
            _ => return Err("must be an array with CreateTable's own names as keys".to_owned()),
        };
        let key = &place.hash_key;
        let mut request = json!({
            "TableName": place.table,
            "AttributeDefinitions": [{ "AttributeName": key, "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": key, "KeyType": "HASH" }],
            "BillingMode": if options.contains_key("ProvisionedThroughput") { "PROVISIONED" } else { "PAY_PER_REQUEST" },
        });
        let (mut ttl, mut wished) = (true, Map::new());
        for (name, value) in options {
            let _ = match option(&name, &value)? {
                Holds::Ttl => {
                    ttl = value.get("Enabled") != Some(&Value::Bool(false));
                    None
                }
                Holds::Tags => wished.insert(name, tags(value)),
                _ => wished.insert(name, value),
            };
        }
        if let Value::Object(request) = &mut request {
            request.append(&mut wished);
        }
        check_billing(&request)?;
        Ok(Wish { request, ttl })
    }
}

/// What an option holds.
#[derive(Clone, Copy, PartialEq)]
enum Holds {
    Text,
    Flag,
    Array,
    Tags,
    /// It is not CreateTable's.
    Ttl,
}

/// The options: CreateTable's own, passed on under AWS's own names, and UpdateTimeToLive's.
const OPTIONS: &[(&str, Holds)] = &[
    ("BillingMode", Holds::Text),
    ("DeletionProtectionEnabled", Holds::Flag),
    ("OnDemandThroughput", Holds::Array),
    ("ProvisionedThroughput", Holds::Array),
    ("ResourcePolicy", Holds::Text),
    ("SSESpecification", Holds::Array),
    ("StreamSpecification", Holds::Array),
    ("TableClass", Holds::Text),
    ("Tags", Holds::Tags),
    ("TimeToLiveSpecification", Holds::Ttl),
    ("WarmThroughput", Holds::Array),
];

/// What this option holds, if it is one and holds that.
fn option(name: &str, value: &Value) -> Result<Holds, String> {
    let belongs_to = match name {
        "TableName" => Some("table_name"),
        "KeySchema" | "AttributeDefinitions" => Some("hash_key"),
        "TimeToLiveSpecification" if value.get("AttributeName").is_some() => Some("session_lifetime_attribute"),
        _ => None,
    };
    if let Some(setting) = belongs_to {
        return Err(format!("option '{name}': that is what the setting '{setting}' says"));
    }
    let Some((_, holds)) = OPTIONS.iter().find(|(known, _)| *known == name) else {
        let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
        let likeness = |known: &str| strsim::jaro_winkler(&plain(known), &plain(name));
        let nearest = OPTIONS.iter().map(|(known, _)| *known).max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let name = error::clean(name, &[]);
        return Err(format!("has no option '{name}'; did you mean '{}'?", nearest.unwrap_or_default()));
    };
    let (fits, wanted) = match holds {
        Holds::Text => (value.is_string(), "a string"),
        Holds::Flag => (value.is_boolean(), "a bool"),
        Holds::Array | Holds::Ttl => (value.is_object(), "an array with AWS's own names as keys"),
        Holds::Tags => (value.is_object() || value.is_array(), "an array, name => value"),
    };
    if fits { Ok(*holds) } else { Err(format!("option '{name}' must be {wanted}")) }
}

/// `['app' => 'shop']` is taken as well as AWS's `[['Key' => 'app', 'Value' => 'shop']]`.
fn tags(value: Value) -> Value {
    match value {
        Value::Object(tags) => {
            let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            tags.into_iter().map(|(name, value)| json!({ "Key": name, "Value": text(value) })).collect()
        }
        list => list,
    }
}

fn check_billing(request: &Value) -> Result<(), String> {
    let throughput = request.get("ProvisionedThroughput").is_some();
    match request.get("BillingMode").and_then(Value::as_str) {
        Some("PROVISIONED") if !throughput => Err("option 'BillingMode' PROVISIONED needs 'ProvisionedThroughput' => \
            ['ReadCapacityUnits' =>, 'WriteCapacityUnits' =>]"
            .to_owned()),
        Some("PAY_PER_REQUEST") if throughput => {
            Err("option 'ProvisionedThroughput' is for 'BillingMode' PROVISIONED".to_owned())
        }
        Some("PROVISIONED" | "PAY_PER_REQUEST") => Ok(()),
        _ => Err("option 'BillingMode' must be PAY_PER_REQUEST or PROVISIONED".to_owned()),
    }
}
