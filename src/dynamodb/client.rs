//! One operation: attempts, deadline, errors.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::expression::{Condition, Expressions, Update};
use super::retry::{self, Decision, Failure, Quota, Situation};
use super::sign::Signer;
use super::wire::{self, AttributeValue, ChangeAnswer, ErrorAnswer, GetItemAnswer, Item, ScanAnswer};
use crate::clock::{CorrectedClock, Deadline};
use crate::config::Keys;
use crate::credentials::Provide;
use crate::error::{Cause, Error, Place, Result, clean};
use crate::http::{Pending, Reply, Request, Transport, TransportError};
use crate::stats::Stats;

/// What a client is made of.
#[derive(Debug)]
pub struct Client {
    /// How requests travel.
    pub transport: Arc<dyn Transport>,
    /// What they are signed with.
    pub credentials: Arc<dyn Provide>,
    /// The process's corrected clock.
    pub clock: Arc<CorrectedClock>,
    /// The process's counters.
    pub stats: Arc<Stats>,
    /// Table, region, endpoint and key name.
    pub place: Place,
    /// Tries of one request.
    pub max_attempts: u32,
    /// Keeps an outage from multiplying load.
    pub quota: Quota,
    /// Keeps the day's signing key.
    pub signer: Signer,
}

/// An item as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    /// `None`: there is no such item.
    pub item: Option<Item>,
    /// The moment of the answer by the server's own clock, in seconds since the epoch.
    pub now: i64,
}

/// What became of a conditional change.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Done; the item as it is now, where that was asked for.
    Done(Option<Item>),
    /// The condition did not hold.
    Refused(Refused),
}

/// A condition that did not hold.
#[derive(Clone, Debug, PartialEq)]
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

/// A GetItem under way.
pub struct Prefetched {
    pending: Box<dyn Pending>,
    keys: Arc<Keys>,
}

impl fmt::Debug for Prefetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prefetched")
    }
}

/// A good answer.
struct Answer {
    body: Vec<u8>,
    now: i64,
}

/// The end of an operation that failed.
struct Failing {
    error: Error,
    code: String,
    item: Option<Item>,
    now: i64,
    repeated: bool,
}

impl Client {
    /// Reads one item.
    pub fn get_item(&self, key: &str, consistent: bool, deadline: &Deadline) -> Result<Fetched> {
        let body = self.get_item_body(key, consistent)?;
        let answer = self.call("GetItem", &body, &[key], deadline).map_err(|failing| failing.error)?;
        self.fetched(key, &answer)
    }

    /// Sends a GetItem and returns at once.
    pub fn begin_get_item(&self, key: &str, consistent: bool, deadline: &Deadline) -> Option<Prefetched> {
        let keys = self.credentials.keys(deadline).ok()?;
        let body = self.get_item_body(key, consistent).ok()?;
        let request = self.request("GetItem", &body, &keys).ok()?;
        self.stats.requests.count();
        Some(Prefetched { pending: self.transport.begin(request), keys })
    }

    /// The answer of [`Client::begin_get_item`]; a failure is for the caller to repeat.
    pub fn finish_get_item(&self, key: &str, prefetched: Prefetched, deadline: &Deadline) -> Result<Fetched> {
        let left = deadline.left(&**self.clock.machine());
        let reply = prefetched.pending.finish(left);
        let answer = self
            .judge(reply, &[key], &prefetched.keys)
            .map_err(|attempt| self.failing("GetItem", attempt, 1, false, deadline).error)?;
        self.fetched(key, &Answer { body: answer.0, now: answer.1 })
    }

