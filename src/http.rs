//! One request in, one reply out.
//!
//! [`Network`] drives an async reqwest client from the caller's own thread, on a current-thread runtime: no hand-over
//! to another thread and back, no thread at all on a warm page. Clients live per thread and per process id: php-fpm
//! forks after module start-up, pcntl_fork can come at any time, and a client used across a fork hangs.

use std::cell::RefCell;
use std::fmt::{self, Debug};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::clock::Clock;
use crate::stats::Stats;

/// A request with its body in memory.
pub type Request = ::http::Request<Vec<u8>>;
/// A reply with its body in memory.
pub type Reply = ::http::Response<Vec<u8>>;

/// The largest answer taken, in bytes. DynamoDB's own limit for one is 16 MB.
pub const MAX_REPLY_BYTES: usize = 16 * 1024 * 1024 + 64 * 1024;

/// The service closes connections idle for about a minute; one idle for longer than this is not used again.
const MAX_IDLE: Duration = Duration::from_secs(50);

/// How many clients (sets of network settings) one thread keeps.
const MAX_CLIENTS: usize = 4;

/// Sends requests. Implementations do not retry, with one exception: see [`Network`].
pub trait Transport: Send + Sync + Debug {
    /// Sends `request` and waits for the whole reply, at most for `timeout`.
    fn send(&self, request: Request, timeout: Duration) -> Result<Reply, TransportError>;

    /// Sends `request` and returns at once; the reply is picked up later, on the same thread.
    fn begin(&self, request: Request) -> Box<dyn Pending>;
}

/// A request under way. Dropping it abandons the request.
pub trait Pending: Debug {
    /// Waits for the reply, at most for `timeout`.
    fn finish(self: Box<Self>, timeout: Duration) -> Result<Reply, TransportError>;
}

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    /// What failed.
    pub kind: Failed,
    /// In the words of the library that noticed.
    pub text: String,
    /// The request went over a connection that had been idle in the pool.
    pub reused: bool,
}

/// What failed on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The host name has no address.
    Dns,
    /// No connection.
    Connect,
    /// Handshake or certificate refused.
    Tls,
    /// Over before the reply was complete.
    Timeout,
    /// The connection broke after sending.
    Lost,
    /// The reply is no HTTP or too big.
    Garbage,
    /// The request could not be made at all.
    Request,
}

impl TransportError {
    /// An error with the words of its source.
    pub fn new(kind: Failed, text: impl Into<String>) -> Self {
        TransportError { kind, text: text.into(), reused: false }
    }

    /// The server may have acted on the request although no answer came.
    pub fn may_have_been_served(&self) -> bool {
        matches!(self.kind, Failed::Timeout | Failed::Lost | Failed::Garbage)
    }
}

/// What makes one network client differ from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkOptions {
    /// How long a connection may take, TLS included.
    pub connect_timeout: Duration,
    /// PEM file with roots in addition to the built-in ones.
    pub ca_bundle: Option<PathBuf>,
    /// The proxy for https requests, and the hosts that are reached without it (`NO_PROXY`).
    pub https_proxy: Option<Proxy>,
}

/// A proxy as the environment names it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// URL, perhaps with user and password.
    pub url: String,
    /// The value of `NO_PROXY`.
    pub except: String,
}

/// The URL may hold a password.
impl Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("except", &self.except).finish_non_exhaustive()
    }
}

/// The real network.
///
/// A request that met a connection which the server had just closed is repeated once, at once, on a fresh one: the
/// service closes idle connections before it has processed anything on them.
#[derive(Debug)]
pub struct Network {
    options: NetworkOptions,
    clock: Arc<dyn Clock>,
    stats: Arc<Stats>,
}

impl Network {
    /// Connects to nothing yet: the client is made by the first request, in the process that sends it.
    pub fn new(options: NetworkOptions, clock: Arc<dyn Clock>, stats: Arc<Stats>) -> Self {
        Network { options, clock, stats }
    }

    /// The reqwest client of this thread and process.
    pub fn client(&self) -> Result<reqwest::Client, TransportError> {
        self.with_driver(|driver| driver.client(self))
    }

    /// Runs a future of this network's on the calling thread, at most for `timeout`.
    pub fn run<F: Future>(&self, future: F, timeout: Duration) -> Result<F::Output, TransportError> {
        self.with_driver(|driver| {
            let limited = async { tokio::time::timeout(timeout, future).await };
            let in_time = driver.runtime()?.block_on(limited);
            in_time.map_err(|_| TransportError::new(Failed::Timeout, "no answer in time"))
        })
    }

