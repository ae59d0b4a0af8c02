//! What two requests on one session wait for, see, store and are told, and what it costs.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use dynamosess::clock::Clock;
use dynamosess::config::Settings;
use dynamosess::dynamodb::{AttributeValue, Item};
use dynamosess::error::Cause;
use dynamosess::session::item::LOCK;
use dynamosess::session::{Context, Handler};
use dynamosess::testing::memory::Fault;

use crate::site::{NOW, SECOND, Site, cause, trouble};

#[test]
fn a_page_that_changes_its_session_makes_two_calls_as_without_locking() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    site.calls();
    site.page(b"n|i:2;").unwrap();
    assert_eq!(site.calls(), ["UpdateItem", "UpdateItem"]);
    assert_eq!(site.units(), (0, 4));
}

#[test]
fn an_unchanged_page_takes_the_lock_and_gives_it_back() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    site.calls();
    site.page(b"n|i:1;").unwrap();
    assert_eq!(site.calls(), ["UpdateItem", "UpdateItem"]);
    assert!(!site.is_locked());
}

#[test]
fn a_new_session_costs_one_call_more_than_without_locking() {
    let site = Site::new();
    let mut handler = site.request();
    handler.created(b"v");
    assert_eq!(handler.read(b"v").unwrap(), b"");
    handler.write(b"v", b"n|i:1;").unwrap();
    handler.close();
    assert_eq!(site.calls(), ["UpdateItem", "UpdateItem"]);
    assert!(!site.is_locked() && site.item().contains_key("gen"));
}

#[test]
fn strict_mode_takes_the_lock_when_it_validates_and_asks_no_second_time() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    site.calls();
    let mut handler = site.request();
    assert!(handler.validate(b"v").unwrap());
    assert!(site.is_locked());
    assert_eq!(handler.read(b"v").unwrap(), b"n|i:1;");
    handler.write(b"v", b"n|i:2;").unwrap();
    assert_eq!(site.calls(), ["UpdateItem", "UpdateItem"]);
}

#[test]
fn strict_mode_makes_no_item_of_an_id_that_nobody_has() {
    let site = Site::new();
    let mut handler = site.request();
    assert!(!handler.validate(b"v").unwrap());
    handler.close();
    assert_eq!(site.calls(), ["UpdateItem", "GetItem"], "a refusal that shows no item is looked into");
    assert_eq!(site.store().item("v"), None);
}

#[test]
fn an_id_found_free_and_used_nevertheless_is_locked_before_it_is_read() {
    let site = Site::new();
    let mut handler = site.request();
    assert!(!handler.validate(b"v").unwrap());
    handler.read(b"v").unwrap();
    assert!(site.is_locked());
}

#[test]
fn a_waiter_sees_what_the_holder_has_written() {
    let site = Site::new();
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    site.after(SECOND * 2, move || holder.write(b"v", b"n|i:1;").unwrap());
    let mut waiter = site.request();
    assert_eq!(waiter.read(b"v").unwrap(), b"n|i:1;");
    waiter.write(b"v", b"n|i:2;").unwrap();
    assert_eq!(site.data(), b"n|i:2;");
}

#[test]
fn under_strict_mode_too_a_waiter_sees_the_session_that_the_holder_begins() {
    for wait in [2, 70] {
        let site = Site::with(|settings| settings.max_lock_wait_time = SECOND * 100);
        let mut holder = site.request();
        holder.read(b"v").unwrap();
        // Longer than the item's first `expires`: the holder's renewals show that he lives.
        for second in 1..wait {
            let renewals = Arc::clone(&site.renewals);
            site.after(SECOND * second, move || {
                renewals.turn();
            });
        }
        site.after(SECOND * wait, move || holder.write(b"v", b"n|i:1;").unwrap());
        let mut waiter = site.request();
        assert!(waiter.validate(b"v").unwrap(), "{wait}");
        assert_eq!(waiter.read(b"v").unwrap(), b"n|i:1;");
    }
}