    /// Changes or creates one item.
    pub fn update_item(&self, key: &str, update: &Update, deadline: &Deadline) -> Result<Outcome> {
        let body = Body {
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

    fn begin_delete(&self, key: &str, condition: &Condition, deadline: &Deadline) -> Option<Prefetched> {
        let keys = self.credentials.keys(deadline).ok()?;
        let expressions = Expressions::condition(Some(condition));
        let body = self.encode("DeleteItem", &Body { expressions, return_values: "NONE", ..self.body(key) }).ok()?;
        let request = self.request("DeleteItem", &body, &keys).ok()?;
        self.stats.requests.count();
        Some(Prefetched { pending: self.transport.begin(request), keys })
    }

    fn finish_delete(&self, key: &str, begun: Prefetched, deadline: &Deadline) -> Option<Outcome> {
        let reply = begun.pending.finish(deadline.left(&**self.clock.machine()));
        match self.judge(reply, &[key], &begun.keys) {
            Ok((body, _)) => wire::parse::<ChangeAnswer>(&body).ok().map(|_| Outcome::Done(None)),
            Err(Attempt { failure: Failure::Service { code, .. }, item, now, .. })
                if code == "ConditionalCheckFailedException" =>
            {
                Some(Outcome::Refused(Refused { item, now, repeated: false }))
            }
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
            expressions: Expressions,
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
        let body = self.encode(operation, request)?;
        let answer = self.call(operation, &body, &[], deadline).map_err(|failing| failing.error)?;
        wire::parse(&answer.body).map_err(|text| self.malformed(operation, text))
    }

    fn body<'a>(&'a self, key: &'a str) -> Body<'a> {
        Body {
            table_name: &self.place.table,
            key: Key { name: &self.place.hash_key, value: key },
            expressions: Expressions::default(),
            return_values: "",
            return_values_on_condition_check_failure: None,
            consistent_read: false,
        }
    }

    fn get_item_body(&self, key: &str, consistent: bool) -> Result<Vec<u8>> {
        self.encode("GetItem", &Body { consistent_read: consistent, ..self.body(key) })
    }

    fn encode(&self, operation: &'static str, request: &impl Serialize) -> Result<Vec<u8>> {
        serde_json::to_vec(request).map_err(|e| self.malformed(operation, e.to_string()))
    }

    fn malformed(&self, operation: &'static str, text: String) -> Error {
        Error::new(operation, Cause::Malformed(text)).at(&self.place)
    }

    fn fetched(&self, key: &str, answer: &Answer) -> Result<Fetched> {
        let parsed: GetItemAnswer = wire::parse(&answer.body).map_err(|text| self.malformed("GetItem", text))?;
        if let Some(item) = &parsed.item {
            // Another item's answer would be another visitor's session.
            let same = matches!(item.get(&self.place.hash_key), Some(AttributeValue::String(k)) if k == key);
            if !same {
                return Err(self.malformed("GetItem", "it is about another item".to_owned()));
            }
        }
        Ok(Fetched { item: parsed.item, now: answer.now })
    }

    fn change(
        &self,
        operation: &'static str,
        key: &str,
        body: &Body<'_>,
        wants_item: bool,
        deadline: &Deadline,
    ) -> Result<Outcome> {
        let body = self.encode(operation, body)?;
        match self.call(operation, &body, &[key], deadline) {
            Ok(answer) => {
                let parsed: ChangeAnswer = wire::parse(&answer.body).map_err(|text| self.malformed(operation, text))?;
                match parsed.attributes {
                    None if wants_item => Err(self.malformed(operation, "it lacks what was asked for".to_owned())),
                    attributes => Ok(Outcome::Done(attributes)),
                }
            }
            Err(failing) if failing.code == "ConditionalCheckFailedException" => {
                Ok(Outcome::Refused(Refused { item: failing.item, now: failing.now, repeated: failing.repeated }))
            }
            Err(failing) => Err(failing.error),
        }
    }

    /// The loop: sign, send, judge, decide.
    fn call(
        &self,
        operation: &'static str,
        body: &[u8],
        secrets: &[&str],
        deadline: &Deadline,
    ) -> std::result::Result<Answer, Box<Failing>> {
        let mut tries = Tries::default();
        loop {
            tries.attempts += 1;
            let keys = match self.credentials.keys(deadline) {
                Ok(keys) => keys,
                Err(cause) => return Err(self.hopeless(operation, cause)),
            };
            let request = match self.request(operation, body, &keys) {
                Ok(request) => request,
                Err(cause) => return Err(self.hopeless(operation, cause)),
            };
            self.stats.requests.count();
            let offset = self.clock.offset_ms();
            let reply = self.transport.send(request, self.attempt_time(&tries, deadline));
            let attempt = match self.judge(reply, secrets, &keys) {
                Ok((body, now)) => {
                    self.quota.pay_back(tries.last_cost);
                    return Ok(Answer { body, now });
                }
                Err(attempt) if attempt.met_a_closed_connection() && !tries.replaced => {
                    // Not the service's fault, so it is no attempt; but who knows for sure that it was not served?
                    tries = Tries { attempts: tries.attempts - 1, replaced: true, repeated: true, ..tries };
                    continue;
                }
                Err(attempt) => attempt,
            };
            let situation = Situation {
                attempts: tries.attempts,
                max_attempts: self.max_attempts,
                left: deadline.left(&**self.clock.machine()),
                refreshed: tries.refreshed,
                clock_moved: self.clock.offset_ms() != offset,
                chance: (self.clock.machine().random() >> 11) as f64 / (1_u64 << 53) as f64,
            };
            match retry::decide(&attempt.failure, &situation) {
                Decision::Retry { pause, cost } if self.quota.take(cost) => {
                    tries.last_cost = cost;
                    self.clock.machine().sleep(pause);
                }
                Decision::RefreshCredentials if self.credentials.refused(&keys) => tries.refreshed = true,
                _ => return Err(Box::new(self.failing(operation, attempt, tries.attempts, tries.repeated, deadline))),
            }
            tries.repeated |= attempt.may_have_been_served();
            self.stats.retries.count();
        }
    }

    /// While there are tries left, a first one that hangs (a connection that died silently) must not eat all the time.
    fn attempt_time(&self, tries: &Tries, deadline: &Deadline) -> Duration {
        let left = deadline.left(&**self.clock.machine());
        if tries.attempts == 1 && self.max_attempts > 1 { left.min(deadline.total() / 2) } else { left }
    }

    fn request(&self, operation: &str, body: &[u8], keys: &Arc<Keys>) -> std::result::Result<Request, Cause> {
        let target = format!("DynamoDB_20120810.{operation}");
        let mut request = Request::new(body.to_vec());
        *request.method_mut() = ::http::Method::POST;
        let url = format!("{}/", self.place.endpoint);
        let bad = |text: String| Cause::Setting(format!("dynamosess.endpoint: {text}"));
        *request.uri_mut() = url.parse().map_err(|e: ::http::uri::InvalidUri| bad(e.to_string()))?;
        let headers = request.headers_mut();
        headers.insert("content-type", ::http::HeaderValue::from_static("application/x-amz-json-1.0"));
        headers.insert("x-amz-target", ::http::HeaderValue::try_from(target).map_err(|e| bad(e.to_string()))?);
        self.signer
            .sign(&mut request, keys, &self.place.region, "dynamodb", self.clock.now_ms())
            .map_err(|detail| Cause::Credentials { provider: self.credentials.source(), detail })?;
        Ok(request)
    }

    /// Learns the server's time from any answer, and tells a good answer from a failure.
    fn judge(
        &self,
        reply: std::result::Result<Reply, TransportError>,
        secrets: &[&str],
        keys: &Keys,
    ) -> std::result::Result<(Vec<u8>, i64), Attempt> {
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => return Err(Attempt { now: self.clock.now(), ..Attempt::of(Failure::Transport(error)) }),
        };
        let date = header(&reply, "date").and_then(epoch_seconds);
        if let Some(date) = date {
            self.clock.learn(date);
        }
        let now = date.unwrap_or_else(|| self.clock.now());
        let request_id = header(&reply, "x-amzn-requestid").map(|id| clean(id, &[]));
        let unfit = |text: &str| Attempt {
            now,
            request_id: request_id.clone(),
            ..Attempt::of(Failure::Malformed(text.to_owned()))
        };
        if header(&reply, "x-amz-crc32").is_some_and(|crc| crc.parse() != Ok(crc32fast::hash(reply.body()))) {
            return Err(unfit("its checksum is wrong"));
        }
        if reply.status() == 200 {
            return match reply.body().first() {
                Some(b'{') => Ok((reply.into_body(), now)),
                _ => Err(unfit("it is not a JSON object")),
            };
        }
        let own = [Some(keys.key.as_str()), Some(keys.secret.as_str()), keys.token.as_deref()];
        let hide: Vec<&str> = secrets.iter().copied().chain(own.into_iter().flatten()).collect();
        Err(Attempt { now, request_id, ..service_failure(&reply, &hide) })
    }

    fn hopeless(&self, operation: &'static str, cause: Cause) -> Box<Failing> {
        let error = Error::new(operation, cause).at(&self.place);
        self.stats.errors.count();
        Box::new(Failing { error, code: String::new(), item: None, now: self.clock.now(), repeated: false })
    }

    fn failing(
        &self,
        operation: &'static str,
        attempt: Attempt,
        attempts: u32,
        repeated: bool,
        deadline: &Deadline,
    ) -> Failing {
        let code = match &attempt.failure {
            Failure::Service { code, .. } => code.clone(),
            _ => String::new(),
        };
        if code != "ConditionalCheckFailedException" {
            self.stats.errors.count();
        }
        let error = Error {
            place: Some(self.place.clone()),
            request_id: attempt.request_id,
            attempts,
            ..Error::new(operation, cause(attempt.failure, deadline))
        };
        Failing { error, code, item: attempt.item, now: attempt.now, repeated }
    }
}

#[derive(Default)]
struct Tries {
    attempts: u32,
    last_cost: u32,
    refreshed: bool,
    replaced: bool,
    repeated: bool,
}

/// One failed attempt, with what its answer brought.
struct Attempt {
    failure: Failure,
    request_id: Option<String>,
    item: Option<Item>,
    now: i64,
}

impl Attempt {
    fn of(failure: Failure) -> Self {
        Attempt { failure, request_id: None, item: None, now: 0 }
    }

    fn met_a_closed_connection(&self) -> bool {
        matches!(&self.failure, Failure::Transport(TransportError { reused: true, .. }))
    }

    fn may_have_been_served(&self) -> bool {
        match &self.failure {
            Failure::Transport(error) => error.may_have_been_served(),
            Failure::Service { status, .. } => *status >= 500,
            Failure::Malformed(_) => true,
        }
    }
}

fn service_failure(reply: &Reply, hide: &[&str]) -> Attempt {
    let answer: ErrorAnswer = wire::parse(reply.body()).unwrap_or_default();
    let status = reply.status().as_u16();
    let named = !answer.code().is_empty();
    let code = if named { clean(answer.code(), hide) } else { format!("HTTP {status}") };
    let message = if named { clean(answer.message(), hide) } else { "the answer is not DynamoDB's".to_owned() };
    let retry_after = header(reply, "x-amz-retry-after").and_then(|ms| ms.parse().ok()).map(Duration::from_millis);
    let failure = Failure::Service { status, code, message, retry_after };
    Attempt { item: answer.item, ..Attempt::of(failure) }
}

fn cause(failure: Failure, deadline: &Deadline) -> Cause {
    use crate::http::Failed;
    match failure {
        Failure::Service { status, code, message, .. } => Cause::Service { status, code, message },
        Failure::Malformed(text) => Cause::Malformed(text),
        Failure::Transport(TransportError { kind, text, .. }) => {
            let text = clean(&text, &[]);
            match kind {
                Failed::Dns => Cause::Dns(text),
                Failed::Connect => Cause::Connect(text),
                Failed::Tls => Cause::Tls(text),
                Failed::Timeout => Cause::Timeout(deadline.total()),
                Failed::Lost => Cause::Lost(text),
                Failed::Garbage => Cause::Malformed(text),
                Failed::Request => Cause::Setting(text),
            }
        }
    }
}

fn header<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
    reply.headers().get(name)?.to_str().ok()
}

fn epoch_seconds(date: &str) -> Option<i64> {
    let time = httpdate::parse_http_date(date).ok()?;
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    table_name: &'a str,
    key: Key<'a>,
    #[serde(flatten)]
    expressions: Expressions,
    #[serde(skip_serializing_if = "str::is_empty")]
    return_values: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_values_on_condition_check_failure: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    consistent_read: bool,
}

struct Key<'a> {
    name: &'a str,
    value: &'a str,
}

impl Serialize for Key<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        #[derive(Serialize)]
        struct Text<'a> {
            #[serde(rename = "S")]
            s: &'a str,
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.name, &Text { s: self.value })?;
        map.end()
    }
}
