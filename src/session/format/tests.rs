use proptest::prelude::*;

use super::*;

const ITEM: &str = "PHPSESSID_abc";
const A: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const B: &str = "b:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
const PLAIN: &[u8] = b"user|s:4:\"J\xC3\xBCrg\";";

fn format(data_type: DataType, compression: Compression) -> Format {
    Format { data_type, compression, threshold: 0, ..Format::new(&Settings::defaults()).unwrap() }
}

fn plain() -> Format {
    format(DataType::Binary, Compression::None)
}

fn encrypted(list: &str) -> Format {
    Format { keys: Some(Arc::new(Keyring::parse(list).unwrap())), ..plain() }
}

fn nonce() -> Nonce {
    Nonce::new([7; 12])
}

fn stored(data: &[u8], format: &Format) -> AttributeValue {
    encode(data, format, ITEM, Some(nonce())).unwrap().unwrap()
}

fn read(value: &AttributeValue, format: &Format) -> Vec<u8> {
    decode(value.clone(), format, ITEM).unwrap().data
}

#[test]
fn every_form_is_read_whatever_is_configured() {
    let all: Vec<u8> = (0..=255).collect();
    let base64 = format(DataType::Base64, Compression::None);
    for data in [PLAIN, b"x|i:1;", &all, &[0xFF, b'|', 0xFF, b'd', 9][..], b"QUJD"] {
        for data_type in [DataType::Binary, DataType::String] {
            for compression in [Compression::None, Compression::Zstd] {
                let value = stored(data, &format(data_type, compression));
                assert_eq!(read(&value, &plain()), data, "{data_type:?} {compression:?}");
                if matches!(value, AttributeValue::Binary(_)) {
                    assert_eq!(read(&value, &base64), data);
                }
            }
        }
        assert_eq!(read(&stored(data, &base64), &base64), data);
    }
}

#[test]
fn an_empty_session_has_no_attribute() {
    for format in [format(DataType::String, Compression::Zstd), encrypted(A)] {
        assert_eq!(encode(b"", &format, ITEM, Some(nonce())), Ok(None));
    }
}

#[test]
fn text_mode_writes_what_is_not_text_as_b() {
    let string = format(DataType::String, Compression::None);
    assert!(matches!(stored(PLAIN, &string), AttributeValue::String(_)));
    assert!(matches!(stored(&[0xFF, 0xFE], &string), AttributeValue::Binary(_)));
    assert!(matches!(stored(b"QUJD", &string), AttributeValue::Binary(_)));
}

#[test]
fn a_bomb_an_unknown_kind_and_a_broken_frame_are_errors() {
    let bomb = zstd::bulk::compress(&vec![0; MAX_UNPACKED + 1], 1).unwrap();
    for (kind, data) in [(envelope::ZSTD, bomb.as_slice()), (envelope::ZSTD, b"nonsense"), (7, b"x")] {
        let value = AttributeValue::Binary(envelope::wrap(kind, data));
        assert!(decode(value, &plain(), ITEM).is_err(), "{kind}");
    }
    assert!(decode(AttributeValue::Binary(envelope::MAGIC.to_vec()), &plain(), ITEM).is_err());
    assert!(decode(AttributeValue::number(1), &plain(), ITEM).is_err());
}

#[test]
fn short_data_are_not_packed_and_what_does_not_shrink_neither() {
    let zstd = Format { threshold: 100, ..format(DataType::Binary, Compression::Zstd) };
    assert_eq!(stored(b"x|i:1;", &zstd), AttributeValue::Binary(b"x|i:1;".to_vec()));
    assert!(stored(&b"word ".repeat(100), &zstd).size() < 100);
}

#[test]
fn encrypted_data_are_b_whatever_their_type_and_show_nothing_of_themselves() {
    for data_type in [DataType::Binary, DataType::String, DataType::Base64] {
        let format = Format { data_type, ..encrypted(A) };
        let AttributeValue::Binary(bytes) = stored(PLAIN, &format) else { panic!("{data_type:?}") };
        assert_eq!(bytes.len(), PLAIN.len() + 36);
        assert!(!bytes.windows(4).any(|part| PLAIN.windows(4).any(|plain| plain == part)));
        assert_eq!(read(&AttributeValue::Binary(bytes), &format), PLAIN);
    }
}

#[test]
fn they_are_compressed_first() {
    let both = Format { compression: Compression::Zstd, ..encrypted(A) };
    let data = b"word|s:4:\"word\";".repeat(200);
    let value = stored(&data, &both);
    assert!(value.size() < data.len() / 4);
    assert_eq!(read(&value, &encrypted(A)), data);
}