#[test]
fn waiting_ends_after_max_lock_wait_time_and_says_how_long_it_was() {
    let site = Site::with(|settings| settings.max_lock_wait_time = Duration::from_millis(2_500));
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    let mut waiter = site.request();
    let error = waiter.read(b"v").unwrap_err();
    assert_eq!(error.cause, Cause::Locked(Duration::from_millis(2_500)));
    assert!(error.to_string().contains("2.5 s"), "{error}");
    waiter.close();
    assert!(site.is_locked(), "the holder's lock stays");
    holder.write(b"v", b"n|i:1;").unwrap();
}

#[test]
fn after_a_wait_in_vain_nothing_is_written() {
    let site = Site::with(|settings| settings.max_lock_wait_time = Duration::ZERO);
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    let mut waiter = site.request();
    assert!(waiter.read(b"v").is_err());
    assert!(waiter.write(b"v", b"n|i:9;").is_err());
    holder.write(b"v", b"n|i:1;").unwrap();
    assert_eq!(site.data(), b"n|i:1;");
}

#[test]
fn two_ids_never_block_each_other() {
    let site = Site::new();
    let (mut one, mut other) = (site.request(), site.request());
    one.read(b"v").unwrap();
    other.read(b"w").unwrap();
    assert!(site.clock.0.slept().is_empty());
    assert_eq!(site.calls().len(), 2);
}

#[test]
fn session_reset_recognises_its_own_lock() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let context = site.context(&site.settings);
    let mut handler = Handler::new(context.clone());
    for _ in 0..2 {
        handler.open(context.clone(), "", None);
        assert_eq!(handler.read(b"v").unwrap(), b"n|i:1;");
    }
    assert!(site.clock.0.slept().is_empty());
    handler.write(b"v", b"n|i:2;").unwrap();
    assert_eq!(site.data(), b"n|i:2;");
}

#[test]
fn session_reset_of_a_session_not_stored_yet_keeps_its_id_and_it_is_new_still() {
    let site = Site::new();
    let context = site.context(&site.settings);
    let mut handler = Handler::new(context.clone());
    handler.open(context.clone(), "", None);
    handler.created(b"v");
    handler.read(b"v").unwrap();
    site.work(SECOND * 30);
    handler.open(context, "", None);
    assert!(handler.validate(b"v").unwrap());
    assert_eq!(handler.read(b"v").unwrap(), b"");
    handler.write(b"v", b"n|i:1;").unwrap();
    assert!(site.item().contains_key("gen"), "a session of ours, renewed lock or not");
}

#[test]
fn a_second_start_in_one_request_takes_the_lock_anew() {
    let site = Site::new();
    let mut handler = site.request();
    for n in [b"n|i:1;", b"n|i:2;"] {
        handler.read(b"v").unwrap();
        assert!(site.is_locked());
        handler.write(b"v", n).unwrap();
        assert!(!site.is_locked());
    }
    assert!(site.clock.0.slept().is_empty());
}

#[test]
fn close_and_the_end_of_the_object_free_what_no_write_has_freed() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut closed = site.request();
    closed.read(b"v").unwrap();
    closed.close();
    assert!(!site.is_locked());
    let mut dropped = site.request();
    dropped.read(b"v").unwrap();
    drop(dropped);
    assert!(!site.is_locked());
    assert_eq!(site.data(), b"n|i:1;");
}

#[test]
fn a_new_session_that_is_abandoned_leaves_nothing_behind() {
    let site = Site::new();
    let mut handler = site.request();
    handler.read(b"v").unwrap();
    handler.close();
    assert_eq!(site.store().item("v"), None);
    assert_eq!(site.calls(), ["UpdateItem", "DeleteItem"]);
}

#[test]
fn an_abandoned_new_session_leaves_others_attributes_and_what_others_stored_there() {
    let site = Site::new();
    site.store().put("v", Item::from([("theirs".to_owned(), AttributeValue::number(5))]));
    let mut handler = site.request();
    handler.read(b"v").unwrap();
    handler.close();
    let item = site.item();
    assert!(item.contains_key("theirs") && !item.contains_key("expires") && !item.contains_key(LOCK));
    let mut handler = site.request();
    handler.read(b"w").unwrap();
    let mut without = site.request_with(&Settings { locking: false, ..site.settings.clone() });
    without.write(b"w", b"n|i:1;").unwrap();
    handler.close();
    let item = site.store().item("w").unwrap();
    assert!(item.contains_key("data") && !item.contains_key(LOCK));
}

