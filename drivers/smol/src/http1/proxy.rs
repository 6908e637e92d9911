//! Which proxy there is for a server.

use super::bypass::Bypass;
use crate::connector::Origin;
use b2_local::face::Settings;
use b2_proto::error::{Error, ErrorKind};
use b2_proto::name;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderValue, Uri};

/// An HTTP proxy, with its credentials where it wants some.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    origin: Origin,
    authorization: Option<HeaderValue>,
}

impl Proxy {
    /// The proxy at a URL; `None` when it is not one of an HTTP proxy.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let with_scheme =
            if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let uri: Uri = with_scheme.parse().ok()?;
        let origin = Origin::of(&uri)?;
        let authorization = match uri.authority()?.as_str().rsplit_once('@') {
            Some((credentials, _)) => Some(basic(credentials)?),
            None => None,
        };
        Some(Self { origin, authorization })
    }

    /// Where it is.
    pub(super) const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What it wants to be told.
    pub(super) const fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }
}

/// The value of `Proxy-Authorization` for `name:password` as URLs have it.
fn basic(credentials: &str) -> Option<HeaderValue> {
    // In this part of a URL a plus sign is one.
    let decode = |text: &str| name::decode(&text.replace('+', "%2B"));
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let plain = format!("{}:{}", decode(user), decode(password));
    let mut value =
        HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(plain))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The proxies of a client.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxies {
    plain: Option<Proxy>,
    tls: Option<Proxy>,
    bypass: Bypass,
}

impl Proxies {
    /// The proxy of the settings, or else those of the environment, which cannot reach this
    /// machine.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when one is not an HTTP proxy.
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        if let Some(url) = &settings.proxy {
            let proxy = Proxy::parse(url);
            let proxy = proxy.ok_or_else(|| Error::invalid("the proxy is not an HTTP URL"))?;
            let (plain, tls) = (Some(proxy.clone()), Some(proxy));
            return Ok(Self { plain, tls, bypass: Bypass::default() });
        }
        if settings.is_loopback() {
            return Ok(Self::default());
        }
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let variable = |name: &str| -> Option<String> {
            let lower = variable(&name.to_ascii_lowercase());
            lower.or_else(|| variable(name)).filter(|value| !value.is_empty())
        };
        let proxy = |name: &str| match variable(name) {
            Some(url) => Proxy::parse(&url).map(Some).ok_or_else(|| {
                let message = format_args!("the variable {name} is not the URL of an HTTP proxy");
                Error::with_message(ErrorKind::InvalidInput, message)
            }),
            None => Ok(None),
        };
        let all = proxy("ALL_PROXY")?;
        // A web server passes a request's header "Proxy" to its scripts under this name.
        let is_script = variable("REQUEST_METHOD").is_some();
        let plain = if is_script { None } else { proxy("HTTP_PROXY")? };
        let bypass = variable("NO_PROXY").map_or_else(Bypass::default, |list| Bypass::parse(&list));
        Ok(Self {
            plain: plain.or_else(|| all.clone()),
            tls: proxy("HTTPS_PROXY")?.or(all),
            bypass,
        })
    }

    /// The proxy by which a server is reached.
    pub(super) fn of(&self, origin: &Origin) -> Option<&Proxy> {
        let proxy = if origin.is_tls() { &self.tls } else { &self.plain };
        proxy.as_ref().filter(|_| !self.bypass.has(origin.host()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Origin {
        Origin::of(&url.parse().expect("a URL")).expect("a server")
    }

    fn by(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let read = |name: &str| {
            variables.iter().find(|(each, _)| *each == name).map(|(_, value)| (*value).to_owned())
        };
        let proxies = Proxies::from_variables(read).expect("proxies");
        proxies.of(&origin(url)).map(|proxy| proxy.origin().authority().to_string())
    }

    #[test]
    fn a_url_names_a_proxy() {
        let proxy = Proxy::parse("proxy.test:3128").expect("a proxy");
        assert_eq!(*proxy.origin(), origin("http://proxy.test:3128"));
        let proxy = Proxy::parse("https://a%3Ab:c%2Fd+e@proxy.test").expect("a proxy");
        assert_eq!(*proxy.origin(), origin("https://proxy.test"));
        let value = proxy.authorization().expect("credentials");
        assert_eq!(value.as_bytes(), b"Basic YTpiOmMvZCtl");
        assert!(!format!("{proxy:?}").contains("YTpi"));
        for url in ["socks5://proxy.test", "", "http://", "a b"] {
            assert!(Proxy::parse(url).is_none(), "{url}");
        }
    }

    #[test]
    fn the_environment_names_proxies() {
        let (plain, tls) = ("http://pod.test", "https://pod.test");
        let one = [("HTTP_PROXY", "one.test")];
        assert_eq!(by(&one, plain).as_deref(), Some("one.test:80"));
        assert_eq!(by(&one, tls), None);
        let script = [("HTTP_PROXY", "one.test"), ("REQUEST_METHOD", "GET")];
        assert_eq!(by(&script, plain), None);
        let all = [("all_proxy", "all.test"), ("https_proxy", "tls.test:1"), ("HTTPS_PROXY", "x")];
        assert_eq!(by(&all, plain).as_deref(), Some("all.test:80"));
        assert_eq!(by(&all, tls).as_deref(), Some("tls.test:1"));
        let without = [("ALL_PROXY", "all.test"), ("NO_PROXY", "pod.test")];
        assert_eq!(
            (by(&without, plain), by(&without, "http://other.test").is_some()),
            (None, true)
        );
        assert_eq!(by(&[("HTTP_PROXY", "")], plain), None);
        let wrong = Proxies::from_variables(|_| Some("socks5://x".to_owned())).expect_err("wrong");
        assert!(wrong.to_string().contains("ALL_PROXY"), "{wrong}");
    }
}
