//! The file of an index: whose it is, who may write it, and what is wrong with it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::Note;
use super::record::RECORD_LEN;
use super::table::{count_of, header, offset_of};
use crate::temp::{Access, is_at, is_own, restrict};

/// An open index file.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) file: File,
    pub(super) path: PathBuf,
    /// Sorted records at the beginning.
    pub(super) count: u64,
    /// Whether this is the one who writes it: the file is locked for that.
    pub(super) is_writer: bool,
}

/// Opens an index file, or makes an empty one.
pub(super) fn open(path: &Path) -> Result<Place, Note> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    // Looked at first: opening a pipe may wait for somebody else.
    let file = match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Err(Note::NotOwn),
        Ok(_) => options.open(path).map_err(|error| Note::trouble(&error))?,
        Err(error) if error.kind() == ErrorKind::NotFound => create(&mut options, path)?,
        Err(error) => return Err(Note::trouble(&error)),
    };
    if !is_own(&file, path) {
        return Err(Note::NotOwn);
    }
    // Unlocked when it is closed, however this process ends.
    let is_writer = match file.try_lock() {
        Ok(()) => is_at(&file, path),
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    };
    let mut bytes = [0; RECORD_LEN];
    let filled = fill(&file, &mut bytes).map_err(|error| Note::trouble(&error))?;
    let is_begun = header(0).starts_with(bytes.get(..filled).unwrap_or_default());
    let count = match count_of(&bytes) {
        // A file that was cut among its sorted records is damaged.
        Some(count) if offset_of(count) <= len(&file) => count,
        // Somebody was killed, or is busy, making it.
        _ if is_begun => {
            if is_writer {
                begin(&file).map_err(|error| Note::trouble(&error))?;
            }
            0
        }
        _ => return Err(Note::Foreign),
    };
    Ok(Place { file, path: path.to_owned(), count, is_writer })
}

fn create(options: &mut OpenOptions, path: &Path) -> Result<File, Note> {
    restrict(options.create_new(true), Access::Private);
    match options.open(path) {
        // Somebody else was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let again = OpenOptions::new().read(true).write(true).open(path);
            again.map_err(|error| Note::trouble(&error))
        }
        created => created.map_err(|error| Note::trouble(&error)),
    }
}

fn len(file: &File) -> u64 {
    file.metadata().map_or(0, |metadata| metadata.len())
}

fn begin(mut file: &File) -> io::Result<()> {
    use std::io::Seek as _;
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&header(0))
}

fn fill(mut file: &File, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(space) = bytes.get_mut(filled..).filter(|space| !space.is_empty()) {
        match file.read(space) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
