//! What the server does about a request, as a script says.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::server::Reply;
use crate::tunnel;

/// What the server does about a request.
#[derive(Clone, Debug)]
pub enum Reaction {
    Answer(Reply),
    /// Answers, and closes the connection a moment later without having said so.
    AnswerAndClose(Reply),
    /// Answers, and once more although nobody has asked: in one packet, over TLS in records of their own.
    AnswerTwice(Reply),
    /// Takes the request and closes.
    Close,
    /// Half of the answer, then closes.
    Half(Reply),
    /// Whatever bytes.
    Raw(Vec<u8>),
    /// An answer that does not end.
    Endless,
    /// No answer at all.
    Hang,
    /// A byte now and then.
    Drip(Reply),
    /// For a proxy: goes on as a tunnel to there.
    Tunnel(SocketAddr),
    /// The same, agreed to byte by byte.
    SlowTunnel(SocketAddr),
    /// The same, that breaks after so many bytes of the server's.
    BrokenTunnel(SocketAddr, usize),
}

/// Says whether the connection stays.
pub fn react(reaction: Reaction, stream: &mut (impl Read + Write), socket: &TcpStream) -> bool {
    let mut send = |bytes: &[u8]| stream.write_all(bytes).and_then(|()| stream.flush()).is_ok();
    match reaction {
        Reaction::Answer(reply) => send(&reply.bytes()),
        Reaction::AnswerAndClose(reply) => {
            send(&reply.bytes());
            false
        }
        Reaction::AnswerTwice(reply) => {
            // The first fills a whole record: https://www.rfc-editor.org/rfc/rfc8446#section-5.1
            let padding = "-".repeat(16_384 - reply.bytes().len() - "padding: \r\n".len());
            send(&[reply.clone().with("padding", &padding).bytes(), reply.bytes()].concat())
        }
        Reaction::Close => false,
        Reaction::Half(reply) => {
            let bytes = reply.bytes();
            send(&bytes[..bytes.len() - reply.body.len() / 2 - 1]);
            false
        }
        Reaction::Raw(bytes) => {
            send(&bytes);
            false
        }
        Reaction::Endless => {
            send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
            let chunk = [b"100000\r\n".as_slice(), &vec![b'{'; 0x10_0000], b"\r\n"].concat();
            while send(&chunk) {}
            false
        }
        Reaction::Hang => {
            let _ = stream.read(&mut [0]);
            false
        }
        Reaction::Drip(reply) => {
            drip(&mut send, &reply.bytes());
            false
        }
        Reaction::Tunnel(to) => {
            send(tunnel::ESTABLISHED);
            tunnel::run(stream, socket, to, usize::MAX)
        }
        Reaction::SlowTunnel(to) => {
            drip(&mut send, tunnel::ESTABLISHED);
            tunnel::run(stream, socket, to, usize::MAX)
        }
        Reaction::BrokenTunnel(to, after) => {
            send(tunnel::ESTABLISHED);
            tunnel::run(stream, socket, to, after)
        }
    }
}

fn drip(send: &mut impl FnMut(&[u8]) -> bool, bytes: &[u8]) {
    for byte in bytes {
        if !send(&[*byte]) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
