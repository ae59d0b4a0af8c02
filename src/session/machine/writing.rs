//! A write of data: what is sent, and on which condition.

use super::known::{Basis, Data, Known, Live, Read, Sent};
use super::refused::Theirs;
use super::{Action, Event, Now, Session, Task, Value, done, stray};
use crate::dynamodb::{AttributeValue, Condition, Outcome, Update};
use crate::error::{Cause, Error, is_item_too_large};
use crate::session::format;
use crate::session::item::{self, GEN, Generation, REV, Revision};
use crate::session::lock;
use crate::session::merge;

/// A write on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Writing {
    /// What PHP has handed over.
    pub(super) mine: Data,
    /// What PHP had before; `None`: nobody knows.
    pub(super) base: Option<Data>,
    /// What is sent: `mine`, or what it was merged to.
    pub(super) payload: Data,
    pub(super) target: Target,
    pub(super) phase: Phase,
    /// How often it was refused because others have written.
    pub(super) conflicts: u32,
    /// Whether others' changes were merged with these, or overwritten; `None`: there were none.
    pub(super) is_merged: Option<bool>,
    /// What the last UpdateItem has set.
    pub(super) revision: Revision,
    generation: Option<Generation>,
    expires: i64,
}

/// What is written to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// A session that is not there yet; where it is created without a lock, only where there is none.
    New(Absence),
    /// The session of this generation, and these revisions, as they were seen.
    Session(Live),
    /// The same, which the write begins a second time: whatever its revisions.
    Again(Live),
}

/// What is known of an item in which there is no session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Absence {
    /// Nothing; and no reply has confirmed the clock yet, so that nothing may be replaced on its word.
    Unconfirmed,
    /// It is missing, or what is in it has ended. A dead lock goes with it.
    Ended,
    /// It is locked by another request, whose lock stays.
    Locked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    /// The UpdateItem is on its way.
    Sending,
    /// It was refused, and its reply did not show the item.
    LookingWhy,
    /// Others have written often: they go first.
    Pausing,
    /// The item is read after a pause.
    Looking,
}

/// What fences a write.
pub(super) enum Fence {
    None,
    Lock,
    GivenBack { count: i64, process: u32 },
}

impl Session {
    /// `keep`: the data of a session that is there stay as they are.
    pub(super) fn write(&mut self, mine: Data, keep: bool, now: &mut Now<'_>) -> Action {
        self.adopt_validated();
        let (session, basis) = match &self.known {
            Known::Failed(error) => return Action::Return(Err(error.clone())),
            Known::Gone => return done(),
            Known::Read(read) => (read.session.as_ref(), read.basis.clone()),
            Known::Nothing => (None, Basis::Free),
        };
        // A write that may have been served may have changed what is there.
        let is_as_given =
            |given: &Data| *given == mine || mine.is_empty() && merge::has_no_names(now.serializer, given);
        let is_same = |live: &Live| live.handed.as_ref().is_some_and(is_as_given) && self.sent.is_empty();
        let is_unchanged = session.is_some_and(|live| keep || is_same(live));
        let is_nothing = is_unchanged || session.is_none() && mine.is_empty();
        match basis {
            // Only what the parent writes is fenced by its lock.
            Basis::Locked { process, .. } | Basis::GivenBack { process, .. } if process != now.process => {
                match is_nothing {
                    true => done(),
                    false => self.refuse("write", Cause::ParentsLock),
                }
            }
            Basis::ReadOnly if is_nothing => done(),
            Basis::ReadOnly => self.refuse("write", Cause::ReadOnly),
            Basis::Locked { ref owner, .. } if !self.is_ours(owner, now) => match is_unchanged {
                // Nothing but the expiry is lost, and the lock's next holder moves that.
                true => done(),
                false => self.refuse("write", Cause::LockLost),
            },
            _ if is_unchanged => self.touch_known(now),
            _ => self.begin_write(mine, now),
        }
    }

    /// Changed data only, and not under a lock, which keeps the next request waiting anyway.
    pub(super) fn write_early(&mut self, mine: Data, now: &mut Now<'_>) -> Action {
        let is_due = match &self.known {
            Known::Read(Read { session: Some(live), basis: Basis::Free }) => live.handed.as_ref() != Some(&mine),
            Known::Read(Read { session: None, basis: Basis::Free }) => true,
            _ => false,
        };
        if is_due && !now.settings.locking { self.write(mine, false, now) } else { done() }
    }

