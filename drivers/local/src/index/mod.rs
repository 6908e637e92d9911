//! SHA-1 of files that were read before, so that they need not be read again.
//!
//! An index answers for a file whose path, device, inode, length and times are those of the moment
//! when it was hashed. It is a cache: whatever is missing, damaged or in doubt only means that a
//! file is read. So it never fails; a [`Note`] tells why it is of no use.
//!
//! # The file
//!
//! Records of 112 bytes, numbers little-endian:
//!
//! ```text
//! header     "b2-index 1\n" and zeros (16 bytes), N (8), zeros (76), check (12)
//! N records  sorted by key, each key once
//! records    as they were added; the last one of a key counts
//!
//! record     key (20), kind (1), zeros (3), day (4), device (8), inode (8), length (8),
//!            modified (8), changed (8), digest (32), check (12)
//! ```
//!
//! A key is the SHA-1 of the absolute path. Kind 1 is a SHA-1, in the first 20 bytes of the digest;
//! records of other kinds are passed over, so a later version may add some. Times are in
//! nanoseconds since 1970, the day is when the record was last of use. A check is the start of the
//! SHA-1 of all that is before it in the header or record.
//!
//! # What holds
//!
//! - **A torn tail is ignored**, and so is any damaged record: what is found passed its check.
//! - **Memory is bounded**: [`ADDED_MAX`] records (7 MiB) are held, the sorted ones are searched in
//!   the file. With more, sorted and added ones become one sorted file, durable and in one step.
//! - **Two processes at once** do no harm: the first one has it locked and adds; another reads.
//! - **Only what has settled is kept**: a file that was modified within two seconds before it was
//!   read could be modified once more and look the same.
//! - It is private (0600), since it tells which files there are to who guesses a path; one that
//!   somebody else could have written is not believed.
//! - What was of no use for half a year is left out when the file is written anew.

mod hash;
mod merge;
mod note;
mod place;
mod record;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use b2_proto::wire::text::Sha1;

pub(crate) use hash::span_sha1;
pub use hash::{Ask, IsGivenUp, sha1_of, sha1_with};
pub use note::Note;
use place::Place;
pub use record::FileStamp;
use record::{Key, Record};
use table::{Records, offset_of};

/// Records that are added before the file is sorted anew.
pub const ADDED_MAX: usize = 65_536;
/// Records that are written together.
const BUFFER_LEN: usize = 64 * record::RECORD_LEN;
/// Days after which a record of use is noted to be of use again.
const REFRESH_DAYS: u32 = 30;

/// An index; see the [module](self).
///
/// ```
/// use b2_local::index::{FileStamp, Index};
/// use b2_proto::wire::text::Sha1;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("photo.jpg");
/// # std::fs::write(&path, "abc")?;
/// # let old = std::time::SystemTime::now() + core::time::Duration::from_secs(60);
/// let stamp = FileStamp::of(&std::fs::metadata(&path)?).expect("a time of our age");
/// let mut index = Index::open(&folder.path().join("index"));
/// assert_eq!(index.find(&path, &stamp), None);
/// # let now = old;
/// index.add(&path, &stamp, now, Sha1::of(b"abc"));
/// assert_eq!(index.close(), None, "nothing is wrong with it");
///
/// let mut index = Index::open(&folder.path().join("index"));
/// assert_eq!(index.find(&path, &stamp), Some(Sha1::of(b"abc")));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Index {
    place: Option<Place>,
    note: Option<Note>,
    added: BTreeMap<Key, Record>,
    added_max: usize,
    /// Records in the file behind the sorted ones.
    tail_len: u64,
    /// Records that are to be appended.
    buffer: Vec<u8>,
    records: Records,
    today: u32,
}

impl Index {
    /// Opens an index, or makes an empty one.
    pub fn open(path: &Path) -> Self {
        Self::bounded(path, ADDED_MAX)
    }

