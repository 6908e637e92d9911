//! Which proxy there is for a server, and what it is told.
//!
//! | | |
//! | --- | --- |
//! | [`Proxies`] | the proxies of a client: the one that was set, or those of the environment |
//! | [`Proxy`] | one of them: where it is, its credentials, how it is asked |
//! | [`Way`] | who is connected to, and whether a tunnel goes on from there |
//! | [`bypass`] | servers that are reached without one |
//! | [`answer`] | what a proxy says |
//!
//! A proxy gets requests to servers without TLS as they are, but with the whole URL in their first
//! line ([`Proxies::forwarder`]). For servers with TLS it is asked for a tunnel.

pub mod answer;
pub mod bypass;

use std::ffi::OsString;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::name;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderValue, Uri};

use super::Origin;
use crate::face::Settings;
use bypass::Bypass;

/// An HTTP proxy, with its credentials where it wants some.
#[derive(Clone, Debug)]
pub struct Proxy {
    origin: Origin,
    authorization: Option<HeaderValue>,
}

impl Proxy {
    /// The proxy at a URL with `http`, with `https`, or without a scheme; `None` when it is not
    /// one of an HTTP proxy.
    pub fn parse(url: &str) -> Option<Self> {
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

    /// Where it is; TLS may be spoken to a proxy, too.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The value of `Proxy-Authorization`, in whatever head it is sent.
    pub const fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    /// The head of the request for a tunnel to `origin`.
    pub fn tunnel_head(&self, origin: &Origin) -> Vec<u8> {
        let target = origin.authority();
        let mut head = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n").into_bytes();
        if let Some(value) = &self.authorization {
            head.extend([b"proxy-authorization: ", value.as_bytes(), b"\r\n"].concat());
        }
        head.extend(b"\r\n");
        head
    }
}

/// What stands before the path in the first line of a request that is forwarded to `origin`.
pub fn line_prefix(origin: &Origin) -> String {
    format!("http://{}", origin.host_field())
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

/// The way to a server.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    /// Who is connected to, speaking TLS if it [wants that](Origin::is_tls): the server or a proxy.
    pub first: &'a Origin,
    /// The proxy that is then asked for a tunnel to the server, through which both speak TLS.
    pub tunnel: Option<&'a Proxy>,
}

/// The proxies of a client.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    plain: Option<Proxy>,
    tls: Option<Proxy>,
    bypass: Bypass,
}

impl Proxies {
    /// The proxy that was set, or none where none was wanted, or else those of the environment,
    /// which cannot reach a realm on this machine. `variable` reads the environment.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when one that counts is not an HTTP proxy, or a
    /// proxy is set and none is wanted.
    pub fn new(
        settings: &Settings,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Error> {
        match &settings.proxy {
            Some(_) if settings.no_proxy => {
                Err(Error::invalid("`proxy` and `no_proxy` contradict each other"))
            }
            Some(url) => Self::all(url),
            None if settings.no_proxy || settings.is_loopback() => Ok(Self::default()),
            None => Self::from_env(settings.may_be_plain(), variable),
        }
    }

    /// One proxy for everything.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when it is not the URL of an HTTP proxy.
    pub fn all(url: &str) -> Result<Self, Error> {
        let proxy = Proxy::parse(url);
        let proxy = proxy.ok_or_else(|| Error::invalid("the proxy is not an HTTP URL"))?;
        Ok(Self { plain: Some(proxy.clone()), tls: Some(proxy), bypass: Bypass::default() })
    }

    /// What the variables of the environment say: `HTTPS_PROXY` and `HTTP_PROXY` for servers with
    /// and without TLS, `ALL_PROXY` for those whose own is not set, `NO_PROXY` for servers that
    /// need none; the same in lower case comes first. An empty one is none. `may_be_plain` says
    /// whether there can be servers without TLS.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when one that counts is not the URL of an HTTP
    /// proxy: nothing is sent past a proxy that somebody wanted. One that another takes the place
    /// of, or that is for servers there are not, is not looked at.
    pub fn from_env(
        may_be_plain: bool,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Error> {
        let find = |name: &str| {
            let mut spelt = [name.to_ascii_lowercase(), name.to_owned()].into_iter();
            let found = spelt.find_map(|name| variable(&name).map(|value| (name, value)));
            found.filter(|(_, value)| !value.is_empty())
        };
        let list = find("NO_PROXY").map(|(_, list)| Bypass::parse(&list.to_string_lossy()));
        let bypass = list.unwrap_or_default();
        if bypass.has_all() {
            return Ok(Self::default());
        }
        let proxy = |own: Option<(String, OsString)>| match own.or_else(|| find("ALL_PROXY")) {
            Some((name, url)) => {
                let proxy = url.to_str().and_then(Proxy::parse);
                proxy.map(Some).ok_or_else(|| unusable(&name))
            }
            None => Ok(None),
        };
        // A web server passes a request's header "Proxy" to its scripts under the name HTTP_PROXY.
        let is_script = variable("REQUEST_METHOD").is_some();
        let plain = || if is_script { None } else { find("HTTP_PROXY") };
        Ok(Self {
            plain: if may_be_plain { proxy(plain())? } else { None },
            tls: proxy(find("HTTPS_PROXY"))?,
            bypass,
        })
    }

    /// The proxy by which a server is reached.
    pub fn of(&self, origin: &Origin) -> Option<&Proxy> {
        self.among(origin.is_tls()).filter(|_| !self.bypass.has(origin.host(), origin.port()))
    }

    /// The proxy for all servers with TLS, or for all without, that are not reached directly.
    pub const fn among(&self, with_tls: bool) -> Option<&Proxy> {
        if with_tls { self.tls.as_ref() } else { self.plain.as_ref() }
    }

    /// How a connection is made on which `origin` can be sent requests.
    pub fn way<'a>(&'a self, origin: &'a Origin) -> Way<'a> {
        match self.of(origin) {
            None => Way { first: origin, tunnel: None },
            Some(proxy) => Way { first: &proxy.origin, tunnel: origin.is_tls().then_some(proxy) },
        }
    }

    /// The proxy that wants requests for `origin` itself, in place of a tunnel to it.
    pub fn forwarder(&self, origin: &Origin) -> Option<&Proxy> {
        self.of(origin).filter(|_| !origin.is_tls())
    }
}

fn unusable(variable: &str) -> Error {
    let message = format_args!("the variable {variable} is not the URL of an HTTP proxy");
    Error::with_message(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests;
