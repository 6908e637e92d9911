//! Which proxy stands before a peer.

use b2_proto::error::Error;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderValue, Uri};

use super::peer::Peer;

/// The proxies of a client.
#[derive(Debug, Default)]
pub(crate) struct Proxies {
    encrypted: Option<Proxy>,
    plain: Option<Proxy>,
    /// Hosts that are reached without one.
    direct: Vec<String>,
}

/// A proxy and what it wants to be told.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    pub(super) peer: Peer,
    pub(super) authorization: Option<HeaderValue>,
}

impl Proxies {
    /// One proxy for everything.
    ///
    /// # Errors
    /// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) when it is not the `http` URL of
    /// a proxy.
    pub(crate) fn all(url: &str) -> Result<Self, Error> {
        let proxy = Proxy::parse(url).ok_or_else(|| Error::invalid("the proxy is not a URL"))?;
        Ok(Self { encrypted: Some(proxy.clone()), plain: Some(proxy), direct: Vec::new() })
    }

    /// What the variables of the environment say: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
    /// `NO_PROXY`, or the same in lower case. One that is no `http` URL is passed over.
    pub(crate) fn of_environment() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let either = |name: &str| variable(name).or_else(|| variable(&name.to_uppercase()));
        let proxy = |name: &str| either(name).and_then(|url| Proxy::parse(&url));
        // A web server hands a request's `Proxy` header to its programs under this name.
        let is_web_program = variable("REQUEST_METHOD").is_some();
        let plain = if is_web_program { None } else { proxy("http_proxy") };
        let all = proxy("all_proxy");
        let direct = either("no_proxy").unwrap_or_default();
        Self {
            encrypted: proxy("https_proxy").or_else(|| all.clone()),
            plain: plain.or(all),
            direct: direct.split(',').map(|entry| entry.trim().to_lowercase()).collect(),
        }
    }

    /// The proxy for connections to `peer`.
    pub(super) fn before(&self, peer: &Peer) -> Option<&Proxy> {
        let proxy = if peer.is_encrypted { &self.encrypted } else { &self.plain };
        proxy.as_ref().filter(|_| !self.is_direct(&peer.host))
    }

    /// An entry is a host, or a domain with everything below it; `*` is everything.
    fn is_direct(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).to_lowercase();
        self.direct.iter().any(|entry| {
            let domain = entry.trim_start_matches("*.").trim_start_matches('.');
            let below = host.strip_suffix(domain);
            entry == "*"
                || !domain.is_empty() && below.is_some_and(|it| it.is_empty() || it.ends_with('.'))
        })
    }
}

impl Proxy {
    fn parse(url: &str) -> Option<Self> {
        let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let url: Uri = url.parse().ok()?;
        let peer = Peer::of(&url).filter(|peer| !peer.is_encrypted)?;
        let user = url.authority()?.as_str().rsplit_once('@').map(|(user, _)| user);
        let authorization = match user {
            None => None,
            Some(user) => {
                let (name, password) = user.split_once(':').unwrap_or((user, ""));
                let both = [&decoded(name)[..], b":", &decoded(password)].concat();
                let value = format!("Basic {}", BASE64_STANDARD.encode(both));
                let mut value = HeaderValue::from_str(&value).ok()?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        Some(Self { peer, authorization })
    }
}

/// Text with `%41` for `A`.
fn decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        let digits = tail.get(..2).filter(|_| *byte == b'%');
        let digits = digits.and_then(|digits| core::str::from_utf8(digits).ok());
        let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(value.unwrap_or(*byte));
        rest = tail.get(value.map_or(0, |_| 2)..).unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(url: &str) -> Peer {
        Peer::of(&url.parse().expect("a URL")).expect("a peer")
    }

    fn host(proxies: &Proxies, url: &str) -> Option<String> {
        proxies.before(&peer(url)).map(|proxy| proxy.peer.host.clone())
    }

    #[test]
    fn the_environment_decides_by_scheme_and_host() {
        let variables = [
            ("https_proxy", "http://a:1"),
            ("HTTP_PROXY", "b"),
            ("no_proxy", "near.test, .below.test,10.0.0.1"),
        ];
        let variable = |name: &str| {
            let found = variables.iter().find(|(each, _)| *each == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let proxies = Proxies::of(variable);
        assert_eq!(host(&proxies, "https://far.test").as_deref(), Some("a"));
        assert_eq!(host(&proxies, "http://far.test").as_deref(), Some("b"));
        for near in ["near.test", "NEAR.test", "x.near.test", "x.below.test", "10.0.0.1"] {
            assert_eq!(host(&proxies, &format!("https://{near}")), None, "{near}");
        }
        assert!(host(&proxies, "https://notnear.test").is_some());

        let web = |name: &str| match name {
            "REQUEST_METHOD" => Some("GET".to_owned()),
            _ => variable(name),
        };
        assert_eq!(host(&Proxies::of(web), "http://far.test"), None, "it may be from a request");
        let all = Proxies::of(|name| (name == "all_proxy").then(|| "http://c".to_owned()));
        assert_eq!(host(&all, "http://far.test").as_deref(), Some("c"));
        let near = Proxies::of(|name| Some(if name == "no_proxy" { "*" } else { "c" }.to_owned()));
        assert_eq!(host(&near, "https://far.test"), None, "everything is near");
    }

    #[test]
    fn users_are_told_apart_from_hosts() {
        let proxy = Proxy::parse("http://us%65r:p%40%ss@proxy.test:3128").expect("a proxy");
        assert_eq!((proxy.peer.host.as_str(), proxy.peer.port), ("proxy.test", 3128));
        let basic = format!("Basic {}", BASE64_STANDARD.encode("user:p@%ss"));
        assert_eq!(proxy.authorization.as_ref().map(HeaderValue::as_bytes), Some(basic.as_bytes()));
        assert!(!format!("{proxy:?}").contains("Basic"));
        for other in ["https://proxy.test", "socks5://proxy.test", "http://", "a b"] {
            assert!(Proxies::all(other).is_err(), "{other}");
        }
    }
}
