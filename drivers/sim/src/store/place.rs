//! Whether a folder may be a store's. What somebody else has in it is neither changed nor removed.

use std::fs;
use std::io;
use std::path::Path;

use super::journal::{self, Beginning};

/// Fails with [`io::ErrorKind::InvalidInput`] unless the folder holds a store, or nothing yet; it
/// may be missing. Changes nothing.
pub(super) fn check(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() {
        return Err(refused("its name is empty"));
    }
    match journal::beginning(&folder.join("journal"))? {
        Beginning::Sound => return Ok(()),
        Beginning::None => {}
        Beginning::Foreign => {
            return Err(refused("the file \"journal\" in it was not begun by a store"));
        }
    }
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if !is_of_beginning(&entry)? {
            let name = entry.file_name();
            return Err(refused(format_args!(
                "there is {name:?} in it, and no journal of a store"
            )));
        }
    }
    Ok(())
}

/// Whether it is what a process may have made before the journal was begun.
fn is_of_beginning(entry: &fs::DirEntry) -> io::Result<bool> {
    let metadata = entry.metadata()?;
    Ok(match entry.file_name().to_str() {
        Some("lock") => metadata.is_file() && metadata.len() == 0,
        Some("journal") => true,
        Some("blobs") => metadata.is_dir() && fs::read_dir(entry.path())?.next().is_none(),
        _ => false,
    })
}

/// The number of a blob, if that is what a name in its folder says: of a whole one, or of one that
/// is still arriving.
pub(super) fn blob_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".part").unwrap_or(name);
    let id = digits.parse::<u64>().ok()?;
    (id.to_string() == digits).then_some(id)
}

fn refused(why: impl core::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("it is no store: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_are_names_of_blobs() {
        assert_eq!((blob_of("12"), blob_of("0.part")), (Some(12), Some(0)));
        for name in ["012", "+1", "1.doc", "1.part.part", ".part", "", "18446744073709551616"] {
            assert_eq!(blob_of(name), None, "{name}");
        }
    }
}
