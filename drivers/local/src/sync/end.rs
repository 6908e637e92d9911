//! The two ends of a run, and what its actions become.

use core::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use b2_proto::error::Error;
use b2_proto::info::{PLAN_ID, SRC_LAST_MODIFIED_MILLIS, SSE_C_KEY_ID};
use b2_proto::machine::copy::{CopySource, CopyTarget};
use b2_proto::model::{BucketId, FileVersion};
use b2_proto::op::new_file::NewFile;
use b2_proto::op::{DeleteFileVersion, HideFile};
use b2_proto::plan::sync::{Direction, Entry as _, Options, Remote, UploadMode, Work};

use super::event::Action;
use super::item::Item;
use super::job::{Copy, Download, Job, LocalJob, Target, Upload};
use super::moved::Moved;
use super::provider::Provider;
use super::root::Roots;
use super::rules::Rules;
use super::unplaced::Unplaced;
use super::way::Way;
use crate::sink::{FileSink, Seen};
use crate::walk::{FoundFile, Symlinks};

/// Most actions at the same time.
pub const IN_FLIGHT_MAX: usize = 256;

/// One end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// A folder.
    Folder(PathBuf),
    /// What is below a prefix of a bucket; the prefix is empty or ends with a slash.
    Bucket {
        /// The bucket.
        id: BucketId,
        /// What the names begin with.
        prefix: String,
    },
}

/// All that decides about a run.
pub struct Setup {
    /// What is planned; its direction follows from the ends.
    pub options: Options,
    /// Where files come from.
    pub source: End,
    /// Where they go.
    pub destination: End,
    /// Which files of the source take part.
    pub rules: Rules,
    /// What becomes of symbolic links in a source folder. Links at a destination are never
    /// followed: what is behind them is neither written nor deleted (S13).
    pub symlinks: Symlinks,
    /// Actions at the same time.
    pub in_flight_max: usize,
    /// Whether actions are only told.
    pub is_dry_run: bool,
    /// The file that keeps digests of local files, if there is one; see [`crate::index`].
    pub index: Option<PathBuf>,
    /// How files are stored and read.
    pub provider: Arc<dyn Provider>,
    /// Counts what is seen.
    pub moved: Moved,
}

impl Setup {
    /// The direction between two ends.
    ///
    /// # Errors
    /// Two folders; folders of one bucket of which one is in the other.
    pub fn direction(source: &End, destination: &End) -> Result<Direction, Error> {
        match (source, destination) {
            (End::Folder(_), End::Bucket { .. }) => Ok(Direction::Up),
            (End::Bucket { .. }, End::Folder(_)) => Ok(Direction::Down),
            (End::Folder(_), End::Folder(_)) => {
                Err(Error::invalid("two local folders are not synchronized"))
            }
            (End::Bucket { id, prefix }, End::Bucket { id: other_id, prefix: other }) => {
                // It would copy its own copies, or delete its source.
                let is_one =
                    prefix.starts_with(other.as_str()) || other.starts_with(prefix.as_str());
                if id == other_id && is_one {
                    return Err(Error::invalid(
                        "source and destination are one folder of a bucket, or one is in the other",
                    ));
                }
                Ok(Direction::Copy)
            }
        }
    }

    /// The folder that files go to, if it is to be made when it is not there.
    pub fn new_folder(&self) -> Option<PathBuf> {
        match &self.destination {
            End::Folder(root) if !self.is_dry_run => Some(root.clone()),
            End::Folder(_) | End::Bucket { .. } => None,
        }
    }

    /// Makes a folder, and those it is in. May wait for a disk.
    ///
    /// # Errors
    /// It cannot be made, or is a file.
    pub fn make(folder: &Path) -> Result<(), Error> {
        let failed = |error: &io::Error| crate::Error::writing(error, folder);
        match fs::metadata(folder) {
            Ok(it) if it.is_dir() => Ok(()),
            Ok(_) => Err(crate::Error::new(crate::Reason::FolderIsFile, folder).into()),
            Err(_) => Ok(fs::create_dir_all(folder).map_err(|error| failed(&error))?),
        }
    }

