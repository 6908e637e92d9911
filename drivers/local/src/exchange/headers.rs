//! Headers of an answer as the core reads them.

use b2_proto::error::Cause;
use b2_proto::wire::reply::Headers;
use http::{HeaderMap, HeaderName};

use super::Trouble;

/// Most headers of an answer: all file info that fits into the service's limit, each entry a
/// header of its own, leaves room for a hundred others.
pub const COUNT_MAX: usize = 512;
/// Longest head of an answer, in bytes. The same file info is three times as long where each byte
/// of it is encoded.
pub const LEN_MAX: usize = 64 * 1024;

/// Looks at the headers of an answer that an HTTP library with a higher bound has read.
///
/// # Errors
/// They are longer than [`LEN_MAX`].
pub fn check_len(headers: &HeaderMap) -> Result<(), Trouble> {
    // A colon, a space and the end of the line.
    let line_len =
        |(name, value): (&HeaderName, &http::HeaderValue)| name.as_str().len() + value.len() + 4;
    let len: usize = headers.iter().map(line_len).sum();
    let too_long = || Trouble::new(Cause::BadReply, "the head of the answer is too long");
    if len <= LEN_MAX { Ok(()) } else { Err(too_long()) }
}

/// The headers of one answer.
#[derive(Clone, Debug, Default)]
pub struct ReplyHeaders(pub HeaderMap);

impl Headers for ReplyHeaders {
    fn value(&self, name: &str) -> Option<&str> {
        // Answers have a dozen headers: comparing them costs less than making a name to look up.
        let is_named = |field: &(&HeaderName, _)| field.0.as_str().eq_ignore_ascii_case(name);
        let (_, value) = self.0.iter().find(is_named)?;
        core::str::from_utf8(value.as_bytes()).ok()
    }

    fn each(&self, take: &mut dyn FnMut(&str, &str)) {
        for (name, value) in &self.0 {
            if let Ok(value) = core::str::from_utf8(value.as_bytes()) {
                take(name.as_str(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn long_heads_are_refused() {
        let mut map = HeaderMap::new();
        let long = "x".repeat(LEN_MAX - 5);
        map.insert("x", HeaderValue::from_str(&long).expect("legal"));
        assert_eq!(check_len(&map), Ok(()));
        map.insert("y", HeaderValue::from_static(""));
        check_len(&map).expect_err("too long");
    }

    #[test]
    fn names_ignore_case_and_values_must_be_text() {
        let mut map = HeaderMap::new();
        map.insert("x-one", HeaderValue::from_static("1"));
        map.insert("x-two", HeaderValue::from_bytes(&[0xff]).expect("legal"));
        let headers = ReplyHeaders(map);
        assert_eq!(headers.value("X-One"), Some("1"));
        assert_eq!(headers.value("X-Two"), None);
        let mut seen = Vec::new();
        headers.each(&mut |name, value| seen.push(format!("{name}: {value}")));
        assert_eq!(seen, ["x-one: 1"]);
    }
}
