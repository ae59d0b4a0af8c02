//! What PHP's INI says.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::sync::atomic::{AtomicU64, Ordering};

use super::abi;
use crate::config::{Prefetch, SETTINGS, Setting};

const GC_MAXLIFETIME: &CStr = c"session.gc_maxlifetime";

/// How often entries of ours have changed, in any thread.
static CHANGES: AtomicU64 = AtomicU64::new(1);

/// An entry of ours changes: PHP says so each time, whichever way the change comes.
pub fn changes() {
    CHANGES.fetch_add(1, Ordering::Relaxed);
}

/// Our entries as this thread read them last: to look them all up costs a page more than to open a session does.
#[derive(Default)]
struct Ini {
    as_of: u64,
    values: Vec<u8>,
    prefetch: Prefetch,
}

fn with<T>(act: impl FnOnce(&Ini) -> T) -> T {
    thread_local! {
        static INI: RefCell<Ini> = RefCell::default();
    }
    INI.with_borrow_mut(|ini| {
        let as_of = CHANGES.load(Ordering::Relaxed);
        if ini.as_of != as_of {
            ini.values.clear();
            for name in SETTINGS.iter().filter_map(|setting| CString::new(setting.ini_name()?).ok()) {
                // Set to nothing is not the same as not set.
                let is_set = abi::append_ini(&name, &mut ini.values);
                ini.values.extend([0, u8::from(is_set)]);
            }
            // Set to nothing is off.
            let text = abi::ini("dynamosess.prefetch").filter(|text| !text.is_empty());
            ini.prefetch = Prefetch::of(text.as_deref().unwrap_or("0"));
            ini.as_of = as_of;
        }
        act(ini)
    })
}

/// Appends what all of them say, and PHP's that matter to us.
pub fn append_all(to: &mut Vec<u8>) {
    with(|ini| to.extend_from_slice(&ini.values));
    abi::append_ini(GC_MAXLIFETIME, to);
}

/// What our entries say, by the settings' names.
pub fn values() -> HashMap<String, String> {
    let named = |setting: &'static Setting| Some((setting.key.to_owned(), abi::ini(&setting.ini_name()?)?));
    SETTINGS.iter().filter_map(named).collect()
}

/// `dynamosess.prefetch`
pub fn prefetch() -> Prefetch {
    with(|ini| ini.prefetch)
}

/// PHP's `session.gc_maxlifetime`, in seconds.
pub fn gc_maxlifetime() -> i64 {
    abi::dynamosess_gc_maxlifetime()
}
