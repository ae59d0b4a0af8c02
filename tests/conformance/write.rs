//! Creates, updates, touches, destroys: on which condition, at which cost.

use dynamosess::config::OnConflict;
use dynamosess::error::{Cause, MAX_ITEM_BYTES};
use dynamosess::testing::memory::Fault;
use serde_json::json;

use super::{DELETE, GET, LIFETIME, TOUCH, UPDATE, b, s};
use crate::site;

const NONE: [&str; 0] = [];

#[test]
fn a_changed_session_is_two_calls() {
    let t = site();
    t.session("v", b"n|i:1;");
    let ((), calls) = t.calls_of(|| t.session("v", b"n|i:2;"));
    assert_eq!(calls, [GET, UPDATE]);
    assert_eq!(t.data("v").unwrap(), b"n|i:2;");
}

#[test]
fn when_two_create_the_same_session_both_changes_stay() {
    let t = site();
    let mut late = t.handler();
    late.read(b"v").unwrap();
    t.session("v", b"first|i:1;");
    let generation = t.generation("v");
    let (result, calls) = t.calls_of(|| late.write(b"v", b"last|i:1;"));
    assert_eq!((result, calls), (Ok(()), vec![UPDATE.to_owned(); 2]));
    assert_eq!(t.data("v").unwrap(), b"first|i:1;last|i:1;");
    assert_eq!(t.generation("v"), generation);
}

#[test]
fn when_a_peer_has_created_the_session_meanwhile_its_changes_stay_too() {
    let t = site();
    let mut late = t.handler();
    late.read(b"v").unwrap();
    t.put("v", json!({ "data": s("first|i:1;"), "expires": t.in_seconds(100) }));
    late.write(b"v", b"last|i:1;").unwrap();
    assert_eq!(t.data("v").unwrap(), b"first|i:1;last|i:1;");
}

#[test]
fn with_on_conflict_overwrite_the_last_write_wins() {
    let t = site();
    let mut late = t.handler_with(|settings| settings.on_conflict = OnConflict::Overwrite);
    late.read(b"v").unwrap();
    t.session("v", b"first|i:1;");
    late.write(b"v", b"last|i:1;").unwrap();
    assert_eq!(t.data("v").unwrap(), b"last|i:1;");
}

#[test]
fn a_repeated_create_recognises_itself_by_its_generation() {
    let t = site();
    let mut handler = t.handler();
    handler.created(b"v");
    handler.read(b"v").unwrap();
    t.backstage.fault(Fault::AnswerLost);
    let (result, calls) = t.calls_of(|| handler.write(b"v", b"n|i:1;"));
    assert_eq!((result, calls), (Ok(()), vec![UPDATE.to_owned(); 2]));
    let (_, calls) = t.calls_of(|| handler.write(b"v", b"n|i:2;").unwrap());
    assert_eq!(calls, [UPDATE], "what was stored is known");
    assert_eq!(t.data("v").unwrap(), b"n|i:2;");
    assert_eq!(t.stats.dropped_writes.get(), 0);
}

#[test]
fn a_repeated_update_is_as_good_as_one() {
    let t = site();
    t.session("v", b"n|i:1;");
    let mut handler = t.handler();
    handler.read(b"v").unwrap();
    t.backstage.fault(Fault::AnswerLost);
    handler.write(b"v", b"n|i:2;").unwrap();
    assert_eq!((t.data("v").unwrap(), t.stats.dropped_writes.get()), (b"n|i:2;".to_vec(), 0));
}

#[test]
fn a_repeated_destroy_is_as_good_as_one() {
    let t = site();
    t.session("v", b"n|i:1;");
    t.backstage.fault(Fault::AnswerLost);
    t.handler().destroy(b"v").unwrap();
    assert_eq!(t.item("v"), None);
}

#[test]
fn a_failed_write_is_an_error_and_can_be_tried_again() {
    let t = site();
    t.session("v", b"n|i:1;");
    let mut handler = t.handler();
    handler.read(b"v").unwrap();
    t.backstage.fault(super::throttled());
    handler.write(b"v", b"n|i:2;").unwrap_err();
    assert_eq!(t.data("v").unwrap(), b"n|i:1;");
    handler.write(b"v", b"n|i:2;").unwrap();
    assert_eq!(t.data("v").unwrap(), b"n|i:2;");
}

