//! Runs a future on the calling thread: names are looked up, sockets connected and credentials asked for by futures.
//!
//! A runtime is made for each, since that is rare and takes less time than a packet to the service: so nothing of it
//! is left to a forked child, or to a page that needs none.

use std::future::Future;
use std::time::Duration;

use nix::sys::signal::SigSet;

use super::{Failed, TransportError};

/// Runs `future`. Look-ups of names and blocking calls take threads of their own, which receive no signal; one that
/// hangs is not waited for.
pub(crate) fn run<F: Future>(future: F) -> Result<F::Output, TransportError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(2)
        .thread_keep_alive(Duration::from_millis(1))
        // Signals are for PHP's thread.
        .on_thread_start(|| {
            let _ = SigSet::all().thread_block();
        })
        .build()
        .map_err(|error| TransportError::new(Failed::Request, error.to_string()))?;
    let output = runtime.block_on(future);
    runtime.shutdown_background();
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_blocking_call_that_hangs_is_not_waited_for() {
        let (release, hang) = std::sync::mpsc::channel::<()>();
        let begun = Instant::now();
        // As a look-up of a name does when the name server is silent.
        let hangs = || tokio::task::spawn_blocking(move || hang.recv());
        let given_up = run(async { tokio::time::timeout(Duration::from_millis(1), hangs()).await.is_err() });
        assert_eq!(given_up, Ok(true));
        assert!(begun.elapsed() < Duration::from_secs(5));
        drop(release);
    }

    #[test]
    fn threads_of_the_runtime_take_no_signals() {
        let status = || std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let status = run(async move { tokio::task::spawn_blocking(status).await.unwrap() }).unwrap();
        let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap();
        let blocked = u64::from_str_radix(blocked.trim(), 16).unwrap();
        // SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGCHLD, SIGPROF
        for signal in [2, 3, 10, 12, 14, 15, 17, 27] {
            assert!(blocked & (1 << (signal - 1)) != 0, "signal {signal} is not blocked");
        }
    }
}
