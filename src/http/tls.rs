//! Roots and protocol versions: TLS 1.2 and 1.3, certificates always checked.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
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
    let config = Arc::new(with_roots(roots(bundle.as_ref())?)?);
    if known.len() >= MAX_BUNDLES {
        known.remove(0);
    }
    known.push(Known { bundle, config: Arc::clone(&config) });
    Ok(config)
}

/// The roots of the bundle that a master process has read for the workers it forks.
static MASTERS: OnceLock<(Bundle, Arc<RootCertStore>)> = OnceLock::new();

/// Reads a bundle before workers are forked, so that none of them has to, nor has memory of its own for it. What is wrong
/// with it, the workers will say.
pub fn read_before_fork(ca_bundle: &Path) {
    if let Ok(bundle) = Bundle::now(ca_bundle)
        && let Ok(roots) = roots(Some(&bundle))
    {
        let _ = MASTERS.set((bundle, roots));
    }
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

fn with_roots(roots: Arc<RootCertStore>) -> Result<ClientConfig, TransportError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| TransportError::new(Failed::Tls, e.to_string()))?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}

fn roots(bundle: Option<&Bundle>) -> Result<Arc<RootCertStore>, TransportError> {
    if let (Some((known, roots)), Some(bundle)) = (MASTERS.get(), bundle)
        && known == bundle
    {
        return Ok(Arc::clone(roots));
    }
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(bundle) = bundle {
        add_bundle(&mut roots, &bundle.path)?;
    }
    Ok(Arc::new(roots))
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
    fn what_was_read_before_a_fork_is_read_again_only_when_the_bundle_has_changed() {
        let path = std::env::temp_dir().join(format!("dynamosess-bundle-{}.pem", std::process::id()));
        let pem = |n: usize| {
            let params = rcgen::CertificateParams::new(vec![format!("{n}.test")]).unwrap();
            params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem()
        };
        std::fs::write(&path, pem(1)).unwrap();
        read_before_fork(Path::new("/does/not/exist.pem"));
        read_before_fork(&path);
        let before = Arc::clone(&MASTERS.get().unwrap().1);
        assert!(Arc::ptr_eq(&roots(Some(&Bundle::now(&path).unwrap())).unwrap(), &before));
        std::fs::write(&path, pem(1) + &pem(2)).unwrap();
        let after = roots(Some(&Bundle::now(&path).unwrap())).unwrap();
        assert_eq!(after.len(), before.len() + 1);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn connections_of_a_process_share_their_tickets() {
        assert!(Arc::ptr_eq(&config(None).unwrap(), &config(None).unwrap()));
    }

    #[test]
    fn a_bundle_that_cannot_be_used_is_named() {
        for path in ["/does/not/exist.pem", "/dev/null"] {
            let Err(error) = config(Some(Path::new(path))) else { panic!("{path}") };
            assert_eq!(error.kind, Failed::Request);
            assert!(error.text.contains("ca_bundle") && error.text.contains(path), "{}", error.text);
        }
    }
}