#[test]
fn the_old_data_written_back_after_a_write_whose_answer_was_lost_are_stored() {
    let t = site();
    t.session("v", b"n|i:1;");
    let mut handler = t.handler();
    handler.read(b"v").unwrap();
    let trouble = Cause::Service { status: 500, code: "InternalServerError".into(), message: String::new() };
    t.backstage.fault(Fault::ServedThenFails(trouble));
    handler.write(b"v", b"n|i:2;").unwrap_err();
    handler.write(b"v", b"n|i:1;").unwrap();
    assert_eq!(t.data("v").unwrap(), b"n|i:1;");
}

#[test]
fn a_late_write_does_not_undo_a_logout() {
    let t = site();
    t.session("v", b"n|i:1;");
    for (name, data, age) in [("write", &b"n|i:2;"[..], 0), ("touch", b"n|i:1;", 100)] {
        t.session("v", b"n|i:1;");
        t.age("v", age);
        let dropped = t.stats.dropped_writes.get();
        let mut late = t.handler();
        late.read(b"v").unwrap();
        t.delete("v");
        assert_eq!(late.write(b"v", data), Ok(()), "{name}");
        assert_eq!((t.item("v"), t.stats.dropped_writes.get() - dropped), (None, 1), "{name}");
    }
}

#[test]
fn a_late_write_does_not_overwrite_a_session_begun_anew_under_the_same_id() {
    let t = site();
    for (name, data, age) in [("write", &b"n|i:2;"[..], 0), ("touch", b"n|i:1;", 100)] {
        t.session("v", b"n|i:1;");
        t.age("v", age);
        let mut late = t.handler();
        late.read(b"v").unwrap();
        t.delete("v");
        t.session("v", b"new|i:1;");
        t.age("v", 50);
        let expires = t.expires("v");
        assert_eq!(late.write(b"v", data), Ok(()), "{name}");
        assert_eq!((t.data("v").unwrap(), t.expires("v")), (b"new|i:1;".to_vec(), expires), "{name}");
        t.delete("v");
    }
}

#[test]
fn a_dropped_write_stays_dropped_when_php_writes_once_more() {
    let t = site();
    t.session("v", b"n|i:1;");
    let mut late = t.handler();
    late.read(b"v").unwrap();
    t.delete("v");
    late.write_early(b"v", b"n|i:2;").unwrap();
    late.write(b"v", b"n|i:3;").unwrap();
    late.write(b"v", b"n|i:3;").unwrap();
    assert_eq!(t.item("v"), None);
}

#[test]
fn a_peers_session_is_changed_as_long_as_it_is_there() {
    let t = site();
    let peers = json!({ "data": s("n|i:1;"), "expires": t.in_seconds(100) });
    t.put("v", peers.clone());
    let ((), calls) = t.calls_of(|| t.session("v", b"n|i:2;"));
    assert_eq!((t.data("v").unwrap(), calls), (b"n|i:2;".to_vec(), vec![GET.to_owned(), UPDATE.to_owned()]));
    t.put("v", peers);
    let mut late = t.handler();
    late.read(b"v").unwrap();
    t.delete("v");
    late.write(b"v", b"n|i:3;").unwrap();
    assert_eq!(t.item("v"), None);
}

#[test]
fn a_peers_session_begun_anew_by_us_is_not_overwritten() {
    let t = site();
    t.put("v", json!({ "data": s("n|i:1;"), "expires": t.in_seconds(100) }));
    let mut late = t.handler();
    late.read(b"v").unwrap();
    t.delete("v");
    t.session("v", b"new|i:1;");
    late.write(b"v", b"n|i:3;").unwrap();
    assert_eq!(t.data("v").unwrap(), b"new|i:1;");
}

#[test]
fn a_session_read_as_absent_and_left_empty_is_created_without_data() {
    let t = site();
    t.put("v", json!({ "data": b(b"secret|i:1;"), "expires": t.in_seconds(-5) }));
    let mut handler = t.handler();
    handler.read(b"v").unwrap();
    let (result, calls) = t.calls_of(|| handler.touch(b"v", b""));
    assert_eq!((result, calls), (Ok(()), vec![UPDATE.to_owned()]));
    assert_eq!(t.names("v"), ["expires", "gen", "rev"]);
}

