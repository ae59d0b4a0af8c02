//! The keys that sessions are encrypted with: AES-256-GCM, by ring.
//!
//! The first key encrypts and all of them decrypt: that is how a key is rotated. What an encrypted session looks like in
//! its item is `session::format`'s.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine as _};
use ring::aead::{self, AES_256_GCM, Aad, LessSafeKey, UnboundKey};
use ring::digest;

/// The length of a key.
pub const KEY_BYTES: usize = 32;

/// The length of a nonce.
pub const NONCE_BYTES: usize = aead::NONCE_LEN;

/// What encryption adds to the data.
pub const TAG_BYTES: usize = aead::MAX_TAG_LEN;

/// How often one key may encrypt with random nonces of 96 bits, so that two of them are equal with a probability of 2^-32
/// at most: <https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf>, 8.3.
pub const MOST_ENCRYPTIONS: u64 = 1 << 32;

/// The longest name of a key, in bytes. Shorter than a key in base64, so that none is taken for a name and shown.
pub const MOST_ID_BYTES: usize = 32;

/// `openssl rand -base64 32` pads, other tools do not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Begins the setting's text where the keys are in a file.
const FILE: &str = "file:";

/// Where the keys are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KeySource {
    /// Nowhere: sessions are not encrypted.
    #[default]
    None,
    /// In a file that has not been read yet.
    File(PathBuf),
    /// Here.
    Ring(Arc<Keyring>),
}

impl KeySource {
    /// What the setting's text says. An error says what is wrong without a part of any key.
    pub fn parse(text: &str) -> Result<Self, String> {
        // Nothing but the end is trimmed: PHP's side looks for the same beginning.
        match text.trim_end().strip_prefix(FILE) {
            Some(path) if path.starts_with('/') && !path.contains('\0') => Ok(KeySource::File(PathBuf::from(path))),
            Some(_) => Err(format!("behind '{FILE}' an absolute path must follow")),
            None if text.is_empty() => Ok(KeySource::None),
            None => Ok(KeySource::Ring(Arc::new(Keyring::parse(text)?))),
        }
    }
}

/// All keys, of which the first one encrypts.
pub struct Keyring {
    first: Key,
    others: Vec<Key>,
}

/// One key with its name.
pub struct Key {
    id: String,
    cipher: LessSafeKey,
    /// To tell keys apart without keeping their bytes.
    digest: [u8; 32],
    is_text: bool,
}

/// A number used once: neither copied nor made of anything but fresh random bytes, so that no two encryptions share one.
#[derive(Debug)]
pub struct Nonce([u8; NONCE_BYTES]);

impl Nonce {
    /// `random`: drawn for this one encryption from the operating system's cryptographic source.
    pub fn new(random: [u8; NONCE_BYTES]) -> Self {
        Nonce(random)
    }

    /// As it is stored beside what it has encrypted.
    pub fn bytes(&self) -> &[u8; NONCE_BYTES] {
        &self.0
    }
}

impl Keyring {
    /// Reads `id:BASE64` entries, separated by commas or ends of lines. An error says what is wrong and of which entry,
    /// without a part of any key.
    pub fn parse(list: &str) -> Result<Self, String> {
        let entries = list.split([',', '\n']).map(str::trim).filter(|entry| !entry.is_empty());
        let mut keys: Vec<Key> = Vec::new();
        for (at, entry) in entries.enumerate() {
            let key = Key::parse(entry).map_err(|text| format!("entry {} {text}", at + 1))?;
            for other in &keys {
                if other.id == key.id {
                    return Err(format!("two keys have the id '{}'", key.id));
                }
                if other.digest == key.digest {
                    return Err(format!("'{}' and '{}' are the same key", other.id, key.id));
                }
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        let first = keys.next().ok_or_else(|| "no key is in it".to_owned())?;
        Ok(Keyring { first, others: keys.collect() })
    }

    /// The one that encrypts.
    pub fn first(&self) -> &Key {
        &self.first
    }

    /// All, the first one first.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The key of this name.
    pub fn find(&self, id: &str) -> Option<&Key> {
        self.keys().find(|key| key.id == id)
    }
}

impl Key {
    fn parse(entry: &str) -> Result<Self, &'static str> {
        let (id, text) = entry.split_once(':').ok_or("has no ':' between its id and its key")?;
        if !is_id(id.as_bytes()) {
            return Err("must begin with an id of 1 to 32 letters, digits, '.', '_' or '-'");
        }
        let bytes = BASE64.decode(text).map_err(|_| "has a key that is not base64")?;
        let unbound = match bytes.len() {
            KEY_BYTES => UnboundKey::new(&AES_256_GCM, &bytes),
            _ => return Err("has a key that is not 32 bytes long"),
        };
        let mut digest = [0; 32];
        digest.copy_from_slice(digest::digest(&digest::SHA256, &bytes).as_ref());
        Ok(Key {
            id: id.to_owned(),
            cipher: LessSafeKey::new(unbound.map_err(|_| "has a key that is not 32 bytes long")?),
            digest,
            is_text: bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' '),
        })
    }

    /// Its name, which is no secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether its bytes are printable ASCII throughout: typed by a person, and not random.
    pub fn is_text(&self) -> bool {
        self.is_text
    }

