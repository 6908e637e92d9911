//! What a walk finds.

use std::path::PathBuf;

use super::SkipReason;

/// One step of a walk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Entry {
    /// A regular file.
    File(FoundFile),
    /// Something that is left out.
    Skipped(Skipped),
}

/// A file that can be uploaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundFile {
    /// Its name relative to the root, with `/` between the pieces.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes.
    pub len: u64,
    /// When it was last modified, in milliseconds since the Unix epoch.
    pub modified_ms: u64,
}

/// Something in the folder that is no file to upload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// Its name relative to the root, with `/` between the pieces and at the end of a folder's;
    /// what is not Unicode is replaced. Names ascend, but for that of a folder whose rest is
    /// unreadable: it comes behind what came of it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Why it is left out.
    pub reason: SkipReason,
}
