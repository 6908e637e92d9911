//! File info as it is given on the command line.

use std::collections::BTreeMap;

use crate::args::{HeaderArgs, values};
use crate::failure::Failure;
use crate::output::note;

/// All file info that was given; the options for headers win (spec 3.5).
pub(super) fn merged(
    pairs: &[String],
    headers: &HeaderArgs,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut info = BTreeMap::new();
    for pair in pairs {
        let (key, value) = values::key_value(pair).map_err(Failure::Message)?;
        info.insert(key, value);
    }
    let mut overwritten = Vec::new();
    for (key, value) in headers.info() {
        match info.insert(key.to_owned(), value.to_owned()) {
            Some(before) if before != value => overwritten.push(format!("    {key} = {value}")),
            Some(_) | None => {}
        }
    }
    if !overwritten.is_empty() {
        note!(
            "The following file info items will be overwritten by explicit arguments:\n{}",
            overwritten.join("\n")
        );
    }
    Ok(info)
}
