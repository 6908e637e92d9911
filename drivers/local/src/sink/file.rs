//! A path as the target of a download.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};

use b2_proto::machine::Version;
use b2_proto::op::new_download::KeptRanges;
use b2_proto::wire::text::Sha1;

use self::folder::check_folder;
use super::beside::{Beside, Guard, TargetIs};
use super::keeping::KEPT_LEN_MIN;
use super::seen::{Seen, failed};
use super::{Sink, WriterSink};
use crate::temp::folder_of;
use crate::volume::{self, Volume};
use crate::{Error, Reason};

/// A path that gets its new content whole or not at all (S8).
///
/// Bytes go to a temporary file beside the target, which is flushed, given its time, and renamed
/// over the target by [`commit`](Sink::commit). Dropped before, the temporary file goes and the
/// target is as it was. A symbolic link keeps leading to the file it led to. The rights of a file
/// that is replaced are kept, but for those to act as its owner or group.
///
/// Up to 64 KiB of a short file are kept in memory, and the disk is not touched before `commit`.
///
/// Pipes, devices and other special targets are written directly, in order.
pub struct FileSink {
    way: Way,
    path: PathBuf,
}

enum Way {
    Beside(Box<Beside>),
    Direct(WriterSink<File>),
}

impl FileSink {
    /// Checks the target and its folder, before anything is asked of the service.
    ///
    /// # Errors
    /// A missing or read-only folder, a file in its place, or a target that is a folder.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::on_any_volume(path.into(), false)
    }

    /// The same for a download that goes on from what an earlier one has left of the same target,
    /// and leaves what it has when it fails itself, is dropped, or its process is killed.
    ///
    /// What is left is the temporary file and, beside it, a journal of what of it is there. A long
    /// file is flushed and noted there after each 32 MiB, or after 2 s; of one below 16 MiB nothing
    /// is kept. Both files go when the download is complete, when the next one finds another
    /// version of the file, or with a long download into the same folder a week later.
    ///
    /// # Errors
    /// Those of [`create`](Self::create).
    pub fn continued(path: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::on_any_volume(path.into(), true)
    }

    /// The same for a target that is not there and must not be when the download is complete: a
    /// name that differs from that of another file only for the service, by the case of letters
    /// for one, would replace that file.
    ///
    /// # Errors
    /// Those of [`create`](Self::create), [`Reason::TargetExists`] and [`Reason::FolderInTheWay`].
    pub fn only_new(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let folder = volume::at_hand(folder_of(&path));
        Self::only_new_on(path, folder, true)
    }

    /// The same where `folder` tells what the folder is on, if that was to be told.
    pub(crate) fn only_new_on(
        path: PathBuf,
        folder: Option<Volume>,
        is_kept: bool,
    ) -> Result<Self, Error> {
        if let Ok(now) = fs::symlink_metadata(&path) {
            let is_folder = now.is_dir();
            let reason = if is_folder { Reason::FolderInTheWay } else { Reason::TargetExists };
            return Err(Error::new(reason, &path));
        }
        let beside = Self::missing(&path, folder, is_kept)?;
        Ok(Self { way: Way::Beside(Box::new(beside.only_new())), path })
    }

    /// The same as [`continued`](Self::continued) for a target that is replaced only if it is still
    /// as somebody has seen it. It is looked at now and when the new content is complete; what is
    /// written in the moment between that and the replacement is not noticed.
    ///
    /// # Errors
    /// Those of [`create`](Self::create), and [`Reason::TargetChanged`], then also of
    /// [`commit`](Sink::commit).
    pub fn replacing(path: impl Into<PathBuf>, seen: Seen) -> Result<Self, Error> {
        let path = path.into();
        let folder = volume::at_hand(folder_of(&path));
        Self::replacing_on(path, seen, (folder, true))
    }

    /// The same where `folder` tells what the folder is on, if that was to be told.
    pub(crate) fn replacing_on(
        path: PathBuf,
        seen: Seen,
        (folder, is_kept): (Option<Volume>, bool),
    ) -> Result<Self, Error> {
        seen.check(&path).map_err(|error| failed(&error, &path))?;
        let Self { way, path } = Self::on(path, folder, is_kept)?;
        if let Way::Beside(beside) = way {
            return Ok(Self { way: Way::Beside(Box::new(beside.only_seen(seen))), path });
        }
        Ok(Self { way, path })
    }

    /// Asks this before the file gets its name.
    pub(crate) fn guarded(self, guard: Guard) -> Self {
        let way = match self.way {
            Way::Beside(beside) => Way::Beside(Box::new(beside.guarded(guard))),
            way @ Way::Direct(_) => way,
        };
        Self { way, ..self }
    }

    fn on_any_volume(path: PathBuf, is_kept: bool) -> Result<Self, Error> {
        if let Some(new) = Self::after_another(&path, is_kept) {
            return Ok(new);
        }
        let folder = volume::at_hand(folder_of(&path));
        Self::on(path, folder, is_kept)
    }

    /// The same if it needs no disk, and neither will writing: the target is in memory. `None`
    /// where a thread that may wait should [create](Self::create) it. `is_kept` says whether it is
    /// [continued](Self::continued).
    ///
    /// # Errors
    /// As those of [`create`](Self::create).
    pub fn create_in_memory(path: &Path, is_kept: bool) -> Option<Result<Self, Error>> {
        if let Some(new) = Self::after_another(path, is_kept) {
            return Some(Ok(new));
        }
        let folder = volume::at_hand(folder_of(path));
        let is_in_memory = folder == Some(Volume::Memory);
        is_in_memory.then(|| Self::on(path.to_owned(), folder, is_kept))
    }

    /// Whether anything is kept of a download of so many bytes that ends early.
    pub(crate) const fn keeps(len: u64) -> bool {
        len >= KEPT_LEN_MIN
    }

    /// The path as given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `folder` tells what it is on.
    pub(crate) fn on(path: PathBuf, folder: Option<Volume>, is_kept: bool) -> Result<Self, Error> {
        if path.file_name().is_none() {
            return Err(Error::new(Reason::TargetIsFolder, &path));
        }
        let way = match fs::symlink_metadata(&path) {
            Ok(link) if link.is_symlink() => Self::behind_link(&path, is_kept)?,
            Ok(now) => Self::existing(&path, path.clone(), &now, (folder, is_kept))?,
            Err(_) => Way::Beside(Box::new(Self::missing(&path, folder, is_kept)?)),
        };
        Ok(Self { way, path })
    }

    /// The link stays, and the file it leads to is replaced.
    fn behind_link(path: &Path, is_kept: bool) -> Result<Way, Error> {
        let now = fs::metadata(path).map_err(|_| Error::new(Reason::TargetIsBrokenLink, path))?;
        let target = fs::canonicalize(path).map_err(|e| Error::writing(&e, path))?;
        Self::existing(path, target, &now, (None, is_kept))
    }

    fn existing(
        path: &Path,
        target: PathBuf,
        now: &Metadata,
        (folder, is_kept): (Option<Volume>, bool),
    ) -> Result<Way, Error> {
        if now.is_dir() {
            return Err(Error::new(Reason::TargetIsFolder, path));
        }
        if !now.is_file() {
            let file = File::options().write(true).open(path);
            let file = file.map_err(|e| Error::writing(&e, path))?;
            return Ok(Way::Direct(WriterSink::named(file, path)));
        }
        if now.permissions().readonly() {
            return Err(Error::new(Reason::TargetDenied, path));
        }
        check_folder(&target, folder)?;
        let target_is = TargetIs::There(now.permissions());
        let volume = folder.unwrap_or(Volume::Disk);
        Ok(Way::Beside(Box::new(Beside::new(target, target_is, volume, is_kept))))
    }
}

