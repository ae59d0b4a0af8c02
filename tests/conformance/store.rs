//! The store's own promises.

use dynamosess::dynamodb::{AttributeValue, Condition, Item, Outcome, Update};
use serde_json::json;

use super::{Site, s};
use crate::site;

fn name(text: &str) -> String {
    text.to_owned()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::String(value.to_owned())
}

fn set(attributes: &[(&str, AttributeValue)]) -> Update {
    Update { set: attributes.iter().map(|(n, v)| (name(n), v.clone())).collect(), ..Update::default() }
}

fn get(t: &Site, id: &str) -> Option<Item> {
    t.store.get(&t.key(id), true, &t.deadline()).unwrap().item
}

fn update(t: &Site, id: &str, update: &Update) -> Outcome {
    t.store.update(&t.key(id), update, &t.deadline()).unwrap()
}

#[test]
fn an_item_that_is_not_there_is_none() {
    let t = site();
    assert_eq!(get(&t, "k"), None);
}

#[test]
fn an_answer_tells_the_time() {
    let t = site();
    let fetched = t.store.get(&t.key("k"), true, &t.deadline()).unwrap();
    assert!(fetched.now.abs_diff(t.now()) <= 2);
}

#[test]
fn an_update_makes_the_item_with_its_key() {
    let t = site();
    assert_eq!(update(&t, "k", &set(&[("a", AttributeValue::number(1))])), Outcome::Done(None));
    let expected = Item::from([(name("id"), text(&t.key("k"))), (name("a"), AttributeValue::number(1))]);
    assert_eq!(get(&t, "k"), Some(expected));
}

#[test]
fn an_update_leaves_what_it_does_not_name_and_takes_away_what_it_removes() {
    let t = site();
    t.put("k", json!({ "a": s("1"), "b": s("2"), "c": s("3") }));
    let change = Update { remove: vec![name("b"), name("missing")], ..set(&[("a", text("9"))]) };
    update(&t, "k", &change);
    let item = get(&t, "k").unwrap();
    assert_eq!((&item["a"], item.get("b"), &item["c"]), (&text("9"), None, &text("3")));
}

#[test]
fn set_if_missing_leaves_what_is_there() {
    let t = site();
    t.put("k", json!({ "a": { "N": "1" } }));
    let both = vec![(name("a"), AttributeValue::number(5)), (name("b"), AttributeValue::number(5))];
    update(&t, "k", &Update { set_if_missing: both, ..Update::default() });
    let item = get(&t, "k").unwrap();
    assert_eq!((item["a"].as_i64(), item["b"].as_i64()), (Some(1), Some(5)));
}

#[test]
fn return_new_brings_the_whole_item_as_it_is_now() {
    let t = site();
    t.put("k", json!({ "a": s("1") }));
    let Outcome::Done(Some(item)) = update(&t, "k", &Update { return_new: true, ..set(&[("b", text("2"))]) }) else {
        panic!()
    };
    assert_eq!(Some(item), get(&t, "k"));
}

#[test]
fn a_refused_update_changes_nothing_and_brings_the_item_as_it_is() {
    let t = site();
    t.put("k", json!({ "a": s("1") }));
    let condition = Some(Condition::Equals(name("a"), text("other")));
    let Outcome::Refused(refused) = update(&t, "k", &Update { condition, ..set(&[("a", text("9"))]) }) else {
        panic!()
    };
    assert_eq!(refused.item, get(&t, "k"));
    assert_eq!(refused.item.unwrap()["a"], text("1"));
    assert!(!refused.repeated && refused.now.abs_diff(t.now()) <= 2);
}

#[test]
fn an_update_refused_for_want_of_an_item_makes_none() {
    let t = site();
    let condition = Some(Condition::Exists(name("id")));
    let Outcome::Refused(refused) = update(&t, "k", &Update { condition, ..set(&[("a", text("9"))]) }) else {
        panic!()
    };
    assert_eq!((refused.item, get(&t, "k")), (None, None));
}

