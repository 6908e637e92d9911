//! A virtual disk: files by name, what of them is safe when the power fails, and where it breaks.
//!
//! Writes and changes of names are seen at once. A [sync](Disk::sync) makes the bytes of one file
//! safe, and all changes of names before it, as journaling file systems do. What is not safe is
//! lost in part when the power fails: each write or not, and the changes of names from some moment
//! on.

use std::collections::BTreeMap;

use b2_proto::error::Cause;
use b2_proto::rng::Rng;

/// Files, and how much of them the disk takes.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    names: Names,
    /// As they were at the last sync and after each change since.
    unsafe_names: Vec<Names>,
    files: Vec<File>,
    /// Bytes that can still be stored; without a number there is no end.
    pub(crate) room: Option<usize>,
    /// So many more bytes are written before one write fails.
    pub(crate) breaks_in: Option<usize>,
    /// So many more syncs succeed before one fails.
    pub(crate) sync_fails_in: Option<u32>,
}

type Names = BTreeMap<String, usize>;

#[derive(Debug, Default)]
struct File {
    bytes: Vec<u8>,
    /// As they were at the last sync.
    safe: Vec<u8>,
    /// Ranges written since.
    written: Vec<(usize, usize)>,
}

impl Disk {
    /// Makes an empty file, in the place of another one if there is one.
    pub(crate) fn create(&mut self, name: &str) {
        let number = self.files.len();
        self.files.push(File::default());
        self.change_names(|names| {
            names.insert(name.to_owned(), number);
        });
    }

    /// Writes at any place of a file that is there.
    pub(crate) fn write(&mut self, name: &str, offset: usize, bytes: &[u8]) -> Result<(), Cause> {
        let number = self.names[name];
        let file = &mut self.files[number];
        let end = offset + bytes.len();
        let growth = end.saturating_sub(file.bytes.len());
        let (mut len, mut result) = (bytes.len(), Ok(()));
        if let Some(room) = &mut self.room {
            if growth > *room {
                (len, result) = (len.saturating_sub(growth - *room), Err(Cause::SinkFull));
            }
            *room -= growth.min(*room);
        }
        if let Some(left) = self.breaks_in {
            self.breaks_in = left.checked_sub(len);
            if self.breaks_in.is_none() {
                (len, result) = (left, Err(Cause::SinkFailed));
            }
        }
        // The bytes before the trouble are there.
        let end = offset + len;
        if file.bytes.len() < end {
            file.bytes.resize(end, 0);
        }
        file.bytes[offset..end].copy_from_slice(&bytes[..len]);
        file.written.push((offset, end));
        result
    }

    /// Somebody else puts a file there, in the place of another one if there is one, and makes it
    /// safe; gives its number.
    pub(crate) fn put(&mut self, name: &str, bytes: &[u8]) -> usize {
        let number = self.files.len();
        let file = File { bytes: bytes.to_vec(), safe: bytes.to_vec(), written: Vec::new() };
        self.files.push(file);
        self.names.insert(name.to_owned(), number);
        self.unsafe_names.clear();
        number
    }

    /// It has room, and nothing breaks any more.
    pub(crate) const fn mend(&mut self) {
        (self.room, self.breaks_in, self.sync_fails_in) = (None, None, None);
    }

    /// The bytes of a file.
    pub(crate) fn read(&self, name: &str) -> Option<&[u8]> {
        self.names.get(name).map(|number| &self.files[*number].bytes[..])
    }

