//! What a set of settings is made from: told apart on every page.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fmt;
use std::sync::LazyLock;

use super::{abi, ini};
use crate::config::Value;
use crate::config::sources::DSN;
use crate::environment::SCRIPT_MAY_SET;

/// All that a set of settings was made from.
#[derive(Debug, PartialEq)]
pub struct Way {
    /// INI, save_path, environment.
    pub fingerprint: Fingerprint,
    /// The constructor's array.
    pub constructor: BTreeMap<String, Value>,
}

impl Way {
    /// Of the native module with what php.ini says now.
    pub fn native(save_path: &str) -> Self {
        Way { fingerprint: Fingerprint::now(save_path), constructor: BTreeMap::new() }
    }
}

/// All that INI, save_path and the script's environment say, as one run of bytes: told apart on every page without
/// an allocation each.
#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprint(Vec<u8>);

/// Keys are in it.
impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fingerprint").finish_non_exhaustive()
    }
}

impl Fingerprint {
    /// Of what they say now.
    pub fn now(save_path: &str) -> Self {
        static SCRIPTS: LazyLock<Vec<CString>> =
            LazyLock::new(|| SCRIPT_MAY_SET.iter().filter_map(|name| CString::new(*name).ok()).collect());
        let mut bytes = Vec::with_capacity(1_024);
        ini::append_all(&mut bytes);
        for name in &*SCRIPTS {
            bytes.push(0);
            abi::append_page_variable(name, &mut bytes);
        }
        bytes.push(0);
        bytes.extend_from_slice(dsn(save_path).as_bytes());
        Fingerprint(bytes)
    }
}

/// Any save_path but ours is somebody else's.
pub fn dsn(save_path: &str) -> &str {
    if save_path.starts_with(DSN) { save_path } else { "" }
}
