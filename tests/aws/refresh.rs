//! Temporary credentials in the life of a worker: fetched once, refreshed beside its pages, replaced when refused.

use std::sync::Arc;
use std::time::Duration;

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
    for _ in 0..20 {
        worker.page().unwrap();
    }
    let calls = worker.calls();
    assert_eq!(calls.iter().filter(|call| *call == "container").count(), 2);
    assert_eq!(calls[1], "DynamoDB by ASIA1");
    assert_eq!(calls.last().unwrap(), "DynamoDB by ASIA2");
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
    for _ in 0..40 {
        worker.page().unwrap();
        worker.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(worker.calls().last().unwrap(), "DynamoDB by ASIA2");
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
fn a_worker_whose_first_fetch_failed_begins_anew_with_the_next_page() {
    let worker = Worker::new();
    worker.aws.state().failing.insert("container", Reaction::Answer(Reply::new(403, "no")));
    let error = worker.page().unwrap_err();
    assert!(error.contains("container credentials endpoint") && error.contains("HTTP 403"), "{error}");
    worker.aws.state().failing.clear();
    worker.page().unwrap();
}
