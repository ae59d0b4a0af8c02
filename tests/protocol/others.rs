//! The AWS SDK, a handler without locks, an older dynamosess, a logout, TTL.

use dynamosess::dynamodb::{AttributeValue, Item};
use dynamosess::session::item::{GEN, LOCK};

use crate::page::LAYOUT;
use crate::promises;
use crate::world::{LIFE, START, World};

/// A program of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Other {
    /// So many pages of the AWS SDK, one after the other, with its own locking. It holds a lock for less than a minute.
    Sdk(u8),
    /// A handler that looks at no lock, and takes it away when it writes (Idealstack's): reads once, writes once.
    Careless,
    /// A dynamosess that knows no revisions, without locking: reads once, writes once.
    Older,
    /// A peer that replaces whole items, once.
    Replacer,
    /// Destroys the session, once.
    Logout,
    /// Deletes what has ended, at any time after that.
    Ttl,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    other: Other,
    /// What it has read, and when.
    holding: Option<(String, Option<AttributeValue>, i64)>,
    is_done: bool,
}

impl Peer {
    pub fn new(other: Other) -> Self {
        Peer { other, holding: None, is_done: false }
    }

    pub fn can_act(&self, world: &World) -> bool {
        let has_lock = |item: &Item| item.contains_key(LOCK);
        match (self.other, &self.holding) {
            _ if self.is_done => false,
            (Other::Ttl, _) => {
                world.item.as_ref().and_then(|item| LAYOUT.expires(item)).is_some_and(|end| end <= START + world.now)
            }
            (Other::Sdk(0), _) => false,
            (Other::Sdk(_), None) => world.item.as_ref().is_none_or(|item| !has_lock(item)),
            (Other::Sdk(_), Some((.., since))) => world.now - since < 60,
            (Other::Logout | Other::Older | Other::Careless, None) => world.item.is_some(),
            (Other::Older, Some((_, generation, _))) => {
                world.item.as_ref().is_some_and(|item| item.get(GEN) == generation.as_ref())
            }
            (Other::Careless | Other::Replacer | Other::Logout, _) => true,
        }
    }

    pub fn act(world: &mut World, at: usize) {
        let mut peer = world.others[at].clone();
        let before = world.item.clone();
        match (peer.other, peer.holding.take()) {
            (Other::Ttl | Other::Logout, _) => {
                world.item = None;
                promises::ended(world, before.as_ref(), peer.other == Other::Ttl);
                peer.is_done = true;
            }
            (Other::Replacer, _) => {
                world.item = Some(Item::from([("id".to_owned(), AttributeValue::String("k".into()))]));
                write(world, "", 'R');
                promises::ended(world, before.as_ref(), false);
                peer.is_done = true;
            }
            (other, None) => {
                let item = world
                    .item
                    .get_or_insert_with(|| Item::from([("id".to_owned(), AttributeValue::String("k".into()))]));
                if let Other::Sdk(_) = other {
                    item.insert(LOCK.to_owned(), AttributeValue::number(1));
                }
                peer.holding = Some((promises::data(Some(item)), item.get(GEN).cloned(), world.now));
            }
            (Other::Sdk(pages), Some((seen, ..))) => {
                write(world, &seen, char::from(b'R' + pages));
                world.item.as_mut().unwrap().remove(LOCK);
                peer.other = Other::Sdk(pages - 1);
            }
            (Other::Careless, Some((seen, ..))) => {
                write(world, &seen, 'C');
                world.item.as_mut().unwrap().remove(LOCK);
                peer.is_done = true;
            }
            (Other::Older, Some((seen, ..))) => {
                write(world, &seen, 'O');
                peer.is_done = true;
            }
        }
        world.others[at] = peer;
    }
}

/// What it had read, and a name of its own; no revision.
fn write(world: &mut World, seen: &str, mark: char) {
    let data = format!("{seen}{mark}|i:1;");
    let item = world.item.get_or_insert_with(|| Item::from([("id".to_owned(), AttributeValue::String("k".into()))]));
    item.insert("data".to_owned(), AttributeValue::Binary(data.as_bytes().to_vec()));
    // Ours are longer by touch_interval: so others' writes move `expires`, also within a second.
    item.insert("expires".to_owned(), AttributeValue::number(START + world.now + LIFE - 60));
    world.unnoticed.push(mark.to_string());
}
