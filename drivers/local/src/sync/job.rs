//! What a sync has its driver do, as values.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use b2_proto::error::Error;
use b2_proto::machine::copy::{CopySource, CopyTarget, NamedKey};
use b2_proto::machine::single::Single;
use b2_proto::model::FileVersion;
use b2_proto::op::new_file::NewFile;
use b2_proto::op::{DeleteFileVersion, HideFile, ListFileNames, ListFileVersions, Operation as Op};
use b2_proto::plan::sync::UploadMode;
use b2_proto::wire::text::Sha1;

use super::digests::Digests;
use super::judging::{Judged, Judging};
use super::local::{self, Walked, Walking};
use super::root::Root;
use super::unplaced::Unplaced;
use super::way::Way;
use crate::index::{IsGivenUp, Note};
use crate::sink::{FileSink, Seen};
use crate::walk::FoundFile;

/// Which job it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ticket {
    /// The next entries of the source.
    Source,
    /// The next entries of the destination.
    Destination,
    /// The SHA-1 of a file, by its number.
    Hash(u64),
    /// An action of the plan, by its number.
    Action(u64),
    /// Names that have vanished are looked for once more at a source in a bucket.
    Look,
    /// Empty folders are removed.
    Prune,
    /// The index of digests is written.
    Index,
}

/// Something to do.
#[derive(Debug)]
pub enum Job {
    /// Where waiting for a disk is allowed.
    Local(LocalJob),
    /// The next page of names.
    Names(Single<ListFileNames>),
    /// The next page of versions.
    Versions(Single<ListFileVersions>),
    /// A file is uploaded.
    Upload(Box<Upload>),
    /// A version is downloaded.
    Download(Box<Download>),
    /// A version is copied at the service.
    Copy(Box<Copy>),
    /// A name is hidden.
    Hide(HideFile<String>),
    /// A version is deleted.
    Delete(DeleteFileVersion<String>),
}

/// How a job ended.
#[derive(Debug)]
pub enum Ended {
    /// Entries of a folder.
    Walked(Result<Walked, Error>),
    /// A page of names.
    Names(Result<<ListFileNames as Op>::Output, Error>),
    /// A page of versions.
    Versions(Result<<ListFileVersions as Op>::Output, Error>),
    /// What the rules say of names.
    Judged(Result<Judged, Error>),
    /// The SHA-1 of a file.
    Hashed(Result<Sha1, Error>),
    /// A look at the source: there is still no such file.
    Looked(Result<(), Error>),
    /// The index of digests, with what is wrong with it.
    Kept(Option<Note>),
    /// All others.
    Done(Result<(), Error>),
}

/// Something to do in local folders.
#[derive(Debug)]
pub enum LocalJob {
    /// The walk goes on.
    Walk(Box<Walking>),
    /// Rules are asked about names.
    Judge(Judging),
    /// A file is hashed; by this way to it where links are not followed.
    Hash(PathBuf, Option<Way>, Digests),
    /// What was learned by that is written.
    Keep(Digests),
    /// Looks whether the source still has no such file, is still the same folder, and has not been
    /// empty there since before this moment, when the file was uploaded, in milliseconds since the
    /// Unix epoch.
    Look(PathBuf, Arc<Root>, Option<u64>),
    /// A file of this folder is removed, if it is still the one that was found, and stands in for
    /// none of those that could not be stored.
    Remove(FoundFile, Arc<Root>, Arc<Unplaced>),
    /// Those of the folders that are empty are removed.
    Prune {
        /// The folder that is synchronized.
        root: Arc<Root>,
        /// Folders in it.
        folders: BTreeSet<String>,
        /// Folders that stay, even when they are empty.
        in_use: BTreeSet<String>,
    },
}

impl LocalJob {
    /// How it ends with an error.
    pub const fn failing(&self) -> fn(Error) -> Ended {
        match self {
            Self::Walk(_) => |error| Ended::Walked(Err(error)),
            Self::Judge(_) => |error| Ended::Judged(Err(error)),
            Self::Hash(..) => |error| Ended::Hashed(Err(error)),
            Self::Keep(_) => |_| Ended::Kept(None),
            Self::Look(..) => |error| Ended::Looked(Err(error)),
            Self::Remove(..) | Self::Prune { .. } => |error| Ended::Done(Err(error)),
        }
    }