impl Sink for FileSink {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        match &self.way {
            Way::Direct(writer) => writer.write_at(offset, bytes),
            Way::Beside(beside) => {
                beside.write_at(offset, bytes).map_err(|e| Error::writing(&e, &self.path))
            }
        }
    }

    fn kept(&self) -> Option<KeptRanges> {
        match &self.way {
            Way::Direct(_) => None,
            Way::Beside(beside) => beside.ranges(),
        }
    }

    fn pin(&self, version: &Version<'_>) {
        match &self.way {
            Way::Direct(writer) => writer.pin(version),
            Way::Beside(beside) => beside.pin(version),
        }
    }

    fn save(&self) -> Result<(), Error> {
        match &self.way {
            Way::Direct(_) => Ok(()),
            Way::Beside(beside) => beside.save().map_err(|e| Error::writing(&e, &self.path)),
        }
    }

    fn discard(&self) {
        if let Way::Beside(beside) = &self.way {
            beside.discard();
        }
    }

    fn release(&self) {
        if let Way::Beside(beside) = &self.way {
            beside.release();
        }
    }

    fn digest(&self, offset: u64, len: u64) -> Result<Sha1, Error> {
        match &self.way {
            Way::Direct(writer) => writer.digest(offset, len),
            Way::Beside(beside) => beside.digest(offset, len, &self.path),
        }
    }

    fn commit(&self, len: u64, modified_ms: Option<u64>) -> Result<(), Error> {
        match &self.way {
            Way::Direct(writer) => writer.commit(len, modified_ms),
            Way::Beside(beside) => {
                beside.commit(len, modified_ms).map_err(|error| failed(&error, &self.path))
            }
        }
    }

    fn may_wait(&self, offset: u64, len: usize) -> bool {
        match &self.way {
            Way::Direct(_) => true,
            Way::Beside(beside) => beside.may_wait(offset, len),
        }
    }

    fn commit_may_wait(&self) -> bool {
        match &self.way {
            Way::Direct(_) => true,
            Way::Beside(beside) => beside.volume() == Volume::Disk,
        }
    }

    fn is_in_order_only(&self) -> bool {
        matches!(self.way, Way::Direct(_))
    }
}

#[cfg(test)]
mod continued;
mod folder;
mod new;
#[cfg(test)]
mod tests;
