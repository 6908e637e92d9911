//! URLs the service gives, and whether they may be followed (S14).
//!
//! A token goes wherever such a URL points, so an answer that was tampered with must not be able
//! to send it elsewhere or in the clear.

use crate::error::{Error, ErrorKind};
use crate::wire::text::parse_u64;

/// Checks a URL from an answer against the realm that was logged in to.
///
/// It must be https, or plain http to a loopback address when the realm itself is plain http; and
/// its host must be in the realm's domain (the last two labels, so `api.backblazeb2.com` admits
/// `f002.backblazeb2.com` and `pod-000.backblaze.com`, the service's two domains going together),
/// or be the realm's very host.
///
/// # Errors
/// [`ErrorKind::Protocol`].
///
/// ```
/// use b2_proto::wire::url::check_given;
///
/// assert!(check_given("https://api.backblazeb2.com", "https://f002.backblazeb2.com").is_ok());
/// assert!(check_given("https://api.backblazeb2.com", "http://f002.backblazeb2.com").is_err());
/// assert!(check_given("https://api.backblazeb2.com", "https://evil.example").is_err());
/// assert!(check_given("http://127.0.0.1:4000", "http://127.0.0.1:4001/x").is_ok());
/// ```
pub fn check_given(realm: &str, url: &str) -> Result<(), Error> {
    let refuse = |why| Err(Error::new(ErrorKind::Protocol, why));
    let (Some((realm_scheme, realm_host)), Some((scheme, host))) = (split(realm), split(url))
    else {
        return refuse("the service gave an address that is not a URL");
    };
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refuse("the service gave an address with illegal characters");
    }
    match scheme {
        "https" => {}
        "http" if realm_scheme == "http" && is_same_trust(realm_host, host) => {}
        _ => return refuse("the service gave an address that is not https"),
    }
    let shares_domain = domain(realm_host).is_some_and(|own| domain(host) == Some(own));
    if is_same_trust(realm_host, host)
        || shares_domain
        || (is_backblaze(realm_host) && is_backblaze(host))
    {
        Ok(())
    } else {
        refuse("the service gave an address outside of its own domain")
    }
}

/// Scheme and host of `scheme://[user@]host[:port][/…]`; no user is admitted.
fn split(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    let rest = rest.strip_prefix("//")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    if authority.contains('@') {
        return None;
    }
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split_once(']')?.0,
        None => authority.split(':').next()?,
    };
    // Anything else means another host to some reader of URLs.
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    (!host.is_empty() && host.bytes().all(is_legal)).then_some((scheme, host))
}

/// The same host, or two names of this machine.
fn is_same_trust(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (is_loopback(a) && is_loopback(b))
}

/// Whether a host name or address can only be this machine.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host == "::1" || is_loopback_v4(host)
}

/// Whether this is an address of 127.0.0.0/8, in four decimal numbers and no other form.
fn is_loopback_v4(host: &str) -> bool {
    let is_octet = |octet: &str| {
        let is_plain = octet.len() == 1 || !octet.starts_with('0');
        is_plain && parse_u64(octet).is_some_and(|octet| octet <= 255)
    };
    let octets = host.split('.');
    host.starts_with("127.") && octets.clone().count() == 4 && octets.clone().all(is_octet)
}

/// The last two labels of a host name; none for addresses and single labels.
fn domain(host: &str) -> Option<&str> {
    if host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') || host.contains(':') {
        return None;
    }
    let dot_before = |end: usize| host.bytes().take(end).rposition(|byte| byte == b'.');
    let last = dot_before(host.len())?;
    let start = dot_before(last).map_or(0, |dot| dot + 1);
    (last > 0).then(|| host.get(start..)).flatten()
}

/// The service spreads over two domains (spec 1.1).
fn is_backblaze(host: &str) -> bool {
    matches!(domain(host), Some("backblaze.com" | "backblazeb2.com" | "backblaze.net"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_only_go_where_the_login_went() {
        let real = "https://api.backblazeb2.com";
        for (realm, url, is_ok) in [
            (real, "https://pod-000-1129-06.backblaze.com/b2api/v4/b2_upload_file", true),
            (real, "https://api.backblazeb2.com.evil.example", false),
            (real, "https://api.backblazeb2.com@evil.example", false),
            (real, "https://evilbackblazeb2.com", false),
            (real, "https://evil.example%2f.backblazeb2.com", false),
            (real, "https://evil.example;.backblazeb2.com", false),
            (real, "ftp://f002.backblazeb2.com", false),
            (real, "https://f002.backblazeb2.com/a b", false),
            (real, "https://127.0.0.1/", false),
            ("http://127.0.0.1:1", "http://localhost:2", true),
            ("http://localhost:1", "http://127.255.0.10:2", true),
            ("http://localhost:1", "http://127.0.0.256:2", false),
            ("http://localhost:1", "http://127.0.0.01:2", false),
            ("http://localhost:1", "http://127.0.1:2", false),
            ("http://localhost:1", "http://127.0.0.1.1:2", false),
            ("http://localhost:1", "http://127.0.0.x:2", false),
            ("http://localhost:1", "http://127.0..1:2", false),
            ("http://127.0.0.1:1", "http://10.0.0.1:2", false),
            ("http://nas:1", "http://nas:2", true),
            ("http://nas:1", "http://sub.nas:2", false),
            ("https://b2.lan.test", "https://pod.lan.test", true),
            ("https://1.2.3.4", "https://9.9.3.4", false),
            ("https://[::1]:1", "https://[::1]:2", true),
            (real, "nonsense", false),
        ] {
            assert_eq!(check_given(realm, url).is_ok(), is_ok, "{realm} {url}");
        }
    }
}
