//! What a read asks for, and what its failure means.

use dynamosess::error::Cause;
use serde_json::json;

use super::{GET, UPDATE, b, opened, throttled, unreachable};
use crate::site;

const NONE: [&str; 0] = [];

#[test]
fn a_read_is_one_call() {
    let t = site();
    t.session("v", b"n|i:1;");
    let (data, calls) = t.calls_of(|| t.reads("v"));
    assert_eq!((data, calls), (b"n|i:1;".to_vec(), vec![GET.to_owned()]));
}

#[test]
fn an_id_made_just_now_is_free_and_its_read_sends_nothing() {
    let t = site();
    let mut handler = t.handler();
    let ((), calls) = t.calls_of(|| {
        handler.created(b"v");
        assert_eq!(handler.validate(b"v"), Ok(false));
        assert_eq!(handler.read(b"v").unwrap(), b"");
    });
    assert_eq!(calls, NONE);
}

#[test]
fn a_new_session_is_one_call() {
    let t = site();
    let mut handler = t.handler();
    let ((), calls) = t.calls_of(|| {
        handler.created(b"v");
        handler.read(b"v").unwrap();
        handler.write(b"v", b"n|i:1;").unwrap();
        handler.close();
    });
    assert_eq!(calls, [UPDATE]);
    assert_eq!(t.reads("v"), b"n|i:1;");
}

#[test]
fn an_id_handed_out_and_opened_later_is_read() {
    let t = site();
    let mut handler = t.handler();
    handler.created(b"v");
    t.session("v", b"n|i:1;");
    handler.open(t.context(|_| {}), "S", None);
    assert_eq!(handler.read(b"v").unwrap(), b"n|i:1;");
}

#[test]
fn validation_and_the_read_after_it_share_one_call() {
    let t = site();
    t.session("v", b"n|i:1;");
    for (id, exists, data) in [(&b"v"[..], true, &b"n|i:1;"[..]), (b"missing", false, b"")] {
        let mut handler = t.handler();
        let ((), calls) = t.calls_of(|| {
            assert_eq!(handler.validate(id), Ok(exists));
            assert_eq!(handler.read(id).unwrap(), data);
        });
        assert_eq!(calls, [GET]);
    }
}

#[test]
fn what_validation_has_read_is_used_once() {
    let t = site();
    t.session("v", b"n|i:1;");
    let mut handler = t.handler();
    handler.validate(b"v").unwrap();
    handler.read(b"v").unwrap();
    t.session("v", b"n|i:2;");
    let (data, calls) = t.calls_of(|| handler.read(b"v").unwrap());
    assert_eq!((data, calls), (b"n|i:2;".to_vec(), vec![GET.to_owned()]));
}

#[test]
fn what_validation_has_read_is_dropped_by_open_close_write_and_destroy() {
    let t = site();
    type Act = fn(&mut dynamosess::session::Handler, &super::Site);
    let acts: [(&str, Act); 4] = [
        ("open", |handler, t| handler.open(t.context(|_| {}), "S", None)),
        ("close", |handler, _| handler.close()),
        ("write", |handler, _| handler.write(b"v", b"n|i:2;").unwrap()),
        ("destroy", |handler, _| handler.destroy(b"v").unwrap()),
    ];
    for (name, act) in acts {
        t.session("v", b"n|i:1;");
        let mut handler = t.handler();
        handler.validate(b"v").unwrap();
        act(&mut handler, &t);
        let (_, calls) = t.calls_of(|| handler.read(b"v").unwrap());
        assert_eq!(calls, [GET], "{name}");
    }
}

#[test]
fn a_session_begun_and_not_yet_stored_is_there_when_it_is_opened_again_and_not_after_its_close() {
    let t = site();
    let mut handler = t.handler();
    handler.created(b"v");
    assert_eq!(handler.read(b"v").unwrap(), b"");
    handler.open(t.context(|_| {}), "S", None);
    assert_eq!((handler.validate(b"v"), handler.read(b"v").unwrap()), (Ok(true), Vec::new()));
    handler.close();
    assert_eq!(handler.validate(b"v"), Ok(false));
}

#[test]
fn what_validation_has_read_is_of_one_id() {
    let t = site();
    t.session("v", b"n|i:1;");
    t.session("w", b"n|i:2;");
    let mut handler = t.handler();
    handler.validate(b"v").unwrap();
    assert_eq!(handler.read(b"w").unwrap(), b"n|i:2;");
}

#[test]
fn an_error_before_the_read_keeps_the_id_and_the_read_fails_with_it_at_once() {
    let t = site();
    for fault in [unreachable(), throttled()] {
        let mut handler = t.handler();
        t.backstage.fault(fault);
        let ((exists, error), calls) = t.calls_of(|| (handler.validate(b"v"), handler.read(b"v").unwrap_err()));
        assert_eq!(exists, Ok(true));
        assert!(["ConnectError", "ThrottlingException"].contains(&error.code()), "{error}");
        assert_eq!(calls, [GET]);
    }
}

