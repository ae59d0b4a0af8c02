//! What the master of workers reads for all of them, at module start-up: php-fpm and Apache are root then.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::{abi, ini, process};
use crate::config::sources::ProblemKind;
use crate::config::{self, Encryption, Setting, Settings, Sources};
use crate::encryption::{KeySource, Keyring};
use crate::error::{Cause, Error};
use crate::{http, resolve};

/// The file with keys that was read, and what was in it.
static KEY_FILE: OnceLock<(PathBuf, Arc<Keyring>)> = OnceLock::new();

/// The certificate authorities that each worker would read for itself.
pub fn read_ca_bundle() {
    let Some(setting) = Setting::find("ca_bundle") else { return };
    let of_ini = setting.ini_name().and_then(|name| abi::ini(&name));
    let environment = process::environment_at_start();
    let of_environment = || setting.environment.iter().find_map(|name| environment.as_ref()?.trusted(name));
    let path = of_ini.filter(|path| !path.is_empty()).or_else(|| of_environment().map(str::to_owned));
    if let Some(path) = path {
        http::read_before_fork(path.as_ref());
    }
}

/// The keys that sessions are encrypted with: a file with keys may be root's alone. What is wrong with keys is told now, and
/// again at each open.
pub fn read_keys() -> Option<Error> {
    let environment = process::environment_at_start().unwrap_or_default();
    let sources = Sources { environment, ini: ini::values(), ..Sources::default() };
    let (mut merged, problems) = config::merge(&sources);
    if let Some(problem) = problems.into_iter().find(|problem| problem.kind == ProblemKind::Fatal) {
        return Some(Error::new("start", Cause::Setting(problem.text)));
    }
    let mut encryption = Settings::parse(&mut merged, 0).encryption;
    let loaded = load_keys(&mut encryption);
    if let (Ok(Some(path)), KeySource::Ring(keys)) = (&loaded, &encryption.keys) {
        let _ = KEY_FILE.set((path.clone(), Arc::clone(keys)));
    }
    loaded.and_then(|_| encryption.check()).err().map(|cause| Error::new("start", cause))
}

/// Reads the keys where they are in a file, unless that was read at the start; says which file it is.
pub fn load_keys(encryption: &mut Encryption) -> Result<Option<PathBuf>, Cause> {
    let KeySource::File(path) = encryption.keys.clone() else {
        return Ok(None);
    };
    let keys = match KEY_FILE.get() {
        Some((read, keys)) if *read == path => Arc::clone(keys),
        _ => Arc::new(resolve::read_keys(&path)?),
    };
    encryption.keys = KeySource::Ring(keys);
    Ok(Some(path))
}