    fn is_ours(&self, owner: &str, now: &Now<'_>) -> bool {
        self.holds(now) && self.lock.as_ref().is_some_and(|lease| lease.owner == owner)
    }

    pub(super) fn fence(&self) -> Fence {
        match &self.known {
            Known::Read(Read { basis: Basis::Locked { .. }, .. }) => Fence::Lock,
            Known::Read(Read { basis: Basis::GivenBack { count, process }, .. }) => {
                Fence::GivenBack { count: *count, process: *process }
            }
            _ => Fence::None,
        }
    }

    fn begin_write(&mut self, mine: Data, now: &mut Now<'_>) -> Action {
        self.is_made_here = false;
        let live = match &self.known {
            Known::Read(read) => read.session.clone(),
            _ => None,
        };
        let base = match (&self.known, &live) {
            (Known::Read(_), None) => Some(Data::default()),
            (_, live) => live.as_ref().and_then(|live| live.handed.clone()),
        };
        let mut task = Writing {
            payload: mine.clone(),
            target: Target::New(if now.is_confirmed { Absence::Ended } else { Absence::Unconfirmed }),
            phase: Phase::Sending,
            conflicts: 0,
            is_merged: None,
            revision: Revision::default(),
            generation: None,
            expires: 0,
            base,
            mine,
        };
        if let Some(live) = live {
            let begins_again =
                task.base.as_ref().is_some_and(|base| merge::empties_session(now.serializer, base, &task.mine));
            if begins_again {
                task.target = Target::Again(live);
                return self.send_write(task, now);
            }
            // What was merged once is merged with every later write.
            let merged = live.stored.clone().filter(|stored| task.base.as_ref().is_some_and(|base| base != stored));
            task.target = Target::Session(live);
            if let Some(stored) = merged {
                task.payload = task.merge(&stored, now);
            }
        }
        self.send_write(task, now)
    }

    pub(super) fn send_write(&mut self, mut task: Writing, now: &mut Now<'_>) -> Action {
        let mut update = match self.replacement(&task.payload, now) {
            Ok(update) => update,
            Err(cause) => return Action::Return(Err(Error::new("write", cause))),
        };
        task.expires = now.new_expires();
        task.revision = ((now.random)() as u32).to_be_bytes();
        task.generation = match &task.target {
            Target::Session(_) => None,
            Target::New(_) | Target::Again(_) => Some(AttributeValue::Binary((now.random)().to_be_bytes().to_vec())),
        };
        let seen = match &task.target {
            Target::Session(live) => live.revisions.as_ref(),
            Target::New(_) | Target::Again(_) => None,
        };
        update.set.push((now.layout.expires.clone(), AttributeValue::number(task.expires)));
        update.set.push((REV.to_owned(), item::with_revision(seen, task.revision)));
        update.set.extend(task.generation.clone().map(|generation| (GEN.to_owned(), generation)));
        self.fence_write(&mut update, &task, now);
        task.phase = Phase::Sending;
        self.task = Task::Writing(Box::new(task));
        Action::Update(update)
    }

    /// Replaces the data.
    fn replacement(&self, payload: &Data, now: &mut Now<'_>) -> Result<Update, Cause> {
        let nonce = (now.nonce)();
        if nonce.is_some() {
            now.stats.encryptions.count();
        }
        let value = format::encode(payload, now.format, now.key, nonce)?;
        now.layout.check_size(now.key, value.as_ref(), now.settings.locking)?;
        let name = now.layout.data.clone();
        Ok(match value {
            Some(value) => Update { set: vec![(name, value)], ..Update::default() },
            None => Update { remove: vec![name], ..Update::default() },
        })
    }