#[test]
fn what_was_not_serialized_whole_is_not_written() {
    let t = site();
    t.session("v", b"n|i:1;");
    let mut handler = t.handler();
    handler.read(b"v").unwrap();
    let (error, calls) = t.calls_of(|| handler.serialize_failed(b"v"));
    assert_eq!((error.unwrap_err().cause, calls), (Cause::SerializeFailed, vec![]));
    assert_eq!(t.data("v").unwrap(), b"n|i:1;");
}

/// Read and written unchanged, `age` seconds after its last write.
fn touched(age: i64, change: impl FnOnce(&mut dynamosess::config::Settings)) -> (Vec<String>, i64) {
    let t = site();
    t.session("v", b"n|i:1;");
    t.age("v", age);
    let mut handler = t.handler_with(change);
    handler.read(b"v").unwrap();
    let ((), calls) = t.calls_of(|| handler.write(b"v", b"n|i:1;").unwrap());
    (calls, t.expires("v") - t.now())
}

#[test]
fn an_unchanged_session_is_not_written_within_the_touch_interval() {
    for age in [0, 50] {
        let (calls, left) = touched(age, |_| {});
        assert_eq!(calls, NONE, "{age}");
        assert!(left.abs_diff(LIFETIME + TOUCH - age) <= 2);
    }
}

#[test]
fn an_unchanged_session_is_touched_after_the_touch_interval() {
    let (calls, left) = touched(70, |_| {});
    assert_eq!(calls, [UPDATE]);
    assert!(left.abs_diff(LIFETIME + TOUCH) <= 2);
}

#[test]
fn a_touch_moves_the_expiry_back_too_when_the_lifetime_became_shorter() {
    let (calls, left) = touched(0, |settings| settings.session_lifetime = 3_600);
    assert_eq!(calls, [UPDATE]);
    assert!(left.abs_diff(3_600 + TOUCH) <= 2, "{left}");
}

#[test]
fn a_touch_moves_the_expiry_when_the_lifetime_became_longer() {
    let (calls, left) = touched(0, |settings| settings.session_lifetime = 2 * LIFETIME as u64);
    assert_eq!(calls, [UPDATE]);
    assert!(left.abs_diff(2 * LIFETIME + TOUCH) <= 2);
}

#[test]
fn with_a_touch_interval_of_nothing_every_page_touches() {
    let (calls, left) = touched(TOUCH + 5, |settings| settings.touch_interval = 0);
    assert_eq!(calls, [UPDATE]);
    assert!(left.abs_diff(LIFETIME) <= 2);
}

#[test]
fn no_session_ends_before_its_lifetime_though_touches_are_left_out() {
    // The last page that is not written comes a touch interval after the last one that is.
    let (_, left) = touched(TOUCH - 2, |_| {});
    assert!(left >= LIFETIME, "{left}");
}

#[test]
fn a_touch_changes_nothing_but_the_expiry() {
    let t = site();
    t.put("v", json!({ "data": s("n|i:1;"), "expires": t.in_seconds(100), "lock": { "N": "1" }, "note": s("x") }));
    let before = t.item("v").unwrap();
    t.session("v", b"n|i:1;");
    let mut after = t.item("v").unwrap();
    assert_ne!(after["expires"], before["expires"]);
    after.insert("expires".into(), before["expires"].clone());
    assert_eq!(after, before);
}

#[test]
fn a_touch_of_what_was_not_read_is_one_call_and_keeps_the_data() {
    let t = site();
    t.session("v", b"n|i:1;");
    t.age("v", 100);
    let (result, calls) = t.calls_of(|| t.handler().touch(b"v", b"ignored"));
    assert_eq!((result, calls), (Ok(()), vec![UPDATE.to_owned()]));
    assert_eq!(t.data("v").unwrap(), b"n|i:1;");
    assert!(t.expires("v").abs_diff(t.now() + LIFETIME + TOUCH) <= 2);
}

