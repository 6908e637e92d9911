//! Where a request goes, as a URL that is written on demand.

use super::API_VERSION;
use crate::name::Encoded;
use core::fmt::{self, Display};

/// Where a request goes. `Display` writes the whole URL.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    /// `{base}/b2api/v4/{operation}` (spec 1.1).
    Api {
        /// API URL of the login, or the realm's URL for the login itself.
        base: &'a str,
        /// The operation, such as `b2_list_buckets`.
        operation: &'static str,
    },
    /// An upload URL exactly as the service gave it. It is as good as a password.
    Upload(&'a str),
    /// `{base}/b2api/v4/b2_download_file_by_id?fileId={id}`.
    FileById {
        /// Download URL of the login.
        base: &'a str,
        /// The file version.
        file_id: &'a str,
        /// Further query parameters.
        query: Query<'a>,
    },
    /// `{base}/file/{bucket}/{name}`.
    FileByName {
        /// Download URL of the login.
        base: &'a str,
        /// The bucket's name, which needs no encoding.
        bucket: &'a str,
        /// The file's name, encoded while it is written.
        name: &'a str,
        /// Further query parameters.
        query: Query<'a>,
    },
}

/// Query parameters: names and texts that are encoded while they are written.
pub type Query<'a> = &'a dyn QueryPairs;

/// Something that adds parameters to a query.
pub trait QueryPairs {
    /// Calls `put` with each name and text until it fails.
    ///
    /// # Errors
    /// Those of `put`.
    fn each(&self, put: &mut dyn FnMut(&str, &str) -> fmt::Result) -> fmt::Result;
}

/// No parameters.
pub const NO_QUERY: Query<'static> = &[] as &[(&str, &str); 0];

impl<N: AsRef<str>, V: AsRef<str>, const COUNT: usize> QueryPairs for [(N, V); COUNT] {
    fn each(&self, put: &mut dyn FnMut(&str, &str) -> fmt::Result) -> fmt::Result {
        self.iter().try_for_each(|(name, value)| put(name.as_ref(), value.as_ref()))
    }
}

#[cfg(feature = "alloc")]
impl<N: AsRef<str>, V: AsRef<str>> QueryPairs for alloc::vec::Vec<(N, V)> {
    fn each(&self, put: &mut dyn FnMut(&str, &str) -> fmt::Result) -> fmt::Result {
        self.iter().try_for_each(|(name, value)| put(name.as_ref(), value.as_ref()))
    }
}

#[cfg(feature = "alloc")]
impl<V: AsRef<str>> QueryPairs for alloc::vec::Vec<(crate::info::Override, V)> {
    fn each(&self, put: &mut dyn FnMut(&str, &str) -> fmt::Result) -> fmt::Result {
        self.iter().try_for_each(|(header, value)| put(header.query(), value.as_ref()))
    }
}

impl Target<'_> {
    /// The target as it may be shown: upload URLs and authorizations are left out.
    pub fn redacted(&self) -> impl Display + '_ {
        Redacted(self)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, redact: bool) -> fmt::Result {
        match *self {
            Self::Api { base, operation } => {
                write_all(f, [trimmed(base), "/b2api/", API_VERSION, "/", operation])
            }
            Self::Upload(url) => f.write_str(if redact { "(an upload URL)" } else { url }),
            Self::FileById { base, file_id, query } => {
                const QUERY: &str = "/b2_download_file_by_id?fileId=";
                write_all(f, [trimmed(base), "/b2api/", API_VERSION, QUERY, file_id])?;
                write_query(f, "&", query, redact)
            }
            Self::FileByName { base, bucket, name, query } => {
                write_all(f, [trimmed(base), "/file/", bucket, "/", ""])?;
                Encoded(name).fmt(f)?;
                write_query(f, "?", query, redact)
            }
        }
    }
}

impl Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}

impl fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, true)
    }
}

struct Redacted<'a>(&'a Target<'a>);

impl Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, true)
    }
}

/// The service gives base URLs without a trailing slash; one is tolerated (spec 1.1).
fn trimmed(base: &str) -> &str {
    base.strip_suffix('/').unwrap_or(base)
}

fn write_query(
    f: &mut fmt::Formatter<'_>,
    first: &str,
    query: Query<'_>,
    redact: bool,
) -> fmt::Result {
    let mut separator = first;
    query.each(&mut |name, value| {
        let before = core::mem::replace(&mut separator, "&");
        write_all(f, [before, name, "="])?;
        if redact && name == "Authorization" { f.write_str("***") } else { Encoded(value).fmt(f) }
    })
}

fn write_all<const N: usize>(f: &mut fmt::Formatter<'_>, pieces: [&str; N]) -> fmt::Result {
    pieces.iter().try_for_each(|piece| f.write_str(piece))
}
