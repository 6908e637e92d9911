//! The sorted records of an index file, searched where they are.

use std::fs::File;
use std::io;

use super::record::{Key, RECORD_LEN, Record, is_sealed, seal};

/// Records that are read at a time.
const WINDOW: u64 = 64;
/// Windows of one search, at most; more are only needed in a file that is not sorted.
const PROBES_MAX: u32 = 64;
/// After so many, the middle is taken instead of where the key should be.
const GUESSES_MAX: u32 = 8;

/// What a file of this form begins with; the digit is the version of the form.
const MAGIC: &[u8; 16] = b"b2-index 1\n\0\0\0\0\0";

/// The first bytes of a file with so many sorted records.
pub(super) fn header(count: u64) -> [u8; RECORD_LEN] {
    let mut bytes = [0; RECORD_LEN];
    let fields = MAGIC.iter().copied().chain(count.to_le_bytes());
    bytes.iter_mut().zip(fields).for_each(|(byte, field)| *byte = field);
    seal(&mut bytes);
    bytes
}

/// The number of sorted records, if these are the first bytes of an index.
pub(super) fn count_of(bytes: &[u8; RECORD_LEN]) -> Option<u64> {
    let (magic, rest) = bytes.split_first_chunk::<16>()?;
    let count = u64::from_le_bytes(*rest.first_chunk()?);
    (magic == MAGIC && is_sealed(bytes)).then_some(count)
}

/// Where a record is in the file.
pub(super) const fn offset_of(index: u64) -> u64 {
    (index + 1).saturating_mul(RECORD_LEN as u64)
}

/// Records one after the other; a buffer for several of them.
#[derive(Debug)]
pub(super) struct Records {
    bytes: Vec<u8>,
}

impl Records {
    pub(super) const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Reads `count` records from the one at `index` on; fewer at the end of the file.
    pub(super) fn read(&mut self, file: &File, index: u64, count: u64) -> io::Result<()> {
        let len = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(RECORD_LEN);
        self.bytes.resize(len, 0);
        let filled = read_at(file, &mut self.bytes, offset_of(index))?;
        // What is torn at the end is no record.
        self.bytes.truncate(filled - filled % RECORD_LEN);
        Ok(())
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &[u8; RECORD_LEN]> {
        self.bytes.as_chunks().0.iter()
    }
}

/// Looks a key up among the first `count` records, which are sorted by it. Where they are damaged,
/// it may not be found; what is found is whole.
pub(super) fn find(
    file: &File,
    count: u64,
    wanted: &Key,
    records: &mut Records,
) -> io::Result<Option<Record>> {
    // It lies in `low..high`; the keys before and behind it, as numbers.
    let (mut low, mut high) = (0, count);
    let (mut low_key, mut high_key) = (0, u64::MAX);
    let aim = number(wanted);
    for probe in 0..PROBES_MAX {
        if low >= high {
            return Ok(None);
        }
        let middle = if probe < GUESSES_MAX {
            let share = aim.saturating_sub(low_key);
            let all = u128::from(high_key.saturating_sub(low_key).max(1));
            let ahead = u128::from(high - low) * u128::from(share) / all;
            low + u64::try_from(ahead).unwrap_or(u64::MAX).min(high - low - 1)
        } else {
            low + (high - low) / 2
        };
        let begin = middle.saturating_sub(WINDOW / 2).max(low);
        let end = (begin + WINDOW).min(high);
        records.read(file, begin, end - begin)?;
        let (Some(first), Some(last)) = (records.iter().next(), records.iter().next_back()) else {
            return Ok(None);
        };
        if wanted < key_of(first) {
            (high, high_key) = (begin, number(key_of(first)));
        } else if wanted > key_of(last) {
            (low, low_key) = (end, number(key_of(last)));
        } else {
            let found = records.iter().find(|bytes| key_of(bytes) == wanted);
            return Ok(found.and_then(Record::decode));
        }
    }
    Ok(None)
}

/// The key of a record that may be damaged.
fn key_of(bytes: &[u8; RECORD_LEN]) -> &Key {
    const NONE: &Key = &[0; 20];
    bytes.first_chunk().unwrap_or(NONE)
}

/// Keys are evenly spread, so their first bytes tell where they are.
fn number(key: &Key) -> u64 {
    key.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Fills a buffer from an offset on, as far as the file goes.
fn read_at(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(space) = buf.get_mut(filled..).filter(|space| !space.is_empty()) {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(file, space, offset + filled as u64);
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(file, space, offset + filled as u64);
        match read {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
