//! Which data can be merged, and what is said of the others.

use dynamosess::session::merge::{Serializer, Unmergeable, merge};

use crate::literal::merged;

/// Why these three, of which the second stands for all that cannot be merged.
fn refusal(data: &[u8]) -> Unmergeable {
    refusal_of(None, data)
}

fn refusal_of(serializer: Option<Serializer>, data: &[u8]) -> Unmergeable {
    let in_every_place = [[data, b"m|i:1;", b"t|i:2;"], [b"b|i:0;", data, b"t|i:2;"], [b"b|i:0;", b"m|i:1;", data]];
    let refusals = in_every_place.map(|[base, mine, theirs]| merge(serializer, base, mine, theirs).unwrap_err());
    assert!(refusals.iter().all(|refusal| *refusal == refusals[0]), "{refusals:?} {}", data.escape_ascii());
    refusals[0]
}

#[test]
fn where_only_one_side_has_changed_anything_any_format_will_do() {
    let (base, other) = (b"\x00\x00\x00\x02\x14\x00".as_slice(), b"anything".as_slice());
    assert_eq!(merge(None, base, base, other).unwrap(), other);
    assert_eq!(merge(None, base, other, base).unwrap(), other);
    assert_eq!(merge(None, base, other, other).unwrap(), other);
}