#[test]
fn the_ghost_of_a_killed_holder_ends_by_itself_and_is_no_session() {
    let site = Site::new();
    let mut killed = site.request();
    killed.read(b"v").unwrap();
    std::mem::forget(killed);
    site.stall(SECOND * 61);
    let mut without = site.request_with(&Settings { locking: false, ..site.settings.clone() });
    assert!(!without.validate(b"v").unwrap());
    site.stall(SECOND);
    let mut next = site.request();
    assert_eq!(next.read(b"v").unwrap(), b"");
    next.write(b"v", b"n|i:1;").unwrap();
    assert!(site.item().contains_key("gen"));
}

#[test]
fn a_killed_holders_lock_is_free_two_seconds_after_its_lifetime_with_the_previous_data() {
    let site = Site::with(|settings| settings.max_lock_wait_time = SECOND * 100);
    site.page(b"n|i:1;").unwrap();
    let mut killed = site.request();
    killed.read(b"v").unwrap();
    std::mem::forget(killed);
    let started = site.clock.monotonic();
    let mut next = site.request();
    assert_eq!(next.read(b"v").unwrap(), b"n|i:1;");
    let waited = site.clock.monotonic() - started;
    assert!(waited >= SECOND * 62 && waited < Duration::from_millis(62_100), "{waited:?}");
}

#[test]
fn a_living_holder_keeps_his_lock_for_as_long_as_he_is_busy_up_to_an_hour() {
    let site = Site::with(|settings| settings.max_lock_wait_time = Duration::ZERO);
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    for _ in 0..59 {
        site.work(SECOND * 60);
        assert!(site.request().read(b"v").is_err());
    }
    site.work(SECOND * 300);
    assert!(site.request().read(b"v").is_ok(), "not for ever");
    assert!(site.calls().len() < 59 * 8, "renewed at a third of the lifetime, not more");
}

#[test]
fn nothing_is_renewed_after_the_write_or_the_close() {
    let site = Site::new();
    let (mut wrote, mut closed) = (site.request(), site.request());
    wrote.read(b"v").unwrap();
    wrote.write(b"v", b"n|i:1;").unwrap();
    closed.read(b"v").unwrap();
    closed.close();
    site.calls();
    site.work(SECOND * 100);
    assert!(site.calls().is_empty());
    assert_eq!(site.renewals.turn(), None);
}

#[test]
fn a_refused_renewal_is_the_last_and_the_write_is_refused_by_the_fence() {
    let site = Site::new();
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    site.stall(SECOND * 70);
    site.page(b"n|i:2;").unwrap();
    site.calls();
    site.work(SECOND * 100);
    assert_eq!(site.calls(), ["UpdateItem"]);
    let error = holder.write(b"v", b"n|i:1;").unwrap_err();
    assert!(error.to_string().contains("lock lost"), "{error}");
    assert_eq!(site.data(), b"n|i:2;");
}

#[test]
fn a_failed_renewal_is_tried_again_soon() {
    let site = Site::new();
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    site.stall(SECOND * 20);
    site.store().fault(Fault::Fails(Cause::Timeout(SECOND)));
    site.calls();
    assert_eq!(site.renewals.turn(), Some(Duration::from_millis(250)));
    site.stall(Duration::from_millis(250));
    assert_eq!(site.renewals.turn(), Some(SECOND * 20));
    assert_eq!(site.calls(), ["UpdateItem", "UpdateItem"]);
}

#[test]
fn a_holder_who_stalled_past_his_lease_neither_overwrites_nor_frees_his_successors_lock() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let (mut stalled, mut next) = (site.request(), site.request());
    stalled.read(b"v").unwrap();
    site.stall(SECOND * 63);
    next.read(b"v").unwrap();
    assert_eq!(cause(stalled.write(b"v", b"n|i:9;")), Cause::LockLost);
    assert_eq!(cause(stalled.write(b"v", b"n|i:9;")), Cause::LockLost, "nor by a second write without the lock");
    stalled.close();
    assert!(site.is_locked());
    next.write(b"v", b"n|i:2;").unwrap();
    assert_eq!(site.data(), b"n|i:2;");
}

