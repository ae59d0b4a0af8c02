//! Threads of ours: they must not take php-fpm's signals.

use nix::sys::signal::{SigSet, SigmaskHow};

/// Starts a thread that receives no signal; says whether it could.
pub fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> bool {
    let mut before = SigSet::empty();
    // The mask is inherited, so it is set around the creation: a thread that sets its own is open for a moment.
    if SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK).map(|old| before = old).is_err() {
        return false;
    }
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(work).is_ok();
    let _ = before.thread_set_mask();
    started
}
