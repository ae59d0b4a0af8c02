//! Sessions that are encrypted before they are stored.

use std::sync::Arc;

use dynamosess::config::{Compression, DataType, Encryption, Settings};
use dynamosess::dynamodb::AttributeValue;
use dynamosess::encryption::{KeySource, Keyring};
use dynamosess::error::Cause;
use dynamosess::session::Handler;
use dynamosess::testing::memory::Fault;
use serde_json::json;

use super::{GET, Site, UPDATE, b, throttled, unreachable};
use crate::site;

const A: &str = "2026a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const B: &str = "2026b:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
const DATA: &[u8] = b"card|s:16:\"4111111111111111\";";

fn with_keys(list: &str, required: bool) -> impl Fn(&mut Settings) {
    let keys = KeySource::Ring(Arc::new(Keyring::parse(list).unwrap()));
    move |settings| settings.encryption = Encryption { keys: keys.clone(), required }
}

fn handler(t: &Site, list: &str) -> Handler {
    t.handler_with(with_keys(list, false))
}

/// A session, begun and ended by some other request with these keys.
fn session(t: &Site, list: &str, id: &str, data: &[u8]) {
    let mut other = handler(t, list);
    other.read(id.as_bytes()).unwrap();
    other.write(id.as_bytes(), data).unwrap();
}

