//! A small HTTP/1.1 server on loopback that answers, or fails, as a script says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned};

pub use crate::reaction::Reaction;
use crate::reaction::react;

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// Path and query; for a proxy, what the request line says.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// How many requests came before it.
    pub number: usize,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Reply { status, headers: Vec::new(), body: body.into() }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {} Scripted\r\ncontent-length: {}\r\n", self.status, self.body.len());
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut bytes = (text + "\r\n").into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

type Handler = dyn Fn(&Seen) -> Reaction + Send + Sync;

pub struct Server {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    scheme: &'static str,
    accepts: Option<JoinHandle<()>>,
}

struct Shared {
    handler: Box<Handler>,
    tls: Option<Arc<ServerConfig>>,
    seen: Mutex<Vec<Seen>>,
    answered: AtomicUsize,
    connections: AtomicUsize,
    resumed: AtomicUsize,
    refused: AtomicUsize,
    stopped: AtomicBool,
}

impl Server {
    pub fn start(handler: impl Fn(&Seen) -> Reaction + Send + Sync + 'static) -> Self {
        Self::run(Box::new(handler), None)
    }

    pub fn start_tls(config: Arc<ServerConfig>, handler: impl Fn(&Seen) -> Reaction + Send + Sync + 'static) -> Self {
        Self::run(Box::new(handler), Some(config))
    }

    fn run(handler: Box<Handler>, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shared = Arc::new(Shared {
            handler,
            tls,
            seen: Mutex::default(),
            answered: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            resumed: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let for_thread = Arc::clone(&shared);
        let accepts = Some(std::thread::spawn(move || accept(&listener, &for_thread)));
        Server { address, shared, scheme, accepts }
    }

    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub fn url_at(&self, host: &str) -> String {
        format!("{}://{host}:{}", self.scheme, self.address.port())
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.shared.seen.lock().unwrap().len()
    }

    /// Waits until the reactions to so many requests are over.
    pub fn wait_for_answers(&self, n: usize) {
        while self.shared.answered.load(Ordering::SeqCst) < n {
            std::thread::yield_now();
        }
    }

    /// How many TLS sessions were resumed.
    pub fn resumed(&self) -> usize {
        self.shared.resumed.load(Ordering::SeqCst)
    }

    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The next `n` connections are closed before a request is read.
    pub fn refuse(&self, n: usize) {
        self.shared.refused.store(n, Ordering::SeqCst);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        // From here on the port is closed.
        let _ = self.accepts.take().map(JoinHandle::join);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let less = |n: usize| n.checked_sub(1);
        if shared.refused.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
            continue;
        }
        let shared = Arc::clone(shared);
        std::thread::spawn(move || match shared.tls.clone() {
            None => serve(&shared, stream.try_clone().unwrap(), &stream),
            Some(config) => {
                let mut tls = ServerConnection::new(config).unwrap();
                // A client that does not like the certificate ends here.
                if tls.complete_io(&mut &stream).is_err() {
                    return;
                }
                let is_resumed = tls.handshake_kind() == Some(HandshakeKind::Resumed);
                shared.resumed.fetch_add(usize::from(is_resumed), Ordering::SeqCst);
                serve(&shared, StreamOwned::new(tls, stream.try_clone().unwrap()), &stream);
            }
        });
    }
}

/// One connection. A client that goes away ends it.
fn serve(shared: &Shared, stream: impl Read + Write, socket: &TcpStream) {
    socket.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    while let Some(mut seen) = read_request(&mut stream) {
        {
            let mut all = shared.seen.lock().unwrap();
            seen.number = all.len();
            all.push(seen.clone());
        }
        let reaction = (shared.handler)(&seen);
        let stays = react(reaction, stream.get_mut(), socket);
        if !stays {
            let _ = socket.shutdown(Shutdown::Both);
        }
        shared.answered.fetch_add(1, Ordering::SeqCst);
        if !stays {
            break;
        }
    }
    let _ = socket.shutdown(Shutdown::Both);
}

fn read_request(stream: &mut impl BufRead) -> Option<Seen> {
    let mut line = String::new();
    if stream.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut seen = Seen { method, target, headers, body: Vec::new(), number: 0 };
    let length = seen.header("content-length").map_or(0, |n| n.parse().unwrap());
    seen.body = vec![0; length];
    stream.read_exact(&mut seen.body).ok()?;
    Some(seen)
}
