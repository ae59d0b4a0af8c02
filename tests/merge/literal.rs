//! PHP values, written as JSON with single quotes, in each format that a session may have.

use std::fmt;

use dynamosess::session::merge::{Unmergeable, merge};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A PHP value, its arrays in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Php {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Array(Vec<(Key, Php)>),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Int(i64),
    Text(String),
}

impl Key {
    fn from_text(text: String) -> Self {
        match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => Key::Int(number),
            _ => Key::Text(text),
        }
    }

    fn text(&self) -> String {
        match self {
            Key::Int(number) => number.to_string(),
            Key::Text(text) => text.clone(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Names,
    Serialized,
    Json,
}

pub const FORMATS: [Format; 3] = [Format::Names, Format::Serialized, Format::Json];

impl Php {
    /// A value from JSON with single quotes.
    pub fn of(literal: &str) -> Php {
        serde_json::from_str(&literal.replace('\'', "\"")).unwrap_or_else(|error| panic!("{literal}: {error}"))
    }

    /// What a session in JSON is.
    pub fn of_json(session: &[u8]) -> Php {
        serde_json::from_slice(session).unwrap()
    }

    /// An array of these, of which the last of each key stands.
    pub fn array(entries: Vec<(Key, Php)>) -> Php {
        let mut unique: Vec<(Key, Php)> = Vec::new();
        for (key, value) in entries {
            unique.retain(|(other, _)| *other != key);
            unique.push((key, value));
        }
        Php::Array(unique)
    }

    pub fn list(elements: Vec<Php>) -> Php {
        Php::Array((0..).map(Key::Int).zip(elements).collect())
    }

    pub fn is_array(&self) -> bool {
        matches!(self, Php::Array(_))
    }

    pub fn is_list(&self) -> bool {
        let keys = self.keys().enumerate();
        self.is_array() && keys.into_iter().all(|(at, key)| *key == Key::Int(at as i64))
    }

    pub fn get(&self, wanted: &Key) -> Option<&Php> {
        self.entries_if_any().iter().find(|(key, _)| key == wanted).map(|(_, value)| value)
    }

    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.entries_if_any().iter().map(|(key, _)| key)
    }

    pub fn entries_if_any(&self) -> &[(Key, Php)] {
        if let Php::Array(entries) = self { entries } else { &[] }
    }

    /// The same session with this before each name.
    pub fn under(self, prefix: &str) -> Php {
        let rename = |(name, value): &(Key, Php)| (Key::Text(prefix.to_owned() + &name.text()), value.clone());
        Php::Array(self.entries().iter().map(rename).collect())
    }

    /// This session without the names that begin so.
    pub fn without(&self, prefix: &str) -> Php {
        let others = self.entries().iter().filter(|(name, _)| !name.text().starts_with(prefix));
        Php::Array(others.cloned().collect())
    }

    /// Both sessions.
    pub fn and(&self, other: &Php) -> Php {
        Php::Array([self.entries(), other.entries()].concat())
    }

    /// The same, all in one order, lists too.
    pub fn sorted(&self) -> Php {
        let Php::Array(entries) = self else { return self.clone() };
        let mut sorted: Vec<(Key, Php)> = entries.iter().map(|(key, value)| (key.clone(), value.sorted())).collect();
        if self.is_list() {
            sorted.sort_by_key(|(_, value)| value.serialized());
            return Php::list(sorted.into_iter().map(|(_, value)| value).collect());
        }
        sorted.sort_by_key(|(key, _)| key.clone());
        Php::Array(sorted)
    }

    fn entries(&self) -> &[(Key, Php)] {
        match self {
            Php::Array(entries) => entries,
            other => panic!("no session: {other:?}"),
        }
    }

    /// The session that this array is.
    pub fn session(&self, format: Format) -> Vec<u8> {
        match format {
            Format::Names => {
                self.entries().iter().map(|(name, value)| name.text() + "|" + &value.serialized()).collect()
            }
            Format::Serialized => self.serialized(),
            Format::Json if self.entries().is_empty() => "{}".to_owned(),
            Format::Json => self.json(),
        }
        .into_bytes()
    }

    /// As PHP's `serialize()` writes it.
    pub fn serialized(&self) -> String {
        match self {
            Php::Null => "N;".to_owned(),
            Php::Bool(is) => format!("b:{};", u8::from(*is)),
            Php::Int(number) => format!("i:{number};"),
            Php::Float(number) => format!("d:{number:?};"),
            Php::Text(text) => format!("s:{}:\"{text}\";", text.len()),
            Php::Array(entries) => {
                let members = entries.iter().map(|(key, value)| match key {
                    Key::Int(number) => format!("i:{number};{}", value.serialized()),
                    Key::Text(text) => format!("s:{}:\"{text}\";{}", text.len(), value.serialized()),
                });
                format!("a:{}:{{{}}}", entries.len(), members.collect::<String>())
            }
        }
    }

    /// As PHP's `json_encode()` writes it.
    fn json(&self) -> String {
        match self {
            Php::Null => "null".to_owned(),
            Php::Bool(is) => is.to_string(),
            Php::Int(number) => number.to_string(),
            Php::Float(number) => format!("{number:?}"),
            Php::Text(text) => serde_json::to_string(text).unwrap(),
            Php::Array(entries) => {
                let is_list = entries.iter().enumerate().all(|(at, (key, _))| *key == Key::Int(at as i64));
                let written = entries.iter().map(|(key, value)| {
                    let key = if is_list { String::new() } else { Php::Text(key.text()).json() + ":" };
                    key + &value.json()
                });
                let inner = written.collect::<Vec<_>>().join(",");
                if is_list { format!("[{inner}]") } else { format!("{{{inner}}}") }
            }
        }
    }
}

impl<'de> Deserialize<'de> for Php {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Literal)
    }
}

