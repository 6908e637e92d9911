//! Claims that processes have left which were killed.

use core::time::Duration;
use std::fs::{self, File};
use std::path::Path;

use b2_proto::wire::text::Sha1;

use super::is_there;

/// What is so old and locked by nobody is left for good: the upload has gone on elsewhere, or was
/// complete when the process was killed.
const STALE_AFTER: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Most names of the folder that are looked at.
const NAMES_MAX: usize = 4_096;

/// Removes claims of a week ago that nobody holds.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.take(NAMES_MAX).flatten() {
        let is_claim = entry.file_name().to_str().is_some_and(|it| Sha1::parse(it).is_ok());
        let is_file = || entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_claim && is_file() && is_old(&entry.path()) {
            remove(&entry.path());
        }
    }
}

fn is_old(path: &Path) -> bool {
    let made = fs::symlink_metadata(path).and_then(|it| it.modified());
    made.is_ok_and(|at| at.elapsed().is_ok_and(|age| age >= STALE_AFTER))
}

/// While it is locked nobody else claims it, and who opened it before finds that it is gone.
fn remove(path: &Path) {
    if let Ok(file) = File::open(path)
        && file.try_lock().is_ok()
        && is_there(&file, path)
    {
        let _ = fs::remove_file(path);
    }
}
