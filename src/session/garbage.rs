//! `garbageCollect()`: deletes expired sessions, for tables without TTL.
//!
//! Each delete is conditional, so that a session revived since the scan survives: BatchWriteItem cannot do that.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>

use std::time::Duration;

use super::Context;
use super::lock;
use crate::clock::Deadline;
use crate::dynamodb::{Condition, Outcome};
use crate::error::{Result, ServiceCode};
use crate::http::MAX_IDLE_CONNECTIONS;

/// Deletes under way at a time, at most. Each needs a connection of its own, and more are not kept.
const MOST_AT_ONCE: usize = MAX_IDLE_CONNECTIONS;

/// How long to wait when the table's capacity is used up although the client has tried several times.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// So many such pauses on end, and the table is not ours to use.
const MOST_PAUSES: u32 = 6;

/// Deletes what has expired and is not locked, of this `key_prefix` only; returns how many. `batch_config` says how
/// many are deleted before a pause, and how long that is.
pub fn collect(context: &Context) -> Result<u64> {
    let settings = &context.settings;
    let mut collector = Collector { context, at_once: MOST_AT_ONCE, in_batch: 0, deleted: 0 };
    let mut start = None;
    loop {
        let dead = dead(context);
        let page = patiently(context, |deadline| context.store.scan(&dead, start.as_ref(), deadline))?;
        let own: Vec<String> = page.keys.into_iter().filter(|key| key.starts_with(&settings.key_prefix)).collect();
        // Reckoned anew: the page's reply may have shown that our clock is wrong.
        collector.delete(&own, &self::dead(context))?;
        start = page.next;
        if start.is_none() {
            return Ok(collector.deleted);
        }
    }
}

struct Collector<'a> {
    context: &'a Context,
    /// Deletes under way at a time: fewer after trouble, and slowly more again.
    at_once: usize,
    /// Deletes since the last pause.
    in_batch: usize,
    deleted: u64,
}

impl Collector<'_> {
    fn delete(&mut self, keys: &[String], dead: &Condition) -> Result<()> {
        let settings = &self.context.settings;
        let batch_size = (settings.batch_size as usize).max(1);
        let mut left = keys;
        while !left.is_empty() {
            if self.in_batch >= batch_size {
                self.context.clock.machine().sleep(settings.batch_delay);
                self.in_batch = 0;
            }
            let count = self.at_once.min(batch_size - self.in_batch).min(left.len());
            let (now, later) = left.split_at(count);
            self.delete_at_once(now, dead)?;
            self.in_batch += count;
            left = later;
        }
        Ok(())
    }

    /// All of `keys` in flight together, each tried once. What that did not settle is tried again one by one, with
    /// the client's patience.
    fn delete_at_once(&mut self, keys: &[String], dead: &Condition) -> Result<()> {
        let store = &self.context.store;
        let outcomes = store.delete_each(keys, dead, &deadline(self.context));
        let is_calm = outcomes.iter().all(Option::is_some);
        self.at_once = if is_calm { (self.at_once + 1).min(MOST_AT_ONCE) } else { (self.at_once / 2).max(1) };
        for (key, outcome) in keys.iter().zip(outcomes) {
            let outcome = match outcome {
                Some(outcome) => outcome,
                None => patiently(self.context, |deadline| store.delete(key, Some(dead), deadline))?,
            };
            // A refusal is no error: the session lives again, is locked, or somebody else has deleted it.
            self.deleted += u64::from(matches!(outcome, Outcome::Done(_)));
        }
        Ok(())
    }
}