fn undecryptable(read: Result<Vec<u8>, dynamosess::error::Error>, said: &str) {
    match read.unwrap_err().cause {
        Cause::Undecryptable(text) => assert!(text.contains(said), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_of_a_session_is_readable_in_its_item() {
    let t = site();
    for locking in [false, true] {
        for compression in [Compression::None, Compression::Zstd] {
            for data_type in [DataType::Binary, DataType::String, DataType::Base64] {
                let settings = |settings: &mut Settings| {
                    with_keys(A, true)(settings);
                    (settings.locking, settings.compression) = (locking, compression);
                    (settings.data_attribute_type, settings.compression_threshold) = (data_type, 0);
                };
                let mut first = t.handler_with(settings);
                first.read(b"v").unwrap();
                first.write(b"v", DATA).unwrap();
                first.close();
                let stored = t.data("v").unwrap();
                assert!(stored.starts_with(b"\xFF|\xFFd\x02\x052026a"), "{stored:?}");
                assert!(!DATA.windows(6).any(|part| stored.windows(6).any(|stored| stored == part)));
                let mut second = t.handler_with(settings);
                assert_eq!(second.read(b"v").unwrap(), DATA);
                second.destroy(b"v").unwrap();
            }
        }
    }
}

#[test]
fn the_same_data_are_other_bytes_each_time_they_are_written() {
    let t = site();
    session(&t, A, "v", DATA);
    let first = t.data("v");
    session(&t, A, "v", b"n|i:1;");
    session(&t, A, "v", DATA);
    assert_ne!(t.data("v"), first);
}

#[test]
fn an_unchanged_session_is_not_written() {
    let t = site();
    session(&t, A, "v", DATA);
    let stored = t.data("v");
    let mut page = handler(&t, A);
    let (_, calls) = t.calls_of(|| {
        page.read(b"v").unwrap();
        page.write(b"v", DATA).unwrap();
    });
    assert_eq!((calls, t.data("v")), (vec![GET.to_owned()], stored.clone()));
    t.age("v", 100);
    let mut page = handler(&t, A);
    page.read(b"v").unwrap();
    page.write(b"v", DATA).unwrap();
    assert_eq!(t.data("v"), stored, "its expiry alone was moved");
}

#[test]
fn a_second_write_of_one_request_is_compared_with_the_first_ones_data() {
    let t = site();
    let mut page = handler(&t, A);
    page.read(b"v").unwrap();
    page.write(b"v", DATA).unwrap();
    let (_, calls) = t.calls_of(|| page.write(b"v", DATA).unwrap());
    assert_eq!(calls, Vec::<String>::new());
    page.write(b"v", b"n|i:2;").unwrap();
    assert_eq!(handler(&t, A).read(b"v").unwrap(), b"n|i:2;");
}

#[test]
fn a_key_is_rolled_by_a_new_one_in_front_and_the_old_one_taken_away_later() {
    let t = site();
    let both = format!("{B},{A}");
    session(&t, A, "v", DATA);
    let mut page = handler(&t, &both);
    assert_eq!(page.read(b"v").unwrap(), DATA);
    assert_eq!(t.stats.other_key_reads.get(), 1);
    page.write(b"v", b"n|i:2;").unwrap();
    assert_eq!(handler(&t, B).read(b"v").unwrap(), b"n|i:2;");
    undecryptable(handler(&t, A).read(b"v"), "'2026b', which dynamosess.encryption_keys does not have");
}

#[test]
fn plain_sessions_are_read_and_encrypted_at_their_next_write() {
    let t = site();
    for plain in [b(DATA), json!({ "S": "card|s:16:\"4111111111111111\";" })] {
        t.put("v", json!({ "data": plain, "expires": t.in_seconds(1_000) }));
        let before = t.stats.unencrypted_reads.get();
        let mut page = handler(&t, A);
        assert_eq!(page.read(b"v").unwrap(), DATA);
        assert_eq!(t.stats.unencrypted_reads.get(), before + 1);
        page.write(b"v", b"n|i:2;").unwrap();
        assert!(t.data("v").unwrap().starts_with(b"\xFF|\xFFd\x02"));
    }
}

#[test]
fn where_encryption_is_required_a_plain_session_is_an_error_and_stays() {
    let t = site();
    t.session("v", DATA);
    let mut page = t.handler_with(with_keys(A, true));
    assert!(matches!(page.read(b"v").unwrap_err().cause, Cause::Undecodable(_)));
    page.write(b"v", b"n|i:2;").unwrap_err();
    assert_eq!(t.data("v").unwrap(), DATA);
}

#[test]
fn a_session_whose_key_is_not_there_is_an_error_and_stays() {
    let t = site();
    session(&t, A, "v", DATA);
    let stored = t.item("v");
    for locking in [false, true] {
        for (list, said) in [(None, "is not set"), (Some(B), "does not have")] {
            let mut page = t.handler_with(|settings| {
                settings.locking = locking;
                list.into_iter().for_each(|list| with_keys(list, false)(settings));
            });
            undecryptable(page.read(b"v"), said);
            page.write(b"v", b"n|i:2;").unwrap_err();
            page.close();
            assert_eq!(t.item("v").unwrap()["data"], stored.as_ref().unwrap()["data"]);
        }
    }
    assert_eq!(handler(&t, A).read(b"v").unwrap(), DATA);
}

#[test]
fn one_sessions_data_are_no_others() {
    let t = site();
    session(&t, A, "mine", b"user|s:3:\"eve\";");
    session(&t, A, "yours", DATA);
    let AttributeValue::Binary(yours) = t.item("yours").unwrap()["data"].clone() else { panic!() };
    t.put("mine", json!({ "data": b(&yours), "expires": t.in_seconds(1_000) }));
    undecryptable(handler(&t, A).read(b"mine"), "key '2026a' does not decrypt it");
}

#[test]
fn a_byte_that_was_changed_is_an_error_and_the_item_stays() {
    let t = site();
    session(&t, A, "v", DATA);
    let mut changed = t.data("v").unwrap();
    *changed.last_mut().unwrap() ^= 1;
    t.put("v", json!({ "data": b(&changed), "expires": t.in_seconds(1_000) }));
    let mut page = handler(&t, A);
    undecryptable(page.read(b"v"), "key '2026a' does not decrypt it");
    page.write(b"v", b"n|i:2;").unwrap_err();
    assert_eq!(t.data("v").unwrap(), changed);
}

#[test]
fn an_encrypted_write_whose_answer_is_lost_counts_once() {
    for locking in [false, true] {
        let t = site();
        let settings = |settings: &mut Settings| {
            with_keys(A, true)(settings);
            settings.locking = locking;
        };
        for data in [DATA, b"n|i:2;"] {
            let mut page = t.handler_with(settings);
            page.read(b"v").unwrap();
            t.backstage.fault(Fault::AnswerLost);
            page.write(b"v", data).unwrap();
            page.close();
            assert_eq!(t.handler_with(settings).read(b"v").unwrap(), data, "{locking}");
        }
    }
}

#[test]
fn a_call_that_fails_leaves_what_was_stored_and_says_nothing_of_the_data() {
    let t = site();
    session(&t, A, "v", DATA);
    let stored = t.data("v");
    for fault in [unreachable(), throttled()] {
        let mut page = handler(&t, A);
        page.read(b"v").unwrap();
        t.backstage.fault(fault.clone());
        let refused = page.write(b"v", b"secret|i:2;").unwrap_err().to_string();
        assert!(!refused.contains("secret") && !refused.contains("AAEC"), "{refused}");
        assert_eq!(t.data("v"), stored);
        t.backstage.fault(fault);
        handler(&t, A).read(b"v").unwrap_err();
    }
}

#[test]
fn encrypted_data_that_fit_into_an_item_are_stored_and_longer_ones_refused() {
    let t = site();
    let mut page = handler(&t, A);
    page.read(b"v").unwrap();
    page.write(b"v", &vec![b'x'; 409_000]).unwrap();
    let refused = page.write(b"v", &vec![b'y'; 409_590]).unwrap_err();
    assert!(matches!(refused.cause, Cause::TooLarge { .. }));
    assert_eq!(handler(&t, A).read(b"v").unwrap(), vec![b'x'; 409_000]);
}

#[test]
fn changes_of_two_requests_are_merged_though_each_encrypts_by_another_key() {
    let t = site();
    session(&t, A, "v", b"n|i:1;");
    let (mut one, mut other) = (handler(&t, A), handler(&t, &format!("{B},{A}")));
    one.read(b"v").unwrap();
    other.read(b"v").unwrap();
    other.write(b"v", b"n|i:1;other|i:1;").unwrap();
    let error = one.write(b"v", b"n|i:1;one|i:1;").unwrap_err();
    assert_eq!(error.code(), "UndecryptableItem", "a node that lacks the new key overwrites nothing");
    let mut rolled = handler(&t, &format!("{A},{B}"));
    rolled.read(b"v").unwrap();
    let mut late = handler(&t, &format!("{B},{A}"));
    late.read(b"v").unwrap();
    rolled.write(b"v", b"n|i:1;other|i:1;rolled|i:1;").unwrap();
    late.write(b"v", b"n|i:1;other|i:1;late|i:1;").unwrap();
    assert_eq!(handler(&t, &format!("{A},{B}")).read(b"v").unwrap(), b"n|i:1;other|i:1;rolled|i:1;late|i:1;");
}

#[test]
fn a_touch_without_a_read_needs_no_key() {
    let t = site();
    session(&t, A, "v", DATA);
    t.age("v", 100);
    let (_, calls) = t.calls_of(|| handler(&t, B).touch(b"v", b"").unwrap());
    assert_eq!(calls, [UPDATE]);
    assert_eq!(handler(&t, A).read(b"v").unwrap(), DATA);
}
