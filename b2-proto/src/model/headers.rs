//! What file info says under keys that everybody knows, by name.

use alloc::format;

use crate::policy::clock::parse_http_date;

/// Writes the methods that read what everybody knows out of a type's `file_info`: the time of the
/// source, and standard headers.
macro_rules! header_methods {
    ($type:ty) => {
        impl $type {
            /// When the source was last modified, in milliseconds since the Unix epoch, if the
            /// uploader said so (file info `src_last_modified_millis`).
            pub fn src_last_modified_ms(&self) -> Option<i64> {
                self.file_info.get(crate::info::SRC_LAST_MODIFIED_MILLIS)?.parse().ok()
            }

            /// `Cache-Control` of its downloads.
            pub fn cache_control(&self) -> Option<&str> {
                self.header(Override::CacheControl)
            }

            /// `Content-Disposition` of its downloads.
            pub fn content_disposition(&self) -> Option<&str> {
                self.header(Override::ContentDisposition)
            }

            /// `Content-Encoding` of its downloads.
            pub fn content_encoding(&self) -> Option<&str> {
                self.header(Override::ContentEncoding)
            }

            /// `Content-Language` of its downloads.
            pub fn content_language(&self) -> Option<&str> {
                self.header(Override::ContentLanguage)
            }

            /// `Expires` of its downloads, as it is written.
            pub fn expires(&self) -> Option<&str> {
                self.header(Override::Expires)
            }

            /// `Expires` of its downloads in seconds since the Unix epoch, if it is a date in one
            /// of the three forms that HTTP knows.
            pub fn expires_s(&self) -> Option<u64> {
                http_date_s(self.expires()?)
            }

            fn header(&self, header: Override) -> Option<&str> {
                self.file_info.get(header.info_key()?).map(String::as_str)
            }
        }
    };
}

pub(super) use header_methods;

/// Seconds since the Unix epoch of a date of HTTP: `Sun, 06 Nov 1994 08:49:37 GMT`, or in the
/// forms that are not written any more, `Sunday, 06-Nov-94 08:49:37 GMT` and
/// `Sun Nov  6 08:49:37 1994`. Years of two digits are those from 1969 to 2068.
pub(super) fn http_date_s(text: &str) -> Option<u64> {
    parse_http_date(text).or_else(|| with_hyphens(text)).or_else(|| in_c(text))
}

fn with_hyphens(text: &str) -> Option<u64> {
    let (weekday, rest) = text.split_once(", ")?;
    let (date, time) = rest.split_once(' ')?;
    let mut parts = date.split('-');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let is_form = weekday.ends_with("day") && year.len() == 2 && parts.next().is_none();
    let century = if year < "69" { "20" } else { "19" };
    let weekday = weekday.get(..3).filter(|_| is_form)?;
    parse_http_date(&format!("{weekday}, {day} {month} {century}{year} {time}"))
}

fn in_c(text: &str) -> Option<u64> {
    let mut words = text.split_ascii_whitespace();
    let (weekday, month, day) = (words.next()?, words.next()?, words.next()?);
    let (time, year) = (words.next()?, words.next()?);
    words.next().is_none().then_some(())?;
    parse_http_date(&format!("{weekday}, {day:0>2} {month} {year} {time} GMT"))
}

#[cfg(test)]
mod tests {
    use super::super::{FileAction, FileVersion};
    use super::http_date_s;

    #[test]
    fn dates_have_three_forms() {
        let want = Some(784_111_777);
        assert_eq!(http_date_s("Sun, 06 Nov 1994 08:49:37 GMT"), want);
        assert_eq!(http_date_s("Sunday, 06-Nov-94 08:49:37 GMT"), want);
        assert_eq!(http_date_s("Sun Nov  6 08:49:37 1994"), want);
        assert_eq!(http_date_s("Monday, 01-Jan-68 00:00:00 GMT"), Some(3_092_601_600));
        for bad in [
            "",
            "0",
            "tomorrow",
            "Sun, 06-Nov-94 08:49:37 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Sunday, 06-Nov-94-1 08:49:37 GMT",
            "Sun Nov 31 08:49:37 1994",
            "Sun Nov  6 08:49:37 1994 GMT",
            "S\u{17c}nday, 06-Nov-94 08:49:37 GMT",
        ] {
            assert_eq!(http_date_s(bad), None, "{bad}");
        }
    }

    #[test]
    fn headers_are_read_by_their_names() {
        let mut file = FileVersion::new("a", "b", "4_z", "n", FileAction::Upload);
        assert_eq!((file.cache_control(), file.expires_s()), (None, None));
        for (key, value) in [
            ("b2-cache-control", "no-store"),
            ("b2-content-disposition", "attachment"),
            ("b2-content-encoding", "gzip"),
            ("b2-content-language", "pl"),
            ("b2-expires", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ] {
            file.file_info.insert(key.into(), value.into());
        }
        assert_eq!(file.cache_control(), Some("no-store"));
        assert_eq!(file.content_disposition(), Some("attachment"));
        assert_eq!(file.content_encoding(), Some("gzip"));
        assert_eq!(file.content_language(), Some("pl"));
        assert_eq!(file.expires(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert_eq!(file.expires_s(), Some(784_111_777));
    }
}
