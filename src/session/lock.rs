//! The conditions under which a lock is taken, kept and given back. All pure: [`super::machine`] decides by them.
//!
//! A lock has an owner and an end, so that a dead holder blocks nobody for long, and each write of a holder is
//! fenced by its ownership, so that a holder that stalled past its lease neither overwrites newer data nor frees its
//! successor's lock. `docs/locking.md` explains it to operators.

use std::time::Duration;

use super::item::{self, GEN, LOCK, LOCK_COUNT, LOCK_OWNER, LOCK_SEEN, Layout};
pub use super::lease::Lease;
use crate::dynamodb::{AttributeValue, Condition, Item, Update};

/// What the AWS SDK writes into `lock`.
const SDK: i64 = 1;

/// Clocks of two nodes may differ by this although both are corrected.
const TAKEOVER_MARGIN_MS: i64 = 2_000;

/// How long the AWS SDK's lock is looked at before it is marked. Its writes move `expires`, but only from one second to
/// the next: a lock that was given back and taken again within one second looks unchanged.
pub const SDK_LOOK: Duration = Duration::from_millis(1_100);

/// Who has an item's lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody, or somebody whose lease is over.
    Nobody,
    /// One of us, for now.
    Lease,
    /// The AWS SDK, with what a waiter has written about it.
    Sdk(Option<Mark>),
}

/// What a waiter writes beside the AWS SDK's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Seen at this moment (epoch ms), for too short a time to say more.
    Glimpsed(i64),
    /// Had been seen unchanged for [`SDK_LOOK`] at this moment.
    Seen(i64),
}

/// Who has the lock of this item.
pub fn holder(layout: &Layout, item: &Item, now_ms: i64) -> Holder {
    let Some(lock) = item.get(LOCK) else {
        return Holder::Nobody;
    };
    match lock.as_i64() {
        // Somebody's, by rules that are not ours.
        None => Holder::Lease,
        Some(SDK) => Holder::Sdk(mark(layout, item)),
        Some(until) if until > SDK && until <= now_ms - TAKEOVER_MARGIN_MS => Holder::Nobody,
        Some(_) => Holder::Lease,
    }
}

/// The owner of a lock of ours, as it stands in the item.
pub fn owner(item: &Item) -> Option<&str> {
    match (item.get(LOCK_OWNER), item.get(LOCK).and_then(AttributeValue::as_i64)) {
        (Some(AttributeValue::String(owner)), Some(until)) if until > SDK => Some(owner),
        _ => None,
    }
}

/// Takes the lock and returns the session, on `condition`.
pub fn acquire(layout: &Layout, owner: &str, now_ms: i64, lifetime: Duration, condition: Condition) -> Update {
    Update {
        set: vec![
            (LOCK.to_owned(), AttributeValue::number(until(now_ms, lifetime))),
            (LOCK_OWNER.to_owned(), AttributeValue::String(owner.to_owned())),
        ],
        // So that the item of a holder that dies before it writes does not stay for ever.
        set_if_missing: vec![(layout.expires.clone(), AttributeValue::number(lock_made_expires(now_ms, lifetime)))],
        count_up: vec![LOCK_COUNT.to_owned()],
        condition: Some(condition),
        return_new: true,
        ..Update::default()
    }
}

/// Whether there was a session without an end of life in this item before [`acquire`] gave it the lock's.
pub fn was_endless(layout: &Layout, item: &Item) -> bool {
    !layout.is_empty(item) && has_locks_end(layout, item)
}

/// Whether there was no session in this item before [`acquire`] made it or found it. What has no data and no generation is
/// the AWS SDK's empty session only where no lock of ours was on it before.
pub fn was_lock_made(layout: &Layout, item: &Item) -> bool {
    layout.is_empty(item) && (has_locks_end(layout, item) || count(item) > 1)
}

fn has_locks_end(layout: &Layout, item: &Item) -> bool {
    let lock = item.get(LOCK).and_then(AttributeValue::as_i64);
    lock.map(|ms| ms.div_euclid(1_000)) == layout.expires(item)
}

/// How often the lock of this item was taken; 0 where it does not say.
pub fn count(item: &Item) -> i64 {
    item.get(LOCK_COUNT).and_then(AttributeValue::as_i64).unwrap_or_default()
}