    fn fence_write(&self, update: &mut Update, task: &Writing, now: &Now<'_>) {
        let same_session = |live: &Live| now.layout.same(live.generation.as_ref());
        let mut conditions = match (&task.target, self.fence()) {
            (Target::New(_), Fence::Lock) => {
                let seen = self.lock.as_ref().and_then(|lease| lease.held.as_ref()?.generation.as_ref());
                vec![item::unchanged(GEN, seen)]
            }
            (Target::New(Absence::Unconfirmed), _) => vec![Condition::Missing(now.layout.hash_key.clone())],
            (Target::New(Absence::Locked), _) => vec![now.layout.absent(now.seconds())],
            (Target::New(Absence::Ended), _) => {
                update.remove.push(item::LOCK.to_owned());
                // A write without a lock leaves a living holder's alone, also on what has ended.
                vec![now.layout.absent(now.seconds()), lock::unleased(now.wall_ms)]
            }
            (Target::Again(live), _) => vec![same_session(live)],
            (Target::Session(live), _) => {
                vec![same_session(live), item::unchanged(REV, live.revisions.as_ref())]
            }
        };
        match (self.fence(), &self.lock) {
            (Fence::Lock, Some(lease)) => {
                conditions.push(lease.fence());
                lock::add_release(update);
            }
            (Fence::GivenBack { count, .. }, _) => {
                let expires = task.target.live().and_then(|live| live.expires);
                conditions.push(lock::not_taken_since(now.layout, count, expires));
            }
            _ => {}
        }
        update.condition = Some(Condition::All(conditions));
    }

    pub(super) fn writing(&mut self, mut task: Box<Writing>, event: Event, now: &mut Now<'_>) -> Action {
        match (task.phase, event) {
            (Phase::Sending, Event::Changed(Ok(Outcome::Done(_)))) => self.written(*task, now),
            (Phase::Sending, Event::Changed(Ok(Outcome::Refused(refused)))) => match refused.item {
                Some(item) => self.refused(*task, Theirs { item, date: refused.now, is_read: false }, now),
                None => {
                    task.phase = Phase::LookingWhy;
                    self.task = Task::Writing(task);
                    Action::Get { consistent: true }
                }
            },
            (Phase::Sending, Event::Changed(Err(mut error))) => {
                // A repeated write recognises this one, if it was served.
                let (handed, payload, bytes) = (task.mine, task.payload.clone(), task.payload.len());
                self.sent.push(Sent { revision: task.revision, handed, payload });
                if is_item_too_large(&error.cause) {
                    let bytes = now.key.len() + bytes;
                    error.cause = Cause::TooLarge { bytes };
                }
                Action::Return(Err(error))
            }
            (Phase::LookingWhy | Phase::Looking, Event::Got(Ok(fetched))) => match fetched.item {
                Some(item) => self.refused(*task, Theirs { item, date: fetched.now, is_read: true }, now),
                None => self.vanished(*task, now),
            },
            (Phase::Pausing, Event::Waited) => {
                task.phase = Phase::Looking;
                self.task = Task::Writing(task);
                Action::Get { consistent: true }
            }
            (_, Event::Got(Err(error))) => Action::Return(Err(error)),
            _ => stray(),
        }
    }

    fn written(&mut self, task: Writing, now: &mut Now<'_>) -> Action {
        now.stats.writes.count();
        task.count_merge(now);
        now.stats.bytes_written.add(task.payload.len() as u64);
        let before = task.target.live();
        let live = Live {
            generation: task.generation.clone().or_else(|| before.and_then(|live| live.generation.clone())),
            revisions: Some(item::with_revision(task.seen(), task.revision)),
            stored: Some(task.payload),
            handed: Some(task.mine),
            expires: Some(task.expires),
        };
        self.stored(live);
        if now.clock_moved { self.correct_expiry(now) } else { Action::Return(Ok(Value::Done)) }
    }

    /// This is stored now. A lock that the write was fenced by is given back.
    pub(super) fn stored(&mut self, live: Live) {
        let basis = match self.fence() {
            Fence::None => Basis::Free,
            Fence::GivenBack { count, process } => Basis::GivenBack { count, process },
            Fence::Lock => {
                let lease = self.lock.take();
                let process = lease.as_ref().map_or(0, |lease| lease.process);
                let count = lease.and_then(|lease| lease.held).map_or(0, |held| held.count);
                Basis::GivenBack { count, process }
            }
        };
        self.sent.clear();
        self.known = Known::Read(Read { session: Some(live), basis });
    }
}

impl Writing {
    fn seen(&self) -> Option<&AttributeValue> {
        match &self.target {
            Target::Session(live) => live.revisions.as_ref(),
            Target::New(_) | Target::Again(_) => None,
        }
    }
}

impl Target {
    pub(super) fn live(&self) -> Option<&Live> {
        match self {
            Target::New(_) => None,
            Target::Session(live) | Target::Again(live) => Some(live),
        }
    }
}
