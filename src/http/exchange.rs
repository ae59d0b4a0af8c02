//! The general HTTP client, reqwest: one request and its reply, and what its errors mean.

use std::sync::Arc;

use super::driver::turns;
use super::network::{KEEP_ALIVE, Network};
use super::{Failed, MAX_IDLE_CONNECTIONS, MAX_REPLY_BYTES, Reply, Request, TransportError, too_large};
use crate::stats::Stats;

/// A request of any kind, and a reply, with their bodies in memory.
pub(crate) type Asked = ::http::Request<Vec<u8>>;
pub(crate) type Answered = ::http::Response<Vec<u8>>;

/// Makes a reqwest client.
pub(super) fn client(network: &Network, tls: &rustls::ClientConfig) -> Result<reqwest::Client, TransportError> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(network.options.connect_timeout)
        .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS)
        .pool_idle_timeout(None)
        .tcp_keepalive(KEEP_ALIVE)
        .connector_layer(CountConnects(Arc::clone(&network.stats)))
        .no_proxy();
    if let Some(proxy) = &network.options.https_proxy {
        let bad = |_| TransportError::new(Failed::Request, "HTTPS_PROXY is no URL of a proxy");
        let except = reqwest::NoProxy::from_string(&proxy.except);
        builder = builder.proxy(reqwest::Proxy::https(&proxy.url).map_err(bad)?.no_proxy(except));
    }
    let bad = |e: reqwest::Error| TransportError::new(Failed::Request, innermost(&e));
    builder.build().map_err(bad)
}

/// Sends `request` and reads the whole reply.
pub(crate) async fn exchange(client: reqwest::Client, request: Asked) -> Result<Answered, TransportError> {
    // A connection closed since the last page is noticed here, before anything is sent on it.
    turns(2).await;
    let request =
        reqwest::Request::try_from(request).map_err(|e| TransportError::new(Failed::Request, innermost(&e)))?;
    let mut response = client.execute(request).await.map_err(|e| classify(&e))?;
    let promised = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if promised > MAX_REPLY_BYTES {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(promised);
    while let Some(chunk) = response.chunk().await.map_err(|e| classify(&e))? {
        if body.len() + chunk.len() > MAX_REPLY_BYTES {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    let mut reply = Answered::new(body);
    *reply.status_mut() = response.status();
    *reply.headers_mut() = std::mem::take(response.headers_mut());
    Ok(reply)
}

/// The same for a request to DynamoDB.
pub(super) async fn by_reqwest(client: reqwest::Client, request: Request) -> Result<Reply, TransportError> {
    let mut built = ::http::Request::post(format!("{}/", request.endpoint));
    for (name, value) in &request.fields {
        built = built.header(*name, value);
    }
    let built = built
        .body(Arc::unwrap_or_clone(request.body))
        .map_err(|error| TransportError::new(Failed::Request, error.to_string()))?;
    let (parts, body) = exchange(client, built).await?.into_parts();
    let mut reply = Reply::new(parts.status.as_u16(), body);
    for (name, value) in &parts.headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            reply.head.extend_from_slice(part);
        }
    }
    Ok(reply)
}

fn classify(error: &reqwest::Error) -> TransportError {
    let chain = || std::iter::successors(std::error::Error::source(error), |e| e.source());
    let said = |text: &str| chain().any(|e| e.to_string().contains(text));
    if error.is_connect() {
        return connect_failure(error);
    }
    let kind = if error.is_builder() {
        Failed::Request
    } else if error.is_timeout() {
        Failed::Timeout
    } else if said("invalid HTTP") || said("message head is too large") || said("invalid content-length") {
        Failed::Garbage
    } else {
        Failed::Lost
    };
    TransportError::new(kind, innermost(error))
}

/// What kept a connection from being made.
pub(super) fn connect_failure(error: &(dyn std::error::Error + 'static)) -> TransportError {
    let chain = || std::iter::successors(Some(error), |e| e.source());
    let kind = if chain().any(is_tls) {
        Failed::Tls
    } else if chain().any(|e| e.to_string().contains("dns error")) {
        Failed::Dns
    } else {
        Failed::Connect
    };
    TransportError::new(kind, innermost(error))
}

/// tokio-rustls wraps its errors in I/O errors, one in the other, which do not name one another as their source.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || inside.is_some_and(|e| is_tls(e))
}

/// The innermost text of an error; never reqwest's own outermost one, which repeats the URL.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
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
