//! What transformed data are wrapped in: a magic, a byte for the kind, and what that kind holds.

use super::compression;

/// Begins an envelope; followed by one byte for the kind.
///
/// No PHP serializer begins like this: `php` would need a type letter after the `|`, `php_binary` a length of at most
/// 127, `php_serialize` an `a`, igbinary three zero bytes, msgpack a map.
pub const MAGIC: [u8; 4] = [0xFF, b'|', 0xFF, b'd'];

/// How long magic and kind are.
pub const HEAD_BYTES: usize = MAGIC.len() + 1;

/// The kind of data that are as they are.
pub const AS_IT_IS: u8 = 0;
/// The kind of data that are a zstd frame.
pub const ZSTD: u8 = 1;

/// What the messages say of an envelope that has lost its end.
pub const CUT_SHORT: &str = "its envelope is cut short";

/// An envelope of this kind.
pub fn wrap(kind: u8, data: &[u8]) -> Vec<u8> {
    [&MAGIC, [kind].as_slice(), data].concat()
}

/// The data of kind and contents.
pub fn unwrap(contents: &[u8]) -> Result<Vec<u8>, String> {
    match contents.split_first() {
        Some((&AS_IT_IS, data)) => Ok(data.to_vec()),
        Some((&ZSTD, frame)) => compression::unpack(frame),
        Some((kind, _)) => Err(format!("its envelope is of kind {kind}, written by a newer version")),
        None => Err(CUT_SHORT.to_owned()),
    }
}
