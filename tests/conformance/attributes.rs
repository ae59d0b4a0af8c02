//! What is in an item, and when it is absent.

use dynamosess::dynamodb::AttributeValue;
use serde_json::json;

use super::{LIFETIME, TOUCH, UPDATE, b, s};
use crate::site;

#[test]
fn the_key_is_prefix_name_and_id_with_underscores_trimmed() {
    let t = site();
    let context = t.context(|_| {});
    for (name, id, key) in [("S", "v", "S_v"), ("", "v", "v"), ("__odd_", "v", "odd__v"), ("S", "_v", "S__v")] {
        let mut handler = super::Handler::new(context.clone());
        handler.open(context.clone(), name, None);
        handler.read(id.as_bytes()).unwrap();
        handler.write(id.as_bytes(), b"n|i:1;").unwrap();
        assert!(t.backstage.item(&format!("{}{key}", t.prefix)).is_some(), "{name} {id}");
    }
}

#[test]
fn a_session_is_data_expires_gen_and_rev_and_nothing_else() {
    let t = site();
    t.session("v", b"n|i:1;");
    assert_eq!(t.names("v"), ["data", "expires", "gen", "rev"]);
    assert_eq!(t.item("v").unwrap()["data"], AttributeValue::Binary(b"n|i:1;".to_vec()));
}

#[test]
fn expires_is_the_end_of_life_in_seconds_later_by_the_touch_interval() {
    let t = site();
    t.session("v", b"n|i:1;");
    assert!(t.expires("v").abs_diff(t.now() + LIFETIME + TOUCH) <= 2);
    assert!(matches!(&t.item("v").unwrap()["expires"], AttributeValue::Number(_)));
}

#[test]
fn an_empty_session_has_no_data_attribute_and_is_there() {
    let t = site();
    t.session("v", b"");
    assert_eq!(t.names("v"), ["expires", "gen", "rev"]);
    assert_eq!(t.handler().validate(b"v"), Ok(true));
    assert_eq!(t.reads("v"), b"");
}

#[test]
fn a_session_that_becomes_empty_loses_its_data_attribute() {
    let t = site();
    t.session("v", b"n|i:1;");
    t.session("v", b"");
    assert_eq!(t.names("v"), ["expires", "gen", "rev"]);
}

#[test]
fn gen_is_8_random_bytes_that_stay_for_the_sessions_life() {
    let t = site();
    t.session("v", b"n|i:1;");
    let first = t.generation("v");
    assert!(matches!(&first, AttributeValue::Binary(bytes) if bytes.len() == 8));
    t.session("v", b"n|i:2;");
    t.age("v", 100);
    t.session("v", b"n|i:2;");
    assert_eq!(t.generation("v"), first);
}

#[test]
fn gen_tells_a_session_from_its_successor_under_the_same_id() {
    let t = site();
    t.session("v", b"n|i:1;");
    let first = t.generation("v");
    t.delete("v");
    t.session("v", b"n|i:1;");
    assert_ne!(t.generation("v"), first);
}

#[test]
fn an_expired_session_is_not_read() {
    let t = site();
    t.put("v", json!({ "data": b(b"n|i:1;"), "expires": t.in_seconds(-5) }));
    assert_eq!(t.reads("v"), b"");
}

#[test]
fn an_expired_session_is_not_validated() {
    let t = site();
    t.put("v", json!({ "data": b(b"n|i:1;"), "expires": t.in_seconds(-5) }));
    assert_eq!(t.handler().validate(b"v"), Ok(false));
}

#[test]
fn an_expired_session_is_not_revived_by_a_touch() {
    let t = site();
    t.put("v", json!({ "data": b(b"secret|i:1;"), "expires": t.in_seconds(-5) }));
    t.handler().touch(b"v", b"").unwrap();
    assert_eq!(t.names("v"), ["expires", "gen", "rev"]);
    assert_eq!(t.reads("v"), b"");
}

#[test]
fn an_expired_session_is_replaced_whole_by_a_new_one() {
    let t = site();
    t.session("v", b"old|i:1;");
    let old = t.generation("v");
    t.age("v", LIFETIME + TOUCH + 5);
    t.session("v", b"new|i:1;");
    assert_ne!(t.generation("v"), old);
    assert_eq!(t.data("v").unwrap(), b"new|i:1;");
    assert!(t.expires("v") > t.now());
}

#[test]
fn a_session_ends_at_expires_and_not_before() {
    let t = site();
    t.put("ending", json!({ "data": b(b"n|i:1;"), "expires": t.in_seconds(30) }));
    t.put("ended", json!({ "data": b(b"n|i:1;"), "expires": t.in_seconds(0) }));
    assert_eq!((t.reads("ending"), t.reads("ended")), (b"n|i:1;".to_vec(), Vec::new()));
}