    /// Does it. What takes long ends early when it is given up.
    pub fn run(self, is_given_up: &IsGivenUp<'_>) -> Ended {
        match self {
            Self::Walk(walking) => Ended::Walked(walking.go_on().map_err(Error::from)),
            Self::Judge(judging) => Ended::Judged(Ok(judging.run(is_given_up))),
            Self::Hash(path, way, digests) => {
                let hashed = digests.of(&path, way.as_ref(), is_given_up);
                Ended::Hashed(hashed.map_err(Error::from))
            }
            Self::Keep(digests) => Ended::Kept(digests.close()),
            Self::Look(path, root, since_ms) => {
                Ended::Looked(local::look(&path, &root, since_ms).map_err(Error::from))
            }
            Self::Remove(file, root, unplaced) => {
                Ended::Done(local::remove(&root, &file, &unplaced).map_err(Error::from))
            }
            Self::Prune { root, folders, in_use } => {
                local::prune(&root, &folders, &in_use);
                Ended::Done(Ok(()))
            }
        }
    }
}

/// An upload.
#[derive(Debug)]
pub struct Upload {
    /// What the new version is to be.
    pub file: NewFile,
    /// Where its bytes are.
    pub path: PathBuf,
    /// The way to them, where links are not followed.
    pub way: Option<Way>,
    /// What of it is copied at the service.
    pub mode: UploadMode,
}

/// A download.
#[derive(Debug)]
pub struct Download {
    /// The version.
    pub version: FileVersion,
    /// The key it is encrypted with.
    pub key: Option<NamedKey>,
    /// Where it goes.
    pub target: Target,
}

/// The target of a download.
#[derive(Clone, Debug)]
pub struct Target {
    /// The folder that is synchronized.
    pub root: Arc<Root>,
    /// The file in it.
    pub name: String,
    /// The file it replaces, as it was found; nothing when there was none.
    pub replaces: Option<Seen>,
    /// Whether an earlier run may have left some of it, and this one may.
    pub is_kept: bool,
}

impl Target {
    /// Opens it, and makes the folders it is in. May wait for a disk.
    ///
    /// # Errors
    /// The name leads elsewhere, something is in the way, or what is replaced has changed.
    pub fn open(&self) -> Result<FileSink, Error> {
        local::open_target(self)
    }

    /// The same if that needs no disk. `None` where a thread that may wait should do it.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn open_in_memory(&self) -> Option<Result<FileSink, Error>> {
        local::open_target_in_memory(self)
    }
}

/// A copy at the service.
#[derive(Debug)]
pub struct Copy {
    /// The version.
    pub source: CopySource,
    /// What it becomes.
    pub target: CopyTarget,
}

impl Job {
    /// Whether it brings to its end what the run has done, and so is done whatever ends the run.
    pub const fn ends_a_run(&self) -> bool {
        matches!(self, Self::Local(LocalJob::Keep(_) | LocalJob::Prune { .. }))
    }

    /// Whether it is done to its end although the sync is told to stop: what ends a run, and what
    /// takes a moment and is not to be left in doubt.
    pub const fn outlives_a_stop(&self) -> bool {
        use LocalJob::{Hash, Judge, Keep, Look, Prune, Remove, Walk};
        match self {
            Self::Local(Keep(_) | Remove(..) | Prune { .. }) => true,
            Self::Local(Walk(_) | Judge(_) | Hash(..) | Look(..))
            | Self::Names(_)
            | Self::Versions(_)
            | Self::Upload(_)
            | Self::Download(_)
            | Self::Copy(_)
            | Self::Hide(_)
            | Self::Delete(_) => false,
        }
    }

    /// How it ends with an error.
    pub const fn failing(&self) -> fn(Error) -> Ended {
        match self {
            Self::Local(job) => job.failing(),
            Self::Names(_) => |error| Ended::Names(Err(error)),
            Self::Versions(_) => |error| Ended::Versions(Err(error)),
            Self::Upload(_)
            | Self::Download(_)
            | Self::Copy(_)
            | Self::Hide(_)
            | Self::Delete(_) => |error| Ended::Done(Err(error)),
        }
    }
}
