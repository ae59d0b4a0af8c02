//! One request and its reply on a reqwest client, and what its errors mean.

use super::driver::turns;
use super::{Failed, MAX_REPLY_BYTES, TransportError, too_large};

/// A request of any kind, and a reply, with their bodies in memory.
pub(crate) type Asked = ::http::Request<Vec<u8>>;
pub(crate) type Answered = ::http::Response<Vec<u8>>;

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
