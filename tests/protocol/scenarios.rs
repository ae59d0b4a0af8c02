//! Who takes part, and how much may go wrong.

use dynamosess::config::OnConflict;
use stateright::{Checker, Model};

use crate::others::Other;
use crate::page::{Deed, Deed::*, Script};
use crate::rules::{self, REAL, Rules};
use crate::world::{Cast, Move, NOBODY, Story, World};

const PAGE: &[Deed] = &[Read, Write, Close];

const fn free(deeds: &'static [Deed]) -> Script {
    Script { deeds, locking: false, skew: 0, change: |_| {} }
}

pub const fn locked(deeds: &'static [Deed]) -> Script {
    Script { deeds, locking: true, skew: 0, change: |_| {} }
}

/// All that can happen is tried; says how many states that were.
pub fn holds(name: &str, cast: &Cast) {
    let started = std::time::Instant::now();
    let checker = Story::new(cast.clone(), REAL).checker().threads(2).spawn_dfs().join();
    println!("{name}: {} states in {:.1} s", checker.unique_state_count(), started.elapsed().as_secs_f32());
    if let Some(path) = checker.discovery("every promise is kept") {
        let broken = path.last_state().broken;
        let tell = |(world, step): (World, Option<Move>)| {
            let shown: Vec<_> = world.pages.iter().map(|page| page.shown.as_deref().unwrap_or("-")).collect();
            format!(
                "{:>2} s  {:40} {:50} {shown:?}",
                world.now,
                crate::promises::data(world.item.as_ref()),
                format!("{step:?}")
            )
        };
        let moves: Vec<String> = path.into_vec().into_iter().map(tell).collect();
        panic!("{name}: {broken:?}\n  {}", moves.join("\n  "));
    }
}

fn is_refuted(name: &str, cast: &Cast, rules: Rules) {
    let checker = Story::new(cast.clone(), rules).checker().threads(2).spawn_dfs().join();
    let Some(path) = checker.discovery("every promise is kept") else {
        panic!("{name}: holds in {} states", checker.unique_state_count());
    };
    println!("{name}: {:?} after {} states", path.last_state().broken, checker.unique_state_count());
}

/// What is explored by hand only, and what always.
pub fn bounds<T>(small: T, large: T) -> T {
    if std::env::var("PROTOCOL_BOUNDS").as_deref() == Ok("large") { large } else { small }
}

fn pages(scripts: &[Script]) -> Cast {
    Cast { pages: scripts.to_vec(), ..NOBODY }
}

#[test]
fn two_pages_without_a_lock_lose_nothing() {
    holds("two free pages", &Cast { faults: 2, seconds: 0, ..pages(&[free(PAGE), free(PAGE)]) });
}

#[test]
fn three_pages_without_a_lock_lose_nothing() {
    holds("three free pages", &Cast { faults: 1, seconds: 0, ..pages(&[free(PAGE); 3]) });
}

#[test]
fn a_new_session_is_begun_by_two_pages_at_once() {
    holds("two free pages, new", &Cast { session: None, faults: 2, seconds: 0, ..pages(&[free(PAGE), free(PAGE)]) });
}

#[test]
fn second_writes_are_merged_too() {
    const TWICE: &[Deed] = &[Read, Write, Write, Close];
    holds("second writes, free", &Cast { faults: 1, seconds: 0, ..pages(&[free(TWICE), free(TWICE)]) });
    holds("second writes, locked", &Cast { faults: 1, seconds: 6, ..pages(&[locked(TWICE), locked(PAGE)]) });
}

#[test]
fn two_pages_with_a_lock_lose_nothing() {
    holds("two locked pages", &Cast { faults: bounds(1, 2), renewals: 1, ..pages(&[locked(PAGE), locked(PAGE)]) });
}

#[test]
fn a_new_session_is_begun_under_a_lock() {
    holds(
        "two locked pages, new",
        &Cast { session: None, faults: 1, renewals: 1, ..pages(&[locked(PAGE), locked(PAGE)]) },
    );
}

#[test]
fn three_pages_with_a_lock_lose_nothing() {
    holds("three locked pages", &Cast { faults: bounds(0, 1), seconds: bounds(4, 6), ..pages(&[locked(PAGE); 3]) });
}

#[test]
fn a_page_with_a_lock_beside_one_without() {
    for session in [None, NOBODY.session] {
        let cast = Cast { session, faults: 1, seconds: 6, renewals: 1, ..pages(&[locked(PAGE), free(PAGE)]) };
        holds("locked beside free", &cast);
    }
}

#[test]
fn validate_id_may_come_at_any_place() {
    const ORDERS: [&[Deed]; 4] = [
        &[Read, Validate, Write, Close],
        &[Validate, Read, Validate, Write, Close],
        &[Validate, Write, Close],
        &[Read, Write, Validate, Write, Close],
    ];
    for deeds in ORDERS {
        for session in [None, NOBODY.session] {
            // What is not there is not locked by validateId(), and then a write without a read is one without a lock.
            if session.is_none() && !deeds.contains(&Read) {
                continue;
            }
            let cast = Cast { session, faults: 1, seconds: bounds(6, 8), ..pages(&[locked(deeds), locked(PAGE)]) };
            holds("validateId(), locked", &cast);
        }
        holds("validateId(), free", &Cast { faults: 1, seconds: 0, ..pages(&[free(deeds), free(PAGE)]) });
    }
}

