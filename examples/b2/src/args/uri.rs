//! `b2://bucket/path` and `b2id://file-id`.

use core::fmt;

/// What a URI of the command line names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Uri {
    /// All buckets.
    Buckets,
    /// A place in a bucket; the path is empty for the bucket itself.
    Path { bucket: String, path: String },
    /// A version of a file.
    Id(String),
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Buckets => f.write_str("b2://"),
            Self::Path { bucket, path } => write!(f, "b2://{bucket}/{path}"),
            Self::Id(id) => write!(f, "b2id://{id}"),
        }
    }
}

/// A file by its name or ID.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum FileUri {
    Name { bucket: String, name: String },
    Id(String),
}

/// Anything but all buckets.
pub(crate) fn any(text: &str) -> Result<Uri, String> {
    match parse(text)? {
        Uri::Buckets => Err(format!("Invalid B2 URI: '{text}'")),
        uri @ (Uri::Path { .. } | Uri::Id(_)) => Ok(uri),
    }
}

/// Anything, all buckets too.
pub(crate) fn any_or_all(text: &str) -> Result<Uri, String> {
    if text.is_empty() { Ok(Uri::Buckets) } else { parse(text) }
}

/// A file: a name that does not end in a slash, or an ID.
pub(crate) fn file(text: &str) -> Result<FileUri, String> {
    match any(text)? {
        Uri::Id(id) => Ok(FileUri::Id(id)),
        Uri::Path { bucket, path } if !path.is_empty() && !path.ends_with('/') => {
            Ok(FileUri::Name { bucket, name: path })
        }
        uri @ (Uri::Path { .. } | Uri::Buckets) => Err(format!(
            "B2 URI pointing to a file-like object is required, but {uri} was provided"
        )),
    }
}

/// An ID.
pub(crate) fn id(text: &str) -> Result<String, String> {
    match any(text)? {
        Uri::Id(id) => Ok(id),
        uri @ (Uri::Path { .. } | Uri::Buckets) => {
            Err(format!("B2 URI pointing to a file id is required, but {uri} was provided"))
        }
    }
}

/// A bucket without a path.
pub(crate) fn bucket(text: &str) -> Result<String, String> {
    match any(text)? {
        Uri::Path { bucket, path } if path.is_empty() => Ok(bucket),
        uri @ (Uri::Path { .. } | Uri::Id(_) | Uri::Buckets) => {
            let path = match &uri {
                Uri::Path { path, .. } => path.as_str(),
                Uri::Id(_) | Uri::Buckets => "",
            };
            Err(format!(
                "B2 URI pointing to a bucket object is required, but '{uri}' was provided which \
                 contains path part: '{path}'"
            ))
        }
    }
}

/// An ID, or a bucket without a path.
pub(crate) fn id_or_bucket(text: &str) -> Result<Uri, String> {
    match any(text)? {
        Uri::Id(id) => Ok(Uri::Id(id)),
        Uri::Path { .. } | Uri::Buckets => {
            bucket(text).map(|bucket| Uri::Path { bucket, path: String::new() })
        }
    }
}

/// A bucket and a path in it, which may be empty.
pub(crate) fn place(text: &str) -> Result<(String, String), String> {
    match any(text)? {
        Uri::Path { bucket, path } => Ok((bucket, path)),
        Uri::Id(_) | Uri::Buckets => Err(format!("Invalid B2 URI: '{text}'")),
    }
}

/// The name of a bucket, plain or as a URI.
pub(crate) fn bucket_name(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("URI cannot be empty".to_owned());
    }
    if !text.starts_with("b2://") {
        return Ok(text.to_owned());
    }
    match any(text)? {
        Uri::Path { bucket, path } if path.is_empty() => Ok(bucket),
        Uri::Path { path, .. } => Err(format!(
            "Expected a bucket name, but '{text}' was provided which contains path part: '{path}'"
        )),
        Uri::Id(_) | Uri::Buckets => Err(format!("Invalid B2 URI: '{text}'")),
    }
}

fn parse(given: &str) -> Result<Uri, String> {
    let invalid = || format!("Invalid B2 URI: '{given}'");
    let text = given.trim_start_matches(|c: char| c <= ' ').replace(['\n', '\r', '\t'], "");
    let unlike = || format!("{}; it begins with b2:// or b2id://", invalid());
    let (scheme, rest) = text.split_once(':').ok_or_else(unlike)?;
    match scheme.to_ascii_lowercase().as_str() {
        "b2" => {}
        "b2id" => {
            let id = rest.strip_prefix("//").ok_or_else(invalid)?;
            let is_legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-');
            return if !id.is_empty() && id.bytes().all(is_legal) {
                Ok(Uri::Id(id.to_owned()))
            } else {
                Err(invalid())
            };
        }
        other if !other.is_empty() && other.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            return Err(format!("Unsupported URI scheme: '{other}'"));
        }
        _ => return Err(invalid()),
    }
    let rest = rest.strip_prefix("//").ok_or_else(invalid)?;
    let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    match (bucket, path) {
        ("", "") => Ok(Uri::Buckets),
        ("", _) => Err(format!(
            "Invalid B2 URI: all buckets URI doesn't allow non-empty path, but '/{path}' was \
             provided"
        )),
        (_, _) if !bucket.bytes().all(is_legal) => Err(invalid()),
        (_, _) => Ok(Uri::Path { bucket: bucket.to_owned(), path: path.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(bucket: &str, path: &str) -> Result<Uri, String> {
        Ok(Uri::Path { bucket: bucket.to_owned(), path: path.to_owned() })
    }

    #[test]
    fn the_rest_after_the_bucket_is_literal() {
        assert_eq!(any("b2://my-b"), path("my-b", ""));
        assert_eq!(any("b2://my-b/"), path("my-b", ""));
        assert_eq!(any("B2://b.c//a%20?x#[y] z/"), path("b.c", "/a%20?x#[y] z/"));
        assert_eq!(any(" \x01b2://b/a\nb"), path("b", "ab"));
        assert_eq!(any("b2id://4_z-1:x"), Ok(Uri::Id("4_z-1:x".to_owned())));
        assert_eq!(any_or_all("b2://"), Ok(Uri::Buckets));
        assert_eq!(any_or_all(""), Ok(Uri::Buckets));
    }

    #[test]
    fn what_is_wrong_is_said_as_scripts_expect_it() {
        let message = |result: Result<Uri, String>| result.expect_err("refused");
        assert_eq!(message(any("x/y")), "Invalid B2 URI: 'x/y'; it begins with b2:// or b2id://");
        assert_eq!(message(any("b2://a_b/")), "Invalid B2 URI: 'b2://a_b/'");
        assert_eq!(message(any("s3://a/")), "Unsupported URI scheme: 's3'");
        assert!(message(any_or_all("b2:///x")).ends_with("but '/x' was provided"));
        assert!(file("b2://b/dir/").expect_err("folder").contains("b2://b/dir/ was provided"));
        assert!(id("b2://b/x").expect_err("name").contains("file id is required"));
        assert!(bucket_name("b2://b/x").expect_err("path").ends_with("path part: 'x'"));
        assert_eq!(bucket_name("plain name"), Ok("plain name".to_owned()));
    }
}
