//! Folders that are the same under several names: on many disks the case of letters makes no
//! difference.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::Path;

/// Whether a folder that can be found under this name has another one: the folder of a file that
/// is to be written there would be that of other files, which a bucket keeps apart.
pub(super) fn is_other(parent: &Path, piece: &str) -> bool {
    let is_there = |name: &str| fs::symlink_metadata(parent.join(name)).is_ok();
    is_other_on(piece, is_there, || names(parent))
}

/// The same on any disk. The names are only read where it folds some: where the same name with its
/// letters in the other case is found too. That a disk keeps accents in another form makes no
/// other folder of it.
fn is_other_on(
    piece: &str,
    is_there: impl Fn(&str) -> bool,
    names: impl FnOnce() -> io::Result<Vec<OsString>>,
) -> bool {
    let swapped = swap_case(piece);
    if swapped == piece || !is_there(&swapped) {
        return false;
    }
    // A folder that cannot be listed is not judged.
    let names = names().unwrap_or_default();
    let is_alike = |name: &OsString| name.to_str().is_some_and(|it| fold(it) == fold(piece));
    !names.iter().any(|name| name == OsStr::new(piece)) && names.iter().any(is_alike)
}

/// Upper case first: `ß` and `ss`, `ſ` and `s` are one to a disk that folds.
fn fold(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.file_name())).collect()
}

fn swap_case(text: &str) -> String {
    let mut swapped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_lowercase() {
            swapped.extend(c.to_uppercase());
        } else {
            swapped.extend(c.to_lowercase());
        }
    }
    swapped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a folder has another name on a disk with these folders.
    fn is_other_among(folders: &[&str], folds: bool, piece: &str) -> bool {
        let fold = |name: &str| if folds { name.to_lowercase() } else { name.to_owned() };
        let is_there = |name: &str| folders.iter().any(|it| fold(it) == fold(name));
        assert!(is_there(piece), "only such are asked about");
        is_other_on(piece, is_there, || Ok(folders.iter().map(OsString::from).collect()))
    }

    #[test]
    fn only_a_disk_that_folds_has_folders_under_other_names() {
        for (folds, piece, want) in [
            (true, "Dir", false),
            (true, "dir", true),
            (true, "DIR", true),
            (true, "2026", false),
            (true, "É", true),
            (false, "Dir", false),
        ] {
            assert_eq!(is_other_among(&["Dir", "2026", "é"], folds, piece), want, "{piece}");
        }
        // A disk that keeps accents in another form.
        let names = || Ok(vec![OsString::from("e\u{301}")]);
        assert!(!is_other_on("\u{e9}", |_| true, names));
        // Where the case makes a difference, both are there.
        assert!(!is_other_among(&["Dir", "dIR"], false, "Dir"));
    }

    #[test]
    fn a_folder_of_this_disk_has_its_name() {
        let folder = tempfile::tempdir().expect("folder");
        fs::create_dir(folder.path().join("Dir")).expect("folder");
        assert!(!is_other(folder.path(), "Dir"));
        let folds = folder.path().join("dir").exists();
        assert_eq!(is_other(folder.path(), "dir"), folds);
    }
}
