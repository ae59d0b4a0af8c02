//! A lock as its holder knows it: whose it is, how long it lasts, and by what it is told from any other.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use super::item::{self, Generation, LOCK, LOCK_COUNT};
use super::lock::{fence, number, taken};
use crate::dynamodb::{AttributeValue, Condition, Item};

/// A holder's lock is renewed for at most this long per acquisition.
const LONGEST_RENEWAL: Duration = Duration::from_secs(3_600);

/// A lock that this process holds, or has asked for. Shared with the renewal thread.
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
    until_ms: AtomicI64,
    count: AtomicI64,
    seen: OnceLock<Option<Generation>>,
    ended: AtomicBool,
    lost: AtomicBool,
}

impl Lease {
    /// A lock that is asked for at `now` (monotonic).
    pub fn new(key: &str, owner: String, now: Duration, lifetime: Duration) -> Self {
        Lease {
            key: key.to_owned(),
            owner,
            acquired: now,
            lifetime,
            process: std::process::id(),
            confirmed_ms: AtomicU64::new(now.as_millis() as u64),
            until_ms: AtomicI64::new(0),
            count: AtomicI64::new(0),
            seen: OnceLock::new(),
            ended: AtomicBool::new(false),
            lost: AtomicBool::new(false),
        }
    }

    /// Whether it is this process's to use: a forked child holds nothing of its parent's.
    pub fn is_held(&self) -> bool {
        self.process == std::process::id() && !self.ended.load(SeqCst)
    }

    /// Whether the parent of this process holds it, or did when it forked.
    pub fn is_parents(&self) -> bool {
        self.process != std::process::id()
    }

    /// The server has given us the lock of `item`, by what was sent at `now` (monotonic).
    pub fn take(&self, now: Duration, item: &Item) {
        self.count.store(number(item, LOCK_COUNT), SeqCst);
        let _ = self.seen.set(item::generation(item));
        self.confirm(now, number(item, LOCK));
    }

    /// How often the lock of the item had been taken when it was ours, this time included.
    pub fn taken(&self) -> Option<i64> {
        Some(self.count.load(SeqCst)).filter(|count| *count > 0)
    }

    /// What has to hold of the item for the lock to be ours still.
    pub fn fence(&self) -> Condition {
        match self.taken() {
            Some(count) => Condition::All(vec![fence(&self.owner), taken(count)]),
            None => fence(&self.owner),
        }
    }

    /// The same for a write: counting begins anew when the item is destroyed, so it must be the same session too.
    pub fn write_fence(&self) -> Condition {
        let generation = match self.seen.get() {
            Some(Some(generation)) => Condition::Equals(item::GEN.to_owned(), generation.clone()),
            _ => Condition::Missing(item::GEN.to_owned()),
        };
        Condition::All(vec![self.fence(), generation])
    }

    /// It is not renewed any more.
    pub fn end(&self) {
        self.ended.store(true, SeqCst);
    }

    /// A renewal was refused. The holder finds out by the fence of his next write.
    pub fn give_up(&self) {
        self.lost.store(true, SeqCst);
    }

    /// The server has confirmed what was sent at `now` (monotonic): the lock's end is `until_ms`.
    pub fn confirm(&self, now: Duration, until_ms: i64) {
        self.confirmed_ms.fetch_max(now.as_millis() as u64, SeqCst);
        self.until_ms.store(until_ms, SeqCst);
    }

    /// When it has to be renewed next (monotonic), if it still may be.
    pub fn renewal(&self) -> Option<Duration> {
        let next = self.confirmed() + self.lifetime / 3;
        let wanted = self.is_held() && !self.lost.load(SeqCst);
        (wanted && next <= self.acquired + LONGEST_RENEWAL).then_some(next)
    }

