//! HTTP/1.1 requests and replies as bytes. <https://www.rfc-editor.org/rfc/rfc9112>

use httparse::{Header, Status};

use super::route::Proxy;
use super::{Failed, MAX_REPLY_BYTES, Method, Reply, Request, TransportError, too_large};

/// The largest head of a reply taken, in bytes, and its most header fields.
pub(super) const MAX_HEAD_BYTES: usize = 64 * 1024;
pub(super) const MAX_FIELDS: usize = 64;

/// So many interim answers (1xx) are passed over.
const MAX_INTERIM: u32 = 8;

/// The bytes of `request`: head and body in one piece, since each piece would be a packet. A proxy that forwards it is told
/// the whole URL. <https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2>
pub(super) fn encode(request: &Request, forwarded_by: Option<&Proxy>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1_024 + request.body.len());
    let endpoint = if forwarded_by.is_some() { request.endpoint.as_str() } else { "" };
    for part in [request.method.as_str(), " ", endpoint, &request.target, " HTTP/1.1\r\n"] {
        bytes.extend_from_slice(part.as_bytes());
    }
    let mut add = |name: &str, value: &str| {
        for part in [name, ": ", value, "\r\n"] {
            bytes.extend_from_slice(part.as_bytes());
        }
    };
    for (name, value) in &request.fields {
        add(name, value);
    }
    if let Some(authorization) = forwarded_by.and_then(|proxy| proxy.authorization.as_deref()) {
        add("proxy-authorization", authorization);
    }
    if request.method != Method::GET {
        add("content-length", &request.body.len().to_string());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&request.body);
    bytes
}

/// A reply that comes in piece by piece.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    bytes: Vec<u8>,
    head: Option<Head>,
    interim: u32,
}

#[derive(Debug)]
struct Head {
    /// Without its body.
    reply: Reply,
    framing: Framing,
    persists: bool,
}

/// How the end of a body is known.
#[derive(Debug)]
enum Framing {
    Length(usize),
    Chunked {
        next: usize,
        body: Vec<u8>,
    },
    /// By the end of the connection.
    End,
}

impl Incoming {
    /// Nothing has come yet.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.head.is_none()
    }

    /// Takes what came: the reply once it is complete, and whether the connection may carry another one.
    pub(super) fn take(&mut self, came: &[u8]) -> Result<Option<(Reply, bool)>, TransportError> {
        self.bytes.extend_from_slice(came);
        if self.bytes.len() > MAX_REPLY_BYTES {
            return Err(too_large());
        }
        if self.head.is_none() {
            self.head = self.parse_head()?;
        }
        let Some(head) = &mut self.head else {
            return Ok(None);
        };
        let rest = match &mut head.framing {
            Framing::End => return Ok(None),
            Framing::Length(length) if self.bytes.len() < *length => return Ok(None),
            Framing::Length(length) => self.bytes.split_off(*length),
            Framing::Chunked { next, body } => match dechunk(&self.bytes, next, body)? {
                Some(end) => {
                    let rest = self.bytes.split_off(end);
                    self.bytes = std::mem::take(body);
                    rest
                }
                None => return Ok(None),
            },
        };
        // What nobody asked for is the answer to nothing.
        let persists = head.persists && rest.is_empty();
        Ok(self.finish().map(|reply| (reply, persists)))
    }

    /// The connection has ended: that completes a reply that says neither length nor chunks.
    pub(super) fn end(&mut self) -> Result<Reply, TransportError> {
        let by_end = matches!(self.head, Some(Head { framing: Framing::End, .. }));
        let early = || TransportError::new(Failed::Lost, "connection closed before the answer was complete");
        self.finish().filter(|_| by_end).ok_or_else(early)
    }

    fn finish(&mut self) -> Option<Reply> {
        let Head { reply, .. } = self.head.take()?;
        Some(Reply { body: std::mem::take(&mut self.bytes), ..reply })
    }

    /// The head, once it is there whole; of interim answers (1xx) nothing is kept.
    fn parse_head(&mut self) -> Result<Option<Head>, TransportError> {
        loop {
            let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
            let mut parsed = httparse::Response::new(&mut fields);
            let length = match parsed.parse(&self.bytes) {
                Ok(Status::Complete(length)) => length,
                Ok(Status::Partial) if self.bytes.len() > MAX_HEAD_BYTES => {
                    return Err(garbage("its head is too large"));
                }
                Ok(Status::Partial) => return Ok(None),
                Err(error) => return Err(garbage(&format!("it is no HTTP: {error}"))),
            };
            let mut head = Head::of(&parsed)?;
            let rest = self.bytes.split_off(length);
            head.reply.head = std::mem::replace(&mut self.bytes, rest);
            if head.reply.status >= 200 {
                if let Framing::Length(length) = head.framing {
                    self.bytes.reserve_exact(length.saturating_sub(self.bytes.len()));
                }
                return Ok(Some(head));
            }
            self.interim += 1;
            if self.interim > MAX_INTERIM {
                return Err(garbage("it never begins"));
            }
        }
    }
}