#[test]
fn all_keys_decrypt_and_it_is_told_which_has_encrypted() {
    let old = stored(PLAIN, &encrypted(A));
    let rolled = encrypted(&format!("{B},{A}"));
    let protection = |value: &AttributeValue, format| decode(value.clone(), format, ITEM).unwrap().protection;
    assert_eq!(protection(&old, &rolled), Protection::OtherKey);
    assert_eq!(protection(&stored(PLAIN, &rolled), &rolled), Protection::FirstKey);
    assert_eq!(protection(&stored(PLAIN, &plain()), &rolled), Protection::None);
}

#[test]
fn a_key_that_is_not_there_is_an_error_that_names_it() {
    let value = stored(PLAIN, &encrypted(A));
    let another = format!("a:{}", B.split_once(':').unwrap().1);
    for (format, said) in [
        (plain(), "key 'a', and dynamosess.encryption_keys is not set"),
        (encrypted(B), "key 'a', which dynamosess.encryption_keys does not have"),
        (encrypted(&another), "key 'a' does not decrypt it"),
    ] {
        let Err(Cause::Undecryptable(text)) = decode(value.clone(), &format, ITEM) else { panic!("{said}") };
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn what_is_not_encrypted_is_read_unless_encryption_is_required() {
    let lenient = encrypted(A);
    let strict = Format { encryption_required: true, ..encrypted(A) };
    for stored_as in [plain(), format(DataType::String, Compression::None), format(DataType::Binary, Compression::Zstd)]
    {
        let value = stored(PLAIN, &stored_as);
        assert_eq!(read(&value, &lenient), PLAIN);
        let refused = decode(value, &strict, ITEM).unwrap_err();
        assert!(matches!(refused, Cause::Undecodable(text) if text.starts_with("it is not encrypted")));
    }
    assert_eq!(read(&stored(PLAIN, &strict), &strict), PLAIN);
}

#[test]
fn nothing_is_encrypted_without_a_nonce_nor_stored_as_it_is_for_the_lack_of_one() {
    assert_eq!(encode(PLAIN, &encrypted(A), ITEM, None), Err(Cause::NoRandomness));
}

#[test]
fn settings_that_cannot_encrypt_as_they_say_make_no_format() {
    let settings = |keys, required| {
        let encryption = crate::config::Encryption { keys, required };
        Format::new(&Settings { encryption, ..Settings::defaults() })
    };
    assert!(matches!(settings(KeySource::None, true), Err(Cause::Setting(_))));
    assert!(matches!(settings(KeySource::File("/keys".into()), false), Err(Cause::Setting(_))));
    assert!(settings(KeySource::parse(A).unwrap(), true).is_ok());
}

fn any_format() -> impl Strategy<Value = Format> {
    let data_type = prop_oneof![Just(DataType::Binary), Just(DataType::String), Just(DataType::Base64)];
    let compression = prop_oneof![Just(Compression::None), Just(Compression::Zstd)];
    let keys = prop_oneof![Just(None), Just(Some(A)), Just(Some(B))];
    (data_type, compression, keys).prop_map(|(data_type, compression, keys)| Format {
        keys: keys.map(|list| Arc::new(Keyring::parse(list).unwrap())),
        ..format(data_type, compression)
    })
}

proptest! {
    #[test]
    fn whatever_is_written_comes_back(data in any::<Vec<u8>>(), format in any_format(), item in ".*", nonce: [u8; 12]) {
        let value = encode(&data, &format, &item, Some(Nonce::new(nonce))).unwrap();
        prop_assert_eq!(value.is_none(), data.is_empty());
        if let Some(value) = value {
            prop_assert_eq!(decode(value, &format, &item).unwrap().data, data);
        }
    }

    #[test]
    fn no_bytes_of_an_item_make_a_reader_panic(
        rest in any::<Vec<u8>>(), kind in 0..4_u8, text in ".*", format in any_format()
    ) {
        let _ = decode(AttributeValue::Binary(envelope::wrap(kind, &rest)), &format, ITEM);
        let _ = decode(AttributeValue::Binary(rest), &format, ITEM);
        let _ = decode(AttributeValue::String(text), &format, ITEM);
    }

    #[test]
    fn encrypted_data_that_were_changed_anywhere_are_an_error(
        data in proptest::collection::vec(any::<u8>(), 1..200), at: prop::sample::Index, change in 1..=255_u8
    ) {
        let format = Format { encryption_required: true, ..encrypted(A) };
        let AttributeValue::Binary(mut bytes) = stored(&data, &format) else { panic!() };
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        prop_assert!(decode(AttributeValue::Binary(bytes), &format, ITEM).is_err());
    }

    #[test]
    fn no_list_of_keys_makes_its_reader_panic_and_no_error_quotes_it(list in "[a-z:,/=A-Z0-9+ \n]{0,200}") {
        if let Err(text) = Keyring::parse(&list) {
            let quoted = list.split([',', ':', '\n']).any(|part| part.len() > 32 && text.contains(part));
            prop_assert!(!quoted);
        }
    }
}
