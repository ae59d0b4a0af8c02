//! `check()` and `checkReport()`: what an operator runs first. Everything is looked at that can be, also where nothing
//! works yet, and what is wrong comes with its remedy. No secret is in it.
//!
//! | file | its one job |
//! | --- | --- |
//! | `settings` | the settings in force, and where each comes from |
//! | `encryption` | the keys that sessions are encrypted with |
//! | `table` | table, TTL, clock, and a round trip of write, read and delete |
//! | `php` | what PHP's own settings mean for sessions |
//! | `report` | the same for a person at a terminal |

mod encryption;
mod php;
mod report;
mod settings;
mod table;

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::clock::CorrectedClock;
use crate::config::sources::ProblemKind;
use crate::config::{self, CredentialSource, Credentials, Problem, Settings, Source, Sources};
use crate::credentials::{self, ProvideCredentials};
use crate::dynamodb::Client;
use crate::encryption::Keyring;
use crate::error::{Cause, Error};
use crate::resolve;

pub use php::Php;
pub use settings::in_force;

/// What is looked at.
#[derive(Debug)]
pub struct Subject<'a> {
    /// What all places say of the settings.
    pub sources: &'a Sources,
    /// PHP's `session.gc_maxlifetime`, in seconds.
    pub gc_maxlifetime: i64,
    /// What PHP says of itself.
    pub php: &'a Php,
    /// The process's corrected clock.
    pub clock: &'a Arc<CorrectedClock>,
    /// What sessions use; `None` where it could not be made.
    pub client: Option<&'a Client>,
    /// Why it could not be made.
    pub failed: Option<&'a Error>,
    /// The keys that sessions are encrypted with.
    pub keys: Option<&'a Keyring>,
    /// How many sessions were encrypted since PHP's start.
    pub encryptions: u64,
}

/// What was found. `check()` returns it as an array with these names and in this order; what could not be found out is
/// null.
#[derive(Debug, Default, Serialize)]
pub struct Diagnosis {
    /// Whether sessions work: there are no problems.
    pub ok: bool,
    /// dynamosess's own.
    pub version: &'static str,
    /// PHP's `session.save_handler`: where `session_start()` keeps sessions.
    pub save_handler: String,
    /// The settings in force: name => `['value' => string, 'source' => string]`.
    #[serde(serialize_with = "by_name")]
    pub settings: Vec<(&'static str, Sourced)>,
    /// The AWS region.
    pub region: Option<Sourced>,
    /// Scheme, host and port of DynamoDB.
    pub endpoint: Option<Sourced>,
    /// Who signs.
    pub credentials: CredentialsFound,
    /// Whether sessions are encrypted, and with which keys; null: they are not.
    pub encryption: Option<EncryptionFound>,
    /// The table.
    pub table: Option<TableFound>,
    /// Whether DynamoDB deletes expired sessions.
    pub ttl: Option<TtlFound>,
    /// This machine's clock less the service's, in milliseconds; 0: they agree within 2 s.
    pub clock_skew_ms: Option<i64>,
    /// An item written, read and deleted.
    pub round_trip: Option<RoundTrip>,
    /// What keeps sessions from working, each with its remedy.
    pub problems: Vec<String>,
    /// What does not, and is worth knowing.
    pub notes: Vec<String>,
    /// The kinds of the problems that are errors.
    #[serde(skip)]
    codes: Vec<String>,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sourced {
    /// As it is in force.
    pub value: String,
    /// In words.
    pub source: String,
}

/// `value [source]`
impl fmt::Display for Sourced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = if self.value.is_empty() { "(not set)" } else { &self.value };
        // A width is the value's: a terminal's columns.
        write!(f, "{value:<width$} [{}]", self.source, width = f.width().unwrap_or(0))
    }
}

/// Who signs. The source only: never a key.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct CredentialsFound {
    /// The provider; null: none is configured.
    pub source: Option<String>,
    /// Whether they could be had.
    pub ok: bool,
}

/// The keys' names only: never a key.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct EncryptionFound {
    /// The first one encrypts, all decrypt.
    pub keys: Vec<String>,
    /// Whether sessions that are not encrypted are refused.
    pub required: bool,
}

/// What DescribeTable says.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct TableFound {
    /// Name or ARN.
    pub name: String,
    /// `ACTIVE` when it is usable.
    pub status: String,
    /// `PAY_PER_REQUEST` or `PROVISIONED`.
    pub billing_mode: String,
    /// The key in words.
    pub key: String,
    /// Whether sessions can be kept under it.
    pub key_ok: bool,
    /// As of some hours ago.
    pub items: Option<i64>,
    /// As of some hours ago.
    pub bytes: Option<i64>,
}

/// What DescribeTimeToLive says.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct TtlFound {
    /// Whether it is on, or about to be.
    pub on: bool,
    /// For which attribute.
    pub attribute: Option<String>,
}

