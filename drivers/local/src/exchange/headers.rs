//! Headers of an answer as the core reads them.

use b2_proto::wire::reply::Headers;
use http::{HeaderMap, HeaderName};

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