#[test]
fn touches_without_a_read_bring_nothing_back() {
    const TOUCH: &[Deed] = &[Touch, Close];
    let cast = pages(&[free(TOUCH), free(PAGE)]);
    holds("touch, free", &Cast { faults: 1, seconds: 2, others: vec![Other::Logout], ..cast });
    let cast = pages(&[locked(&[Validate, Touch, Close]), locked(PAGE)]);
    holds("touch, locked", &Cast { faults: 1, seconds: 6, others: vec![Other::Logout], ..cast });
    let cast = pages(&[locked(&[Read, WriteUnchanged, Close]), locked(PAGE)]);
    holds("unchanged, locked", &Cast { faults: 1, seconds: 6, ..cast });
    let cast = pages(&[free(&[Created, Read, Write, Destroy, Close]), free(PAGE)]);
    // A create that is served twice cannot be told from two: docs/reliability.md says so.
    holds("made, written, destroyed", &Cast { session: None, seconds: 0, ..cast });
}

#[test]
fn a_logout_stays_one_and_has_happened() {
    const LOGOUT: &[Deed] = &[Read, Destroy, Close];
    holds("logout, free", &Cast { faults: 1, seconds: 2, ..pages(&[free(LOGOUT), free(PAGE), free(PAGE)]) });
    holds("logout, locked", &Cast { faults: 1, ..pages(&[locked(LOGOUT), locked(PAGE)]) });
    holds("logout, locked beside free", &Cast { faults: 1, ..pages(&[free(LOGOUT), locked(PAGE)]) });
}

#[test]
fn an_emptied_session_is_not_filled_by_a_late_page() {
    const EMPTIES: &[Deed] = &[Read, Empty, Close];
    let session = Some("s|i:1;t|i:1;u|i:1;v|i:1;w|i:1;");
    holds("emptied, free", &Cast { session, faults: 2, seconds: 0, ..pages(&[free(EMPTIES), free(PAGE)]) });
    holds("emptied, locked", &Cast { session, faults: 1, ..pages(&[locked(EMPTIES), free(PAGE)]) });
}

#[test]
fn a_session_that_ends_while_its_page_runs_is_stored_or_refused() {
    let cast = Cast { ends_in: 2, seconds: 4, faults: 1, others: vec![Other::Ttl], ..NOBODY };
    holds("ends, free", &Cast { pages: vec![free(PAGE), free(PAGE)], ..cast.clone() });
    holds("ends, locked", &Cast { pages: vec![locked(PAGE), locked(PAGE)], ..cast });
}

#[test]
fn ttl_takes_no_lock_made_item_from_its_living_holder() {
    let cast = Cast { session: None, renewals: 2, seconds: 6, others: vec![Other::Ttl], ..NOBODY };
    holds("TTL and a lock-made item", &Cast { pages: vec![locked(PAGE), locked(PAGE)], ..cast });
}

#[test]
fn beside_the_aws_sdk_nothing_is_lost() {
    let cast = Cast { faults: 1, step: 32, seconds: 96, others: vec![Other::Sdk(2)], ..NOBODY };
    holds("AWS SDK", &Cast { pages: vec![locked(PAGE)], ..cast.clone() });
    holds("AWS SDK, second write", &Cast { pages: vec![locked(&[Read, Write, Write, Close])], ..cast.clone() });
    holds(
        "AWS SDK, two",
        &Cast {
            pages: vec![locked(PAGE), locked(PAGE)],
            faults: bounds(0, 1),
            others: vec![Other::Sdk(bounds(1, 2))],
            ..cast
        },
    );
}

#[test]
fn beside_peers_without_locks_no_write_of_ours_is_lost() {
    for other in [Other::Careless, Other::Older, Other::Replacer] {
        let cast = Cast { faults: 1, seconds: 4, others: vec![other], ..NOBODY };
        holds("a peer, free", &Cast { pages: vec![free(PAGE), free(PAGE)], seconds: 0, ..cast.clone() });
        if other != Other::Older {
            holds("a peer, locked", &Cast { pages: vec![locked(PAGE), locked(PAGE)], ..cast });
        }
    }
}

