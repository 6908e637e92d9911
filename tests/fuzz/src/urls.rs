//! Which URLs of the service are followed (S14), beside a reader of URLs that everybody uses.

use b2_proto::wire::url::check_given;
use http::Uri;

use crate::input::Bytes;

const REALMS: [&str; 4] = [
    "https://api.backblazeb2.com",
    "https://api.example.org",
    "http://127.0.0.1:4000",
    "https://[::1]:4000",
];

/// One byte for the realm, and a URL.
pub fn urls(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let realm = REALMS[usize::from(bytes.byte()) % REALMS.len()];
    let Ok(url) = core::str::from_utf8(bytes.rest()) else { return };
    if check_given(realm, url).is_err() {
        return;
    }
    // What nobody can read leads nowhere.
    let Ok(uri) = url.parse::<Uri>() else { return };
    let host = uri.host().expect("a host").to_ascii_lowercase();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host == "localhost" || host == "::1" || host.starts_with("127.");
    let is_own = match realm {
        "https://api.backblazeb2.com" => {
            let (bare, with) =
                (["backblazeb2.com", "backblaze.com"], [".backblazeb2.com", ".backblaze.com"]);
            bare.contains(&host) || with.iter().any(|end| host.ends_with(end))
        }
        "https://api.example.org" => host == "example.org" || host.ends_with(".example.org"),
        _ => is_loopback,
    };
    assert!(is_own, "{url} is not {realm}'s");
    assert!(!url.contains('@') || uri.authority().is_some_and(|it| !it.as_str().contains('@')));
    let is_plain_realm = realm.starts_with("http:");
    let scheme = uri.scheme_str();
    assert!(scheme == Some("https") || (scheme == Some("http") && is_plain_realm), "{url}");
}
