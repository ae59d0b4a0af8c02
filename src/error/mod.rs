//! What went wrong, and what to do about it: one type for the whole core.
//!
//! A message says what was tried, what came back and what to do next. It never holds a session id, session data or
//! a secret; the constructors that take foreign text clean it.

mod service;

use std::fmt;
use std::time::Duration;

pub use service::ServiceCode;

/// What the core's functions return.
pub type Result<T> = std::result::Result<T, Error>;

/// A failed operation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Error {
    /// What was tried, in DynamoDB's or PHP's own words: `GetItem`, `open`, `read`.
    pub operation: &'static str,
    /// On which table, region, endpoint; where that is known.
    pub place: Option<Place>,
    /// What came back.
    pub cause: Cause,
    /// AWS's name for the request (`x-amzn-RequestId`), for a support case.
    pub request_id: Option<String>,
    /// How many times it was tried.
    pub attempts: u32,
}

/// Where an operation went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Table name or ARN.
    pub table: String,
    /// AWS region.
    pub region: String,
    /// Scheme, host and port.
    pub endpoint: String,
    /// The partition key's name, as configured.
    pub hash_key: String,
}

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A setting, or two together, cannot be used; the text names them and what is allowed.
    Setting(String),
    /// No region in any of the places where one can be set.
    NoRegion,
    /// No provider of the chain is configured; the text names those asked.
    NoCredentials(String),
    /// A provider is configured and failed.
    Credentials {
        /// As AWS's documentation names it.
        provider: String,
        /// What it said, cleaned.
        detail: String,
    },
    /// DynamoDB answered with an error.
    Service {
        /// HTTP status.
        status: u16,
        /// The error's type.
        code: ServiceCode,
        /// DynamoDB's text, cleaned.
        message: String,
    },
    /// The host's name could not be resolved.
    Dns(String),
    /// No connection could be made.
    Connect(String),
    /// The server's certificate or handshake was refused.
    Tls(String),
    /// Over before an answer came.
    Timeout(Duration),
    /// The connection broke after the request was sent.
    Lost(String),
    /// An answer that is not what the operation promises.
    Malformed(String),
    /// Longer than DynamoDB's item limit.
    TooLarge {
        /// The item as it would be stored, in bytes.
        bytes: usize,
    },
    /// Longer than any reader unpacks.
    TooLong {
        /// The session, neither packed nor encrypted, in bytes.
        bytes: usize,
    },
    /// The item's data cannot be read as a session.
    Undecodable(String),
    /// The item's data are encrypted, and not with a key that is here.
    Undecryptable(String),
    /// The operating system has no random bytes for an encryption.
    NoRandomness,
    /// The id cannot be a key of the table.
    Id(&'static str),
    /// Another request held the session's lock all the time.
    Locked(Duration),
    /// Somebody else has taken the lock over since.
    LockLost,
    /// The lock was given back by an earlier write, and another request has taken it since.
    LockGivenBack,
    /// The session was read under a lock of the process that has forked this one.
    ParentsLock,
    /// The session was destroyed while this request held its lock.
    DestroyedUnderLock,
    /// The session's end of life came while its page was running.
    Expired,
    /// Other requests kept changing the session for as long as the operation may take.
    Contended,
    /// The lock was another request's, and the page went on with what is stored (`on_lock_timeout = read_only`).
    ReadOnly,
    /// PHP had not finished serializing the session.
    SerializeFailed,
    /// A bug of ours that was caught.
    Panic,
}

/// Whether DynamoDB says itself that the item is too large.
pub(crate) fn is_item_too_large(cause: &Cause) -> bool {
    let by_message = |message: &str| message.contains("Item size");
    matches!(cause, Cause::Service { code: ServiceCode::ValidationException, message, .. } if by_message(message))
}

/// DynamoDB's item limit, attribute names included.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items>
pub const MAX_ITEM_BYTES: usize = 409_600;

/// What unpacks beyond this is refused, at its read and already at its write, in bytes.
pub const MAX_UNPACKED: usize = 16 * 1024 * 1024;

impl Error {
    /// An error that no request has led to.
    pub fn new(operation: &'static str, cause: Cause) -> Self {
        Error { operation, place: None, cause, request_id: None, attempts: 0 }
    }

