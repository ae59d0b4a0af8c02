//! The conditions under which a lock is taken, kept and given back. All pure; the handler acts on them.
//!
//! A lock has an owner and an end, so that a dead holder blocks nobody for long, and each write of a holder is
//! fenced by its ownership, so that a holder who stalled past his lease neither overwrites newer data nor frees his
//! successor's lock. `docs/locking.md` explains it to operators.

use std::time::Duration;

use super::item::{self, Generation, LOCK, LOCK_COUNT, LOCK_OWNER, LOCK_SEEN, Layout};
pub use super::lease::Lease;
use crate::dynamodb::{AttributeValue, Condition, Item, Update};

/// What the AWS SDK writes into `lock`.
const SDK: i64 = 1;

/// Clocks of two nodes may differ by this although both are corrected.
const TAKEOVER_MARGIN_MS: i64 = 2_000;

/// How long the AWS SDK's lock is looked at before it is marked. Its writes move `expires`, but only from one second to
/// the next: a lock that was given back and taken anew within one second looks unchanged.
pub const SDK_LOOK: Duration = Duration::from_millis(1_100);

/// Who has an item's lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody, or somebody whose lease is over.
    Nobody,
    /// One of us, for now.
    Lease,
    /// The AWS SDK; with what a waiter would write, or has written, about it.
    Sdk {
        /// The mark that stands in the item now, if it is about this lock.
        seen_ms: Option<i64>,
    },
}

/// Who has the lock of this item.
pub fn holder(layout: &Layout, item: &Item, now_ms: i64) -> Holder {
    let Some(lock) = item.get(LOCK) else {
        return Holder::Nobody;
    };
    match lock.as_i64() {
        // Somebody's, whose rules nobody knows.
        None => Holder::Lease,
        Some(SDK) => Holder::Sdk { seen_ms: seen_ms(layout, item) },
        Some(until) if until > SDK && until <= now_ms - TAKEOVER_MARGIN_MS => Holder::Nobody,
        Some(_) => Holder::Lease,
    }
}

/// Takes the lock and returns the session, on `condition`.
pub fn acquire(layout: &Layout, owner: &str, now_ms: i64, lifetime: Duration, condition: Condition) -> Update {
    Update {
        set: vec![
            (LOCK.to_owned(), AttributeValue::number(until(now_ms, lifetime))),
            (LOCK_OWNER.to_owned(), AttributeValue::String(owner.to_owned())),
        ],
        // So that the item of a holder who dies before he writes does not stay for ever.
        set_if_missing: vec![(layout.expires.clone(), AttributeValue::number(ghost_expires(now_ms, lifetime)))],
        count_up: vec![LOCK_COUNT.to_owned()],
        condition: Some(condition),
        return_new: true,
        ..Update::default()
    }
}

/// Whether there was nothing in this item before [`acquire`] made or found it: no session, nor the end of one.
pub fn is_ghost(layout: &Layout, item: &Item) -> bool {
    is_empty(layout, item) && has_locks_end(layout, item)
}

/// Whether there was a session without an end of life in this item before [`acquire`] gave it the lock's.
pub fn was_endless(layout: &Layout, item: &Item) -> bool {
    !is_empty(layout, item) && has_locks_end(layout, item)
}

fn has_locks_end(layout: &Layout, item: &Item) -> bool {
    let lock = item.get(LOCK).and_then(AttributeValue::as_i64);
    lock.map(|ms| ms.div_euclid(1_000)) == layout.expires(item)
}

/// No data and no generation. Of our own sessions only a ghost is like that, of the SDK's an empty one.
pub fn is_empty(layout: &Layout, item: &Item) -> bool {
    !item.contains_key(&layout.data) && item::generation(item).is_none()
}

/// Whether a ghost has only what [`acquire`] and waiters put there, so that it can be deleted.
pub fn is_only_ours(layout: &Layout, ghost: &Item) -> bool {
    let ours = [layout.hash_key.as_str(), layout.expires.as_str(), LOCK, LOCK_OWNER, LOCK_COUNT, LOCK_SEEN];
    ghost.keys().all(|name| ours.contains(&name.as_str()))
}

