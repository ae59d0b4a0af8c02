//! The bytes of a connection: a socket, and TLS on it; where a proxy speaks TLS, TLS in its TLS.

use std::io::{self, BufRead, Read, Write};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::socket::{Socket, Wire};
use super::{Failed, TransportError};

#[derive(Debug)]
pub(super) enum Stream {
    Plain(Wire),
    Tls(Box<StreamOwned<ClientConnection, Stream>>),
}

impl Stream {
    /// Shakes hands with `host` at the other end.
    pub(super) fn encrypted(mut self, host: &str, tls: &Arc<ClientConfig>) -> Result<Self, TransportError> {
        let bad = |error: &dyn std::error::Error| TransportError::new(Failed::Tls, error.to_string());
        let name = ServerName::try_from(host.to_owned()).map_err(|error| bad(&error))?;
        let mut conn = ClientConnection::new(Arc::clone(tls), name).map_err(|error| bad(&error))?;
        while conn.is_handshaking() {
            match conn.complete_io(&mut self) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(TransportError::new(Failed::Connect, "tls handshake eof"));
                }
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Err(TransportError::new(Failed::Connect, "no TLS handshake in time"));
                }
                Err(error) if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => {
                    return Err(bad(&error));
                }
                Err(error) => return Err(TransportError::new(Failed::Connect, error.to_string())),
            }
        }
        Ok(Stream::Tls(Box::new(StreamOwned::new(conn, self))))
    }

    /// The socket underneath.
    pub(super) fn socket(&mut self) -> &mut Socket {
        match self {
            Stream::Plain(wire) => wire.0.get_mut(),
            Stream::Tls(stream) => stream.sock.socket(),
        }
    }

    /// Whether reading would not wait: something has come, or the end. What TLS says for itself, as a session ticket, is
    /// taken in and does not count; a reply that nobody asked for does, also one that has come together with the last
    /// reply, in a record of its own.
    pub(super) fn has_come(&mut self) -> bool {
        let stream = match self {
            Stream::Plain(wire) => return !wire.0.buffer().is_empty() || wire.0.get_ref().is_readable(),
            Stream::Tls(stream) => stream,
        };
        let StreamOwned { conn, sock } = &mut **stream;
        loop {
            let state = conn.process_new_packets();
            if !state.is_ok_and(|state| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed()) {
                return true;
            }
            if !sock.has_come() {
                return false;
            }
            if !conn.read_tls(sock).is_ok_and(|n| n > 0) {
                return true;
            }
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(wire) => wire.read(buffer),
            Stream::Tls(stream) => stream.read(buffer),
        }
    }
}

impl BufRead for Stream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Stream::Plain(wire) => wire.0.fill_buf(),
            Stream::Tls(stream) => stream.fill_buf(),
        }
    }

    fn consume(&mut self, length: usize) {
        match self {
            Stream::Plain(wire) => wire.0.consume(length),
            Stream::Tls(stream) => stream.consume(length),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(wire) => wire.write(bytes),
            Stream::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(wire) => wire.flush(),
            Stream::Tls(stream) => stream.flush(),
        }
    }
}
