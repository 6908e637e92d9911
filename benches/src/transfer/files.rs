//! The files that are moved.
//!
//! All are filler of the simulator, so that its store that keeps nothing gives back the same
//! bytes: `large` and `small/…` to upload, `back` and `back-small/…` after a download.

use super::{Job, Task};
use b2_sim::store::filler;
use core::time::Duration;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The many files, which are all alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Small {
    /// How many they are.
    pub count: usize,
    /// Length of each, in bytes. Floors hold a whole one in memory.
    pub len: u64,
    /// How many of them are in a folder; all are in one if there is no such number.
    pub folder_len: Option<usize>,
    /// Whether floors, too, give each file that comes back its name when it is complete and has
    /// its time, as drivers always do.
    pub is_whole: bool,
}

impl Small {
    /// Bytes of all.
    pub const fn bytes(&self) -> u64 {
        self.count as u64 * self.len
    }

    /// Where one of them is, relative to the folder of all.
    fn path(&self, at: usize) -> String {
        match self.folder_len {
            Some(len) => format!("{}/{}", at / len, at % len),
            None => at.to_string(),
        }
    }

    /// Makes the folders that they are in.
    fn make_folders(&self, root: &Path) -> io::Result<()> {
        fs::create_dir_all(root)?;
        let folders = self.folder_len.map_or(0, |len| self.count.div_ceil(len));
        (0..folders).try_for_each(|folder| fs::create_dir_all(root.join(folder.to_string())))
    }
}

impl Default for Small {
    fn default() -> Self {
        Self { count: 10_000, len: 4_096, folder_len: None, is_whole: false }
    }
}

/// A time for files that come back whole; which one is all the same to what it costs.
const NOTED: Duration = Duration::from_secs(1_700_000_000);

/// Name of a large file at the service: each upload has one of its own, so that downloads know what
/// was noted with it.
pub const fn large_name(job: Job) -> &'static str {
    match job {
        Job::UploadLarge => "large",
        Job::UploadOnce | Job::DownloadLarge => "plain",
        Job::UploadStream => "streamed",
        Job::DownloadNoted => "noted",
        Job::UploadSmall | Job::DownloadSmall => "small",
        Job::SyncUp | Job::SyncDown | Job::SyncAgain => "tree",
    }
}

/// Makes the files to upload and the folder for those that come back.
///
/// # Errors
/// When the folder cannot be written.
pub fn make(folder: &Path, large_len: u64, small: &Small) -> io::Result<()> {
    fill(&large(folder), large_len)?;
    let all = all_small(folder);
    small.make_folders(&all)?;
    (0..small.count).try_for_each(|at| fill(&all.join(small.path(at)), small.len))?;
    clear_back(folder, small)
}

fn fill(path: &Path, len: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    let mut at = 0;
    while at < len {
        let left = usize::try_from(len - at).unwrap_or(usize::MAX);
        let bytes = filler(at, left);
        file.write_all(&bytes)?;
        at += bytes.len() as u64;
    }
    Ok(())
}

/// The large file to upload.
pub fn large(folder: &Path) -> PathBuf {
    folder.join("large")
}

/// Where the large file comes back to.
pub fn large_back(folder: &Path) -> PathBuf {
    folder.join("back")
}

/// The folder of the small files to upload.
pub fn all_small(folder: &Path) -> PathBuf {
    folder.join("small")
}

/// The folder that small files come back to.
pub fn all_small_back(folder: &Path) -> PathBuf {
    folder.join("back-small")
}

impl Task {
    /// A small file to upload.
    pub fn small(&self, at: usize) -> PathBuf {
        all_small(&self.folder).join(self.small.path(at))
    }

    /// Where a small file comes back to.
    pub fn small_back(&self, at: usize) -> PathBuf {
        all_small_back(&self.folder).join(self.small.path(at))
    }

    /// Keeps what a floor got of a small file: written in place, or beside it and renamed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_small(&self, at: usize, bytes: &[u8]) -> io::Result<()> {
        let path = self.small_back(at);
        if !self.small.is_whole {
            return fs::write(path, bytes);
        }
        let beside = path.with_extension("part");
        let mut file = File::create_new(&beside)?;
        file.write_all(bytes)?;
        file.set_modified(SystemTime::UNIX_EPOCH + NOTED)?;
        fs::rename(beside, path)
    }

    /// Name of a small file at the service.
    pub fn small_name(&self, at: usize) -> String {
        format!("{}/{}", self.prefix, self.small.path(at))
    }
}

/// Removes what came back, so that the next download starts as this one did.
///
/// # Errors
/// When something is left that cannot be removed.
pub fn clear_back(folder: &Path, small: &Small) -> io::Result<()> {
    let gone = |result: io::Result<()>| match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    };
    gone(fs::remove_file(large_back(folder)))?;
    let back = all_small_back(folder);
    gone(fs::remove_dir_all(&back))?;
    small.make_folders(&back)
}
