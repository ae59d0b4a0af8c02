//! Whether S is the session's data or base64 of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::msgpack;

/// The session serializers that this PHP has besides its own three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Serializers {
    /// <https://github.com/igbinary/igbinary>
    pub igbinary: bool,
    /// <https://github.com/msgpack/msgpack-php>
    pub msgpack: bool,
}

/// The text for these data where S holds them as they are; `None` where it cannot: they are no text, or the reader would
/// take them for base64.
pub fn plain(data: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(data).ok()?;
    (!data.iter().all(|b| is_base64_letter(*b))).then(|| text.to_owned())
}

/// The text for these data where S holds base64.
pub fn base64(data: &[u8]) -> String {
    STANDARD.encode(data)
}

/// The data in such a text. `base64` says that it is known to be base64; otherwise it is decided by what it looks like.
pub fn decode(text: String, base64: bool, serializers: Serializers) -> Result<Vec<u8>, String> {
    match STANDARD.decode(&text) {
        Ok(decoded) if base64 || is_serialized(&decoded, serializers) => Ok(decoded),
        // The setting says base64, and plain data of the AWS SDK are still read.
        Err(_) if base64 && text.bytes().all(is_base64_letter) => Err("it is broken base64".to_owned()),
        _ => Ok(text.into_bytes()),
    }
}

fn is_base64_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Whether data begin as the output of a session serializer of this PHP does.
fn is_serialized(data: &[u8], serializers: Serializers) -> bool {
    // Every value ends so. What begins like one by chance, as base64 of random bytes may, seldom does that too.
    let ends = data.ends_with(b";") || data.ends_with(b"}");
    ends && (is_php(data) || is_php_serialize(data) || is_php_binary(data))
        || serializers.igbinary && is_igbinary(data)
        || serializers.msgpack && msgpack::is_session(data)
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

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Serializers = Serializers { igbinary: false, msgpack: false };
    const ALL: Serializers = Serializers { igbinary: true, msgpack: true };
    const PLAIN: &[u8] = b"user|s:4:\"J\xC3\xBCrg\";";
    const IGBINARY: &[u8] = &[0, 0, 0, 2, 0x14, 0];
    /// `["user" => "J\xC3\xBCrg", "n" => 1]` in a session, by msgpack-php 2.2.
    const MSGPACK: &[u8] = b"\x83\xC0\x01\xA4user\xA5J\xC3\xBCrg\xA1n\x01";

    fn decoded(data: &[u8], serializers: Serializers) -> Vec<u8> {
        decode(base64(data), false, serializers).unwrap()
    }

    #[test]
    fn base64_of_serialized_data_is_decoded_unasked_and_base64_of_the_applications_is_not() {
        for serialized in [PLAIN, b"a:1:{s:1:\"a\";i:1;}", b"\x01ai:1;", b"n|N;"] {
            assert_eq!(decoded(serialized, NONE), serialized);
        }
        for text in ["eyJpdiI6ImFiYyJ9", "c2VjcmV0IHNlc3Npb24=", "abcd"] {
            assert_eq!(decode(text.to_owned(), false, ALL).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn what_only_another_phps_serializer_reads_is_not_decoded() {
        for (serialized, of) in
            [(IGBINARY, Serializers { igbinary: true, ..NONE }), (MSGPACK, Serializers { msgpack: true, ..NONE })]
        {
            assert_eq!(decoded(serialized, of), serialized);
            assert_eq!(decoded(serialized, NONE), base64(serialized).as_bytes());
        }
    }

    #[test]
    fn base64_of_random_bytes_is_left_alone() {
        use crate::clock::Clock;
        let chance = crate::testing::ManualClock::at(0);
        for _ in 0..20_000 {
            let bytes: Vec<u8> = (0..64).flat_map(|_| mixed(chance.random()).to_be_bytes()).collect();
            let text = STANDARD.encode(bytes);
            assert_eq!(decode(text.clone(), false, ALL).unwrap(), text.as_bytes());
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
        assert_eq!(decode("user|s:1:\"a\";".into(), true, NONE).unwrap(), b"user|s:1:\"a\";");
        assert!(decode("QUJ".into(), true, NONE).is_err());
    }
}
