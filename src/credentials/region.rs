//! The region of the instance, as its metadata service names it: asked for once in a process. One that does not answer
//! is left alone for a while: each ask may take a second, and every page would wait.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::MAX_CHAINS;
use super::chain::{Chain, ChainConfig, Region};
use crate::clock::{CorrectedClock, Deadline};
use crate::config::Settings;
use crate::environment::Environment;
use crate::error::Cause;
use crate::http::NetworkOptions;
use crate::per_process::PerProcess;

/// Until it is asked again; as after a failed refresh of credentials.
const PAUSE: Duration = Duration::from_secs(15);

struct Asked {
    config: ChainConfig,
    clock: Arc<CorrectedClock>,
    region: Option<String>,
    at: Duration,
}

/// The region; `None`: the service does not answer, or must not be asked.
pub(crate) fn instance_region(
    settings: &Settings,
    environment: &Environment,
    network: NetworkOptions,
    clock: &Arc<CorrectedClock>,
    deadline: &Deadline,
) -> Result<Option<String>, Cause> {
    let config = ChainConfig::new(settings, environment, network);
    let is_same = |asked: &Asked| asked.config == config && Arc::ptr_eq(&asked.clock, clock);
    let now = || clock.machine().monotonic();
    let is_settled = |asked: &Asked| asked.region.is_some() || now() < asked.at + PAUSE;
    if let Some(asked) = asked().iter().find(|asked| is_same(asked) && is_settled(asked)) {
        return Ok(asked.region.clone());
    }
    let chain = Chain::new(config.clone(), Arc::clone(clock));
    let region = match chain.region(clock.left(deadline))? {
        None => return Ok(None),
        Some(Region::Named(region)) => Some(region),
        Some(Region::Unknown) => None,
    };
    let mut all = asked();
    all.retain(|asked| !is_same(asked));
    if all.len() >= MAX_CHAINS {
        all.remove(0);
    }
    all.push(Asked { config: config.clone(), clock: Arc::clone(clock), region: region.clone(), at: now() });
    Ok(region)
}

fn asked() -> MutexGuard<'static, Vec<Asked>> {
    static ASKED: LazyLock<PerProcess<Mutex<Vec<Asked>>>> = LazyLock::new(|| PerProcess::new(|_| Mutex::default()));
    ASKED.get().lock().unwrap_or_else(PoisonError::into_inner)
}
