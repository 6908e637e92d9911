//! Manifests: the blocks of one version of a file, as they are kept. The format is
//! [above](super#the-manifest).

use super::block::{Block, BlockDigest, DIGEST_LEN};
use super::size::{BLOCKS_MAX, BlockSize};
use crate::limits::FILE_ID_LEN_MAX;
use crate::wire::text::Sha1;
use alloc::string::String;
use alloc::vec::Vec;

const MAGIC: &[u8; 8] = b"b2blocks";
const VERSION: u8 = 1;
/// Magic, version, logarithm of the average, two zeros.
const HEAD_LEN: usize = 12;
const ENTRY_LEN: usize = 4 + DIGEST_LEN;
/// Length, SHA-1, length of the ID.
const END_LEN: usize = 8 + 20 + 1;

/// No manifest is longer, in bytes.
pub const MANIFEST_LEN_MAX: u64 = HEAD_LEN as u64
    + BLOCKS_MAX * ENTRY_LEN as u64
    + (4 + END_LEN + FILE_ID_LEN_MAX + DIGEST_LEN) as u64;

/// Why bytes are no manifest that could be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// They do not begin as one.
    #[error("not a manifest of blocks")]
    Foreign,
    /// Another program wrote it, by newer rules.
    #[error("a manifest of blocks of version {0}, which is not known here")]
    Version(u8),
    /// They begin as one, but break its rules.
    #[error("a damaged manifest of blocks")]
    Damaged,
}

/// The blocks of a file in order, while they become known; they are encoded at once.
#[derive(Clone, Debug)]
pub struct Draft {
    bytes: Vec<u8>,
    len: u64,
}

impl Draft {
    /// A manifest of no blocks yet.
    #[must_use]
    pub fn new(size: BlockSize) -> Self {
        let mut bytes = Vec::from(MAGIC);
        bytes.extend([VERSION, size.log2(), 0, 0]);
        Self { bytes, len: 0 }
    }

    /// Adds the next block; whether there is room for it.
    pub fn push(&mut self, block: Block) -> bool {
        let count = (self.bytes.len() - HEAD_LEN) / ENTRY_LEN;
        if count as u64 >= BLOCKS_MAX {
            return false;
        }
        self.bytes.extend(block.len.to_le_bytes());
        self.bytes.extend(block.digest.0);
        self.len += u64::from(block.len);
        true
    }

    /// How long the whole manifest will be, with an ID of `id_len` bytes.
    #[must_use]
    pub fn finished_len(&self, id_len: usize) -> u64 {
        (self.bytes.len() + 4 + END_LEN + id_len + DIGEST_LEN) as u64
    }

    /// The whole manifest of the version `file_id`, whose content has this SHA-1. Nothing if that
    /// is no ID.
    #[must_use]
    pub fn finish(self, file_id: &str, sha1: Sha1) -> Option<Vec<u8>> {
        if !is_id(file_id.as_bytes()) {
            return None;
        }
        let Self { mut bytes, len } = self;
        bytes.extend([0; 4]);
        bytes.extend(len.to_le_bytes());
        bytes.extend(sha1.0);
        bytes.push(u8::try_from(file_id.len()).ok()?);
        bytes.extend(file_id.as_bytes());
        bytes.extend(BlockDigest::of(&bytes).0);
        Some(bytes)
    }
}

/// The blocks of a version that the service has.
///
/// ```
/// use b2_proto::plan::blocks::{Manifest, Matcher};
/// use b2_proto::wire::text::Sha1;
///
/// let mut matcher = Matcher::new(5_000, 5_000_000, None);
/// matcher.update(&[7; 5_000]);
/// let matched = matcher.finish();
/// let bytes = matched.draft.and_then(|draft| draft.finish("4_z8d62", matched.sha1));
/// let bytes = bytes.expect("few blocks, and an ID");
/// assert_eq!(bytes.len(), 12 + 24 + 4 + 29 + 7 + 20);
///
/// let manifest = Manifest::read(bytes)?;
/// assert!(manifest.describes("4_z8d62", 5_000, Some(Sha1::of(&[7; 5_000]))));
/// assert!(!manifest.describes("4_z8d63", 5_000, None));
/// # Ok::<(), b2_proto::plan::blocks::ManifestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// As they were read, up to the last entry.
    entries: Vec<u8>,
    size: BlockSize,
    len: u64,
    sha1: Sha1,
    file_id: String,
}

