//! How a handler writes: what it changes, on which condition, and what a refusal means.

use std::sync::Arc;

use super::handler::{Handler, Known, Live};
use super::item::{self, Generation};
use super::lock;
use crate::clock::Deadline;
use crate::dynamodb::{AttributeValue, Condition, Outcome, Refused, Update};
use crate::error::{Cause, Result, is_item_too_large};

impl Handler {
    /// `keep`: the data of a session that is there stay as they are.
    pub(super) fn write_key(&mut self, key: &str, data: &[u8], keep: bool, deadline: &Deadline) -> Result<()> {
        self.remembered.remove(key);
        let (live, unchanged) = match self.known.get(key) {
            Some(Known::Failed(error)) => return Err(error.clone()),
            Some(Known::Destroyed) => return Ok(()),
            Some(Known::Live(live)) => (Some(live.without_data()), keep || live.data.as_deref() == Some(data)),
            Some(Known::Absent) | None => (None, false),
        };
        let offset = self.context.clock.offset_ms();
        match live {
            // Only what the parent writes is fenced by its lock.
            _ if self.is_under_parents_lock(key) => {
                let is_new_and_empty = live.is_none() && data.is_empty();
                if unchanged || is_new_and_empty { Ok(()) } else { Err(self.error("write", Cause::ParentsLock)) }
            }
            live if self.holds(key) => self.write_locked(key, data, live, unchanged, deadline),
            Some(live) if unchanged => self.touch_live(key, &live, deadline),
            Some(live) => self.update(key, data, live, deadline),
            None => self.create(key, data, deadline),
        }
        .inspect_err(|_| self.forget_stored(key))?;
        self.correct_expiry(key, offset, deadline)
    }

    /// What a failed write has stored nobody knows.
    fn forget_stored(&mut self, key: &str) {
        if let Some(Known::Live(live)) = self.known.get_mut(key) {
            (live.data, live.expires) = (None, None);
        }
    }

    /// The end of life that a write gives: later by the touch interval, so that no session ends early.
    pub(super) fn new_expires(&self) -> i64 {
        let settings = &self.context.settings;
        self.context.clock.now().saturating_add_unsigned(settings.session_lifetime + settings.touch_interval)
    }

    fn encode(&self, key: &str, data: &[u8]) -> Result<Option<AttributeValue>> {
        let settings = &self.context.settings;
        let value = self.context.encode(data, key).map_err(|cause| self.error("write", cause))?;
        let fits = self.context.layout.check_size(key, value.as_ref(), settings.locking);
        fits.map_err(|cause| self.error("write", cause))?;
        Ok(value)
    }

    /// Sets data and expiry, whatever the condition.
    fn replacement(&self, value: Option<AttributeValue>, expires: i64) -> Update {
        let layout = &self.context.layout;
        let mut update =
            Update { set: vec![(layout.expires.clone(), AttributeValue::number(expires))], ..Update::default() };
        match value {
            Some(value) => update.set.push((layout.data.clone(), value)),
            None => update.remove.push(layout.data.clone()),
        }
        update
    }

    /// Whatever DynamoDB says about size is said like our own check.
    pub(super) fn change(&self, key: &str, update: &Update, deadline: &Deadline) -> Result<Outcome> {
        let bytes = || update.set.iter().map(|(name, value)| name.len() + value.size()).sum::<usize>() + key.len();
        let stats = &self.context.stats;
        stats.changing(|| self.context.store.update(key, update, deadline)).map_err(|mut error| {
            if is_item_too_large(&error.cause) {
                error.cause = Cause::TooLarge { bytes: bytes() };
            }
            error
        })
    }

    /// `live` is what is there now, but for its data.
    fn written(&mut self, key: &str, data: &[u8], live: Live, stored: &Update) {
        let size: usize = stored.set.iter().map(|(_, value)| value.size()).sum();
        self.context.stats.writes.count();
        self.context.stats.bytes_written.add(size as u64);
        self.remember(key.to_owned(), Known::Live(Live { data: Some(data.to_vec()), ..live }));
    }

    /// The session was destroyed meanwhile, and perhaps begun anew.
    fn drop_write(&mut self, key: &str) {
        self.context.stats.dropped_writes.count();
        self.remember(key.to_owned(), Known::Destroyed);
    }

    /// The first reply that a process gets may be a write's and show this machine's clock to be wrong: then the expiry
    /// just written, reckoned by it, is moved.
    fn correct_expiry(&mut self, key: &str, offset_before: i64, deadline: &Deadline) -> Result<()> {
        match self.known.get(key) {
            Some(Known::Live(live)) if self.context.clock.offset_ms() != offset_before => {
                let live = live.without_data();
                self.touch_live(key, &live, deadline)
            }
            _ => Ok(()),
        }
    }

    fn create(&mut self, key: &str, data: &[u8], deadline: &Deadline) -> Result<()> {
        let value = self.encode(key, data)?;
        let expires = self.new_expires();
        let generation = self.new_generation();
        let mut update = self.replacement(value, expires);
        update.set.push((item::GEN.to_owned(), generation.clone()));
        update.remove.push(item::LOCK.to_owned());
        // Who holds no lock leaves a living holder's alone, also on what has expired.
        let unleased = lock::unleased(self.context.clock.now_ms());
        update.condition = Some(Condition::All(vec![self.context.layout.absent(self.context.clock.now()), unleased]));
        let refused = match self.change(key, &update, deadline)? {
            Outcome::Refused(refused) if !is_own_doing(&refused, &generation) => refused,
            Outcome::Refused(_) | Outcome::Done(_) => {
                let live = Live { generation: Some(generation), data: None, expires: Some(expires), taken: None };
                self.written(key, data, live, &update);
                return Ok(());
            }
        };
        // Somebody created it meanwhile: the last write wins, on the session that is there now.
        let theirs = refused.item.as_ref().and_then(item::generation);
        let live = Live { generation: theirs, data: None, expires: None, taken: None };
        self.update(key, data, live, deadline)
    }

