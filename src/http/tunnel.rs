//! CONNECT: asks a proxy for a tunnel to the service. <https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6>
//!
//! Not hyper-util's `Tunnel`: through that, a proxy that speaks TLS would need a second, asynchronous TLS, and nobody would
//! be told what the proxy has answered.

use std::io::{self, BufRead, Write};

use httparse::Status;

use super::message::{MAX_FIELDS, MAX_HEAD_BYTES};
use super::route::{Origin, Proxy};
use super::stream::Stream;
use super::{Failed, TransportError};

/// Makes of a connection to `proxy` one to `origin`.
pub(super) fn open(stream: &mut Stream, proxy: &Proxy, origin: &Origin) -> Result<(), TransportError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::TimedOut => TransportError::new(Failed::Connect, "no answer to CONNECT in time"),
        _ => TransportError::new(Failed::Connect, error.to_string()),
    };
    stream.write_all(&connect(proxy, origin)).and_then(|()| stream.flush()).map_err(failed)?;
    let mut head = Vec::new();
    loop {
        let came = stream.fill_buf().map_err(failed)?;
        let length = came.len();
        head.extend_from_slice(came);
        stream.consume(length);
        if let Some(judged) = judge(&head) {
            return judged;
        }
        if length == 0 {
            return Err(TransportError::new(Failed::Connect, "it closed the connection instead of answering CONNECT"));
        }
    }
}

fn connect(proxy: &Proxy, origin: &Origin) -> Vec<u8> {
    let to = origin.host_and_port();
    let mut text = format!("CONNECT {to} HTTP/1.1\r\nhost: {to}\r\n");
    if let Some(authorization) = &proxy.authorization {
        text.push_str(&format!("proxy-authorization: {authorization}\r\n"));
    }
    (text + "\r\n").into_bytes()
}

/// What the proxy's answer means; `None`: it is not there whole.
fn judge(head: &[u8]) -> Option<Result<(), TransportError>> {
    let bad = |text: &str| Some(Err(TransportError::new(Failed::Connect, format!("its answer to CONNECT {text}"))));
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut parsed = httparse::Response::new(&mut fields);
    match parsed.parse(head) {
        Ok(Status::Complete(length)) => {
            let (status, reason) = (parsed.code.unwrap_or_default(), parsed.reason.unwrap_or_default());
            match status {
                // The service does not speak before it is spoken to.
                200..300 if head.len() > length => bad("goes on behind its end"),
                200..300 => Some(Ok(())),
                status => Some(Err(refused(status, reason))),
            }
        }
        Ok(Status::Partial) if head.len() > MAX_HEAD_BYTES => bad("is too large"),
        Ok(Status::Partial) => None,
        Err(error) => bad(&format!("is no HTTP: {error}")),
    }
}

/// A proxy that is in trouble, or does not reach the service, may do so at the next attempt; one that refuses will not.
fn refused(status: u16, reason: &str) -> TransportError {
    let kind = if status >= 500 { Failed::Connect } else { Failed::Proxy };
    TransportError::new(kind, format!("it answered {status} {reason}").trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Proxies;
    use crate::http::route::Route;

    #[test]
    fn the_proxy_is_told_where_to_and_who_asks() {
        let https = Some("http://user:pass@proxy:3128".to_owned());
        let route = Route::to("https://dynamodb.test", &Proxies { https, ..Proxies::default() }).unwrap();
        let text = String::from_utf8(connect(&route.proxy.unwrap(), &route.origin)).unwrap();
        let expected = "CONNECT dynamodb.test:443 HTTP/1.1\r\nhost: dynamodb.test:443\r\n\
                        proxy-authorization: Basic dXNlcjpwYXNz\r\n\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn only_success_makes_a_tunnel() {
        assert_eq!(judge(b"HTTP/1.1 200 Connection established\r\nvia: x\r\n\r\n"), Some(Ok(())));
        assert_eq!(judge(b"HTTP/1.0 200 \r\n\r\n"), Some(Ok(())));
        assert_eq!(judge(b"HTTP/1.1 200 OK\r\n"), None);
        let kind = |head: &[u8]| judge(head).unwrap().unwrap_err();
        let denied = kind(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 9\r\n\r\nforbidden");
        assert_eq!((denied.kind, &*denied.text), (Failed::Proxy, "it answered 407 Proxy Authentication Required"));
        assert_eq!(kind(b"HTTP/1.1 403\r\n\r\n").text, "it answered 403");
        for head in [&b"HTTP/1.1 503 Busy\r\n\r\n"[..], b"HTTP/1.1 200 OK\r\n\r\nhello", b"SSH-2.0-OpenSSH\r\n"] {
            assert_eq!(kind(head).kind, Failed::Connect, "{}", String::from_utf8_lossy(head));
        }
        assert!(judge(&[b"HTTP/1.1 200 OK\r\nx: ", &vec![b'y'; MAX_HEAD_BYTES][..]].concat()).unwrap().is_err());
    }
}