#[test]
fn a_lost_lock_without_changes_is_no_error() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut stalled = site.request();
    stalled.read(b"v").unwrap();
    site.stall(SECOND * 63);
    site.page(b"n|i:2;").unwrap();
    stalled.write(b"v", b"n|i:1;").unwrap();
    assert_eq!(site.data(), b"n|i:2;");
}

#[test]
fn a_session_destroyed_under_its_lock_is_not_written_again_and_the_warning_says_so() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    for begun_anew in [false, true] {
        let mut holder = site.request();
        holder.read(b"v").unwrap();
        site.request().destroy(b"v").unwrap();
        if begun_anew {
            site.page(b"new|i:1;").unwrap();
        }
        let error = holder.write(b"v", b"n|i:2;").unwrap_err();
        assert_eq!(error.cause, Cause::DestroyedUnderLock, "{begun_anew}");
        assert!(error.to_string().contains("destroyed"), "{error}");
        holder.close();
        if begun_anew {
            assert_eq!(site.data(), b"new|i:1;");
        } else {
            assert_eq!(site.store().item("v"), None);
            site.page(b"n|i:1;").unwrap();
        }
    }
}

#[test]
fn a_lock_that_stays_on_what_another_program_has_put_there_is_freed() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    let mut theirs = site.item();
    theirs.remove("gen");
    site.store().put("v", theirs);
    assert_eq!(holder.write(b"v", b"n|i:2;").unwrap_err().cause, Cause::DestroyedUnderLock);
    assert!(!site.is_locked());
    assert_eq!(site.data(), b"n|i:1;");
}

#[test]
fn a_holder_destroys_his_own_session_with_its_lock() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    site.calls();
    holder.destroy(b"v").unwrap();
    holder.close();
    assert_eq!(site.calls(), ["DeleteItem"]);
    assert_eq!(site.store().item("v"), None);
}

#[test]
fn a_session_that_could_not_be_destroyed_is_unlocked_at_close() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    let throttled = Cause::Service { status: 400, code: "ThrottlingException".into(), message: String::new() };
    site.store().fault(Fault::Fails(throttled));
    assert!(holder.destroy(b"v").is_err());
    assert!(site.is_locked());
    holder.close();
    assert!(!site.is_locked());
}

#[test]
fn a_write_by_somebody_without_a_lock_leaves_the_lock_alone() {
    let site = Site::new();
    let without = Settings { locking: false, ..site.settings.clone() };
    for has_session in [true, false] {
        if has_session {
            site.page(b"n|i:1;").unwrap();
        }
        let mut holder = site.request();
        holder.read(b"v").unwrap();
        let mut other = site.request_with(&without);
        other.read(b"v").unwrap();
        other.write(b"v", b"n|i:7;").unwrap();
        assert!(site.is_locked(), "{has_session}");
        holder.write(b"v", b"n|i:2;").unwrap();
        assert_eq!(site.data(), b"n|i:2;");
        site.request().destroy(b"v").unwrap();
    }
}

#[test]
fn a_write_without_a_lock_leaves_a_living_holders_lock_on_an_expired_session() {
    let site = Site::new();
    site.page(b"old|i:1;").unwrap();
    site.stall(SECOND * 10_000);
    let mut holder = site.request();
    assert_eq!(holder.read(b"v").unwrap(), b"");
    let mut other = site.request_with(&Settings { locking: false, ..site.settings.clone() });
    other.read(b"v").unwrap();
    other.write(b"v", b"n|i:7;").unwrap();
    holder.write(b"v", b"n|i:2;").unwrap();
    assert_eq!(site.data(), b"n|i:2;");
}