#[test]
fn a_touch_of_what_is_not_there_writes_it() {
    let t = site();
    t.handler().touch(b"v", b"n|i:1;").unwrap();
    assert_eq!(t.data("v").unwrap(), b"n|i:1;");
}

#[test]
fn a_write_without_a_read_creates_or_replaces() {
    let t = site();
    let (_, calls) = t.calls_of(|| t.handler().write(b"v", b"n|i:1;").unwrap());
    assert_eq!((t.data("v").unwrap(), calls), (b"n|i:1;".to_vec(), vec![UPDATE.to_owned()]));
    let (_, calls) = t.calls_of(|| t.handler().write(b"v", b"n|i:2;").unwrap());
    assert_eq!((t.data("v").unwrap(), calls), (b"n|i:2;".to_vec(), vec![UPDATE.to_owned(); 2]));
}

#[test]
fn several_sessions_are_kept_apart_in_one_handler() {
    let t = site();
    for id in ["a", "b", "c"] {
        t.session(id, format!("{id}|i:1;").as_bytes());
    }
    let mut handler = t.handler();
    for id in ["a", "b", "c"] {
        assert_eq!(handler.read(id.as_bytes()).unwrap(), format!("{id}|i:1;").as_bytes());
    }
    t.delete("b");
    for id in ["a", "b", "c"] {
        handler.write(id.as_bytes(), format!("{id}|i:2;").as_bytes()).unwrap();
    }
    assert_eq!(
        (t.data("a").unwrap(), t.item("b"), t.data("c").unwrap()),
        (b"a|i:2;".to_vec(), None, b"c|i:2;".to_vec())
    );
}

#[test]
fn many_sessions_in_one_handler_do_not_bring_back_one_destroyed_meanwhile() {
    let t = site();
    t.session("v", b"n|i:1;");
    let mut handler = t.handler();
    handler.read(b"v").unwrap();
    t.delete("v");
    for other in 0..70 {
        let id = format!("other{other}");
        handler.created(id.as_bytes());
        handler.read(id.as_bytes()).unwrap();
    }
    handler.write(b"v", b"n|i:2;").unwrap();
    assert_eq!(t.item("v"), None);
}

#[test]
fn a_session_written_twice_is_compared_with_what_was_stored_last() {
    let t = site();
    t.session("v", b"n|i:1;");
    let mut handler = t.handler();
    handler.read(b"v").unwrap();
    let ((), calls) = t.calls_of(|| {
        handler.write_early(b"v", b"n|i:2;").unwrap();
        handler.write(b"v", b"n|i:2;").unwrap();
        handler.touch(b"v", b"n|i:2;").unwrap();
        handler.write(b"v", b"n|i:1;").unwrap();
    });
    assert_eq!(calls, [UPDATE, UPDATE]);
    assert_eq!(t.data("v").unwrap(), b"n|i:1;");
}

#[test]
fn an_early_write_is_for_changed_data_only() {
    let t = site();
    t.session("v", b"n|i:1;");
    t.age("v", 100);
    let mut handler = t.handler();
    handler.read(b"v").unwrap();
    let ((), calls) = t.calls_of(|| handler.write_early(b"v", b"n|i:1;").unwrap());
    assert_eq!(calls, NONE);
}

/// The longest data whose item is of 409,600 bytes as AWS reckons them.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
fn longest(t: &super::Site, id: &str) -> usize {
    let names = "id".len() + "data".len() + "expires".len() + "gen".len() + "rev".len();
    // `gen` has 8 bytes, `rev` up to 32, a number of 10 digits counts for 6.
    MAX_ITEM_BYTES - names - t.key(id).len() - 8 - 32 - 6
}

#[test]
fn an_item_of_nearly_400_kb_is_taken() {
    let t = site();
    // dynoxide reckons some bytes more for each attribute than AWS does.
    let data = vec![b'x'; longest(&t, "v") - 64];
    t.session("v", &data);
    assert_eq!(t.reads("v"), data);
}

#[test]
fn an_item_of_400_kb_is_taken_or_refused_with_the_same_warning() {
    let t = site();
    let mut handler = t.handler();
    handler.read(b"v").unwrap();
    let (result, calls) = t.calls_of(|| handler.write(b"v", &vec![b'x'; longest(&t, "v")]));
    assert_eq!(calls, [UPDATE]);
    assert!(matches!(result.map_err(|error| error.cause), Ok(()) | Err(Cause::TooLarge { .. })));
}

