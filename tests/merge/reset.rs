//! When a page has emptied its session: a logout, or a change of user.

use dynamosess::session::merge::{Serializer, empties_session};

use crate::literal::{FORMATS, Php};

fn empties(base: &str, mine: &str) -> bool {
    let all =
        FORMATS.map(|format| empties_session(None, &Php::of(base).session(format), &Php::of(mine).session(format)));
    assert!(all.iter().all(|one| *one == all[0]), "{base} {mine} {all:?}");
    all[0]
}

#[test]
fn less_than_a_quarter_of_the_names_is_left() {
    assert!(empties("{'a':1,'b':1,'c':1,'d':1}", "{}"));
    assert!(!empties("{'a':1,'b':1,'c':1,'d':1}", "{'a':1}"));
    assert!(empties("{'a':1,'b':1,'c':1,'d':1,'e':1}", "{'a':1}"));
}

#[test]
fn a_name_that_is_left_counts_whatever_its_value_and_a_new_one_does_not() {
    assert!(!empties("{'a':1,'b':1,'c':1,'d':1}", "{'a':null}"));
    assert!(empties("{'a':1,'b':1,'c':1,'d':1}", "{'e':1,'f':1,'g':1,'h':1}"));
}

#[test]
fn a_session_of_fewer_than_four_names_is_merged_even_if_all_go() {
    assert!(!empties("{'a':1,'b':1,'c':1}", "{}"));
    assert!(!empties("{}", "{}"));
}

#[test]
fn data_that_cannot_be_merged_for_what_is_in_them_have_names_all_the_same() {
    let base = b"a|O:1:\"A\":0:{}b|r:1;c|S:1:\"\\61\";d|R:1;";
    assert!(empties_session(None, base, b""));
    assert!(!empties_session(None, base, b"a|N;"));
}

#[test]
fn data_of_unknown_format_are_emptied_when_nothing_is_left() {
    for (before, empty) in [
        (b"eyJpdiI6ImFiYyJ9".as_slice(), b"".as_slice()),
        (b"\x00\x00\x00\x02\x14\x01\x11\x01a\x06\x01", b"\x00\x00\x00\x02\x14\x00"),
        (b"\x81\xA1a\x01", b"\x80"),
        (b"\x01ai:1;", b""),
    ] {
        for serializer in [None, Some(Serializer::Other)] {
            assert!(empties_session(serializer, before, empty), "{}", before.escape_ascii());
            assert!(!empties_session(serializer, before, before));
            assert!(!empties_session(serializer, empty, before));
        }
    }
}
