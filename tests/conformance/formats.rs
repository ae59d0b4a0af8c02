//! Items of other handlers, and the forms of data.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dynamosess::config::{Compression, DataType};
use dynamosess::dynamodb::AttributeValue;
use dynamosess::error::Cause;
use dynamosess::session::merge::Serializer;
use serde_json::{Value, json};

use super::{Site, b, s};
use crate::site;

const TEXT: &[u8] = "user|s:5:\"J\u{fc}rg\";n|i:1;".as_bytes();
const BINARY: &[u8] = b"k|s:4:\"\xFF\xFE\0\x01\";";

/// The data attribute as each of the other handlers writes it, and what it is for.
fn peers(data: &[u8]) -> Vec<(&'static str, Value)> {
    let text = std::str::from_utf8(data).ok();
    let mut shapes = vec![("AWS SDK, binary", b(data)), ("Idealstack, base64", s(&STANDARD.encode(data)))];
    if let Some(text) = text {
        shapes.push(("AWS SDK, string", s(text)));
        shapes.push(("Idealstack without base64, async-aws", s(text)));
    }
    shapes
}

fn put(t: &Site, id: &str, data: &Value) {
    t.put(id, json!({ "data": data, "expires": t.in_seconds(1_000), "lock": { "N": "1" } }));
}

#[test]
fn sessions_of_every_other_handler_are_read_whatever_is_configured() {
    let t = site();
    for data in [TEXT, BINARY] {
        for (peer, shape) in peers(data) {
            for data_type in [DataType::Binary, DataType::String, DataType::Base64] {
                put(&t, "v", &shape);
                let mut handler = t.handler_with(|settings| settings.data_attribute_type = data_type);
                assert_eq!(handler.read(b"v").unwrap(), data, "{peer} {data_type:?}");
            }
        }
    }
}

#[test]
fn sessions_of_every_other_handler_are_changed_and_stay_theirs_to_read() {
    let t = site();
    for (data_type, is_text) in [(DataType::Binary, false), (DataType::String, true), (DataType::Base64, true)] {
        for (peer, shape) in peers(TEXT) {
            put(&t, "v", &shape);
            let mut handler = t.handler_with(|settings| settings.data_attribute_type = data_type);
            handler.read(b"v").unwrap();
            handler.write(b"v", b"n|i:2;").unwrap();
            let item = t.item("v").unwrap();
            assert_eq!(matches!(item["data"], AttributeValue::String(_)), is_text, "{peer} {data_type:?}");
            assert_eq!(item["lock"].as_i64(), Some(1), "the SDK's lock is the SDK's");
            assert_eq!(t.reads("v"), b"n|i:2;");
        }
    }
}

#[test]
fn an_empty_session_of_another_handler_has_no_data() {
    let t = site();
    t.put("v", json!({ "expires": t.in_seconds(1_000), "lock": { "N": "1" } }));
    assert_eq!(t.handler().validate(b"v"), Ok(true));
    assert_eq!(t.reads("v"), b"");
    t.session("v", b"n|i:1;");
    assert_eq!(t.reads("v"), b"n|i:1;");
}

#[test]
fn base64_of_an_application_is_returned_as_it_stands() {
    let t = site();
    for text in ["eyJpdiI6ImFiYyJ9", "c2VjcmV0IHNlc3Npb24=", "abcd"] {
        put(&t, "v", &s(text));
        assert_eq!(t.reads("v"), text.as_bytes());
    }
}

#[test]
fn every_form_is_written_as_settings_say_and_read_without_them() {
    let t = site();
    for data_type in [DataType::Binary, DataType::String, DataType::Base64] {
        for data in [TEXT, BINARY] {
            let mut handler = t.handler_with(|settings| settings.data_attribute_type = data_type);
            handler.write(b"v", data).unwrap();
            let item = t.item("v").unwrap();
            let expected = match (data_type, std::str::from_utf8(data)) {
                (DataType::Base64, _) => AttributeValue::String(STANDARD.encode(data)),
                (DataType::String, Ok(text)) => AttributeValue::String(text.to_owned()),
                _ => AttributeValue::Binary(data.to_vec()),
            };
            assert_eq!(item["data"], expected, "{data_type:?}");
            assert_eq!(t.reads("v"), data, "{data_type:?}");
        }
    }
}

#[test]
fn in_string_mode_letters_of_base64_throughout_are_written_as_b() {
    let t = site();
    let mut handler = t.handler_with(|settings| settings.data_attribute_type = DataType::String);
    handler.write(b"v", b"dXNlcnxpOjE7").unwrap();
    assert_eq!(t.item("v").unwrap()["data"], AttributeValue::Binary(b"dXNlcnxpOjE7".to_vec()));
    assert_eq!(t.reads("v"), b"dXNlcnxpOjE7");
}

#[test]
fn compressed_data_are_shorter_and_read_without_the_setting() {
    let t = site();
    let data = b"word|s:4:\"word\";".repeat(200);
    let mut handler = t.handler_with(|settings| settings.compression = Compression::Zstd);
    handler.write(b"v", &data).unwrap();
    assert!(t.data("v").unwrap().len() < data.len() / 2);
    assert_eq!(t.reads("v"), data);
    t.session("v", b"n|i:1;");
    assert_eq!(t.data("v").unwrap(), b"n|i:1;", "each write replaces it whole");
}

