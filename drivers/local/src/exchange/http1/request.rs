//! The head of a request.

use core::fmt::Write as _;

use bytes::BytesMut;
use http::uri::PathAndQuery;
use http::{Method, Uri};

use crate::exchange::proxy::{self, Proxy};
use crate::exchange::{HeaderList, Origin};

/// The head as it goes out: the headers as they are, and `Host`. A proxy that forwards requests
/// wants the whole URL and, where it has them, its credentials.
pub fn head(
    method: &Method,
    uri: &Uri,
    origin: &Origin,
    headers: &HeaderList,
    forwarder: Option<&Proxy>,
) -> BytesMut {
    let mut head = BytesMut::with_capacity(1024);
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let slash = if path.starts_with('/') { "" } else { "/" };
    let prefix = forwarder.map(|_| proxy::line_prefix(origin)).unwrap_or_default();
    // Writing to memory does not fail.
    let _ = write!(head, "{method} {prefix}{slash}{path} HTTP/1.1\r\n");
    let _ = write!(head, "host: {}\r\n", origin.host_field());
    head.extend_from_slice(headers.lines());
    if let Some(value) = forwarder.and_then(Proxy::authorization) {
        for piece in [b"proxy-authorization: ", value.as_bytes(), b"\r\n"] {
            head.extend_from_slice(piece);
        }
    }
    head.extend_from_slice(b"\r\n");
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(url: &str, forwarder: Option<&Proxy>) -> String {
        let mut headers = HeaderList::new();
        headers.push("x-one", 1, false).expect("a header");
        let uri = url.parse().expect("a URL");
        let origin = Origin::of(&uri).expect("a server");
        let head = head(&Method::GET, &uri, &origin, &headers, forwarder);
        String::from_utf8(head.to_vec()).expect("text")
    }

    #[test]
    fn a_head_says_what_it_was_told_and_the_host() {
        let head = text("https://pod.test:443/a%20b?c=d", None);
        assert_eq!(head, "GET /a%20b?c=d HTTP/1.1\r\nhost: pod.test\r\nx-one: 1\r\n\r\n");
        let head = text("http://[::1]:81", None);
        assert_eq!(head, "GET / HTTP/1.1\r\nhost: [::1]:81\r\nx-one: 1\r\n\r\n");
        assert!(text("http://pod.test?c=d", None).starts_with("GET /?c=d HTTP/1.1\r\n"));
    }

    #[test]
    fn a_proxy_is_told_the_whole_url() {
        let proxy = Proxy::parse("http://me:a%40b@proxy.test").expect("a proxy");
        let head = text("http://pod.test/a", Some(&proxy));
        let credentials = "proxy-authorization: Basic bWU6YUBi\r\n";
        let rest = format!("host: pod.test\r\nx-one: 1\r\n{credentials}\r\n");
        assert_eq!(head, format!("GET http://pod.test/a HTTP/1.1\r\n{rest}"));
    }
}
