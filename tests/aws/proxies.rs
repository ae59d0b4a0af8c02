//! DynamoDB and STS through proxies, and what proxies do wrong. The service's name is one that only the proxy knows.

use std::sync::Arc;
use std::time::Duration;

use dynamosess::clock::SystemClock;
use dynamosess::dynamodb::Client;
use dynamosess::error::Error;
use dynamosess::http::{NetworkOptions, Proxies};
use dynamosess::resolve::network_options;

use crate::certificates::Authority;
use crate::server::{Reaction, Reply, Seen, Server};
use crate::services::{Aws, CONTAINER_TOKEN, WEB_IDENTITY_TOKEN};
use crate::setup::{
    Folder, Machine, SESSION_KEY, environment, good, network_client, options, read, settings, trusting,
};

const TLS: &str = "https://dynamodb.test:8443";
const PLAIN: &str = "http://dynamodb.test:8000";
/// user:hush
const BASIC: &str = "Basic dXNlcjpodXNo";

/// DynamoDB behind a proxy.
struct Site {
    server: Server,
    authority: Authority,
    folder: Folder,
}

impl Site {
    fn new(dynamodb: impl Fn(&Seen) -> Reaction + Send + Sync + 'static) -> Self {
        let authority = Authority::new();
        let server = Server::start_tls(authority.server("dynamodb.test"), dynamodb);
        Site { server, authority, folder: Folder::new() }
    }

    /// A proxy without TLS; it does the first so many times what is said, and is a good one then.
    fn proxy(&self, faults: usize, fault: impl Fn() -> Reaction + Send + Sync + 'static) -> Server {
        let to = self.server.address;
        Server::start(move |seen| if seen.number < faults { fault() } else { Reaction::Tunnel(to) })
    }

    fn through(&self, url: &str, except: &str) -> NetworkOptions {
        let url = Some(url.to_owned());
        let proxies = Proxies { http: url.clone(), https: url, except: except.to_owned() };
        NetworkOptions { proxies, ..trusting(&self.authority, &self.folder) }
    }

    fn client(&self, proxy: &Server) -> Client {
        network_client(TLS, self.through(&proxy.url_at("user:hush@127.0.0.1"), "")).0
    }

    fn read(&self, proxy: &Server) -> Result<(), Error> {
        read(&self.client(proxy))
    }
}

#[test]
fn an_https_endpoint_is_reached_by_a_tunnel_that_is_kept() {
    let site = Site::new(|_| good());
    let proxy = site.proxy(0, good);
    let client = site.client(&proxy);
    for _ in 0..3 {
        read(&client).unwrap();
    }
    let seen = proxy.seen();
    assert_eq!((seen.len(), &*seen[0].method, &*seen[0].target), (1, "CONNECT", "dynamodb.test:8443"));
    assert_eq!(seen[0].header("proxy-authorization"), Some(BASIC));
    assert_eq!((site.server.count(), client.stats.connections.get()), (3, 1));
    assert!(site.server.seen().iter().all(|seen| seen.header("proxy-authorization").is_none()));
}

#[test]
fn a_request_to_an_http_endpoint_is_handed_to_the_proxy_itself() {
    let proxy = Server::start(|_| good());
    let site = Site::new(|_| good());
    let (client, stats) = network_client(PLAIN, site.through(&proxy.url_at("user:hush@127.0.0.1"), ""));
    for _ in 0..2 {
        read(&client).unwrap();
    }
    let seen = proxy.seen();
    assert_eq!((&*seen[1].method, &*seen[1].target), ("POST", "http://dynamodb.test:8000/"));
    assert_eq!(
        (seen[1].header("proxy-authorization"), seen[1].header("host")),
        (Some(BASIC), Some("dynamodb.test:8000"))
    );
    assert_eq!((proxy.connections(), stats.connections.get()), (1, 1));
}

#[test]
fn a_proxy_may_speak_tls_itself() {
    let large = |_: &Seen| {
        let item = serde_json::json!({"Item": {"id": {"S": SESSION_KEY}, "data": {"S": "x".repeat(380_000)}}});
        Reaction::Answer(Reply::new(200, item.to_string()))
    };
    let site = Site::new(large);
    let to = site.server.address;
    let proxy = Server::start_tls(site.authority.server("localhost"), move |seen| match &*seen.method {
        "CONNECT" => Reaction::Tunnel(to),
        _ => large(seen),
    });
    for endpoint in [TLS, PLAIN] {
        let (client, stats) = network_client(endpoint, site.through(&proxy.url_at("localhost"), ""));
        for _ in 0..2 {
            read(&client).unwrap();
        }
        assert_eq!((stats.connections.get(), stats.retries.get()), (1, 0), "{endpoint}");
    }
    assert_eq!((site.server.count(), proxy.count(), proxy.connections()), (2, 3, 2));
    let untrusted = NetworkOptions { ca_bundle: None, ..site.through(&proxy.url_at("localhost"), "") };
    let error = read(&network_client(TLS, untrusted).0).unwrap_err();
    assert!(error.code() == "TlsError" && error.to_string().contains("through the proxy localhost:"), "{error}");
}

