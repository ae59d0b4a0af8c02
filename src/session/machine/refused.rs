//! What a refused write means, by the item as it is now; and what is merged.

use std::time::Duration;

use super::known::{Data, Known, Live, Sent};
use super::writing::{Absence, Fence, Phase, Target, Writing};
use super::{Action, Now, Session, Task, done};
use crate::config::OnConflict;
use crate::dynamodb::Item;
use crate::error::{Cause, Error};
use crate::session::item::{self, LOCK, REV};
use crate::session::lock::{self, Holder};
use crate::session::merge;

/// After so many refusals in a row others go first: a write that begins together with many others would meet each of them.
const HASTY_ROUNDS: u32 = 2;
const FIRST_PAUSE: Duration = Duration::from_millis(8);
const LONGEST_PAUSE: Duration = Duration::from_millis(64);

/// The item that others have left.
pub(super) struct Theirs {
    pub(super) item: Item,
    /// The moment of the reply, by the server's clock (epoch seconds).
    pub(super) date: i64,
    /// It was read after the refusal, not shown by it.
    pub(super) is_read: bool,
}

impl Session {
    pub(super) fn refused(&mut self, task: Writing, theirs: Theirs, now: &mut Now<'_>) -> Action {
        if let Some(sent) = self.served(&task, &theirs.item) {
            return self.was_served(task, sent, theirs, now);
        }
        match self.fence() {
            Fence::Lock => self.refused_under_lock(task, theirs, now),
            Fence::GivenBack { count, .. } => self.refused_after_lock(task, count, theirs, now),
            Fence::None => self.refused_freely(task, theirs, now),
        }
    }

    /// The write of ours that was served, though its answer was lost.
    fn served(&self, task: &Writing, item: &Item) -> Option<Sent> {
        let (revision, handed, payload) = (task.revision, task.mine.clone(), task.payload.clone());
        let this = item::has_revision(item, revision).then_some(Sent { revision, handed, payload });
        this.or_else(|| self.sent.iter().rev().find(|sent| item::has_revision(item, sent.revision)).cloned())
    }

    /// That is success for the data it carried. For others they become what PHP had before.
    fn was_served(&mut self, mut task: Writing, sent: Sent, theirs: Theirs, now: &mut Now<'_>) -> Action {
        let mut live = match Live::of(theirs.item.clone(), now) {
            Ok(live) => live,
            Err(cause) => return Action::Return(Err(Error::new("write", cause))),
        };
        live.handed = Some(sent.handed.clone());
        // A peer that leaves no revision has written since: what it has seen under a lock is not this page's to change.
        let is_last = item::is_latest(&theirs.item, sent.revision);
        let is_changed = is_last && live.stored.as_ref() != Some(&sent.payload);
        // It has given the lock back; but validate_sid may have taken it again since.
        let is_locked = self.lock.as_ref().is_some_and(|lease| lease.fence().holds(Some(&theirs.item)));
        let fence = self.fence();
        match (&mut self.known, fence) {
            (Known::Read(read), Fence::Lock) if is_locked => read.session = Some(live),
            _ => self.stored(live),
        }
        self.sent.clear();
        if sent.handed == task.mine {
            now.stats.writes.count();
            return if is_locked { self.touch_known(now) } else { done() };
        }
        if is_changed && matches!(self.fence(), Fence::GivenBack { .. }) {
            return self.refuse("write", Cause::LockGivenBack);
        }
        task.base = Some(sent.handed);
        // What is recognised once is not looked for again.
        task.revision = item::Revision::default();
        self.refused(task, theirs, now)
    }

    fn refused_freely(&mut self, mut task: Writing, theirs: Theirs, now: &mut Now<'_>) -> Action {
        let Theirs { item, date, .. } = &theirs;
        match &task.target {
            Target::New(_) if !now.layout.is_live(item, *date) => {
                let is_held = lock::holder(now.layout, item, now.wall_ms) == Holder::Lease;
                task.target = Target::New(if is_held { Absence::Locked } else { Absence::Ended });
                self.again(task, theirs.is_read, now)
            }
            // Somebody has begun it meanwhile.
            Target::New(_) => self.conflict(task, theirs, now),
            Target::Again(live) | Target::Session(live) => {
                let is_same = now.layout.same(live.generation.as_ref()).holds(Some(item));
                // A peer that replaces whole items has begun it a second time.
                let is_replaced = live.revisions.is_some() && !item.contains_key(REV);
                if is_same && !is_replaced { self.conflict(task, theirs, now) } else { self.gone(&live.clone(), now) }
            }
        }
    }

    fn refused_under_lock(&mut self, task: Writing, theirs: Theirs, now: &mut Now<'_>) -> Action {
        let seen = self.lock.as_ref().and_then(|lease| lease.held.as_ref()?.generation.clone());
        let is_same = item::generation(&theirs.item) == seen;
        let is_ours = self.lock.as_ref().is_some_and(|lease| lease.fence().holds(Some(&theirs.item)));
        match (is_ours, task.target.live()) {
            // Another request without a lock has written to it, or begun it.
            (true, Some(_)) if is_same => self.conflict(task, theirs, now),
            (true, None) if theirs.item.contains_key(REV) => self.conflict(task, theirs, now),
            // Only a lock that was asked for twice is on what others have begun: its item had gone in between.
            (true, None) => self.release_and_refuse(Cause::LockLost, now),
            // It is another session now, and our lock is on it still.
            (true, Some(_)) => self.release_and_refuse(Cause::DestroyedUnderLock, now),
            (false, _) => {
                self.lock = None;
                let is_destroyed = seen.is_some() && !is_same;
                self.refuse("write", if is_destroyed { Cause::DestroyedUnderLock } else { Cause::LockLost })
            }
        }
    }

