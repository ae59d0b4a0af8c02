//! A blocking socket with a deadline.

use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::clock::{Clock, Deadline};

/// Room for one TLS record, so that an answer of usual size is one call into the system.
const READ_AT_ONCE: usize = 17 * 1024;

/// After so long the deadline is looked at: the system's own limit is the same for nearly every call then, and need not
/// be set again.
const LONGEST_WAIT: Duration = Duration::from_millis(50);

/// A buffer for reading on a socket that is also written to.
#[derive(Debug)]
pub(super) struct Wire(pub(super) BufReader<Socket>);

impl Wire {
    pub(super) fn new(socket: Socket) -> Self {
        Wire(BufReader::with_capacity(READ_AT_ONCE, socket))
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.get_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A blocking socket on which nothing takes longer than to the deadline.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    pub(super) deadline: Deadline,
    pub(super) clock: Arc<dyn Clock>,
    /// The time limits that the system has been given, for reading and writing.
    set: [Option<Duration>; 2],
}

#[derive(Clone, Copy)]
enum Way {
    Read,
    Write,
}

impl Socket {
    /// A socket that is connected.
    pub(super) fn new(stream: TcpStream, clock: Arc<dyn Clock>, deadline: Deadline) -> Self {
        Socket { stream, deadline, clock, set: [None; 2] }
    }

    /// Whether reading would not wait: something has come, or the end.
    pub(super) fn is_readable(&self) -> bool {
        let mut polled = [PollFd::new(self.stream.as_fd(), PollFlags::POLLIN)];
        poll(&mut polled, PollTimeout::ZERO) != Ok(0)
    }

    /// Does something that waits, again if a signal or the system's limit comes in between.
    fn within(&mut self, way: Way, mut act: impl FnMut(&mut TcpStream) -> io::Result<usize>) -> io::Result<usize> {
        loop {
            let left = self.deadline.left(&*self.clock);
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.limit(way, left)?;
            match act(&mut self.stream) {
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                done => return done,
            }
        }
    }

    /// Tells the system, unless it was told so before.
    fn limit(&mut self, way: Way, left: Duration) -> io::Result<()> {
        let limit = left.min(LONGEST_WAIT);
        let set = match way {
            Way::Read => &mut self.set[0],
            Way::Write => &mut self.set[1],
        };
        if set.replace(limit) == Some(limit) {
            return Ok(());
        }
        match way {
            Way::Read => self.stream.set_read_timeout(Some(limit)),
            Way::Write => self.stream.set_write_timeout(Some(limit)),
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.within(Way::Read, |stream| stream.read(buffer))
    }
}

/// Without vectored writes, which would raise SIGPIPE.
impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.within(Way::Write, |stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