/// One operation; where even the client's own retries ended in throttling, again after a pause.
fn patiently<T>(context: &Context, operation: impl Fn(&Deadline) -> Result<T>) -> Result<T> {
    let mut pause = FIRST_PAUSE;
    for _ in 0..MOST_PAUSES {
        match operation(&deadline(context)) {
            Err(error) if error.service_code().is_some_and(ServiceCode::is_throttling) => {
                context.clock.machine().sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            result => return result,
        }
    }
    operation(&deadline(context))
}

fn deadline(context: &Context) -> Deadline {
    context.clock.deadline(context.settings.timeout)
}

/// Expired, and nobody's lock on it.
fn dead(context: &Context) -> Condition {
    let expired = Condition::AtMost(context.layout.expires.clone(), context.clock.now());
    Condition::All(vec![expired, lock::free(context.clock.now_ms())])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::CorrectedClock;
    use crate::config::Settings;
    use crate::dynamodb::{AttributeValue, Item};
    use crate::error::Cause;
    use crate::testing::ManualClock;
    use crate::testing::memory::{Fault, MemoryStore, Telling};

    const NOW: u64 = 1_800_000_000;

    struct Table {
        clock: Arc<ManualClock>,
        store: Arc<MemoryStore>,
        context: Context,
    }

    /// So many expired sessions, on pages of 10.
    fn table(expired: usize, settings: Settings) -> Table {
        let clock = Arc::new(ManualClock::at(NOW));
        let corrected = Arc::new(CorrectedClock::new(Arc::clone(&clock) as _));
        let store = Arc::new(MemoryStore::new(Arc::clone(&corrected)).with_pages_of(10));
        for n in 0..expired {
            let item = Item::from([("expires".to_owned(), AttributeValue::number(NOW as i64 - 1))]);
            store.put(&format!("{}{n:03}", settings.key_prefix), item);
        }
        let context = Context::new(settings, Arc::clone(&store) as _, corrected).unwrap();
        Table { clock, store, context }
    }

    fn service(code: &str) -> Fault {
        Fault::Fails(Cause::Service { status: 400, code: code.into(), message: String::new() })
    }

    #[test]
    fn there_is_a_pause_after_every_batch_and_none_at_the_end() {
        let batches = Settings { batch_size: 10, batch_delay: Duration::from_secs(2), ..Settings::defaults() };
        let table = table(25, batches);
        assert_eq!(collect(&table.context), Ok(25));
        assert_eq!(table.clock.slept(), [Duration::from_secs(2); 2]);
        assert_eq!(table.store.calls().iter().filter(|call| **call == "DeleteItem").count(), 25);
    }

    #[test]
    fn on_a_machine_an_hour_ahead_only_what_has_expired_is_deleted() {
        let table = table(1, Settings::defaults());
        let long_dead = Item::from([("expires".to_owned(), AttributeValue::number(NOW as i64 - 3_601))]);
        table.store.put("long dead", long_dead);
        let (store, clock) = (Arc::clone(&table.store), Arc::clone(&table.context.clock));
        let context = Context { store: Arc::new(Telling { store, off_by: 3_600, clock }), ..table.context };
        assert_eq!(collect(&context), Ok(1));
        assert!(table.store.item("000").is_some() && table.store.item("long dead").is_none());
    }

    #[test]
    fn throttling_is_waited_for() {
        let table = table(12, Settings::defaults());
        table.store.fault(service("ThrottlingException"));
        table.store.fault(service("ThrottlingException"));
        assert_eq!(collect(&table.context), Ok(12));
        assert_eq!(table.clock.slept().get(..2), Some(&[Duration::from_secs(1), Duration::from_secs(2)][..]));
    }

    #[test]
    fn throttled_deletes_are_repeated_fewer_at_a_time() {
        let table = table(12, Settings::defaults());
        let dead = dead(&table.context);
        let mut collector = Collector { context: &table.context, at_once: 8, in_batch: 0, deleted: 0 };
        for _ in 0..9 {
            table.store.fault(service("ProvisionedThroughputExceededException"));
        }
        let keys: Vec<String> = (0..8).map(|n| format!("{n:03}")).collect();
        assert_eq!(collector.delete_at_once(&keys, &dead), Ok(()));
        assert_eq!((collector.deleted, collector.at_once), (8, 4));
        assert_eq!(table.clock.slept(), [Duration::from_secs(1)]);
        assert_eq!(table.store.calls().len(), 17);
    }

    #[test]
    fn endless_throttling_and_a_refused_permission_are_errors() {
        for (code, calls) in [("ThrottlingException", 7), ("AccessDeniedException", 1)] {
            let table = table(1, Settings::defaults());
            for _ in 0..9 {
                table.store.fault(service(code));
            }
            assert_eq!(collect(&table.context).unwrap_err().code(), code);
            assert_eq!(table.store.calls(), vec!["Scan"; calls]);
        }
    }
}
