//! What is in an item, and when it counts as absent.

use crate::config::Settings;
use crate::dynamodb::{AttributeValue, Condition, Item};
use crate::error::{Cause, MAX_ITEM_BYTES};

/// 8 random bytes that tell a session from its successor under the same id.
pub const GEN: &str = "gen";
/// The last revisions of the data, newest first: each write of data puts a new one in front, a touch leaves it. Tells a
/// writer whether anybody has written since it read, and whether its own lost write was served.
pub const REV: &str = "rev";
/// 1: held by the AWS SDK; over 1: when ours ends, in epoch ms.
pub const LOCK: &str = "lock";
/// Whose lock it is; means nothing without [`LOCK`] over 1.
pub const LOCK_OWNER: &str = "lock_owner";
/// How often the lock was taken. Never taken away: it tells an acquisition from one repeated later.
pub const LOCK_COUNT: &str = "lock_count";
/// Since when (epoch ms) and with which `expires` a waiter has seen the AWS SDK's lock.
pub const LOCK_SEEN: &str = "lock_seen";

/// What all attributes of a lock take up, in bytes: 12, some 70, some 20, and 39 for a mark; and some to spare.
const LOCK_BYTES: usize = 160;

/// How many revisions an item keeps, and the length of one in bytes.
const MOST_REVISIONS: usize = 8;
const REVISION_BYTES: usize = 4;

/// The names of the attributes that settings can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Partition key.
    pub hash_key: String,
    /// End of life.
    pub expires: String,
    /// The session's data.
    pub data: String,
}

impl Layout {
    /// The layout of these settings; names that collide cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, Cause> {
        let layout = Layout {
            hash_key: settings.hash_key.clone(),
            expires: settings.session_lifetime_attribute.clone(),
            data: settings.data_attribute.clone(),
        };
        let mut names =
            [&layout.hash_key, &layout.expires, &layout.data, GEN, REV, LOCK, LOCK_OWNER, LOCK_COUNT, LOCK_SEEN];
        names.sort_unstable();
        match names.windows(2).find(|pair| pair.first() == pair.last()) {
            Some(_) => Err(Cause::Setting(format!(
                "hash_key, session_lifetime_attribute and data_attribute must differ from one another and from \
                 '{GEN}', '{REV}', '{LOCK}', '{LOCK_OWNER}', '{LOCK_COUNT}' and \
                 '{LOCK_SEEN}'"
            ))),
            None => Ok(layout),
        }
    }

    /// When the item's session ends, in seconds since the epoch.
    pub fn expires(&self, item: &Item) -> Option<i64> {
        item.get(&self.expires).and_then(AttributeValue::as_i64)
    }

    /// Whether there is a session in it: neither expired nor there only because of a lock.
    pub fn is_live(&self, item: &Item, now: i64) -> bool {
        match self.expires(item) {
            Some(expires) => expires > now && !self.is_lock_made(item),
            None => item.contains_key(&self.data),
        }
    }

    /// Whether only a lock of ours has made this item, however the lock's holder ended. The AWS SDK's empty session has
    /// no data either, but none of our lock's attributes; ours have a generation.
    pub fn is_lock_made(&self, item: &Item) -> bool {
        self.is_empty(item) && item.contains_key(LOCK_COUNT)
    }

    /// No data and no generation.
    pub fn is_empty(&self, item: &Item) -> bool {
        !item.contains_key(&self.data) && generation(item).is_none()
    }

    /// [`Layout::is_live`] as a condition.
    pub fn live(&self, now: i64) -> Condition {
        let is_session = Condition::Any(vec![
            Condition::Exists(self.data.clone()),
            Condition::Exists(GEN.to_owned()),
            Condition::Missing(LOCK_COUNT.to_owned()),
        ]);
        Condition::Any(vec![
            Condition::All(vec![Condition::Over(self.expires.clone(), now), is_session]),
            Condition::All(vec![Condition::NoNumber(self.expires.clone()), Condition::Exists(self.data.clone())]),
        ])
    }

    /// The opposite of [`Layout::live`].
    pub fn absent(&self, now: i64) -> Condition {
        Condition::Any(vec![
            Condition::Missing(self.hash_key.clone()),
            Condition::AtMost(self.expires.clone(), now),
            Condition::All(vec![Condition::NoNumber(self.expires.clone()), Condition::Missing(self.data.clone())]),
            Condition::All(vec![
                Condition::Missing(self.data.clone()),
                Condition::Missing(GEN.to_owned()),
                Condition::Exists(LOCK_COUNT.to_owned()),
            ]),
        ])
    }

    /// The session that was read is still the one there: not destroyed, nor begun anew under its id.
    pub fn same(&self, generation: Option<&Generation>) -> Condition {
        match generation {
            Some(generation) => Condition::Equals(GEN.to_owned(), generation.clone()),
            None => Condition::All(vec![Condition::Exists(self.hash_key.clone()), Condition::Missing(GEN.to_owned())]),
        }
    }

    /// The size of an item with these data, in bytes, and whether DynamoDB takes it; and, where it is to be locked
    /// again, takes it with a lock too.
    pub fn check_size(&self, key: &str, data: Option<&AttributeValue>, locking: bool) -> Result<(), Cause> {
        let room = if locking { LOCK_BYTES } else { 0 };
        let revisions = REV.len() + MOST_REVISIONS * REVISION_BYTES;
        let fixed = self.hash_key.len() + key.len() + self.expires.len() + 6 + GEN.len() + 8 + revisions;
        let bytes = room + fixed + data.map_or(0, |value| self.data.len() + value.size());
        if bytes > MAX_ITEM_BYTES { Err(Cause::TooLarge { bytes }) } else { Ok(()) }
    }
}

