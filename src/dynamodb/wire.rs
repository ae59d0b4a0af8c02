//! Requests and answers as JSON, and the values in between.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html>

use std::collections::BTreeMap;
use std::{fmt, io};

use base64_simd::{AsOut, STANDARD};
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::ser::Formatter;

/// The attributes of one item by name.
pub type Item = BTreeMap<String, AttributeValue>;

/// A value as DynamoDB types it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeValue {
    /// S
    String(String),
    /// N, as the decimal text that travels
    Number(String),
    /// B
    Binary(Vec<u8>),
    /// Any type that sessions do not use; never written
    Other,
}

impl AttributeValue {
    /// A whole number.
    pub fn number(n: i64) -> Self {
        AttributeValue::Number(n.to_string())
    }

    /// A whole number, if that is what it is.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            AttributeValue::Number(text) => text.parse().ok().or_else(|| text.parse::<f64>().ok().map(|n| n as i64)),
            _ => None,
        }
    }

    /// Its share of the item's size, in bytes.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
    pub fn size(&self) -> usize {
        match self {
            AttributeValue::String(text) => text.len(),
            AttributeValue::Number(text) => text.len().div_ceil(2) + 1,
            AttributeValue::Binary(bytes) => bytes.len(),
            AttributeValue::Other => 0,
        }
    }
}

/// Types and sizes only: an item's content is nobody's business.
impl fmt::Debug for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AttributeValue::String(text) => write!(f, "S({} bytes)", text.len()),
            AttributeValue::Number(text) => write!(f, "N({text})"),
            AttributeValue::Binary(bytes) => write!(f, "B({} bytes)", bytes.len()),
            AttributeValue::Other => f.write_str("Other"),
        }
    }
}

/// For [`to_json`] alone: other serializers have words of their own for bytes.
impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            AttributeValue::String(text) => map.serialize_entry("S", text)?,
            AttributeValue::Number(text) => map.serialize_entry("N", text)?,
            AttributeValue::Binary(bytes) => map.serialize_entry("B", &Bytes(bytes))?,
            AttributeValue::Other => return Err(S::Error::custom("a foreign type is never written")),
        }
        map.end()
    }
}

/// Bytes that [`to_json`] writes as base64.
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// A request's JSON. `room`: about how long it will be.
pub fn to_json(request: &impl Serialize, room: usize) -> Result<Vec<u8>, serde_json::Error> {
    let mut json = Vec::with_capacity(room);
    request.serialize(&mut serde_json::Serializer::with_formatter(&mut json, AsBase64))?;
    Ok(json)
}

/// Compact, and bytes as base64 in one pass: looking for what needs escaping, of which base64 has nothing, would take longer
/// than the encoding.
struct AsBase64;

impl Formatter for AsBase64 {
    fn write_byte_array<W: io::Write + ?Sized>(&mut self, writer: &mut W, bytes: &[u8]) -> io::Result<()> {
        /// A multiple of three, so that only the last piece is padded.
        const PIECE: usize = 3 * 1_024;
        let mut text = [0; PIECE / 3 * 4];
        writer.write_all(b"\"")?;
        for piece in bytes.chunks(PIECE) {
            writer.write_all(STANDARD.encode(piece, text.as_mut_slice().as_out()))?;
        }
        writer.write_all(b"\"")
    }
}

impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AttributeVisitor)
    }
}

struct AttributeVisitor;

impl<'de> Visitor<'de> for AttributeVisitor {
    type Value = AttributeValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute value with one type")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AttributeValue, A::Error> {
        let kind: String = map.next_key()?.ok_or_else(|| de::Error::custom("no type"))?;
        let value = match kind.as_str() {
            "S" => AttributeValue::String(map.next_value()?),
            "N" => AttributeValue::Number(map.next_value()?),
            "B" => AttributeValue::Binary(map.next_value::<Base64>()?.0),
            _ => {
                map.next_value::<IgnoredAny>()?;
                AttributeValue::Other
            }
        };
        match map.next_key::<IgnoredAny>()? {
            None => Ok(value),
            Some(_) => Err(de::Error::custom("more than one type")),
        }
    }
}

/// Bytes that travel as base64; decoded straight from the answer's buffer.
struct Base64(Vec<u8>);

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Base64;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("base64")
            }
            fn visit_bytes<E: de::Error>(self, text: &[u8]) -> Result<Base64, E> {
                STANDARD.decode_to_vec(text).map(Base64).map_err(|_| E::custom("a B value is not base64"))
            }
        }
        deserializer.deserialize_bytes(Text)
    }
}

/// The answer of GetItem. Strict: what is not an answer of GetItem must never pass for "no such item".
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct GetItemAnswer {
    /// Absent when there is no such item.
    pub item: Option<Item>,
    #[serde(default, rename = "ConsumedCapacity")]
    _consumed_capacity: IgnoredAny,
}

