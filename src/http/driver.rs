//! One thread's runtime, clients and connections.
//!
//! They live per thread and per process id: php-fpm forks after module start-up, pcntl_fork can come at any time, and
//! a connection used across a fork hangs.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use nix::sys::signal::SigSet;

use super::connection::Connection;
use super::{Failed, MAX_IDLE_CONNECTIONS, Network, NetworkOptions, TransportError, exchange, tls};
use crate::clock::Clock;
use crate::per_process::PerThread;
use crate::stats::Stats;

/// The service closes connections idle for about a minute; one idle for longer than this is not used again.
const MAX_IDLE: Duration = Duration::from_secs(50);

/// How many clients (sets of network settings) one thread keeps.
const MAX_CLIENTS: usize = 4;

thread_local! {
    static DRIVER: RefCell<PerThread<Driver>> = const { RefCell::new(PerThread::new(Driver::new())) };
}

/// Lends this thread's driver.
pub(super) fn with<T>(act: impl FnOnce(&mut Driver) -> Result<T, TransportError>) -> Result<T, TransportError> {
    let busy = || TransportError::new(Failed::Request, "the network is in use by this thread already");
    let lent = DRIVER.try_with(|driver| {
        let mut driver = driver.try_borrow_mut().map_err(|_| busy())?;
        act(driver.get())
    });
    lent.map_err(|_| TransportError::new(Failed::Request, "this thread is ending"))?
}

/// Gives back a connection that was used in this process; one that a fork has brought along is left alone.
pub(super) fn keep_own(network: &Network, connection: Box<Connection>, process: u32) {
    if process == std::process::id() {
        let _ = with(|driver| {
            driver.keep(network, connection);
            Ok(())
        });
    } else {
        std::mem::forget(connection);
    }
}

/// One thread's runtime, clients and connections.
#[derive(Default)]
pub(super) struct Driver {
    runtime: Option<tokio::runtime::Runtime>,
    /// What was started and goes on only while the runtime runs.
    tasks: Vec<tokio::task::AbortHandle>,
    clients: Vec<Client>,
}

/// What requests with the same network settings share.
struct Client {
    options: NetworkOptions,
    /// It counts its connections here, so that others count theirs elsewhere.
    stats: Arc<Stats>,
    /// Its roots are read once; it also keeps the tickets to resume sessions with.
    tls: Arc<rustls::ClientConfig>,
    idle: Vec<(Box<Connection>, LastUse)>,
    reqwest: Option<(reqwest::Client, LastUse)>,
}

impl Driver {
    const fn new() -> Self {
        Driver { runtime: None, tasks: Vec::new(), clients: Vec::new() }
    }

    /// The runtime. Only look-ups of host names, and commands of a profile, take a thread of their own, for a while.
    pub(super) fn runtime(&mut self) -> Result<&tokio::runtime::Runtime, TransportError> {
        if self.runtime.is_none() {
            let built = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .max_blocking_threads(2)
                .thread_keep_alive(Duration::from_secs(1))
                // Signals are for PHP's thread.
                .on_thread_start(|| {
                    let _ = SigSet::all().thread_block();
                })
                .build();
            let bad = |e: std::io::Error| TransportError::new(Failed::Request, e.to_string());
            self.runtime = Some(built.map_err(bad)?);
        }
        self.runtime.as_ref().ok_or_else(|| TransportError::new(Failed::Request, "no runtime"))
    }

    /// Starts a future; it goes on whenever the runtime runs.
    pub(super) fn start<F>(&mut self, future: F) -> Result<Task<F::Output>, TransportError>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let runtime = self.runtime()?;
        let handle = runtime.spawn(future);
        // Enough turns for a request to reach the socket of a warm connection.
        runtime.block_on(turns(8));
        self.tasks.push(handle.abort_handle());
        Ok(Task { thread: std::thread::current().id(), handle })
    }

    /// Whether a future that was started needs the runtime to run.
    pub(super) fn is_busy(&mut self) -> bool {
        self.tasks.retain(|task| !task.is_finished());
        !self.tasks.is_empty()
    }

    /// The reqwest client for this network's options; an idle one is not kept for ever.
    pub(super) fn reqwest(&mut self, network: &Network) -> Result<reqwest::Client, TransportError> {
        let now = LastUse::now(&*network.clock);
        let client = self.client(network)?;
        let known = client.reqwest.take().filter(|(_, used)| !used.is_stale(&now));
        let reqwest = known.map_or_else(|| exchange::client(network, &client.tls), |(reqwest, _)| Ok(reqwest))?;
        client.reqwest = Some((reqwest.clone(), now));
        Ok(reqwest)
    }

    /// The TLS settings of this network's options.
    pub(super) fn tls(&mut self, network: &Network) -> Result<Arc<rustls::ClientConfig>, TransportError> {
        Ok(Arc::clone(&self.client(network)?.tls))
    }

    /// A connection to there that was used before and can be used again.
    pub(super) fn idle(&mut self, network: &Network, endpoint: &str) -> Option<Box<Connection>> {
        let now = LastUse::now(&*network.clock);
        let idle = &mut self.client(network).ok()?.idle;
        while let Some(at) = idle.iter().rposition(|(connection, _)| connection.endpoint == endpoint) {
            let (mut connection, used) = idle.swap_remove(at);
            if !used.is_stale(&now) && connection.is_ready() {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection for the next request.
    pub(super) fn keep(&mut self, network: &Network, connection: Box<Connection>) {
        let now = LastUse::now(&*network.clock);
        if let Ok(client) = self.client(network) {
            client.idle.retain(|(_, used)| !used.is_stale(&now));
            if client.idle.len() < MAX_IDLE_CONNECTIONS {
                client.idle.push((connection, now));
            }
        }
    }

    fn client(&mut self, network: &Network) -> Result<&mut Client, TransportError> {
        let same = |known: &Client| known.options == network.options && Arc::ptr_eq(&known.stats, &network.stats);
        let at = match self.clients.iter().position(same) {
            Some(at) => at,
            None => {
                let tls = Arc::new(tls::config(network.options.ca_bundle.as_deref())?);
                if self.clients.len() >= MAX_CLIENTS {
                    self.clients.remove(0);
                }
                let (options, stats) = (network.options.clone(), Arc::clone(&network.stats));
                self.clients.push(Client { options, stats, tls, idle: Vec::new(), reqwest: None });
                self.clients.len() - 1
            }
        };
        self.clients.get_mut(at).ok_or_else(|| TransportError::new(Failed::Request, "no client"))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
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
pub(super) async fn turns(n: u32) {
    for _ in 0..n {
        tokio::task::yield_now().await;
    }
}

/// A future under way on the runtime of the thread that started it. When this is dropped the future still goes on, so
/// that a connection it uses can be used again.
///
/// As a future it yields the result, or `None` when that was lost with its thread.
#[derive(Debug)]
pub struct Task<T> {
    thread: std::thread::ThreadId,
    handle: tokio::task::JoinHandle<T>,
}

impl<T> Task<T> {
    /// There is a result.
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }

    /// Only the thread that started it can wait for it.
    pub fn is_of_this_thread(&self) -> bool {
        self.thread == std::thread::current().id()
    }
}

impl<T> Future for Task<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        Pin::new(&mut self.handle).poll(cx).map(Result::ok)
    }
}
