//! Content and state in a folder; survives restarts and a killed process.
//!
//! ```text
//! lock            held while a process has the folder open
//! journal         the state
//! blobs/12        content, by number
//! blobs/13.part   content still arriving; removed on open
//! ```

use core::sync::atomic::{AtomicU64, Ordering};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::journal::Journal;
use super::{BlobReader, BlobWriter, Store, place};
use crate::service::{Change, State};

/// A store in a folder.
#[derive(Debug)]
pub struct FolderStore {
    blobs: PathBuf,
    journal: Mutex<Journal>,
    next: AtomicU64,
    /// Kept open: the lock goes with it.
    _lock: File,
}

const BUFFER_LEN: usize = 256 << 10;

impl FolderStore {
    /// Opens or creates a store and reads its state. Fails with
    /// [`io::ErrorKind::InvalidInput`] when there is something else in the folder, or blobs
    /// without a journal: that is left as it is. Fails with [`io::ErrorKind::WouldBlock`] while
    /// another process has it open, and with [`io::ErrorKind::InvalidData`] when its journal is
    /// damaged anywhere but in its last line.
    pub fn open(folder: &Path) -> io::Result<(Self, State)> {
        place::check(folder)?;
        let blobs = folder.join("blobs");
        fs::create_dir_all(&blobs)?;
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => {
                io::Error::new(io::ErrorKind::WouldBlock, "the folder is in use by a process")
            }
            TryLockError::Error(error) => error,
        })?;
        let (journal, state) = Journal::open(folder.join("journal"))?;
        let next = reap(&blobs, &state)?;
        let store =
            Self { blobs, journal: Mutex::new(journal), next: AtomicU64::new(next), _lock: lock };
        Ok((store, state))
    }

    fn path(&self, blob: u64) -> PathBuf {
        self.blobs.join(blob.to_string())
    }
}

/// Removes blobs no version refers to; gives the first free number. What has another name is not
/// of this store.
fn reap(blobs: &Path, state: &State) -> io::Result<u64> {
    let mut next = 0;
    for entry in fs::read_dir(blobs)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some((name, id)) = name.to_str().and_then(|name| Some((name, place::blob_of(name)?)))
        else {
            continue;
        };
        if name.ends_with(".part") || !state.is_referenced(id) {
            fs::remove_file(entry.path())?;
        } else {
            next = next.max(id + 1);
        }
    }
    Ok(next)
}

impl Store for FolderStore {
    fn append(&self, changes: &[Change], state: &State) -> io::Result<()> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner).append(changes, state)
    }

    fn create(&self) -> io::Result<Box<dyn BlobWriter>> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.path(id);
        let part = path.with_extension("part");
        let file = BufWriter::with_capacity(BUFFER_LEN, File::create(&part)?);
        Ok(Box::new(Writer { id, path, part, file: Some(file) }))
    }

    fn open(&self, blob: u64) -> io::Result<Box<dyn BlobReader>> {
        Ok(Box::new(Reader { file: File::open(self.path(blob))?, at: 0 }))
    }

    fn remove(&self, blob: u64) -> io::Result<()> {
        match fs::remove_file(self.path(blob)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

struct Writer {
    id: u64,
    path: PathBuf,
    part: PathBuf,
    /// Taken by the commit.
    file: Option<BufWriter<File>>,
}

impl BlobWriter for Writer {
    fn write(&mut self, data: &[u8]) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(data))
    }

    fn commit(mut self: Box<Self>) -> io::Result<u64> {
        if let Some(mut file) = self.file.take() {
            let done = file.flush().and_then(|()| fs::rename(&self.part, &self.path));
            if done.is_err() {
                self.file = Some(file);
            }
            done?;
        }
        Ok(self.id)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // Unwritten bytes of an abandoned blob need no flush; what is left is reaped on open.
            let (file, _) = file.into_parts();
            drop(file);
            let _ = fs::remove_file(&self.part);
        }
    }
}

struct Reader {
    file: File,
    at: u64,
}

impl BlobReader for Reader {
    fn read(&mut self, offset: u64, _: u64, len_max: usize) -> io::Result<Bytes> {
        if offset != self.at {
            self.file.seek(SeekFrom::Start(offset))?;
        }
        let mut buffer = vec![0; len_max];
        let len = self.file.read(&mut buffer)?;
        if len == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at = offset + u64::try_from(len).unwrap_or(0);
        buffer.truncate(len);
        Ok(Bytes::from(buffer))
    }
}
