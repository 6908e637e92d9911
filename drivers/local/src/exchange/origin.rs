//! Whom a request goes to.

use core::fmt;

use http::Uri;

/// A server: what connections to it have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Origin {
    host: String,
    port: u16,
    is_tls: bool,
}

impl Origin {
    /// The server of a URL; `None` when that is not one with `http` or `https` and a host.
    pub fn of(uri: &Uri) -> Option<Self> {
        let is_tls = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let host = uri.host()?.trim_matches(['[', ']']);
        let port = match uri.port_u16() {
            Some(port) => port,
            None if has_port(uri) => return None,
            None => usual_port(is_tls),
        };
        (!host.is_empty()).then(|| Self { host: host.to_ascii_lowercase(), port, is_tls })
    }

    /// The host in lower case: a name, or an address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether the server wants TLS.
    pub const fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// Host and port, as a proxy is asked for them.
    pub fn authority(&self) -> impl fmt::Display {
        fmt::from_fn(|f| write!(f, "{}:{}", self.bracketed(), self.port))
    }

    /// Host and port as the header `Host` has them: without a port that goes without saying.
    pub fn host_field(&self) -> impl fmt::Display {
        fmt::from_fn(|f| {
            write!(f, "{}", self.bracketed())?;
            if self.port == usual_port(self.is_tls) { Ok(()) } else { write!(f, ":{}", self.port) }
        })
    }

    fn bracketed(&self) -> impl fmt::Display {
        fmt::from_fn(|f| match self.host.contains(':') {
            true => write!(f, "[{}]", self.host),
            false => f.write_str(&self.host),
        })
    }
}

/// Whether a URL names a port, be it one or not.
fn has_port(uri: &Uri) -> bool {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, behind)| behind);
    let behind_address = host_and_port.rsplit_once(']').map_or(host_and_port, |(_, port)| port);
    behind_address.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty())
}

const fn usual_port(is_tls: bool) -> u16 {
    if is_tls { 443 } else { 80 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_its_server() {
        let of = |url: &str| Origin::of(&url.parse().expect("a URL"));
        for (url, authority, host_field, is_tls) in [
            ("https://Pod.test/a?b", "pod.test:443", "pod.test", true),
            ("http://pod.test:81", "pod.test:81", "pod.test:81", false),
            ("http://pod.test:443", "pod.test:443", "pod.test:443", false),
            ("http://[::1]/", "[::1]:80", "[::1]", false),
            ("https://me:word@[::1]:8/", "[::1]:8", "[::1]:8", true),
        ] {
            let origin = of(url).expect("a server");
            assert_eq!(origin.authority().to_string(), authority, "{url}");
            assert_eq!(origin.host_field().to_string(), host_field, "{url}");
            assert_eq!(origin.is_tls(), is_tls, "{url}");
        }
        assert_eq!(of("http://[::1]/").expect("a server").host(), "::1");
        assert!(of("ftp://pod.test/").is_none());
        assert!(of("/path").is_none());
        assert!(of("https://pod.test:99999/").is_none());
        assert_eq!(of("https://pod.test:/").expect("a server").port(), 443);
    }
}
