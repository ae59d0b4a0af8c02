//! Which ids are taken.

use dynamosess::error::Cause;

use crate::site;

#[test]
fn ids_that_cannot_be_keys_are_refused_without_a_request() {
    let t = site();
    let most = 2_048 - t.prefix.len() - "S_".len();
    let mut handler = t.handler();
    for id in [&b""[..], b"v_", &[0xFF, 0xFE], &vec![b'a'; most + 1]] {
        let ((), calls) = t.calls_of(|| {
            for result in [
                handler.read(id).map(drop),
                handler.write(id, b"n|i:1;"),
                handler.touch(id, b"n|i:1;"),
                handler.destroy(id),
                handler.validate(id).map(drop),
            ] {
                assert!(matches!(result.unwrap_err().cause, Cause::Id(_)));
            }
            handler.created(id);
        });
        assert!(calls.is_empty());
    }
}

#[test]
fn a_key_of_2048_bytes_is_taken() {
    let t = site();
    let id = "a".repeat(2_048 - t.prefix.len() - "S_".len());
    t.session(&id, b"n|i:1;");
    assert_eq!(t.reads(&id), b"n|i:1;");
}

#[test]
fn without_a_session_name_ids_that_trimming_would_alter_are_refused() {
    let t = site();
    let mut handler = super::Handler::new(t.context(|_| {}));
    assert!(handler.read(b"_v").is_err());
    assert!(handler.read(b"v").is_ok());
}

#[test]
fn odd_ids_of_the_class_keep_their_sessions_apart() {
    let t = site();
    let ids = ["a b", "a/b", "a\"b", "ä", "a'b", "a=b", "A=B", "0"];
    for id in ids {
        t.session(id, id.as_bytes());
    }
    for id in ids {
        assert_eq!(t.reads(id), id.as_bytes());
    }
}