    fn with_driver<T>(&self, act: impl FnOnce(&mut Driver) -> Result<T, TransportError>) -> Result<T, TransportError> {
        DRIVER.with(|driver| match driver.try_borrow_mut() {
            Ok(mut driver) => {
                driver.forget_parents();
                act(&mut driver)
            }
            Err(_) => Err(TransportError::new(Failed::Request, "the network is in use by this thread already")),
        })
    }

    fn build(&self) -> Result<reqwest::Client, TransportError> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(self.options.ca_bundle.as_deref())?)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.options.connect_timeout)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(None)
            .tcp_keepalive(Duration::from_secs(30))
            .connector_layer(CountConnects(Arc::clone(&self.stats)))
            .no_proxy();
        if let Some(proxy) = &self.options.https_proxy {
            let bad = |_| TransportError::new(Failed::Request, "HTTPS_PROXY is no URL of a proxy");
            let except = reqwest::NoProxy::from_string(&proxy.except);
            builder = builder.proxy(reqwest::Proxy::https(&proxy.url).map_err(bad)?.no_proxy(except));
        }
        let bad = |e: reqwest::Error| TransportError::new(Failed::Request, innermost(&e));
        builder.build().map_err(bad)
    }
}

impl Transport for Network {
    fn send(&self, request: Request, timeout: Duration) -> Result<Reply, TransportError> {
        let client = self.client()?;
        let opened = self.stats.connections.get();
        let first = self.run(exchange(client.clone(), request.clone()), timeout)?;
        match first {
            Err(error) if error.kind == Failed::Lost && self.stats.connections.get() == opened => {
                self.run(exchange(client, request), timeout)?
            }
            reply => reply,
        }
    }

    fn begin(&self, request: Request) -> Box<dyn Pending> {
        let opened = self.stats.connections.get();
        let started = self.client().and_then(|client| {
            self.with_driver(|driver| {
                let runtime = driver.runtime()?;
                let task = runtime.spawn(exchange(client, request.clone()));
                // Enough turns for the request to reach the socket of a warm connection.
                runtime.block_on(turns(8));
                Ok(task)
            })
        });
        Box::new(UnderWay {
            network: Network::new(self.options.clone(), Arc::clone(&self.clock), Arc::clone(&self.stats)),
            opened,
            request,
            started,
        })
    }
}

#[derive(Debug)]
struct UnderWay {
    network: Network,
    opened: u64,
    request: Request,
    started: Result<tokio::task::JoinHandle<Result<Reply, TransportError>>, TransportError>,
}

impl Pending for UnderWay {
    fn finish(self: Box<Self>, timeout: Duration) -> Result<Reply, TransportError> {
        let reply = match self.started {
            Ok(task) => self.network.run(task, timeout)?,
            Err(error) => return Err(error),
        };
        match reply {
            Ok(Err(error)) if error.kind == Failed::Lost && self.network.stats.connections.get() == self.opened => {
                self.network.send(self.request, timeout)
            }
            Ok(reply) => reply,
            Err(_) => Err(TransportError::new(Failed::Request, "the request was abandoned")),
        }
    }
}

thread_local! {
    static DRIVER: RefCell<Driver> = const { RefCell::new(Driver::new()) };
}

/// One thread's runtime and clients.
struct Driver {
    process: u32,
    runtime: Option<tokio::runtime::Runtime>,
    clients: Vec<Client>,
}

struct Client {
    options: NetworkOptions,
    client: reqwest::Client,
    used: LastUse,
}

impl Driver {
    const fn new() -> Self {
        Driver { process: 0, runtime: None, clients: Vec::new() }
    }

    /// After a fork the child must not touch what it inherited, not even to close it.
    fn forget_parents(&mut self) {
        let process = std::process::id();
        if self.process != process {
            std::mem::forget(std::mem::take(&mut self.clients));
            std::mem::forget(self.runtime.take());
            self.process = process;
        }
    }

    fn runtime(&mut self) -> Result<&tokio::runtime::Runtime, TransportError> {
        if self.runtime.is_none() {
            let built = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .max_blocking_threads(2)
                .thread_keep_alive(Duration::from_secs(1))
                .build();
            let bad = |e: std::io::Error| TransportError::new(Failed::Request, e.to_string());
            self.runtime = Some(built.map_err(bad)?);
        }
        self.runtime.as_ref().ok_or_else(|| TransportError::new(Failed::Request, "no runtime"))
    }