impl Manifest {
    /// Reads one. Nothing is allocated but for the file's ID.
    ///
    /// # Errors
    /// [`ManifestError`], when it is none or any of its rules is broken.
    pub fn read(mut bytes: Vec<u8>) -> Result<Self, ManifestError> {
        let mut fields = Fields(bytes.strip_prefix(MAGIC).ok_or(ManifestError::Foreign)?);
        let [version, log2, zeros @ ..] = fields.array::<4>()?;
        if version != VERSION {
            return Err(ManifestError::Version(version));
        }
        let size = BlockSize::from_log2(log2).filter(|_| zeros == [0; 2]);
        let size = size.ok_or(ManifestError::Damaged)?;

        let mut blocks = Checked { size, len: 0, count: 0, is_last: false };
        loop {
            match u32::from_le_bytes(fields.array()?) {
                0 => break,
                len => blocks.add(len)?,
            }
            fields.array::<DIGEST_LEN>()?;
        }
        let len = u64::from_le_bytes(fields.array()?);
        let sha1 = Sha1(fields.array()?);
        let [id_len] = fields.array()?;
        let file_id = fields.slice(id_len.into())?;
        let covered = bytes.len() - fields.0.len();
        let check = BlockDigest(fields.array()?);
        let is_whole = fields.0.is_empty() && check == BlockDigest::of(&bytes[..covered]);
        if !is_whole || len != blocks.len || !is_id(file_id) {
            return Err(ManifestError::Damaged);
        }
        let file_id = String::from_utf8_lossy(file_id).into_owned();
        bytes.truncate(HEAD_LEN + blocks.count * ENTRY_LEN);
        Ok(Self { entries: bytes, size, len, sha1, file_id })
    }

    /// Whether it is about this version, as far as is known of it.
    #[must_use]
    pub fn describes(&self, file_id: &str, len: u64, sha1: Option<Sha1>) -> bool {
        self.file_id == file_id && self.len == len && sha1.is_none_or(|sha1| sha1 == self.sha1)
    }

    /// The ID of the version it describes.
    #[must_use]
    pub fn file_id(&self) -> &str {
        &self.file_id
    }

    /// Length of that version, in bytes.
    #[must_use]
    pub const fn file_len(&self) -> u64 {
        self.len
    }

    /// The SHA-1 of its content.
    #[must_use]
    pub const fn file_sha1(&self) -> Sha1 {
        self.sha1
    }

    /// How long blocks are.
    #[must_use]
    pub const fn size(&self) -> BlockSize {
        self.size
    }

    /// Number of blocks.
    #[must_use]
    pub fn count(&self) -> usize {
        self.entries().len()
    }

    /// The blocks in order.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = Block> + '_ {
        self.entries().iter().map(block)
    }

    /// The block at an index from 0.
    #[must_use]
    pub fn block(&self, index: usize) -> Option<Block> {
        self.entries().get(index).map(block)
    }

    fn entries(&self) -> &[[u8; ENTRY_LEN]] {
        self.entries[HEAD_LEN..].as_chunks().0
    }
}

fn block(entry: &[u8; ENTRY_LEN]) -> Block {
    let [a, b, c, d, digest @ ..] = *entry;
    Block { len: u32::from_le_bytes([a, b, c, d]), digest: BlockDigest(digest) }
}

/// Visible ASCII, as IDs have; not too long.
fn is_id(id: &[u8]) -> bool {
    (1..=FILE_ID_LEN_MAX).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
}

/// Blocks whose lengths keep to the rules.
struct Checked {
    size: BlockSize,
    len: u64,
    count: usize,
    /// Whether one was shorter than the shortest: nothing may follow it.
    is_last: bool,
}

impl Checked {
    fn add(&mut self, len: u32) -> Result<(), ManifestError> {
        if self.is_last || len > self.size.max() || self.count as u64 >= BLOCKS_MAX {
            return Err(ManifestError::Damaged);
        }
        self.is_last = len < self.size.min();
        self.len += u64::from(len);
        self.count += 1;
        Ok(())
    }
}

/// What has not been read yet.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], ManifestError> {
        let (array, rest) = self.0.split_first_chunk().ok_or(ManifestError::Damaged)?;
        self.0 = rest;
        Ok(*array)
    }

    fn slice(&mut self, len: usize) -> Result<&'a [u8], ManifestError> {
        let (slice, rest) = self.0.split_at_checked(len).ok_or(ManifestError::Damaged)?;
        self.0 = rest;
        Ok(slice)
    }
}