struct Literal;

impl<'de> Visitor<'de> for Literal {
    type Value = Php;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Php, E> {
        Ok(Php::Null)
    }

    fn visit_bool<E>(self, is: bool) -> Result<Php, E> {
        Ok(Php::Bool(is))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Php, E> {
        Ok(Php::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Php, E> {
        Ok(Php::Int(number as i64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Php, E> {
        Ok(Php::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Php, E> {
        Ok(Php::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Php, A::Error> {
        let mut entries = Vec::new();
        while let Some(element) = elements.next_element()? {
            entries.push((Key::Int(entries.len() as i64), element));
        }
        Ok(Php::Array(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Php, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = members.next_entry::<String, Php>()? {
            entries.push((Key::from_text(key), value));
        }
        Ok(Php::Array(entries))
    }
}

/// Merges literals in every format; the result is the same in all.
pub fn becomes(base: &str, mine: &str, theirs: &str, expected: &str) {
    for format in FORMATS {
        let session = |literal: &str| Php::of(literal).session(format);
        let merged = merge(None, &session(base), &session(mine), &session(theirs));
        let merged = merged.map(|bytes| String::from_utf8(bytes).unwrap());
        let expected = String::from_utf8(session(expected)).unwrap();
        assert_eq!(merged.as_ref(), Ok(&expected), "{format:?}: {base} · mine {mine} · theirs {theirs}");
    }
}

/// The same for the one value of a session. `-` stands for one that is not there.
pub fn value_becomes(base: &str, mine: &str, theirs: &str, expected: &str) {
    let session = |value: &str| match value {
        "-" => "{'other':1}".to_owned(),
        value => format!("{{'other':1,'key':{value}}}"),
    };
    becomes(&session(base), &session(mine), &session(theirs), &session(expected));
}

/// Merges bytes of no matter which format.
pub fn merged(base: &str, mine: &str, theirs: &str) -> Result<String, Unmergeable> {
    merge(None, base.as_bytes(), mine.as_bytes(), theirs.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
}
