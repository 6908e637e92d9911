//! An entry of either side.

use b2_proto::plan::sync::{Entry, EntryKind, Remote};
use b2_proto::wire::text::Sha1;

use crate::walk::FoundFile;

/// A local file, or a version in a bucket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// A file of a folder.
    Local(FoundFile),
    /// A version of a bucket.
    Remote(Box<Remote>),
}

impl Entry for Item {
    fn path(&self) -> &str {
        match self {
            Self::Local(file) => file.path(),
            Self::Remote(remote) => remote.path(),
        }
    }

    fn kind(&self) -> EntryKind {
        match self {
            Self::Local(file) => file.kind(),
            Self::Remote(remote) => remote.kind(),
        }
    }

    fn content_len(&self) -> u64 {
        match self {
            Self::Local(file) => file.content_len(),
            Self::Remote(remote) => remote.content_len(),
        }
    }

    fn modified_ms(&self) -> i64 {
        match self {
            Self::Local(file) => Entry::modified_ms(file),
            Self::Remote(remote) => remote.modified_ms(),
        }
    }

    fn notes_time(&self) -> bool {
        match self {
            Self::Local(file) => file.notes_time(),
            Self::Remote(remote) => remote.notes_time(),
        }
    }

    fn uploaded_ms(&self) -> Option<i64> {
        match self {
            Self::Local(file) => file.uploaded_ms(),
            Self::Remote(remote) => remote.uploaded_ms(),
        }
    }

    fn sha1(&self) -> Option<Sha1> {
        match self {
            Self::Local(file) => file.sha1(),
            Self::Remote(remote) => remote.sha1(),
        }
    }

    fn slim(&mut self) {
        match self {
            Self::Local(file) => file.slim(),
            Self::Remote(remote) => remote.slim(),
        }
    }
}
