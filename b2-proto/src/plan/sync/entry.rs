//! What a plan looks at of a file, wherever it is.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};

use crate::info::SRC_LAST_MODIFIED_MILLIS;
use crate::model::{ContentSha1, FileVersion};
use crate::plan::blocks::is_manifest;
use crate::wire::text::Sha1;

/// One entry of a side of a sync: a local file, or a version of a name in a bucket.
///
/// A plan takes entries by value and hands them on in its actions, so an entry can carry whatever
/// carries the action out. It only ever looks at what is here.
pub trait Entry {
    /// Its name relative to the folder that is synchronized, with `/` between the pieces.
    fn path(&self) -> &str;

    /// What it is.
    fn kind(&self) -> EntryKind {
        EntryKind::File
    }

    /// Its length in bytes; 0 for what has no content.
    fn content_len(&self) -> u64;

    /// When its content was last modified, in milliseconds since the Unix epoch: what the uploader
    /// said, else when it was uploaded.
    fn modified_ms(&self) -> i64;

    /// Whether anybody said when that was. The time of two uploads tells nothing of their contents.
    fn notes_time(&self) -> bool {
        true
    }

    /// When it was uploaded, in milliseconds since the Unix epoch; nothing for local files.
    fn uploaded_ms(&self) -> Option<i64> {
        None
    }

    /// The SHA-1 of its whole content, if it is known without reading it.
    fn sha1(&self) -> Option<Sha1> {
        None
    }

    /// Drops what only a transfer or a copy of it needs: it is held back to be removed, perhaps
    /// with many others. What is asked for here stays as it is.
    fn slim(&mut self) {}
}

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryKind {
    /// A file that can be read.
    File,
    /// A marker that hides the versions before it.
    HideMarker,
    /// A large file that is not finished: no plan reads or deletes it.
    Unfinished,
    /// A manifest of blocks, which belongs to the file beside it: no plan reads or deletes it. It
    /// hides older versions of its name, which are somebody's own file.
    Manifest,
}

/// A version in a bucket, by its name relative to a prefix.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remote {
    /// The version.
    pub version: FileVersion,
    /// Bytes of the prefix that its name starts with.
    prefix_len: usize,
}

impl Remote {
    /// The version as one below `prefix`, which is empty or ends with a slash; nothing when its
    /// name does not start with it.
    pub fn below(prefix: &str, version: FileVersion) -> Option<Self> {
        let is_below = version.file_name.starts_with(prefix);
        is_below.then_some(Self { version, prefix_len: prefix.len() })
    }

    /// When its content was modified, in milliseconds since the Unix epoch, as the uploader noted
    /// it. A time before 1970 counts as none, as it does in a download: no local file would get it,
    /// and both sides would differ for ever.
    pub fn noted_ms(&self) -> Option<i64> {
        self.version.src_last_modified_ms().filter(|ms| *ms >= 0)
    }

    /// Its full name in the bucket.
    pub const fn name(&self) -> &String {
        &self.version.file_name
    }
}

impl Entry for Remote {
    fn path(&self) -> &str {
        self.version.file_name.get(self.prefix_len..).unwrap_or_default()
    }

    fn kind(&self) -> EntryKind {
        if is_manifest(&self.version) {
            EntryKind::Manifest
        } else if self.version.is_finished() {
            EntryKind::File
        } else if self.version.is_hide_marker() {
            EntryKind::HideMarker
        } else {
            EntryKind::Unfinished
        }
    }

    fn content_len(&self) -> u64 {
        self.version.content_length
    }

    fn modified_ms(&self) -> i64 {
        let uploaded_ms = || i64::try_from(self.version.upload_timestamp_ms).unwrap_or(i64::MAX);
        self.noted_ms().unwrap_or_else(uploaded_ms)
    }

    fn notes_time(&self) -> bool {
        self.noted_ms().is_some()
    }

    fn uploaded_ms(&self) -> Option<i64> {
        i64::try_from(self.version.upload_timestamp_ms).ok()
    }

    fn sha1(&self) -> Option<Sha1> {
        self.version.whole_sha1()
    }

    fn slim(&mut self) {
        if self.kind() == EntryKind::Manifest {
            // Its type tells what it is.
            return;
        }
        let (sha1, noted_ms) = (self.sha1(), self.noted_ms());
        let version = &mut self.version;
        version.content_sha1 = sha1.map(ContentSha1::Unverified);
        version.file_info = BTreeMap::new();
        if let Some(ms) = noted_ms {
            version.file_info.insert(SRC_LAST_MODIFIED_MILLIS.into(), ms.to_string());
        }
        (version.content_md5, version.content_type) = (None, None);
        version.server_side_encryption = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FileAction;
    use crate::plan::blocks::CONTENT_TYPE;

    #[test]
    fn a_version_is_named_below_its_prefix() {
        let mut version = FileVersion::new("a", "b", "f", "photos/ż/1.jpg", FileAction::Upload);
        version.upload_timestamp_ms = 7;
        assert_eq!(Remote::below("other/", version.clone()), None);
        let remote = Remote::below("photos/", version.clone()).expect("below");
        assert_eq!((remote.path(), remote.modified_ms()), ("ż/1.jpg", 7));
        version.file_info.insert("src_last_modified_millis".into(), "-5".into());
        let remote = Remote::below("", version).expect("below");
        assert_eq!((remote.path(), remote.modified_ms()), ("photos/ż/1.jpg", 7), "no file has -5");
    }

    #[test]
    fn a_slim_version_answers_as_before() {
        let sha1 = Sha1::of(b"content");
        let mut version = FileVersion::new("a", "b", "f", "d/n", FileAction::Upload);
        (version.content_length, version.upload_timestamp_ms) = (7, 9);
        version.content_sha1 = Some(ContentSha1::None);
        let info =
            [("large_file_sha1", sha1.to_string()), ("src_last_modified_millis", "5".into())];
        version.file_info = info.map(|(key, value)| (key.into(), value)).into();
        version.file_info.insert("long".into(), "x".repeat(5_000));
        let whole = Remote::below("d/", version).expect("below");
        let mut slim = whole.clone();
        slim.slim();
        let answers = |it: &Remote| {
            let times = (it.modified_ms(), it.uploaded_ms());
            (it.path().to_string(), it.kind(), it.content_len(), times, it.sha1())
        };
        assert_eq!(answers(&slim), answers(&whole));
        assert_eq!((slim.sha1(), slim.name()), (Some(sha1), whole.name()));
        assert_eq!(slim.version.file_id, whole.version.file_id);
        assert_eq!(slim.version.file_info.len(), 1);
    }

    #[test]
    fn actions_are_kinds() {
        let kind = |action| {
            Remote::below("", FileVersion::new("a", "b", "f", "n", action)).map(|it| it.kind())
        };
        assert_eq!(kind(FileAction::Upload), Some(EntryKind::File));
        assert_eq!(kind(FileAction::Hide), Some(EntryKind::HideMarker));
        assert_eq!(kind(FileAction::Start), Some(EntryKind::Unfinished));
        for (name, content_type, want) in [
            ("n.b2blocks", CONTENT_TYPE, EntryKind::Manifest),
            ("n.b2blocks", "text/plain", EntryKind::File),
            (".b2blocks", CONTENT_TYPE, EntryKind::File),
            ("n", CONTENT_TYPE, EntryKind::File),
        ] {
            let mut version = FileVersion::new("a", "b", "f", name, FileAction::Upload);
            version.content_type = Some(content_type.into());
            assert_eq!(Remote::below("", version).map(|it| it.kind()), Some(want), "{name}");
        }
    }
}
