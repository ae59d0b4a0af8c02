//! Temporary credentials in the life of a worker: fetched once, refreshed beside its pages, replaced when refused.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dynamosess::clock::{Clock, SystemClock};
use dynamosess::testing::ManualClock;

use crate::server::{Reaction, Reply};
use crate::services::{Aws, CONTAINER_TOKEN};
use crate::setup::{Folder, Machine};

/// A container's worker whose clock is set by hand. Its keys last an hour.
struct Worker {
    aws: Aws,
    clock: Arc<ManualClock>,
    machine: Machine,
    folder: Folder,
}

impl Worker {
    fn new() -> Self {
        let now = SystemClock::default().wall().as_secs();
        let aws = Aws::start(now as i64 + 3_600);
        let clock = Arc::new(ManualClock::at(now));
        let folder = Folder::new();
        let token = folder.write("token", CONTAINER_TOKEN);
        let uri = format!("{}/v2/credentials/task", aws.server.url());
        let pairs =
            [("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*uri), ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &*token)];
        let machine = Machine::new(clock.clone(), &pairs);
        Worker { aws, clock, machine, folder }
    }

    fn page(&self) -> Result<(), String> {
        self.machine.read(&self.aws.server.url()).map_err(|error| error.to_string())
    }

    /// An hour's keys are near their end, and the next ones will last an hour more.
    fn near_the_end(&self) {
        self.clock.advance(Duration::from_secs(3_400));
        self.aws.state().expires += 3_400;
    }

    fn calls(&self) -> Vec<String> {
        self.aws.calls()
    }

    /// Pages, a second from one to the next, until one is signed with these keys: a refresh takes its own time.
    fn pages_until(&self, key: &str) {
        let call = format!("DynamoDB by {key}");
        for _ in 0..10_000 {
            self.page().unwrap();
            if self.calls().last() == Some(&call) {
                return;
            }
            self.clock.advance(Duration::from_secs(1));
            std::thread::yield_now();
        }
        panic!("no page was signed with {key}");
    }
}

#[test]
fn ten_pages_cost_one_fetch() {
    let worker = Worker::new();
    for _ in 0..10 {
        worker.page().unwrap();
    }
    assert_eq!(worker.calls().iter().filter(|call| *call == "container").count(), 1);
}

#[test]
fn keys_near_their_end_are_refreshed_beside_the_pages() {
    let worker = Worker::new();
    worker.page().unwrap();
    worker.near_the_end();
    worker.pages_until("ASIA2");
    let calls = worker.calls();
    assert_eq!(calls.iter().filter(|call| *call == "container").count(), 2);
    assert_eq!(calls[1], "DynamoDB by ASIA1");
}

#[test]
fn while_the_refresh_fails_the_old_keys_serve_and_a_rotated_token_is_seen_at_the_next() {
    let worker = Worker::new();
    worker.page().unwrap();
    worker.near_the_end();
    worker.folder.write("token", "rotated-away");
    for _ in 0..20 {
        worker.page().unwrap();
        worker.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(worker.calls().last().unwrap(), "DynamoDB by ASIA1");
    worker.folder.write("token", CONTAINER_TOKEN);
    worker.pages_until("ASIA2");
}

#[test]
fn refused_keys_are_replaced_once_and_the_operation_is_repeated() {
    let worker = Worker::new();
    worker.page().unwrap();
    worker.aws.state().expired.push("ASIA1".into());
    worker.page().unwrap();
    let expected = ["container", "DynamoDB by ASIA1", "DynamoDB by ASIA1", "container", "DynamoDB by ASIA2"];
    assert_eq!(worker.calls(), expected);
}

#[test]
fn keys_that_are_refused_again_at_once_are_not_asked_for_without_end() {
    let worker = Worker::new();
    worker.aws.state().expired.extend(["ASIA1".to_owned(), "ASIA2".to_owned()]);
    for _ in 0..3 {
        let error = worker.page().unwrap_err();
        assert!(error.contains("ExpiredTokenException") && error.contains("renew them"), "{error}");
    }
    assert_eq!(worker.calls().iter().filter(|call| *call == "container").count(), 2);
}

#[test]
fn a_worker_whose_first_fetch_failed_asks_again_a_second_later() {
    let worker = Worker::new();
    worker.aws.state().failing.insert("container", Reaction::Answer(Reply::new(403, "no")));
    let error = worker.page().unwrap_err();
    assert!(error.contains("container credentials endpoint") && error.contains("HTTP 403"), "{error}");
    worker.aws.state().failing.clear();
    assert_eq!(worker.page(), Err(error));
    worker.clock.advance(Duration::from_secs(1));
    worker.page().unwrap();
}

#[test]
fn a_service_that_hangs_costs_one_page_its_time_and_the_next_ones_none() {
    let worker = Worker::new();
    worker.aws.state().failing.insert("container", Reaction::Hang);
    let credentials = worker.machine.resolve().unwrap().credentials;
    let wait = |time| credentials.credentials(&worker.machine.clock.deadline(time));
    let given_up = wait(Duration::from_millis(50)).unwrap_err();
    let begun = Instant::now();
    for _ in 0..100 {
        assert_eq!(wait(Duration::from_secs(60)), Err(given_up.clone()));
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(worker.calls(), ["container"]);
}

#[test]
#[allow(unsafe_code)]
fn a_forked_child_waits_for_no_fetch_of_its_parents() {
    let worker = Worker::new();
    worker.aws.state().failing.insert("container", Reaction::Hang);
    let credentials = worker.machine.resolve().unwrap().credentials;
    credentials.credentials(&worker.machine.clock.deadline(Duration::from_millis(50))).unwrap_err();
    worker.aws.state().failing.clear();
    // SAFETY: the child calls nothing that another thread's lock could be held in: malloc's are released by fork.
    match unsafe { nix::unistd::fork() }.unwrap() {
        nix::unistd::ForkResult::Child => {
            let found = credentials.credentials(&worker.machine.clock.deadline(Duration::from_secs(5)));
            // SAFETY: ends the child without running the test harness's own end.
            unsafe { nix::libc::_exit(i32::from(found.is_err())) }
        }
        nix::unistd::ForkResult::Parent { child } => {
            let ended = nix::sys::wait::waitpid(child, None).unwrap();
            assert_eq!(ended, nix::sys::wait::WaitStatus::Exited(child, 0));
        }
    }
}
