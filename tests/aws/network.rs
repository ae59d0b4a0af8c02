//! TLS, closed connections, threads, forks.

use std::sync::Arc;
use std::time::Duration;

use dynamosess::config::{Prefetch, Settings};
use dynamosess::session::{Context, DynamoDbStore, Handler, ReadAhead};

use crate::certificates::Authority;
use crate::server::{Reaction, Reply, Server};
use crate::setup::{Folder, SESSION_KEY, good, network_client, options, read, trusting};

#[test]
fn a_private_authority_is_trusted_through_ca_bundle_and_not_otherwise() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let server = Server::start_tls(authority.server("localhost"), |_| good());
    let url = server.url_at("localhost");
    let (client, stats) = network_client(&url, trusting(&authority, &folder));
    read(&client).unwrap();
    read(&client).unwrap();
    assert_eq!(stats.connections.get(), 1, "the connection is kept");
    let error = read(&network_client(&url, options()).0).unwrap_err();
    assert_eq!((error.code(), error.attempts), ("TlsError", 1));
    assert!(error.to_string().contains("dynamosess.ca_bundle"), "{error}");
    assert_eq!(server.count(), 2);
}

#[test]
fn an_expired_certificate_and_one_for_another_host_are_refused() {
    let (authority, folder) = (Authority::new(), Folder::new());
    for (config, said) in
        [(authority.expired("localhost"), "expired"), (authority.server("other.example"), "not valid for name")]
    {
        let server = Server::start_tls(config, |_| good());
        let error = read(&network_client(&server.url_at("localhost"), trusting(&authority, &folder)).0).unwrap_err();
        assert_eq!((error.code(), error.attempts), ("TlsError", 1), "{error}");
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(server.count(), 0);
    }
}

#[test]
fn plain_http_where_tls_is_spoken_and_the_other_way_round() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let tls = Server::start_tls(authority.server("localhost"), |_| good());
    let url = tls.url_at("localhost").replace("https", "http");
    assert!(read(&network_client(&url, options()).0).is_err());
    let plain = Server::start(|_| good());
    let url = plain.url_at("localhost").replace("http", "https");
    let error = read(&network_client(&url, trusting(&authority, &folder)).0).unwrap_err();
    assert!(error.to_string().contains("tls handshake eof"), "{error}");
}

#[test]
fn a_connection_that_the_server_has_closed_meanwhile_is_replaced_without_an_attempt() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let closing = |_: &crate::server::Seen| Reaction::AnswerAndClose(Reply::new(200, "{}"));
    for server in [Server::start(closing), Server::start_tls(authority.server("localhost"), closing)] {
        let (mut client, stats) = network_client(&server.url_at("localhost"), trusting(&authority, &folder));
        client.max_attempts = 1;
        for n in 1..=3 {
            read(&client).unwrap();
            server.wait_for_answers(n);
        }
        assert_eq!((server.count(), stats.retries.get()), (3, 0));
    }
}

#[test]
fn a_later_connection_resumes_the_tls_session_on_every_thread() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let server = Server::start_tls(authority.server("localhost"), |_| Reaction::AnswerAndClose(Reply::new(200, "{}")));
    let options = trusting(&authority, &folder);
    for n in 1..=3 {
        std::thread::scope(|scope| {
            scope.spawn(|| read(&network_client(&server.url_at("localhost"), options.clone()).0).unwrap());
        });
        server.wait_for_answers(n);
    }
    assert_eq!((server.connections(), server.resumed()), (3, 2));
}

#[test]
fn a_connection_that_dies_with_the_next_request_on_it_is_replaced_without_an_attempt() {
    let server = Server::start(|seen| if seen.number == 1 { Reaction::Close } else { good() });
    let (mut client, stats) = network_client(&server.url(), options());
    client.max_attempts = 1;
    read(&client).unwrap();
    read(&client).unwrap();
    assert_eq!((server.count(), server.connections(), stats.retries.get()), (3, 2, 0));
}

#[test]
fn what_was_begun_is_finished_later_on_the_same_thread() {
    let server = Server::start(|_| good());
    let (client, _) = network_client(&server.url(), options());
    let deadline = client.clock.deadline(Duration::from_secs(2));
    read(&client).unwrap();
    let begun = client.begin_get_item(SESSION_KEY, true, &deadline).unwrap();
    assert_eq!(client.finish_get_item(SESSION_KEY, begun, &deadline).unwrap().item, None);
    assert_eq!((server.count(), server.connections()), (2, 1));
}

/// An answer that tells whose it is.
fn named(seen: &crate::server::Seen) -> Reaction {
    Reaction::Answer(of(seen))
}

fn of(seen: &crate::server::Seen) -> Reply {
    let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
    Reply::new(200, serde_json::json!({"Item": body["Key"]}).to_string())
}

#[test]
fn a_second_reply_that_nobody_asked_for_is_nobodys() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let odd = |seen: &crate::server::Seen| if seen.number == 0 { Reaction::AnswerTwice(of(seen)) } else { named(seen) };
    for server in [Server::start(odd), Server::start_tls(authority.server("localhost"), odd)] {
        let (client, _) = network_client(&server.url_at("localhost"), trusting(&authority, &folder));
        let deadline = client.clock.deadline(Duration::from_secs(5));
        for key in ["first", "second"] {
            assert!(client.get_item(key, true, &deadline).unwrap().item.is_some());
        }
        assert_eq!((server.count(), server.connections()), (2, 2));
    }
}