#[test]
fn an_answer_lost_after_the_lock_was_taken_renewed_written_through_or_freed_is_recognised() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut handler = site.request();
    site.store().fault(Fault::AnswerLost);
    assert_eq!(handler.read(b"v").unwrap(), b"n|i:1;");
    assert!(site.clock.0.slept().is_empty(), "it is not waited for oneself");
    site.stall(SECOND * 21);
    site.store().fault(Fault::AnswerLost);
    site.renewals.turn();
    site.store().fault(Fault::AnswerLost);
    handler.write(b"v", b"n|i:2;").unwrap();
    assert_eq!(site.data(), b"n|i:2;");
    handler.read(b"v").unwrap();
    site.store().fault(Fault::AnswerLost);
    handler.close();
    assert!(!site.is_locked());
}

#[test]
fn a_new_sessions_lost_answers_are_recognised_too() {
    let site = Site::new();
    let mut handler = site.request();
    site.store().fault(Fault::AnswerLost);
    assert_eq!(handler.read(b"v").unwrap(), b"");
    site.store().fault(Fault::AnswerLost);
    handler.write(b"v", b"n|i:1;").unwrap();
    assert!(site.item().contains_key("gen"));
    handler.read(b"w").unwrap();
    site.store().fault(Fault::AnswerLost);
    handler.close();
    assert_eq!(site.store().item("w"), None);
}

#[test]
fn a_lock_whose_answer_never_came_is_given_back_at_close() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut handler = site.request();
    site.store().fault(Fault::ServedThenFails(Cause::Timeout(SECOND)));
    assert!(handler.read(b"v").is_err());
    assert!(site.is_locked());
    handler.close();
    assert!(!site.is_locked());
}

#[test]
fn a_write_that_was_served_and_failed_is_recognised_when_the_caller_repeats_it() {
    for new in [true, false] {
        let site = Site::new();
        if !new {
            site.page(b"n|i:1;").unwrap();
        }
        let mut handler = site.request();
        handler.read(b"v").unwrap();
        let lost = Cause::Service { status: 500, code: "InternalServerError".into(), message: String::new() };
        site.store().fault(Fault::ServedThenFails(lost));
        assert!(handler.write(b"v", b"n|i:2;").is_err());
        handler.write(b"v", b"n|i:2;").unwrap();
        assert_eq!(site.data(), b"n|i:2;");
    }
}

#[test]
fn after_an_outage_close_tries_once_within_half_a_second() {
    let site = Site::new();
    let (mut handler, mut other) = (site.request(), site.request());
    handler.read(b"v").unwrap();
    handler.read(b"w").unwrap();
    other.read(b"x").unwrap();
    site.store().fault(Fault::Fails(Cause::Timeout(SECOND * 5)));
    assert!(handler.write(b"v", b"n|i:1;").is_err());
    site.calls();
    handler.close();
    let calls = site.calls();
    assert_eq!(calls.len(), 2, "the memory store answers at once: {calls:?}");
    assert!(!site.is_locked());
}

#[test]
fn a_first_request_on_a_machine_an_hour_ahead_robs_nobody() {
    let site = Site::with(|settings| settings.max_lock_wait_time = Duration::ZERO);
    site.page(b"n|i:1;").unwrap();
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    // Its clock is corrected by the first reply only, as the real client does; this store corrects none.
    let store = site.behind_a_clock_that_is_off_by(3_600);
    let ahead = Context { clock: Arc::clone(&store.clock), ..site.context(&site.settings) };
    let mut handler = Handler::new(Context { store: Arc::new(store), ..ahead });
    assert!(handler.read(b"v").is_err());
    holder.write(b"v", b"n|i:2;").unwrap();
    assert_eq!(handler.read(b"v").unwrap(), b"n|i:2;");
}

#[test]
fn a_lock_taken_by_a_machine_an_hour_wrong_is_mended_at_once() {
    for hour in [-3_600, 3_600] {
        let site = Site::new();
        site.page(b"n|i:1;").unwrap();
        let store = site.behind_a_clock_that_is_off_by(hour);
        let wrong = Context { clock: Arc::clone(&store.clock), ..site.context(&site.settings) };
        let mut handler = Handler::new(Context { store: Arc::new(store), ..wrong });
        handler.read(b"v").unwrap();
        let until = site.item()[LOCK].as_i64().unwrap();
        assert!((until - (NOW as i64 + 60) * 1_000).abs() <= 1_000, "{hour} {until}");
    }
}