/// Whether a lock-made item has only what [`acquire`] and waiters put there, so that it can be deleted.
pub fn is_only_ours(layout: &Layout, lock_made: &Item) -> bool {
    let ours = [layout.hash_key.as_str(), layout.expires.as_str(), LOCK, LOCK_OWNER, LOCK_COUNT, LOCK_SEEN];
    lock_made.keys().all(|name| ours.contains(&name.as_str()))
}

/// The `expires` that a lock gives an item that has none.
fn lock_made_expires(now_ms: i64, lifetime: Duration) -> i64 {
    until(now_ms, lifetime).div_euclid(1_000)
}

/// Nobody has touched the lock. The condition of a first try: whether a lock is past its end is judged only after an
/// answer has shown whether our clock is right, or a machine an hour ahead would rob the living.
pub fn untouched() -> Condition {
    Condition::Missing(LOCK.to_owned())
}

/// The lock is nobody's, or past its end.
///
/// `lock < now` alone would steal the SDK's 1.
pub fn free(now_ms: i64) -> Condition {
    let lock = LOCK.to_owned();
    Condition::Any(vec![
        Condition::Missing(lock.clone()),
        Condition::All(vec![Condition::Over(lock.clone(), SDK), Condition::AtMost(lock, now_ms - TAKEOVER_MARGIN_MS)]),
    ])
}

/// No lock of ours that may be a living holder's.
pub fn unleased(now_ms: i64) -> Condition {
    Condition::Any(vec![free(now_ms), Condition::AtMost(LOCK.to_owned(), SDK)])
}

/// The lock is one of `owner`. Owner alone would pass over a peer's newer write: peers delete `lock` and leave the owner.
///
/// After an answer the count fences too ([`Lease::fence`]): an acquisition whose answer was lost, and which is served
/// once more when others have come and gone, must not open the fence a second time.
pub fn fence(owner: &str) -> Condition {
    Condition::All(vec![
        Condition::Equals(LOCK_OWNER.to_owned(), AttributeValue::String(owner.to_owned())),
        Condition::Over(LOCK.to_owned(), SDK),
    ])
}

/// The lock has been taken so often, and not again.
pub fn taken(count: i64) -> Condition {
    Condition::Equals(LOCK_COUNT.to_owned(), AttributeValue::number(count))
}

/// Nobody has had the lock since it was taken so often and given back. The AWS SDK does not count, but its writes move
/// `expires`.
pub fn not_taken_since(layout: &Layout, count: i64, expires: Option<i64>) -> Condition {
    let same_end = expires.map(|expires| Condition::Equals(layout.expires.clone(), AttributeValue::number(expires)));
    Condition::All([untouched(), taken(count)].into_iter().chain(same_end).collect())
}

/// Gives the lock back.
pub fn release(lease: &Lease) -> Update {
    Update { remove: freed(), condition: Some(lease.fence()), ..Update::default() }
}

/// Gives back the lock of a lock-made item: it goes altogether, unless somebody has put a session there.
pub fn release_lock_made(layout: &Layout, lease: &Lease) -> Condition {
    Condition::All([lease.fence()].into_iter().chain(still_lock_made(layout)).collect())
}

/// The same where others' attributes have to stay: what is left has no session in it.
pub fn release_among_others(layout: &Layout, lease: &Lease) -> Update {
    let mut update = release(lease);
    update.remove.push(layout.expires.clone());
    update.condition = Some(release_lock_made(layout, lease));
    update
}

fn still_lock_made(layout: &Layout) -> [Condition; 2] {
    [layout.data.clone(), GEN.to_owned()].map(Condition::Missing)
}

/// Makes a write give the lock back.
pub fn add_release(write: &mut Update) {
    write.remove.extend(freed());
}

fn freed() -> Vec<String> {
    vec![LOCK.to_owned(), LOCK_OWNER.to_owned(), LOCK_SEEN.to_owned()]
}

/// Moves the session's end of life, while the lock is ours.
pub fn prolong(layout: &Layout, lease: &Lease, expires: i64) -> Update {
    Update {
        set: vec![(layout.expires.clone(), AttributeValue::number(expires))],
        condition: Some(lease.fence()),
        return_new: true,
        ..Update::default()
    }
}

/// Keeps the lock until `until_ms`. Served late, it does not shorten what a later renewal has set.
pub fn renew(lease: &Lease, until_ms: i64) -> Update {
    Update {
        set: vec![(LOCK.to_owned(), AttributeValue::number(until_ms))],
        condition: Some(Condition::All(vec![lease.fence(), Condition::AtMost(LOCK.to_owned(), until_ms)])),
        ..Update::default()
    }
}

