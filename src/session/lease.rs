//! A lock as its holder knows it: whose it is, and by what it is told from any other.

use std::time::Duration;

use super::item::{self, Generation, Layout};
use super::lock::{self, fence, taken};
use crate::dynamodb::{Condition, Item};

/// A lock that this process holds, or has asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    /// Of this acquisition, and of no other: 64 random bits, then the process (see [`super::process`]).
    pub owner: String,
    /// Process id of the holder. A forked child holds nothing of its parent's.
    pub process: u32,
    /// How long the lock outlives its last confirmation.
    pub lifetime: Duration,
    /// When it was asked for (monotonic).
    pub asked: Duration,
    /// What the server has said of it; `None`: nothing, or nothing good. Perhaps it is ours.
    pub held: Option<Held>,
}

/// A lock that the server has given us.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Held {
    /// How often the lock of the item had been taken by then, this time included; 0 where the item does not say.
    pub count: i64,
    /// The session that was there then.
    pub generation: Option<Generation>,
    /// What the lock was taken of.
    pub item: LockedItem,
}

/// What a lock was taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LockedItem {
    /// An item that was there before, with a session in it or one that has ended.
    Session,
    /// An item that is there only because of the lock.
    LockMade,
    /// The same, but others keep something in it that is no session.
    LockMadeAmongOthers,
}

impl Lease {
    /// A lock that is asked for at `now` (monotonic).
    pub fn new(owner: String, process: u32, now: Duration, lifetime: Duration) -> Self {
        Lease { owner, process, lifetime, asked: now, held: None }
    }

    /// The server has given us the lock of `item`.
    pub fn take(&mut self, layout: &Layout, item: &Item) {
        let made = match (lock::was_lock_made(layout, item), lock::is_only_ours(layout, item)) {
            (false, _) => LockedItem::Session,
            (true, true) => LockedItem::LockMade,
            (true, false) => LockedItem::LockMadeAmongOthers,
        };
        self.held = Some(Held { count: lock::count(item), generation: item::generation(item), item: made });
    }

    /// What has to hold of the item for the lock to be ours still.
    pub fn fence(&self) -> Condition {
        match &self.held {
            Some(held) if held.count > 0 => Condition::All(vec![fence(&self.owner), taken(held.count)]),
            _ => fence(&self.owner),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::dynamodb::AttributeValue;
    use crate::session::item::{GEN, LOCK, LOCK_COUNT, LOCK_OWNER};

    const NOW: i64 = 1_800_000_000_000;
    const MINUTE: Duration = Duration::from_secs(60);

    fn layout() -> Layout {
        Layout::new(&Settings::defaults()).unwrap()
    }

    fn item(count: i64) -> Item {
        Item::from([
            (LOCK.to_owned(), AttributeValue::number(NOW)),
            (LOCK_COUNT.to_owned(), AttributeValue::number(count)),
            (LOCK_OWNER.to_owned(), AttributeValue::String("me".into())),
            ("expires".to_owned(), AttributeValue::number(NOW / 1_000)),
        ])
    }

    #[test]
    fn a_lease_is_told_from_an_acquisition_of_its_own_that_is_served_once_more() {
        let mut lease = Lease::new("me".into(), 1, Duration::from_secs(100), MINUTE);
        assert!(lease.fence().holds(Some(&item(8))));
        lease.take(&layout(), &item(7));
        assert!(lease.fence().holds(Some(&item(7))) && !lease.fence().holds(Some(&item(8))));
    }

    #[test]
    fn a_lease_knows_whether_its_item_is_there_only_because_of_it() {
        let taken = |item: &Item| {
            let mut lease = Lease::new("me".into(), 1, Duration::ZERO, MINUTE);
            lease.take(&layout(), item);
            lease.held.unwrap().item
        };
        assert_eq!(taken(&item(1)), LockedItem::LockMade);
        let mut others = item(1);
        others.insert("note".into(), AttributeValue::String("x".into()));
        assert_eq!(taken(&others), LockedItem::LockMadeAmongOthers);
        let mut session = item(1);
        session.insert(GEN.into(), AttributeValue::Binary(vec![1; 8]));
        assert_eq!(taken(&session), LockedItem::Session);
    }
}
