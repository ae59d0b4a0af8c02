//! The operations: what is asked, and what the answers mean.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::attempts::{Answer, Attempt, request_id};
use super::body::{Body, Key};
use super::expression::{Condition, Expressions, Update};
use super::retry::{Failure, Quota};
use super::sign::Signer;
use super::wire::{self, AttributeValue, ChangeAnswer, GetItemAnswer, Item, ScanAnswer};
use crate::clock::{CorrectedClock, Deadline};
use crate::config::Credentials;
use crate::credentials::ProvideCredentials;
use crate::error::{Cause, Error, Place, Result, ServiceCode};
use crate::http::{Pending, Transport};
use crate::stats::Stats;

/// The usual length of a request without data, in bytes.
const SMALL_BODY: usize = 1_024;

/// What a client is made of.
#[derive(Debug)]
pub struct Client {
    /// How requests travel.
    pub transport: Arc<dyn Transport>,
    /// What they are signed with.
    pub credentials: Arc<dyn ProvideCredentials>,
    /// The process's corrected clock.
    pub clock: Arc<CorrectedClock>,
    /// The process's counters.
    pub stats: Arc<Stats>,
    /// Table, region, endpoint and key name.
    pub place: Place,
    /// Tries of one request.
    pub max_attempts: u32,
    /// Keeps an outage from multiplying load.
    pub(super) quota: Quota,
    /// Keeps the day's signing key.
    pub(super) signer: Signer,
}

/// An item as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fetched {
    /// `None`: there is no such item.
    pub item: Option<Item>,
    /// The moment of the answer by the server's own clock, in seconds since the epoch.
    pub now: i64,
}

/// What became of a conditional change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Done; the item as it is now, where that was asked for.
    Done(Option<Item>),
    /// The condition did not hold.
    Refused(Refused),
}

/// A condition that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refused {
    /// The item as it is; `None`: there is none.
    pub item: Option<Item>,
    /// The moment of the answer by the server's own clock, in seconds since the epoch.
    pub now: i64,
    /// An earlier attempt was perhaps served although its answer was lost, so that the refusal may be the work of
    /// our own hand.
    pub repeated: bool,
}

/// One page of a Scan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScanPage {
    /// Partition keys.
    pub keys: Vec<String>,
    /// Where the next page begins.
    pub next: Option<Item>,
}

/// A request under way.
pub struct InFlight {
    pending: Box<dyn Pending>,
    credentials: Arc<Credentials>,
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InFlight")
    }
}

impl Client {
    /// With a retry quota and signing key of its own.
    pub fn new(
        place: Place,
        max_attempts: u32,
        transport: Arc<dyn Transport>,
        credentials: Arc<dyn ProvideCredentials>,
        clock: Arc<CorrectedClock>,
        stats: Arc<Stats>,
    ) -> Client {
        let (quota, signer) = (Quota::default(), Signer::default());
        Client { transport, credentials, clock, stats, place, max_attempts, quota, signer }
    }

    /// Reads one item.
    pub fn get_item(&self, key: &str, consistent: bool, deadline: &Deadline) -> Result<Fetched> {
        let body = self.get_item_body(key, consistent)?;
        let answer = self.call("GetItem", &body, &[key], deadline).map_err(|failing| failing.error)?;
        self.fetched(key, &answer)
    }

    /// Sends a GetItem and returns at once; `None` where that would take time, as a new connection does.
    pub fn begin_get_item(&self, key: &str, consistent: bool, deadline: &Deadline) -> Option<InFlight> {
        self.begin("GetItem", &self.get_item_body(key, consistent).ok()?, Duration::ZERO, deadline)
    }

    /// The answer of [`Client::begin_get_item`]; a failure is for the caller to repeat, and there is time left for that.
    pub fn finish_get_item(&self, key: &str, begun: InFlight, deadline: &Deadline) -> Result<Fetched> {
        let answer = self
            .finish(key, begun, self.first_attempt_time(deadline))
            .map_err(|attempt| self.failing("GetItem", attempt, 1, false, deadline).error)?;
        self.fetched(key, &answer)
    }

