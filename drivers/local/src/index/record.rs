//! One digest of one file, as it is kept.

use core::time::Duration;
use std::fs::Metadata;
use std::path::{Path, absolute};
use std::time::{SystemTime, UNIX_EPOCH};

use b2_proto::wire::text::Sha1;

/// Bytes of a record.
pub(super) const RECORD_LEN: usize = 112;
/// Bytes of its check, at its end.
const CHECK_LEN: usize = 12;
/// Digests of this kind are SHA-1; others are passed over.
const KIND_SHA1: u8 = 1;

/// Stands for a path: the SHA-1 of its absolute form.
pub(super) type Key = [u8; 20];

/// What tells one state of a file from another.
///
/// Where the system has no inodes, device and inode are 0, and the time of its making stands for
/// that of its change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileStamp {
    device: u64,
    inode: u64,
    len: u64,
    /// Nanoseconds since the Unix epoch.
    modified_ns: i64,
    /// The same of the last change of content, name or rights, which nobody can set.
    changed_ns: i64,
}

impl FileStamp {
    /// The state a file is in; nothing for times no file has (before 1678 or after 2262).
    #[cfg(unix)]
    pub fn of(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let ns = |s: i64, ns: i64| s.checked_mul(1_000_000_000)?.checked_add(ns);
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            len: metadata.len(),
            modified_ns: ns(metadata.mtime(), metadata.mtime_nsec())?,
            changed_ns: ns(metadata.ctime(), metadata.ctime_nsec())?,
        })
    }

    /// The state a file is in; nothing for times before 1970 or after 2262.
    #[cfg(not(unix))]
    pub fn of(metadata: &Metadata) -> Option<Self> {
        Some(Self {
            device: 0,
            inode: 0,
            len: metadata.len(),
            modified_ns: since_epoch_ns(metadata.modified().ok()?)?,
            changed_ns: since_epoch_ns(metadata.created().ok()?)?,
        })
    }

    /// Whether the file could change after `begun` and still look like this: it was modified so
    /// shortly before that its times, whose grain is up to two seconds, may come out the same.
    pub fn is_fresh(&self, begun: SystemTime) -> bool {
        const GRAIN: Duration = Duration::from_secs(2);
        let last_ns = self.modified_ns.max(self.changed_ns);
        let Some(settled) = begun.checked_sub(GRAIN).and_then(since_epoch_ns) else { return true };
        last_ns >= settled
    }
}

fn since_epoch_ns(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// The key of a path.
pub(super) fn key(path: &Path) -> Key {
    let whole = absolute(path);
    let whole = whole.as_deref().unwrap_or(path);
    Sha1::of(whole.as_os_str().as_encoded_bytes()).0
}

/// A record of an index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Record {
    pub(super) key: Key,
    pub(super) stamp: FileStamp,
    pub(super) sha1: Sha1,
    /// Days since the Unix epoch when it was last of use.
    pub(super) day: u32,
}

impl Record {
    pub(super) fn encode(&self) -> [u8; RECORD_LEN] {
        let mut bytes = [0; RECORD_LEN];
        let stamp = &self.stamp;
        let mut rest = bytes.as_mut_slice();
        let mut put = |field: &[u8]| {
            let (own, behind) = core::mem::take(&mut rest).split_at_mut(field.len());
            own.copy_from_slice(field);
            rest = behind;
        };
        put(&self.key);
        put(&[KIND_SHA1, 0, 0, 0]);
        put(&self.day.to_le_bytes());
        put(&stamp.device.to_le_bytes());
        put(&stamp.inode.to_le_bytes());
        put(&stamp.len.to_le_bytes());
        put(&stamp.modified_ns.to_le_bytes());
        put(&stamp.changed_ns.to_le_bytes());
        put(&self.sha1.0);
        put(&[0; 12]);
        seal(&mut bytes);
        bytes
    }

    /// Reads a record; nothing when it is torn, damaged, or of a kind of a later version.
    pub(super) fn decode(bytes: &[u8; RECORD_LEN]) -> Option<Self> {
        if !is_sealed(bytes) {
            return None;
        }
        let mut rest = bytes.as_slice();
        let key = *take(&mut rest)?;
        let kind: &[u8; 4] = take(&mut rest)?;
        if *kind != [KIND_SHA1, 0, 0, 0] {
            return None;
        }
        let day = u32::from_le_bytes(*take(&mut rest)?);
        let stamp = FileStamp {
            device: u64::from_le_bytes(*take(&mut rest)?),
            inode: u64::from_le_bytes(*take(&mut rest)?),
            len: u64::from_le_bytes(*take(&mut rest)?),
            modified_ns: i64::from_le_bytes(*take(&mut rest)?),
            changed_ns: i64::from_le_bytes(*take(&mut rest)?),
        };
        Some(Self { key, stamp, sha1: Sha1(*take(&mut rest)?), day })
    }
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (field, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(field)
}

/// Writes the check over all that is before it.
pub(super) fn seal(bytes: &mut [u8; RECORD_LEN]) {
    let (content, check) = bytes.split_at_mut(RECORD_LEN - CHECK_LEN);
    check.copy_from_slice(Sha1::of(content).0.get(..CHECK_LEN).unwrap_or_default());
}

pub(super) fn is_sealed(bytes: &[u8; RECORD_LEN]) -> bool {
    let (content, check) = bytes.split_at(RECORD_LEN - CHECK_LEN);
    Sha1::of(content).0.starts_with(check)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: FileStamp =
        FileStamp { device: 1, inode: 2, len: 3, modified_ns: -4, changed_ns: 5_000_000_000 };

    #[test]
    fn a_record_is_read_as_it_was_written_or_not_at_all() {
        let record = Record { key: [7; 20], stamp: STAMP, sha1: Sha1::of(b"x"), day: 20_000 };
        let bytes = record.encode();
        assert_eq!(Record::decode(&bytes), Some(record));
        for at in 0..RECORD_LEN {
            let mut torn = bytes;
            torn[at] ^= 1;
            assert_eq!(Record::decode(&torn), None, "byte {at}");
        }
        let mut later = bytes;
        later[20] = 2;
        seal(&mut later);
        assert_eq!(Record::decode(&later), None, "a digest of another kind");
        assert_eq!(Record::decode(&[0; RECORD_LEN]), None);
    }

    #[test]
    fn what_was_just_modified_is_fresh() {
        let at = |ms| UNIX_EPOCH + Duration::from_millis(ms);
        assert!(STAMP.is_fresh(at(4_000)) && STAMP.is_fresh(at(7_000)));
        assert!(!STAMP.is_fresh(at(7_001)));
        // A clock that is wrong.
        assert!(STAMP.is_fresh(UNIX_EPOCH) && STAMP.is_fresh(at(1)));
    }
}
