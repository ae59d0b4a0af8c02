//! One request in, one reply out.
//!
//! | file | its one job |
//! | --- | --- |
//! | `network` | the real network: sends, begins, and asks others than DynamoDB |
//! | `pool` | the open connections of one thread, per process id |
//! | `route` | where a connection leads, and through which proxy |
//! | `connection` | one connection: a request and its reply after another |
//! | `tunnel` | CONNECT: a proxy's tunnel to the service |
//! | `stream` | the bytes of a connection: plain, TLS, TLS in a proxy's TLS |
//! | `socket` | a blocking socket with a deadline |
//! | `message` | HTTP/1.1 as bytes |
//! | `tls` | roots and protocol versions |
//! | `runtime` | runs a future on the calling thread |

mod connection;
mod message;
mod network;
mod pool;
mod route;
mod runtime;
mod socket;
mod stream;
mod tls;
mod tunnel;

use std::borrow::Cow;
use std::fmt::{self, Debug};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use ::http::Method;
pub use network::Network;
pub(crate) use network::innermost;
pub(crate) use runtime::run;
pub use tls::read_before_fork;

/// A request.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// GET, POST, PUT.
    pub method: Method,
    /// Scheme, host and port.
    pub endpoint: String,
    /// Path and query.
    pub target: Cow<'static, str>,
    /// Header fields, their names in lower case; without `content-length`.
    pub fields: Vec<(Cow<'static, str>, String)>,
    /// The body, the same for all attempts.
    pub body: Arc<Vec<u8>>,
}

/// A reply, whole in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The header fields as they came, a line each.
    pub head: Vec<u8>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A POST to `/`: DynamoDB takes no other.
    pub fn post(endpoint: String, body: Arc<Vec<u8>>) -> Self {
        Request { method: Method::POST, endpoint, target: Cow::Borrowed("/"), fields: Vec::with_capacity(8), body }
    }

    /// The value of a header field; `name` in lower case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Signature and session token are secrets.
impl Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Reply {
    /// A reply without header fields.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Reply { status, head: Vec::new(), body: body.into() }
    }

    /// The header fields, their values as they came.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &[u8])> {
        // The first line is the status.
        self.head.split(|byte| *byte == b'\n').skip(1).filter_map(|line| {
            let at = line.iter().position(|byte| *byte == b':')?;
            let (name, value) = line.split_at_checked(at)?;
            Some((std::str::from_utf8(name).ok()?, value.get(1..)?.trim_ascii()))
        })
    }

    /// The first value of a header field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.split(|byte| *byte == b'\n').find_map(|line| {
            let (found, value) = line.split_at_checked(name.len())?;
            let value = value.strip_prefix(b":").filter(|_| found.eq_ignore_ascii_case(name.as_bytes()))?;
            std::str::from_utf8(value.trim_ascii()).ok()
        })
    }
}

/// The largest answer taken, in bytes. DynamoDB's own limit for one is 16 MB.
pub const MAX_REPLY_BYTES: usize = 16 * 1024 * 1024 + 64 * 1024;

/// How many idle connections to one network a thread keeps.
pub(crate) const MAX_IDLE_CONNECTIONS: usize = 8;

fn too_large() -> TransportError {
    TransportError::new(Failed::Garbage, "the answer is larger than 16 MB")
}

/// Sends requests; never twice.
pub trait Transport: Send + Sync + Debug {
    /// Sends `request` and waits for the whole reply, at most for `timeout`.
    fn send(&self, request: Request, timeout: Duration) -> Result<Reply, TransportError>;

    /// Sends `request` and returns at once; the reply is picked up later, on the same thread. Where no connection is
    /// open, one is made within `connect`; if that is zero, `None`: nothing was sent.
    fn begin(&self, request: Request, connect: Duration) -> Option<Box<dyn Pending>>;
}