    /// What an action becomes between these folders, after those that could not be stored.
    ///
    /// # Errors
    /// No plan between these ends has such an action.
    pub(super) fn job(
        &self,
        action: &Action,
        roots: &Roots,
        unplaced: &Arc<Unplaced>,
    ) -> Result<Job, Error> {
        let no_folder = || Error::invalid("a bucket has no local files");
        let root = || roots.destination.clone().ok_or_else(no_folder);
        Ok(match (&action.work, &self.destination) {
            (Work::Transfer { source: Item::Local(file), base, .. }, End::Bucket { .. }) => {
                self.upload(file, base.is_some(), roots)
            }
            (Work::Transfer { source: Item::Remote(it), base, .. }, End::Folder(_)) => {
                let seen = |it: &Item| Seen {
                    len: it.content_len(),
                    modified_ms: u64::try_from(it.modified_ms()).unwrap_or_default(),
                };
                let target = Target {
                    root: root()?,
                    name: it.path().to_owned(),
                    replaces: base.as_ref().map(seen),
                    is_kept: FileSink::keeps(it.version.content_length),
                };
                let (version, key) = (it.version.clone(), self.provider.source_key(&it.version));
                Job::Download(Box::new(Download { version, key, target }))
            }
            (Work::Transfer { source: Item::Remote(it), .. }, End::Bucket { .. }) => {
                // A version without a time has that of its upload, which the copy has not.
                let has_time = it.noted_ms().is_some();
                self.copy(it, it.path(), (!has_time).then_some(it.modified_ms()))
            }
            (Work::Rename { source: Item::Local(file), origin: Item::Remote(origin) }, _)
                if self.is_locked_away(&origin.version) =>
            {
                self.upload(file, false, roots)
            }
            (Work::Rename { source, origin: Item::Remote(origin) }, _) => {
                let modified_ms = source.modified_ms();
                let is_other = origin.noted_ms() != Some(modified_ms);
                self.copy(origin, source.path(), is_other.then_some(modified_ms))
            }
            (Work::Hide(entry), _) => {
                let (bucket, name) = self.target(entry.path());
                Job::Hide(HideFile::new(bucket.as_str().to_owned(), name))
            }
            (Work::Delete { entry: Item::Remote(it), .. }, _) => {
                let (id, name) = (it.version.file_id.as_str().to_owned(), it.name().clone());
                Job::Delete(DeleteFileVersion::new(id, name))
            }
            (Work::Delete { entry: Item::Local(file), .. }, _) => {
                Job::Local(LocalJob::Remove(file.clone(), root()?, unplaced.clone()))
            }
            (Work::Rename { origin: Item::Local(_), .. }, _)
            | (Work::Transfer { source: Item::Local(_), .. }, End::Folder(_)) => {
                return Err(Error::invalid("a folder has neither versions nor copies"));
            }
        })
    }

    fn upload(&self, file: &FoundFile, has_base: bool, roots: &Roots) -> Job {
        let (bucket, name) = self.target(&file.name);
        let new = self.provider.upload(NewFile::new(bucket.as_str(), name));
        // By blocks the first version as well, so that there is a manifest for the next one.
        let mode = match self.options.upload {
            UploadMode::Incremental if !has_base => UploadMode::Full,
            mode @ (UploadMode::Full | UploadMode::Incremental | UploadMode::Blocks) => mode,
        };
        let (path, way) = (file.path.clone(), self.way(file, roots));
        Job::Upload(Box::new(Upload { file: new, path, way, mode }))
    }

    /// The way to a local file of this run, where links are not followed.
    pub(super) fn way(&self, file: &FoundFile, roots: &Roots) -> Option<Way> {
        let root = match self.options.direction {
            Direction::Up if self.symlinks == Symlinks::Skip => roots.source.as_ref(),
            Direction::Down => roots.destination.as_ref(),
            Direction::Up | Direction::Copy => None,
        };
        Some(Way::new(root?.clone(), &file.name, &file.path))
    }

    /// What is done where the service has refused the [job](Self::job) of an action for what was
    /// to be written with it: a copy is made as its source is, and a renamed file is uploaded.
    pub(super) fn other_job(&self, action: &Action, roots: &Roots) -> Option<Job> {
        match (&action.work, &self.destination) {
            (Work::Transfer { source: Item::Remote(it), .. }, End::Bucket { .. }) => {
                Some(self.copy(it, it.path(), None))
            }
            (Work::Rename { source: Item::Local(file), .. }, _) => {
                Some(self.upload(file, false, roots))
            }
            (_, _) => None,
        }
    }

    /// Whether the key of a version is not known.
    fn is_locked_away(&self, version: &FileVersion) -> bool {
        let Some(encryption) = &version.server_side_encryption else { return false };
        let key = self.provider.source_key(version).map(|it| it.key.md5_base64());
        encryption.check_key(key.as_deref()).is_err()
    }

    /// A copy; with a time of modification where that is not the source's own. What the source's
    /// file info tells about its key and its parts does not hold for a copy.
    fn copy(&self, source: &Remote, path: &str, modified_ms: Option<i64>) -> Job {
        let (bucket, name) = self.target(path);
        let version = &source.version;
        let mut target = CopyTarget::new(bucket.clone(), name);
        if let Some(ms) = modified_ms {
            let content_type = version.content_type.as_deref();
            target = target.content_type(content_type.unwrap_or("b2/x-auto"));
            let about_source = [SSE_C_KEY_ID, PLAN_ID];
            for (key, value) in &version.file_info {
                if !about_source.iter().any(|it| key.eq_ignore_ascii_case(it)) {
                    target = target.info(key, value);
                }
            }
            target = target.info(SRC_LAST_MODIFIED_MILLIS, ms.to_string());
        }
        let mut from = CopySource::of_version(version);
        if let Some(key) = self.provider.source_key(version) {
            from = from.customer_key(key);
        }
        Job::Copy(Box::new(Copy { source: from, target: self.provider.copy(target, version) }))
    }

    /// The bucket and the name that a path has at the destination.
    fn target(&self, path: &str) -> (BucketId, String) {
        match &self.destination {
            End::Bucket { id, prefix } => (id.clone(), format!("{prefix}{path}")),
            End::Folder(_) => (BucketId::from(""), path.to_owned()),
        }
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("options", &self.options)
            .field("source", &self.source)
            .field("destination", &self.destination)
            .finish_non_exhaustive()
    }
}