/// The `expires` that [`acquire`] gives an item that has none.
fn ghost_expires(now_ms: i64, lifetime: Duration) -> i64 {
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
/// Who knows how often the lock was taken by then fences by that too ([`Lease::fence`]): an acquisition whose answer was
/// lost, and which is served once more when others have come and gone, must not open the fence anew.
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

/// Gives back the lock of a ghost: it goes altogether, unless somebody has put a session there.
pub fn release_ghost(layout: &Layout, lease: &Lease) -> Condition {
    let gone = [layout.data.clone(), item::GEN.to_owned()].map(Condition::Missing);
    Condition::All([lease.fence()].into_iter().chain(gone).collect())
}

/// The same where others' attributes have to stay: what is left has no session in it.
pub fn release_among_others(layout: &Layout, lease: &Lease) -> Update {
    let mut update = release(lease);
    update.remove.push(layout.expires.clone());
    update.condition = Some(release_ghost(layout, lease));
    update
}

/// Makes a write give the lock back, on condition that it is still ours.
pub fn write_through(write: &mut Update, lease: &Lease) {
    write.remove.extend(freed());
    write.condition = Some(lease.write_fence());
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

/// Keeps the lock for longer.
pub fn renew(lease: &Lease, now_ms: i64) -> Update {
    Update {
        set: vec![(LOCK.to_owned(), AttributeValue::number(until(now_ms, lease.lifetime)))],
        condition: Some(lease.fence()),
        ..Update::default()
    }
}

/// When the lock that was taken, or kept, at `now_ms` ends.
pub fn until(now_ms: i64, lifetime: Duration) -> i64 {
    now_ms.saturating_add(lifetime.as_millis() as i64)
}

/// Whether this item's lock is the one of `owner`.
pub fn is_owner(item: &Item, owner: &str) -> bool {
    fence(owner).holds(Some(item))
}

/// What the item shows of a write that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An earlier attempt, whose answer was lost, was served.
    OwnDoing,
    /// The session was destroyed, and perhaps begun anew.
    Destroyed,
    /// Somebody has taken the lock over, or away.
    Lost,
}

/// Why a fenced `write` of the session `generation` was refused.
///
/// `certain`: an earlier attempt may have been served, and nobody can have taken our lock over since. Then only we can
/// have given it back: another's lock is a successor's; with no lock at all, a peer that knows no locks may have
/// written, so the item has to show our data.
pub fn refusal(item: Option<&Item>, write: &Update, generation: Option<&Generation>, certain: bool) -> Refusal {
    let Some(item) = item else {
        return Refusal::Destroyed;
    };
    let now = item::generation(item);
    if certain {
        let same = write.set.iter().find(|(name, _)| name == item::GEN).map(|(_, new)| new).or(generation);
        let shown = write.set.iter().all(|(name, value)| item.get(name) == Some(value));
        let removed = write.remove.iter().all(|name| !item.contains_key(name));
        let successor = item.contains_key(LOCK) && now.as_ref() == same;
        if successor || shown && removed {
            return Refusal::OwnDoing;
        }
    }
    let begun_anew = generation.is_some() && now.as_ref() != generation;
    if begun_anew { Refusal::Destroyed } else { Refusal::Lost }
}

/// Leaves a mark on the SDK's lock, from which later waiters can tell how long it has stood unchanged.
pub fn mark_sdk(layout: &Layout, item: &Item, now_ms: i64) -> Update {
    Update {
        set: vec![(LOCK_SEEN.to_owned(), AttributeValue::String(mark(layout, item, now_ms)))],
        condition: Some(same_sdk_lock(layout, item)),
        ..Update::default()
    }
}

/// The SDK's lock, unchanged since the mark of `seen_ms`: its holder is dead.
pub fn dead_sdk(layout: &Layout, item: &Item, seen_ms: i64) -> Condition {
    let mark = AttributeValue::String(mark(layout, item, seen_ms));
    Condition::All(vec![same_sdk_lock(layout, item), Condition::Equals(LOCK_SEEN.to_owned(), mark)])
}

/// Whether the SDK's lock has been seen for long enough to be a dead holder's.
pub fn is_dead_sdk(seen_ms: i64, now_ms: i64, lifetime: Duration) -> bool {
    now_ms - seen_ms >= lifetime.as_millis() as i64 + TAKEOVER_MARGIN_MS
}

/// How long to wait before the next try: growing from `min` to `max`, jittered so that waiters spread out.
pub fn pause(min: Duration, max: Duration, tries: u32, chance: f64) -> Duration {
    let most = min.saturating_mul(1 << tries.min(16)).clamp(min, max.max(min));
    min + (most - min).mul_f64(chance.clamp(0.0, 1.0))
}

/// A number of the item's; 0 where there is none.
pub(super) fn number(item: &Item, name: &str) -> i64 {
    item.get(name).and_then(AttributeValue::as_i64).unwrap_or_default()
}

fn same_sdk_lock(layout: &Layout, item: &Item) -> Condition {
    let expires = match layout.expires(item) {
        Some(expires) => Condition::Equals(layout.expires.clone(), AttributeValue::number(expires)),
        None => Condition::Missing(layout.expires.clone()),
    };
    Condition::All(vec![Condition::Equals(LOCK.to_owned(), AttributeValue::number(SDK)), expires])
}

/// `{ms} {expires}`: each write of the SDK moves `expires`, so a mark with another one is about an earlier lock.
fn mark(layout: &Layout, item: &Item, seen_ms: i64) -> String {
    format!("{seen_ms} {}", layout.expires(item).unwrap_or(0))
}

fn seen_ms(layout: &Layout, item: &Item) -> Option<i64> {
    let Some(AttributeValue::String(text)) = item.get(LOCK_SEEN) else {
        return None;
    };
    let (ms, expires) = text.split_once(' ')?;
    (expires.parse() == Ok(layout.expires(item).unwrap_or(0))).then(|| ms.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    const NOW: i64 = 1_800_000_000_000;
    const MINUTE: Duration = Duration::from_secs(60);

    fn layout() -> Layout {
        Layout::new(&Settings::defaults()).unwrap()
    }

    fn locked(lock: i64) -> Item {
        Item::from([
            (LOCK.to_owned(), AttributeValue::number(lock)),
            ("expires".to_owned(), AttributeValue::number(NOW / 1000 + 60)),
        ])
    }

    #[test]
    fn a_lock_is_free_two_seconds_after_its_end_and_the_sdks_never_by_itself() {
        for (lock, is_free) in [(NOW - 2_000, true), (NOW - 1_999, false), (NOW + 1, false), (1, false), (0, false)] {
            assert_eq!(free(NOW).holds(Some(&locked(lock))), is_free, "{lock}");
        }
        assert!(free(NOW).holds(None) && free(NOW).holds(Some(&Item::new())));
    }

    #[test]
    fn holder_and_condition_agree() {
        for lock in [NOW - 2_000, NOW - 1_999, NOW + 1, 1] {
            let item = locked(lock);
            let nobody = holder(&layout(), &item, NOW) == Holder::Nobody;
            assert_eq!(nobody, free(NOW).holds(Some(&item)), "{lock}");
        }
    }

    #[test]
    fn an_owner_left_behind_by_a_peer_opens_no_fence() {
        let mut item = locked(NOW + 1);
        item.insert(LOCK_OWNER.into(), AttributeValue::String("me".into()));
        assert!(is_owner(&item, "me") && !is_owner(&item, "you"));
        item.remove(LOCK);
        assert!(!is_owner(&item, "me"));
        item.insert(LOCK.into(), AttributeValue::number(1));
        assert!(!is_owner(&item, "me"));
    }

    #[test]
    fn a_mark_on_the_sdks_lock_counts_as_long_as_the_sdk_has_not_written() {
        let mut item = locked(1);
        mark_sdk(&layout(), &item, NOW).apply(&mut item);
        assert_eq!(holder(&layout(), &item, NOW), Holder::Sdk { seen_ms: Some(NOW) });
        assert!(dead_sdk(&layout(), &item, NOW).holds(Some(&item)));
        let before = item.clone();
        item.insert("expires".into(), AttributeValue::number(NOW / 1000 + 61));
        assert_eq!(holder(&layout(), &item, NOW), Holder::Sdk { seen_ms: None });
        assert!(!dead_sdk(&layout(), &before, NOW).holds(Some(&item)));
    }

    #[test]
    fn the_sdks_holder_is_dead_after_a_lifetime_and_two_seconds_without_change() {
        assert!(!is_dead_sdk(NOW, NOW + 61_999, MINUTE));
        assert!(is_dead_sdk(NOW, NOW + 62_000, MINUTE));
    }

    #[test]
    fn a_lock_that_is_no_number_is_somebodys() {
        let mut item = locked(1);
        item.insert(LOCK.into(), AttributeValue::String("mine".into()));
        assert_eq!(holder(&layout(), &item, NOW), Holder::Lease);
        assert!(!free(NOW).holds(Some(&item)));
    }

    #[test]
    fn a_ghost_is_told_from_an_empty_session_of_the_sdk() {
        let layout = layout();
        let condition = Condition::Any(vec![untouched(), free(NOW)]);
        let update = acquire(&layout, "me", NOW + 7, MINUTE, condition);
        let (mut ghost, mut sdk) = (Item::new(), Item::new());
        sdk.insert("expires".into(), AttributeValue::number(NOW / 1000 + 1_440));
        update.apply(&mut ghost);
        update.apply(&mut sdk);
        assert!(is_ghost(&layout, &ghost) && is_only_ours(&layout, &ghost));
        assert!(!is_ghost(&layout, &sdk));
        ghost.insert("theirs".into(), AttributeValue::Other);
        assert!(is_ghost(&layout, &ghost) && !is_only_ours(&layout, &ghost));
    }

    #[test]
    fn a_refused_write_was_served_only_if_nobody_can_have_taken_the_lock_over() {
        let [mine, theirs] = [1, 2].map(|n| AttributeValue::Binary(vec![n; 8]));
        let data = ("data".to_owned(), AttributeValue::Binary(vec![7]));
        let write = Update { set: vec![data.clone()], remove: freed(), ..Update::default() };
        let item = |lock: Option<i64>, generation: &AttributeValue, data: Option<u8>| {
            let mut item = Item::from([(item::GEN.to_owned(), generation.clone())]);
            item.extend(lock.map(|ms| (LOCK.to_owned(), AttributeValue::number(ms))));
            item.extend(data.map(|n| ("data".to_owned(), AttributeValue::Binary(vec![n]))));
            item
        };
        let judge = |item: &Item, certain| refusal(Some(item), &write, Some(&mine), certain);
        for (lock, generation, data, if_certain, if_not) in [
            (None, &mine, Some(7), Refusal::OwnDoing, Refusal::Lost),
            (None, &mine, Some(8), Refusal::Lost, Refusal::Lost),
            (Some(NOW), &mine, Some(8), Refusal::OwnDoing, Refusal::Lost),
            (Some(NOW), &theirs, None, Refusal::Destroyed, Refusal::Destroyed),
            (Some(1), &mine, Some(8), Refusal::OwnDoing, Refusal::Lost),
        ] {
            let item = item(lock, generation, data);
            assert_eq!((judge(&item, true), judge(&item, false)), (if_certain, if_not), "{lock:?} {data:?}");
        }
        assert_eq!(refusal(None, &write, Some(&mine), true), Refusal::Destroyed);
    }

    #[test]
    fn pauses_grow_from_min_to_max() {
        let (min, max) = (Duration::from_millis(10), Duration::from_millis(50));
        assert_eq!(pause(min, max, 0, 1.0), min);
        assert_eq!(pause(min, max, 1, 1.0), min * 2);
        assert_eq!(pause(min, max, 9, 1.0), max);
        assert_eq!(pause(min, max, 9, 0.0), min);
        assert_eq!(pause(max, min, 9, 1.0), max);
    }
}
