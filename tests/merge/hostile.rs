//! Stored bytes are not to be trusted: whatever they are, a merge ends soon and takes little memory.

use dynamosess::session::merge::{Unmergeable, merge};

use crate::literal::merged;

/// A value that stands so deep in arrays.
fn nested(depth: usize, value: &str) -> String {
    format!("{}{value}{}", "a:1:{i:0;".repeat(depth), "}".repeat(depth))
}

#[test]
fn arrays_may_stand_64_deep_in_each_other_and_no_deeper() {
    let session = |depth, value: &str| format!("v|{}", nested(depth, value));
    let merge_at = |depth| merged(&session(depth, "i:0;"), &session(depth, "i:1;"), &(session(depth, "i:0;") + "t|N;"));
    assert_eq!(merge_at(64).unwrap(), session(64, "i:1;") + "t|N;");
    assert_eq!(merge_at(65), Err(Unmergeable::TooDeep));
    let json = |depth: usize, value: &str| format!("{{\"v\":{}{value}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(merged(&json(64, "0"), &json(64, "1"), &json(64, "0").replace('{', "{\"t\":1,")).unwrap().len(), 141);
    assert_eq!(merged(&json(65, "0"), &json(65, "1"), "{}"), Err(Unmergeable::TooDeep));
}

#[test]
fn a_million_brackets_do_not_exhaust_the_stack() {
    let deep = format!("v|{}", "a:1:{i:0;".repeat(1_000_000));
    assert_eq!(merged(&deep, "m|N;", "t|N;"), Err(Unmergeable::TooDeep));
    let deep = format!("{{\"v\":{}", "[".repeat(1_000_000));
    assert_eq!(merged(&deep, "{}", "{\"t\":1}"), Err(Unmergeable::TooDeep));
}

#[test]
fn counts_that_promise_more_than_there_is_claim_no_memory() {
    for data in
        ["v|a:9999999999999:{", "v|s:9999999999999:\"", "v|O:1:\"A\":9999999999999:{", "v|C:1:\"A\":999999999999:{"]
    {
        assert_eq!(merged(data, "m|N;", "t|N;"), Err(Unmergeable::Malformed));
    }
}

#[test]
fn more_values_than_a_session_can_have_are_refused() {
    let many = format!("{{\"v\":[{}1]}}", "1,".repeat(131_072));
    assert_eq!(merged(&many, "{}", "{\"t\":1}"), Err(Unmergeable::TooLarge));
}

#[test]
fn a_long_enum_that_is_referred_to_often_claims_no_memory() {
    let name = format!("A:{}", "B".repeat(100_000));
    let many = format!(
        "e|E:{}:\"{name}\";v|a:9999:{{{}}}",
        name.len(),
        (0..9999).map(|i| format!("i:{i};r:1;")).collect::<String>()
    );
    assert_eq!(merged(&many, "m|N;", "t|N;"), Err(Unmergeable::TooLarge));
}

#[test]
fn data_cut_anywhere_are_refused_or_merged_and_never_a_panic() {
    let whole = "a|a:2:{i:0;s:1:\"x\";i:1;E:3:\"A:B\";}b|r:3;c|O:1:\"A\":1:{s:1:\"p\";d:-1.5e+7;}d|C:1:\"A\":1:{x}";
    let json = r#"{"a":[1,-2.5e+3,{"b":"\u00fc\ud83d\ude00"},null,true,false,[],{}]}"#;
    for text in [whole, json] {
        for end in 0..text.len() {
            let _any = merge(None, &text.as_bytes()[..end], b"m|N;", b"t|N;");
            let _any = merge(None, b"", &text.as_bytes()[..end], text.as_bytes());
            for byte in [0, b'0', b'9', b':', b'{', b'}', b'"', b'\\', 0xFF] {
                let mut other = text.as_bytes().to_vec();
                other[end] = byte;
                let _any = merge(None, text.as_bytes(), &other, b"");
            }
        }
    }
}
