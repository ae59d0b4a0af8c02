//! The rules, as docs/design.md states them.

use crate::literal::{becomes, merged, value_becomes};

mod names {
    use super::*;

    #[test]
    fn changes_to_different_names_both_stand() {
        becomes("{'a':1,'b':2}", "{'a':9,'b':2}", "{'a':1,'b':8}", "{'a':9,'b':8}");
        becomes("{'a':1}", "{'a':1,'mine':2}", "{'a':1,'theirs':3}", "{'a':1,'theirs':3,'mine':2}");
        becomes("{'a':1,'b':2,'c':3}", "{'b':2,'c':3}", "{'a':1,'b':2}", "{'b':2}");
    }

    #[test]
    fn two_pages_that_begin_a_session_both_leave_their_names() {
        assert_eq!(merged("", "mine|i:1;", "theirs|i:2;").unwrap(), "theirs|i:2;mine|i:1;");
        assert_eq!(merged("", r#"{"mine":1}"#, r#"{"theirs":2}"#).unwrap(), r#"{"theirs":2,"mine":1}"#);
    }

    #[test]
    fn of_one_value_changed_by_both_the_last_write_stands() {
        becomes("{'a':1}", "{'a':2}", "{'a':3}", "{'a':2}");
        becomes("{'x':0}", "{'x':0,'a':2}", "{'x':0,'a':3}", "{'x':0,'a':2}");
    }

    #[test]
    fn what_both_have_made_alike_stands_once() {
        becomes("{'a':1}", "{'a':2,'b':1}", "{'a':2,'c':1}", "{'a':2,'c':1,'b':1}");
    }

    #[test]
    fn the_order_is_theirs_then_what_is_new_in_mine() {
        becomes("{'a':1,'b':2}", "{'m':0,'b':2,'a':7}", "{'b':2,'t':0,'a':1}", "{'b':2,'t':0,'a':7,'m':0}");
    }

    #[test]
    fn order_alone_is_no_change() {
        becomes("{'a':1,'b':2}", "{'b':2,'a':1}", "{'a':1,'b':3}", "{'a':1,'b':3}");
        becomes("{'a':1,'b':2}", "{'a':4,'b':2}", "{'b':2,'a':1}", "{'b':2,'a':4}");
        value_becomes("{'a':1,'b':{'c':1,'d':2}}", "{'b':{'d':2,'c':1},'a':1}", "{'b':3}", "{'b':3}");
        // An array against an object: mine has changed nothing but the order, so theirs stands.
        let session = |value: &str| format!("n|i:1;v|{value}");
        let (base, mine) = (session(r#"a:2:{s:1:"a";N;s:1:"b";N;}"#), session(r#"a:2:{s:1:"b";N;s:1:"a";N;}"#));
        let theirs = session(r#"O:1:"A":0:{}"#);
        assert_eq!(merged(&base, &mine, &theirs).unwrap(), theirs);
    }
}

mod maps {
    use super::*;

    #[test]
    fn arrays_are_merged_by_key_to_any_depth() {
        value_becomes("{'a':{'b':{}}}", "{'a':{'b':{'m':1}}}", "{'a':{'b':{'t':2}}}", "{'a':{'b':{'t':2,'m':1}}}");
        value_becomes("{'a':1,'b':2,'c':3}", "{'a':1,'b':5,'c':3}", "{'a':1,'c':3,'d':4}", "{'a':1,'c':3,'d':4}");
    }

    #[test]
    fn keys_that_are_numbers_and_no_index_are_keys() {
        value_becomes("{'17':1}", "{'17':1,'18':2}", "{'17':1,'19':3}", "{'17':1,'19':3,'18':2}");
        value_becomes("['a','b','c']", "{'1':'b','2':'c'}", "['a','b','c','d']", "{'1':'b','2':'c','3':'d'}");
    }

    #[test]
    fn a_number_is_the_same_key_however_it_is_written() {
        let theirs = r#"v|a:2:{s:1:"5";i:1;s:1:"t";i:1;}"#;
        let merged = merged("v|a:1:{i:5;i:1;}", "v|a:1:{i:5;i:2;}", theirs).unwrap();
        assert_eq!(merged, r#"v|a:2:{s:1:"5";i:2;s:1:"t";i:1;}"#);
    }

    #[test]
    fn in_the_format_php_a_name_of_digits_is_a_name() {
        assert_eq!(merged("5|i:1;", "5|i:1;05|i:2;", "5|i:3;").unwrap(), "5|i:3;05|i:2;");
    }

    #[test]
    fn an_exclamation_mark_is_part_of_the_name() {
        assert_eq!(merged("!a|i:1;", "!a|i:1;m|i:2;", "!a|i:3;").unwrap(), "!a|i:3;m|i:2;");
    }
}

mod removed {
    use super::*;

    #[test]
    fn what_one_page_removes_stays_removed_though_the_other_has_changed_it() {
        value_becomes("1", "-", "2", "-");
        value_becomes("1", "2", "-", "-");
        value_becomes("{'id':1,'name':'A'}", "-", "{'id':1,'name':'A','seen':2}", "-");
        value_becomes("{'id':1,'name':'A'}", "{'id':1,'name':'A','seen':2}", "-", "-");
        value_becomes("['a']", "-", "['a','b']", "-");
        value_becomes("[]", "-", "5", "-");
    }

    #[test]
    fn of_an_array_in_which_nothing_is_as_it_was_the_new_keys_stand() {
        value_becomes("{'a':1}", "-", "{'b':2}", "{'b':2}");
        value_becomes("{'a':1}", "{'b':2}", "-", "{'b':2}");
        value_becomes("{'a':1}", "-", "{'a':3,'b':2}", "{'b':2}");
        value_becomes("{'a':{'x':1}}", "-", "{'a':{'y':1},'b':2}", "{'a':{'y':1},'b':2}");
        value_becomes("{'a':{'x':1,'z':1}}", "-", "{'a':{'x':2,'y':1},'b':2}", "{'a':{'y':1},'b':2}");
        value_becomes("[]", "-", "['b']", "['b']");
        value_becomes("null", "['b']", "-", "['b']");
        // Nothing is new in it.
        value_becomes("{'a':1}", "-", "{'a':2}", "-");
        // Something is as it was.
        value_becomes("{'a':1,'c':1}", "-", "{'a':1,'b':2}", "-");
    }

    #[test]
    fn a_list_that_took_the_place_of_what_was_removed_goes_too() {
        value_becomes("['a']", "-", "['b']", "-");
        value_becomes("['a']", "['b']", "-", "-");
        value_becomes("7", "-", "['b']", "-");
        value_becomes("{'k':'a'}", "-", "['a','b']", "-");
        value_becomes("['a','b']", "-", "{'1':'c'}", "-");
    }

    #[test]
    fn so_it_is_in_an_array_object_of_laminas() {
        let session = |storage: &str| {
            format!(r#"x|N;c|O:26:"Laminas\Stdlib\ArrayObject":2:{{s:7:"storage";{storage}s:4:"flag";i:2;}}"#)
        };
        let (base, theirs) = (session(r#"a:1:{s:1:"a";i:1;}"#), session(r#"a:2:{s:1:"a";i:2;s:1:"b";i:2;}"#));
        assert_eq!(merged(&base, "x|N;", &theirs).unwrap(), session(r#"a:1:{s:1:"b";i:2;}"#));
        assert_eq!(merged(&base, "x|N;", &session(r#"a:1:{s:1:"a";i:2;}"#)).unwrap(), "x|N;");
    }

    #[test]
    fn an_empty_array_is_nothing_new() {
        value_becomes("['a']", "-", "[]", "-");
        value_becomes("['a']", "[]", "-", "-");
    }
}

mod other_kinds {
    use super::*;

    #[test]
    fn null_or_a_scalar_in_the_place_of_an_array_stays() {
        value_becomes("{'id':1}", "null", "{'id':1,'seen':2}", "null");
        value_becomes("{'id':1}", "{'id':1,'seen':2}", "null", "null");
        value_becomes("{'id':1}", "{'id':1,'seen':2}", "false", "false");
        value_becomes("{'id':1}", "0", "null", "0");
    }

    #[test]
    fn null_or_a_scalar_in_the_place_of_an_object_stays() {
        let session = |value: &str| format!("v|{value}");
        let object = |id: u8| session(&format!(r#"O:4:"User":1:{{s:2:"id";i:{id};}}"#));
        assert_eq!(merged(&object(1), &object(2), &session("N;")).unwrap(), "v|N;");
        assert_eq!(merged(&object(1), &session("N;"), &object(2)).unwrap(), "v|N;");
        assert_eq!(merged(&object(1), &session("i:0;"), &session("N;")).unwrap(), "v|i:0;");
    }

    #[test]
    fn arrays_of_two_pages_where_none_was_are_merged_if_nothing_of_theirs_is_lost() {
        value_becomes("-", "{'m':1}", "{'t':2}", "{'t':2,'m':1}");
        value_becomes("null", "{'m':1}", "{'t':2}", "{'t':2,'m':1}");
        value_becomes("-", "{'same':1,'m':1}", "{'t':2,'same':1}", "{'t':2,'same':1,'m':1}");
        value_becomes("-", "{'x':{'m':1}}", "{'x':{'t':2}}", "{'x':{'t':2,'m':1}}");
        value_becomes("-", "['m','both']", "['t','both']", "['t','both','m']");
        value_becomes("-", "['m']", "{'t':2}", "{'t':2,'0':'m'}");
    }

    #[test]
    fn else_mine_stands_whole() {
        value_becomes("-", "{'id':1,'m':1}", "{'id':2,'t':1}", "{'id':1,'m':1}");
        value_becomes("5", "{'x':{'id':1}}", "{'x':{'id':2},'t':1}", "{'x':{'id':1}}");
        value_becomes("-", "['m']", "{'0':'t','a':1}", "['m']");
        value_becomes("-", "['m']", "'t'", "['m']");
        value_becomes("1", "'m'", "{'t':1}", "'m'");
    }
}

mod lists {
    use super::*;

    #[test]
    fn what_two_pages_append_is_all_there_theirs_first() {
        value_becomes("['a']", "['a','m']", "['a','t']", "['a','t','m']");
        value_becomes("[]", "['m','n']", "['t']", "['t','m','n']");
        value_becomes("-", "['m']", "['t']", "['t','m']");
        value_becomes("[{'id':1}]", "[{'id':1},{'id':2}]", "[{'id':1},{'id':3}]", "[{'id':1},{'id':3},{'id':2}]");
    }

    #[test]
    fn what_one_page_takes_out_is_gone_whatever_its_place() {
        value_becomes("['a','b','c']", "['b','c']", "['a','b','c','t']", "['b','c','t']");
        value_becomes("['a','b','c']", "['a','c','m']", "['a','b']", "['a','m']");
        value_becomes("['a','b']", "[]", "['a','b','t']", "['t']");
        value_becomes("['a','b']", "['a']", "['b']", "[]");
    }

    #[test]
    fn an_element_occurs_as_often_as_on_the_side_that_changed_its_number() {
        value_becomes("['a','a']", "['a']", "['a','a','t']", "['a','t']");
        value_becomes("['a']", "['a','a','a']", "['a','t']", "['a','t','a','a']");
    }

    #[test]
    fn of_what_mine_has_more_often_the_last_ones_are_new() {
        value_becomes("['x','a']", "['a','b','a']", "['x','a','t']", "['a','t','b','a']");
    }

    #[test]
    fn changed_by_both_the_smaller_number_counts_if_one_removed_some_else_the_greater() {
        value_becomes("['a','a','a']", "['a']", "['a','a']", "['a']");
        value_becomes("['a','a']", "['a']", "['a','a','a']", "['a']");
        value_becomes("['a','x']", "['a','a','a','x','m']", "['a','a','x']", "['a','a','x','a','m']");
        // The known price: the same thing appended by both is there once.
        value_becomes("[]", "['same','m']", "['same']", "['same','m']");
    }

    #[test]
    fn arrays_that_each_side_has_replaced_are_not_mixed() {
        let (base, mine) = ("[{'id':1,'n':1}]", "[{'id':1,'n':2}]");
        value_becomes(base, mine, "[{'id':1,'n':3}]", mine);
        value_becomes("[{'id':1},{'id':2}]", "[{'id':3},{'id':2}]", "[{'id':1},{'id':4}]", "[{'id':3},{'id':2}]");
        // Scalars are: nothing in them is torn.
        value_becomes("['old']", "['m']", "['t']", "['t','m']");
        // One side replaced, the other only appended.
        value_becomes(base, mine, "[{'id':1,'n':1},{'id':9}]", "[{'id':9},{'id':1,'n':2}]");
    }

    #[test]
    fn a_list_that_was_another_kind_of_array_is_merged_by_key() {
        value_becomes("{'x':1}", "['m']", "['t']", "['m']");
        value_becomes("{'x':1}", "['m']", "['t','u']", "['m','u']");
    }

    #[test]
    fn order_alone_changes_nothing_in_a_list() {
        value_becomes("['a','b']", "['b','a']", "['a','b','t']", "['a','b','t']");
        value_becomes("['a','b']", "['a','b','m']", "['b','a']", "['b','a','m']");
    }
}

mod objects {
    use super::*;

    const LAMINAS: &str = r"Laminas\Stdlib\ArrayObject";

    fn array_object(storage: &str, flag: u8) -> String {
        format!(r#"O:26:"{LAMINAS}":2:{{s:7:"storage";{storage}s:4:"flag";i:{flag};}}"#)
    }

    #[test]
    fn an_object_is_taken_whole() {
        let object = |members: &str| format!("o|{members}n|i:1;");
        let base = object(r#"O:8:"stdClass":2:{s:1:"a";i:1;s:1:"b";i:1;}"#);
        let mine = object(r#"O:8:"stdClass":2:{s:1:"a";i:2;s:1:"b";i:1;}"#);
        let theirs = object(r#"O:8:"stdClass":2:{s:1:"a";i:1;s:1:"b";i:2;}"#);
        assert_eq!(merged(&base, &mine, &theirs).unwrap(), mine);
        assert_eq!(
            merged(&base, &base.replace("n|i:1;", "n|i:2;"), &theirs).unwrap(),
            theirs.replace("n|i:1;", "n|i:2;")
        );
    }

    #[test]
    fn a_list_in_an_object_is_not_merged() {
        let object = |list: &str| format!(r#"o|O:1:"A":1:{{s:1:"l";{list}}}"#);
        let (base, mine) = (object("a:0:{}"), object("a:1:{i:0;i:1;}"));
        assert_eq!(merged(&base, &mine, &object("a:1:{i:0;i:2;}")).unwrap(), mine);
        // Nor the members of one that numbers them, as SplObjectStorage and ArrayObject do.
        let object = |members: &str| format!(r#"o|O:11:"ArrayObject":{members}"#);
        let (base, mine) = (object("1:{i:0;i:1;}"), object("2:{i:0;i:1;i:1;i:2;}"));
        assert_eq!(merged(&base, &mine, &object("2:{i:0;i:1;i:1;i:3;}")).unwrap(), mine);
    }

    #[test]
    fn a_class_with_a_format_of_its_own_is_taken_whole() {
        let session = |n: u8| format!(r#"n|i:1;o|C:1:"A":1:{{{n}}}"#);
        assert_eq!(merged(&session(1), &session(2), &session(3)).unwrap(), session(2));
    }

    #[test]
    fn the_array_in_an_array_object_of_laminas_is_merged() {
        let session = |storage: &str| format!("c|{}", array_object(storage, 2));
        let base = session(r#"a:1:{s:1:"a";i:1;}"#);
        let mine = session(r#"a:2:{s:1:"a";i:1;s:1:"m";i:2;}"#);
        let theirs = session(r#"a:2:{s:1:"a";i:1;s:1:"t";i:3;}"#);
        let expected = session(r#"a:3:{s:1:"a";i:1;s:1:"t";i:3;s:1:"m";i:2;}"#);
        assert_eq!(merged(&base, &mine, &theirs).unwrap(), expected);
        // Two pages have begun to use it.
        assert_eq!(merged("", &mine, &theirs).unwrap(), expected);
    }

    #[test]
    fn such_objects_that_differ_in_more_than_their_array_are_not_mixed() {
        let session = |storage: &str, flag| format!("c|{}", array_object(storage, flag));
        let mine = session(r#"a:1:{s:1:"m";i:2;}"#, 1);
        assert_eq!(merged(&session("a:0:{}", 2), &mine, &session(r#"a:1:{s:1:"t";i:3;}"#, 2)).unwrap(), mine);
    }

    #[test]
    fn such_an_object_of_another_class_or_without_an_array_is_an_object() {
        for (class, storage) in [("App\\Stdlib0\\ArrayObject", "a:0:{}"), (LAMINAS, "N;")] {
            let session =
                |extra: u8| format!(r#"c|O:{}:"{class}":2:{{s:7:"storage";{storage}s:1:"x";i:{extra};}}"#, class.len());
            assert_eq!(merged(&session(1), &session(2), &session(3)).unwrap(), session(2));
        }
    }
}

mod bytes {
    use super::*;

    #[test]
    fn what_no_side_has_changed_is_byte_for_byte_as_it_was() {
        // A float as another serialize_precision wrote it, a number with a sign, a count with zeros.
        let (base, mine) =
            ("f|d:0.10000000000000001;n|i:+5;s|s:02:\"ab\";", "f|d:0.10000000000000001;n|i:+5;s|s:02:\"ab\";m|N;");
        let theirs = "f|d:0.10000000000000001;n|i:+5;s|s:02:\"ab\";t|N;";
        assert_eq!(merged(base, mine, theirs).unwrap(), format!("{theirs}m|N;"));
    }

    #[test]
    fn json_keeps_the_bytes_of_its_numbers_and_strings() {
        let (base, mine) = (r#"{"n":1.50e+2,"s":"\u00fc"}"#, r#"{"n":1.50e+2,"s":"\u00fc","m":1}"#);
        let theirs = r#"{ "n" : 1.50e+2, "s":"\u00fc","t":123456789012345678901234567890}"#;
        let expected = r#"{"n":1.50e+2,"s":"\u00fc","t":123456789012345678901234567890,"m":1}"#;
        assert_eq!(merged(base, mine, theirs).unwrap(), expected);
    }

    #[test]
    fn an_object_of_json_stays_one_whatever_its_keys() {
        let (base, mine) = (r#"{"v":{"x":1,"0":1}}"#, r#"{"v":{"x":1,"0":1,"1":2}}"#);
        assert_eq!(merged(base, mine, r#"{"v":{"0":1}}"#).unwrap(), r#"{"v":{"0":1,"1":2}}"#);
        // As json_encode() writes it where one side has written a list.
        let (base, mine) = (r#"{"v":["a","b"]}"#, r#"{"v":{"1":"b"}}"#);
        assert_eq!(merged(base, mine, r#"{"v":["a","b","t"]}"#).unwrap(), r#"{"v":{"1":"b","2":"t"}}"#);
        assert_eq!(merged(base, r#"{"v":{}}"#, r#"{"v":["t","b"]}"#).unwrap(), r#"{"v":["t"]}"#);
    }

    #[test]
    fn merging_what_contains_mine_already_changes_no_byte() {
        let base = r#"{"a":[1]}"#;
        let theirs = "{ \"a\" : [ 1, 2, 3 ],\n \"b\" : 1 }";
        assert_eq!(merged(base, r#"{"a":[1,2]}"#, theirs).unwrap(), theirs);
    }
}
