//! Roots and protocol versions: TLS 1.2 and 1.3, certificates always checked.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::{Failed, TransportError};
use crate::per_process::PerProcess;

/// How many bundles a process keeps the roots of.
const MAX_BUNDLES: usize = 4;

/// The client side of TLS, with webpki's roots and those of `ca_bundle`. It is the same for all connections of a process,
/// until the bundle changes: its roots are read once, and it keeps the tickets with which sessions are resumed.
pub(super) fn config(ca_bundle: Option<&Path>) -> Result<Arc<ClientConfig>, TransportError> {
    static KNOWN: LazyLock<PerProcess<Mutex<Vec<Known>>>> = LazyLock::new(|| PerProcess::new(|_| Mutex::default()));
    let bundle = ca_bundle.map(Bundle::now).transpose()?;
    let mut known = KNOWN.get().lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known.iter().find(|known| known.bundle == bundle) {
        return Ok(Arc::clone(&known.config));
    }
    let config = Arc::new(with_roots(roots(ca_bundle)?)?);
    if known.len() >= MAX_BUNDLES {
        known.remove(0);
    }
    known.push(Known { bundle, config: Arc::clone(&config) });
    Ok(config)
}

struct Known {
    bundle: Option<Bundle>,
    config: Arc<ClientConfig>,
}

/// A bundle as it is now: one that is replaced is read again.
#[derive(PartialEq)]
struct Bundle {
    path: PathBuf,
    modified: Option<SystemTime>,
    length: u64,
}

impl Bundle {
    fn now(path: &Path) -> Result<Self, TransportError> {
        let found = std::fs::metadata(path).map_err(|error| bad(path, &error.to_string()))?;
        Ok(Bundle { path: path.to_owned(), modified: found.modified().ok(), length: found.len() })
    }
}

fn with_roots(roots: RootCertStore) -> Result<ClientConfig, TransportError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| TransportError::new(Failed::Tls, e.to_string()))?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}

fn roots(ca_bundle: Option<&Path>) -> Result<RootCertStore, TransportError> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(path) = ca_bundle {
        add_bundle(&mut roots, path)?;
    }
    Ok(roots)
}

fn add_bundle(roots: &mut RootCertStore, path: &Path) -> Result<(), TransportError> {
    let bad = |text: String| bad(path, &text);
    let certificates = CertificateDer::pem_file_iter(path).map_err(|e| bad(e.to_string()))?;
    let mut added = 0;
    for certificate in certificates {
        let certificate = certificate.map_err(|e| bad(e.to_string()))?;
        // A bundle of the system holds a few that rustls does not take; the rest still counts.
        added += usize::from(roots.add(certificate).is_ok());
    }
    if added == 0 { Err(bad("there is no certificate in it".to_owned())) } else { Ok(()) }
}

fn bad(path: &Path, text: &str) -> TransportError {
    TransportError::new(Failed::Request, format!("ca_bundle '{}': {text}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_that_cannot_be_used_is_named() {
        for path in ["/does/not/exist.pem", "/dev/null"] {
            let Err(error) = config(Some(Path::new(path))) else { panic!("{path}") };
            assert_eq!(error.kind, Failed::Request);
            assert!(error.text.contains("ca_bundle") && error.text.contains(path), "{}", error.text);
        }
    }
}
