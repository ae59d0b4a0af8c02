//! One request on its way: sign, send, judge, decide; again where that helps.

use std::sync::Arc;
use std::time::Duration;

use super::Client;
use super::retry::{self, Decision, Failure, Situation};
use super::wire::{self, ErrorAnswer, Item};
use crate::clock::Deadline;
use crate::config::Credentials;
use crate::error::{Cause, Error, ServiceCode, clean};
use crate::http::{Failed, Reply, Request, TransportError};

/// A good answer.
pub(super) struct Answer {
    pub(super) reply: Reply,
    pub(super) now: i64,
}

/// The end of an operation that failed.
pub(super) struct Failing {
    pub(super) error: Error,
    pub(super) item: Option<Item>,
    pub(super) now: i64,
    pub(super) repeated: bool,
}

impl Client {
    /// The loop: sign, send, judge, decide.
    pub(super) fn call(
        &self,
        operation: &'static str,
        body: &Arc<Vec<u8>>,
        secrets: &[&str],
        deadline: &Deadline,
    ) -> Result<Answer, Box<Failing>> {
        let mut tries = Tries::default();
        loop {
            tries.attempts += 1;
            let credentials = match self.credentials.credentials(deadline) {
                Ok(credentials) => credentials,
                Err(cause) => return Err(self.fail_before_send(operation, cause)),
            };
            let request = match self.request(operation, body, &credentials) {
                Ok(request) => request,
                Err(cause) => return Err(self.fail_before_send(operation, cause)),
            };
            self.stats.requests.count();
            let reply = self.transport.send(request, self.attempt_time(&tries, deadline));
            let attempt = match self.judge(reply, secrets, &credentials) {
                Ok(answer) => {
                    self.quota.pay_back(tries.last_cost);
                    return Ok(answer);
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
                left: self.clock.left(deadline),
                refreshed: tries.refreshed,
                clock_moved: attempt.clock_moved,
                chance: self.clock.machine().chance(),
            };
            match retry::decide(&attempt.failure, &situation) {
                Decision::Retry { pause, cost } if self.quota.take(cost) => {
                    tries.last_cost = cost;
                    self.clock.machine().sleep(pause);
                }
                Decision::RefreshCredentials if self.credentials.refused(&credentials) => tries.refreshed = true,
                _ => return Err(Box::new(self.failing(operation, attempt, tries.attempts, tries.repeated, deadline))),
            }
            tries.repeated |= attempt.may_have_been_served();
            self.stats.retries.count();
        }
    }

    fn attempt_time(&self, tries: &Tries, deadline: &Deadline) -> Duration {
        let is_first_of_several = tries.attempts == 1 && self.max_attempts > 1;
        if is_first_of_several { self.first_attempt_time(deadline) } else { self.clock.left(deadline) }
    }

    /// While there are tries left, a first one that hangs (a connection that died silently) must not eat all the time.
    pub(super) fn first_attempt_time(&self, deadline: &Deadline) -> Duration {
        self.clock.left(deadline).min(deadline.total() / 2)
    }

    pub(super) fn request(
        &self,
        operation: &str,
        body: &Arc<Vec<u8>>,
        credentials: &Arc<Credentials>,
    ) -> Result<Request, Cause> {
        let mut request = Request::post(self.place.endpoint.clone(), Arc::clone(body));
        request.fields.push(("content-type".into(), "application/x-amz-json-1.0".to_owned()));
        request.fields.push(("x-amz-target".into(), format!("DynamoDB_20120810.{operation}")));
        self.signer
            .sign(&mut request, credentials, &self.place.region, "dynamodb", self.clock.now_ms())
            .map_err(|detail| Cause::Credentials { provider: self.credentials.source(), detail })?;
        Ok(request)
    }

    /// Learns the server's time from an answer that is DynamoDB's, good or bad, and tells a good answer from a failure.
    pub(super) fn judge(
        &self,
        reply: Result<Reply, TransportError>,
        secrets: &[&str],
        credentials: &Credentials,
    ) -> Result<Answer, Attempt> {
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => return Err(Attempt { now: self.clock.now(), ..Attempt::of(Failure::Transport(error)) }),
        };
        let unfit = |text: &str| Attempt {
            now: self.clock.now(),
            request_id: request_id(&reply),
            ..Attempt::of(Failure::Malformed(text.to_owned()))
        };
        if reply.field("x-amz-crc32").is_some_and(|crc| crc.parse() != Ok(crc32fast::hash(&reply.body))) {
            return Err(unfit("its checksum is wrong"));
        }
        // A page of something in between may have any date.
        let date = reply.field("date").filter(|_| reply.body.starts_with(b"{")).and_then(epoch_seconds);
        let offset = self.clock.offset_ms();
        if let Some(date) = date {
            self.clock.learn(date);
        }
        let clock_moved = self.clock.offset_ms() != offset;
        let now = date.unwrap_or_else(|| self.clock.now());
        if reply.status == 200 {
            return match (reply.body.first(), reply.body.trim_ascii_end().last()) {
                (Some(b'{'), Some(b'}')) => Ok(Answer { reply, now }),
                (Some(b'{'), _) => Err(unfit("it ends too early")),
                _ => Err(unfit("it is not a JSON object")),
            };
        }
        let own = [Some(credentials.key.as_str()), Some(credentials.secret.as_str()), credentials.token.as_deref()];
        // A request that comes back in a message comes in JSON.
        let quoted: Vec<String> = secrets.iter().filter_map(|text| serde_json::to_string(text).ok()).collect();
        let quoted = quoted.iter().map(|text| text.trim_matches('"'));
        let hide: Vec<&str> = secrets.iter().copied().chain(quoted).chain(own.into_iter().flatten()).collect();
        Err(Attempt { now, clock_moved, request_id: request_id(&reply), ..service_failure(&reply, &hide) })
    }

