//! From session name and id to the table's key: `{prefix}{name}_{id}` with `_` trimmed at both ends of the latter, as
//! the AWS SDK and Idealstack's handler build it.

use crate::error::Cause;

/// DynamoDB's limit for a partition key, in bytes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys>
const MAX_KEY_BYTES: usize = 2_048;

/// What `files` says of an id that it does not take.
pub const INVALID_NATIVE_ID: &str = "Session ID is too long or contains illegal characters. Only the A-Z, a-z, 0-9, \"-\", and \",\" characters are allowed";

/// The longest id that PHP itself makes, in bytes.
const MAX_NATIVE_ID: usize = 256;

/// Whether the native module takes this id: what `files` takes, whose warning it gives otherwise.
/// <https://github.com/php/php-src/blob/PHP-8.2/ext/session/session.c> (`php_session_valid_key`)
pub fn is_native_id(id: &[u8]) -> bool {
    (1..=MAX_NATIVE_ID).contains(&id.len()) && id.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b',' | b'-'))
}

/// The key of an id. Ids of which two would share a key are refused.
pub fn key(prefix: &str, session_name: &str, id: &[u8]) -> Result<String, Cause> {
    let id = std::str::from_utf8(id).map_err(|_| Cause::Id("the session id is not UTF-8"))?;
    if id.is_empty() {
        return Err(Cause::Id("the session id is empty"));
    }
    let name_ends_trimming = session_name.bytes().any(|b| b != b'_');
    if id.ends_with('_') || (!name_ends_trimming && id.starts_with('_')) {
        return Err(Cause::Id("the session id begins or ends with '_', which the key leaves out"));
    }
    let joined = format!("{session_name}_{id}");
    let key = format!("{prefix}{}", joined.trim_matches('_'));
    if key.len() > MAX_KEY_BYTES {
        return Err(Cause::Id("the session id makes a key of more than 2048 bytes"));
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_built_as_the_php_libraries_build_them() {
        assert_eq!(key("", "PHPSESSID", b"abc").unwrap(), "PHPSESSID_abc");
        assert_eq!(key("", "", b"abc").unwrap(), "abc");
        assert_eq!(key("", "_odd_", b"abc").unwrap(), "odd__abc");
        assert_eq!(key("shop/", "S", b"abc").unwrap(), "shop/S_abc");
    }

    #[test]
    fn two_ids_never_share_a_key() {
        assert!(key("", "S", b"abc_").is_err());
        assert!(key("", "", b"_abc").is_err());
        assert!(key("", "___", b"_abc").is_err());
        assert_eq!(key("", "S", b"_abc").unwrap(), "S__abc");
    }

    #[test]
    fn empty_endless_and_unprintable_ids_are_refused() {
        assert!(key("", "S", b"").is_err());
        assert!(key("", "S", &[0xFF]).is_err());
        assert!(key("", "S", &[b'a'; 2_046]).is_ok());
        assert!(key("", "S", &[b'a'; 2_047]).is_err());
    }

    #[test]
    fn the_native_module_takes_what_files_takes() {
        assert!(is_native_id(b"aZ09,-") && is_native_id(&[b'a'; 256]));
        for bad in [&b""[..], b"../etc", b"a b", b"a\0", b"a\r\n", b"a_b", &[b'a'; 257]] {
            assert!(!is_native_id(bad));
        }
    }
}
