//! Session data as an attribute value, and back.
//!
//! All forms are read whatever is configured: S plain (AWS SDK, async-aws), S in base64 (Idealstack), B, and B in
//! our envelope. Decoding never destroys: what cannot be decoded is an error, and the item stays as it is.
//!
//! | file | its one job |
//! | --- | --- |
//! | `text` | whether S is the data or base64 of them |
//! | `msgpack` | whether bytes are a session that msgpack-php has serialized |
//! | `envelope` | what transformed data are wrapped in |
//! | `compression` | packs and unpacks |

mod compression;
mod envelope;
mod msgpack;
mod text;

pub use text::Serializers;

use crate::config::{Compression, DataType, Settings};
use crate::dynamodb::AttributeValue;
use crate::error::{Cause, MAX_UNPACKED};

/// How data are written, and what decides how they are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// The attribute's type.
    pub data_type: DataType,
    /// Whether data are packed.
    pub compression: Compression,
    /// From how many bytes on.
    pub threshold: usize,
    /// What PHP's side says it has.
    pub serializers: Serializers,
}

impl Format {
    /// The format of these settings.
    pub fn new(settings: &Settings) -> Self {
        Format {
            data_type: settings.data_attribute_type,
            compression: settings.compression,
            threshold: settings.compression_threshold,
            serializers: Serializers::default(),
        }
    }
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
    Ok(Some(match compression::pack(data, format) {
        Some(packed) => AttributeValue::Binary(envelope::wrap(envelope::ZSTD, &[&packed])),
        None => unpacked(data, format),
    }))
}

fn unpacked(data: &[u8], format: &Format) -> AttributeValue {
    if data.starts_with(&envelope::MAGIC) {
        return AttributeValue::Binary(envelope::wrap(envelope::AS_IT_IS, &[data]));
    }
    let text = match format.data_type {
        DataType::Binary => None,
        DataType::String => text::plain(data),
        DataType::Base64 => Some(text::base64(data)),
    };
    text.map_or_else(|| AttributeValue::Binary(data.to_vec()), AttributeValue::String)
}

/// The data in an attribute.
pub fn decode(value: AttributeValue, format: &Format) -> Result<Vec<u8>, Cause> {
    let decoded = match value {
        AttributeValue::Binary(bytes) => match bytes.strip_prefix(&envelope::MAGIC) {
            Some(contents) => envelope::unwrap(contents),
            None => Ok(bytes),
        },
        AttributeValue::String(text) => text::decode(text, format.data_type == DataType::Base64, format.serializers),
        AttributeValue::Number(_) | AttributeValue::Other => Err("its type is neither B nor S".to_owned()),
    };
    decoded.map_err(Cause::Undecodable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(data_type: DataType, compression: Compression) -> Format {
        Format { data_type, compression, threshold: 0, serializers: Serializers::default() }
    }

    const PLAIN: &[u8] = b"user|s:4:\"J\xC3\xBCrg\";";

    #[test]
    fn every_form_is_read_whatever_is_configured() {
        let all: Vec<u8> = (0..=255).collect();
        let base64 = format(DataType::Base64, Compression::None);
        for data in [PLAIN, b"x|i:1;", &all, &[0xFF, b'|', 0xFF, b'd', 9][..], b"QUJD"] {
            for data_type in [DataType::Binary, DataType::String] {
                for compression in [Compression::None, Compression::Zstd] {
                    let written = format(data_type, compression);
                    let value = encode(data, &written).unwrap().unwrap();
                    let plain = format(DataType::Binary, Compression::None);
                    assert_eq!(decode(value.clone(), &plain).unwrap(), data, "{written:?}");
                    if matches!(value, AttributeValue::Binary(_)) {
                        assert_eq!(decode(value, &base64).unwrap(), data);
                    }
                }
            }
            let value = encode(data, &base64).unwrap().unwrap();
            assert_eq!(decode(value, &base64).unwrap(), data);
        }
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
        let plain = format(DataType::Binary, Compression::None);
        let bomb = zstd::bulk::compress(&vec![0; MAX_UNPACKED + 1], 1).unwrap();
        for (kind, data) in [(envelope::ZSTD, bomb.as_slice()), (envelope::ZSTD, b"nonsense"), (7, b"x")] {
            let value = AttributeValue::Binary(envelope::wrap(kind, &[data]));
            assert!(decode(value, &plain).is_err(), "{kind}");
        }
        assert!(decode(AttributeValue::Binary(envelope::MAGIC.to_vec()), &plain).is_err());
        assert!(decode(AttributeValue::number(1), &plain).is_err());
    }

    #[test]
    fn short_data_are_not_packed_and_what_does_not_shrink_neither() {
        let zstd = Format { threshold: 100, ..format(DataType::Binary, Compression::Zstd) };
        assert_eq!(encode(b"x|i:1;", &zstd), Ok(Some(AttributeValue::Binary(b"x|i:1;".to_vec()))));
        let packed = encode(&b"word ".repeat(100), &zstd).unwrap();
        assert!(packed.is_some_and(|value| value.size() < 100));
    }
}