#[test]
fn a_living_sdk_holder_is_waited_for_and_his_write_seen() {
    let site = Rc::new(Site::new());
    site.lock_as_sdk(1_000);
    let sdk = Rc::clone(&site);
    site.after(SECOND * 3, move || {
        let mut item = sdk.item();
        item.insert("data".into(), AttributeValue::String("n|i:2;".into()));
        item.insert("expires".into(), AttributeValue::number(sdk.corrected.now() + 1_000));
        item.remove(LOCK);
        sdk.store().put("v", item);
    });
    let mut waiter = site.request();
    assert_eq!(waiter.read(b"v").unwrap(), b"n|i:2;");
    let writes = site.calls().iter().filter(|call| **call == "UpdateItem").count();
    assert_eq!(writes, 3, "the first try, the mark, the acquisition");
}

#[test]
fn a_short_sdk_page_is_not_even_marked() {
    let site = Rc::new(Site::new());
    site.lock_as_sdk(1_000);
    let sdk = Rc::clone(&site);
    site.after(SECOND, move || {
        let mut item = sdk.item();
        item.remove(LOCK);
        sdk.store().put("v", item);
    });
    site.request().read(b"v").unwrap();
    assert_eq!(site.calls().iter().filter(|call| **call == "UpdateItem").count(), 3, "try, acquire, and the unlock");
}

#[test]
fn a_dead_sdk_holder_is_taken_over_after_a_lifetime_across_requests_and_not_before() {
    let site = Site::new();
    site.lock_as_sdk(1_000);
    let started = site.clock.monotonic();
    let mut tries = 0;
    loop {
        tries += 1;
        if site.request().read(b"v").is_ok() {
            break;
        }
    }
    let took = site.clock.monotonic() - started;
    assert!(took >= SECOND * 60 && took <= SECOND * 65, "{took:?}");
    assert!(tries >= 6);
}

#[test]
fn every_write_of_the_sdk_begins_the_count_anew() {
    let site = Site::new();
    for second in 0..10 {
        site.lock_as_sdk(1_000 + second);
        assert!(site.request().read(b"v").is_err(), "{second}");
    }
}

#[test]
fn a_write_of_the_sdk_that_ignores_locks_is_not_overwritten() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    let mut item = site.item();
    item.insert("data".into(), AttributeValue::String("n|i:5;".into()));
    item.remove(LOCK);
    site.store().put("v", item);
    assert_eq!(cause(holder.write(b"v", b"n|i:2;")), Cause::LockLost);
    assert_eq!(site.item()["data"], AttributeValue::String("n|i:5;".into()));
}

#[test]
fn settings_that_change_between_two_starts_free_what_the_old_ones_held() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut handler = site.request();
    handler.read(b"v").unwrap();
    handler.open(site.context(&Settings { locking: false, ..site.settings.clone() }), "", None);
    assert!(!site.is_locked());
    assert_eq!(handler.read(b"v").unwrap(), b"n|i:1;");
    assert!(!site.is_locked());
}

#[test]
fn the_largest_session_that_is_stored_can_be_locked_again() {
    let site = Site::new();
    let largest = (409_300..409_600).rev().find(|size| site.page(&vec![7; *size]).is_ok()).unwrap();
    assert!(site.page(&vec![8; largest]).is_ok());
    assert!(site.page(&vec![7; largest + 1]).is_err());
}

#[test]
fn of_two_different_writes_whose_answers_were_lost_none_passes_for_the_other() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    site.store().fault(Fault::ServedThenFails(trouble()));
    holder.write(b"v", b"n|i:2;").unwrap_err();
    let mut next = site.request();
    assert_eq!(next.read(b"v").unwrap(), b"n|i:2;");
    assert_eq!(cause(holder.write(b"v", b"n|i:3;")), Cause::LockGivenBack, "by the first one, which was served");
    assert_eq!(site.data(), b"n|i:2;");
}

