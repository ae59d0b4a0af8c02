//! Table, TTL, clock, and a round trip of write, read and delete.

use std::time::Duration;

use super::{Diagnosis, RoundTrip, TableFound, TtlFound};
use crate::clock::{Clock, Deadline};
use crate::config::Settings;
use crate::dynamodb::tables::{self, Ttl};
use crate::dynamodb::{AttributeValue, Client, Condition, Outcome, Update};
use crate::error::{Cause, Error, ServiceCode};

/// Should nobody delete the item of the round trip, it ends by itself after this many seconds.
const LEFT_BEHIND: i64 = 60;

/// Looks at the table as far as permissions and network allow.
pub fn look(found: &mut Diagnosis, client: &Client, settings: &Settings) {
    let look = Look { client, settings };
    let goes_on = look.at_table(found) && look.at_ttl(found) && look.at_round_trip(found);
    let skew = -client.clock.offset_ms();
    if goes_on || found.table.is_some() || found.ttl.is_some() || skew != 0 {
        found.clock_skew_ms = Some(skew);
        if skew != 0 {
            let (seconds, which) = (skew.abs() / 1_000, if skew > 0 { "ahead" } else { "behind" });
            found.notes.push(format!(
                "this machine's clock is {seconds} s {which}: dynamosess corrects its own times by the service's clock; \
                 set the clock right (NTP) for everything else on this machine"
            ));
        }
    }
}

struct Look<'a> {
    client: &'a Client,
    settings: &'a Settings,
}

impl Look<'_> {
    /// Says whether it is worth going on.
    fn at_table(&self, found: &mut Diagnosis) -> bool {
        let table = match tables::describe(self.client, &self.deadline()) {
            Ok(table) => table,
            Err(error) => return optional(found, &error, "DescribeTable", "the table's state is not known"),
        };
        let hash_key = &self.settings.hash_key;
        let key_ok = table.has_key(hash_key);
        if !table.is_usable() {
            let text = format!("the table's status is {}; wait until it is ACTIVE", table.table_status);
            found.problems.push(text);
        }
        if !key_ok {
            found.problems.push(tables::other_key(&table, hash_key));
        }
        found.table = Some(TableFound {
            name: self.client.place.table.clone(),
            billing_mode: table.billing_mode().to_owned(),
            key: table.key(),
            key_ok,
            items: table.item_count,
            bytes: table.table_size_bytes,
            status: table.table_status,
        });
        key_ok
    }

    fn at_ttl(&self, found: &mut Diagnosis) -> bool {
        let wanted = &self.settings.session_lifetime_attribute;
        match tables::ttl(self.client, &self.deadline()) {
            Ok(Ttl::On(attribute)) => {
                if attribute != *wanted {
                    found.notes.push(tables::other_ttl_text(&attribute, wanted));
                }
                found.ttl = Some(TtlFound { on: true, attribute: Some(attribute) });
                true
            }
            Ok(Ttl::Off | Ttl::Ending) => {
                found.ttl = Some(TtlFound { on: false, attribute: None });
                found.notes.push(
                    "TTL is off, so expired sessions stay in the table and are paid for: turn TTL \
                     on by (new DynamoDbSessionHandler)->createTable(), or call garbageCollect() from cron"
                        .to_owned(),
                );
                true
            }
            Err(error) => optional(found, &error, "DescribeTimeToLive", "whether TTL is on is not known"),
        }
    }

    /// On a key that cannot be a visitor's: no session name holds a `.`, and nobody can guess the rest.
    fn at_round_trip(&self, found: &mut Diagnosis) -> bool {
        let random = self.client.clock.machine().random();
        let key = format!("{}dynamosess.check.{random:016x}", self.settings.key_prefix);
        let data = AttributeValue::Binary((0..=255).collect());
        let write = self.timed(|deadline| self.write(&key, &data, deadline));
        let read = match &write {
            Ok(_) => Some(self.timed(|deadline| self.read(&key, &data, deadline))),
            Err(_) => None,
        };
        // Also after a failure: nobody knows whether it was served.
        let delete = match &write {
            Err(error) if error.service_code() == Some(&ServiceCode::AccessDeniedException) => None,
            _ => Some(self.timed(|deadline| self.client.delete_item(&key, None, deadline).map(drop))),
        };
        match (write, read, delete) {
            (Ok(write_ms), Some(Ok(read_ms)), Some(Ok(delete_ms))) => {
                found.round_trip = Some(RoundTrip { write_ms, read_ms, delete_ms });
                true
            }
            (write, read, delete) => {
                for error in [write.err(), read.and_then(Result::err), delete.and_then(Result::err)].iter().flatten() {
                    if !found.codes.iter().any(|code| code == error.code()) {
                        found.problem(error);
                    }
                }
                false
            }
        }
    }

    fn write(&self, key: &str, data: &AttributeValue, deadline: &Deadline) -> Result<(), Error> {
        let expires = self.client.clock.now() + LEFT_BEHIND;
        let update = Update {
            set: vec![
                (self.settings.session_lifetime_attribute.clone(), AttributeValue::number(expires)),
                (self.settings.data_attribute.clone(), data.clone()),
            ],
            condition: Some(Condition::Missing(self.settings.hash_key.clone())),
            ..Update::default()
        };
        match self.client.update_item(key, &update, deadline)? {
            Outcome::Done(_) => Ok(()),
            // A lost answer, and the repetition refused.
            Outcome::Refused(refused) if refused.repeated => Ok(()),
            Outcome::Refused(_) => Err(self.malformed("UpdateItem", "it refuses to make a new item")),
        }
    }

    fn read(&self, key: &str, data: &AttributeValue, deadline: &Deadline) -> Result<(), Error> {
        let item = self.client.get_item(key, true, deadline)?.item.unwrap_or_default();
        if item.get(&self.settings.data_attribute) == Some(data) {
            return Ok(());
        }
        Err(self.malformed("GetItem", "it is not what was written just before"))
    }

    fn malformed(&self, operation: &'static str, text: &str) -> Error {
        Error::new(operation, Cause::Malformed(text.to_owned())).at(&self.client.place)
    }

    /// How long it took, in milliseconds with two decimals.
    fn timed(&self, act: impl FnOnce(&Deadline) -> Result<(), Error>) -> Result<f64, Error> {
        let machine = self.machine();
        let started = machine.monotonic();
        act(&self.deadline())?;
        let took: Duration = machine.monotonic().saturating_sub(started);
        Ok((took.as_secs_f64() * 100_000.0).round() / 100.0)
    }

    fn deadline(&self) -> Deadline {
        self.client.clock.deadline(self.settings.timeout)
    }

    fn machine(&self) -> &dyn Clock {
        &**self.client.clock.machine()
    }
}

/// A look that sessions do not need. Says whether it is worth going on: not after a failure that others will share.
fn optional(found: &mut Diagnosis, error: &Error, operation: &str, lack: &str) -> bool {
    let is_missing = match error.service_code() {
        Some(ServiceCode::AccessDeniedException) => "is not allowed to this role",
        Some(ServiceCode::UnknownOperationException) => "is not known to this endpoint",
        _ => {
            found.problem(error);
            return false;
        }
    };
    found.notes.push(format!("{operation} {is_missing}, so {lack}; sessions do not need it"));
    true
}
