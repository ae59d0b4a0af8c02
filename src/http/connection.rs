//! One connection to the service: TLS where it is spoken, one request and its reply after another.

use std::io::{self, BufRead, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use ::http::Uri;
use ::http::uri::{Authority, Scheme};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::message::{Incoming, encode};
use super::socket::{Socket, Wire};
use super::{Failed, Reply, Request, TransportError};
use crate::clock::{Clock, Deadline};

/// Where a connection leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) is_tls: bool,
    /// Host and port.
    pub(super) authority: Authority,
}

impl Origin {
    pub(super) fn of(endpoint: &str) -> Result<Self, TransportError> {
        let bad = |error: &dyn std::error::Error| {
            TransportError::new(Failed::Request, format!("dynamosess.endpoint: {error}"))
        };
        let url: Uri = endpoint.parse().map_err(|error| bad(&error))?;
        let authority = url.authority().cloned().ok_or_else(|| TransportError::new(Failed::Request, "no host"))?;
        Ok(Origin { is_tls: url.scheme() == Some(&Scheme::HTTPS), authority })
    }
}

/// A connection, and what of a reply has come on it.
#[derive(Debug)]
pub(super) struct Connection {
    /// The endpoint it leads to.
    pub(super) endpoint: String,
    stream: Stream,
    incoming: Incoming,
    /// A request was sent whose reply nobody has waited for.
    reply_pending: bool,
    /// Nothing can be sent on it any more.
    must_close: bool,
    /// It has been idle since an earlier reply.
    is_reused: bool,
}

#[derive(Debug)]
enum Stream {
    Plain(Wire),
    Tls(Box<StreamOwned<ClientConnection, Wire>>),
}

impl Connection {
    /// The connection on a socket that is connected; shakes hands where TLS is spoken.
    pub(super) fn open(
        endpoint: &str,
        origin: &Origin,
        socket: TcpStream,
        tls: &Arc<ClientConfig>,
        clock: &Arc<dyn Clock>,
        deadline: Deadline,
    ) -> Result<Self, TransportError> {
        let wire = Wire::new(Socket::new(socket, Arc::clone(clock), deadline));
        let stream = if origin.is_tls { shake_hands(origin, wire, tls)? } else { Stream::Plain(wire) };
        let incoming = Incoming::default();
        Ok(Connection {
            endpoint: endpoint.to_owned(),
            stream,
            incoming,
            reply_pending: false,
            must_close: false,
            is_reused: false,
        })
    }

    /// Sends `request`; [`Connection::receive`] waits for its reply.
    pub(super) fn send(&mut self, request: &Request, deadline: Deadline) -> Result<(), TransportError> {
        self.socket().deadline = deadline;
        self.must_close = true;
        self.reply_pending = true;
        let bytes = encode(request);
        let sent = match &mut self.stream {
            Stream::Plain(wire) => wire.write_all(&bytes),
            Stream::Tls(stream) => stream.write_all(&bytes).and_then(|()| stream.flush()),
        };
        sent.map_err(|error| self.failed(&error))
    }

    /// Waits for the whole reply to the last request.
    pub(super) fn receive(&mut self, deadline: Deadline) -> Result<Reply, TransportError> {
        self.socket().deadline = deadline;
        loop {
            let came = match &mut self.stream {
                Stream::Plain(wire) => take(&mut wire.0, &mut self.incoming),
                Stream::Tls(stream) => take(&mut **stream, &mut self.incoming),
            };
            match came.map_err(|error| self.failed(&error))? {
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

    /// Whether another request can be sent: all was received, and nothing has come since, least of all its end.
    pub(super) fn is_ready(&mut self) -> bool {
        let now = Deadline::after(&*Arc::clone(&self.socket().clock), Duration::from_millis(1));
        if self.reply_pending && self.socket().is_readable() {
            // A reply that nobody waited for. It counts only if it is there whole.
            drop(self.receive(now));
        }
        if self.reply_pending || self.must_close {
            return false;
        }
        self.socket().deadline = now;
        let has_come = self.socket().is_readable();
        match &mut self.stream {
            Stream::Plain(_) => !has_come,
            Stream::Tls(stream) => is_quiet(stream, has_come),
        }
    }

    fn socket(&mut self) -> &mut Socket {
        match &mut self.stream {
            Stream::Plain(wire) => wire.0.get_mut(),
            Stream::Tls(stream) => stream.sock.0.get_mut(),
        }
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

/// Takes in what TLS has to say for itself, as a session ticket. Whether that is all: neither its end nor a reply that
/// nobody asked for may be there, nor have come together with the last reply, in a record of its own.
fn is_quiet(stream: &mut StreamOwned<ClientConnection, Wire>, mut has_come: bool) -> bool {
    let StreamOwned { conn, sock } = stream;
    while has_come || !sock.0.buffer().is_empty() {
        let taken = conn.read_tls(sock).is_ok_and(|n| n > 0) && conn.process_new_packets().is_ok();
        if !taken {
            return false;
        }
        has_come = false;
    }
    conn.process_new_packets().is_ok_and(|state| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed())
}

enum Came {
    Reply(Reply, bool),
    Bad(TransportError),
    More,
    End,
}

/// Takes what there is, or waits for it.
fn take(reader: &mut impl BufRead, incoming: &mut Incoming) -> io::Result<Came> {
    let came = reader.fill_buf()?;
    if came.is_empty() {
        return Ok(Came::End);
    }
    let length = came.len();
    let taken = incoming.take(came);
    reader.consume(length);
    Ok(match taken {
        Ok(Some((reply, persists))) => Came::Reply(reply, persists),
        Ok(None) => Came::More,
        Err(error) => Came::Bad(error),
    })
}

fn shake_hands(origin: &Origin, mut wire: Wire, tls: &Arc<ClientConfig>) -> Result<Stream, TransportError> {
    let host = origin.authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
    let bad = |error: &dyn std::error::Error| TransportError::new(Failed::Tls, error.to_string());
    let name = ServerName::try_from(host).map_err(|error| bad(&error))?;
    let mut conn = ClientConnection::new(Arc::clone(tls), name).map_err(|error| bad(&error))?;
    while conn.is_handshaking() {
        match conn.complete_io(&mut wire) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(TransportError::new(Failed::Connect, "tls handshake eof"));
            }
            Err(error) if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => return Err(bad(&error)),
            Err(error) => return Err(TransportError::new(Failed::Connect, error.to_string())),
        }
    }
    Ok(Stream::Tls(Box::new(StreamOwned::new(conn, wire))))
}