#[test]
fn machines_whose_clocks_are_wrong_lose_and_rob_nothing() {
    for skew in [-7_200, 7_200] {
        let wrong = |script: Script| Script { skew, ..script };
        let cast = Cast { faults: 1, renewals: 1, seconds: 6, ..NOBODY };
        holds("wrong clock, locked", &Cast { pages: vec![wrong(locked(PAGE)), locked(PAGE)], ..cast.clone() });
        holds("wrong clock, free", &Cast { pages: vec![wrong(free(PAGE)), free(PAGE)], seconds: 0, ..cast.clone() });
        let without_read = [wrong(free(&[Write, Close])), locked(PAGE)];
        holds("wrong clock, no read", &Cast { pages: without_read.to_vec(), ..cast.clone() });
        let touch = [wrong(free(&[Touch, Close])), free(PAGE)];
        holds("wrong clock, touch", &Cast { pages: touch.to_vec(), seconds: 0, ..cast });
    }
    let near = [Script { skew: 2, ..locked(PAGE) }, Script { skew: 0, ..locked(PAGE) }];
    holds("clocks two seconds apart", &Cast { faults: 1, renewals: 1, ..pages(&near) });
}

#[test]
fn processes_that_are_killed_hold_nobody_up_and_lose_nothing_acknowledged() {
    holds("kills", &Cast { kills: 1, faults: 1, seconds: 6, ..pages(&[locked(PAGE), locked(PAGE)]) });
    holds("kills, new", &Cast { kills: 1, faults: 1, session: None, ..pages(&[locked(PAGE), locked(PAGE)]) });
}

#[test]
fn a_forked_child_writes_nothing_under_its_parents_lock() {
    holds("fork, locked", &Cast { forks: 1, faults: 1, seconds: 6, ..pages(&[locked(PAGE), locked(PAGE)]) });
    holds("fork, free", &Cast { forks: 1, faults: 1, seconds: 0, ..pages(&[free(PAGE), free(PAGE)]) });
}

#[test]
fn a_page_that_may_only_read_changes_nothing() {
    let reader = Script {
        change: |settings| settings.on_lock_timeout = dynamosess::config::OnLockTimeout::ReadOnly,
        ..locked(PAGE)
    };
    holds("read_only", &Cast { faults: 1, ..pages(&[reader, locked(PAGE)]) });
}

#[test]
fn with_overwrite_the_last_write_wins_and_its_own_lost_answer_undoes_nothing() {
    let last = Script { change: |settings| settings.on_conflict = OnConflict::Overwrite, ..free(PAGE) };
    holds("overwrite", &Cast { faults: 2, seconds: 0, ..pages(&[last, last]) });
}

#[test]
fn each_rule_is_needed() {
    let two_free = Cast { faults: 1, seconds: 0, ..pages(&[free(PAGE), free(PAGE)]) };
    let two_locked = Cast { faults: 1, renewals: 1, ..pages(&[locked(PAGE), locked(PAGE)]) };
    is_refuted("writes without revision", &two_free, rules::WRITES_WITHOUT_REVISION);
    let logout = Cast { others: vec![Other::Logout], ..pages(&[free(PAGE), free(PAGE)]) };
    is_refuted("writes without generation", &Cast { seconds: 0, ..logout }, rules::WRITES_WITHOUT_GENERATION);
    let successors = Cast { session: None, seconds: 4, faults: 1, others: vec![Other::Logout], ..NOBODY };
    is_refuted(
        "fences without owner",
        &Cast { pages: vec![locked(PAGE), locked(PAGE)], ..successors },
        rules::FENCES_WITHOUT_OWNER,
    );
    is_refuted("locks without condition", &two_locked, rules::LOCKS_WITHOUT_CONDITION);
    is_refuted("takes over too early", &two_locked, rules::TAKES_OVER_TOO_EARLY);
    is_refuted("releases whatever is there", &two_locked, rules::RELEASES_WHATEVER_IS_THERE);
    is_refuted("renews without fence", &two_locked, rules::RENEWS_WITHOUT_FENCE);
    is_refuted("takes all for dead", &two_locked, rules::TAKES_ALL_FOR_DEAD);
    let two_new = Cast { session: None, ..two_free.clone() };
    is_refuted("creates without condition", &two_new, rules::CREATES_WITHOUT_CONDITION);
    is_refuted("takes a failed read for none", &two_free, rules::TAKES_A_FAILED_READ_FOR_NONE);
    let logout = Cast { seconds: 2, ..pages(&[free(&[Read, Destroy, Close]), locked(PAGE)]) };
    is_refuted("destroys only what is free", &logout, rules::DESTROYS_ONLY_WHAT_IS_FREE);
    let skewed = Script { skew: 7_200, ..free(&[Write, Close]) };
    is_refuted("trusts its clock", &Cast { seconds: 0, ..pages(&[skewed, locked(PAGE)]) }, rules::TRUSTS_ITS_CLOCK);
}

#[test]
fn the_count_and_the_order_of_renewals_are_needed() {
    let late = Cast { faults: 2, seconds: 8, ..pages(&[locked(PAGE), locked(PAGE)]) };
    is_refuted("fences without count and revision", &late, rules::FENCES_WITHOUT_COUNT_AND_REVISION);
    let renewals = Cast { faults: 1, renewals: 2, seconds: 10, ..pages(&[locked(PAGE), locked(PAGE)]) };
    is_refuted("renewals shorten", &renewals, rules::RENEWALS_SHORTEN);
}