#[test]
fn the_old_data_written_back_after_a_write_whose_answer_was_lost_are_stored_or_refused() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    site.store().fault(Fault::ServedThenFails(trouble()));
    holder.write(b"v", b"n|i:2;").unwrap_err();
    holder.write(b"v", b"n|i:1;").unwrap();
    assert_eq!(site.data(), b"n|i:1;");
}

#[test]
fn a_second_write_counts_only_where_nobody_else_has_had_the_lock_since() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut twice = site.request();
    twice.read(b"v").unwrap();
    twice.write(b"v", b"n|i:2;").unwrap();
    twice.write(b"v", b"n|i:3;").unwrap();
    assert_eq!(site.data(), b"n|i:3;");
    let mut next = site.request();
    assert_eq!(next.read(b"v").unwrap(), b"n|i:3;");
    assert_eq!(cause(twice.write(b"v", b"n|i:4;")), Cause::LockGivenBack, "while the next one has it");
    next.write(b"v", b"n|i:30;").unwrap();
    assert_eq!(cause(twice.write(b"v", b"n|i:5;")), Cause::LockGivenBack, "and for good");
    assert_eq!(site.data(), b"n|i:30;");
}

#[test]
fn a_second_write_after_a_logout_is_dropped() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut twice = site.request();
    twice.read(b"v").unwrap();
    twice.write(b"v", b"n|i:2;").unwrap();
    site.request().destroy(b"v").unwrap();
    twice.write(b"v", b"n|i:3;").unwrap();
    assert_eq!(site.store().item("v"), None);
}

#[test]
fn a_touch_after_validation_leaves_the_data_that_a_subclass_has_stored() {
    let site = Site::new();
    site.page(b"encrypted").unwrap();
    let mut handler = site.request();
    assert!(handler.validate(b"v").unwrap());
    handler.touch(b"v", b"n|i:1;").unwrap();
    assert_eq!((site.data(), site.is_locked()), (b"encrypted".to_vec(), false));
}

#[test]
fn a_session_without_an_end_does_not_get_the_locks_by_being_looked_at() {
    let site = Site::new();
    site.store().put("v", Item::from([("data".to_owned(), AttributeValue::String("n|i:1;".into()))]));
    let mut handler = site.request();
    assert_eq!(handler.read(b"v").unwrap(), b"n|i:1;");
    handler.close();
    site.work(SECOND * 90);
    assert_eq!(site.request().read(b"v").unwrap(), b"n|i:1;");
}

#[test]
fn on_a_machine_whose_clock_is_wrong_a_page_makes_two_calls_too() {
    let site = Site::new();
    let store = site.behind_a_clock_that_is_off_by(3_600);
    let context = Context { clock: Arc::clone(&store.clock), store: Arc::new(store), ..site.context(&site.settings) };
    for n in 0..3 {
        let mut handler = Handler::new(context.clone());
        handler.open(context.clone(), "", None);
        site.calls();
        handler.read(b"v").unwrap();
        handler.write(b"v", format!("n|i:{n};").as_bytes()).unwrap();
        handler.close();
    }
    assert_eq!(site.calls(), ["UpdateItem"; 2]);
}

#[test]
fn a_second_write_counts_so_after_an_unchanged_one_too() {
    for touch in [false, true] {
        let site = Site::new();
        site.page(b"n|i:1;").unwrap();
        let mut twice = site.request();
        twice.read(b"v").unwrap();
        if touch { twice.touch(b"v", b"n|i:1;") } else { twice.write(b"v", b"n|i:1;") }.unwrap();
        site.page(b"n|i:30;").unwrap();
        assert_eq!(cause(twice.write(b"v", b"n|i:3;")), Cause::LockGivenBack, "{touch}");
        assert_eq!(site.data(), b"n|i:30;");
    }
}

#[test]
fn a_second_write_counts_so_after_an_unchanged_one_that_had_lost_its_lock() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut stalled = site.request();
    stalled.read(b"v").unwrap();
    site.stall(SECOND * 90);
    site.page(b"n|i:30;").unwrap();
    stalled.touch(b"v", b"n|i:1;").unwrap();
    assert_eq!(cause(stalled.write(b"v", b"n|i:3;")), Cause::LockLost);
}

