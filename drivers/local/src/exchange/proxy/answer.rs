//! What a proxy says.

use b2_proto::error::Cause;
use http::StatusCode;

use crate::exchange::Trouble;

/// Longest answer to the request for a tunnel, in bytes.
pub const LEN_MAX: usize = 16 * 1024;

/// Looks at what has arrived of the answer to the request for a tunnel: whether the tunnel is
/// there. Until then it is to be called again with all of it and some more.
///
/// # Errors
/// There will be none; nothing has reached the server.
pub fn is_open(arrived: &[u8]) -> Result<bool, Trouble> {
    let mut rest = arrived;
    loop {
        let Some(len) = rest.windows(4).position(|end| end == b"\r\n\r\n") else {
            return match arrived.len() {
                len if len < LEN_MAX => Ok(false),
                _ => Err(refused("the answer of the proxy is too long")),
            };
        };
        let (head, behind) = rest.split_at(len + 4);
        let status = status(head).ok_or_else(|| refused("the proxy does not speak HTTP/1.1"))?;
        if status.is_informational() {
            rest = behind;
            continue;
        }
        check(status.as_u16())?;
        return match (status.is_success(), behind) {
            (true, []) => Ok(true),
            // The client begins, so this is no answer of the server.
            (true, _) => Err(refused("the proxy said more than that there is a tunnel")),
            (false, _) => Err(Trouble::new(
                Cause::Refused,
                format!("the proxy answered {} and opened no tunnel", status.as_u16()),
            )),
        };
    }
}

/// The proxy ended the connection instead of an answer.
pub fn ended() -> Trouble {
    refused("the proxy closed the connection")
}

/// Looks at the status of any answer, which may be the proxy's own: only proxies ask for
/// credentials of a proxy.
///
/// # Errors
/// It does. Asking again would not help, and nothing has reached the server.
pub fn check(status: u16) -> Result<(), Trouble> {
    match status == StatusCode::PROXY_AUTHENTICATION_REQUIRED.as_u16() {
        true => Err(no_credentials()),
        false => Ok(()),
    }
}

/// The proxy wants a name and a password, or others than it was told.
pub fn no_credentials() -> Trouble {
    const TEXT: &str = "the proxy answered 407: put the name and password it wants into its URL";
    Trouble::new(Cause::Unsendable, TEXT)
}

fn refused(detail: &str) -> Trouble {
    Trouble::new(Cause::Refused, detail)
}

/// The status in the first line of a head.
fn status(head: &[u8]) -> Option<StatusCode> {
    match head.get(..13)?.strip_prefix(b"HTTP/1.")? {
        [b'0' | b'1', b' ', digits @ .., b' ' | b'\r'] => StatusCode::from_bytes(digits).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: &str) -> Result<bool, (Cause, String)> {
        is_open(text.as_bytes()).map_err(|trouble| (trouble.cause, trouble.detail))
    }

    #[test]
    fn a_success_opens_the_tunnel() {
        let text = "HTTP/1.1 200 There you are\r\nX: y\r\n\r\n";
        for len in 0..text.len() {
            assert_eq!(judge(&text[..len]), Ok(false), "{len}");
        }
        for text in [text, "HTTP/1.0 200\r\n\r\n", "HTTP/1.1 100 Wait\r\n\r\nHTTP/1.1 201 \r\n\r\n"]
        {
            assert_eq!(judge(text), Ok(true), "{text}");
        }
    }

    #[test]
    fn anything_else_does_not() {
        for (text, words) in [
            ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 9\r\n\r\n", "answered 502"),
            ("HTTP/1.1 301 Go\r\n\r\nthere", "answered 301"),
            ("HTTP/1.1 200 OK\r\n\r\nx", "said more"),
            ("HTTP/1.1 2000 OK\r\n\r\n", "does not speak HTTP"),
            ("HTTP/1.1 20\r\n\r\n", "does not speak HTTP"),
            ("HTTP/2 200 OK\r\n\r\n", "does not speak HTTP"),
            ("SSH-2.0-x\r\n\r\n", "does not speak HTTP"),
        ] {
            let (cause, detail) = judge(text).expect_err(text);
            assert_eq!(cause, Cause::Refused, "{text}");
            assert!(detail.contains("proxy") && detail.contains(words), "{text}: {detail}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(LEN_MAX));
        assert!(judge(&endless).expect_err("endless").1.contains("too long"));
    }

    #[test]
    fn credentials_are_asked_for_by_name() {
        let (cause, detail) = judge("HTTP/1.1 407 Who?\r\n\r\n").expect_err("refused");
        assert_eq!(cause, Cause::Unsendable, "repeating it would not help");
        assert!(detail.contains("407") && detail.contains("password"), "{detail}");
        assert!(check(407).is_err());
        assert!(check(401).is_ok());
    }
}
