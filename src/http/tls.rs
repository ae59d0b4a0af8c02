//! Roots and protocol versions: TLS 1.2 and 1.3, certificates always checked.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::{Failed, TransportError};

/// The client side of TLS, with webpki's roots and those of `ca_bundle`.
pub(super) fn config(ca_bundle: Option<&Path>) -> Result<rustls::ClientConfig, TransportError> {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(path) = ca_bundle {
        add_bundle(&mut roots, path)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| TransportError::new(Failed::Tls, e.to_string()))?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}

fn add_bundle(roots: &mut rustls::RootCertStore, path: &Path) -> Result<(), TransportError> {
    let bad = |text: String| TransportError::new(Failed::Request, format!("ca_bundle '{}': {text}", path.display()));
    let certificates = CertificateDer::pem_file_iter(path).map_err(|e| bad(e.to_string()))?;
    let mut added = 0;
    for certificate in certificates {
        let certificate = certificate.map_err(|e| bad(e.to_string()))?;
        // A bundle of the system holds a few that rustls does not take; the rest still counts.
        added += usize::from(roots.add(certificate).is_ok());
    }
    if added == 0 { Err(bad("there is no certificate in it".to_owned())) } else { Ok(()) }
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
