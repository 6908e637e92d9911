//! The files that are moved.
//!
//! All are filler of the simulator, so that its store that keeps nothing gives back the same
//! bytes: `large` and `small/NUMBER` to upload, `back` and `back-small/NUMBER` after a download.

use super::Job;
use b2_sim::store::filler;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Length of a small file, in bytes.
pub const SMALL_LEN: usize = 4096;

/// Name of a large file at the service: each upload has one of its own, so that downloads know what
/// was noted with it.
pub const fn large_name(job: Job) -> &'static str {
    match job {
        Job::UploadLarge => "large",
        Job::UploadOnce | Job::DownloadLarge => "plain",
        Job::UploadStream => "streamed",
        Job::DownloadNoted => "noted",
        Job::UploadSmall | Job::DownloadSmall => "small",
    }
}

/// Makes the files to upload and the folder for those that come back.
///
/// # Errors
/// When the folder cannot be written.
pub fn make(folder: &Path, large_len: u64, small_count: usize) -> io::Result<()> {
    let mut large = File::create(large(folder))?;
    let mut at = 0;
    while at < large_len {
        let left = usize::try_from(large_len - at).unwrap_or(usize::MAX);
        let bytes = filler(at, left);
        large.write_all(&bytes)?;
        at += bytes.len() as u64;
    }
    fs::create_dir_all(folder.join("small"))?;
    fs::create_dir_all(folder.join("back-small"))?;
    let small_bytes = filler(0, SMALL_LEN);
    (0..small_count).try_for_each(|at| fs::write(small(folder, at), &small_bytes))
}

/// The large file to upload.
pub fn large(folder: &Path) -> PathBuf {
    folder.join("large")
}

/// Where the large file comes back to.
pub fn large_back(folder: &Path) -> PathBuf {
    folder.join("back")
}

/// A small file to upload.
pub fn small(folder: &Path, at: usize) -> PathBuf {
    folder.join("small").join(at.to_string())
}

/// Where a small file comes back to.
pub fn small_back(folder: &Path, at: usize) -> PathBuf {
    folder.join("back-small").join(at.to_string())
}

/// Name of a small file at the service.
pub fn small_name(at: usize) -> String {
    format!("small/{at}")
}

/// Removes what came back, so that the next download starts as this one did.
///
/// # Errors
/// When something is left that cannot be removed.
pub fn clear_back(folder: &Path, small_count: usize) -> io::Result<()> {
    let gone = |path: PathBuf| match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    };
    gone(large_back(folder))?;
    (0..small_count).try_for_each(|at| gone(small_back(folder, at)))
}
