//! The tunnel of a proxy, to a server.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// What a proxy says to CONNECT.
pub const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Tunnel\r\n\r\n";

/// Hands bytes on, by turns, since only one thread can have the stream: until one side ends, or `most` have come back.
pub fn run(stream: &mut (impl Read + Write), socket: &TcpStream, to: SocketAddr, most: usize) -> bool {
    let mut server = TcpStream::connect(to).unwrap();
    server.set_nodelay(true).unwrap();
    for end in [socket, &server] {
        end.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    }
    let mut back = 0;
    while back < most {
        let Some(up) = some(stream) else { break };
        let Some(mut down) = server.write_all(&up).ok().and_then(|()| some(&mut server)) else { break };
        down.truncate(most - back);
        back += down.len();
        if stream.write_all(&down).and_then(|()| stream.flush()).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
    false
}

/// What has come, perhaps nothing; `None` at the end.
fn some(from: &mut impl Read) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 0x4000];
    match from.read(&mut buffer) {
        Ok(0) => None,
        Ok(length) => Some(buffer[..length].to_vec()),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Some(Vec::new()),
        Err(_) => None,
    }
}