/// Moves a lock's end that a wrong clock has set to `wrong_ms`, also back.
pub fn correct(lease: &Lease, wrong_ms: i64, until_ms: i64) -> Update {
    let is_wrong = Condition::Equals(LOCK.to_owned(), AttributeValue::number(wrong_ms));
    Update { condition: Some(Condition::All(vec![lease.fence(), is_wrong])), ..renew(lease, until_ms) }
}

/// A change of a lock's end that moves the end of life too, so that TTL does not delete a lock-made item under its living
/// holder. Any other item refuses it.
pub fn only_lock_made(layout: &Layout, mut update: Update, until_ms: i64) -> Update {
    update.set.push((layout.expires.clone(), AttributeValue::number(until_ms.div_euclid(1_000))));
    let condition = update.condition.take();
    update.condition = Some(Condition::All(condition.into_iter().chain(still_lock_made(layout)).collect()));
    update
}

/// When the lock that was taken, or kept, at `now_ms` ends.
pub fn until(now_ms: i64, lifetime: Duration) -> i64 {
    now_ms.saturating_add(i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX))
}

/// Whether this item's lock is the one of `owner`.
pub fn is_owner(item: &Item, owner: &str) -> bool {
    fence(owner).holds(Some(item))
}

/// Leaves a mark on the SDK's lock, from which later waiters can tell how long it has stood unchanged.
pub fn mark_sdk(layout: &Layout, item: &Item, mark: Mark) -> Update {
    Update {
        set: vec![(LOCK_SEEN.to_owned(), AttributeValue::String(mark_text(layout, item, mark)))],
        condition: Some(same_sdk_lock(layout, item)),
        ..Update::default()
    }
}

/// The SDK's lock, unchanged since the mark of `seen_ms`: its holder is dead.
pub fn dead_sdk(layout: &Layout, item: &Item, seen_ms: i64) -> Condition {
    let mark = AttributeValue::String(mark_text(layout, item, Mark::Seen(seen_ms)));
    Condition::All(vec![same_sdk_lock(layout, item), Condition::Equals(LOCK_SEEN.to_owned(), mark)])
}

/// Whether the SDK's lock has been seen for long enough to be a dead holder's.
pub fn is_dead_sdk(seen_ms: i64, now_ms: i64, lifetime: Duration) -> bool {
    now_ms - seen_ms >= until(0, lifetime) + TAKEOVER_MARGIN_MS
}

/// Whether a glimpse is so old that the lock, unchanged since, may be marked as seen.
pub fn was_looked_at(glimpsed_ms: i64, now_ms: i64) -> bool {
    now_ms - glimpsed_ms >= until(0, SDK_LOOK) + TAKEOVER_MARGIN_MS
}

/// How long to wait before the next try: growing from `min` to `max`, jittered so that waiters spread out.
pub fn pause(min: Duration, max: Duration, tries: u32, chance: f64) -> Duration {
    let most = min.saturating_mul(1 << tries.min(16)).clamp(min, max.max(min));
    min + (most - min).mul_f64(chance.clamp(0.0, 1.0))
}

fn same_sdk_lock(layout: &Layout, item: &Item) -> Condition {
    let expires = layout.expires(item).map(AttributeValue::number);
    let lock = Condition::Equals(LOCK.to_owned(), AttributeValue::number(SDK));
    Condition::All(vec![lock, item::unchanged(&layout.expires, expires.as_ref())])
}

/// `{ms} {expires}`, and ` glimpsed` where that is all: each write of the SDK moves `expires`, so a mark with another one
/// is about an earlier lock.
fn mark_text(layout: &Layout, item: &Item, mark: Mark) -> String {
    let expires = layout.expires(item).unwrap_or(0);
    match mark {
        Mark::Seen(ms) => format!("{ms} {expires}"),
        Mark::Glimpsed(ms) => format!("{ms} {expires} glimpsed"),
    }
}

fn mark(layout: &Layout, item: &Item) -> Option<Mark> {
    let Some(AttributeValue::String(text)) = item.get(LOCK_SEEN) else {
        return None;
    };
    let ms = text.split(' ').next()?.parse().ok()?;
    let marks = [Mark::Seen(ms), Mark::Glimpsed(ms)];
    marks.into_iter().find(|mark| mark_text(layout, item, *mark) == *text)
}
