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
//! | `encrypted` | what an envelope with encrypted data holds |

mod compression;
mod encrypted;
mod envelope;
mod msgpack;
mod text;

pub use text::Serializers;

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::{Compression, DataType, Settings};
use crate::dynamodb::AttributeValue;
use crate::encryption::{KeySource, Keyring, Nonce};
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
    /// What data are encrypted with; `None`: they are not.
    pub keys: Option<Arc<Keyring>>,
    /// Whether data that are not encrypted are refused.
    pub encryption_required: bool,
}

/// Session data as they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The serialized session.
    pub data: Vec<u8>,
    /// How they were stored.
    pub protection: Protection,
}

/// How data were stored, as far as encryption goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Not encrypted.
    None,
    /// By the key that encrypts now.
    FirstKey,
    /// By another key.
    OtherKey,
}

impl Format {
    /// The format of these settings, whose keys have been read: else a [`Cause::Setting`], since nothing may be stored as
    /// it is only because a key is missing.
    pub fn new(settings: &Settings) -> Result<Self, Cause> {
        let encryption = &settings.encryption;
        let keys = match &encryption.keys {
            KeySource::None => None,
            KeySource::Ring(keys) => Some(Arc::clone(keys)),
            KeySource::File(_) => {
                return Err(Cause::Setting("dynamosess.encryption_keys: the file was not read".into()));
            }
        };
        encryption.check()?;
        Ok(Format {
            data_type: settings.data_attribute_type,
            compression: settings.compression,
            threshold: settings.compression_threshold,
            serializers: Serializers::default(),
            keys,
            encryption_required: encryption.required,
        })
    }

    /// What one [`encode`] needs of chance; each needs its own.
    pub fn nonce(&self, clock: &dyn Clock) -> Option<Nonce> {
        self.keys.as_ref().and_then(|_| clock.nonce()).map(Nonce::new)
    }
}

/// The attribute for these data in the item of this key; `None` for an empty session, which has no such attribute. What no
/// reader would unpack is an error. `nonce`: of [`Format::nonce`].
pub fn encode(data: &[u8], format: &Format, item: &str, nonce: Option<Nonce>) -> Result<Option<AttributeValue>, Cause> {
    if data.is_empty() {
        return Ok(None);
    }
    if data.len() > MAX_UNPACKED {
        return Err(Cause::TooLong { bytes: data.len() });
    }
    let packed = compression::pack(data, format);
    Ok(Some(match (&format.keys, packed) {
        (Some(keys), packed) => {
            let nonce = nonce.ok_or(Cause::NoRandomness)?;
            let contents = packed.map_or_else(
                || [&[envelope::AS_IT_IS], data].concat(),
                |packed| [&[envelope::ZSTD], packed.as_slice()].concat(),
            );
            let too_long = Cause::TooLong { bytes: data.len() };
            AttributeValue::Binary(encrypted::seal(contents, keys, nonce, item).ok_or(too_long)?)
        }
        (None, Some(packed)) => AttributeValue::Binary(envelope::wrap(envelope::ZSTD, &packed)),
        (None, None) => unpacked(data, format),
    }))
}

fn unpacked(data: &[u8], format: &Format) -> AttributeValue {
    if data.starts_with(&envelope::MAGIC) {
        return AttributeValue::Binary(envelope::wrap(envelope::AS_IT_IS, data));
    }
    let text = match format.data_type {
        DataType::Binary => None,
        DataType::String => text::plain(data),
        DataType::Base64 => Some(text::base64(data)),
    };
    text.map_or_else(|| AttributeValue::Binary(data.to_vec()), AttributeValue::String)
}

/// The data in an attribute of the item of this key.
pub fn decode(value: AttributeValue, format: &Format, item: &str) -> Result<Decoded, Cause> {
    if let AttributeValue::Binary(bytes) = &value
        && let Some((&encrypted::ENCRYPTED, rest)) = bytes.strip_prefix(&envelope::MAGIC).and_then(<[u8]>::split_first)
    {
        let opened = encrypted::open(rest, format.keys.as_deref(), item)?;
        let protection = if opened.by_first_key { Protection::FirstKey } else { Protection::OtherKey };
        let data = envelope::unwrap(&opened.contents).map_err(Cause::Undecodable)?;
        return Ok(Decoded { data, protection });
    }
    if format.encryption_required {
        return Err(Cause::Undecodable("it is not encrypted, and dynamosess.encryption is 'required'".to_owned()));
    }
    let data = decode_plain(value, format).map_err(Cause::Undecodable)?;
    Ok(Decoded { data, protection: Protection::None })
}

fn decode_plain(value: AttributeValue, format: &Format) -> Result<Vec<u8>, String> {
    match value {
        AttributeValue::Binary(bytes) => match bytes.strip_prefix(&envelope::MAGIC) {
            Some(contents) => envelope::unwrap(contents),
            None => Ok(bytes),
        },
        AttributeValue::String(text) => text::decode(text, format.data_type == DataType::Base64, format.serializers),
        AttributeValue::Number(_) | AttributeValue::Other => Err("its type is neither B nor S".to_owned()),
    }
}

#[cfg(test)]
mod tests;