#[test]
fn a_reply_that_nobody_picks_up_is_nobody_elses_and_costs_no_connection() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let servers = [Server::start(named), Server::start_tls(authority.server("localhost"), named)];
    for server in servers {
        let (client, _) = network_client(&server.url_at("localhost"), trusting(&authority, &folder));
        let deadline = client.clock.deadline(Duration::from_secs(5));
        let key = |key: &str| client.get_item(key, true, &deadline).unwrap().item.unwrap()["id"].clone();
        let first = key("first");
        drop(client.begin_get_item("abandoned", true, &deadline).unwrap());
        // As a page takes its time. Without it the connection would not be waited for.
        server.wait_for_answers(2);
        let last = key("last");
        assert_ne!(first, last);
        assert_eq!(last, dynamosess::dynamodb::AttributeValue::String("last".into()));
        assert_eq!((server.count(), server.connections()), (3, 1));
    }
}

#[test]
fn a_reply_that_nobody_picks_up_and_that_has_not_come_is_not_waited_for() {
    let server = Server::start(|seen| {
        // Not by its number: on another connection, the last request may be served before it.
        let is_abandoned = String::from_utf8_lossy(&seen.body).contains("abandoned");
        if is_abandoned { Reaction::Hang } else { named(seen) }
    });
    let (client, _) = network_client(&server.url(), options());
    let deadline = client.clock.deadline(Duration::from_secs(5));
    read(&client).unwrap();
    drop(client.begin_get_item("abandoned", true, &deadline).unwrap());
    assert_eq!(client.get_item("last", true, &deadline).unwrap().item.unwrap().len(), 1);
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_read_ahead_that_hangs_leaves_time_for_a_read() {
    let server = Server::start(|seen| if seen.number == 1 { Reaction::Hang } else { named(seen) });
    let (client, _) = network_client(&server.url(), options());
    read(&client).unwrap();
    let clock = Arc::clone(&client.clock);
    let settings = Settings { prefetch: Prefetch::On, timeout: Duration::from_secs(1), ..Settings::defaults() };
    let context = Context::new(settings, Arc::new(DynamoDbStore::new(Arc::new(client))), clock).unwrap();
    let ahead = ReadAhead::begin(&context, "S", b"v").unwrap();
    let mut handler = Handler::new(context.clone());
    handler.open(context, "S", Some(ahead));
    handler.read(b"v").unwrap();
    assert_eq!(server.count(), 3);
}

#[test]
fn nothing_is_read_ahead_where_a_connection_would_have_to_be_made_for_it() {
    let server = Server::start(named);
    let (client, _) = network_client(&server.url(), options());
    let deadline = client.clock.deadline(Duration::from_secs(5));
    assert!(client.begin_get_item("a", true, &deadline).is_none());
    assert_eq!((server.count(), server.connections()), (0, 0));
    read(&client).unwrap();
    assert!(client.begin_get_item("a", true, &deadline).is_some());
}

#[test]
fn several_deletes_go_over_connections_of_their_own_at_once() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let server = Server::start_tls(authority.server("localhost"), |_| good());
    let (client, _) = network_client(&server.url_at("localhost"), trusting(&authority, &folder));
    let deadline = client.clock.deadline(Duration::from_secs(5));
    let keys: Vec<String> = (0..4).map(|n| format!("key{n}")).collect();
    let condition = dynamosess::dynamodb::Condition::Exists("id".into());
    for _ in 0..2 {
        let outcomes = client.delete_each(&keys, &condition, &deadline);
        assert!(outcomes.iter().all(Option::is_some), "{outcomes:?}");
    }
    assert_eq!((server.count(), server.connections()), (8, 4));
}

#[test]
fn an_answer_of_any_size_comes_whole_over_tls_and_without() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let large = |_: &crate::server::Seen| {
        let item = serde_json::json!({"Item": {"id": {"S": "a"}, "data": {"S": "x".repeat(380_000)}}});
        Reaction::Answer(Reply::new(200, item.to_string()))
    };
    for server in [Server::start(large), Server::start_tls(authority.server("localhost"), large)] {
        let (client, _) = network_client(&server.url_at("localhost"), trusting(&authority, &folder));
        let deadline = client.clock.deadline(Duration::from_secs(5));
        for _ in 0..2 {
            assert_eq!(client.get_item("a", true, &deadline).unwrap().item.unwrap().len(), 2);
        }
        assert_eq!(server.connections(), 1);
    }
}

#[test]
#[allow(unsafe_code)]
fn a_forked_child_makes_connections_of_its_own_and_leaves_its_parents_alone() {
    let server = Server::start(|_| good());
    let (client, _) = network_client(&server.url(), options());
    read(&client).unwrap();
    // SAFETY: the child calls nothing that another thread's lock could be held in: malloc's are released by fork.
    match unsafe { nix::unistd::fork() }.unwrap() {
        nix::unistd::ForkResult::Child => {
            let code = i32::from(read(&client).is_err());
            // SAFETY: ends the child without running the test harness's own end.
            unsafe { nix::libc::_exit(code) }
        }
        nix::unistd::ForkResult::Parent { child } => {
            let ended = nix::sys::wait::waitpid(child, None).unwrap();
            assert_eq!(ended, nix::sys::wait::WaitStatus::Exited(child, 0));
        }
    }
    read(&client).unwrap();
    assert_eq!((server.count(), server.connections()), (3, 2));
}