    /// Files whose names begin with `prefix`: the rest of the name, number and bytes.
    pub(crate) fn files_below<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, usize, &'a [u8])> {
        self.names.iter().filter_map(move |(name, number)| {
            Some((name.strip_prefix(prefix)?, *number, &self.files[*number].bytes[..]))
        })
    }

    /// The number of a file, which no other one ever has.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Makes a file safe, and all names.
    pub(crate) fn sync(&mut self, name: &str) -> Result<(), Cause> {
        if let Some(left) = self.sync_fails_in {
            self.sync_fails_in = left.checked_sub(1);
            if self.sync_fails_in.is_none() {
                return Err(Cause::SinkFailed);
            }
        }
        let file = &mut self.files[self.names[name]];
        file.make_safe();
        self.unsafe_names.clear();
        Ok(())
    }

    /// Gives a file another name; another one of that name goes.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        self.change_names(|names| {
            let number = names.remove(from).expect("a file that is renamed");
            names.insert(to.to_owned(), number);
        });
    }

    /// Removes a file if it is there.
    pub(crate) fn remove(&mut self, name: &str) {
        if let Some(number) = self.names.get(name) {
            if let Some(room) = &mut self.room {
                *room += self.files[*number].bytes.len();
            }
            self.change_names(|names| {
                names.remove(name);
            });
        }
    }

    fn change_names(&mut self, change: impl FnOnce(&mut Names)) {
        self.unsafe_names.push(self.names.clone());
        change(&mut self.names);
    }

    /// The power fails. What a killed process has written is there all the same, and needs none
    /// of this.
    pub(crate) fn lose_power(&mut self, rng: &mut Rng) {
        self.unsafe_names.push(self.names.clone());
        let moment = rng.below(self.unsafe_names.len() as u64);
        self.names = self.unsafe_names.swap_remove(crate::world::index(moment));
        self.unsafe_names.clear();
        for file in &mut self.files {
            file.lose_power(rng);
        }
    }
}

impl File {
    fn make_safe(&mut self) {
        self.safe.clone_from(&self.bytes);
        self.written.clear();
    }

    fn lose_power(&mut self, rng: &mut Rng) {
        for (begin, end) in core::mem::take(&mut self.written) {
            if rng.below(2) == 0 {
                for at in begin..end {
                    self.bytes[at] = self.safe.get(at).copied().unwrap_or(0);
                }
            }
        }
        // The length may have been written or not.
        if rng.below(2) == 0 && self.safe.len() < self.bytes.len() {
            self.bytes.truncate(self.safe.len());
        }
        self.make_safe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk_with(name: &str, bytes: &[u8]) -> Disk {
        let mut disk = Disk::default();
        disk.create(name);
        disk.write(name, 0, bytes).expect("no trouble");
        disk.sync(name).expect("no trouble");
        disk
    }

    #[test]
    fn what_is_synced_stays_and_the_rest_may_go() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let mut disk = disk_with("old", b"old");
            disk.create("new");
            disk.write("new", 0, b"new!").expect("no trouble");
            disk.rename("new", "old");
            disk.lose_power(&mut Rng::from_seed(seed));
            seen.insert(disk.read("old").map(<[u8]>::to_vec));
        }
        // Renamed before it was safe, a file may be empty or have holes.
        let expected = [&b""[..], b"\0\0\0\0", b"new!", b"old"];
        assert_eq!(seen, expected.into_iter().map(|bytes| Some(bytes.to_vec())).collect());
        for seed in 0..200 {
            let mut disk = disk_with("old", b"old");
            disk.create("new");
            disk.write("new", 0, b"new!").expect("no trouble");
            disk.sync("new").expect("no trouble");
            disk.rename("new", "old");
            disk.lose_power(&mut Rng::from_seed(seed));
            assert!([&b"old"[..], b"new!"].contains(&disk.read("old").expect("one of them")));
        }
    }

    #[test]
    fn a_disk_breaks_where_it_is_told_to() {
        let mut disk = Disk { room: Some(5), ..Disk::default() };
        disk.create("a");
        assert_eq!(disk.write("a", 0, b"abc"), Ok(()));
        assert_eq!(disk.write("a", 1, b"bcdefg"), Err(Cause::SinkFull));
        assert_eq!(disk.read("a"), Some(&b"abcde"[..]));
        disk.remove("a");
        assert_eq!(disk.room, Some(5));
        let mut disk = Disk { breaks_in: Some(2), sync_fails_in: Some(0), ..Disk::default() };
        disk.create("a");
        assert_eq!(disk.write("a", 0, b"abc"), Err(Cause::SinkFailed));
        assert_eq!(disk.read("a"), Some(&b"ab"[..]));
        assert_eq!(disk.write("a", 0, b"abc"), Ok(()));
        assert_eq!(disk.sync("a"), Err(Cause::SinkFailed));
        assert_eq!(disk.sync("a"), Ok(()));
    }
}
