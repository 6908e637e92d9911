//! TLS settings from PEM, with ring and nothing installed for the whole process.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Settings for [`ServerConfig::tls`](super::ServerConfig::tls) from certificates, the server's
/// own first, and its private key. Fails for text that is not PEM and for a key that does not fit.
pub fn tls_config(certificates_pem: &[u8], key_pem: &[u8]) -> io::Result<Arc<ServerConfig>> {
    let bad = |error: &dyn core::fmt::Display| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("certificate or key: {error}"))
    };
    let certificates: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(certificates_pem)
            .collect::<Result<_, _>>()
            .map_err(|error| bad(&error))?;
    let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|error| bad(&error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
        .map_err(|error| bad(&error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
