//! The real network: no hand-over to another thread and back, no thread at all on a warm page.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use tower_service::Service;

use super::connection::Connection;
use super::route::{Origin, Route};
use super::{Failed, NetworkOptions, Pending, Reply, Request, Transport, TransportError, pool, run};
use crate::clock::{Clock, Deadline};
use crate::stats::Stats;

/// How long a connection may be silent before the system asks whether the other side is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// How long a request may take to go out that is sent before its reply is wanted.
const SEND_AHEAD: Duration = Duration::from_millis(100);

/// The real network.
#[derive(Clone, Debug)]
pub struct Network {
    pub(super) options: NetworkOptions,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) stats: Arc<Stats>,
}

impl Network {
    /// Connects to nothing yet.
    pub fn new(options: NetworkOptions, clock: Arc<dyn Clock>, stats: Arc<Stats>) -> Self {
        Network { options, clock, stats }
    }

    /// One request on a connection of its own, for a future: connecting, TLS and the reply take no longer than `timeout`.
    pub(crate) async fn exchange(&self, request: Request, timeout: Duration) -> Result<Reply, TransportError> {
        let deadline = Deadline::after(&*self.clock, timeout);
        let network = self.clone();
        let ready = self.dial(&request.endpoint, deadline).await?;
        let speak = move || {
            let mut connection = ready.open(&network, &request.endpoint)?;
            connection.send(&request, deadline)?;
            connection.receive(deadline)
        };
        tokio::task::spawn_blocking(speak).await.unwrap_or_else(|_| Err(abandoned()))
    }

    /// Connects a socket to the first server on the way to `endpoint`.
    async fn dial(&self, endpoint: &str, deadline: Deadline) -> Result<Dialled, TransportError> {
        let route = Route::to(endpoint, &self.options.proxies)?;
        self.stats.connections.count();
        let left = deadline.left(&*self.clock).min(self.options.connect_timeout);
        let deadline = Deadline::after(&*self.clock, left);
        let in_time = tokio::time::timeout(left, tcp(route.first(), left)).await;
        let connected = in_time.unwrap_or_else(|_| Err(TransportError::new(Failed::Connect, "no connection in time")));
        Ok(Dialled { socket: connected.map_err(|error| route.blame(error))?, route, deadline })
    }

    fn connect(&self, endpoint: &str, deadline: Deadline) -> Result<Box<Connection>, TransportError> {
        let started = self.clock.monotonic();
        let connection = run(self.dial(endpoint, deadline))??.open(self, endpoint)?;
        self.stats.connect_duration.took(self.clock.monotonic().saturating_sub(started));
        Ok(Box::new(connection))
    }

    /// One request on `connection`, which is kept for the next one if that is possible.
    fn receive(&self, mut connection: Box<Connection>, deadline: Deadline) -> Result<Reply, TransportError> {
        let reply = connection.receive(deadline)?;
        pool::keep(self, connection);
        Ok(reply)
    }

    fn begun(&self, request: &Request, deadline: Deadline) -> Result<Option<State>, TransportError> {
        let mut connection = match pool::take(self, &request.endpoint) {
            Some(connection) => connection,
            None if deadline.total().is_zero() => return Ok(None),
            None => self.connect(&request.endpoint, deadline)?,
        };
        connection.send(request, Deadline::after(&*self.clock, SEND_AHEAD))?;
        Ok(Some(State::Sent(connection)))
    }
}

/// A socket that is connected, and until when all that a connection is besides has to be made on it.
struct Dialled {
    socket: TcpStream,
    route: Route,
    deadline: Deadline,
}

impl Dialled {
    fn open(self, network: &Network, endpoint: &str) -> Result<Connection, TransportError> {
        let ca_bundle = network.options.ca_bundle.as_deref();
        let Dialled { socket, route, deadline } = self;
        let opened = Connection::open(endpoint, route.clone(), socket, ca_bundle, &network.clock, deadline);
        opened.map_err(|error| route.blame(error))
    }
}

/// Looks the name up and connects, to whichever of its addresses answers first.
async fn tcp(server: &Origin, timeout: Duration) -> Result<TcpStream, TransportError> {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_keepalive(Some(KEEP_ALIVE));
    connector.set_connect_timeout(Some(timeout));
    let connected = connector.call(server.url()?).await.map_err(|error| connect_failure(&error))?;
    let lost = |error: std::io::Error| TransportError::new(Failed::Connect, error.to_string());
    let socket = connected.into_inner().into_std().map_err(lost)?;
    socket.set_nonblocking(false).map_err(lost)?;
    Ok(socket)
}

/// What kept a connection from being made.
fn connect_failure(error: &(dyn std::error::Error + 'static)) -> TransportError {
    let mut chain = std::iter::successors(Some(error), |error| error.source());
    let is_dns = chain.any(|error| error.to_string().contains("dns error"));
    TransportError::new(if is_dns { Failed::Dns } else { Failed::Connect }, innermost(error))
}

/// The innermost text of an error.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

impl Transport for Network {
    fn send(&self, request: Request, timeout: Duration) -> Result<Reply, TransportError> {
        let deadline = Deadline::after(&*self.clock, timeout);
        let mut connection = match pool::take(self, &request.endpoint) {
            Some(connection) => connection,
            None => self.connect(&request.endpoint, deadline)?,
        };
        connection.send(&request, deadline)?;
        self.receive(connection, deadline)
    }

    fn begin(&self, request: Request, connect: Duration) -> Option<Box<dyn Pending>> {
        let begun = self.begun(&request, Deadline::after(&*self.clock, connect));
        let state = begun.unwrap_or_else(|error| Some(State::Failed(error)))?;
        Some(Box::new(UnderWay { network: self.clone(), process: std::process::id(), state }))
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
    Failed(TransportError),
    Over,
}

impl Pending for UnderWay {
    fn finish(mut self: Box<Self>, timeout: Duration) -> Result<Reply, TransportError> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Sent(connection) => self.network.receive(connection, Deadline::after(&*self.network.clock, timeout)),
            State::Failed(error) => Err(error),
            State::Over => Err(abandoned()),
        }
    }
}

/// The connection of a request whose reply nobody wants is used again once that reply has come.
impl Drop for UnderWay {
    fn drop(&mut self) {
        if let State::Sent(connection) = std::mem::replace(&mut self.state, State::Over) {
            pool::keep_own(&self.network, connection, self.process);
        }
    }
}

fn abandoned() -> TransportError {
    TransportError::new(Failed::Request, "the request was abandoned")
}
