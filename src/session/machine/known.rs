//! What is known of a session, from its read to its write.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::Now;
use crate::dynamodb::{AttributeValue, Item};
use crate::error::{Cause, Error, Result};
use crate::session::format::{self, Protection};
use crate::session::item::{self, Generation, Revision};

/// For how long the next `read` need not ask: PHP calls it right after `create_sid` and `validate_sid`, but the class
/// can be used by a process that only ever validates.
const REMEMBERED_FOR: Duration = Duration::from_secs(1);

/// Session data, as PHP has them.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Data(Arc<Vec<u8>>);

/// What is known of what is stored under an id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Known {
    /// It was not asked.
    #[default]
    Nothing,
    /// It was read, or written, and this is what was there then.
    Read(Read),
    /// Another request has destroyed it since: what is written now is dropped, so that a late request cannot undo a
    /// logout.
    Gone,
    /// Nobody knows, or it must not be written: why.
    Failed(Error),
}

/// What a read or a write has found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Read {
    /// `None`: there was no session.
    pub session: Option<Live>,
    /// What it was read under.
    pub basis: Basis,
}

/// What a session was read under, and so what its write has to be fenced by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// No lock.
    Free,
    /// The lock of this owner, and of this process.
    Locked {
        /// See [`super::super::lease::Lease::owner`].
        owner: String,
        /// Process id.
        process: u32,
    },
    /// A lock that this handler's own write has given back, when it had been taken so often.
    GivenBack {
        /// See [`super::super::lease::Held::count`].
        count: i64,
        /// Process id.
        process: u32,
    },
    /// A lock that stayed another request's (`on_lock_timeout = read_only`).
    ReadOnly,
}

/// A session that is there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Live {
    /// As seen; `None`: absent.
    pub generation: Option<Generation>,
    /// The list of revisions as seen; `None`: absent.
    pub revisions: Option<AttributeValue>,
    /// The data as they are stored, unpacked; `None` where they were too many to keep.
    pub stored: Option<Data>,
    /// The data that PHP has: what it was given, or has handed over last. They differ from what is stored where that
    /// was merged.
    pub handed: Option<Data>,
    /// End of life.
    pub expires: Option<i64>,
}

/// A write of data whose outcome is not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sent {
    /// By which its success is recognised.
    pub revision: Revision,
    /// What PHP has handed over.
    pub handed: Data,
    /// What would be stored: that, or what it was merged to.
    pub payload: Data,
}

/// What the next `read` need not ask for; used once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NextRead {
    since: Duration,
    what: Ahead,
}

/// What is known ahead of a `read`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ahead {
    /// `create_sid` has just made the id.
    Fresh,
    /// `validate_sid` has read it.
    Validated(Result<Read>),
}

impl Data {
    /// The bytes themselves.
    pub fn into_vec(self) -> Vec<u8> {
        Arc::unwrap_or_clone(self.0)
    }
}

impl From<Vec<u8>> for Data {
    fn from(bytes: Vec<u8>) -> Self {
        Data(Arc::new(bytes))
    }
}

impl Deref for Data {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// A session's content is nobody's business.
impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Known {
    /// A session that was not there.
    pub fn is_new(&self) -> bool {
        matches!(self, Known::Read(Read { session: None, .. }))
    }
}

impl NextRead {
    pub(super) fn fresh(now: Duration) -> Self {
        NextRead { since: now, what: Ahead::Fresh }
    }

    pub(super) fn validated(now: Duration, read: Result<Read>) -> Self {
        NextRead { since: now, what: Ahead::Validated(read) }
    }

    /// What it says, while it is new enough.
    pub(super) fn at(self, now: Duration) -> Option<Ahead> {
        (now.saturating_sub(self.since) <= REMEMBERED_FOR).then_some(self.what)
    }

    pub(super) fn what(self) -> Ahead {
        self.what
    }

    pub(super) fn is_fresh_at(&self, now: Duration) -> bool {
        self.clone().at(now) == Some(Ahead::Fresh)
    }
}

impl Live {
    /// The session in an item. Its data are all that can be wrong with it.
    pub(super) fn of(mut item: Item, now: &Now<'_>) -> std::result::Result<Live, Cause> {
        let stored = match item.remove(&now.layout.data) {
            None => Vec::new(),
            Some(value) => {
                let decoded = format::decode(value, now.format, now.key)?;
                match decoded.protection {
                    Protection::OtherKey => now.stats.other_key_reads.count(),
                    Protection::None if now.format.keys.is_some() => now.stats.unencrypted_reads.count(),
                    Protection::FirstKey | Protection::None => {}
                }
                decoded.data
            }
        };
        let stored = Some(Data::from(stored));
        Ok(Live { handed: stored.clone(), stored, ..Live::undecoded(&item, now) })
    }

    /// The same without its data.
    pub(super) fn undecoded(item: &Item, now: &Now<'_>) -> Live {
        Live {
            generation: item::generation(item),
            revisions: item::revisions(item),
            stored: None,
            handed: None,
            expires: now.layout.expires(item),
        }
    }
}