#[test]
fn after_a_failed_read_nothing_is_written() {
    let t = site();
    t.session("v", b"n|i:1;");
    for fault in [unreachable(), throttled()] {
        let mut handler = t.handler();
        t.backstage.fault(fault);
        handler.read(b"v").unwrap_err();
        let ((), calls) = t.calls_of(|| {
            handler.write(b"v", b"n|i:9;").unwrap_err();
            handler.touch(b"v", b"n|i:9;").unwrap_err();
            let _ = handler.write_early(b"v", b"n|i:9;");
        });
        assert_eq!(calls, NONE);
        assert_eq!(t.data("v").unwrap(), b"n|i:1;");
    }
}

#[test]
fn a_failed_read_is_not_forgotten_over_many_other_ids() {
    let t = site();
    t.session("v", b"n|i:1;");
    let mut handler = t.handler();
    t.backstage.fault(throttled());
    handler.read(b"v").unwrap_err();
    for other in 0..70 {
        let id = format!("other{other}");
        handler.created(id.as_bytes());
        handler.read(id.as_bytes()).unwrap();
    }
    let _ = handler.write(b"v", b"n|i:9;");
    assert_eq!(t.data("v").unwrap(), b"n|i:1;");
}

#[test]
fn what_cannot_be_decoded_makes_the_read_fail_and_stays_as_it_is() {
    let t = site();
    let broken = b(&[0xFF, b'|', 0xFF, b'd', 1, 9, 9]);
    t.put("v", json!({ "data": broken.clone(), "expires": t.in_seconds(100) }));
    let mut handler = t.handler();
    assert!(matches!(handler.read(b"v").unwrap_err().cause, Cause::Undecodable(_)));
    handler.write(b"v", b"").unwrap_err();
    assert_eq!(super::json_of(&t.item("v").unwrap()["data"]), broken);
}

#[test]
fn after_a_total_failure_later_starts_in_the_same_request_fail_at_once() {
    let t = site();
    let context = t.context(|_| {});
    t.backstage.fault(unreachable());
    opened(&context).read(b"v").unwrap_err();
    let (error, calls) = t.calls_of(|| opened(&context).read(b"w").unwrap_err());
    assert_eq!((error.code(), calls), ("ConnectError", vec![]));
}

#[test]
fn a_new_request_tries_anew() {
    let t = site();
    t.session("v", b"n|i:1;");
    let context = t.context(|_| {});
    t.backstage.fault(unreachable());
    opened(&context).read(b"v").unwrap_err();
    context.outage.forget();
    assert_eq!(opened(&context).read(b"v").unwrap(), b"n|i:1;");
}

#[test]
fn a_refusal_by_the_service_is_no_total_failure() {
    let t = site();
    t.session("v", b"n|i:1;");
    let context = t.context(|_| {});
    t.backstage.fault(throttled());
    opened(&context).read(b"v").unwrap_err();
    assert_eq!(opened(&context).read(b"v").unwrap(), b"n|i:1;");
}

#[test]
fn an_eventually_consistent_read_that_finds_a_session_is_one_call() {
    let t = site();
    t.session("v", b"n|i:1;");
    let mut handler = t.handler_with(|settings| settings.consistent_read = false);
    let (data, calls) = t.calls_of(|| handler.read(b"v").unwrap());
    assert_eq!((data, calls), (b"n|i:1;".to_vec(), vec![GET.to_owned()]));
}

#[test]
fn an_eventually_consistent_answer_that_there_is_none_is_confirmed() {
    let t = site();
    t.put("expired", json!({ "data": b(b"n|i:1;"), "expires": t.in_seconds(-5) }));
    for id in [&b"missing"[..], b"expired"] {
        let mut handler = t.handler_with(|settings| settings.consistent_read = false);
        let (data, calls) = t.calls_of(|| handler.read(id).unwrap());
        assert_eq!((data, calls), (Vec::new(), vec![GET.to_owned(); 2]));
        let mut handler = t.handler_with(|settings| settings.consistent_read = false);
        let ((), calls) = t.calls_of(|| {
            assert_eq!(handler.validate(id), Ok(false));
            handler.read(id).unwrap();
        });
        assert_eq!(calls, [GET, GET]);
    }
}

#[test]
fn reads_and_bytes_are_counted() {
    let t = site();
    t.session("v", b"n|i:1;");
    let (reads, bytes) = (t.stats.reads.get(), t.stats.bytes_read.get());
    t.reads("v");
    assert_eq!((t.stats.reads.get() - reads, t.stats.bytes_read.get() - bytes), (1, 6));
}

#[test]
fn ids_that_are_validated_and_never_read_are_forgotten() {
    let t = site();
    t.session("v", b"n|i:1;");
    let mut handler = t.handler();
    assert_eq!(handler.validate(b"v"), Ok(true));
    for n in 0..64 {
        assert_eq!(handler.validate(format!("nobody{n}").as_bytes()), Ok(false));
    }
    let read = |handler: &mut super::Handler, id: &str| t.calls_of(|| handler.read(id.as_bytes()).unwrap());
    assert_eq!(read(&mut handler, "nobody63").1.len(), 0);
    assert_eq!(read(&mut handler, "v"), (b"n|i:1;".to_vec(), vec!["GetItem".to_owned()]));
}