    /// Says where it went.
    #[must_use]
    pub fn at(mut self, place: &Place) -> Self {
        self.place = Some(place.clone());
        self
    }

    /// The type of DynamoDB's error, where it has answered with one.
    pub fn service_code(&self) -> Option<&ServiceCode> {
        match &self.cause {
            Cause::Service { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The stable name of the kind of error: DynamoDB's own where it has one.
    pub fn code(&self) -> &str {
        match &self.cause {
            Cause::Setting(_) => "InvalidSetting",
            Cause::NoRegion => "NoRegion",
            Cause::NoCredentials(_) => "NoCredentials",
            Cause::Credentials { .. } => "CredentialsError",
            Cause::Service { code, .. } => code.as_str(),
            Cause::Dns(_) => "DnsError",
            Cause::Connect(_) => "ConnectError",
            Cause::Tls(_) => "TlsError",
            Cause::Timeout(_) => "Timeout",
            Cause::Lost(_) => "ConnectionLost",
            Cause::Malformed(_) => "MalformedAnswer",
            Cause::TooLarge { .. } => "ItemTooLarge",
            Cause::TooLong { .. } => "SessionTooLarge",
            Cause::Undecodable(_) => "UndecodableItem",
            Cause::Undecryptable(_) => "UndecryptableItem",
            Cause::NoRandomness => "NoRandomness",
            Cause::Id(_) => "InvalidId",
            Cause::Locked(_) => "LockTimeout",
            Cause::LockLost => "LockLost",
            Cause::LockGivenBack => "LockGivenBack",
            Cause::ParentsLock => "ParentsLock",
            Cause::DestroyedUnderLock => "SessionDestroyed",
            Cause::Expired => "SessionExpired",
            Cause::Contended => "WriteConflict",
            Cause::ReadOnly => "ReadOnlySession",
            Cause::SerializeFailed => "SerializeFailed",
            Cause::Panic => "InternalError",
        }
    }

    fn remedy(&self) -> &'static str {
        match &self.cause {
            Cause::Setting(_) => "correct the setting",
            Cause::NoRegion => "set dynamosess.region, AWS_REGION or the profile's region",
            Cause::NoCredentials(_) => {
                "give the machine, container or function a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            }
            Cause::Credentials { .. } => {
                "correct what configures this provider, or remove it so that the next one is asked"
            }
            Cause::Service { code, status, message } => service_remedy(code, *status, message),
            Cause::Dns(_) => "check dynamosess.endpoint, dynamosess.region and the machine's DNS",
            Cause::Connect(_) => {
                "check that the endpoint is reachable from here (route, security group, VPC endpoint, proxy)"
            }
            Cause::Tls(_) => {
                "check the clock and the host name; a private certificate authority goes into dynamosess.ca_bundle"
            }
            Cause::Timeout(_) => {
                "check the network path; dynamosess.timeout and dynamosess.connect_timeout set how long to wait"
            }
            Cause::Lost(_) | Cause::Malformed(_) => {
                "check that dynamosess.endpoint is DynamoDB and what lies between (proxy, load balancer)"
            }
            Cause::TooLarge { .. } => {
                "store less in $_SESSION, or turn on dynamosess.compression; the stored session is unchanged"
            }
            Cause::TooLong { .. } => "store less in $_SESSION; the stored session is unchanged",
            Cause::Undecodable(_) => {
                "the item is left as it is; repair it, or delete it, and the visitor begins a new session"
            }
            Cause::Undecryptable(_) => "the item is left as it is; put the key back into dynamosess.encryption_keys",
            Cause::NoRandomness => {
                "the stored session is unchanged; check that getrandom() is allowed (seccomp, container)"
            }
            Cause::Id(_) => "the request is refused; nothing was read or written",
            Cause::Locked(_) => {
                "a page that needs longer than this should call session_write_close() early, or raise \
                 dynamosess.max_lock_wait_time"
            }
            Cause::LockLost => {
                "this request's changes were not stored, another request's were; set dynamosess.lock_lifetime above \
                 the longest pause of a page"
            }
            Cause::LockGivenBack => {
                "this write's changes were not stored, the earlier write's were; write once, or read the session again \
                 before it is changed"
            }
            Cause::ParentsLock => {
                "this process's changes were not stored; call session_write_close() before pcntl_fork(), and \
                 session_start() in the child that changes the session"
            }
            Cause::DestroyedUnderLock => "this request's changes were not stored: the visitor has logged out",
            Cause::Expired => {
                "this request's changes were not stored; set dynamosess.session_lifetime above the longest time between \
                 two writes of a session"
            }
            Cause::Contended => {
                "this request's changes were not stored, the others' were; turn on dynamosess.locking for pages that \
                 change one session all at once, or raise dynamosess.timeout"
            }
            Cause::ReadOnly => {
                "this request's changes were not stored; raise dynamosess.max_lock_wait_time, or have the page that holds \
                 the lock call session_write_close() early"
            }
            Cause::SerializeFailed => "the stored session is unchanged; correct what failed to serialize",
            Cause::Panic => "this is a bug in dynamosess; please report it",
        }
    }

    fn what_came_back(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Setting(text) => f.write_str(text),
            Cause::NoRegion => f.write_str("no region is set"),
            Cause::NoCredentials(asked) => write!(f, "no AWS credentials were found ({asked})"),
            Cause::Credentials { provider, detail } => write!(f, "credentials from {provider}: {detail}"),
            Cause::Service { status, code, message } => self.service(f, *status, code, message),
            Cause::Dns(text) => write!(f, "the host name could not be resolved: {text}"),
            Cause::Connect(text) => write!(f, "no connection: {text}"),
            Cause::Tls(text) => write!(f, "TLS was refused: {text}"),
            Cause::Timeout(after) => write!(f, "no answer within {} s", seconds(*after)),
            Cause::Lost(text) => write!(f, "the connection broke before the answer was complete: {text}"),
            Cause::Malformed(text) => write!(f, "the answer is not what this operation promises: {text}"),
            Cause::TooLarge { bytes } => {
                write!(f, "the session needs an item of {bytes} bytes, DynamoDB's limit is {MAX_ITEM_BYTES}")
            }
            Cause::TooLong { bytes } => {
                write!(f, "the session has {bytes} bytes, at most {MAX_UNPACKED} are unpacked again at a read")
            }
            Cause::Undecodable(text) => write!(f, "the item's data cannot be decoded: {text}"),
            Cause::Undecryptable(text) => write!(f, "the item's data cannot be decrypted: {text}"),
            Cause::NoRandomness => f.write_str("the operating system has no random bytes to encrypt with"),
            Cause::Id(text) => f.write_str(text),
            Cause::Locked(waited) => {
                write!(f, "the session stayed locked by another request for {} s", seconds(*waited))
            }
            Cause::LockLost => f.write_str("lock lost: another request has taken over this session's lock"),
            Cause::LockGivenBack => f.write_str(
                "an earlier write has given the session's lock back, and another request has taken it since",
            ),
            Cause::ParentsLock => f.write_str("the session's lock is the parent process's"),
            Cause::DestroyedUnderLock => f.write_str("lock lost: the session was destroyed by another request"),
            Cause::Expired => f.write_str("the session's end of life came while its page was running"),
            Cause::Contended => f.write_str("other requests kept changing the session"),
            Cause::ReadOnly => f.write_str("the session was locked by another request, so this one may only read it"),
            Cause::SerializeFailed => f.write_str("an exception is pending, so the session was not serialized whole"),
            Cause::Panic => f.write_str("internal error"),
        }
    }

    fn service(&self, f: &mut fmt::Formatter<'_>, status: u16, code: &ServiceCode, message: &str) -> fmt::Result {
        match (code, &self.place) {
            (ServiceCode::ResourceNotFoundException, Some(place)) => {
                write!(f, "{code}: table '{}' does not exist in {}", place.table, place.region)
            }
            (ServiceCode::ValidationException, Some(place)) if is_key_mismatch(message) => {
                write!(f, "{code}: the partition key of table '{}' is not '{}' (S)", place.table, place.hash_key)
            }
            _ if message.is_empty() => write!(f, "{code} (HTTP {status})"),
            _ => write!(f, "{code}: {}", message.trim_end_matches('.')),
        }
    }
}

/// How DynamoDB says that the key's name or type is another.
fn is_key_mismatch(message: &str) -> bool {
    [
        "does not match the schema",
        "Missing the key",
        "missing the key",
        "Type mismatch for key",
        "required keys was not given",
    ]
    .iter()
    .any(|text| message.contains(text))
}

fn service_remedy(code: &ServiceCode, status: u16, message: &str) -> &'static str {
    match code {
        ServiceCode::ResourceNotFoundException => {
            "create it with (new DynamoDbSessionHandler)->createTable() or check dynamosess.table_name and \
             dynamosess.region"
        }
        ServiceCode::ValidationException if is_key_mismatch(message) => {
            "set dynamosess.hash_key to the table's partition key, or create a table with \
             (new DynamoDbSessionHandler)->createTable()"
        }
        ServiceCode::AccessDeniedException => "allow this action on the table in the role's IAM policy",
        ServiceCode::ExpiredTokenException | ServiceCode::ExpiredToken => "the credentials have expired; renew them",
        ServiceCode::UnrecognizedClientException
        | ServiceCode::InvalidClientTokenId
        | ServiceCode::MissingAuthenticationTokenException => {
            "the credentials are not known to AWS; check key, secret and session token"
        }
        ServiceCode::InvalidSignatureException | ServiceCode::SignatureDoesNotMatch => {
            "check the secret key, and that this machine's clock is right"
        }
        _ if code.is_throttling() => "the table's capacity is used up: raise it or switch the table to on-demand",
        _ if status >= 500 => "the service has a fault; the visitor's session is kept and the next page tries again",
        _ => "look up this error in DynamoDB's API reference",
    }
}

/// 2.5, 10, 0.25: as short as it can be said.
fn seconds(time: Duration) -> String {
    format!("{}", (time.as_secs_f64() * 100.0).round() / 100.0)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operation)?;
        if let Some(place) = &self.place {
            write!(f, " on table '{}' in {} ({})", place.table, place.region, place.endpoint)?;
        }
        f.write_str(" failed: ")?;
        self.what_came_back(f)?;
        if self.attempts > 1 {
            write!(f, " (after {} attempts)", self.attempts)?;
        }
        write!(f, "; {}", self.remedy())?;
        if let Some(id) = &self.request_id {
            write!(f, " [request id {id}]")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// How much of a foreign text is passed on, in characters.
const FOREIGN_CHARS: usize = 300;

/// Shorter ones are found in any text by chance, in bytes; AWS's own are longer.
const SHORTEST_SECRET: usize = 8;

/// Makes a foreign text fit for a message: one line, printable, not endless, and with none of `secrets` in it.
pub fn clean(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST_SECRET) {
        text = text.replace(secret, "[hidden]");
    }
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(FOREIGN_CHARS).collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(code: &str, message: &str) -> Error {
        Error::new("GetItem", Cause::Service { status: 400, code: code.into(), message: message.into() }).at(&Place {
            table: "sessions".into(),
            region: "eu-west-1".into(),
            endpoint: "https://dynamodb.eu-west-1.amazonaws.com".into(),
            hash_key: "id".into(),
        })
    }

    #[test]
    fn a_missing_table_is_named_with_its_region_and_the_remedy() {
        let text = service("ResourceNotFoundException", "Requested resource not found").to_string();
        assert!(text.contains("table 'sessions' does not exist in eu-west-1; create it with"), "{text}");
    }

    #[test]
    fn another_key_attribute_is_named() {
        let text = service("ValidationException", "The provided key element does not match the schema").to_string();
        assert!(text.contains("is not 'id' (S); set dynamosess.hash_key"), "{text}");
    }

    #[test]
    fn the_request_id_and_the_attempts_are_told() {
        let mut error = service("InternalServerError", "");
        error.request_id = Some("ABC123".into());
        error.attempts = 4;
        let text = error.to_string();
        assert!(text.contains("(after 4 attempts)") && text.ends_with("[request id ABC123]"), "{text}");
    }

    #[test]
    fn foreign_text_is_one_short_line_without_secrets() {
        let foreign = format!("key app_abcdef is\r\nbad {}", "x".repeat(1000));
        let text = clean(&foreign, &["app_abcdef", "", "k"]);
        assert!(text.starts_with("key [hidden] is  bad"), "{text}");
        assert!(text.chars().count() <= FOREIGN_CHARS);
    }
}
