//! Temporary files that nobody will come back for.

use core::time::Duration;
use std::fs;
use std::path::Path;

use super::{SUFFIX, folder_of, is_temporary, mark, reap};

/// What nobody has written for so long is left for good.
const STALE_AFTER: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Most names of a folder that are looked at.
const NAMES_MAX: usize = 4_096;

/// Removes temporary files beside a target, of whatever target, that nobody has locked or written
/// for a week, and as old journals without one; only what a [mark] proves to be one.
pub(crate) fn sweep(target: &Path) {
    let Ok(entries) = fs::read_dir(folder_of(target)) else { return };
    for entry in entries.take(NAMES_MAX).flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|it| is_temporary(it)) else { continue };
        let path = entry.path();
        if !is_old(&path) {
            continue;
        }
        if name.ends_with(SUFFIX) {
            reap(&path);
        } else if !path.with_extension(SUFFIX.trim_start_matches('.')).exists()
            && mark::proves(&path, None)
        {
            // The file it was beside is complete.
            let _ = fs::remove_file(&path);
        }
    }
}

fn is_old(path: &Path) -> bool {
    let written = fs::symlink_metadata(path).and_then(|it| it.modified());
    written.is_ok_and(|at| at.elapsed().is_ok_and(|age| age >= STALE_AFTER))
}
