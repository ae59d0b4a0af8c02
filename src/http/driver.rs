//! One thread's runtime and clients.
//!
//! They live per thread and per process id: php-fpm forks after module start-up, pcntl_fork can come at any time, and
//! a client used across a fork hangs.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use nix::sys::signal::SigSet;

use super::{Failed, Network, NetworkOptions, TransportError};
use crate::clock::Clock;
use crate::stats::Stats;

/// The service closes connections idle for about a minute; one idle for longer than this is not used again.
const MAX_IDLE: Duration = Duration::from_secs(50);

/// How many clients (sets of network settings) one thread keeps.
const MAX_CLIENTS: usize = 4;

thread_local! {
    static DRIVER: RefCell<Driver> = const { RefCell::new(Driver::new()) };
}

/// Lends this thread's driver.
pub(super) fn with<T>(act: impl FnOnce(&mut Driver) -> Result<T, TransportError>) -> Result<T, TransportError> {
    let busy = || TransportError::new(Failed::Request, "the network is in use by this thread already");
    let lent = DRIVER.try_with(|driver| {
        let mut driver = driver.try_borrow_mut().map_err(|_| busy())?;
        driver.forget_parents();
        act(&mut driver)
    });
    lent.map_err(|_| TransportError::new(Failed::Request, "this thread is ending"))?
}

/// One thread's runtime and clients.
pub(super) struct Driver {
    process: u32,
    runtime: Option<tokio::runtime::Runtime>,
    clients: Vec<Client>,
}

struct Client {
    options: NetworkOptions,
    /// It counts its connections here, so that others count theirs elsewhere.
    stats: Arc<Stats>,
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

    /// The client for this network's options; an idle one is not kept for ever.
    pub(super) fn client(&mut self, network: &Network) -> Result<reqwest::Client, TransportError> {
        let now = LastUse::now(&*network.clock);
        self.clients.retain(|known| !known.used.is_stale(&now));
        let same = |known: &Client| known.options == network.options && Arc::ptr_eq(&known.stats, &network.stats);
        if let Some(known) = self.clients.iter_mut().find(|known| same(known)) {
            known.used = now;
            return Ok(known.client.clone());
        }
        let client = network.build()?;
        if self.clients.len() >= MAX_CLIENTS {
            self.clients.remove(0);
        }
        let (options, stats) = (network.options.clone(), Arc::clone(&network.stats));
        self.clients.push(Client { options, stats, client: client.clone(), used: now });
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
    pub(super) fn new(handle: tokio::task::JoinHandle<T>) -> Self {
        Task { thread: std::thread::current().id(), handle }
    }

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
