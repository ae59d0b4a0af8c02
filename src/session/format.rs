//! Session data as an attribute value, and back.
//!
//! All forms are read whatever is configured: S plain (AWS SDK, async-aws), S in base64 (Idealstack), B, and B in
//! our envelope. Decoding never destroys: what cannot be decoded is an error, and the item stays as it is.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::config::{Compression, DataType};
use crate::dynamodb::AttributeValue;
use crate::error::{Cause, MAX_UNPACKED};

/// Begins transformed data; followed by one byte for the kind.
///
/// No PHP serializer begins like this: `php` would need a type letter after the `|`, `php_binary` a length of at most
/// 127, `php_serialize` an `a`, igbinary three zero bytes, msgpack a map.
const MAGIC: [u8; 4] = [0xFF, b'|', 0xFF, b'd'];
const AS_IT_IS: u8 = 0;
const ZSTD: u8 = 1;

/// The level that packs serialized PHP well for the least time; `docs/performance.md` has the measurement.
const ZSTD_LEVEL: i32 = 1;

/// How data are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The attribute's type.
    pub data_type: DataType,
    /// Whether data are packed.
    pub compression: Compression,
    /// From how many bytes on.
    pub threshold: usize,
}

/// The attribute for these data; `None` for an empty session, which has no such attribute. What no reader would unpack
/// is an error.
pub fn encode(data: &[u8], format: &Format) -> Result<Option<AttributeValue>, Cause> {
    if data.is_empty() {
        return Ok(None);
    }
    if data.len() > MAX_UNPACKED {
        return Err(Cause::TooLong { bytes: data.len() });
    }
    if let Some(packed) = pack(data, format) {
        return Ok(Some(AttributeValue::Binary(packed)));
    }
    if data.starts_with(&MAGIC) {
        return Ok(Some(AttributeValue::Binary(envelope(AS_IT_IS, data))));
    }
    Ok(Some(match format.data_type {
        DataType::Binary => AttributeValue::Binary(data.to_vec()),
        DataType::Base64 => AttributeValue::String(STANDARD.encode(data)),
        DataType::String => match std::str::from_utf8(data) {
            // Letters of base64 throughout would be taken for base64 by the reader, so they go as B.
            Ok(text) if !data.iter().all(|b| is_base64_letter(*b)) => AttributeValue::String(text.to_owned()),
            _ => AttributeValue::Binary(data.to_vec()),
        },
    }))
}

/// The data in an attribute. `base64` says that S is known to be base64; otherwise it is decided by what it looks like.
pub fn decode(value: AttributeValue, base64: bool) -> Result<Vec<u8>, String> {
    match value {
        AttributeValue::Binary(bytes) => match bytes.strip_prefix(&MAGIC) {
            Some(rest) => unpack(rest),
            None => Ok(bytes),
        },
        AttributeValue::String(text) => decode_text(text, base64),
        AttributeValue::Number(_) | AttributeValue::Other => Err("its type is neither B nor S".to_owned()),
    }
}

fn decode_text(text: String, base64: bool) -> Result<Vec<u8>, String> {
    let decoded = STANDARD.decode(&text);
    match decoded {
        Ok(decoded) if base64 || is_serialized(&decoded) => Ok(decoded),
        // The setting says base64, and plain data of the AWS SDK are still read.
        Err(_) if base64 && text.bytes().all(is_base64_letter) => Err("it is broken base64".to_owned()),
        _ => Ok(text.into_bytes()),
    }
}

fn is_base64_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Whether data begin as the output of a PHP session serializer does.
fn is_serialized(data: &[u8]) -> bool {
    // Every value ends so. What begins like one by chance, as base64 of random bytes may, seldom does that too.
    let ends = data.ends_with(b";") || data.ends_with(b"}");
    ends && (is_php(data) || is_php_serialize(data) || is_php_binary(data)) || is_igbinary(data)
}

