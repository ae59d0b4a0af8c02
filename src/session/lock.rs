//! Leases: the conditions under which a lock is taken, kept and given back. All pure; the handler acts on them.
//!
//! A lock has an owner and an end, so that a dead holder blocks nobody for long, and each write of a holder is
//! fenced by its ownership, so that a holder who stalled past his lease neither overwrites newer data nor frees his
//! successor's lock. `docs/locking.md` explains it to operators.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use super::item::{LOCK, LOCK_OWNER, LOCK_SEEN, Layout};
use crate::dynamodb::{AttributeValue, Condition, Item, Update};

/// What the AWS SDK writes into `lock`.
const SDK: i64 = 1;

/// Clocks of two nodes may differ by this although both are corrected.
const TAKEOVER_MARGIN_MS: i64 = 2_000;

/// A holder's lock is renewed for at most this long per acquisition.
pub const LONGEST_RENEWAL: Duration = Duration::from_secs(3_600);

/// A lock that this process holds. Shared with the renewal thread.
#[derive(Debug)]
pub struct Lease {
    /// The item's key.
    pub key: String,
    /// Random per acquisition.
    pub owner: String,
    /// Monotonic time of the acquisition.
    pub acquired: Duration,
    /// How long the lock outlives its last confirmation.
    pub lifetime: Duration,
    process: u32,
    confirmed_ms: AtomicU64,
    ended: AtomicBool,
    lost: AtomicBool,
}

impl Lease {
    /// A lock taken by a request sent at `now` (monotonic).
    pub fn new(key: &str, owner: String, now: Duration, lifetime: Duration) -> Self {
        Lease {
            key: key.to_owned(),
            owner,
            acquired: now,
            lifetime,
            process: std::process::id(),
            confirmed_ms: AtomicU64::new(now.as_millis() as u64),
            ended: AtomicBool::new(false),
            lost: AtomicBool::new(false),
        }
    }

    /// Whether it is this process's to use: a forked child holds nothing of its parent's.
    pub fn is_held(&self) -> bool {
        self.process == std::process::id() && !self.ended.load(SeqCst)
    }

    /// It is not renewed any more.
    pub fn end(&self) {
        self.ended.store(true, SeqCst);
    }

    /// A renewal was refused. The holder finds out by the fence of his next write.
    pub fn give_up(&self) {
        self.lost.store(true, SeqCst);
    }

    /// The server has confirmed a renewal sent at `now` (monotonic).
    pub fn confirm(&self, now: Duration) {
        self.confirmed_ms.fetch_max(now.as_millis() as u64, SeqCst);
    }

    /// When it has to be renewed next (monotonic), if it still may be.
    pub fn renewal(&self) -> Option<Duration> {
        let next = self.confirmed() + self.lifetime / 3;
        let wanted = self.is_held() && !self.lost.load(SeqCst);
        (wanted && next <= self.acquired + LONGEST_RENEWAL).then_some(next)
    }

    /// Whether nobody can have taken it over by `now` (monotonic).
    pub fn is_certain(&self, now: Duration) -> bool {
        now < self.confirmed() + self.lifetime
    }

    fn confirmed(&self) -> Duration {
        Duration::from_millis(self.confirmed_ms.load(SeqCst))
    }
}

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
    match item.get(LOCK).and_then(AttributeValue::as_i64) {
        None => Holder::Nobody,
        Some(SDK) => Holder::Sdk { seen_ms: seen_ms(layout, item) },
        Some(until) if until > SDK && until <= now_ms - TAKEOVER_MARGIN_MS => Holder::Nobody,
        Some(_) => Holder::Lease,
    }
}

/// Takes the lock and returns the session; on `condition` besides that it is free.
pub fn acquire(
    layout: &Layout,
    owner: &str,
    now_ms: i64,
    lifetime: Duration,
    free: Condition,
    condition: Option<Condition>,
) -> Update {
    let mut conditions = vec![free];
    conditions.extend(condition);
    Update {
        set: vec![
            (LOCK.to_owned(), AttributeValue::number(until(now_ms, lifetime))),
            (LOCK_OWNER.to_owned(), AttributeValue::String(owner.to_owned())),
        ],
        // So that the item of a holder who dies before he writes does not stay for ever.
        set_if_missing: vec![(layout.expires.clone(), AttributeValue::number(ghost_expires(now_ms, lifetime)))],
        condition: Some(Condition::All(conditions)),
        return_new: true,
        ..Update::default()
    }
}

/// The `expires` that [`acquire`] gives an item that has none.
pub fn ghost_expires(now_ms: i64, lifetime: Duration) -> i64 {
    until(now_ms, lifetime).div_euclid(1_000)
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

/// The lock is still ours. Owner alone would pass over a peer's newer write: peers delete `lock` and leave the owner.
pub fn fence(owner: &str) -> Condition {
    Condition::All(vec![
        Condition::Equals(LOCK_OWNER.to_owned(), AttributeValue::String(owner.to_owned())),
        Condition::Over(LOCK.to_owned(), SDK),
    ])
}

/// Gives the lock back.
pub fn release(owner: &str) -> Update {
    Update { remove: freed(), condition: Some(fence(owner)), ..Update::default() }
}

/// What a write takes away when it gives the lock back.
pub fn freed() -> Vec<String> {
    vec![LOCK.to_owned(), LOCK_OWNER.to_owned(), LOCK_SEEN.to_owned()]
}

/// Keeps the lock for longer.
pub fn renew(owner: &str, now_ms: i64, lifetime: Duration) -> Update {
    Update {
        set: vec![(LOCK.to_owned(), AttributeValue::number(until(now_ms, lifetime)))],
        condition: Some(fence(owner)),
        ..Update::default()
    }
}

/// Whether this item's lock is the one of `owner`.
pub fn is_owner(item: &Item, owner: &str) -> bool {
    fence(owner).holds(Some(item))
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
    now_ms - seen_ms >= lifetime.as_millis() as i64
}

/// How long to wait before the next try: growing from `min` to `max`, jittered so that waiters spread out.
pub fn pause(min: Duration, max: Duration, tries: u32, chance: f64) -> Duration {
    let most = min.saturating_mul(1 << tries.min(16)).clamp(min, max.max(min));
    min + (most - min).mul_f64(chance.clamp(0.0, 1.0))
}

fn until(now_ms: i64, lifetime: Duration) -> i64 {
    now_ms.saturating_add(lifetime.as_millis() as i64)
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
    fn the_sdks_holder_is_dead_after_a_lifetime_without_change() {
        assert!(!is_dead_sdk(NOW, NOW + 59_999, MINUTE));
        assert!(is_dead_sdk(NOW, NOW + 60_000, MINUTE));
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

    #[test]
    fn a_lease_is_renewed_at_a_third_for_an_hour_and_not_after_its_end() {
        let lease = Lease::new("k", "me".into(), Duration::from_secs(100), MINUTE);
        assert_eq!(lease.renewal(), Some(Duration::from_secs(120)));
        lease.confirm(Duration::from_secs(130));
        assert_eq!(lease.renewal(), Some(Duration::from_secs(150)));
        assert!(lease.is_certain(Duration::from_secs(189)) && !lease.is_certain(Duration::from_secs(190)));
        lease.confirm(Duration::from_secs(3_690));
        assert_eq!(lease.renewal(), None);
        let other = Lease::new("k", "me".into(), Duration::from_secs(100), MINUTE);
        other.end();
        assert_eq!(other.renewal(), None);
    }
}