    /// Sends a request once; `None` where there is no connection for it within `connect`.
    fn begin(&self, operation: &str, body: &Arc<Vec<u8>>, connect: Duration, deadline: &Deadline) -> Option<InFlight> {
        let credentials = self.credentials.credentials(deadline).ok()?;
        let request = self.request(operation, body, &credentials).ok()?;
        let pending = self.transport.begin(request, connect)?;
        self.stats.requests.count();
        Some(InFlight { pending, credentials })
    }

    fn finish(&self, key: &str, begun: InFlight, time: Duration) -> std::result::Result<Answer, Attempt> {
        let reply = begun.pending.finish(time);
        self.judge(reply, &[key], &begun.credentials)
    }

    /// Changes or creates one item.
    pub fn update_item(&self, key: &str, update: &Update, deadline: &Deadline) -> Result<Outcome> {
        let body = Body {
            // Base64 makes 4 of 3.
            room: SMALL_BODY + update.set.iter().map(|(_, value)| value.size() * 3 / 2).sum::<usize>(),
            expressions: Expressions::update(update),
            return_values: if update.return_new { "ALL_NEW" } else { "NONE" },
            return_values_on_condition_check_failure: update.condition.is_some().then_some("ALL_OLD"),
            ..self.body(key)
        };
        self.change("UpdateItem", key, &body, update.return_new, deadline)
    }

    /// Deletes one item.
    pub fn delete_item(&self, key: &str, condition: Option<&Condition>, deadline: &Deadline) -> Result<Outcome> {
        let body = Body { expressions: Expressions::condition(condition), return_values: "NONE", ..self.body(key) };
        self.change("DeleteItem", key, &body, false, deadline)
    }

    /// Deletes several items on one condition, all requests under way at once. Each is sent once: `None` is for the
    /// caller to repeat.
    pub fn delete_each(&self, keys: &[String], condition: &Condition, deadline: &Deadline) -> Vec<Option<Outcome>> {
        let begun: Vec<_> = keys.iter().map(|key| self.begin_delete(key, condition, deadline)).collect();
        let finished = keys.iter().zip(begun).map(|(key, begun)| self.finish_delete(key, begun?, deadline));
        finished.collect()
    }

    fn begin_delete(&self, key: &str, condition: &Condition, deadline: &Deadline) -> Option<InFlight> {
        let expressions = Expressions::condition(Some(condition));
        let body = Body { expressions, return_values: "NONE", ..self.body(key) };
        let body = self.encode("DeleteItem", &body, body.room).ok()?;
        self.begin("DeleteItem", &body, self.clock.left(deadline), deadline)
    }

    fn finish_delete(&self, key: &str, begun: InFlight, deadline: &Deadline) -> Option<Outcome> {
        match self.finish(key, begun, self.clock.left(deadline)) {
            Ok(answer) => wire::parse::<ChangeAnswer>(&answer.reply.body).ok().map(|_| Outcome::Done(None)),
            Err(Attempt {
                failure: Failure::Service { code: ServiceCode::ConditionalCheckFailedException, .. },
                item,
                now,
                ..
            }) => Some(Outcome::Refused(Refused { item, now, repeated: false })),
            Err(_) => None,
        }
    }

