//! Credentials as an array of PHP's.

use std::collections::BTreeMap;

use super::Credentials;
use super::Value;
use super::sources::ProblemKind;

/// The credentials in an array of the constructor, or of its callable.
pub fn credentials(array: &BTreeMap<String, Value>) -> Result<Credentials, (ProblemKind, String)> {
    let text = |name: &str| match array.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Text(text)) if text.trim().bytes().all(|b| b.is_ascii_graphic()) => {
            Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
        }
        Some(Value::Text(_)) => Err((ProblemKind::Value, format!("'{name}' holds characters that no key has"))),
        Some(_) => Err((ProblemKind::Type, format!("'{name}' must be a string"))),
    };
    let missing = |name: &str| (ProblemKind::Value, format!("'{name}' is missing or empty"));
    let expires = match array.get("expires") {
        Some(Value::Int(seconds)) => Some(*seconds),
        None | Some(Value::Null) => None,
        Some(_) => return Err((ProblemKind::Type, "'expires' must be an int, in seconds since the epoch".to_owned())),
    };
    Ok(Credentials {
        key: text("key")?.ok_or_else(|| missing("key"))?,
        secret: text("secret")?.ok_or_else(|| missing("secret"))?,
        token: text("token")?,
        expires,
    })
}
