//! Clients, clocks and files for the tests.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dynamosess::clock::{Clock, CorrectedClock, Deadline, SystemClock};
use dynamosess::config::{Credentials, Settings};
use dynamosess::credentials::{Fixed, ProvideCredentials};
use dynamosess::dynamodb::Client;
use dynamosess::environment::Environment;
use dynamosess::error::{Cause, Place, Result};
use dynamosess::http::{Network, NetworkOptions, Transport};
use dynamosess::resolve::{Resolved, resolve};
use dynamosess::stats::Stats;

use crate::certificates::Authority;
use crate::server::{Reaction, Reply};
use crate::services::{KEY, REGION};

pub const TABLE: &str = "shop-sessions";
/// Nothing of this may ever stand in a message.
pub const SESSION_KEY: &str = "PHPSESSID_5e551d";

pub fn keys() -> Credentials {
    Credentials { key: KEY.0.into(), secret: KEY.1.into(), token: None, expires: None }
}

pub fn system_clock() -> Arc<CorrectedClock> {
    Arc::new(CorrectedClock::new(Arc::new(SystemClock::default())))
}

/// Little time to connect, so that no test of a fault waits long.
pub fn options() -> NetworkOptions {
    NetworkOptions { connect_timeout: Duration::from_millis(300), ..NetworkOptions::default() }
}

pub fn client(
    endpoint: &str,
    transport: Arc<dyn Transport>,
    credentials: Arc<dyn ProvideCredentials>,
    clock: &Arc<CorrectedClock>,
    stats: &Arc<Stats>,
) -> Client {
    let place = Place { table: TABLE.into(), region: REGION.into(), endpoint: endpoint.into(), hash_key: "id".into() };
    Client::new(place, 4, transport, credentials, Arc::clone(clock), Arc::clone(stats))
}

/// A client with fixed keys on the real network.
pub fn network_client(endpoint: &str, options: NetworkOptions) -> (Client, Arc<Stats>) {
    let (clock, stats) = (system_clock(), Arc::new(Stats::default()));
    let network = Network::new(options, Arc::clone(clock.machine()), Arc::clone(&stats));
    let fixed = Arc::new(Fixed::new(keys(), "test"));
    (client(endpoint, Arc::new(network), fixed, &clock, &stats), stats)
}

/// An answer of DynamoDB's.
pub fn good() -> Reaction {
    Reaction::Answer(Reply::new(200, "{}"))
}

/// Reads an item.
pub fn read(client: &Client) -> Result<()> {
    let deadline = client.clock.deadline(Duration::from_secs(2));
    client.get_item(SESSION_KEY, true, &deadline).map(drop)
}

/// Network options that trust `authority`.
pub fn trusting(authority: &Authority, folder: &Folder) -> NetworkOptions {
    let bundle = PathBuf::from(folder.write("bundle.pem", &authority.pem));
    NetworkOptions { ca_bundle: Some(bundle), ..options() }
}

/// An environment, as the operator set it.
pub fn environment(pairs: &[(&str, &str)]) -> Environment {
    Environment::at_start(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

pub fn settings() -> Settings {
    Settings { region: Some(REGION.into()), ..Settings::defaults() }
}

/// A machine with its environment and clock.
pub struct Machine {
    pub clock: Arc<CorrectedClock>,
    pub settings: Settings,
    pub environment: Environment,
    pub stats: Arc<Stats>,
}

impl Machine {
    pub fn new(clock: Arc<dyn Clock>, pairs: &[(&str, &str)]) -> Self {
        Machine {
            clock: Arc::new(CorrectedClock::new(clock)),
            settings: settings(),
            environment: environment(pairs),
            stats: Arc::default(),
        }
    }

    /// With `dynamosess.profile`.
    pub fn with_profile(mut self, name: &str) -> Self {
        self.settings.profile = Some(name.to_owned());
        self
    }

    pub fn deadline(&self) -> Deadline {
        self.clock.deadline(Duration::from_secs(5))
    }

    pub fn resolve(&self) -> std::result::Result<Resolved, Cause> {
        resolve(&self.settings, &self.environment, &self.clock, &self.deadline())
    }

    /// Finds everything out, and reads an item.
    pub fn read(&self, dynamodb: &str) -> Result<()> {
        let resolved = self.resolve().map_err(|cause| dynamosess::error::Error::new("open", cause))?;
        let network = Network::new(resolved.network.clone(), Arc::clone(self.clock.machine()), Arc::clone(&self.stats));
        let client = client(dynamodb, Arc::new(network), resolved.credentials, &self.clock, &self.stats);
        client.get_item(SESSION_KEY, true, &self.deadline()).map(|_| ())
    }
}

/// A directory of this test's own, gone afterwards.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("dynamosess-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn write(&self, name: &str, content: &str) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        text(&path)
    }

    pub fn path(&self) -> String {
        text(&self.0)
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