#[test]
fn an_item_with_neither_expires_nor_data_is_the_ghost_of_a_lock_and_absent() {
    let t = site();
    t.put("v", json!({ "lock_owner": s("gone") }));
    assert_eq!(t.handler().validate(b"v"), Ok(false));
    t.session("v", b"n|i:1;");
    assert_eq!(t.reads("v"), b"n|i:1;");
}

#[test]
fn an_item_with_data_and_no_expires_is_live() {
    let t = site();
    t.put("v", json!({ "data": s("n|i:1;") }));
    assert_eq!(t.handler().validate(b"v"), Ok(true));
    assert_eq!(t.reads("v"), b"n|i:1;");
    t.session("v", b"n|i:1;");
    assert!(t.expires("v") > t.now(), "it was given an end");
}

#[test]
fn an_item_with_expires_and_no_data_is_an_empty_session() {
    let t = site();
    t.put("v", json!({ "expires": t.in_seconds(100) }));
    assert_eq!(t.handler().validate(b"v"), Ok(true));
    assert_eq!(t.reads("v"), b"");
}

#[test]
fn attributes_of_others_are_never_removed() {
    let t = site();
    let theirs = json!({
        "data": b(b"n|i:1;"), "expires": t.in_seconds(100), "user_id": { "N": "7" }, "note": s("keep"),
        "tags": { "SS": ["a"] },
    });
    t.put("updated", theirs.clone());
    t.session("updated", b"n|i:2;");
    t.put("touched", theirs.clone());
    t.session("touched", b"n|i:1;");
    let mut expired = theirs;
    expired["expires"] = t.in_seconds(-5);
    t.put("begun anew", expired.clone());
    t.session("begun anew", b"n|i:3;");
    t.put("touched unread", expired);
    t.handler().touch(b"touched unread", b"").unwrap();
    for id in ["updated", "touched", "begun anew", "touched unread"] {
        let item = t.item(id).unwrap();
        assert_eq!(item["user_id"].as_i64(), Some(7), "{id}");
        assert!(item.contains_key("note") && item["tags"] == AttributeValue::Other, "{id}");
    }
}

#[test]
fn the_attributes_have_the_names_that_settings_give_them() {
    let t = site();
    let own = |settings: &mut dynamosess::config::Settings| {
        settings.data_attribute = "payload".into();
        settings.session_lifetime_attribute = "ttl".into();
    };
    let mut handler = t.handler_with(own);
    handler.read(b"v").unwrap();
    handler.write(b"v", b"n|i:1;").unwrap();
    assert_eq!(t.names("v"), ["gen", "payload", "rev", "ttl"]);
    assert_eq!(t.handler_with(own).read(b"v").unwrap(), b"n|i:1;");
}

#[test]
fn a_new_session_takes_a_stale_lock_away() {
    let t = site();
    t.put("v", json!({ "data": s("n|i:1;"), "expires": t.in_seconds(-5), "lock": { "N": "1" } }));
    let (_, calls) = t.calls_of(|| t.session("v", b"n|i:2;"));
    assert!(!t.item("v").unwrap().contains_key("lock"));
    assert_eq!(calls.last().unwrap(), UPDATE);
}

#[test]
fn a_write_without_a_lock_leaves_the_lock_of_another_alone() {
    let t = site();
    let until = json!({ "N": ((t.now() + 60) * 1_000).to_string() });
    for (id, lock) in [("sdk", json!({ "N": "1" })), ("ours", until)] {
        t.put(id, json!({ "data": s("n|i:1;"), "expires": t.in_seconds(100), "lock": lock, "lock_owner": s("x") }));
        t.session(id, b"n|i:2;");
        let item = t.item(id).unwrap();
        assert!(item.contains_key("lock") && item.contains_key("lock_owner"), "{id}");
        assert_eq!(t.reads(id), b"n|i:2;");
    }
}

#[test]
fn an_end_of_life_that_is_no_number_counts_as_none() {
    for (locking, strict) in [(false, false), (false, true), (true, false), (true, true)] {
        let t = site();
        t.put("v", json!({ "data": { "S": "n|i:1;" }, "expires": { "S": "soon" } }));
        let mut handler = t.handler_with(|settings| settings.locking = locking);
        assert!(!strict || handler.validate(b"v").unwrap());
        let (data, calls) = t.calls_of(|| handler.read(b"v").unwrap());
        assert_eq!((data, calls.len()), (b"n|i:1;".to_vec(), usize::from(!strict)), "{locking} {strict}");
        handler.write(b"v", b"n|i:2;").unwrap();
        assert!(matches!(&t.item("v").unwrap()["expires"], AttributeValue::Number(_)));
        assert_eq!(t.data("v").unwrap(), b"n|i:2;");
    }
}
