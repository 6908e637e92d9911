//! Whom a request goes to.

use http::Uri;

/// One end of a connection, as a URL names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Peer {
    pub(super) is_encrypted: bool,
    pub(super) host: String,
    pub(super) port: u16,
}

impl Peer {
    /// `None` for a URL of another kind than `http` and `https`.
    pub(super) fn of(url: &Uri) -> Option<Self> {
        let (is_encrypted, default) = match url.scheme_str()? {
            "http" => (false, 80),
            "https" => (true, 443),
            _ => return None,
        };
        let host = url.host().filter(|host| !host.is_empty())?.to_owned();
        Some(Self { is_encrypted, host, port: url.port_u16().unwrap_or(default) })
    }
}