#[test]
fn an_item_one_byte_over_400_kb_is_refused_before_it_is_sent() {
    let t = site();
    t.session("v", b"n|i:1;");
    let mut handler = t.handler();
    handler.read(b"v").unwrap();
    let (error, calls) = t.calls_of(|| handler.write(b"v", &vec![b'y'; longest(&t, "v") + 1]).unwrap_err());
    assert_eq!((error.cause.clone(), calls), (Cause::TooLarge { bytes: MAX_ITEM_BYTES + 1 }, vec![]));
    assert!(error.to_string().contains("409601"), "{error}");
    assert_eq!(t.data("v").unwrap(), b"n|i:1;");
}

#[test]
fn the_services_own_word_on_size_gives_the_same_warning() {
    let t = site();
    let note = s(&"x".repeat(20_000));
    t.put("v", json!({ "data": s("n|i:1;"), "expires": t.in_seconds(100), "note": note }));
    let mut handler = t.handler();
    handler.read(b"v").unwrap();
    let error = handler.write(b"v", &vec![b'x'; 400_000]).unwrap_err();
    assert!(matches!(error.cause, Cause::TooLarge { bytes } if bytes > 400_000), "{error}");
    assert_eq!(t.data("v").unwrap(), b"n|i:1;");
}

#[test]
fn destroy_is_one_call_and_needs_no_session() {
    let t = site();
    t.session("v", b"n|i:1;");
    for _ in 0..2 {
        let (result, calls) = t.calls_of(|| t.handler().destroy(b"v"));
        assert_eq!((result, calls), (Ok(()), vec![DELETE.to_owned()]));
    }
    assert_eq!(t.item("v"), None);
}

#[test]
fn what_is_locked_is_destroyed_all_the_same() {
    let t = site();
    let until = json!({ "N": ((t.now() + 60) * 1_000).to_string() });
    for lock in [json!({ "N": "1" }), until] {
        t.put("v", json!({ "data": s("n|i:1;"), "expires": t.in_seconds(100), "lock": lock }));
        t.handler().destroy(b"v").unwrap();
        assert_eq!(t.item("v"), None);
    }
}

#[test]
fn a_session_destroyed_and_begun_anew_in_one_request_is_a_new_one() {
    let t = site();
    t.session("v", b"n|i:1;");
    let old = t.generation("v");
    let mut handler = t.handler();
    handler.read(b"v").unwrap();
    handler.destroy(b"v").unwrap();
    handler.open(t.context(|_| {}), "S", None);
    assert_eq!(handler.read(b"v").unwrap(), b"");
    handler.write(b"v", b"n|i:2;").unwrap();
    assert_ne!(t.generation("v"), old);
}

#[test]
fn a_destroy_takes_whatever_is_there_also_when_its_answer_is_lost() {
    let t = site();
    t.session("v", b"n|i:1;");
    let mut handler = t.handler();
    handler.read(b"v").unwrap();
    t.backstage.fault(Fault::AnswerLost);
    let ((), calls) = t.calls_of(|| handler.destroy(b"v").unwrap());
    assert_eq!(calls.len(), 2);
    assert!(t.item("v").is_none());
    // What is there is destroyed, whoever has begun it.
    t.session("v", b"n|i:1;");
    handler.read(b"v").unwrap();
    t.delete("v");
    t.session("v", b"n|i:2;");
    handler.destroy(b"v").unwrap();
    assert!(t.item("v").is_none());
}

#[test]
fn a_generation_of_another_type_is_one() {
    for locking in [false, true] {
        let t = site();
        t.put("v", json!({ "data": { "S": "n|i:1;" }, "expires": t.in_seconds(100), "gen": { "S": "odd" } }));
        let mut handler = t.handler_with(|settings| settings.locking = locking);
        handler.read(b"v").unwrap();
        handler.write(b"v", b"n|i:2;").unwrap();
        assert_eq!(t.data("v").unwrap(), b"n|i:2;", "{locking}");
    }
}