    /// Whether nobody can have taken it over by now: neither by our own clock (monotonic), nor by the server's `date`
    /// (whole seconds), which also counts while a machine is moved and its clocks stand still.
    pub fn is_certain(&self, now: Duration, date: i64) -> bool {
        let by_server = date.saturating_add(2).saturating_mul(1_000) < self.until_ms.load(SeqCst);
        by_server && now < self.confirmed() + self.lifetime
    }

    /// The generation of a session begun under this lock; the same when its write is repeated.
    pub fn generation(&self) -> Generation {
        let half = self.owner.get(..16).and_then(|hex| u64::from_str_radix(hex, 16).ok());
        AttributeValue::Binary(half.unwrap_or_default().to_be_bytes().to_vec())
    }

    fn confirmed(&self) -> Duration {
        Duration::from_millis(self.confirmed_ms.load(SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;
    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_lease_is_certain_only_while_neither_clock_says_that_it_may_be_over() {
        let lease = Lease::new("k", "me".into(), Duration::from_secs(100), MINUTE);
        assert!(!lease.is_certain(Duration::from_secs(100), NOW / 1000));
        lease.confirm(Duration::from_secs(100), NOW + 60_000);
        assert!(lease.is_certain(Duration::from_secs(159), NOW / 1000 + 57));
        assert!(!lease.is_certain(Duration::from_secs(160), NOW / 1000));
        assert!(!lease.is_certain(Duration::from_secs(101), NOW / 1000 + 58));
    }

    #[test]
    fn a_lease_is_renewed_at_a_third_for_an_hour_and_not_after_its_end() {
        let lease = Lease::new("k", "me".into(), Duration::from_secs(100), MINUTE);
        assert_eq!(lease.renewal(), Some(Duration::from_secs(120)));
        lease.confirm(Duration::from_secs(130), NOW);
        assert_eq!(lease.renewal(), Some(Duration::from_secs(150)));
        lease.confirm(Duration::from_secs(3_690), NOW);
        assert_eq!(lease.renewal(), None);
        let other = Lease::new("k", "me".into(), Duration::from_secs(100), MINUTE);
        other.end();
        assert_eq!(other.renewal(), None);
    }

    #[test]
    fn a_forked_child_holds_nothing_of_its_parents_and_renews_nothing() {
        let mut lease = Lease::new("k", "me".into(), Duration::from_secs(100), MINUTE);
        assert!(lease.is_held());
        lease.process += 1;
        assert!(!lease.is_held());
        assert_eq!(lease.renewal(), None);
    }

    #[test]
    fn a_lease_is_told_from_an_acquisition_of_its_own_that_is_served_once_more() {
        let lease = Lease::new("k", "me".into(), Duration::from_secs(100), MINUTE);
        let number = |name: &str, n| (name.to_owned(), AttributeValue::number(n));
        let owner = (item::LOCK_OWNER.to_owned(), AttributeValue::String("me".into()));
        let item = |count| Item::from([number(LOCK, NOW), number(LOCK_COUNT, count), owner.clone()]);
        lease.take(Duration::from_secs(100), &item(7));
        assert!(lease.fence().holds(Some(&item(7))) && !lease.fence().holds(Some(&item(8))));
    }

    #[test]
    fn a_lease_writes_only_to_the_session_that_it_was_taken_of() {
        let lease = Lease::new("k", "me".into(), Duration::from_secs(100), MINUTE);
        let mut item = Item::from([
            (LOCK.to_owned(), AttributeValue::number(NOW)),
            (item::LOCK_OWNER.to_owned(), AttributeValue::String("me".into())),
            (item::GEN.to_owned(), AttributeValue::Binary(vec![1; 8])),
        ]);
        lease.take(Duration::from_secs(100), &item);
        assert!(lease.write_fence().holds(Some(&item)));
        item.insert(item::GEN.to_owned(), AttributeValue::Binary(vec![2; 8]));
        assert!(!lease.write_fence().holds(Some(&item)));
        item.remove(item::GEN);
        assert!(!lease.write_fence().holds(Some(&item)));
    }
}