#[test]
fn a_host_that_no_proxy_names_is_reached_without() {
    let site = Site::new(|_| good());
    let (proxy, direct) = (site.proxy(0, good), Server::start(|_| good()));
    let through = |except| site.through(&proxy.url(), except);
    for except in ["localhost", "*", "10.0.0.0/8, localhost"] {
        read(&network_client(&direct.url_at("localhost"), through(except)).0).unwrap();
    }
    read(&network_client(&direct.url(), through("127.0.0.0/8")).0).unwrap();
    assert_eq!((proxy.count(), direct.count()), (0, 4));
}

#[test]
fn a_proxy_in_trouble_is_tried_again() {
    type Fault = fn() -> Reaction;
    let faults: [(Fault, &str); 5] = [
        (|| Reaction::Answer(Reply::new(502, "")), "it answered 502 Scripted"),
        (|| Reaction::Close, "it closed the connection instead of answering CONNECT"),
        (|| Reaction::Raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec()), "its answer to CONNECT is no HTTP"),
        (|| Reaction::Hang, "no answer to CONNECT in time"),
        (|| Reaction::Drip(Reply::new(200, "")), "no answer to CONNECT in time"),
    ];
    for (fault, said) in faults {
        let site = Site::new(|_| good());
        site.read(&site.proxy(1, fault)).unwrap_or_else(|error| panic!("{said}: {error}"));
        let proxy = site.proxy(usize::MAX, fault);
        let error = site.read(&proxy).unwrap_err();
        assert_eq!((error.code(), error.attempts, proxy.count()), ("ConnectError", 4, 4), "{error}");
        let text = error.to_string();
        assert!(text.contains(&format!("no connection: through the proxy {}: {said}", proxy.address)), "{text}");
        assert!(!text.contains("hush"), "{text}");
        assert_eq!(site.server.count(), 1);
    }
}

#[test]
fn a_proxy_that_refuses_is_not_tried_again_and_its_password_stays_unsaid() {
    for status in [403, 407] {
        let site = Site::new(|_| good());
        let proxy = site.proxy(usize::MAX, move || Reaction::Answer(Reply::new(status, "go away")));
        let error = site.read(&proxy).unwrap_err();
        assert_eq!((error.code(), error.attempts, proxy.count()), ("ConnectError", 1, 1), "{error}");
        let text = error.to_string();
        assert!(text.contains(&format!("it answered {status} Scripted")) && !text.contains("hush"), "{text}");
    }
}

#[test]
fn a_proxy_that_is_not_there_is_named() {
    let site = Site::new(|_| good());
    let proxy = site.proxy(0, good);
    let (client, address) = (site.client(&proxy), proxy.address);
    drop(proxy);
    let error = read(&client).unwrap_err();
    assert_eq!((error.code(), error.attempts), ("ConnectError", 4), "{error}");
    assert!(error.to_string().contains(&format!("through the proxy {address}: ")), "{error}");
    let unknown = read(&network_client(TLS, site.through("http://proxy.invalid:3128", "")).0).unwrap_err();
    assert_eq!(unknown.code(), "DnsError", "{unknown}");
    assert!(unknown.to_string().contains("through the proxy proxy.invalid:3128: "), "{unknown}");
}

#[test]
fn a_slow_tunnel_is_waited_for_as_long_as_a_connection_may_take() {
    let site = Site::new(|_| good());
    let to = site.server.address;
    let proxy = Server::start(move |_| Reaction::SlowTunnel(to));
    let error = site.read(&proxy).unwrap_err();
    assert_eq!(error.code(), "ConnectError", "{error}");
    let patient = NetworkOptions { connect_timeout: Duration::from_secs(5), ..site.through(&proxy.url(), "") };
    let (client, stats) = network_client(TLS, patient);
    let deadline = client.clock.deadline(Duration::from_secs(20));
    client.get_item(SESSION_KEY, true, &deadline).unwrap();
    assert_eq!(stats.retries.get(), 0);
}

#[test]
fn a_tunnel_that_breaks_is_a_lost_connection() {
    let item = serde_json::json!({"Item": {"id": {"S": SESSION_KEY}, "data": {"S": "x".repeat(100_000)}}}).to_string();
    // In the midst of the handshake, and of the answer.
    for (bytes, code) in [(100, "ConnectError"), (50_000, "ConnectionLost")] {
        let item = item.clone();
        let site = Site::new(move |_| Reaction::Answer(Reply::new(200, item.clone())));
        let to = site.server.address;
        site.read(&site.proxy(1, move || Reaction::BrokenTunnel(to, bytes))).unwrap();
        let error = site.read(&site.proxy(usize::MAX, move || Reaction::BrokenTunnel(to, bytes))).unwrap_err();
        assert_eq!((error.code(), error.attempts), (code, 4), "{error}");
    }
}

