//! The names of one folder in order, as many at once as memory is allowed.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry, FileType};
use std::io;
use std::path::Path;

/// Names that follow one another, packed: a folder of a million names takes as many bytes as its
/// names and a few each.
#[derive(Debug)]
pub(super) struct Chunk {
    bytes: Vec<u8>,
    slots: Vec<Slot>,
    /// Whether the folder has names behind the last one here.
    is_cut: bool,
}

/// Where a name is.
#[derive(Clone, Copy, Debug)]
struct Slot {
    start: u32,
    /// Bytes of the name as it is compared: a folder's has a slash at the end.
    len: u16,
    /// Bytes behind it of the name as the system has it, if that is not Unicode.
    raw_len: u16,
    kind: Kind,
}

/// What an entry is, links followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    File,
    FileLink,
    Folder,
    FolderLink,
    BrokenLink,
    /// To neither a file nor a folder, or nobody knows.
    OtherLink,
    Special,
    Unknown,
}

impl Kind {
    pub(super) const fn is_link(self) -> bool {
        matches!(self, Self::FileLink | Self::FolderLink | Self::BrokenLink | Self::OtherLink)
    }
}

/// A name of a chunk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Child {
    /// As text, without a slash; what is not Unicode is replaced.
    pub(super) name: String,
    /// As the system has it, if it is not Unicode.
    pub(super) raw: Option<OsString>,
    pub(super) kind: Kind,
}

impl Chunk {
    /// No names.
    pub(super) const EMPTY: Self = Self { bytes: Vec::new(), slots: Vec::new(), is_cut: false };

    /// Reads the least names of a folder that are greater than `after`, of at most `budget` bytes
    /// together; also why some are missing.
    ///
    /// A folder with more is read again for each chunk, so its memory is bounded and the time
    /// grows with the square of what the budget does not hold.
    pub(super) fn read(
        path: &Path,
        after: Option<&[u8]>,
        budget: usize,
    ) -> (Self, Option<io::Error>) {
        let mut chunk = Self::EMPTY;
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => return (chunk, Some(error)),
        };
        let mut trouble = None;
        // The greatest name that is wanted, once there is no room for all.
        let mut bound: Option<Vec<u8>> = None;
        for entry in entries {
            match entry {
                Err(error) => {
                    trouble = Some(error);
                    break;
                }
                Ok(entry) => chunk.add(&entry, after, bound.as_deref()),
            }
            if chunk.len() > budget && chunk.slots.len() > 1 {
                chunk.halve();
                bound = chunk.last_key().map(<[u8]>::to_vec);
            }
        }
        chunk.sort();
        (chunk, trouble)
    }

    /// Bytes it takes.
    pub(super) const fn len(&self) -> usize {
        self.bytes.len() + self.slots.len() * size_of::<Slot>()
    }

    pub(super) const fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The last name as it is compared.
    pub(super) fn last_key(&self) -> Option<&[u8]> {
        Some(key(&self.bytes, self.slots.last()?))
    }

    pub(super) fn child(&self, index: usize) -> Option<Child> {
        let slot = self.slots.get(index)?;
        let key = key(&self.bytes, slot);
        let raw = self.bytes.get(slot.start as usize + key.len()..).unwrap_or_default();
        let raw = raw.get(..usize::from(slot.raw_len)).filter(|raw| !raw.is_empty());
        let name = String::from_utf8_lossy(key.strip_suffix(b"/").unwrap_or(key)).into_owned();
        Some(Child { name, raw: raw.map(os_string), kind: slot.kind })
    }

    fn add(&mut self, entry: &DirEntry, after: Option<&[u8]>, bound: Option<&[u8]>) {
        let os_name = entry.file_name();
        let kind = entry.file_type().map_or(Kind::Unknown, |kind| kind_of(entry, kind));
        let start = self.bytes.len();
        // Names that are no Unicode are sorted as they are reported, so that order is kept.
        let text = os_name.to_string_lossy();
        self.bytes.extend_from_slice(text.as_bytes());
        if matches!(kind, Kind::Folder | Kind::FolderLink) {
            self.bytes.push(b'/');
        }
        let own = self.bytes.get(start..).unwrap_or_default();
        let is_behind = bound.is_some_and(|bound| own > bound);
        self.is_cut |= is_behind;
        let (Ok(slot_start), Ok(len)) = (u32::try_from(start), u16::try_from(own.len())) else {
            // No system has names of 64 KiB, nor has a budget room for 4 GiB.
            self.bytes.truncate(start);
            return;
        };
        if is_behind || after.is_some_and(|after| own <= after) {
            self.bytes.truncate(start);
            return;
        }
        let raw = if os_name.to_str().is_none() { raw_bytes(&os_name) } else { &[] };
        self.bytes.extend_from_slice(raw);
        let raw_len = u16::try_from(raw.len()).unwrap_or_default();
        self.slots.push(Slot { start: slot_start, len, raw_len, kind });
    }

    fn sort(&mut self) {
        let bytes = &self.bytes;
        self.slots.sort_unstable_by(|a, b| key(bytes, a).cmp(key(bytes, b)));
    }

    /// Keeps the lesser half of the names.
    fn halve(&mut self) {
        self.sort();
        self.slots.truncate(self.slots.len().div_ceil(2));
        self.is_cut = true;
        let mut kept = Vec::new();
        for slot in &mut self.slots {
            let start = slot.start as usize;
            let end = start + usize::from(slot.len) + usize::from(slot.raw_len);
            slot.start = u32::try_from(kept.len()).unwrap_or(u32::MAX);
            kept.extend_from_slice(self.bytes.get(start..end).unwrap_or_default());
        }
        self.bytes = kept;
    }
}

fn key<'a>(bytes: &'a [u8], slot: &Slot) -> &'a [u8] {
    let start = slot.start as usize;
    bytes.get(start..start + usize::from(slot.len)).unwrap_or_default()
}

fn kind_of(entry: &DirEntry, kind: FileType) -> Kind {
    if kind.is_dir() {
        return Kind::Folder;
    }
    if kind.is_file() {
        return Kind::File;
    }
    if !kind.is_symlink() {
        return Kind::Special;
    }
    match fs::metadata(entry.path()) {
        Ok(it) if it.is_dir() => Kind::FolderLink,
        Ok(it) if it.is_file() => Kind::FileLink,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Kind::BrokenLink,
        Ok(_) | Err(_) => Kind::OtherLink,
    }
}

#[cfg(unix)]
fn raw_bytes(name: &OsStr) -> &[u8] {
    use std::os::unix::ffi::OsStrExt as _;
    name.as_bytes()
}

#[cfg(unix)]
fn os_string(raw: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(raw).to_owned()
}

/// Elsewhere such a name is only told, never opened.
#[cfg(not(unix))]
fn raw_bytes(name: &OsStr) -> &[u8] {
    name.as_encoded_bytes()
}

#[cfg(not(unix))]
fn os_string(raw: &[u8]) -> OsString {
    String::from_utf8_lossy(raw).into_owned().into()
}