#[test]
fn empty_data_are_an_empty_session_in_every_format() {
    assert_eq!(merged("a|i:1;b|i:1;", "", "a|i:1;b|i:1;c|i:3;").unwrap(), "c|i:3;");
    assert_eq!(merged("a:1:{s:1:\"a\";i:1;}", "", "a:1:{s:1:\"a\";i:2;}").unwrap(), "a:0:{}");
    assert_eq!(merged(r#"{"a":1}"#, "[]", r#"{"a":1,"b":2}"#).unwrap(), r#"{"b":2}"#);
    assert_eq!(merged("[]", r#"{"a":1}"#, r#"{"b":2}"#).unwrap(), r#"{"b":2,"a":1}"#);
    // Both have emptied it, each in its way: what is stored stays.
    assert_eq!(merged("a:1:{s:1:\"a\";i:1;}", "a:0:{}", "").unwrap(), "");
}

#[test]
fn data_of_two_formats_are_not_merged() {
    let (php, serialized, json) = ("a|i:1;", "a:1:{s:1:\"a\";i:1;}", r#"{"a":1}"#);
    for (mine, theirs) in [(php, serialized), (serialized, json), (json, php)] {
        assert_eq!(merged("", mine, theirs), Err(Unmergeable::MixedFormats));
        assert_eq!(merged(mine, "", theirs), Err(Unmergeable::MixedFormats));
    }
}

#[test]
fn a_serializer_that_is_known_is_not_guessed() {
    let known = |serializer, mine: &str, theirs: &str| merge(Some(serializer), b"", mine.as_bytes(), theirs.as_bytes());
    // A name of the format php that looks like the other format.
    let (mine, theirs) = ("{|i:1;", "{|i:1;t|N;");
    assert_eq!(known(Serializer::Php, mine, theirs).unwrap(), theirs.as_bytes());
    let (mine, theirs) = (r#"a:1:{s:1:"m";N;}"#, r#"a:1:{s:1:"t";N;}"#);
    assert_eq!(known(Serializer::PhpSerialize, mine, theirs).unwrap(), br#"a:2:{s:1:"t";N;s:1:"m";N;}"#);
    assert_eq!(known(Serializer::Php, mine, theirs), Err(Unmergeable::MixedFormats));
    assert_eq!(known(Serializer::PhpSerialize, "m|N;", "t|N;"), Err(Unmergeable::MixedFormats));
    assert_eq!(known(Serializer::Other, "m|N;", "t|N;"), Err(Unmergeable::UnknownFormat));
}

#[test]
fn serializers_go_by_the_names_that_php_gives_them() {
    assert_eq!(Serializer::named(b"php"), Serializer::Php);
    assert_eq!(Serializer::named(b"php_serialize"), Serializer::PhpSerialize);
    for other in ["igbinary", "msgpack", "php_binary", ""] {
        assert_eq!(Serializer::named(other.as_bytes()), Serializer::Other);
    }
}

#[test]
fn a_format_that_is_recognised_and_not_merged_is_named() {
    for serializer in [None, Some(Serializer::Other), Some(Serializer::Php)] {
        assert_eq!(refusal_of_changed(serializer, b"\x00\x00\x00\x02\x14\x01\x11\x01a\x06\x01"), Unmergeable::Igbinary);
        assert_eq!(refusal_of_changed(serializer, b"\x81\xA1a\x01"), Unmergeable::Msgpack);
        assert_eq!(refusal_of_changed(serializer, b"\x01ai:1;"), Unmergeable::PhpBinary);
        assert_eq!(refusal_of_changed(serializer, b"eyJpdiI6ImFiYyJ9"), Unmergeable::UnknownFormat);
        assert_eq!(refusal_of_changed(serializer, b"\xF3\x07 encrypted \x91"), Unmergeable::UnknownFormat);
    }
}

/// Three different sessions of one format.
fn refusal_of_changed(serializer: Option<Serializer>, data: &[u8]) -> Unmergeable {
    let with = |end: &[u8]| [data, end].concat();
    merge(serializer, &with(b""), &with(b"mm"), &with(b"tt")).unwrap_err()
}

#[test]
fn malformed_data_are_not_merged() {
    for data in [
        "a|i:1",
        "a|i:1;b",
        "a|i:;",
        "a|i:1x;",
        "a|b:2;",
        "a|d:;",
        "a|d:.;",
        "a|d:nan;",
        "a|d:1e;",
        "a|d:-NAN;",
        "a|d:+INF;",
        "a|s:2:\"a\";",
        "a|s:1:\"ab\";",
        "a|s:+1:\"a\";",
        "a|s:99999999999999999999:\"a\";",
        "a|s:18446744073709551615:\"a\";",
        "a|a:1:{}",
        "a|a:-1:{}",
        "a|a:1:{i:0;}",
        "a|a:1:{i:0;i:1;",
        "a|a:0:{i:0;i:1;}",
        "a|a:1:{N;i:1;}",
        "a|a:1:{d:1;i:1;}",
        "a|a:1:{i:99999999999999999999;i:1;}",
        "a|O:0:\"\":0:{}",
        "a|O:2:\"\\A\":0:{}",
        "a|O:3:\"A@B\":0:{}",
        "a|O:1:\"A\":1:{}",
        "a|O:1:\"A\":-1:{}",
        "a|C:1:\"A\":2:{a}",
        "a|C:1:\"A\":1:{aa}",
        "a|E:1:\"A\";",
        "a|E:2:\":A\";",
        "a|r:;",
        "a|S:1:\"\\zz\";",
        "a|i:1;}",
        "a|i:1; ",
        "a|i:1;b|",
        "a:1:{s:1:\"a\";i:1;",
        "a:1:{s:1:\"a\";i:1;}}",
        "a:0:{} ",
        "{\"a\":1",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":1e}",
        "{\"a\":tru}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00\"}",
        "{\"a\":\"\\ud800\\u0041\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":[1,]}",
        "{\"a\":1}x",
        "[1]",
        "{\"a\":[1}",
    ] {
        assert_eq!(refusal(data.as_bytes()), Unmergeable::Malformed, "{data}");
    }
    assert_eq!(refusal(b"{\"a\":\"\xFF\"}"), Unmergeable::Malformed);
    for data in ["a|", "a|n;", "a|o:1:{}", "a", "|", "|||"] {
        assert_eq!(refusal(data.as_bytes()), Unmergeable::UnknownFormat, "{data}");
    }
}

#[test]
fn all_that_php_reads_as_a_number_is_read() {
    for value in ["i:-0;", "i:007;", "d:1;", "d:-1.5;", "d:+.5;", "d:5.;", "d:1E-7;", "d:NAN;", "d:INF;", "d:-INF;"] {
        let theirs = format!("v|{value}t|N;");
        assert_eq!(merged("v|N;", "v|N;m|N;", &theirs).unwrap(), format!("{theirs}m|N;"));
    }
}

#[test]
fn a_name_or_key_that_stands_twice_is_not_merged() {
    for data in [
        "a|i:1;a|i:2;",
        "v|a:2:{i:1;N;i:1;N;}",
        "v|a:2:{i:1;N;s:1:\"1\";N;}",
        "v|a:1:{i:0;a:2:{s:1:\"a\";N;s:1:\"a\";N;}}",
        "v|O:1:\"A\":2:{s:1:\"a\";N;s:1:\"a\";N;}",
        "a:2:{s:1:\"a\";N;s:1:\"a\";N;}",
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":1}"#,
        r#"{"v":[{"1":1,"\u0031":1}]}"#,
    ] {
        assert_eq!(refusal(data.as_bytes()), Unmergeable::DuplicateKeys, "{data}");
    }
}

#[test]
fn references_are_not_merged() {
    for data in [
        "a|a:1:{i:0;i:1;}b|R:1;",
        "a|O:1:\"A\":0:{}b|r:1;",
        "a|a:2:{i:0;N;i:1;R:2;}",
        "a|r:1;",
        "a|E:3:\"A:B\";b|R:1;",
        "a|C:1:\"A\":11:{a:1:{r:1;}}}",
        "a|C:1:\"A\":4:{R:1;}",
        // What a class with a format of its own has numbered is not known.
        "a|C:1:\"A\":1:{x}b|E:3:\"A:B\";c|r:2;",
    ] {
        assert_eq!(refusal(data.as_bytes()), Unmergeable::References, "{data}");
    }
}

#[test]
fn a_reference_to_an_enum_is_read_as_that_enum() {
    let base = "a|E:3:\"A:B\";b|r:1;c|i:1;";
    let mine = "a|E:3:\"A:B\";b|r:1;c|i:2;";
    // Theirs has changed the first of the two: the second must stay what it was.
    let theirs = "a|E:3:\"A:C\";b|E:3:\"A:B\";c|i:1;";
    assert_eq!(merged(base, mine, theirs).unwrap(), "a|E:3:\"A:C\";b|E:3:\"A:B\";c|i:2;");
    assert_eq!(merged(base, theirs, mine).unwrap(), "a|E:3:\"A:C\";b|E:3:\"A:B\";c|i:2;");
}

#[test]
fn enums_are_found_by_the_number_that_php_counts() {
    // 1 a, 2 its element, 3 the object, 4 its member, 5 the enum; in php_serialize the session itself is the first.
    let session = |more: &str| format!("a|a:2:{{i:0;N;i:1;O:1:\"A\":1:{{s:1:\"p\";N;}}}}e|E:3:\"A:B\";f|r:5;{more}");
    let expected = session("t|N;m|N;").replace("r:5;", "E:3:\"A:B\";");
    assert_eq!(merged(&session(""), &session("m|N;"), &session("t|N;")).unwrap(), expected);
    let session = |count: u8, more: &str| format!("a:{count}:{{i:0;E:3:\"A:B\";i:1;r:2;{more}}}");
    let (mine, theirs) = (session(3, "s:1:\"m\";N;"), session(3, "s:1:\"t\";r:2;"));
    let expected = "a:4:{i:0;E:3:\"A:B\";i:1;E:3:\"A:B\";s:1:\"t\";E:3:\"A:B\";s:1:\"m\";N;}";
    assert_eq!(merged(&session(2, ""), &mine, &theirs).unwrap(), expected);
}

#[test]
fn where_theirs_stands_its_references_do_too() {
    let theirs = "a|E:3:\"A:B\";b|r:1;c|i:2;";
    assert_eq!(merged("a|E:3:\"A:B\";", "a|E:3:\"A:B\";c|i:2;", theirs).unwrap(), theirs);
}

#[test]
fn strings_with_escapes_are_not_merged() {
    assert_eq!(refusal(b"a|S:1:\"\\61\";"), Unmergeable::EscapedString);
    assert_eq!(refusal(b"a|a:1:{S:1:\"a\";N;}"), Unmergeable::EscapedString);
}

#[test]
fn every_refusal_has_a_word_of_its_own() {
    let mut words = Unmergeable::ALL.map(Unmergeable::reason).to_vec();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), Unmergeable::ALL.len());
    assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
}