/// `name|` and a serialized value.
fn is_php(data: &[u8]) -> bool {
    let bar = data.iter().position(|b| *b == b'|');
    bar.and_then(|at| data.get(at + 1..)).is_some_and(is_serialized_value)
}

/// `a:3:{`
fn is_php_serialize(data: &[u8]) -> bool {
    let Some(rest) = data.strip_prefix(b"a:") else {
        return false;
    };
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    digits > 0 && rest.get(digits..).is_some_and(|rest| rest.starts_with(b":{"))
}

/// A length up to 127, a name that long, and a serialized value.
fn is_php_binary(data: &[u8]) -> bool {
    match data.split_first() {
        Some((length @ 0..=127, rest)) => rest.get(usize::from(*length)..).is_some_and(is_serialized_value),
        _ => false,
    }
}

/// Format version 1 or 2, big endian.
fn is_igbinary(data: &[u8]) -> bool {
    data.starts_with(&[0, 0, 0, 1]) || data.starts_with(&[0, 0, 0, 2])
}

/// `N;`, or a type's letter and a number: <https://github.com/php/php-src/blob/PHP-8.2/ext/standard/var_unserializer.re>
fn is_serialized_value(data: &[u8]) -> bool {
    matches!(
        data,
        [b'N', b';', ..]
            | [b'd', b':', b'0'..=b'9' | b'-' | b'I' | b'N', ..]
            | [b'i', b':', b'0'..=b'9' | b'-', ..]
            | [b'a' | b'b' | b's' | b'C' | b'E' | b'O' | b'R' | b'r' | b'S', b':', b'0'..=b'9', ..]
    )
}

