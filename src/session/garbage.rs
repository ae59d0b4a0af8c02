//! `garbageCollect()`: deletes expired sessions, for tables without TTL.

use super::context::Context;
use super::item::LOCK;
use super::lock;
use crate::clock::Deadline;
use crate::dynamodb::{Condition, Outcome};
use crate::error::Result;

/// Deletes what has expired and is not locked; returns how many.
///
/// Each delete is conditional, so that a session revived since the scan survives.
pub fn collect(context: &Context) -> Result<u64> {
    let machine = context.clock.machine();
    let settings = &context.settings;
    let mut deleted = 0;
    let mut start = None;
    loop {
        let dead = dead(context);
        let deadline = Deadline::after(&**machine, settings.timeout);
        let page = context.store.scan(&dead, start.as_ref(), &deadline)?;
        for batch in page.keys.chunks(settings.batch_size as usize) {
            for key in batch {
                let deadline = Deadline::after(&**machine, settings.timeout);
                if matches!(context.store.delete(key, Some(&dead), &deadline)?, Outcome::Done(_)) {
                    deleted += 1;
                }
            }
            machine.sleep(settings.batch_delay);
        }
        start = page.next;
        if start.is_none() {
            return Ok(deleted);
        }
    }
}

/// Expired, and nobody's lock on it.
fn dead(context: &Context) -> Condition {
    let now = context.clock.now();
    debug_assert!(!LOCK.is_empty());
    Condition::All(vec![Condition::AtMost(context.layout.expires.clone(), now), lock::free(context.clock.now_ms())])
}
