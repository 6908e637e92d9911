//! What the two arguments of a sync name (behaviour f.1).

use std::path::PathBuf;

use crate::failure::Failure;

/// One side of a sync.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Side {
    Local(PathBuf),
    Bucket(Place),
}

/// A folder in a bucket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) bucket: String,
    /// What the names in it begin with: empty, or with a slash at the end.
    pub(super) prefix: String,
}

impl Side {
    /// `b2://bucket/path`, `b2:bucket/path`, or a local path.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let rest = match (text.strip_prefix("b2://"), text.strip_prefix("b2:")) {
            (Some(rest), _) => rest,
            (None, Some(rest)) if rest.starts_with(|c: char| c.is_ascii_alphanumeric()) => rest,
            (None, _) if text.is_empty() => {
                return Err(Failure::message("a folder cannot have an empty name"));
            }
            (None, _) => return Ok(Self::Local(PathBuf::from(text))),
        };
        if rest.contains("//") {
            return Err(Failure::message(format_args!("'//' not allowed in path {text}")));
        }
        let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(Failure::message(format_args!("there is no bucket in {text}")));
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        Ok(Self::Bucket(Place { bucket: bucket.to_owned(), prefix }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_have_two_spellings_and_all_else_is_local() {
        let place = |bucket: &str, prefix: &str| {
            Side::Bucket(Place { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
        };
        for (text, want) in [
            ("b2://b", place("b", "")),
            ("b2://b/", place("b", "")),
            ("b2:b/x/y", place("b", "x/y/")),
            ("b2://b/x/", place("b", "x/")),
            ("b2:/x", Side::Local("b2:/x".into())),
            ("b2:-x", Side::Local("b2:-x".into())),
            ("./b2", Side::Local("./b2".into())),
        ] {
            assert_eq!(Side::parse(text).ok(), Some(want), "{text}");
        }
        for text in ["", "b2://b//x", "b2:///x", "b2://"] {
            assert!(Side::parse(text).is_err(), "{text}");
        }
    }
}