    fn bounded(path: &Path, added_max: usize) -> Self {
        let (place, note) = match place::open(path) {
            Ok(place) => {
                let note = (!place.is_writer).then_some(Note::InUse);
                (Some(place), note)
            }
            Err(note) => (None, Some(note)),
        };
        let mut index = Self {
            place,
            note,
            added: BTreeMap::new(),
            added_max,
            tail_len: 0,
            buffer: Vec::new(),
            records: Records::new(),
            today: today(),
        };
        index.guard(Self::read_tail);
        index
    }

    /// Why it is not used, or not written, if that is so.
    pub const fn note(&self) -> Option<&Note> {
        self.note.as_ref()
    }

    /// The SHA-1 of a file in this state, if it is known.
    pub fn find(&mut self, path: &Path, stamp: &FileStamp) -> Option<Sha1> {
        let key = record::key(path);
        let mut found = self.added.get(&key).copied();
        if found.is_none() {
            self.guard(|index| {
                if let Some(Place { file, count, .. }) = &index.place {
                    found = table::find(file, *count, &key, &mut index.records)?;
                }
                Ok(())
            });
        }
        let record = found.filter(|record| record.stamp == *stamp)?;
        if record.day.saturating_add(REFRESH_DAYS) < self.today {
            self.put(Record { day: self.today, ..record });
        }
        Some(record.sha1)
    }

    /// Keeps the SHA-1 of a file that was in this state before it was read and afterwards; `begun`
    /// is when that began. What has not settled yet is not kept.
    pub fn add(&mut self, path: &Path, stamp: &FileStamp, begun: SystemTime, sha1: Sha1) {
        if !stamp.is_fresh(begun) {
            let key = record::key(path);
            self.put(Record { key, stamp: *stamp, sha1, day: self.today });
        }
    }

    /// Writes what was added; tells what is wrong, if something is. Dropping it does the same.
    pub fn close(mut self) -> Option<Note> {
        self.guard(Self::flush);
        self.note.take()
    }

    fn put(&mut self, record: Record) {
        if !self.place.as_ref().is_some_and(|place| place.is_writer) {
            return;
        }
        self.added.insert(record.key, record);
        self.buffer.extend_from_slice(&record.encode());
        self.guard(|index| {
            if index.added.len() >= index.added_max {
                index.sort_anew()
            } else if index.buffer.len() >= BUFFER_LEN {
                index.flush()
            } else {
                Ok(())
            }
        });
    }

    /// Does something with the file. If that fails, the file is left as it is.
    fn guard(&mut self, work: impl FnOnce(&mut Self) -> io::Result<()>) {
        if let Err(error) = work(self) {
            self.note = Some(Note::trouble(&error));
            self.place = None;
            self.buffer.clear();
        }
    }

    /// Reads what was added, as much as is held in memory.
    fn read_tail(&mut self) -> io::Result<()> {
        let Some(place) = &self.place else { return Ok(()) };
        while self.added.len() < self.added_max {
            self.records.read(&place.file, place.count.saturating_add(self.tail_len), 1_024)?;
            let mut count = 0;
            for bytes in self.records.iter() {
                count += 1;
                if let Some(record) = Record::decode(bytes) {
                    self.added.insert(record.key, record);
                }
            }
            if count == 0 {
                break;
            }
            self.tail_len += count;
        }
        Ok(())
    }

    /// Appends what was added; what is torn behind the last record goes.
    fn flush(&mut self) -> io::Result<()> {
        let Some(place) = self.place.as_mut().filter(|_| !self.buffer.is_empty()) else {
            return Ok(());
        };
        let end = offset_of(place.count.saturating_add(self.tail_len));
        place.file.set_len(end)?;
        place.file.seek(SeekFrom::Start(end))?;
        place.file.write_all(&self.buffer)?;
        self.tail_len += (self.buffer.len() / record::RECORD_LEN) as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Makes one sorted file of all.
    fn sort_anew(&mut self) -> io::Result<()> {
        if let Some(place) = &mut self.place {
            merge::merge(place, &self.added, self.today)?;
            self.added.clear();
            self.buffer.clear();
            self.tail_len = 0;
        }
        Ok(())
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.guard(Self::flush);
    }
}

/// Days since the Unix epoch.
fn today() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs() / 86_400).unwrap_or(u32::MAX)
}
