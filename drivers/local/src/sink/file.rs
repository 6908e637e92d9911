//! A path as a sink.

use std::fs::{self, File, FileTimes, Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::time::SystemTime;

use b2_proto::wire::text::Sha1;

use super::held::Held;
use super::prefix::Prefix;
use super::{Sink, WriterSink};
use crate::temp::{Access, TempFile, folder_of};
use crate::time;
use crate::{Error, Reason};

/// A path that gets its new content whole or not at all (S8).
///
/// Bytes go to a temporary file beside the target, which is flushed, given its time, and renamed
/// over the target by [`commit`](Sink::commit). Dropped before, the temporary file goes and the
/// target is as it was. A symbolic link keeps leading to the file it led to. The rights of a file
/// that is replaced are kept.
///
/// Up to 64 KiB of a short file are kept in memory and written by `commit`.
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

struct Beside {
    temp: RwLock<Option<TempFile>>,
    kept: Option<Permissions>,
    held: Held,
    prefix: Prefix,
}

impl FileSink {
    /// Checks the target and creates the temporary file, before anything is asked of the service.
    ///
    /// # Errors
    /// A missing or read-only folder, a file in its place, or a target that is a folder.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        if path.file_name().is_none() {
            return Err(Error::new(Reason::TargetIsFolder, &path));
        }
        let way = match fs::metadata(&path) {
            Ok(now) if now.is_dir() => return Err(Error::new(Reason::TargetIsFolder, &path)),
            Ok(now) if !now.is_file() => {
                let file = File::options().write(true).open(&path);
                let file = file.map_err(|e| Error::writing(&e, &path))?;
                Way::Direct(WriterSink::named(file, &path))
            }
            Ok(now) => Self::beside(&path, Some(&now))?,
            Err(_) => Self::beside(&path, None)?,
        };
        Ok(Self { way, path })
    }

    /// The path as given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn beside(path: &Path, now: Option<&Metadata>) -> Result<Way, Error> {
        let is_link = fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink());
        if is_link && now.is_none() {
            return Err(Error::new(Reason::TargetIsBrokenLink, path));
        }
        check_folder(path)?;
        let target = if is_link {
            fs::canonicalize(path).map_err(|e| Error::writing(&e, path))?
        } else {
            path.to_owned()
        };
        if let Some(now) = now
            && now.permissions().readonly()
        {
            return Err(Error::new(Reason::TargetDenied, path));
        }
        // What replaces a private file must never have been readable for others.
        let access = if now.is_some() { Access::Private } else { Access::Default };
        let temp = TempFile::create(&target, access).map_err(|e| Error::writing(&e, path))?;
        let kept = now.map(Metadata::permissions);
        Ok(Way::Beside(Box::new(Beside {
            temp: RwLock::new(Some(temp)),
            kept,
            held: Held::new(),
            prefix: Prefix::new(),
        })))
    }

    fn ended(&self) -> Error {
        let error = io::Error::other("it has been completed or given up");
        Error::from_system(Reason::TargetFailed, &error, &self.path)
    }
}

impl Sink for FileSink {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let beside = match &self.way {
            Way::Direct(writer) => return writer.write_at(offset, bytes),
            Way::Beside(beside) => beside,
        };
        let guard = beside.temp.read().unwrap_or_else(PoisonError::into_inner);
        let file = guard.as_ref().ok_or_else(|| self.ended())?.file();
        let is_held = beside.held.take(offset, bytes, |held| write_all_at(file, held, 0));
        let written = match is_held {
            Ok(false) => write_all_at(file, bytes, offset),
            is_held => is_held.map(|_| ()),
        };
        written.map_err(|e| Error::writing(&e, &self.path))?;
        beside.prefix.wrote(offset, bytes);
        Ok(())
    }

    fn digest(&self, len: u64) -> Result<Sha1, Error> {
        let beside = match &self.way {
            Way::Direct(writer) => return writer.digest(len),
            Way::Beside(beside) => beside,
        };
        let guard = beside.temp.read().unwrap_or_else(PoisonError::into_inner);
        let file = guard.as_ref().ok_or_else(|| self.ended())?.file();
        beside.prefix.digest(len, |offset, buf| match beside.held.read(offset, buf) {
            Some(()) => Ok(()),
            None => read_exact_at(file, buf, offset)
                .map_err(|e| Error::from_system(Reason::TargetFailed, &e, &self.path)),
        })
    }

    fn commit(&self, len: u64, modified_ms: Option<u64>) -> Result<(), Error> {
        let beside = match &self.way {
            Way::Direct(writer) => return writer.commit(len, modified_ms),
            Way::Beside(beside) => beside,
        };
        let mut guard = beside.temp.write().unwrap_or_else(PoisonError::into_inner);
        let temp = guard.take().ok_or_else(|| self.ended())?;
        drop(guard);
        let written = beside.held.spill(|held| write_all_at(temp.file(), held, 0));
        let done = written.and_then(|()| finish(temp, len, modified_ms, beside.kept.as_ref()));
        done.map_err(|e| Error::writing(&e, &self.path))
    }

    fn may_wait(&self, offset: u64, len: usize) -> bool {
        match &self.way {
            Way::Direct(_) => true,
            Way::Beside(beside) => !beside.held.can_hold(offset, len),
        }
    }

    fn is_in_order_only(&self) -> bool {
        matches!(self.way, Way::Direct(_))
    }
}

fn finish(
    temp: TempFile,
    len: u64,
    modified_ms: Option<u64>,
    kept: Option<&Permissions>,
) -> io::Result<()> {
    let file = temp.file();
    if file.metadata()?.len() != len {
        file.set_len(len)?;
    }
    if let Some(kept) = kept {
        file.set_permissions(kept.clone())?;
    }
    if let Some(time) = modified_ms.and_then(time::to_set) {
        set_time(file, time)?;
    }
    temp.commit()
}

/// A time that this file system cannot keep is no reason to lose the content.
fn set_time(file: &File, time: SystemTime) -> io::Result<()> {
    match file.set_times(FileTimes::new().set_modified(time).set_accessed(time)) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}

fn check_folder(path: &Path) -> Result<(), Error> {
    let folder = folder_of(path);
    match fs::metadata(folder) {
        Ok(it) if it.is_dir() => Ok(()),
        Ok(_) => Err(Error::new(Reason::FolderIsFile, path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Error::new(Reason::FolderMissing, path))
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(Error::new(Reason::FolderIsFile, path))
        }
        Err(error) => Err(Error::writing(&error, path)),
    }
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(unix)]
fn read_exact_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buf, offset)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        offset += count as u64;
        bytes = bytes.get(count..).unwrap_or_default();
    }
    Ok(())
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buf: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buf.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_read(file, buf, offset)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        offset += count as u64;
        buf = buf.get_mut(count..).unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
mod tests;
