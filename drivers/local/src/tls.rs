//! The TLS settings of the HTTP clients that drivers build.
//!
//! The cryptography comes from ring and is given to the connections explicitly: no process-wide
//! provider is installed, and none is looked for.

use b2_proto::error::{Cause, Error};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use std::sync::Arc;

/// Trusts what the platform trusts and, besides, the certificates in `extra_pem`; speaks HTTP/1.1.
///
/// # Errors
/// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) when they are not certificates in
/// PEM.
pub fn config(extra_pem: &[Vec<u8>]) -> Result<ClientConfig, Error> {
    let extra = certificates(extra_pem)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::invalid("no TLS version can be used"))?;
    let mut config = match Verifier::new_with_extra_roots(extra.clone(), provider) {
        Ok(verifier) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth(),
        // A machine without any certificates can still talk to a realm without TLS; any other
        // connection fails for want of trust.
        Err(_) => builder.with_root_certificates(roots(extra)?).with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// What it means that a handshake has failed. Nothing of a request was sent.
///
/// Who the peer is does not change when it is asked again. All else may be the trouble of a moment:
/// a server that is being stopped, or something on the way that answers in its place.
pub const fn cause(error: &rustls::Error) -> Cause {
    use rustls::Error as E;
    let is_final = matches!(
        error,
        E::InvalidCertificate(_) | E::NoCertificatesPresented | E::UnsupportedNameType
    );
    if is_final { Cause::Tls } else { Cause::Refused }
}

fn roots(extra: Vec<CertificateDer<'static>>) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in extra {
        roots.add(certificate).map_err(|_| Error::invalid("a certificate cannot be used"))?;
    }
    Ok(roots)
}

fn certificates(pem: &[Vec<u8>]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let mut all = Vec::new();
    for text in pem {
        let before = all.len();
        for certificate in CertificateDer::pem_slice_iter(text) {
            all.push(certificate.map_err(|_| Error::invalid("a certificate is not PEM"))?);
        }
        if all.len() == before {
            return Err(Error::invalid("there is no certificate in the PEM text"));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{AlertDescription, CertificateError, InvalidMessage};

    #[test]
    fn only_who_the_peer_is_is_final() {
        use rustls::Error as E;
        for (error, expected) in [
            (E::InvalidCertificate(CertificateError::Expired), Cause::Tls),
            (E::InvalidCertificate(CertificateError::UnknownIssuer), Cause::Tls),
            (E::NoCertificatesPresented, Cause::Tls),
            (E::AlertReceived(AlertDescription::InternalError), Cause::Refused),
            (E::InvalidMessage(InvalidMessage::InvalidContentType), Cause::Refused),
            (E::General("trouble".to_owned()), Cause::Refused),
        ] {
            assert_eq!(cause(&error), expected, "{error}");
        }
    }

    #[test]
    fn no_provider_is_installed() {
        config(&[]).expect("built");
        assert!(rustls::crypto::CryptoProvider::get_default().is_none());
    }

    #[test]
    fn text_without_a_certificate_is_refused() {
        assert!(config(&[b"no PEM".to_vec()]).is_err());
        let broken = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        assert!(config(&[broken.to_vec()]).is_err());
    }
}