impl Head {
    /// Without the reply's fields.
    fn of(parsed: &httparse::Response<'_, '_>) -> Result<Self, TransportError> {
        let status = parsed.code.filter(|code| (100..600).contains(code));
        let status = status.ok_or_else(|| garbage("it is no HTTP: invalid status"))?;
        let (framing, is_clear) = Framing::of(status, parsed.headers)?;
        let closes = parsed.version != Some(1) || lists(parsed.headers, "connection", b"close");
        let persists = !closes && is_clear && !matches!(framing, Framing::End);
        Ok(Head { reply: Reply::new(status, Vec::new()), framing, persists })
    }
}

impl Framing {
    /// As RFC 9112, section 6.3, has it; and whether nobody on the way can have understood it otherwise.
    fn of(status: u16, fields: &[Header<'_>]) -> Result<(Self, bool), TransportError> {
        if matches!(status, 100..200 | 204 | 304) {
            return Ok((Framing::Length(0), true));
        }
        let mut lengths = values(fields, "content-length");
        let length = lengths.next();
        if values(fields, "transfer-encoding").next().is_some() {
            let chunked = Framing::Chunked { next: 0, body: Vec::new() };
            let is_chunked = says(fields, "transfer-encoding", b"chunked");
            return Ok((if is_chunked { chunked } else { Framing::End }, length.is_none()));
        }
        let Some(length) = length else {
            return Ok((Framing::End, true));
        };
        let digits = std::str::from_utf8(length).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let length_in_bytes = digits.and_then(|text| text.parse().ok());
        match length_in_bytes.filter(|_| lengths.all(|other| other == length)) {
            Some(bytes) if bytes > MAX_REPLY_BYTES => Err(too_large()),
            Some(bytes) => Ok((Framing::Length(bytes), true)),
            None => Err(garbage("it is no HTTP: invalid content-length")),
        }
    }
}

fn values<'a>(fields: &'a [Header<'_>], name: &'a str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
    fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
}

/// Whether this is one of a field's comma-separated words.
fn lists(fields: &[Header<'_>], name: &str, word: &[u8]) -> bool {
    let mut words = values(fields, name).flat_map(|value| value.split(|byte| *byte == b','));
    words.any(|one| one.trim_ascii().eq_ignore_ascii_case(word))
}

/// Whether the last of a field's comma-separated words is this one.
fn says(fields: &[Header<'_>], name: &str, word: &[u8]) -> bool {
    let last = values(fields, name).next_back().and_then(|value| value.rsplit(|byte| *byte == b',').next());
    last.is_some_and(|last| last.trim_ascii().eq_ignore_ascii_case(word))
}

/// Moves whole chunks that begin at `next` to `body`; where the last one and the trailer end, once they are there.
fn dechunk(bytes: &[u8], next: &mut usize, body: &mut Vec<u8>) -> Result<Option<usize>, TransportError> {
    let bad = |_| garbage("it is no HTTP: invalid chunk");
    loop {
        let rest = bytes.get(*next..).unwrap_or_default();
        let Status::Complete((line, size)) = httparse::parse_chunk_size(rest).map_err(bad)? else {
            return if rest.len() > MAX_HEAD_BYTES { Err(garbage("a chunk's head is too large")) } else { Ok(None) };
        };
        if size == 0 {
            let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
            let trailer = httparse::parse_headers(rest.get(line..).unwrap_or_default(), &mut fields);
            return Ok(match trailer.map_err(|error| garbage(&format!("it is no HTTP: {error}")))? {
                Status::Complete((length, _)) => Some(*next + line + length),
                Status::Partial if rest.len() > MAX_HEAD_BYTES => return Err(garbage("its trailer is too large")),
                Status::Partial => None,
            });
        }
        let end = line.saturating_add(usize::try_from(size).map_err(|_| too_large())?);
        match rest.get(end..end.saturating_add(2)) {
            Some(b"\r\n") => body.extend_from_slice(rest.get(line..end).unwrap_or_default()),
            Some(_) => return Err(garbage("it is no HTTP: invalid chunk")),
            None => return Ok(None),
        }
        *next += end + 2;
    }
}

fn garbage(text: &str) -> TransportError {
    TransportError::new(Failed::Garbage, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::http::Proxies;
    use crate::http::route::Route;
    use crate::testing::ManualClock;
    use std::sync::Arc;

    /// What comes of `bytes`, whole and byte by byte: both must agree.
    fn reply(bytes: &[u8]) -> Result<Option<(u16, Vec<u8>, bool)>, Failed> {
        let seen = |found: Option<(Reply, bool)>| found.map(|(r, persists)| (r.status, r.body, persists));
        let whole = Incoming::default().take(bytes).map(seen).map_err(|error| error.kind);
        let mut incoming = Incoming::default();
        let mut by_byte = bytes.iter().map(|byte| incoming.take(&[*byte]).map(seen).map_err(|error| error.kind));
        let dripped = by_byte.find(|came| *came != Ok(None)).unwrap_or(Ok(None));
        let content = |found: Option<(u16, Vec<u8>, bool)>| found.map(|(status, body, _)| (status, body));
        assert_eq!(whole.clone().map(content), dripped.map(content), "{}", String::from_utf8_lossy(bytes));
        whole
    }

    fn good(bytes: &str) -> (u16, String, bool) {
        let (status, body, persists) = reply(bytes.as_bytes()).unwrap().unwrap();
        (status, String::from_utf8(body).unwrap(), persists)
    }

    fn encoded(request: &Request, proxies: &Proxies) -> String {
        let proxy = Route::to(&request.endpoint, proxies).unwrap().proxy;
        String::from_utf8(encode(request, proxy.as_ref())).unwrap()
    }

    #[test]
    fn a_request_is_one_piece_with_its_length() {
        let mut request = Request::post("http://localhost:8000".into(), b"{}".to_vec().into());
        request.fields.push(("host".into(), "localhost:8000".into()));
        let rest = "host: localhost:8000\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(encoded(&request, &Proxies::default()), format!("POST / HTTP/1.1\r\n{rest}"));
        let get = Request { method: Method::GET, target: "/a?b".into(), body: Arc::default(), ..request };
        assert_eq!(encoded(&get, &Proxies::default()), "GET /a?b HTTP/1.1\r\nhost: localhost:8000\r\n\r\n");
    }

    #[test]
    fn a_proxy_that_forwards_is_told_the_whole_url_and_who_asks() {
        let request = Request::post("http://localhost:8000".into(), b"{}".to_vec().into());
        let http = Some("http://user:pass@proxy".to_owned());
        let expected = "POST http://localhost:8000/ HTTP/1.1\r\nproxy-authorization: Basic dXNlcjpwYXNz\r\n\
                        content-length: 2\r\n\r\n{}";
        assert_eq!(encoded(&request, &Proxies { http, ..Proxies::default() }), expected);
    }

    #[test]
    fn a_body_ends_where_its_length_says() {
        assert_eq!(good("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), (200, "{}".into(), true));
        assert_eq!(good("HTTP/1.1 400 \r\ncontent-length: 0\r\n\r\n"), (400, String::new(), true));
        assert_eq!(good("HTTP/1.1 204 No Content\r\n\r\n"), (204, String::new(), true));
        assert_eq!(reply(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}"), Ok(None));
    }

    #[test]
    fn chunks_are_put_together_and_a_trailer_is_passed_over() {
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        assert_eq!(good(&format!("{chunked}1\r\n{{\r\n1;x=y\r\n}}\r\n0\r\n\r\n")), (200, "{}".into(), true));
        assert_eq!(good(&format!("{chunked}2\r\n{{}}\r\n0\r\nx: y\r\n\r\n")), (200, "{}".into(), true));
        assert_eq!(reply(format!("{chunked}2\r\n{{}}\r\n0\r\n").as_bytes()), Ok(None));
        for bad in ["2\r\n{}xx", "x\r\n", "ffffffffffffffff\r\n{}\r\n"] {
            let found = reply(format!("{chunked}{bad}").as_bytes());
            assert!(matches!(found, Err(Failed::Garbage) | Ok(None)), "{bad}: {found:?}");
        }
    }

    #[test]
    fn a_connection_carries_another_reply_only_when_all_is_clear() {
        for head in [
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nConnection: close\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nConnection: Close, Upgrade\r\n\r\n{}",
            "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n",
        ] {
            assert_eq!(good(head), (200, "{}".into(), false), "{head}");
        }
    }

    #[test]
    fn interim_answers_are_passed_over() {
        let bytes = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(good(bytes), (200, "{}".into(), true));
    }

    #[test]
    fn what_is_no_http_is_an_error() {
        for bytes in [
            "SSH-2.0-OpenSSH\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 17000000\r\n\r\n",
            "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
        ] {
            assert_eq!(reply(bytes.as_bytes()), Err(Failed::Garbage), "{bytes}");
        }
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        for start in ["HTTP/1.1 200 OK\r\nx: ", &format!("{chunked}1;"), &format!("{chunked}0\r\nx: ")] {
            let endless = [start.as_bytes().to_vec(), vec![b'y'; MAX_HEAD_BYTES]].concat();
            assert_eq!(Incoming::default().take(&endless).unwrap_err().kind, Failed::Garbage, "{start}");
        }
        let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(9);
        assert_eq!(Incoming::default().take(interim.as_bytes()).unwrap_err().kind, Failed::Garbage);
    }

    /// Ten thousand answers with up to four damages each, by chance that is the same every time.
    #[test]
    fn a_damaged_answer_is_read_alike_whole_and_in_pieces() {
        let whole: [&[u8]; 4] = [
            b"HTTP/1.1 200 OK\r\ndate: x\r\ncontent-length: 12\r\n\r\n{\"Item\":\"12\"",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;x=y\r\nabcde\r\na\r\n0123456789\r\n0\r\nt: u\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}",
            b"HTTP/1.0 204 No Content\r\nx-amzn-requestid: ABC\r\n\r\n",
        ];
        let clock = ManualClock::at(0);
        let mixed = |n: u64| (n ^ (n >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 33;
        let below = |most: usize| usize::try_from(mixed(clock.random())).unwrap() % most;
        let telling = b"\r\n:;, 0a9fF{\0\x7f\xff";
        let mut kinds = [0; 3];
        for _ in 0..10_000 {
            let mut bytes = whole[below(whole.len())].to_vec();
            for _ in 0..=below(4) {
                let at = below(bytes.len());
                match below(4) {
                    0 => bytes[at] = telling[below(telling.len())],
                    1 => drop(bytes.remove(at)),
                    2 => bytes.insert(at, bytes[below(bytes.len())]),
                    _ => bytes.truncate(at.max(8)),
                }
            }
            kinds[match reply(&bytes) {
                Ok(Some(_)) => 0,
                Ok(None) => 1,
                Err(kind) => {
                    assert_eq!(kind, Failed::Garbage);
                    2
                }
            }] += 1;
        }
        assert!(kinds.iter().all(|seen| *seen > 100), "{kinds:?}");
    }

    #[test]
    fn the_end_of_the_connection_completes_only_a_reply_without_a_length() {
        let mut incoming = Incoming::default();
        assert_eq!(incoming.take(b"HTTP/1.1 200 OK\r\n\r\n{}").unwrap().map(|_| ()), None);
        assert_eq!(incoming.end().unwrap().body, b"{}");
        for early in ["", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"] {
            let mut incoming = Incoming::default();
            assert!(incoming.take(early.as_bytes()).unwrap().is_none());
            assert_eq!(incoming.end().unwrap_err().kind, Failed::Lost, "{early}");
        }
    }
}