#[test]
fn every_condition_means_the_same_as_its_evaluation_here() {
    let t = site();
    let five = || AttributeValue::number(5);
    let conditions = [
        Condition::Exists(name("id")),
        Condition::Missing(name("id")),
        Condition::Exists(name("n")),
        Condition::Missing(name("n")),
        Condition::Equals(name("n"), five()),
        Condition::Equals(name("n"), AttributeValue::Number(name("5.0"))),
        Condition::Equals(name("bytes"), AttributeValue::Binary(vec![0, 255])),
        Condition::Equals(name("text"), AttributeValue::Binary(b"x".to_vec())),
        Condition::AtMost(name("n"), 5),
        Condition::AtMost(name("n"), 4),
        Condition::Over(name("n"), 4),
        Condition::Over(name("n"), 5),
        Condition::AtMost(name("text"), 5),
        Condition::Over(name("text"), 5),
        Condition::AtMost(name("fraction"), 5),
        Condition::Over(name("fraction"), 5),
        Condition::All(vec![Condition::Exists(name("n")), Condition::Missing(name("gone"))]),
        Condition::All(vec![Condition::Exists(name("n")), Condition::Exists(name("gone"))]),
        Condition::Any(vec![Condition::Exists(name("gone")), Condition::Over(name("n"), 4)]),
        Condition::Any(vec![Condition::Exists(name("gone")), Condition::Over(name("n"), 5)]),
        Condition::All(vec![
            Condition::Any(vec![Condition::Missing(name("lock")), Condition::AtMost(name("lock"), 1)]),
            Condition::Any(vec![Condition::Missing(name("n")), Condition::Over(name("n"), 1)]),
        ]),
    ];
    let full = json!({
        "n": { "N": "5" }, "text": s("x"), "bytes": { "B": "AP8=" }, "fraction": { "N": "5.5" }, "lock": { "N": "7" },
    });
    for item in [None, Some(json!({})), Some(full)] {
        t.delete("k");
        if let Some(item) = &item {
            t.put("k", item.clone());
        }
        let here = get(&t, "k");
        for condition in &conditions {
            let outcome = t.store.delete(&t.key("k"), Some(condition), &t.deadline()).unwrap();
            let held = matches!(outcome, Outcome::Done(_));
            assert_eq!(held, condition.holds(here.as_ref()), "{condition:?} on {here:?}");
            if let (true, Some(item)) = (held, &item) {
                t.put("k", item.clone());
            }
        }
    }
}

#[test]
fn a_delete_deletes_and_a_missing_item_is_deleted_already() {
    let t = site();
    t.put("k", json!({}));
    for _ in 0..2 {
        assert_eq!(t.store.delete(&t.key("k"), None, &t.deadline()), Ok(Outcome::Done(None)));
        assert_eq!(get(&t, "k"), None);
    }
}

#[test]
fn a_refused_delete_deletes_nothing() {
    let t = site();
    t.put("k", json!({ "n": { "N": "5" } }));
    let condition = Condition::AtMost(name("n"), 4);
    let outcome = t.store.delete(&t.key("k"), Some(&condition), &t.deadline()).unwrap();
    assert!(matches!(outcome, Outcome::Refused(_)));
    assert!(get(&t, "k").is_some());
}

#[test]
fn several_deletes_at_once_are_as_good_as_one_by_one() {
    let t = site();
    let keys: Vec<String> = (0..12).map(|n| t.key(&format!("k{n}"))).collect();
    for n in 0..12 {
        t.put(&format!("k{n}"), json!({ "n": { "N": n.to_string() } }));
    }
    let outcomes = t.store.delete_each(&keys, &Condition::AtMost(name("n"), 6), &t.deadline());
    let deleted = outcomes.iter().map(|outcome| matches!(outcome, Some(Outcome::Done(_)))).collect::<Vec<_>>();
    assert_eq!(deleted, (0..12).map(|n| n <= 6).collect::<Vec<_>>());
    assert!((0..12).all(|n| get(&t, &format!("k{n}")).is_some() == (n > 6)));
}