    fn client(&mut self, network: &Network) -> Result<reqwest::Client, TransportError> {
        let now = LastUse::now(&*network.clock);
        self.clients.retain(|known| !known.used.is_stale(&now));
        if let Some(known) = self.clients.iter_mut().find(|c| c.options == network.options) {
            known.used = now;
            return Ok(known.client.clone());
        }
        let client = network.build()?;
        if self.clients.len() >= MAX_CLIENTS {
            self.clients.remove(0);
        }
        self.clients.push(Client { options: network.options.clone(), client: client.clone(), used: now });
        Ok(client)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.forget_parents();
        // Not a plain drop: that would wait for a hung DNS look-up.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A frozen Lambda or a suspended machine wakes up with one of the two clocks far ahead.
struct LastUse {
    wall: Duration,
    monotonic: Duration,
}

impl LastUse {
    fn now(clock: &dyn Clock) -> Self {
        LastUse { wall: clock.wall(), monotonic: clock.monotonic() }
    }

    fn is_stale(&self, now: &LastUse) -> bool {
        now.wall.abs_diff(self.wall) > MAX_IDLE || now.monotonic.saturating_sub(self.monotonic) > MAX_IDLE
    }
}

/// Lets everything that is ready take a step, the sockets' events included.
async fn turns(n: u32) {
    for _ in 0..n {
        tokio::task::yield_now().await;
    }
}

async fn exchange(client: reqwest::Client, request: Request) -> Result<Reply, TransportError> {
    // A connection closed since the last page is noticed here, before anything is sent on it.
    turns(2).await;
    let request =
        reqwest::Request::try_from(request).map_err(|e| TransportError::new(Failed::Request, innermost(&e)))?;
    let mut response = client.execute(request).await.map_err(|e| classify(&e))?;
    let promised = response.content_length().unwrap_or(0).min(MAX_REPLY_BYTES as u64);
    let mut body = Vec::with_capacity(promised as usize);
    while let Some(chunk) = response.chunk().await.map_err(|e| classify(&e))? {
        if body.len() + chunk.len() > MAX_REPLY_BYTES {
            return Err(TransportError::new(Failed::Garbage, "the answer is larger than 16 MB"));
        }
        body.extend_from_slice(&chunk);
    }
    let mut reply = Reply::new(body);
    *reply.status_mut() = response.status();
    *reply.headers_mut() = std::mem::take(response.headers_mut());
    Ok(reply)
}

fn classify(error: &reqwest::Error) -> TransportError {
    let chain = || std::iter::successors(std::error::Error::source(error), |e| e.source());
    let said = |text: &str| chain().any(|e| e.to_string().contains(text));
    let kind = if error.is_builder() {
        Failed::Request
    } else if error.is_connect() {
        if chain().any(is_tls) {
            Failed::Tls
        } else if said("dns error") {
            Failed::Dns
        } else {
            Failed::Connect
        }
    } else if error.is_timeout() {
        Failed::Timeout
    } else if said("invalid HTTP") || said("message head is too large") || said("invalid content-length") {
        Failed::Garbage
    } else {
        Failed::Lost
    };
    TransportError::new(kind, innermost(error))
}

fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || inside.is_some_and(|e| e.is::<rustls::Error>())
}

/// The innermost text of an error; never reqwest's own outermost one, which repeats the URL.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn tls(ca_bundle: Option<&Path>) -> Result<rustls::ClientConfig, TransportError> {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(path) = ca_bundle {
        let bad = |text: String| TransportError::new(Failed::Tls, format!("ca_bundle '{}': {text}", path.display()));
        let certificates = CertificateDer::pem_file_iter(path).map_err(|e| bad(e.to_string()))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|e| bad(e.to_string()))?;
            // A bundle of the system holds a few that rustls does not take; the rest still counts.
            let _ = roots.add(certificate);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| TransportError::new(Failed::Tls, e.to_string()))?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}

/// Counts the connections that are opened.
#[derive(Clone, Debug)]
struct CountConnects(Arc<Stats>);

#[derive(Clone, Debug)]
struct Counted<S>(S, Arc<Stats>);

impl<S> tower_layer::Layer<S> for CountConnects {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Counted(inner, Arc::clone(&self.0))
    }
}

impl<S: tower_service::Service<R>, R> tower_service::Service<R> for Counted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        self.1.connections.count();
        self.0.call(request)
    }
}
