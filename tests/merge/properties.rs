//! What holds for any session and any two pages.

use dynamosess::session::merge::{Serializer, empties_session, merge};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::literal::{FORMATS, Format, Key, Php};
use crate::pages::{scalar, two_pages};

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// The merged session, read back.
fn merged([base, mine, theirs]: &[Php; 3]) -> Php {
    Php::of_json(&merged_in(Format::Json, [base, mine, theirs]))
}

fn merged_in(format: Format, sessions: [&Php; 3]) -> Vec<u8> {
    let [base, mine, theirs] = sessions.map(|session| session.session(format));
    merge(None, &base, &mine, &theirs).unwrap()
}

/// Fails where something that one side has left as it was is not as the other side has it.
fn unchanged_comes_from_the_other(base: Option<&Php>, mine: Option<&Php>, theirs: Option<&Php>, result: Option<&Php>) {
    if mine == base {
        assert_eq!(result, theirs, "mine is as it was");
    } else if theirs == base {
        assert_eq!(result, mine, "theirs is as it was");
    } else if let (Some(base), Some(mine), Some(theirs), Some(result)) = (base, mine, theirs, result) {
        let all = [base, mine, theirs];
        if all.iter().all(|value| value.is_array()) && !all.iter().all(|value| value.is_list()) {
            for key in all.iter().flat_map(|value| value.keys()) {
                unchanged_comes_from_the_other(base.get(key), mine.get(key), theirs.get(key), result.get(key));
            }
        }
    }
}

/// Whether a value is one of the inputs', or an array of such.
fn stands_whole(result: &Php, mine: Option<&Php>, theirs: Option<&Php>) -> bool {
    if Some(result) == mine || Some(result) == theirs {
        return true;
    }
    let inputs = [mine, theirs].map(|input| input.map(Php::entries_if_any).unwrap_or_default());
    let is_element = |value: &Php| inputs.iter().any(|input| input.iter().any(|(_, other)| other == value));
    let part = |value: Option<&'_ Php>, key: &Key| value.and_then(|value| value.get(key)).cloned();
    result.is_array()
        && result.entries_if_any().iter().all(|(key, value)| {
            is_element(value) || stands_whole(value, part(mine, key).as_ref(), part(theirs, key).as_ref())
        })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_one_side_did_not_change_comes_from_the_other(pages in two_pages(true)) {
        let [base, mine, theirs] = &pages;
        unchanged_comes_from_the_other(Some(base), Some(mine), Some(theirs), Some(&merged(&pages)));
    }

    #[test]
    fn no_value_is_torn(pages in two_pages(true)) {
        let (result, [_, mine, theirs]) = (merged(&pages), &pages);
        prop_assert!(stands_whole(&result, Some(mine), Some(theirs)), "{result:?}");
    }

    #[test]
    fn merging_what_contains_mine_changes_nothing(pages in two_pages(false)) {
        let [base, mine, _] = &pages;
        for format in FORMATS {
            let [base, mine] = [base, mine].map(|session| session.session(format));
            let once = merged_in(format, pages.each_ref());
            let twice = merge(None, &base, &mine, &once).unwrap();
            prop_assert_eq!(String::from_utf8(twice).unwrap(), String::from_utf8(once).unwrap());
        }
    }

    #[test]
    fn changes_to_different_names_commute_and_both_stand(pages in two_pages(true), other in two_pages(true)) {
        // Each page changes the names of its own half.
        let [half, mine, _] = pages.map(|session| session.under("mine_"));
        let [rest, _, theirs] = other.map(|session| session.under("theirs_"));
        let (base, mine, theirs) = (half.and(&rest), mine.and(&rest), half.and(&theirs));
        let both = mine.without("theirs_").and(&theirs.without("mine_")).sorted();
        prop_assert_eq!(merged(&[base.clone(), mine.clone(), theirs.clone()]).sorted(), both.clone());
        prop_assert_eq!(merged(&[base, theirs, mine]).sorted(), both);
    }

    #[test]
    fn what_two_pages_append_and_take_out_commutes_but_for_the_order(
        base in vec(scalar(), 0..6), mine in vec(scalar(), 0..6), theirs in vec(scalar(), 0..6),
    ) {
        let session = |list: &Vec<Php>| Php::array(vec![(Key::Text("n".to_owned()), Php::list(list.clone()))]);
        let (base, mine, theirs) = (session(&base), session(&mine), session(&theirs));
        let one = merged(&[base.clone(), mine.clone(), theirs.clone()]);
        let other = merged(&[base, theirs, mine]);
        prop_assert_eq!(one.sorted(), other.sorted());
    }

    #[test]
    fn every_format_gives_the_same(pages in two_pages(true)) {
        let result = merged(&pages);
        for format in [Format::Names, Format::Serialized] {
            let bytes = String::from_utf8(merged_in(format, pages.each_ref())).unwrap();
            let expected = String::from_utf8(result.session(format)).unwrap();
            prop_assert_eq!(bytes, expected);
        }
    }

    #[test]
    fn a_result_can_be_merged_again(pages in two_pages(true)) {
        for format in FORMATS {
            let result = merged_in(format, pages.each_ref());
            let other = Php::of("{'z':1}").session(format);
            prop_assert!(merge(None, b"", &result, &other).is_ok(), "{}", result.escape_ascii());
        }
    }

    #[test]
    fn random_bytes_make_no_panic(base in bytes(), mine in bytes(), theirs in bytes()) {
        for serializer in [None, Some(Serializer::Php), Some(Serializer::PhpSerialize), Some(Serializer::Other)] {
            let _any = merge(serializer, &base, &mine, &theirs);
            let _any = empties_session(serializer, &base, &mine);
        }
    }
}

/// Bytes such as serialized data are made of, in any order.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let parts: Vec<&[u8]> = vec![
        b"a|",
        b"b|",
        b"a:1:{",
        b"a:2:{",
        b"a:0:{}",
        b"}",
        b"i:0;",
        b"i:1;",
        b"s:1:\"a\";",
        b"s:1:\"1\";",
        b"N;",
        b"b:1;",
        b"d:1.5;",
        b"O:1:\"A\":1:{",
        b"C:1:\"A\":1:{x}",
        b"E:3:\"A:B\";",
        b"r:1;",
        b"r:2;",
        b"R:1;",
        b"S:1:\"\\61\";",
        b"O:26:\"Laminas\\Stdlib\\ArrayObject\":1:{",
        b"s:7:\"storage\";",
        b"{",
        b"[",
        b"]",
        b"\"a\":",
        b"\"b\":",
        b",",
        b"1",
        b"\"",
        b"\\u0061",
        b"null",
        b"\x00",
        b"\xff",
    ];
    prop_oneof![
        4 => vec(proptest::sample::select(parts), 0..12).prop_map(|parts| parts.concat()),
        1 => vec(any::<u8>(), 0..64),
    ]
}
