//! Replies as the driver hands them in.

use crate::wire::text::{is_same_word, parse_u64};

/// The headers of a reply. Names are compared without regard to case.
pub trait Headers {
    /// The first value of the header `name`, if it is text.
    fn value(&self, name: &str) -> Option<&str>;

    /// Calls `take` with each name and value that is text.
    fn each(&self, take: &mut dyn FnMut(&str, &str));
}

impl<N: AsRef<str>, V: AsRef<str>> Headers for [(N, V)] {
    fn value(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(each, _)| is_same_word(each.as_ref().as_bytes(), name.as_bytes()))
            .map(|(_, value)| value.as_ref())
    }

    fn each(&self, take: &mut dyn FnMut(&str, &str)) {
        for (name, value) in self {
            take(name.as_ref(), value.as_ref());
        }
    }
}

impl<N: AsRef<str>, V: AsRef<str>, const COUNT: usize> Headers for [(N, V); COUNT] {
    fn value(&self, name: &str) -> Option<&str> {
        self.as_slice().value(name)
    }

    fn each(&self, take: &mut dyn FnMut(&str, &str)) {
        self.as_slice().each(take);
    }
}

/// A whole small reply.
#[derive(Clone, Copy)]
pub struct Reply<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: &'a dyn Headers,
    /// The body, at most as long as the request allowed.
    pub body: &'a [u8],
}

impl Reply<'_> {
    /// Whether the service did what was asked: 200, or 206 for ranges (spec 5.1).
    pub const fn is_success(&self) -> bool {
        is_success(self.status)
    }
}

/// Whether `status` means that the service did what was asked (spec 5.1).
pub const fn is_success(status: u16) -> bool {
    matches!(status, 200 | 206)
}

/// Seconds of a `Retry-After` header; the form with a date is ignored (spec 5.4).
pub fn retry_after_s(headers: &dyn Headers) -> Option<u32> {
    let text = headers.value("Retry-After")?.trim_ascii();
    parse_u64(text).map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_ignore_case() {
        let headers = [("Retry-After", "7"), ("X", "y")];
        assert_eq!(headers.value("retry-after"), Some("7"));
        assert_eq!(headers.value("z"), None);
    }

    #[test]
    fn only_whole_seconds_count() {
        let seconds = |text| retry_after_s(&[("retry-after", text)]);
        assert_eq!(seconds("9"), Some(9));
        assert_eq!(seconds("1.5"), None);
        assert_eq!(seconds("Wed, 21 Oct 2026 07:28:00 GMT"), None);
        assert_eq!(seconds("-1"), None);
        assert_eq!(seconds("99999999999"), Some(u32::MAX));
    }
}
