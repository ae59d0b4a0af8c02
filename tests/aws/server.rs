//! A small HTTP/1.1 server on loopback that answers, or fails, as a script says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::tunnel;

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

    fn bytes(&self) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {} Scripted\r\ncontent-length: {}\r\n", self.status, self.body.len());
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut bytes = (text + "\r\n").into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

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
                let tls = ServerConnection::new(config).unwrap();
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

/// Says whether the connection stays.
fn react(reaction: Reaction, stream: &mut (impl Read + Write), socket: &TcpStream) -> bool {
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