    /// A second write, when the first one has given the lock back.
    fn refused_after_lock(&mut self, task: Writing, count: i64, theirs: Theirs, now: &mut Now<'_>) -> Action {
        let Theirs { item, .. } = &theirs;
        let Some(live) = task.target.live().cloned() else {
            return self.refuse("write", Cause::LockGivenBack);
        };
        if !now.layout.same(live.generation.as_ref()).holds(Some(item)) {
            return self.gone(&live, now);
        }
        if item.contains_key(LOCK) || lock::count(item) != count {
            return self.refuse("write", Cause::LockGivenBack);
        }
        let has_revisions_of_others = item::revisions(item) != live.revisions;
        let is_what_was_stored = || Live::of(item.clone(), now).is_ok_and(|found| found.stored == live.stored);
        // The AWS SDK leaves no revision: only the end of life and the data show that it has written.
        if has_revisions_of_others || is_what_was_stored() {
            self.conflict(task, theirs, now)
        } else {
            self.refuse("write", Cause::LockGivenBack)
        }
    }

    /// Others have written since PHP was given the session: the result is written on what they have left.
    fn conflict(&mut self, mut task: Writing, theirs: Theirs, now: &mut Now<'_>) -> Action {
        let mut live = match Live::of(theirs.item.clone(), now) {
            Ok(live) => live,
            // A write without a read replaces whatever is there. After a read, what cannot be read is not overwritten.
            Err(_) if task.base.is_none() => Live::undecoded(&theirs.item, now),
            Err(cause) => return Action::Return(Err(Error::new("write", cause))),
        };
        task.payload = match &live.stored {
            Some(stored) => task.merge(stored, now),
            None => task.mine.clone(),
        };
        if live.stored.as_ref() == Some(&task.payload) {
            task.count_merge(now);
            live.handed = Some(task.mine);
            return self.nothing_to_write(live, now);
        }
        task.target = Target::Session(live);
        self.again(task, theirs.is_read, now)
    }

    /// What is to be stored is there already. What the write was to do besides is done.
    fn nothing_to_write(&mut self, live: Live, now: &mut Now<'_>) -> Action {
        self.sent.clear();
        if let Known::Read(read) = &mut self.known {
            read.session = Some(live);
        } else {
            self.stored(live);
        }
        self.touch_known(now)
    }

    /// One more try, at once or after a pause and a look: `is_read` says that there was a look just now.
    fn again(&mut self, mut task: Writing, is_read: bool, now: &mut Now<'_>) -> Action {
        let is_after_pause = is_read && task.phase == Phase::Looking;
        if !is_after_pause {
            task.conflicts += 1;
            now.stats.conflict_rounds.count();
        }
        if now.left.is_zero() {
            return Action::Return(Err(Error::new("write", Cause::Contended)));
        }
        if task.conflicts < HASTY_ROUNDS || is_after_pause {
            return self.send_write(task, now);
        }
        let most = FIRST_PAUSE.saturating_mul(1 << (task.conflicts - HASTY_ROUNDS).min(16)).min(LONGEST_PAUSE);
        let pause = most.mul_f64(now.chance()).min(now.left);
        task.phase = Phase::Pausing;
        self.task = Task::Writing(Box::new(task));
        Action::Pause(pause)
    }

    /// The refused write finds no item any more.
    pub(super) fn vanished(&mut self, task: Writing, now: &mut Now<'_>) -> Action {
        match (self.fence(), task.target.live().cloned()) {
            (Fence::Lock, _) => {
                self.lock = None;
                self.refuse("write", Cause::DestroyedUnderLock)
            }
            (_, Some(live)) => self.gone(&live, now),
            (_, None) => self.again(task, true, now),
        }
    }

    /// The session was destroyed meanwhile, and perhaps begun again: a late write does not undo that. One that ended
    /// by itself while its page was running is no logout.
    pub(super) fn gone(&mut self, live: &Live, now: &mut Now<'_>) -> Action {
        if live.expires.is_some_and(|expires| expires <= now.seconds()) {
            return self.refuse("write", Cause::Expired);
        }
        now.stats.dropped_writes.count();
        self.known = Known::Gone;
        done()
    }
}

impl Writing {
    /// What is stored when others have stored `theirs` since. What cannot be merged is overwritten.
    pub(super) fn merge(&mut self, theirs: &Data, now: &Now<'_>) -> Data {
        let merged = match (now.settings.on_conflict, &self.base) {
            (OnConflict::Overwrite, _) => Err("setting"),
            (OnConflict::Merge, None) => Err("base"),
            (OnConflict::Merge, Some(base)) => {
                merge::merge(now.serializer, base, &self.mine, theirs).map_err(|why| why.reason())
            }
        };
        self.is_merged = Some(merged.is_ok());
        merged.map_or_else(|_| self.mine.clone(), Data::from)
    }

    /// The write has ended well: what became of others' changes counts once, however often it was tried.
    pub(super) fn count_merge(&self, now: &Now<'_>) {
        match self.is_merged {
            Some(true) => now.stats.conflicts_merged.count(),
            Some(false) => now.stats.conflicts_overwritten.count(),
            None => {}
        }
    }
}
