//! The memory in which all processes that this PHP forks count together.

use std::num::NonZeroUsize;
use std::sync::OnceLock;

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};

use crate::stats::Shared;

static SHARED: OnceLock<Option<&'static Shared>> = OnceLock::new();

/// Module start-up, before any worker is forked. Where the system gives no memory, each process counts for itself alone.
pub fn make() {
    SHARED.get_or_init(map);
}

/// The memory, if there is any.
pub fn get() -> Option<&'static Shared> {
    SHARED.get().copied().flatten()
}

fn map() -> Option<&'static Shared> {
    let length = NonZeroUsize::new(size_of::<Shared>())?;
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: new memory at a place that the system chooses: nothing of ours lies there.
    let memory = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_SHARED) }.ok()?;
    // SAFETY: as long as a `Shared`, aligned to a page and so to it, all bytes zero, which is a `Shared`, never unmapped, and
    // seen by other processes as the same atomics.
    Some(unsafe { memory.cast::<Shared>().as_ref() })
}
