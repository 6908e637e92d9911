//! Request heads: method, target and headers, written lazily.
//!
//! A [`Head`] borrows everything it needs, so making one copies nothing. The same head can become
//! a URL string, an HTTP/1.1 head in a small buffer, or a request of an HTTP library: the target
//! and every value implement `Display` and percent-encode while they are written.

use crate::machine::session::Lease;
use crate::op::file_spec::DescribeFile;
use crate::wire::body::DigestMode;
use crate::wire::range::ByteRange;
use crate::wire::text::{Decimal, Plain, write_ascii};
use core::fmt::{self, Display};

mod target;

pub use target::{NO_QUERY, Query, QueryPairs, Target};

/// The version segment of every API URL this client makes (spec 2.2).
pub const API_VERSION: &str = "v4";

/// The HTTP methods the service knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// Downloads.
    Get,
    /// File information by name.
    Head,
    /// Everything else.
    Post,
}

impl Method {
    /// The method as it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
        }
    }
}

/// The name of a header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldName<'a> {
    /// A fixed name.
    Known(&'static str),
    /// `X-Bz-Info-` and this key.
    Info(&'a str),
}

impl Display for FieldName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(name) => f.write_str(name),
            Self::Info(key) => {
                f.write_str(crate::info::INFO_HEADER_PREFIX)?;
                f.write_str(key)
            }
        }
    }
}

/// One header while it is being written.
pub struct Field<'a> {
    /// Its name.
    pub name: FieldName<'a>,
    /// Its value, encoded as the service wants it.
    pub value: &'a dyn Display,
    /// Whether the value is a key or a token and must not be logged.
    pub is_secret: bool,
}

/// Something that adds headers of its own to a request.
pub trait Fields {
    /// Calls `put` once for each header.
    fn each(&self, put: &mut dyn FnMut(Field<'_>));
}

/// The headers that tell one operation from another.
#[derive(Clone, Copy)]
pub enum FieldSet<'a> {
    /// None.
    None,
    /// Those of a call with a JSON body.
    JsonBody,
    /// Those of the upload of a whole file.
    File(&'a dyn DescribeFile),
    /// Those of the upload of a part.
    Part {
        /// From 1 on.
        number: u32,
        /// The file it becomes a part of, for its customer key.
        file: &'a dyn DescribeFile,
    },
    /// Any others.
    Other(&'a dyn Fields),
}

impl FieldSet<'_> {
    fn each(&self, put: &mut dyn FnMut(Field<'_>)) {
        match *self {
            Self::None => {}
            Self::JsonBody => plain(put, "Content-Type", &Plain("application/json")),
            Self::File(file) => file.spec().each_field(put),
            Self::Part { number, file } => {
                plain(put, "X-Bz-Part-Number", &Decimal(number.into()));
                file.spec().each_part_field(put);
            }
            Self::Other(fields) => fields.each(put),
        }
    }
}

/// How a request proves who sends it.
#[derive(Clone, Copy)]
pub enum Auth<'a> {
    /// Not at all.
    None,
    /// HTTP Basic with an application key, for the login only.
    Basic {
        /// The application key's ID.
        key_id: &'a str,
        /// The application key.
        key: &'a str,
    },
    /// A token, verbatim (spec 2.1).
    Token(&'a str),
}

/// Everything of a request but its body.
///
/// `Content-Length` is not among the headers: it is the body's length and belongs to framing.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// The method.
    pub method: Method,
    /// The URL.
    pub target: Target<'a>,
    /// The authorization.
    pub auth: Auth<'a>,
    /// A byte range, for downloads.
    pub range: Option<ByteRange>,
    /// Whether the answer is expected to be JSON.
    pub wants_json: bool,
    /// How the SHA-1 of the body travels, for uploads.
    pub content_sha1: Option<DigestMode>,
    /// Headers of the operation.
    pub fields: FieldSet<'a>,
    /// The service's test mode, if one was asked for (spec 1.7).
    pub test_mode: Option<&'static str>,
}

impl<'a> Head<'a> {
    /// A JSON call: `POST {base}/b2api/v4/{operation}` with `token`.
    pub fn json(base: &'a str, operation: &'static str, token: &'a str) -> Self {
        Self {
            method: Method::Post,
            target: Target::Api { base, operation },
            auth: Auth::Token(token),
            range: None,
            wants_json: true,
            content_sha1: None,
            fields: FieldSet::JsonBody,
            test_mode: None,
        }
    }

    /// An upload to a URL that was got for it.
    pub fn upload(lease: &'a Lease, digest: DigestMode, fields: FieldSet<'a>) -> Self {
        Self {
            method: Method::Post,
            target: Target::Upload(lease.url.expose()),
            auth: Auth::Token(lease.token.expose()),
            range: None,
            wants_json: true,
            content_sha1: Some(digest),
            fields,
            test_mode: None,
        }
    }

    /// Calls `put` once for each header.
    pub fn each_field(&self, put: &mut dyn FnMut(Field<'_>)) {
        match self.auth {
            Auth::None => {}
            Auth::Basic { key_id, key } => {
                secret(put, "Authorization", &Basic { key_id, key });
            }
            Auth::Token(token) => secret(put, "Authorization", &Plain(token)),
        }
        if self.wants_json {
            plain(put, "Accept", &Plain("application/json"));
        }
        if let Some(range) = &self.range {
            plain(put, "Range", range);
        }
        if let Some(digest) = &self.content_sha1 {
            plain(put, "X-Bz-Content-Sha1", digest);
        }
        self.fields.each(put);
        if let Some(mode) = self.test_mode {
            plain(put, "X-Bz-Test-Mode", &Plain(mode));
        }
    }
}

impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.method.as_str(), self.target)
    }
}

