//! How temporary files are called: after their target, with a number.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use b2_proto::wire::text::Sha1;

use super::folder_of;

pub(super) const SUFFIX: &str = ".b2part";
/// What is beside it while it is kept for the next run: what of it is there, and the same while it
/// is written anew.
pub(super) const JOURNAL_EXTENSION: &str = "b2done";
pub(crate) const NEXT_EXTENSION: &str = "b2next";
/// Bytes of the target's name that are kept: most file systems take 255 in all.
const STEM_LEN_MAX: usize = 200;
/// Bytes that are added to a target's path at most.
const MARKS_LEN_MAX: usize = 16;
/// Temporary files of one target are numbered up to here. Only writers of the same target at the
/// same time need more than the first.
pub(super) const NUMBERS: u32 = 64;

/// The temporary file of a target with this number.
pub(super) fn numbered(target: &Path, number: u32) -> PathBuf {
    let stem = stem_of(target);
    // In one piece: each download to a path looks for one of these.
    let mut path = PathBuf::with_capacity(target.as_os_str().len() + MARKS_LEN_MAX);
    path.push(folder_of(target));
    path.push(format!(".{stem}.{number}{SUFFIX}"));
    path
}

/// Whether a file of this name is one of these, left behind or at work.
pub(crate) fn is_temporary(name: &str) -> bool {
    let kinds = [SUFFIX.trim_start_matches('.'), JOURNAL_EXTENSION, NEXT_EXTENSION];
    let named = name.strip_prefix('.').and_then(|name| name.rsplit_once('.'));
    let numbered = named.filter(|(_, kind)| kinds.contains(kind)).map(|(name, _)| name);
    let number = numbered.and_then(|name| name.rsplit_once('.')).map(|(_, number)| number);
    number.is_some_and(|number| number.parse::<u32>().is_ok_and(|number| number < NUMBERS))
}

/// The target's name, or as much of it as fits and a hash of all of it: no two targets share one.
fn stem_of(target: &Path) -> Cow<'_, str> {
    let name = target.file_name().unwrap_or_default();
    if let Some(name) = name.to_str().filter(|name| name.len() <= STEM_LEN_MAX) {
        return name.into();
    }
    let hash = Sha1::of(name.as_encoded_bytes()).to_string();
    let name = name.to_string_lossy();
    let end = name.floor_char_boundary(STEM_LEN_MAX);
    format!("{}~{hash:.16}", name.get(..end).unwrap_or_default()).into()
}