#[test]
fn validation_between_two_writes_does_not_make_what_was_read_new() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut twice = site.request();
    twice.read(b"v").unwrap();
    twice.write(b"v", b"n|i:2;").unwrap();
    assert!(twice.validate(b"v").unwrap());
    twice.write(b"v", b"n|i:3;").unwrap();
    site.page(b"n|i:30;").unwrap();
    assert!(twice.validate(b"v").unwrap());
    assert_eq!(cause(twice.write(b"v", b"n|i:4;")), Cause::LockGivenBack);
    twice.close();
    assert_eq!((site.data(), site.is_locked()), (b"n|i:30;".to_vec(), false));
}

#[test]
fn a_second_write_does_not_go_over_one_of_the_sdk() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut twice = site.request();
    twice.read(b"v").unwrap();
    twice.write(b"v", b"n|i:2;").unwrap();
    let mut of_the_sdk = site.item();
    of_the_sdk.insert("data".into(), AttributeValue::String("n|i:30;".into()));
    of_the_sdk.insert("expires".into(), AttributeValue::number(site.corrected.now() + 1_441));
    site.store().put("v", of_the_sdk);
    assert_eq!(cause(twice.write(b"v", b"n|i:3;")), Cause::LockGivenBack);
}

#[test]
fn a_second_write_that_was_served_and_failed_is_recognised_when_it_is_repeated() {
    let site = Site::new();
    site.page(b"n|i:1;").unwrap();
    let mut twice = site.request();
    twice.read(b"v").unwrap();
    twice.write(b"v", b"n|i:2;").unwrap();
    site.store().fault(Fault::ServedThenFails(trouble()));
    twice.write(b"v", b"n|i:3;").unwrap_err();
    let mut next = site.request();
    assert_eq!(next.read(b"v").unwrap(), b"n|i:3;");
    twice.write(b"v", b"n|i:3;").unwrap();
}

#[test]
fn after_a_second_write_whose_answer_was_lost_a_third_one_counts_as_well() {
    for fault in [Fault::AnswerLost, Fault::ServedThenFails(trouble())] {
        let site = Site::new();
        site.page(b"n|i:1;").unwrap();
        let mut thrice = site.request();
        thrice.read(b"v").unwrap();
        thrice.write(b"v", b"n|i:2;").unwrap();
        site.work(SECOND * 5);
        site.store().fault(fault);
        let _ = thrice.write(b"v", b"n|i:3;");
        site.work(SECOND * 5);
        thrice.write(b"v", b"n|i:4;").unwrap();
        assert_eq!(site.data(), b"n|i:4;");
    }
}

#[test]
fn a_touch_whose_answer_was_lost_does_not_pass_for_a_write_that_empties_the_session() {
    let site = Site::with(|settings| settings.touch_interval = 0);
    site.page(b"n|i:1;").unwrap();
    site.work(SECOND * 5);
    let mut holder = site.request();
    holder.read(b"v").unwrap();
    site.store().fault(Fault::ServedThenFails(trouble()));
    holder.touch(b"v", b"n|i:1;").unwrap_err();
    let mut next = site.request();
    assert_eq!(next.read(b"v").unwrap(), b"n|i:1;");
    assert_eq!(cause(holder.write(b"v", b"")), Cause::LockLost);
}

#[test]
fn a_session_without_an_end_outlives_a_lock_that_is_held_for_long() {
    let site = Site::new();
    site.store().put("v", Item::from([("data".to_owned(), AttributeValue::String("n|i:1;".into()))]));
    let mut holder = site.request();
    assert_eq!(holder.read(b"v").unwrap(), b"n|i:1;");
    site.work(SECOND * 90);
    assert_eq!(holder.read(b"v").unwrap(), b"n|i:1;");
    let without = Settings { locking: false, ..site.settings.clone() };
    assert_eq!(site.request_with(&without).read(b"v").unwrap(), b"n|i:1;");
}
