//! The two ends of a sync, as a person names them.

use std::path::{Path, PathBuf};

use b2_proto::error::Error;

/// One end of a sync.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// A local folder.
    Folder(PathBuf),
    /// A folder in a bucket.
    Bucket {
        /// The bucket's name.
        bucket: String,
        /// What the names in it begin with: empty, or with a slash at the end.
        prefix: String,
    },
}

impl Place {
    /// `b2://bucket/path`, `b2:bucket/path`, or a local path (behaviour f.1).
    ///
    /// # Errors
    /// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) for nothing at all, `//` in a
    /// path of a bucket, and one without a bucket.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let rest = match (text.strip_prefix("b2://"), text.strip_prefix("b2:")) {
            (Some(rest), _) => rest,
            (None, Some(rest)) if rest.starts_with(|c: char| c.is_ascii_alphanumeric()) => rest,
            (None, _) if text.is_empty() => {
                return Err(Error::invalid("a folder cannot have an empty name"));
            }
            (None, _) => return Ok(Self::Folder(PathBuf::from(text))),
        };
        let refuse = |what: &str| Err(Error::invalid(&format!("{what} {text}")));
        if rest.contains("//") {
            return refuse("'//' not allowed in path");
        }
        let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return refuse("there is no bucket in");
        }
        Ok(Self::in_bucket(bucket, path))
    }

    /// A folder in a bucket; all of it for an empty path.
    pub fn in_bucket(bucket: impl Into<String>, path: &str) -> Self {
        let path = path.strip_suffix('/').unwrap_or(path);
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        Self::Bucket { bucket: bucket.into(), prefix }
    }
}

/// What can be read as a [`Place`], or why it cannot.
#[derive(Clone, Debug)]
pub struct Named(pub Result<Place, Error>);

impl From<Place> for Named {
    fn from(place: Place) -> Self {
        Self(Ok(place))
    }
}

impl From<&str> for Named {
    fn from(text: &str) -> Self {
        Self(Place::parse(text))
    }
}

impl From<String> for Named {
    fn from(text: String) -> Self {
        Self(Place::parse(&text))
    }
}

/// A path is always local.
impl From<PathBuf> for Named {
    fn from(path: PathBuf) -> Self {
        Self(Ok(Place::Folder(path)))
    }
}

impl From<&Path> for Named {
    fn from(path: &Path) -> Self {
        path.to_owned().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_have_two_spellings_and_all_else_is_local() {
        for (text, want) in [
            ("b2://b", Place::in_bucket("b", "")),
            ("b2://b/", Place::in_bucket("b", "")),
            ("b2:b/x/y", Place::in_bucket("b", "x/y/")),
            ("b2://b/x/", Place::in_bucket("b", "x/")),
            ("b2:/x", Place::Folder("b2:/x".into())),
            ("b2:-x", Place::Folder("b2:-x".into())),
            ("./b2", Place::Folder("./b2".into())),
        ] {
            assert_eq!(Place::parse(text), Ok(want), "{text}");
        }
        for text in ["", "b2://b//x", "b2:///x", "b2://"] {
            assert!(Place::parse(text).is_err(), "{text}");
        }
    }
}