    fn update(&mut self, key: &str, data: &[u8], live: Live, deadline: &Deadline) -> Result<()> {
        let value = self.encode(key, data)?;
        let expires = self.new_expires();
        let mut update = self.replacement(value, expires);
        let same = self.context.layout.same(live.generation.as_ref());
        update.condition = Some(match live.taken {
            Some(count) => {
                let not_since = lock::not_taken_since(&self.context.layout, count, live.expires);
                Condition::All(vec![same.clone(), not_since])
            }
            None => same.clone(),
        });
        match self.change(key, &update, deadline)? {
            Outcome::Done(_) => self.written(key, data, Live { expires: Some(expires), ..live }, &update),
            Outcome::Refused(Refused { item: Some(item), .. }) if live.taken.is_some() && same.holds(Some(&item)) => {
                // An earlier try may have been served although its answer was lost.
                if item.get(&self.context.layout.data) == self.stored_by(&update).flatten().as_ref() {
                    let expires = self.context.layout.expires(&item);
                    self.written(key, data, Live { expires, ..live }, &update);
                    return Ok(());
                }
                // Another request has locked what this one gave back, and counts on nobody else's writing it.
                return Err(self.refused(key, Cause::LockGivenBack));
            }
            Outcome::Refused(_) => self.drop_write(key),
        }
        Ok(())
    }

    fn is_touch_due(&self, expires: Option<i64>) -> bool {
        let interval = self.context.settings.touch_interval;
        expires.is_none_or(|expires| self.new_expires().abs_diff(expires) > interval)
    }

    fn touch_live(&mut self, key: &str, live: &Live, deadline: &Deadline) -> Result<()> {
        if !self.is_touch_due(live.expires) {
            self.context.stats.touches_skipped.count();
            return Ok(());
        }
        let condition = self.context.layout.same(live.generation.as_ref());
        let expires = self.new_expires();
        if !self.move_expiry(key, expires, condition, deadline)? {
            self.drop_write(key);
        } else if let Some(Known::Live(live)) = self.known.get_mut(key) {
            live.expires = Some(expires);
        }
        Ok(())
    }

    /// Says whether there was a session to touch.
    pub(super) fn touch_unread(&mut self, key: &str, deadline: &Deadline) -> Result<bool> {
        let clock = Arc::clone(&self.context.clock);
        let offset = clock.offset_ms();
        let touch = || self.move_expiry(key, self.new_expires(), self.context.layout.live(clock.now()), deadline);
        let done = touch()?;
        // Once more where the reply has shown that this was reckoned by a wrong clock.
        if clock.offset_ms() == offset { Ok(done) } else { touch() }
    }

    fn move_expiry(&self, key: &str, expires: i64, condition: Condition, deadline: &Deadline) -> Result<bool> {
        let update = Update {
            set: vec![(self.context.layout.expires.clone(), AttributeValue::number(expires))],
            condition: Some(condition),
            ..Update::default()
        };
        let done = matches!(self.change(key, &update, deadline)?, Outcome::Done(_));
        if done {
            self.context.stats.touches.count();
        }
        Ok(done)
    }

    fn new_generation(&self) -> Generation {
        AttributeValue::Binary(self.context.clock.machine().random().to_be_bytes().to_vec())
    }

    /// Write, or touch, and unlock in one call, fenced by the lock.
    fn write_locked(
        &mut self,
        key: &str,
        data: &[u8],
        live: Option<Live>,
        unchanged: bool,
        deadline: &Deadline,
    ) -> Result<()> {
        let (begun, taken) = self.lock_of(key);
        // Taken anew, by `validate_sid`, after a write that gave it back: what was read before may be old.
        let is_old = live.as_ref().and_then(|live| live.taken).is_some_and(|before| taken != Some(before + 1));
        if is_old && !unchanged {
            return Err(self.refused(key, Cause::LockGivenBack));
        }
        let expires = self.new_expires();
        let mut update = if unchanged { Update::default() } else { self.replacement(self.encode(key, data)?, expires) };
        let is_touch = unchanged && self.is_touch_due(live.as_ref().and_then(|live| live.expires));
        if is_touch {
            update.set.push((self.context.layout.expires.clone(), AttributeValue::number(expires)));
        }
        let seen = live.as_ref().and_then(|live| live.generation.clone());
        let begun = begun.filter(|_| live.is_none());
        update.set.extend(begun.clone().map(|generation| (item::GEN.to_owned(), generation)));
        self.write_and_unlock(key, &mut update, seen.as_ref(), deadline)?;
        if !unchanged {
            let live = Live { generation: begun.or(seen), data: None, expires: Some(expires), taken };
            self.written(key, data, live, &update);
            return Ok(());
        }
        let counter = if is_touch { &self.context.stats.touches } else { &self.context.stats.touches_skipped };
        counter.count();
        if let Some(Known::Live(live)) = self.known.get_mut(key) {
            live.taken = taken;
            live.expires = if is_touch { Some(expires) } else { live.expires };
        }
        Ok(())
    }
}

/// A repeated create recognises itself by its generation.
fn is_own_doing(refused: &Refused, generation: &Generation) -> bool {
    refused.repeated && refused.item.as_ref().and_then(item::generation).as_ref() == Some(generation)
}