    /// `data` encrypted; they can be decrypted only together with the same `bound_to`. `None`: too long for the cipher.
    pub fn encrypt(&self, nonce: Nonce, bound_to: &[u8], mut data: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = aead::Nonce::assume_unique_for_key(nonce.0);
        self.cipher.seal_in_place_append_tag(nonce, Aad::from(bound_to), &mut data).ok()?;
        Some(data)
    }

    /// What [`Key::encrypt`] has encrypted; `None`: with another key, bound to something else, or changed since.
    pub fn decrypt(&self, nonce: [u8; NONCE_BYTES], bound_to: &[u8], mut data: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        let length = self.cipher.open_in_place(nonce, Aad::from(bound_to), &mut data).ok()?.len();
        data.truncate(length);
        Some(data)
    }
}

/// Whether these bytes can be a key's name.
pub fn is_id(bytes: &[u8]) -> bool {
    (1..=MOST_ID_BYTES).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

impl PartialEq for Keyring {
    fn eq(&self, other: &Self) -> bool {
        self.keys().map(|key| (&key.id, key.digest)).eq(other.keys().map(|key| (&key.id, key.digest)))
    }
}

impl Eq for Keyring {}

/// Names only.
impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys()).finish()
    }
}

/// Its name only.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.id).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const B: &str = "b:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";

    fn ring(list: &str) -> Keyring {
        Keyring::parse(list).unwrap()
    }

    fn hex(text: &str) -> Vec<u8> {
        let digit = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(digit).collect()
    }

    #[test]
    fn the_first_key_encrypts_and_all_are_found_by_their_ids() {
        let ring = ring(&format!("{A}, {B}\n"));
        assert_eq!(ring.first().id(), "a");
        assert_eq!(ring.keys().map(Key::id).collect::<Vec<_>>(), ["a", "b"]);
        assert!(ring.find("b").is_some() && ring.find("c").is_none());
    }

    #[test]
    fn a_malformed_list_is_an_error_that_holds_nothing_of_a_key() {
        let secret = A.split_once(':').unwrap().1;
        for (list, said) in [
            (secret.to_owned(), "entry 1 has no ':'"),
            (format!("{A},{secret}:b"), "entry 2 must begin with an id"),
            (format!("{}:x", secret.trim_end_matches('=')), "entry 1 must begin with an id"),
            ("a:not base64".to_owned(), "entry 1 has a key that is not base64"),
            ("a:AAECAw==".to_owned(), "entry 1 has a key that is not 32 bytes long"),
            (format!("{A},a:{}", &B[2..]), "two keys have the id 'a'"),
            (format!("{A},c:{secret}"), "'a' and 'c' are the same key"),
            (" , ".to_owned(), "no key is in it"),
        ] {
            let error = Keyring::parse(&list).unwrap_err();
            assert!(error.starts_with(said) && !error.contains("AAECAw"), "{error}");
        }
    }

    #[test]
    fn a_source_is_nothing_a_file_or_a_list() {
        assert_eq!(KeySource::parse(""), Ok(KeySource::None));
        assert_eq!(KeySource::parse("file:/etc/keys"), Ok(KeySource::File("/etc/keys".into())));
        assert!(KeySource::parse("file:keys").is_err() && KeySource::parse("nonsense").is_err());
        assert!(matches!(KeySource::parse(A), Ok(KeySource::Ring(_))));
    }

    /// Test case 16 of <https://csrc.nist.rip/groups/ST/toolkit/BCM/documents/proposedmodes/gcm/gcm-spec.pdf>, appendix B.
    #[test]
    fn it_is_aes_256_gcm_by_the_known_answer_of_its_specification() {
        let key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        let plain = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525\
                     b16aedf5aa0de657ba637b39";
        let encrypted = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838\
                         c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b";
        let bound_to = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let nonce: [u8; NONCE_BYTES] = hex("cafebabefacedbaddecaf888").try_into().unwrap();
        let key = format!("k:{}", BASE64.encode(key));
        let ring = ring(&key);
        let sealed = ring.first().encrypt(Nonce::new(nonce), &bound_to, hex(plain)).unwrap();
        assert_eq!(sealed, hex(encrypted));
        assert_eq!(ring.first().decrypt(nonce, &bound_to, sealed).unwrap(), hex(plain));
    }

    #[test]
    fn a_key_that_was_typed_is_told_from_a_random_one() {
        let typed = format!("t:{}", BASE64.encode("correct horse battery staple 123"));
        assert!(ring(&typed).first().is_text() && !ring(A).first().is_text());
    }

    #[test]
    fn keyrings_are_equal_by_ids_keys_and_their_order() {
        assert_eq!(ring(A), ring(A));
        assert_ne!(ring(&format!("{A},{B}")), ring(&format!("{B},{A}")));
        assert_ne!(ring(A), ring(&format!("a:{}", &B[2..])));
    }

    #[test]
    fn debug_shows_ids_and_no_key() {
        let shown = format!("{:?} {:?}", ring(A), KeySource::parse(B));
        assert!(shown.contains("Key(\"a\")") && shown.contains("Key(\"b\")"), "{shown}");
        assert!(!shown.contains("AAEC") && !shown.contains("ICEi") && !shown.contains("0, 1, 2"), "{shown}");
    }
}
