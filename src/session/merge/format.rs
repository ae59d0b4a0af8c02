//! Which format bytes are in.

use std::cell::OnceCell;

use super::document::{Document, Parsed};
use super::{Unmergeable, json, php, references};

/// The value of `session.serialize_handler`, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serializer {
    /// `php`
    Php,
    /// `php_serialize`
    PhpSerialize,
    /// One whose data cannot be merged.
    Other,
}

impl Serializer {
    /// By the name that `session.serialize_handler` has.
    pub fn named(name: &[u8]) -> Self {
        match name {
            b"php" => Serializer::Php,
            b"php_serialize" => Serializer::PhpSerialize,
            _ => Serializer::Other,
        }
    }
}

/// The formats that can be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Php,
    PhpSerialize,
    Json,
}

/// A session that can be merged. Empty bytes are an empty session in any format.
pub(super) struct Session<'a> {
    pub(super) format: Option<Format>,
    pub(super) document: Document<'a>,
}

/// Parses data. References to enums are written out in `space` and read from there.
pub(super) fn read<'a>(
    serializer: Option<Serializer>,
    data: &'a [u8],
    space: &'a OnceCell<Vec<u8>>,
) -> Result<Session<'a>, Unmergeable> {
    if data.is_empty() {
        return Ok(Session { format: None, document: Document::empty() });
    }
    let (format, parsed) = parse(serializer, data)?;
    if let Some(obstacle) = parsed.obstacle {
        return Err(obstacle);
    }
    if parsed.references.is_empty() {
        return Ok(Session { format: Some(format), document: parsed.document });
    }
    let expanded = references::written_out(data, &parsed.references)?;
    let parsed = format.parse(space.get_or_init(|| expanded))?;
    Ok(Session { format: Some(format), document: parsed.document })
}

/// The names of a session, of such too that cannot be merged.
pub(super) fn read_with_obstacles(serializer: Option<Serializer>, data: &[u8]) -> Option<Document<'_>> {
    if data.is_empty() {
        return Some(Document::empty());
    }
    Some(parse(serializer, data).ok()?.1.document)
}

fn parse(serializer: Option<Serializer>, data: &[u8]) -> Result<(Format, Parsed<'_>), Unmergeable> {
    for format in candidates(serializer, data).into_iter().flatten() {
        match format.parse(data) {
            Ok(parsed) => return Ok((format, parsed)),
            Err(Unmergeable::Malformed) => {}
            Err(other) => return Err(other),
        }
    }
    Err(why_not(serializer, data))
}

/// The formats to try, in this order.
fn candidates(serializer: Option<Serializer>, data: &[u8]) -> [Option<Format>; 3] {
    match serializer {
        Some(Serializer::Php) => [Some(Format::Php), None, None],
        Some(Serializer::PhpSerialize) => [Some(Format::PhpSerialize), None, None],
        Some(Serializer::Other) => [None; 3],
        None => [
            begins_like_an_array(data).then_some(Format::PhpSerialize),
            begins_like_json(data).then_some(Format::Json),
            Some(Format::Php),
        ],
    }
}

/// The format of all that have one.
pub(super) fn common(formats: [Option<Format>; 3]) -> Result<Format, Unmergeable> {
    let mut known = formats.into_iter().flatten();
    let first = known.next().ok_or(Unmergeable::UnknownFormat)?;
    if known.all(|other| other == first) { Ok(first) } else { Err(Unmergeable::MixedFormats) }
}

impl Format {
    fn parse(self, data: &[u8]) -> Result<Parsed<'_>, Unmergeable> {
        match self {
            Format::Php => php::parse_names(data),
            Format::PhpSerialize => php::parse_serialized(data),
            Format::Json => json::parse(data),
        }
    }
}

/// What to say of data that are of none of the formats.
fn why_not(serializer: Option<Serializer>, data: &[u8]) -> Unmergeable {
    let array = begins_like_an_array(data) || begins_like_json(data);
    match serializer {
        _ if begins_like_igbinary(data) => Unmergeable::Igbinary,
        Some(Serializer::Php) if array => Unmergeable::MixedFormats,
        Some(Serializer::PhpSerialize) if begins_like_php(data) => Unmergeable::MixedFormats,
        Some(Serializer::Php | Serializer::PhpSerialize) | None if array || begins_like_php(data) => {
            Unmergeable::Malformed
        }
        _ if begins_like_php_binary(data) => Unmergeable::PhpBinary,
        _ if begins_like_msgpack(data) => Unmergeable::Msgpack,
        _ => Unmergeable::UnknownFormat,
    }
}

/// Whether data are an empty session in any format, those that cannot be merged included.
pub(super) fn is_empty(data: &[u8]) -> bool {
    // igbinary and msgpack write an array of length 0.
    matches!(data, [] | b"a:0:{}" | b"[]" | b"{}" | [0, 0, 0, 1 | 2, 0x14, 0] | [0x80 | 0x90])
}

/// `a:3:{`
fn begins_like_an_array(data: &[u8]) -> bool {
    let Some(rest) = data.strip_prefix(b"a:") else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && rest.get(digits..).is_some_and(|rest| rest.starts_with(b":{"))
}

fn begins_like_json(data: &[u8]) -> bool {
    matches!(data.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// `name|` and what begins a value.
fn begins_like_php(data: &[u8]) -> bool {
    let bar = data.iter().position(|byte| *byte == b'|');
    bar.and_then(|at| data.get(at.checked_add(1)?..)).is_some_and(begins_like_a_value)
}

/// The length of a name, the name, and what begins a value.
fn begins_like_php_binary(data: &[u8]) -> bool {
    match data.split_first() {
        Some((length @ 0..=127, rest)) => rest.get(usize::from(*length)..).is_some_and(begins_like_a_value),
        _ => false,
    }
}

fn begins_like_a_value(data: &[u8]) -> bool {
    let letter = |byte| matches!(byte, b'a' | b'b' | b'd' | b'i' | b's' | b'C' | b'E' | b'O' | b'R' | b'r' | b'S');
    matches!(data, [b'N', b';', ..]) || matches!(data, [first, b':', ..] if letter(*first))
}

/// Version 1 or 2, big endian.
fn begins_like_igbinary(data: &[u8]) -> bool {
    data.starts_with(&[0, 0, 0, 1]) || data.starts_with(&[0, 0, 0, 2])
}

/// A map, then a string: <https://github.com/msgpack/msgpack/blob/master/spec.md>
fn begins_like_msgpack(data: &[u8]) -> bool {
    let key = match data {
        [0x80..=0x8F, rest @ ..] | [0xDE, _, _, rest @ ..] | [0xDF, _, _, _, _, rest @ ..] => rest.first(),
        _ => None,
    };
    data == [0x80] || matches!(key, Some(0xA0..=0xBF | 0xD9..=0xDB))
}