#[test]
fn a_tunnel_that_dies_with_the_next_request_is_replaced_without_an_attempt() {
    let site = Site::new(|seen| if seen.number == 1 { Reaction::Close } else { good() });
    let proxy = site.proxy(0, good);
    let mut client = site.client(&proxy);
    client.max_attempts = 1;
    for _ in 0..2 {
        read(&client).unwrap();
    }
    assert_eq!((site.server.count(), proxy.count(), client.stats.retries.get()), (3, 2, 0));
}

#[test]
fn what_a_forwarding_proxy_says_for_itself_is_no_answer_of_dynamodbs() {
    let site = Site::new(|_| good());
    for (status, attempts) in [(407, 1), (503, 4)] {
        let proxy = Server::start(move |_| Reaction::Answer(Reply::new(status, "<html>go away</html>")));
        let error = read(&network_client(PLAIN, site.through(&proxy.url(), "")).0).unwrap_err();
        assert_eq!((error.code(), error.attempts), (&*format!("HTTP {status}"), attempts), "{error}");
        assert!(error.to_string().contains("the answer is not DynamoDB's"), "{error}");
    }
}

#[test]
fn what_is_no_proxy_is_said_and_never_passed_by() {
    let server = Server::start(|_| good());
    for url in ["socks5://user:hush@127.0.0.1:1080", "http://user:hush@"] {
        let proxies = Proxies { http: Some(url.to_owned()), ..Proxies::default() };
        let error = read(&network_client(&server.url(), NetworkOptions { proxies, ..options() }).0).unwrap_err();
        assert_eq!((error.code(), error.attempts), ("InvalidSetting", 1), "{error}");
        assert!(error.to_string().contains("HTTP_PROXY") && !error.to_string().contains("hush"), "{error}");
    }
    assert_eq!(server.count(), 0);
}

#[test]
fn variables_count_as_the_operator_set_them_and_first_in_lower_case() {
    let of = |pairs: &[(&str, &str)]| network_options(&settings(), &environment(pairs)).proxies;
    let proxies = |http: &str, https: &str, except: &str| {
        let some = |url: &str| Some(url.to_owned()).filter(|url| !url.is_empty());
        Proxies { http: some(http), https: some(https), except: except.to_owned() }
    };
    let upper = [("HTTP_PROXY", "a"), ("HTTPS_PROXY", "b"), ("NO_PROXY", "c"), ("ALL_PROXY", "d")];
    assert_eq!(of(&upper), proxies("a", "b", "c"));
    let lower = [("http_proxy", "e"), ("https_proxy", "f"), ("no_proxy", "g")];
    assert_eq!(of(&[&upper[..], &lower].concat()), proxies("e", "f", "g"));
    assert_eq!(of(&[("ALL_PROXY", "d")]), proxies("d", "d", ""));
    assert_eq!(of(&[("all_proxy", "h"), ("ALL_PROXY", "d"), ("HTTPS_PROXY", "b")]), proxies("h", "b", ""));
    let script = environment(&[]).in_script(upper.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(network_options(&settings(), &script).proxies, Proxies::default());
}

/// <https://httpoxy.org>
#[test]
fn a_visitor_of_a_cgi_program_names_no_proxy() {
    let pairs = [("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "http://evil"), ("HTTPS_PROXY", "http://proxy")];
    let proxies = network_options(&settings(), &environment(&pairs)).proxies;
    assert_eq!((proxies.http, proxies.https.as_deref()), (None, Some("http://proxy")));
}

#[test]
fn sts_is_reached_through_the_proxy_too() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let aws = Aws::start_tls(authority.server("aws.test"), 4_000_000_000);
    let to = aws.server.address;
    let proxy = Server::start(move |_| Reaction::Tunnel(to));
    let (token, bundle) = (folder.write("token", WEB_IDENTITY_TOKEN), folder.write("bundle.pem", &authority.pem));
    let mut machine = Machine::new(
        Arc::new(SystemClock::default()),
        &[
            ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/shop"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", &token),
            ("AWS_ENDPOINT_URL_STS", "https://aws.test:8443"),
            ("HTTPS_PROXY", &proxy.url()),
        ],
    );
    machine.settings.ca_bundle = Some(bundle.into());
    machine.read("https://aws.test:8443").unwrap();
    assert_eq!(aws.calls().last().unwrap(), "DynamoDB by ASIA1");
    assert!(proxy.seen().iter().all(|seen| seen.target == "aws.test:8443") && proxy.count() == 2);
}

#[test]
fn a_container_is_never_asked_through_a_proxy() {
    let aws = Aws::start(4_000_000_000);
    let proxy = Server::start(|_| good());
    let uri = format!("{}/v2/credentials/task", aws.server.url());
    let machine = Machine::new(
        Arc::new(SystemClock::default()),
        &[
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", CONTAINER_TOKEN),
            ("ALL_PROXY", &proxy.url()),
        ],
    );
    machine.read(PLAIN).unwrap();
    assert_eq!((aws.calls(), proxy.count()), (vec!["container".to_owned()], 1));
}
