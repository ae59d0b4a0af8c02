//! One connection to the service: a request and its reply after another.

use std::io::{self, BufRead, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::message::{Incoming, encode};
use super::route::{Proxy, Route};
use super::socket::{Socket, Wire};
use super::stream::Stream;
use super::{Failed, Reply, Request, TransportError, tls, tunnel};
use crate::clock::{Clock, Deadline};

/// A connection, and what of a reply has come on it.
#[derive(Debug)]
pub(super) struct Connection {
    /// The endpoint it leads to.
    pub(super) endpoint: String,
    /// A proxy that is handed the requests themselves, since they are not encrypted.
    forwarded_by: Option<Proxy>,
    stream: Stream,
    incoming: Incoming,
    /// A request was sent whose reply nobody has waited for.
    reply_pending: bool,
    /// Nothing can be sent on it any more.
    must_close: bool,
    /// It has been idle since an earlier reply.
    is_reused: bool,
}

impl Connection {
    /// The connection on a socket that is connected to the first server of `route`: through the proxy's tunnel, with a
    /// handshake where TLS is spoken.
    pub(super) fn open(
        endpoint: &str,
        route: Route,
        socket: TcpStream,
        ca_bundle: Option<&Path>,
        clock: &Arc<dyn Clock>,
        deadline: Deadline,
    ) -> Result<Self, TransportError> {
        let mut stream = Stream::Plain(Wire::new(Socket::new(socket, Arc::clone(clock), deadline)));
        let Route { origin, proxy } = route;
        if let Some(proxy) = &proxy {
            if proxy.server.is_tls {
                stream = stream.encrypted(proxy.server.host(), &tls::config(ca_bundle)?)?;
            }
            if origin.is_tls {
                tunnel::open(&mut stream, proxy, &origin)?;
            }
        }
        if origin.is_tls {
            stream = stream.encrypted(origin.host(), &tls::config(ca_bundle)?)?;
        }
        Ok(Connection {
            endpoint: endpoint.to_owned(),
            forwarded_by: proxy.filter(|_| !origin.is_tls),
            stream,
            incoming: Incoming::default(),
            reply_pending: false,
            must_close: false,
            is_reused: false,
        })
    }

    /// Sends `request`; [`Connection::receive`] waits for its reply.
    pub(super) fn send(&mut self, request: &Request, deadline: Deadline) -> Result<(), TransportError> {
        self.stream.socket().deadline = deadline;
        self.must_close = true;
        self.reply_pending = true;
        let bytes = encode(request, self.forwarded_by.as_ref());
        let sent = self.stream.write_all(&bytes).and_then(|()| self.stream.flush());
        sent.map_err(|error| self.failed(&error))
    }

    /// Waits for the whole reply to the last request.
    pub(super) fn receive(&mut self, deadline: Deadline) -> Result<Reply, TransportError> {
        self.stream.socket().deadline = deadline;
        loop {
            match self.take().map_err(|error| self.failed(&error))? {
                Came::Reply(reply, persists) => {
                    self.reply_pending = false;
                    self.must_close = !persists;
                    self.is_reused = true;
                    return Ok(reply);
                }
                Came::Bad(error) => return Err(error),
                Came::More => {}
                Came::End => {
                    let was_empty = self.incoming.is_empty();
                    return self.incoming.end().map_err(|error| self.told_apart(error, was_empty));
                }
            }
        }
    }

    /// Takes what there is, or waits for it.
    fn take(&mut self) -> io::Result<Came> {
        let came = self.stream.fill_buf()?;
        if came.is_empty() {
            return Ok(Came::End);
        }
        let length = came.len();
        let taken = self.incoming.take(came);
        self.stream.consume(length);
        Ok(match taken {
            Ok(Some((reply, persists))) => Came::Reply(reply, persists),
            Ok(None) => Came::More,
            Err(error) => Came::Bad(error),
        })
    }

    /// Whether another request can be sent: all was received, and nothing has come since, least of all its end.
    pub(super) fn is_ready(&mut self) -> bool {
        let socket = self.stream.socket();
        let now = Deadline::after(&*socket.clock, Duration::from_millis(1));
        socket.deadline = now;
        if self.reply_pending && self.stream.socket().is_readable() {
            // A reply that nobody waited for. It counts only if it is there whole.
            drop(self.receive(now));
        }
        !self.reply_pending && !self.must_close && !self.stream.has_come()
    }

    fn failed(&self, error: &io::Error) -> TransportError {
        if error.kind() == io::ErrorKind::TimedOut {
            return TransportError::new(Failed::Timeout, "no answer in time");
        }
        self.told_apart(TransportError::new(Failed::Lost, error.to_string()), self.incoming.is_empty())
    }

    /// Marks an end that came before the first byte of a reply, on a connection that had carried one before.
    fn told_apart(&self, error: TransportError, was_empty: bool) -> TransportError {
        TransportError { was_stale: self.is_reused && was_empty && error.kind == Failed::Lost, ..error }
    }
}

enum Came {
    Reply(Reply, bool),
    Bad(TransportError),
    More,
    End,
}
