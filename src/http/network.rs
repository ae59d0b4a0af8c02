//! The real network, driven from the caller's own thread: no hand-over to another thread and back, no thread at all on
//! a warm page.
//!
//! DynamoDB's calls go over connections of our own, since a general HTTP client costs a page more than all the rest
//! of a call does. Through a proxy they take reqwest, as the credentials' calls do.

use std::future::Future;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use tower_service::Service;

use super::connection::{Connection, Origin};
use super::driver::{self, Task};
use super::exchange::{by_reqwest, connect_failure};
use super::{Failed, NetworkOptions, Pending, Reply, Request, Transport, TransportError};
use crate::clock::{Clock, Deadline};
use crate::stats::Stats;

/// How long a connection may be silent before the system asks whether the other side is still there.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// How long a request may take to go out that is sent before its reply is wanted.
const SEND_AHEAD: Duration = Duration::from_millis(100);

/// The real network.
#[derive(Clone, Debug)]
pub struct Network {
    pub(super) options: NetworkOptions,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) stats: Arc<Stats>,
}

/// How a request goes out.
enum Route {
    /// Over a connection of our own that is open.
    Idle(Box<Connection>),
    /// Over one that has to be opened.
    New,
    Reqwest,
}

impl Network {
    /// Connects to nothing yet: the client is made by the first request, in the process that sends it.
    pub fn new(options: NetworkOptions, clock: Arc<dyn Clock>, stats: Arc<Stats>) -> Self {
        Network { options, clock, stats }
    }

    /// The reqwest client of this thread and process.
    pub fn client(&self) -> Result<reqwest::Client, TransportError> {
        driver::with(|driver| driver.reqwest(self))
    }

    /// Runs a future of this network's on the calling thread, at most for `timeout`.
    pub fn run<F: Future>(&self, future: F, timeout: Duration) -> Result<F::Output, TransportError> {
        driver::with(|driver| {
            let limited = async { tokio::time::timeout(timeout, future).await };
            let in_time = driver.runtime()?.block_on(limited);
            in_time.map_err(|_| TransportError::new(Failed::Timeout, "no answer in time"))
        })
    }

    /// Starts a future that goes on whenever this thread runs another one.
    pub fn spawn<F>(&self, future: F) -> Result<Task<F::Output>, TransportError>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        driver::with(|driver| driver.start(future))
    }

    /// How a request to there goes. reqwest knows when to take the proxy; and waiting for it also drives what was
    /// started on this thread, as a refresh of credentials.
    fn route(&self, endpoint: &str) -> Result<Route, TransportError> {
        driver::with(|driver| {
            if self.options.https_proxy.is_some() || driver.is_busy() {
                return Ok(Route::Reqwest);
            }
            Ok(driver.idle(self, endpoint).map_or(Route::New, Route::Idle))
        })
    }

    fn send_by_reqwest(&self, request: Request, timeout: Duration) -> Result<Reply, TransportError> {
        // A connection that another thread opens meanwhile makes a free repetition an attempt, which does no harm.
        let opened = self.stats.connections.get();
        let reply = self.run(by_reqwest(self.client()?, request), timeout)?;
        let was_stale = self.stats.connections.get() == opened;
        reply.map_err(|error| TransportError { was_stale: was_stale && error.kind == Failed::Lost, ..error })
    }

    fn connect(&self, endpoint: &str, deadline: Deadline) -> Result<Box<Connection>, TransportError> {
        let origin = Origin::of(endpoint)?;
        self.stats.connections.count();
        let tls = driver::with(|driver| driver.tls(self))?;
        let left = deadline.left(&*self.clock).min(self.options.connect_timeout);
        let deadline = Deadline::after(&*self.clock, left);
        let socket = match self.run(tcp(origin.clone(), left), left) {
            Err(error) if error.kind == Failed::Timeout => {
                return Err(TransportError::new(Failed::Connect, "no connection in time"));
            }
            connected => connected??,
        };
        Connection::open(endpoint, &origin, socket, &tls, &self.clock, deadline).map(Box::new)
    }

    /// One request on `connection`, which is kept for the next one if that is possible.
    fn receive(&self, mut connection: Box<Connection>, deadline: Deadline) -> Result<Reply, TransportError> {
        let reply = connection.receive(deadline)?;
        driver::with(|driver| {
            driver.keep(self, connection);
            Ok(())
        })?;
        Ok(reply)
    }
}

