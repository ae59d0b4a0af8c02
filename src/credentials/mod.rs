//! Who we are: the credentials a request is signed with.
//!
//! | file | its one job |
//! | --- | --- |
//! | [`given`] | the constructor's, its callable's, the environment's |
//! | `chain` | the order in which the other providers are asked |
//! | `web_identity`, `profile`, `process`, `container`, `imds` | what each provider needs to be asked |
//! | [`shared_files`] | the shared files as they are now |
//! | `region` | the region of the instance |
//! | `sdk`, `connector` | one request to aws-config; its HTTP |
//! | `cache` | kept until shortly before they end; fetched on a thread of its own |
//! | `freshness` | when they are used, refreshed or waited for |

mod cache;
mod chain;
mod connector;
mod container;
mod freshness;
pub mod given;
mod imds;
mod process;
mod profile;
mod region;
mod sdk;
pub mod shared_files;
mod web_identity;

use std::fmt::Debug;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

pub use given::{CallableCredentials, Fixed};
pub(crate) use region::instance_region;
pub use shared_files::SharedFiles;

use crate::clock::{CorrectedClock, Deadline};
use crate::config::{CredentialSource, Credentials, Settings};
use crate::environment::Environment;
use crate::error::Cause;
use crate::http::NetworkOptions;
use crate::per_process::PerProcess;
use cache::Cache;
use chain::{Chain, ChainConfig};

/// A source of credentials; asked before every attempt, so an answer at hand must cost nothing.
pub trait ProvideCredentials: Send + Sync + Debug {
    /// Credentials that are valid now; may wait for them until `deadline`.
    fn credentials(&self, deadline: &Deadline) -> Result<Arc<Credentials>, Cause>;

    /// AWS has refused `used` as expired or unknown. Says whether others are to be had now.
    fn refused(&self, used: &Credentials) -> bool;

    /// Where they come from, in AWS's words, for `check()`.
    fn source(&self) -> String;

    /// The credentials that a PHP callable makes, if that is what these are.
    fn callable(&self) -> Option<&CallableCredentials> {
        None
    }
}

/// The provider for these settings; connects to nothing. `settings.region` is STS's too. Chains are shared within the
/// process: two sets of settings that find the same credentials ask for them once.
pub fn provider(
    settings: &Settings,
    environment: &Environment,
    network: NetworkOptions,
    clock: &Arc<CorrectedClock>,
) -> Result<Arc<dyn ProvideCredentials>, Cause> {
    match &settings.credentials {
        CredentialSource::Given(credentials) => {
            return Ok(Arc::new(Fixed::new(credentials.clone(), "the constructor")));
        }
        CredentialSource::Callable => return Ok(Arc::new(CallableCredentials::new(Arc::clone(clock)))),
        CredentialSource::Chain => {}
    }
    let config = ChainConfig::new(settings, environment, network);
    if !config.profile_first
        && let Some(credentials) = given::environment_keys(environment)?
    {
        return Ok(Arc::new(Fixed::new(credentials, "the environment")));
    }
    // Not configured at all, or not as it should be: said now, and each time.
    let source = Chain::new(config.clone(), Arc::clone(clock)).source()?;
    Ok(shared(config, source, clock))
}

/// Whether the shared files have a say in the credentials of these settings.
pub(crate) fn depend_on_files(settings: &Settings, environment: &Environment) -> bool {
    let by_environment = environment.get("AWS_ACCESS_KEY_ID").is_some();
    settings.credentials == CredentialSource::Chain && (!by_environment || chain::profile_first(settings, environment))
}

/// How many chains a process keeps.
const MAX_CHAINS: usize = 8;

type Known = Vec<(ChainConfig, Arc<CorrectedClock>, Arc<Cache>)>;

fn known() -> MutexGuard<'static, Known> {
    static KNOWN: LazyLock<PerProcess<Mutex<Known>>> = LazyLock::new(|| PerProcess::new(|_| Mutex::default()));
    KNOWN.get().lock().unwrap_or_else(PoisonError::into_inner)
}

fn shared(config: ChainConfig, source: String, clock: &Arc<CorrectedClock>) -> Arc<dyn ProvideCredentials> {
    let mut known = known();
    let same = known.iter().find(|(other, on, _)| *other == config && Arc::ptr_eq(on, clock));
    if let Some((_, _, cache)) = same {
        return Arc::clone(cache) as Arc<dyn ProvideCredentials>;
    }
    let chain = Arc::new(Chain::new(config.clone(), Arc::clone(clock)));
    let cache = Arc::new(Cache::new(chain, source, Arc::clone(clock)));
    if known.len() >= MAX_CHAINS {
        known.remove(0);
    }
    known.push((config, Arc::clone(clock), Arc::clone(&cache)));
    cache
}