/// How long it took, in milliseconds.
#[derive(Debug, PartialEq, Serialize)]
pub struct RoundTrip {
    /// UpdateItem.
    pub write_ms: f64,
    /// GetItem.
    pub read_ms: f64,
    /// DeleteItem.
    pub delete_ms: f64,
}

impl Diagnosis {
    /// Looks at everything; takes as long as some requests do.
    pub fn of(subject: &Subject<'_>) -> Diagnosis {
        let (mut merged, problems) = config::merge(subject.sources);
        let settings = Settings::parse(&mut merged, subject.gc_maxlifetime);
        let (warnings, problems): (Vec<Problem>, Vec<Problem>) =
            problems.into_iter().partition(|problem| problem.kind == ProblemKind::Warning);
        let texts = |list: Vec<Problem>| list.into_iter().map(|problem| problem.text).collect();
        let mut found = Diagnosis {
            version: env!("CARGO_PKG_VERSION"),
            settings: settings::in_force(&merged, &settings),
            problems: texts(problems),
            notes: texts(warnings),
            ..Diagnosis::default()
        };
        php::look(&mut found, subject.php, &merged.text("data_attribute_type"));
        let place = Place {
            subject,
            settings: &settings,
            region: merged.source("region"),
            endpoint: merged.source("endpoint"),
        };
        found.look_at_place(&place);
        let keys = encryption::Keys {
            encryption: &settings.encryption,
            source: merged.source("encryption_keys"),
            in_use: subject.keys,
            encryptions: subject.encryptions,
        };
        encryption::look(&mut found, &keys);
        match subject.client {
            Some(client) => {
                if found.look_at_credentials(&*client.credentials, subject.clock, &settings) {
                    table::look(&mut found, client, &settings);
                }
            }
            None => found.look_without_client(&place),
        }
        found.ok = found.problems.is_empty();
        found
    }

    /// As JSON, for `check()`.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// As text for a terminal, for `checkReport()`.
    pub fn to_text(&self) -> String {
        report::text(self)
    }

    /// Region and endpoint, whatever is wrong with the credentials.
    fn look_at_place(&mut self, place: &Place<'_>) {
        let anybody = Credentials { key: String::new(), secret: String::new(), token: None, expires: None };
        let settings = Settings { credentials: CredentialSource::Given(anybody), ..place.settings.clone() };
        let clock = place.subject.clock;
        let deadline = clock.deadline(settings.timeout);
        match resolve::resolve(&settings, &place.subject.sources.environment, clock, &deadline) {
            Ok(resolved) => {
                let region = resolved.region_source.map_or_else(|| place.region.to_string(), str::to_owned);
                let endpoint = resolved.endpoint_source.map_or_else(|| place.endpoint.to_string(), str::to_owned);
                self.region = Some(Sourced { value: resolved.region, source: region });
                self.endpoint = Some(Sourced { value: resolved.endpoint, source: endpoint });
            }
            Err(cause) => self.problem(&Error::new("open", cause)),
        }
    }

    /// Says whether there are any.
    fn look_at_credentials(
        &mut self,
        provider: &dyn ProvideCredentials,
        clock: &CorrectedClock,
        settings: &Settings,
    ) -> bool {
        let deadline = clock.deadline(settings.timeout);
        let found = provider.credentials(&deadline);
        self.credentials = CredentialsFound { source: Some(provider.source()), ok: found.is_ok() };
        match found {
            Ok(_) => true,
            Err(cause) => {
                self.problem(&Error::new("open", cause));
                false
            }
        }
    }

    fn look_without_client(&mut self, place: &Place<'_>) {
        let environment = &place.subject.sources.environment;
        let network = resolve::network_options(place.settings, environment);
        match credentials::provider(place.settings, environment, network, place.subject.clock) {
            Ok(provider) => {
                self.look_at_credentials(&*provider, place.subject.clock, place.settings);
            }
            Err(cause) => {
                if let Cause::Credentials { provider, .. } = &cause {
                    self.credentials.source = Some(provider.clone());
                }
                self.problem(&Error::new("open", cause));
            }
        }
        if let Some(failed) = place.subject.failed {
            let is_known = matches!(&failed.cause, Cause::Setting(text) if self.problems.contains(text));
            if !is_known {
                self.problem(failed);
            }
        }
    }

    fn problem(&mut self, error: &Error) {
        let text = error.to_string();
        if !self.problems.contains(&text) {
            self.problems.push(text);
            self.codes.push(error.code().to_owned());
        }
    }
}

/// What region and endpoint come from.
struct Place<'a> {
    subject: &'a Subject<'a>,
    settings: &'a Settings,
    region: Source,
    endpoint: Source,
}

fn by_name<S: Serializer>(settings: &[(&'static str, Sourced)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(settings.iter().map(|(name, setting)| (name, setting)))
}

#[cfg(test)]
mod tests;