/// Puts one header that may be shown.
// Inlined, it would be in the bare core once for each header.
#[inline(never)]
pub(crate) fn plain(put: &mut dyn FnMut(Field<'_>), name: &'static str, value: &dyn Display) {
    put(Field { name: FieldName::Known(name), value, is_secret: false });
}

/// Puts one header that must not be shown.
#[inline(never)]
pub(crate) fn secret(put: &mut dyn FnMut(Field<'_>), name: &'static str, value: &dyn Display) {
    put(Field { name: FieldName::Known(name), value, is_secret: true });
}

/// `Basic` and the base64 of `id:key`, encoded three bytes at a time so that no buffer is needed.
struct Basic<'a> {
    key_id: &'a str,
    key: &'a str,
}

impl Display for Basic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Basic ")?;
        let mut group = [0_u8; 3];
        let mut filled = 0;
        for byte in self.key_id.bytes().chain(core::iter::once(b':')).chain(self.key.bytes()) {
            group[filled] = byte;
            filled += 1;
            if filled == group.len() {
                write_base64(f, group, filled)?;
                (group, filled) = ([0; 3], 0);
            }
        }
        match filled {
            0 => Ok(()),
            _ => write_base64(f, group, filled),
        }
    }
}

/// Writes the four characters that stand for the first `filled` bytes of `group`.
fn write_base64(f: &mut fmt::Formatter<'_>, group: [u8; 3], filled: usize) -> fmt::Result {
    let [a, b, c] = group;
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sextets = [a >> 2, (a & 3) << 4 | b >> 4, (b & 15) << 2 | c >> 6, c & 63];
    let mut text = sextets.map(|sextet| DIGITS[usize::from(sextet & 63)]);
    text.iter_mut().skip(filled + 1).for_each(|pad| *pad = b'=');
    write_ascii(f, &text)
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::string::{String, ToString as _};

    fn fields(head: &Head<'_>) -> String {
        let mut text = String::new();
        head.each_field(&mut |field| {
            text += &std::format!("{}: {}\n", field.name, field.value);
        });
        text
    }

    #[test]
    fn a_json_call_has_its_url_and_headers() {
        let head = Head::json("https://api.test/", "b2_hide_file", "tok");
        assert_eq!(head.target.to_string(), "https://api.test/b2api/v4/b2_hide_file");
        assert_eq!(
            fields(&head),
            "Authorization: tok\nAccept: application/json\nContent-Type: application/json\n"
        );
    }

    #[test]
    fn basic_authorization_is_base64_of_id_and_key() {
        for (key_id, key, expected) in [
            ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("a", "b", "Basic YTpi"),
            ("ab", "c", "Basic YWI6Yw=="),
        ] {
            assert_eq!(Basic { key_id, key }.to_string(), expected);
        }
    }

    #[test]
    fn names_and_queries_are_encoded_and_secrets_left_out_of_debug() {
        let query = [("Authorization", "3_x="), ("b2ContentType", "a/b c")];
        let target = Target::FileByName {
            base: "https://f.test",
            bucket: "photos",
            name: "a b/\u{17c}",
            query: &query,
        };
        let url = "https://f.test/file/photos/a%20b/%C5%BC?Authorization=";
        let rest = "&b2ContentType=a/b%20c";
        assert_eq!(target.to_string(), std::format!("{url}3_x%3D{rest}"));
        assert_eq!(std::format!("{target:?}"), std::format!("{url}***{rest}"));
        let upload = Target::Upload("https://pod.test/secret");
        assert!(!std::format!("{upload:?}").contains("secret"));
    }
}