#[test]
fn data_that_begin_like_our_envelope_come_back_whole() {
    let t = site();
    let data = [0xFF, b'|', 0xFF, b'd', 1, 2, 3];
    t.session("v", &data);
    assert_eq!(t.reads("v"), data);
}

#[test]
fn what_unpacks_beyond_16_mb_is_an_error() {
    let t = site();
    let bomb = zstd::bulk::compress(&vec![0; 16 * 1024 * 1024 + 1], 3).unwrap();
    let envelope = [&[0xFF, b'|', 0xFF, b'd', 1][..], &bomb].concat();
    put(&t, "v", &b(&envelope));
    assert!(matches!(t.handler().read(b"v").unwrap_err().cause, Cause::Undecodable(_)));
}

#[test]
fn what_no_reader_would_unpack_is_refused_at_its_write_and_the_stored_session_stays() {
    let t = site();
    t.session("v", b"n|i:1;");
    let limit = 16 * 1024 * 1024;
    for compression in [Compression::None, Compression::Zstd] {
        let mut handler = t.handler_with(|settings| settings.compression = compression);
        handler.read(b"v").unwrap();
        let refused = handler.write(b"v", &vec![b'a'; limit + 1]).unwrap_err();
        assert_eq!(refused.cause, Cause::TooLong { bytes: limit + 1 }, "{compression:?}");
        assert_eq!(t.reads("v"), b"n|i:1;");
    }
    let mut handler = t.handler_with(|settings| settings.compression = Compression::Zstd);
    handler.read(b"v").unwrap();
    handler.write(b"v", &vec![b'a'; limit]).unwrap();
    assert!(t.reads("v") == vec![b'a'; limit], "up to the limit it is stored and read");
}

#[test]
fn data_of_another_type_are_an_error_and_stay() {
    let t = site();
    for foreign in [json!({ "N": "5" }), json!({ "M": {} }), json!({ "BOOL": true })] {
        put(&t, "v", &foreign);
        let mut handler = t.handler();
        assert!(matches!(handler.read(b"v").unwrap_err().cause, Cause::Undecodable(_)));
        handler.write(b"v", b"n|i:1;").unwrap_err();
        assert!(!matches!(t.item("v").unwrap()["data"], AttributeValue::Binary(_)));
    }
}

#[test]
fn broken_base64_is_an_error_when_base64_is_configured_and_stays() {
    let t = site();
    put(&t, "v", &s("QUJ"));
    let mut handler = t.handler_with(|settings| settings.data_attribute_type = DataType::Base64);
    assert!(matches!(handler.read(b"v").unwrap_err().cause, Cause::Undecodable(_)));
    assert_eq!(t.data("v").unwrap(), b"QUJ");
}

#[test]
fn all_bytes_are_kept_in_every_form() {
    let t = site();
    let all: Vec<u8> = (0..=255).collect();
    for data_type in [DataType::Binary, DataType::String, DataType::Base64] {
        for data in [&all[..], b"", b"\0", b"a", "é".as_bytes()] {
            let change = |settings: &mut dynamosess::config::Settings| settings.data_attribute_type = data_type;
            t.handler_with(change).write(b"v", data).unwrap();
            assert_eq!(t.handler_with(change).read(b"v").unwrap(), data, "{data_type:?}");
        }
    }
}

#[test]
fn what_php_finds_nothing_in_is_not_replaced_by_a_page_that_changes_nothing() {
    let t = site();
    let foreign = b"\x82\xa1n\x01\xa1m\x02";
    t.session("v", foreign);
    let mut handler = t.handler();
    handler.serialized_by(Some(Serializer::Php));
    assert_eq!(handler.read(b"v").unwrap(), foreign);
    handler.write(b"v", b"").unwrap();
    assert_eq!(t.data("v").unwrap(), foreign);
    handler.write(b"v", b"n|i:1;").unwrap();
    assert_eq!(t.data("v").unwrap(), b"n|i:1;");
}

#[test]
fn changes_of_two_requests_are_merged_in_every_form_of_data() {
    let long = "x".repeat(2_000);
    for data_type in [DataType::Binary, DataType::String, DataType::Base64] {
        for compression in [Compression::None, Compression::Zstd] {
            let t = site();
            let open = || {
                t.handler_with(|settings| {
                    (settings.data_attribute_type, settings.compression) = (data_type, compression);
                })
            };
            let base = format!("long|s:2000:\"{long}\";");
            let mut first = open();
            first.read(b"v").unwrap();
            first.write(b"v", base.as_bytes()).unwrap();
            let (mut one, mut other) = (open(), open());
            one.read(b"v").unwrap();
            other.read(b"v").unwrap();
            one.write(b"v", format!("{base}one|i:1;").as_bytes()).unwrap();
            other.write(b"v", format!("{base}other|i:1;").as_bytes()).unwrap();
            let merged = open().read(b"v").unwrap();
            assert_eq!(String::from_utf8(merged).unwrap(), format!("{base}one|i:1;other|i:1;"));
        }
    }
}
