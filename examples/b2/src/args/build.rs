//! `b2 file build`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::encryption::{DestinationArgs, SourceArgs};
use super::file::{ContinueArgs, HeaderArgs};
use super::uri::{self, FileUri};
use super::values;

#[derive(Args, Debug)]
pub(crate) struct BuildArgs {
    /// b2://bucket/name
    #[arg(value_name = "B2_URI", value_parser = uri::file)]
    pub(crate) target: FileUri,
    /// What the file consists of: local files, b2://bucket/name or b2id://file-id, each behind
    /// those before it, or at an offset with `OFFSET=` before it; `:FIRST,LAST` behind it takes
    /// these bytes only, both included
    #[arg(value_name = "SOURCE", required = true, value_parser = source)]
    pub(crate) sources: Vec<SourceArg>,
    /// Which source is taken where local and stored ones overlap
    #[arg(long, value_name = "RULE", conflicts_with = "least_transfer")]
    pub(crate) prioritize: Option<Prioritize>,
    /// Moves as few bytes as possible
    #[arg(long)]
    pub(crate) least_transfer: bool,
    /// Compares copied parts with the local bytes that are there as well
    #[arg(long)]
    pub(crate) verify_overlap: bool,
    /// Tells what would be sent, fetched and copied, and builds nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// MIME type; the service derives it from the name unless given
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// File info, `key=value`; can be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) info: Vec<String>,
    #[command(flatten)]
    pub(crate) headers: HeaderArgs,
    /// SHA-1 the file is known to have
    #[arg(long, value_name = "HEX", value_parser = values::sha1)]
    pub(crate) sha1: Option<b2_proto::wire::text::Sha1>,
    /// Shortest part of a large file, in bytes
    #[arg(long, value_name = "BYTES")]
    pub(crate) min_part_size: Option<u64>,
    /// Works on so many parts at the same time
    #[arg(long, value_name = "COUNT")]
    pub(crate) threads: Option<usize>,
    /// Shows no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
    #[command(flatten)]
    pub(crate) unfinished: ContinueArgs,
    #[command(flatten)]
    pub(crate) encryption: DestinationArgs,
    #[command(flatten)]
    pub(crate) source_encryption: SourceArgs,
}

/// Which source is taken where several have the same bytes.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
#[value(rename_all = "snake_case")]
pub(crate) enum Prioritize {
    /// Local ones
    Local,
    /// Stored ones, wherever they are long enough to be copied
    Remote,
    /// The same, and what is local as well is copied apart and compared
    LocalVerification,
}

/// Some bytes, and where they go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SourceArg {
    /// Behind everything before, unless it is said.
    pub(crate) at: Option<u64>,
    pub(crate) place: Place,
    /// The first and the last byte, if not all.
    pub(crate) range: Option<(u64, u64)>,
}

/// Where bytes are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    Local(PathBuf),
    Stored(FileUri),
}

/// `[OFFSET=]PLACE[:FIRST,LAST]`
fn source(text: &str) -> Result<SourceArg, String> {
    let placed = text.split_once('=').and_then(|(at, rest)| Some((parsed(at)?, rest)));
    let (at, rest) = placed.map_or((None, text), |(at, rest)| (Some(at), rest));
    let ranged = rest.rsplit_once(':').and_then(|(place, range)| {
        let is_range = range.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
        (is_range && range.contains(',')).then_some((place, range))
    });
    let (place, range) = match ranged {
        Some((place, range)) => (place, Some(values::byte_range(range)?)),
        None => (rest, None),
    };
    let is_stored = place.starts_with("b2://") || place.starts_with("b2id://");
    let place =
        if is_stored { Place::Stored(uri::file(place)?) } else { Place::Local(place.into()) };
    Ok(SourceArg { at, place, range })
}

fn parsed(text: &str) -> Option<u64> {
    b2_proto::wire::text::parse_u64(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_a_place_a_range_and_an_offset() {
        let local = |path: &str| Place::Local(path.into());
        let stored = |name: &str| {
            Place::Stored(FileUri::Name { bucket: "bucket".to_owned(), name: name.to_owned() })
        };
        let id = Place::Stored(FileUri::Id("4_z1".to_owned()));
        for (text, at, place, range) in [
            ("log", None, local("log"), None),
            ("./5=log", None, local("./5=log"), None),
            ("a=log:b", None, local("a=log:b"), None),
            ("5=log:0,9", Some(5), local("log"), Some((0, 9))),
            ("b2://bucket/a:b", None, stored("a:b"), None),
            ("0=b2://bucket/a:7,7", Some(0), stored("a"), Some((7, 7))),
            ("b2id://4_z1:1,2", None, id, Some((1, 2))),
        ] {
            assert_eq!(source(text), Ok(SourceArg { at, place, range }), "{text}");
        }
        assert!(source("log:9,3").is_err());
        assert!(source("b2://bucket/").is_err());
    }
}
