//! The conformance vectors: files of one JSON object per line.

use std::path::PathBuf;
use std::{env, fs};

/// Names the folder of another set.
const VARIABLE: &str = "B2_VECTORS";

/// Whether the vectors are the project's own, of which is known how many there are; another set in
/// the same formats may have any number of lines.
#[must_use]
pub fn are_own() -> bool {
    env::var_os(VARIABLE).is_none()
}

/// The text of the file of that name, from the folder that `B2_VECTORS` names, else from this one.
///
/// # Panics
/// When there is none.
#[must_use]
#[track_caller]
pub fn text(file: &str) -> String {
    let own = || PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = env::var_os(VARIABLE).map_or_else(own, PathBuf::from).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
