//! A certificate authority that exists for one run.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

/// Who a server says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Identity {
    /// The server itself, by a certificate of the authority clients trust.
    #[default]
    Good,
    /// The same, but the certificate is out of date.
    Expired,
    /// Another host.
    WrongHost,
    /// The server itself, but by an authority nobody knows.
    UnknownAuthority,
}

/// Certificates for servers.
pub(crate) struct Authority {
    trusted: Signer,
    unknown: Signer,
}

struct Signer {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// Certificate and private key of a server, in PEM.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self { trusted: Signer::new("conformance"), unknown: Signer::new("somebody else") }
    }

    /// The certificate clients are told to trust.
    pub(crate) fn pem(&self) -> &str {
        &self.trusted.pem
    }

    /// A server's certificate.
    pub(crate) fn pair(&self, identity: Identity) -> Pair {
        let names = match identity {
            Identity::WrongHost => vec!["b2.example".to_owned()],
            Identity::Good | Identity::Expired | Identity::UnknownAuthority => {
                vec!["127.0.0.1".to_owned(), "localhost".to_owned()]
            }
        };
        let mut params = CertificateParams::new(names).expect("names of hosts");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = match identity {
            Identity::Expired => date_time_ymd(2021, 1, 1),
            Identity::Good | Identity::WrongHost | Identity::UnknownAuthority => {
                date_time_ymd(2120, 1, 1)
            }
        };
        params.distinguished_name.push(DnType::CommonName, "b2-sim");
        let signer = match identity {
            Identity::UnknownAuthority => &self.unknown,
            Identity::Good | Identity::Expired | Identity::WrongHost => &self.trusted,
        };
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &signer.issuer).expect("signed");
        Pair { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

impl Signer {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("signed");
        let pem = certificate.pem();
        Self { issuer: Issuer::new(params, key), pem }
    }
}
