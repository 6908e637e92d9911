//! URLs the service gives, and whether they may be followed (S14).
//!
//! A token goes wherever such a URL points, so an answer that was tampered with must not be able
//! to send it elsewhere or in the clear.

use crate::error::{Error, ErrorKind};
use crate::wire::text::{decimal, is_same_word};

/// Checks a URL from an answer against the realm that was logged in to.
///
/// It must be https, or plain http to the realm's own host when the realm itself is plain http; and
/// its host must be the realm's, or lie below it, or beside it where what they share has three
/// labels. Two labels may be what strangers share, as `co.uk`. The service's own domains go
/// together, so `api.backblazeb2.com` admits `f002.backblazeb2.com` and `pod-000.backblaze.com`.
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
    match fault(realm, url) {
        None => Ok(()),
        Some(why) => Err(Error::new(ErrorKind::Protocol, why)),
    }
}

fn fault(realm: &str, url: &str) -> Option<&'static str> {
    let (Some((realm_scheme, realm_host)), Some((scheme, host))) = (split(realm), split(url))
    else {
        return Some("the service gave an address that is not a URL");
    };
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some("the service gave an address with illegal characters");
    }
    let is_trusted = is_same_trust(realm_host, host);
    let is_plain = scheme == b"http" && realm_scheme == b"http" && is_trusted;
    if scheme != b"https" && !is_plain {
        return Some("the service gave an address that is not https");
    }
    let are_backblaze = is_backblaze(realm_host) && is_backblaze(host);
    if is_trusted || are_backblaze || is_below(host, family(realm_host)) {
        None
    } else {
        Some("the service gave an address outside of its own domain")
    }
}

/// Scheme and host of `scheme://[user@]host[:port][/…]`; no user is admitted.
fn split(url: &str) -> Option<(&[u8], &[u8])> {
    let url = url.as_bytes();
    let scheme = until(url, b":");
    let rest = url.get(scheme.len()..)?.strip_prefix(b"://")?;
    let authority = until(rest, b"/?#\\");
    let host = match authority.strip_prefix(b"[") {
        Some(v6) => {
            let host = until(v6, b"]");
            // Without the bracket at its end it is none.
            v6.get(host.len())?;
            host
        }
        None => until(authority, b":"),
    };
    // Anything else means another host to some reader of URLs.
    let is_legal = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:".contains(byte);
    let is_host = !host.is_empty() && !authority.contains(&b'@') && host.iter().all(is_legal);
    is_host.then_some((scheme, host))
}

/// What stands before the first of `ends`, or all of it.
fn until<'a>(text: &'a [u8], ends: &[u8]) -> &'a [u8] {
    let end = text.iter().position(|byte| ends.contains(byte));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// The same host, or two names of this machine.
fn is_same_trust(a: &[u8], b: &[u8]) -> bool {
    is_same_word(a, b) || (is_loopback(a) && is_loopback(b))
}

/// Whether a host name or address can only be this machine.
fn is_loopback(host: &[u8]) -> bool {
    is_same_word(host, b"localhost") || host == b"::1" || is_loopback_v4(host)
}

/// Whether this is an address of 127.0.0.0/8, in four decimal numbers and no other form.
fn is_loopback_v4(host: &[u8]) -> bool {
    let mut octets = 0;
    let is_v4 = host.split(|byte| *byte == b'.').all(|octet| {
        octets += 1;
        let is_plain = octet.len() == 1 || !octet.starts_with(b"0");
        is_plain && decimal(octet).is_some_and(|octet| octet <= 255)
    });
    is_v4 && octets == 4 && host.starts_with(b"127.")
}

/// What the hosts of a realm lie below: all labels but the first if these are three, else the whole
/// name; of an address that is nothing.
fn family(realm_host: &[u8]) -> &[u8] {
    let is_of_address = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    if realm_host.iter().all(is_of_address) || realm_host.contains(&b':') {
        return b"";
    }
    let first = until(realm_host, b".");
    let parent = realm_host.get(first.len() + 1..).unwrap_or_default();
    let labels = parent.split(|byte| *byte == b'.').filter(|label| !label.is_empty()).count();
    if labels < 3 { realm_host } else { parent }
}

/// Whether `host` has labels before those of `domain`.
fn is_below(host: &[u8], domain: &[u8]) -> bool {
    let before = host.len().checked_sub(domain.len()).and_then(|at| host.split_at_checked(at));
    let ends_with =
        |(before, end): (&[u8], &[u8])| before.ends_with(b".") && is_same_word(end, domain);
    !domain.is_empty() && before.is_some_and(ends_with)
}

/// The service spreads over several domains (spec 1.1).
fn is_backblaze(host: &[u8]) -> bool {
    const DOMAINS: [&[u8]; 4] =
        [b"backblaze.com", b"backblazeb2.com", b"backblaze.net", b"backblazeb2.xyz"];
    DOMAINS.iter().any(|domain| is_same_word(host, domain) || is_below(host, domain))
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
            ("https://b2.lan.test", "https://b2.lan.test:2", true),
            ("https://b2.lan.test", "https://pod.b2.lan.test", true),
            ("https://b2.lan.test", "https://pod.lan.test", false),
            ("https://api.b2.lan.test", "https://pod.B2.lan.test", true),
            ("https://b2.mynas.co.uk", "https://pod.mynas.co.uk", true),
            ("https://b2.mynas.co.uk", "https://evil.co.uk", false),
            ("https://mynas.co.uk", "https://evil.co.uk", false),
            ("https://me.duckdns.org", "https://you.duckdns.org", false),
            ("https://nas", "https://evilnas", false),
            ("https://1.2.3.4", "https://9.9.3.4", false),
            ("https://1.2.3.4", "https://9.2.3.4", false),
            ("https://1.2.3.4", "https://evil.test.", false),
            ("https://[::1]:1", "https://[::1]:2", true),
            (real, "nonsense", false),
        ] {
            assert_eq!(check_given(realm, url).is_ok(), is_ok, "{realm} {url}");
        }
    }
}
