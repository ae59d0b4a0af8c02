//! Any bytes as the data attribute: reading them ends, without a panic, and never with more than 16 MB; and what is written comes
//! back, encrypted or not.
//!
//! The input is a byte for the form (bits: S, base64, zstd, keys, required, serializers), then the bytes.

#![no_main]

use std::sync::Arc;

use dynamosess::config::{Compression, DataType, Settings};
use dynamosess::dynamodb::AttributeValue;
use dynamosess::encryption::{Keyring, Nonce};
use dynamosess::error::MAX_UNPACKED;
use dynamosess::session::format::{self, Format, Serializers};
use libfuzzer_sys::fuzz_target;

const KEYS: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,b:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
const ITEM: &str = "PHPSESSID_abc";

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let is = |bit: u8| choice >> bit & 1 == 1;
    let keys = is(3).then(|| Arc::new(Keyring::parse(KEYS).unwrap()));
    let format = Format {
        data_type: if is(1) { DataType::Base64 } else { DataType::String },
        compression: if is(2) { Compression::Zstd } else { Compression::None },
        threshold: 0,
        serializers: Serializers { igbinary: is(5), msgpack: is(5) },
        encryption_required: is(4) && keys.is_some(),
        keys,
    };
    let value = match std::str::from_utf8(rest) {
        Ok(text) if is(0) => AttributeValue::String(text.to_owned()),
        _ => AttributeValue::Binary(rest.to_vec()),
    };
    if let Ok(read) = format::decode(value, &format, ITEM) {
        assert!(read.data.len() <= MAX_UNPACKED.max(rest.len()));
    }
    let plain = Format::new(&Settings::defaults()).unwrap();
    for format in [&format, &plain] {
        let Ok(Some(written)) = format::encode(rest, format, ITEM, Some(Nonce::new([7; 12]))) else { continue };
        assert_eq!(format::decode(written, format, ITEM).unwrap().data, rest);
    }
});