#[test]
fn a_scan_finds_all_keys_for_which_its_filter_holds_page_by_page() {
    let t = site();
    for n in 0..40 {
        // A page of the service holds 1 MB.
        t.put(&format!("k{n:02}"), json!({ "n": { "N": n.to_string() }, "x": s(&"x".repeat(60_000)) }));
    }
    let (mut found, mut pages, mut start) = (Vec::new(), 0, None);
    loop {
        let page = t.store.scan(&Condition::AtMost(name("n"), 29), start.as_ref(), &t.deadline()).unwrap();
        found.extend(page.keys.into_iter().filter(|key| key.starts_with(&t.key("k"))));
        pages += 1;
        start = page.next;
        if start.is_none() {
            break;
        }
    }
    found.sort_unstable();
    assert_eq!(found, (0..30).map(|n| t.key(&format!("k{n:02}"))).collect::<Vec<_>>());
    assert!(pages > 2, "{pages} pages");
    for n in 0..40 {
        t.delete(&format!("k{n:02}"));
    }
}

#[test]
fn all_bytes_come_back_as_they_were() {
    let t = site();
    let all = AttributeValue::Binary((0..=255).collect());
    let odd = text("\u{0}\"\\/\u{7f}é\u{1F600}\r\n");
    update(&t, "k", &set(&[("bytes", all.clone()), ("odd", odd.clone())]));
    let item = get(&t, "k").unwrap();
    assert_eq!((&item["bytes"], &item["odd"]), (&all, &odd));
}

#[test]
fn an_item_may_hold_nothing_but_its_key() {
    let t = site();
    t.put("k", json!({}));
    assert_eq!(get(&t, "k").unwrap().len(), 1);
    let condition = Some(Condition::Exists(name("id")));
    update(&t, "k", &Update { condition, remove: vec![name("a")], ..Update::default() });
    assert_eq!(get(&t, "k").unwrap().len(), 1);
}

#[test]
fn values_of_foreign_types_are_read_over_and_stay() {
    let t = site();
    let foreign = json!({
        "list": { "L": [s("x")] }, "map": { "M": { "a": { "BOOL": true } } }, "null": { "NULL": true },
        "set": { "SS": ["a", "b"] }, "bool": { "BOOL": false },
    });
    t.put("k", foreign.clone());
    update(&t, "k", &set(&[("a", text("1"))]));
    let item = get(&t, "k").unwrap();
    for name in foreign.as_object().unwrap().keys() {
        assert_eq!(item[name], AttributeValue::Other, "{name}");
    }
}

#[test]
fn attribute_names_may_be_reserved_words_and_anything_else() {
    let t = site();
    for reserved in ["data", "ttl", "with.dot", "with-dash", "1", "ümlaut", "#x", ":y"] {
        update(&t, "k", &set(&[(reserved, text("1"))]));
        assert_eq!(get(&t, "k").unwrap()[reserved], text("1"), "{reserved}");
    }
}

#[test]
fn an_item_over_400_kb_is_refused_and_the_old_one_stays() {
    let t = site();
    t.put("k", json!({ "a": s("old") }));
    let large = set(&[("a", AttributeValue::Binary(vec![0; 409_600]))]);
    let error = t.store.update(&t.key("k"), &large, &t.deadline()).unwrap_err();
    assert_eq!(error.code(), "ValidationException");
    assert!(error.to_string().contains("Item size"), "{error}");
    assert_eq!(get(&t, "k").unwrap()["a"], text("old"));
}

#[test]
fn a_read_begun_ahead_brings_what_a_read_brings() {
    let t = site();
    t.put("k", json!({ "a": s("1") }));
    // The in-memory store has no background.
    if let Some(begun) = t.store.begin_get(&t.key("k"), true, &t.deadline()) {
        assert_eq!(t.store.finish_get(&t.key("k"), begun, &t.deadline()).unwrap().item, get(&t, "k"));
    }
}