    /// One page of the keys of items for which `filter` holds.
    pub fn scan_keys(&self, filter: &Condition, start: Option<&Item>, deadline: &Deadline) -> Result<ScanPage> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Scan<'a> {
            table_name: &'a str,
            #[serde(flatten)]
            expressions: Expressions<'a>,
            #[serde(skip_serializing_if = "Option::is_none")]
            exclusive_start_key: Option<&'a Item>,
        }
        let scan = Scan {
            table_name: &self.place.table,
            expressions: Expressions::filter(filter, &self.place.hash_key),
            exclusive_start_key: start,
        };
        let answer: ScanAnswer = self.ask("Scan", &scan, deadline)?;
        let key = |mut item: Item| match item.remove(&self.place.hash_key) {
            Some(AttributeValue::String(key)) => Some(key),
            _ => None,
        };
        Ok(ScanPage { keys: answer.items.into_iter().filter_map(key).collect(), next: answer.last_evaluated_key })
    }

    /// Any other operation: `request` in, the parsed answer out.
    pub fn ask<T: for<'de> Deserialize<'de>>(
        &self,
        operation: &'static str,
        request: &impl Serialize,
        deadline: &Deadline,
    ) -> Result<T> {
        let body = self.encode(operation, request, SMALL_BODY)?;
        let answer = self.call(operation, &body, &[], deadline).map_err(|failing| failing.error)?;
        wire::parse(&answer.reply.body).map_err(|text| self.unexpected(operation, text, &answer))
    }

    fn body<'a>(&'a self, key: &'a str) -> Body<'a> {
        Body {
            table_name: &self.place.table,
            key: Key { name: &self.place.hash_key, value: key },
            expressions: Expressions::default(),
            return_values: "",
            return_values_on_condition_check_failure: None,
            consistent_read: false,
            room: SMALL_BODY,
        }
    }

    fn get_item_body(&self, key: &str, consistent: bool) -> Result<Arc<Vec<u8>>> {
        self.encode("GetItem", &Body { consistent_read: consistent, ..self.body(key) }, SMALL_BODY)
    }

    fn encode(&self, operation: &'static str, request: &impl Serialize, room: usize) -> Result<Arc<Vec<u8>>> {
        let bad = |e: serde_json::Error| Error::new(operation, Cause::Malformed(e.to_string())).at(&self.place);
        wire::to_json(request, room).map(Arc::new).map_err(bad)
    }

    fn unexpected(&self, operation: &'static str, text: String, answer: &Answer) -> Error {
        self.stats.errors.count();
        let request_id = request_id(&answer.reply);
        Error { request_id, attempts: 1, ..Error::new(operation, Cause::Malformed(text)).at(&self.place) }
    }

    fn fetched(&self, key: &str, answer: &Answer) -> Result<Fetched> {
        let parsed: GetItemAnswer =
            wire::parse(&answer.reply.body).map_err(|text| self.unexpected("GetItem", text, answer))?;
        self.check_key("GetItem", key, parsed.item.as_ref(), answer)?;
        Ok(Fetched { item: parsed.item, now: answer.now })
    }

    /// Another item's answer would be another visitor's session.
    fn check_key(&self, operation: &'static str, key: &str, item: Option<&Item>, answer: &Answer) -> Result<()> {
        let is_of = |item: &Item| matches!(item.get(&self.place.hash_key), Some(AttributeValue::String(k)) if k == key);
        match item {
            Some(item) if !is_of(item) => {
                Err(self.unexpected(operation, "it is about another item".to_owned(), answer))
            }
            _ => Ok(()),
        }
    }

    fn change(
        &self,
        operation: &'static str,
        key: &str,
        body: &Body<'_>,
        wants_item: bool,
        deadline: &Deadline,
    ) -> Result<Outcome> {
        let body = self.encode(operation, body, body.room)?;
        match self.call(operation, &body, &[key], deadline) {
            Ok(answer) => {
                let parsed: ChangeAnswer =
                    wire::parse(&answer.reply.body).map_err(|text| self.unexpected(operation, text, &answer))?;
                self.check_key(operation, key, parsed.attributes.as_ref(), &answer)?;
                match parsed.attributes {
                    None if wants_item => {
                        Err(self.unexpected(operation, "it lacks what was asked for".to_owned(), &answer))
                    }
                    attributes => Ok(Outcome::Done(attributes)),
                }
            }
            Err(failing) if failing.error.service_code() == Some(&ServiceCode::ConditionalCheckFailedException) => {
                Ok(Outcome::Refused(Refused { item: failing.item, now: failing.now, repeated: failing.repeated }))
            }
            Err(failing) => Err(failing.error),
        }
    }
}
