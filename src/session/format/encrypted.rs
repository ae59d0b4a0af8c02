//! Encrypted data: what an envelope of the kind [`ENCRYPTED`] holds.
//!
//! ```text
//! FF 7C FF 64   02   length of the key's id   the key's id   nonce     AES-256-GCM of the contents, and its tag
//! 4 bytes       1    1                        1 to 32        12        length of the contents + 16
//! ```
//!
//! The contents are those of another envelope: a byte for the kind, and the data, packed or as they are. What stands before
//! the nonce and the key of the item are authenticated with them: no other session's item can hold these data.

use super::envelope::{self, MAGIC};
use crate::encryption::{self, Keyring, NONCE_BYTES, Nonce};
use crate::error::Cause;

/// The kind of data that are encrypted.
pub const ENCRYPTED: u8 = 2;

/// The envelope with these contents for the item of this key; `None`: too long for the cipher.
pub fn seal(contents: Vec<u8>, keys: &Keyring, nonce: Nonce, item: &str) -> Option<Vec<u8>> {
    let key = keys.first();
    let head = head(key.id());
    let number = *nonce.bytes();
    let sealed = key.encrypt(nonce, &[&head, item.as_bytes()].concat(), contents)?;
    Some([head.as_slice(), &number, &sealed].concat())
}

/// What was found in an envelope.
#[derive(Debug)]
pub struct Opened {
    /// Kind and data.
    pub contents: Vec<u8>,
    /// Whether it is the first key that has encrypted them.
    pub by_first_key: bool,
}

/// The contents of an envelope in the item of this key; `rest` is what stands behind the kind.
pub fn open(rest: &[u8], keys: Option<&Keyring>, item: &str) -> Result<Opened, Cause> {
    let (id, nonce, sealed) = parts(rest).ok_or_else(|| Cause::Undecodable(envelope::CUT_SHORT.to_owned()))?;
    let keys = keys.ok_or_else(|| {
        Cause::Undecryptable(format!("it is encrypted with key '{id}', and dynamosess.encryption_keys is not set"))
    })?;
    let key = keys.find(id).ok_or_else(|| {
        Cause::Undecryptable(format!("it is encrypted with key '{id}', which dynamosess.encryption_keys does not have"))
    })?;
    let contents = key.decrypt(nonce, &[&head(id), item.as_bytes()].concat(), sealed.to_vec()).ok_or_else(|| {
        let text = "another key has this id, or the data were changed, or copied from another session's item";
        Cause::Undecryptable(format!("key '{id}' does not decrypt it: {text}"))
    })?;
    Ok(Opened { contents, by_first_key: keys.first().id() == id })
}

fn head(id: &str) -> Vec<u8> {
    let length = u8::try_from(id.len()).unwrap_or(u8::MAX);
    [MAGIC.as_slice(), &[ENCRYPTED, length], id.as_bytes()].concat()
}

/// The key's id, the nonce, and what is encrypted.
fn parts(rest: &[u8]) -> Option<(&str, [u8; NONCE_BYTES], &[u8])> {
    let (length, rest) = rest.split_first()?;
    let (id, rest) = rest.split_at_checked(usize::from(*length))?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
    let id = std::str::from_utf8(id).ok().filter(|id| encryption::is_id(id.as_bytes()))?;
    Some((id, *nonce, sealed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keyring {
        Keyring::parse("2026b:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()
    }

    fn sealed() -> Vec<u8> {
        let nonce = Nonce::new(*b"twelve bytes");
        seal(b"\0n|i:1;".to_vec(), &keys(), nonce, "PHPSESSID_abc").unwrap()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The last part is by OpenSSL: PHP's `openssl_encrypt()` of the same contents, with the head and the item's key as `aad`.
    #[test]
    fn an_envelope_is_these_very_bytes_in_every_version() {
        let head = "ff7cff64".to_owned() + "02" + "05" + &hex(b"2026b") + &hex(b"twelve bytes");
        assert_eq!(hex(&sealed()), head + "aaeb9f975e6b81f29a7cdb4d9fd613572353b92e8a1ab1");
    }

    #[test]
    fn a_changed_byte_is_an_error_wherever_it_stands() {
        let whole = sealed();
        let opened = |bytes: &[u8]| open(&bytes[envelope::HEAD_BYTES..], Some(&keys()), "PHPSESSID_abc");
        assert_eq!(opened(&whole).unwrap().contents, b"\0n|i:1;");
        for at in envelope::HEAD_BYTES..whole.len() {
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                assert!(opened(&changed).is_err(), "{at} {bit}");
            }
        }
        for length in envelope::HEAD_BYTES..whole.len() {
            assert!(opened(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn another_sessions_item_cannot_hold_it() {
        let rest = &sealed()[envelope::HEAD_BYTES..];
        for item in ["PHPSESSID_abd", "PHPSESSID_ab", "shop_PHPSESSID_abc", ""] {
            let refused = open(rest, Some(&keys()), item).unwrap_err();
            assert!(matches!(&refused, Cause::Undecryptable(text) if text.starts_with("key '2026b'")), "{refused:?}");
        }
    }
}