/// The value of [`GEN`].
pub type Generation = AttributeValue;

/// One revision in [`REV`].
pub type Revision = [u8; REVISION_BYTES];

/// The value of [`REV`] as it stands, of whatever type.
pub fn revisions(item: &Item) -> Option<AttributeValue> {
    item.get(REV).cloned()
}

/// The value of [`REV`] after a write: the new revision, then the latest of those seen.
pub fn with_revision(seen: Option<&AttributeValue>, new: Revision) -> AttributeValue {
    let mut list = new.to_vec();
    if let Some(AttributeValue::Binary(seen)) = seen {
        list.extend(seen.iter().take((MOST_REVISIONS - 1) * REVISION_BYTES));
    }
    AttributeValue::Binary(list)
}

/// Whether a write of this revision was served, and none of its successors has pushed it out.
pub fn has_revision(item: &Item, revision: Revision) -> bool {
    match item.get(REV) {
        Some(AttributeValue::Binary(list)) => list.chunks_exact(REVISION_BYTES).any(|one| one == revision),
        _ => false,
    }
}

/// Whether the last write with a revision was this one.
pub fn is_latest(item: &Item, revision: Revision) -> bool {
    matches!(item.get(REV), Some(AttributeValue::Binary(list)) if list.starts_with(&revision))
}

/// `name` is as it was seen, absence included.
pub fn unchanged(name: &str, seen: Option<&AttributeValue>) -> Condition {
    match seen {
        Some(value) => Condition::Equals(name.to_owned(), value.clone()),
        None => Condition::Missing(name.to_owned()),
    }
}

