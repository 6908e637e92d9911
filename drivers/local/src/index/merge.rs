//! Sorted and added records as one sorted file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write as _};

use super::place::Place;
use super::record::{Key, Record};
use super::table::{Records, header};
use crate::temp::{Access, TempFile};
use crate::volume::Volume;

/// Sorted records that are read at a time.
const READ_COUNT: u64 = 4_096;
/// Days after which a record that was of no use goes.
const UNUSED_DAYS: u32 = 180;

/// Puts a sorted file of all records in the place of the old one.
pub(super) fn merge(
    place: &mut Place,
    added: &BTreeMap<Key, Record>,
    today: u32,
) -> io::Result<()> {
    let mut temp = TempFile::create(&place.path, Access::Private)?;
    let count = write(place, added, today, temp.file())?;
    // Locked as a temporary file it stays locked under its new name. Not everywhere can what is
    // open be replaced, so the old one is closed before.
    (place.file, place.count) = (temp.file().try_clone()?, count);
    temp.commit(Volume::Disk)
}

fn write(
    place: &Place,
    added: &BTreeMap<Key, Record>,
    today: u32,
    target: &File,
) -> io::Result<u64> {
    let mut out = BufWriter::with_capacity(256 << 10, target);
    out.write_all(&header(0))?;
    let mut count = 0;
    let mut put = |record: &Record| {
        if record.day.saturating_add(UNUSED_DAYS) < today {
            return Ok(());
        }
        count += 1;
        out.write_all(&record.encode())
    };
    let mut added = added.values().peekable();
    let mut last = None;
    let (mut records, mut index) = (Records::new(), 0);
    while index < place.count {
        records.read(&place.file, index, READ_COUNT.min(place.count - index))?;
        let mut read = 0;
        for bytes in records.iter() {
            read += 1;
            let Some(old) = Record::decode(bytes) else { continue };
            // What does not ascend is damaged.
            if last.is_some_and(|last| old.key <= last) {
                continue;
            }
            last = Some(old.key);
            while let Some(new) = added.next_if(|new| new.key < old.key) {
                put(new)?;
            }
            match added.next_if(|new| new.key == old.key) {
                Some(new) => put(new)?,
                None => put(&old)?,
            }
        }
        if read == 0 {
            break;
        }
        index += read;
    }
    added.try_for_each(&mut put)?;
    out.rewind()?;
    out.write_all(&header(count))?;
    out.flush()?;
    Ok(count)
}