    fn fail_before_send(&self, operation: &'static str, cause: Cause) -> Box<Failing> {
        let error = Error::new(operation, cause).at(&self.place);
        self.stats.errors.count();
        Box::new(Failing { error, item: None, now: self.clock.now(), repeated: false })
    }

    pub(super) fn failing(
        &self,
        operation: &'static str,
        attempt: Attempt,
        attempts: u32,
        repeated: bool,
        deadline: &Deadline,
    ) -> Failing {
        let error = Error {
            place: Some(self.place.clone()),
            request_id: attempt.request_id,
            attempts,
            ..Error::new(operation, cause(attempt.failure, deadline))
        };
        if error.service_code() != Some(&ServiceCode::ConditionalCheckFailedException) {
            self.stats.errors.count();
        }
        Failing { error, item: attempt.item, now: attempt.now, repeated }
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
pub(super) struct Attempt {
    pub(super) failure: Failure,
    pub(super) request_id: Option<String>,
    pub(super) item: Option<Item>,
    pub(super) now: i64,
    /// Its answer has corrected the clock.
    clock_moved: bool,
}

impl Attempt {
    fn of(failure: Failure) -> Self {
        Attempt { failure, request_id: None, item: None, now: 0, clock_moved: false }
    }

    fn met_a_closed_connection(&self) -> bool {
        matches!(&self.failure, Failure::Transport(TransportError { was_stale: true, .. }))
    }

    fn may_have_been_served(&self) -> bool {
        match &self.failure {
            Failure::Transport(error) => error.may_have_been_served(),
            Failure::Service { status, .. } => *status >= 500,
            Failure::Malformed(_) => true,
        }
    }
}

/// What AWS's support asks for.
pub(super) fn request_id(reply: &Reply) -> Option<String> {
    reply.field("x-amzn-requestid").map(|id| clean(id, &[]))
}

fn service_failure(reply: &Reply, hide: &[&str]) -> Attempt {
    let answer: ErrorAnswer = wire::parse(&reply.body).unwrap_or_default();
    let status = reply.status;
    let named = !answer.code().is_empty();
    // What is no name is foreign text.
    let is_name = answer.code().len() <= 100 && answer.code().bytes().all(|b| b.is_ascii_alphanumeric());
    let code = match (named, is_name) {
        (false, _) => ServiceCode::Other(format!("HTTP {status}")),
        (true, true) => answer.code().into(),
        (true, false) => ServiceCode::Other(clean(answer.code(), hide)),
    };
    let message = if named { clean(answer.message(), hide) } else { "the answer is not DynamoDB's".to_owned() };
    let retry_after = reply.field("x-amz-retry-after").and_then(|ms| ms.parse().ok()).map(Duration::from_millis);
    let failure = Failure::Service { status, code, message, retry_after };
    Attempt { item: answer.item, ..Attempt::of(failure) }
}

fn cause(failure: Failure, deadline: &Deadline) -> Cause {
    match failure {
        Failure::Service { status, code, message, .. } => Cause::Service { status, code, message },
        Failure::Malformed(text) => Cause::Malformed(text),
        Failure::Transport(TransportError { kind, text, .. }) => {
            let text = clean(&text, &[]);
            match kind {
                Failed::Dns => Cause::Dns(text),
                Failed::Connect | Failed::Proxy => Cause::Connect(text),
                Failed::Tls => Cause::Tls(text),
                Failed::Timeout => Cause::Timeout(deadline.total()),
                Failed::Lost => Cause::Lost(text),
                Failed::Garbage => Cause::Malformed(text),
                Failed::Request => Cause::Setting(text),
            }
        }
    }
}

fn epoch_seconds(date: &str) -> Option<i64> {
    let time = httpdate::parse_http_date(date).ok()?;
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}