/// The generation of an item; peers' items have none. One of another type than ours tells sessions apart as well.
pub fn generation(item: &Item) -> Option<Generation> {
    item.get(GEN).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        Layout::new(&Settings::defaults()).unwrap()
    }

    fn item(expires: Option<i64>, data: bool) -> Item {
        let mut item = Item::from([("id".to_owned(), AttributeValue::String("k".into()))]);
        if let Some(expires) = expires {
            item.insert("expires".into(), AttributeValue::number(expires));
        }
        if data {
            item.insert("data".into(), AttributeValue::String("x|i:1;".into()));
        }
        item
    }

    #[test]
    fn expired_items_and_ghosts_are_absent_and_conditions_say_the_same() {
        for (expires, data, live) in [
            (Some(101), true, true),
            (Some(101), false, true),
            (Some(100), true, false),
            (Some(99), true, false),
            (None, true, true),
            (None, false, false),
        ] {
            let item = item(expires, data);
            assert_eq!(layout().is_live(&item, 100), live, "{expires:?} {data}");
            assert_eq!(layout().live(100).holds(Some(&item)), live);
            assert_eq!(layout().absent(100).holds(Some(&item)), !live);
        }
        assert!(layout().absent(100).holds(None) && !layout().live(100).holds(None));
    }

    #[test]
    fn an_end_of_life_that_is_no_number_is_none() {
        for (data, live) in [(true, true), (false, false)] {
            let mut odd = item(None, data);
            odd.insert("expires".into(), AttributeValue::String("200".into()));
            assert_eq!(layout().is_live(&odd, 100), live);
            assert_eq!(layout().live(100).holds(Some(&odd)), live);
            assert_eq!(layout().absent(100).holds(Some(&odd)), !live);
        }
    }

    #[test]
    fn a_peers_item_is_the_same_as_long_as_it_has_no_generation() {
        let mut peer = item(Some(101), true);
        let generation = AttributeValue::Binary(vec![1; 8]);
        assert!(layout().same(None).holds(Some(&peer)));
        assert!(!layout().same(None).holds(None));
        peer.insert(GEN.into(), generation.clone());
        assert!(!layout().same(None).holds(Some(&peer)));
        assert!(layout().same(Some(&generation)).holds(Some(&peer)));
    }

    #[test]
    fn what_only_a_lock_has_made_is_absent_and_the_sdks_empty_session_is_not() {
        let mut made = item(Some(101), false);
        assert!(layout().is_live(&made, 100));
        made.insert(LOCK_COUNT.into(), AttributeValue::number(1));
        assert!(!layout().is_live(&made, 100) && !layout().live(100).holds(Some(&made)));
        assert!(layout().absent(100).holds(Some(&made)));
        for begun in ["data", GEN] {
            let mut session = made.clone();
            session.insert(begun.into(), AttributeValue::Binary(vec![1; 8]));
            assert!(layout().is_live(&session, 100) && layout().live(100).holds(Some(&session)), "{begun}");
            assert!(!layout().absent(100).holds(Some(&session)), "{begun}");
        }
    }

    #[test]
    fn the_last_eight_revisions_are_kept_newest_first() {
        let mut item = Item::new();
        for n in 0..12 {
            let list = with_revision(revisions(&item).as_ref(), [n; 4]);
            item.insert(REV.into(), list);
        }
        assert!((4..12).all(|n| has_revision(&item, [n; 4])) && !has_revision(&item, [3; 4]));
        assert_eq!(item[REV].size(), 32);
        item.insert(REV.into(), AttributeValue::String("odd".into()));
        assert_eq!(with_revision(revisions(&item).as_ref(), [7; 4]), AttributeValue::Binary(vec![7; 4]));
    }

    #[test]
    fn attribute_names_must_differ() {
        for clash in ["id", "expires", "lock", "gen", "rev"] {
            let settings = Settings { data_attribute: clash.into(), ..Settings::defaults() };
            assert!(Layout::new(&settings).is_err(), "{clash}");
        }
    }

    #[test]
    fn an_item_over_400_kb_is_known_before_it_is_sent() {
        let data = |n| AttributeValue::Binary(vec![0; n]);
        assert!(layout().check_size("k", Some(&data(409_500)), false).is_ok());
        let too_large = layout().check_size("k", Some(&data(409_600)), false);
        assert!(matches!(too_large, Err(Cause::TooLarge { bytes }) if bytes > 409_600));
    }
}
