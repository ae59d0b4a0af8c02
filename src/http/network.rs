//! The real network: an async reqwest client, driven from the caller's own thread on a current-thread runtime. No
//! hand-over to another thread and back, no thread at all on a warm page.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::driver::{self, Task, turns};
use super::exchange::{exchange, innermost};
use super::{Failed, NetworkOptions, Pending, Reply, Request, Transport, TransportError, tls};
use crate::clock::Clock;
use crate::stats::Stats;

/// The real network.
#[derive(Clone, Debug)]
pub struct Network {
    pub(super) options: NetworkOptions,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) stats: Arc<Stats>,
}

impl Network {
    /// Connects to nothing yet: the client is made by the first request, in the process that sends it.
    pub fn new(options: NetworkOptions, clock: Arc<dyn Clock>, stats: Arc<Stats>) -> Self {
        Network { options, clock, stats }
    }

    /// The reqwest client of this thread and process.
    pub fn client(&self) -> Result<reqwest::Client, TransportError> {
        driver::with(|driver| driver.client(self))
    }

    /// Runs a future of this network's on the calling thread, at most for `timeout`.
    pub fn run<F: Future>(&self, future: F, timeout: Duration) -> Result<F::Output, TransportError> {
        driver::with(|driver| {
            let limited = async { tokio::time::timeout(timeout, future).await };
            let in_time = driver.runtime()?.block_on(limited);
            in_time.map_err(|_| TransportError::new(Failed::Timeout, "no answer in time"))
        })
    }

    /// Starts a future that goes on whenever this thread runs another one.
    pub fn spawn<F>(&self, future: F) -> Result<Task<F::Output>, TransportError>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        driver::with(|driver| {
            let runtime = driver.runtime()?;
            let task = runtime.spawn(future);
            // Enough turns for the request to reach the socket of a warm connection.
            runtime.block_on(turns(8));
            Ok(Task::new(task))
        })
    }

    /// Makes the client.
    pub(super) fn build(&self) -> Result<reqwest::Client, TransportError> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(self.options.ca_bundle.as_deref())?)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.options.connect_timeout)
            .pool_max_idle_per_host(8)
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

    /// Marks what went over a connection that was in the pool already.
    fn told_apart(&self, opened_before: u64, reply: Result<Reply, TransportError>) -> Result<Reply, TransportError> {
        let reused = self.stats.connections.get() == opened_before;
        reply.map_err(|error| TransportError { reused: reused && error.kind == Failed::Lost, ..error })
    }
}

impl Transport for Network {
    fn send(&self, request: Request, timeout: Duration) -> Result<Reply, TransportError> {
        let client = self.client()?;
        let opened = self.stats.connections.get();
        let reply = self.run(exchange(client, request), timeout)?;
        self.told_apart(opened, reply)
    }

    fn begin(&self, request: Request) -> Box<dyn Pending> {
        let opened = self.stats.connections.get();
        let started = self.client().and_then(|client| self.spawn(exchange(client, request)));
        Box::new(UnderWay { network: self.clone(), opened, started })
    }
}

#[derive(Debug)]
struct UnderWay {
    network: Network,
    opened: u64,
    started: Result<Task<Result<Reply, TransportError>>, TransportError>,
}

impl Pending for UnderWay {
    fn finish(self: Box<Self>, timeout: Duration) -> Result<Reply, TransportError> {
        let reply = self.network.run(self.started?, timeout)?;
        let abandoned = || TransportError::new(Failed::Request, "the request was abandoned");
        self.network.told_apart(self.opened, reply.ok_or_else(abandoned)?)
    }
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
