//! Who we are: the credentials a request is signed with.
//!
//! | file | its one job |
//! | --- | --- |
//! | [`given`] | the constructor's, its callable's, the environment's |
//! | `chain` | the order in which the other providers are asked |
//! | `web_identity`, `profile`, `process`, `container`, `imds` | what each provider needs to be asked |
//! | [`shared_files`] | the shared files as they are now |
//! | `region` | the region of the instance |
//! | `sdk`, `connector` | one question to aws-config; its HTTP |
//! | `cache` | kept until shortly before they end |

mod cache;
mod chain;
mod connector;
mod container;
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

pub use given::{Fixed, Handed};
pub(crate) use region::instance_region;
pub use shared_files::SharedFiles;

use crate::clock::{CorrectedClock, Deadline};
use crate::config::{Credentials, Keys, Settings};
use crate::environment::Environment;
use crate::error::Cause;
use crate::http::NetworkOptions;
use crate::per_process::PerProcess;
use cache::Cache;
use chain::{Chain, Outset};

/// A source of credentials; asked before every attempt, so an answer at hand must cost nothing.
pub trait Provide: Send + Sync + Debug {
    /// Credentials that are valid now; may wait for them until `deadline`.
    fn keys(&self, deadline: &Deadline) -> Result<Arc<Keys>, Cause>;

    /// AWS has refused `used` as expired or unknown. Says whether others are to be had now.
    fn refused(&self, used: &Keys) -> bool;

    /// Where they come from, in AWS's words, for `check()`.
    fn source(&self) -> String;

    /// The credentials that a PHP callable makes, if that is what these are.
    fn handed(&self) -> Option<&Handed> {
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
) -> Result<Arc<dyn Provide>, Cause> {
    match &settings.credentials {
        Credentials::Given(keys) => return Ok(Arc::new(Fixed::new(keys.clone(), "the constructor"))),
        Credentials::Callable => return Ok(Arc::new(Handed::new(Arc::clone(clock)))),
        Credentials::Chain => {}
    }
    let outset = Outset::new(settings, environment, network);
    if !outset.profile_first
        && let Some(keys) = given::environment_keys(environment)?
    {
        return Ok(Arc::new(Fixed::new(keys, "the environment")));
    }
    // Not configured at all, or not as it should be: said now, and each time.
    let source = Chain::new(outset.clone(), Arc::clone(clock)).source()?;
    Ok(shared(outset, source, clock))
}

/// Whether the shared files have a say in the credentials of these settings.
pub(crate) fn depend_on_files(settings: &Settings, environment: &Environment) -> bool {
    let by_environment = environment.get("AWS_ACCESS_KEY_ID").is_some();
    settings.credentials == Credentials::Chain && (!by_environment || chain::profile_first(settings, environment))
}

/// How many chains a process keeps.
const MAX_CHAINS: usize = 8;

type Known = Vec<(Outset, Arc<CorrectedClock>, Arc<Cache>)>;

fn known() -> MutexGuard<'static, Known> {
    static KNOWN: LazyLock<PerProcess<Mutex<Known>>> = LazyLock::new(|| PerProcess::new(|_| Mutex::default()));
    KNOWN.get().lock().unwrap_or_else(PoisonError::into_inner)
}

fn shared(outset: Outset, source: String, clock: &Arc<CorrectedClock>) -> Arc<dyn Provide> {
    let mut known = known();
    let same = known.iter().find(|(other, on, _)| *other == outset && Arc::ptr_eq(on, clock));
    if let Some((_, _, cache)) = same {
        return Arc::clone(cache) as Arc<dyn Provide>;
    }
    let chain = Box::new(Chain::new(outset.clone(), Arc::clone(clock)));
    let cache = Arc::new(Cache::new(chain, source, Arc::clone(clock)));
    if known.len() >= MAX_CHAINS {
        known.remove(0);
    }
    known.push((outset, Arc::clone(clock), Arc::clone(&cache)));
    cache
}