fn envelope(kind: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(MAGIC.len() + 1 + data.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.push(kind);
    bytes.extend_from_slice(data);
    bytes
}

/// Packed data in their envelope, if that is wanted and shorter.
fn pack(data: &[u8], format: &Format) -> Option<Vec<u8>> {
    if format.compression == Compression::None || data.len() < format.threshold {
        return None;
    }
    let packed = envelope(ZSTD, &zstd::bulk::compress(data, ZSTD_LEVEL).ok()?);
    (packed.len() < data.len()).then_some(packed)
}

fn unpack(rest: &[u8]) -> Result<Vec<u8>, String> {
    match rest.split_first() {
        Some((&AS_IT_IS, data)) => Ok(data.to_vec()),
        Some((&ZSTD, data)) => unpack_zstd(data),
        Some((kind, _)) => Err(format!("its envelope is of kind {kind}, written by a newer version")),
        None => Err("its envelope is cut short".to_owned()),
    }
}

fn unpack_zstd(data: &[u8]) -> Result<Vec<u8>, String> {
    let broken = |_| "its zstd frame is broken".to_owned();
    let decoder = zstd::stream::read::Decoder::with_buffer(data).map_err(broken)?;
    let mut unpacked = Vec::with_capacity(data.len().saturating_mul(4).min(MAX_UNPACKED));
    let limit = MAX_UNPACKED as u64 + 1;
    decoder.take(limit).read_to_end(&mut unpacked).map_err(broken)?;
    if unpacked.len() > MAX_UNPACKED {
        return Err("it unpacks to more than 16 MB".to_owned());
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(data_type: DataType, compression: Compression) -> Format {
        Format { data_type, compression, threshold: 0 }
    }

    const PLAIN: &[u8] = b"user|s:4:\"J\xC3\xBCrg\";";

    #[test]
    fn every_form_is_read_whatever_is_configured() {
        let all: Vec<u8> = (0..=255).collect();
        for data in [PLAIN, b"x|i:1;", &all, &[0xFF, b'|', 0xFF, b'd', 9][..], b"QUJD"] {
            for data_type in [DataType::Binary, DataType::String] {
                for compression in [Compression::None, Compression::Zstd] {
                    let value = encode(data, &format(data_type, compression)).unwrap().unwrap();
                    assert_eq!(decode(value.clone(), false).unwrap(), data, "{data_type:?} {compression:?}");
                    if matches!(value, AttributeValue::Binary(_)) {
                        assert_eq!(decode(value.clone(), true).unwrap(), data);
                    }
                }
            }
            let value = encode(data, &format(DataType::Base64, Compression::None)).unwrap().unwrap();
            assert_eq!(decode(value.clone(), true).unwrap(), data);
        }
    }

    #[test]
    fn base64_of_serialized_data_is_decoded_unasked_and_base64_of_the_applications_is_not() {
        let igbinary = [0, 0, 0, 2, 0x14, 0];
        for serialized in [PLAIN, b"a:1:{s:1:\"a\";i:1;}", b"\x01ai:1;", &igbinary, b"n|N;"] {
            let value = AttributeValue::String(STANDARD.encode(serialized));
            assert_eq!(decode(value.clone(), false).unwrap(), serialized);
        }
        for text in ["eyJpdiI6ImFiYyJ9", "c2VjcmV0IHNlc3Npb24=", "abcd"] {
            let value = AttributeValue::String(text.to_owned());
            assert_eq!(decode(value.clone(), false).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn base64_of_random_bytes_is_left_alone() {
        use crate::clock::Clock;
        let chance = crate::testing::ManualClock::at(0);
        for _ in 0..20_000 {
            let bytes: Vec<u8> = (0..64).flat_map(|_| mixed(chance.random()).to_be_bytes()).collect();
            let text = STANDARD.encode(bytes);
            assert_eq!(decode(AttributeValue::String(text.clone()), false).unwrap(), text.as_bytes());
        }
    }

    /// <https://prng.di.unimi.it/splitmix64.c>
    fn mixed(n: u64) -> u64 {
        let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        n ^ (n >> 31)
    }

    #[test]
    fn plain_text_is_read_although_base64_is_configured() {
        let value = AttributeValue::String("user|s:1:\"a\";".into());
        assert_eq!(decode(value.clone(), true).unwrap(), b"user|s:1:\"a\";");
        assert!(decode(AttributeValue::String("QUJ".into()), true).is_err());
    }

    #[test]
    fn an_empty_session_has_no_attribute() {
        assert_eq!(encode(b"", &format(DataType::String, Compression::Zstd)), Ok(None));
    }

    #[test]
    fn text_mode_writes_what_is_not_text_as_b() {
        let string = format(DataType::String, Compression::None);
        assert!(matches!(encode(PLAIN, &string), Ok(Some(AttributeValue::String(_)))));
        assert!(matches!(encode(&[0xFF, 0xFE], &string), Ok(Some(AttributeValue::Binary(_)))));
        assert!(matches!(encode(b"QUJD", &string), Ok(Some(AttributeValue::Binary(_)))));
    }

    #[test]
    fn a_bomb_an_unknown_kind_and_a_broken_frame_are_errors() {
        let bomb = zstd::bulk::compress(&vec![0; MAX_UNPACKED + 1], 1).unwrap();
        for (kind, data) in [(ZSTD, bomb.as_slice()), (ZSTD, b"nonsense"), (7, b"x")] {
            let value = AttributeValue::Binary(envelope(kind, data));
            assert!(decode(value.clone(), false).is_err(), "{kind}");
        }
        assert!(decode(AttributeValue::Binary(MAGIC.to_vec()), false).is_err());
        assert!(decode(AttributeValue::number(1), false).is_err());
    }

    #[test]
    fn short_data_are_not_packed_and_what_does_not_shrink_neither() {
        let zstd = Format { threshold: 100, ..format(DataType::Binary, Compression::Zstd) };
        assert_eq!(encode(b"x|i:1;", &zstd), Ok(Some(AttributeValue::Binary(b"x|i:1;".to_vec()))));
        let packed = encode(&b"word ".repeat(100), &zstd).unwrap();
        assert!(packed.is_some_and(|value| value.size() < 100));
    }
}