/// A request under way. Dropping it abandons the request.
pub trait Pending: Debug {
    /// Waits for the reply, at most for `timeout`.
    fn finish(self: Box<Self>, timeout: Duration) -> Result<Reply, TransportError>;
}

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    /// What failed.
    pub kind: Failed,
    /// In the words of the library that noticed.
    pub text: String,
    /// The connection had been idle, and the server has closed it: the service does so after about a minute, and a
    /// request that meets such a connection was never looked at. It says nothing about the service.
    pub was_stale: bool,
}

/// What failed on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The host name has no address.
    Dns,
    /// No connection.
    Connect,
    /// The proxy does not let the request through.
    Proxy,
    /// Handshake or certificate refused.
    Tls,
    /// Over before the reply was complete.
    Timeout,
    /// The connection broke after sending.
    Lost,
    /// The reply is no HTTP or too big.
    Garbage,
    /// The request could not be made at all.
    Request,
}

impl TransportError {
    /// An error with the words of its source.
    pub fn new(kind: Failed, text: impl Into<String>) -> Self {
        TransportError { kind, text: text.into(), was_stale: false }
    }

    /// The server may have acted on the request although no answer came.
    pub fn may_have_been_served(&self) -> bool {
        matches!(self.kind, Failed::Timeout | Failed::Lost | Failed::Garbage)
    }
}

/// What makes one network client differ from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkOptions {
    /// How long a connection may take, TLS included.
    pub connect_timeout: Duration,
    /// PEM file with roots in addition to the built-in ones.
    pub ca_bundle: Option<PathBuf>,
    /// The proxies to go through.
    pub proxies: Proxies,
}

/// The proxies that the environment names: URLs, perhaps with user and password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For requests to `http://`.
    pub http: Option<String>,
    /// For requests to `https://`.
    pub https: Option<String>,
    /// Hosts, domains and networks that are reached without, as `NO_PROXY` lists them.
    pub except: String,
}

/// The URLs may hold a password.
impl Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies").field("except", &self.except).finish_non_exhaustive()
    }
}

impl NetworkOptions {
    /// For the metadata services of instances and containers: near, and never through a proxy.
    #[must_use]
    pub fn for_metadata(&self) -> Self {
        let near = Duration::from_secs(1);
        NetworkOptions { proxies: Proxies::default(), connect_timeout: self.connect_timeout.min(near), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through_a_proxy() -> NetworkOptions {
        let url = Some("http://user:hush@proxy:3128".to_owned());
        let proxies = Proxies { http: url.clone(), https: url, except: "localhost".into() };
        NetworkOptions { proxies, connect_timeout: Duration::from_secs(3), ..NetworkOptions::default() }
    }

    #[test]
    fn a_proxys_password_does_not_show_in_debug() {
        assert!(!format!("{:?}", through_a_proxy()).contains("hush"));
    }

    #[test]
    fn a_replys_fields_are_found_by_their_whole_name_in_any_case() {
        let head = b"HTTP/1.1 200 OK\r\nDate-Of: x\r\nDATE:  today \r\nx: date: y\r\nbad: \xff\r\n\r\n".to_vec();
        let reply = Reply { head, ..Reply::new(200, "") };
        assert_eq!((reply.field("date"), reply.field("bad"), reply.field("y")), (Some("today"), None, None));
    }

    #[test]
    fn a_replys_fields_are_listed_without_the_status_line() {
        let head = b"HTTP/1.1 200 OK: fine\r\nA: 1:2\r\nno field\r\nb:\xff\r\n\r\n".to_vec();
        let reply = Reply { head, ..Reply::new(200, "") };
        assert_eq!(reply.fields().collect::<Vec<_>>(), [("A", &b"1:2"[..]), ("b", b"\xff")]);
    }

    #[test]
    fn metadata_services_are_never_asked_through_a_proxy() {
        let metadata = through_a_proxy().for_metadata();
        assert_eq!((metadata.proxies, metadata.connect_timeout), (Proxies::default(), Duration::from_secs(1)));
    }
}