/// The answer of UpdateItem and DeleteItem.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct ChangeAnswer {
    /// What `ReturnValues` asked for.
    pub attributes: Option<Item>,
    #[serde(default, rename = "ConsumedCapacity")]
    _consumed_capacity: IgnoredAny,
    #[serde(default, rename = "ItemCollectionMetrics")]
    _item_collection_metrics: IgnoredAny,
}

/// The answer of Scan.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScanAnswer {
    /// The items of this page.
    pub items: Vec<Item>,
    /// Where the next page begins; absent on the last.
    pub last_evaluated_key: Option<Item>,
}

/// An error's body.
#[derive(Default, serde::Deserialize)]
pub struct ErrorAnswer {
    #[serde(default, rename = "__type")]
    kind: String,
    #[serde(default, alias = "Message")]
    message: Option<String>,
    /// The item as it was, where a failed condition was to return it.
    #[serde(default, rename = "Item")]
    pub item: Option<Item>,
}

impl ErrorAnswer {
    /// The error's type without its namespace (`com.amazonaws.dynamodb.v20120810#`).
    pub fn code(&self) -> &str {
        let name = self.kind.rsplit('#').next().unwrap_or_default();
        name.split(':').next().unwrap_or_default()
    }

    /// DynamoDB's words.
    pub fn message(&self) -> &str {
        self.message.as_deref().unwrap_or_default()
    }
}

/// Why a text is not the answer expected; never quotes it.
pub fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|e| match e.classify() {
        serde_json::error::Category::Eof => "it ends too early".to_owned(),
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "it is not JSON".to_owned(),
        serde_json::error::Category::Data => "it lacks what was asked for".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_travel_there_and_back() {
        for value in [
            AttributeValue::String("a\u{0}\"é".into()),
            AttributeValue::number(-7),
            AttributeValue::Binary((0..=255).collect()),
        ] {
            let json = to_json(&value, 0).unwrap();
            assert_eq!(parse::<AttributeValue>(&json), Ok(value));
        }
    }

    #[test]
    fn bytes_of_any_length_are_the_base64_of_the_rfc() {
        use base64::Engine as _;
        let reference = base64::engine::general_purpose::STANDARD;
        let bytes: Vec<u8> = (0..7_000_u32).map(|n| ((n * 31) >> 3) as u8).collect();
        for length in (0..100).chain([3_071, 3_072, 3_073, 6_144, 6_145, 7_000]) {
            let value = AttributeValue::Binary(bytes[..length].to_vec());
            let expected = format!(r#"{{"B":"{}"}}"#, reference.encode(&bytes[..length]));
            let json = to_json(&value, 0).unwrap();
            assert_eq!(String::from_utf8(json.clone()), Ok(expected));
            assert_eq!(parse::<AttributeValue>(&json), Ok(value));
        }
    }

    #[test]
    fn what_is_not_base64_is_an_error() {
        // <https://www.rfc-editor.org/rfc/rfc4648#section-3.5>
        for bad in ["a", "ab", "abc", "ab=", "ab c", "ab\\n==", "a===", "ab==cd==", "abc-", "abd=x", "éé"] {
            assert!(parse::<AttributeValue>(format!(r#"{{"B":"{bad}"}}"#).as_bytes()).is_err(), "{bad}");
        }
        for bad in ["1", "null", "[]", "[97,98]", "{}"] {
            assert!(parse::<AttributeValue>(format!(r#"{{"B":{bad}}}"#).as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(parse(br#"{"B":"\/\/8="}"#), Ok(AttributeValue::Binary(vec![0xff, 0xff])), "escaped slashes");
    }

    #[test]
    fn only_a_getitem_answer_can_say_that_there_is_no_item() {
        assert!(parse::<GetItemAnswer>(b"{}").unwrap().item.is_none());
        for wrong in ["", "[]", "null", "true", "\"\"", r#"{"message":"hello"}"#, r#"{"Item":{"a":{}}}"#, "<html>"] {
            assert!(parse::<GetItemAnswer>(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn foreign_types_are_read_over() {
        let answer = parse::<GetItemAnswer>(br#"{"Item":{"m":{"M":{"x":{"L":[]}}},"id":{"S":"k"}}}"#).unwrap();
        assert_eq!(answer.item.unwrap().get("m"), Some(&AttributeValue::Other));
    }

    #[test]
    fn an_error_is_known_by_its_name_with_and_without_namespace() {
        for body in [
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"m"}"#,
            r#"{"__type":"ResourceNotFoundException","Message":"m"}"#,
        ] {
            let answer: ErrorAnswer = parse(body.as_bytes()).unwrap();
            assert_eq!((answer.code(), answer.message()), ("ResourceNotFoundException", "m"));
        }
    }

    #[test]
    fn debug_shows_sizes_and_no_content() {
        let shown = format!("{:?}", AttributeValue::String("secret".into()));
        assert_eq!(shown, "S(6 bytes)");
    }
}
