//! The open connections of one thread.
//!
//! They live per thread and per process id: php-fpm forks after module start-up, pcntl_fork can come at any time, and
//! a connection used across a fork hangs.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use super::connection::Connection;
use super::{MAX_IDLE_CONNECTIONS, Network, NetworkOptions};
use crate::clock::Clock;
use crate::per_process::PerThread;
use crate::stats::Stats;

/// The service closes connections idle for about a minute; one idle for longer than this is not used again.
const MAX_IDLE: Duration = Duration::from_secs(50);

/// For how many networks a thread keeps connections.
const MAX_NETWORKS: usize = 4;

thread_local! {
    static POOL: RefCell<PerThread<Pool>> = const { RefCell::new(PerThread::new(Pool(Vec::new()))) };
}

/// A connection of `network`'s that was used before and can be used again.
pub(super) fn take(network: &Network, endpoint: &str) -> Option<Box<Connection>> {
    let now = LastUse::now(&*network.clock);
    with(|pool| {
        let idle = &mut pool.0.iter_mut().find(|kept| kept.is_of(network))?.idle;
        while let Some(at) = idle.iter().rposition(|(connection, _)| connection.endpoint == endpoint) {
            let (mut connection, used) = idle.swap_remove(at);
            if !used.is_stale(&now) && connection.is_ready() {
                return Some(connection);
            }
        }
        None
    })
}

/// Keeps a connection for the next request.
pub(super) fn keep(network: &Network, connection: Box<Connection>) {
    let now = LastUse::now(&*network.clock);
    with(|pool| {
        let at = pool.0.iter().position(|kept| kept.is_of(network)).unwrap_or_else(|| pool.add(network));
        let idle = &mut pool.0.get_mut(at)?.idle;
        idle.retain(|(_, used)| !used.is_stale(&now));
        if idle.len() < MAX_IDLE_CONNECTIONS {
            idle.push((connection, now));
        }
        Some(())
    });
}

/// Keeps a connection that was used in this process; one that a fork has brought along is left alone.
pub(super) fn keep_own(network: &Network, connection: Box<Connection>, process: u32) {
    if process == std::process::id() {
        keep(network, connection);
    } else {
        std::mem::forget(connection);
    }
}

/// Lends this thread's pool. Without one, as at the thread's end, connections are not kept.
fn with<T>(act: impl FnOnce(&mut Pool) -> Option<T>) -> Option<T> {
    POOL.try_with(|pool| act(pool.try_borrow_mut().ok()?.get())).ok().flatten()
}

#[derive(Debug, Default)]
struct Pool(Vec<Kept>);

/// The connections of one network.
#[derive(Debug)]
struct Kept {
    options: NetworkOptions,
    /// The network counts its connections here, so that others count theirs elsewhere.
    stats: Arc<Stats>,
    idle: Vec<(Box<Connection>, LastUse)>,
}

impl Pool {
    fn add(&mut self, network: &Network) -> usize {
        if self.0.len() >= MAX_NETWORKS {
            self.0.remove(0);
        }
        let (options, stats) = (network.options.clone(), Arc::clone(&network.stats));
        self.0.push(Kept { options, stats, idle: Vec::new() });
        self.0.len() - 1
    }
}

impl Kept {
    fn is_of(&self, network: &Network) -> bool {
        Arc::ptr_eq(&self.stats, &network.stats) && self.options == network.options
    }
}

/// A frozen Lambda or a suspended machine wakes up with one of the two clocks far ahead.
#[derive(Debug)]
struct LastUse {
    wall: Duration,
    monotonic: Duration,
}

impl LastUse {
    fn now(clock: &dyn Clock) -> Self {
        LastUse { wall: clock.wall(), monotonic: clock.monotonic() }
    }

    fn is_stale(&self, now: &LastUse) -> bool {
        now.wall.abs_diff(self.wall) > MAX_IDLE || now.monotonic.saturating_sub(self.monotonic) > MAX_IDLE
    }
}