/// Looks the name up and connects, to whichever of its addresses answers first.
async fn tcp(origin: Origin, timeout: Duration) -> Result<TcpStream, TransportError> {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_keepalive(Some(KEEP_ALIVE));
    connector.set_connect_timeout(Some(timeout));
    let scheme = if origin.is_tls { "https" } else { "http" };
    let url = ::http::Uri::builder().scheme(scheme).authority(origin.authority).path_and_query("/").build();
    let url = url.map_err(|error| TransportError::new(Failed::Request, error.to_string()))?;
    let connected = connector.call(url).await.map_err(|error| connect_failure(&error))?;
    let lost = |error: std::io::Error| TransportError::new(Failed::Connect, error.to_string());
    let socket = connected.into_inner().into_std().map_err(lost)?;
    socket.set_nonblocking(false).map_err(lost)?;
    Ok(socket)
}

impl Transport for Network {
    fn send(&self, request: Request, timeout: Duration) -> Result<Reply, TransportError> {
        let deadline = Deadline::after(&*self.clock, timeout);
        let mut connection = match self.route(&request.endpoint)? {
            Route::Idle(connection) => connection,
            Route::New => self.connect(&request.endpoint, deadline)?,
            Route::Reqwest => return self.send_by_reqwest(request, timeout),
        };
        connection.send(&request, deadline)?;
        self.receive(connection, deadline)
    }

    fn begin(&self, request: Request, connect: Duration) -> Option<Box<dyn Pending>> {
        let begun = self.begun(request, Deadline::after(&*self.clock, connect));
        let state = begun.unwrap_or_else(|error| Some(State::Failed(error)))?;
        Some(Box::new(UnderWay { network: self.clone(), process: std::process::id(), state }))
    }
}

impl Network {
    fn begun(&self, request: Request, deadline: Deadline) -> Result<Option<State>, TransportError> {
        let mut connection = match self.route(&request.endpoint)? {
            Route::Idle(connection) => connection,
            Route::New if deadline.total().is_zero() => return Ok(None),
            Route::New => self.connect(&request.endpoint, deadline)?,
            Route::Reqwest => return Ok(Some(State::Started(self.spawn(by_reqwest(self.client()?, request))?))),
        };
        connection.send(&request, Deadline::after(&*self.clock, SEND_AHEAD))?;
        Ok(Some(State::Sent(connection)))
    }
}

/// A request under way.
#[derive(Debug)]
struct UnderWay {
    network: Network,
    process: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    Sent(Box<Connection>),
    Started(Task<Result<Reply, TransportError>>),
    Failed(TransportError),
    Over,
}

impl Pending for UnderWay {
    fn finish(mut self: Box<Self>, timeout: Duration) -> Result<Reply, TransportError> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Sent(connection) => self.network.receive(connection, Deadline::after(&*self.network.clock, timeout)),
            State::Started(task) => self.network.run(task, timeout)?.ok_or_else(abandoned)?,
            State::Failed(error) => Err(error),
            State::Over => Err(abandoned()),
        }
    }
}

/// The connection of a request whose reply nobody wants is used again once that reply has come.
impl Drop for UnderWay {
    fn drop(&mut self) {
        if let State::Sent(connection) = std::mem::replace(&mut self.state, State::Over) {
            driver::keep_own(&self.network, connection, self.process);
        }
    }
}

fn abandoned() -> TransportError {
    TransportError::new(Failed::Request, "the request was abandoned")
}
