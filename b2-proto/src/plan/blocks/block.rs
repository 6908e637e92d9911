//! One block: its length and its digest.

use super::chunker::Chunker;
use super::size::BlockSize;
use core::fmt;
use sha2::{Digest as _, Sha256};

/// Bytes of a block's digest.
pub const DIGEST_LEN: usize = 20;

/// The first 20 bytes of a SHA-256. Blocks with the same digest and length are taken for equal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockDigest(pub [u8; DIGEST_LEN]);

impl BlockDigest {
    /// The digest of `data`.
    #[must_use]
    pub fn of(data: &[u8]) -> Self {
        Self::finish(Sha256::new_with_prefix(data))
    }

    pub(super) fn finish(hasher: Sha256) -> Self {
        let digest: [u8; 32] = hasher.finalize().into();
        let mut first = [0; DIGEST_LEN];
        first.copy_from_slice(&digest[..DIGEST_LEN]);
        Self(first)
    }
}

impl fmt::Debug for BlockDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Some bytes in a row of a file, known by their digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Block {
    /// How many bytes; never none.
    pub len: u32,
    /// Their digest.
    pub digest: BlockDigest,
}

/// Makes blocks of bytes that come in order.
#[derive(Clone, Debug)]
pub(super) struct Cutter {
    chunker: Chunker,
    hasher: Sha256,
}

impl Cutter {
    pub(super) fn new(size: BlockSize) -> Self {
        Self { chunker: Chunker::new(size), hasher: Sha256::new() }
    }

    /// Takes the next bytes and gives away the blocks that end among them.
    pub(super) fn update(&mut self, mut bytes: &[u8], give: &mut impl FnMut(Block)) {
        loop {
            let before = self.chunker.len();
            let Some(end) = self.chunker.cut(bytes) else { break };
            let (last, behind) = bytes.split_at(end);
            self.hasher.update(last);
            let digest = BlockDigest::finish(core::mem::take(&mut self.hasher));
            // No block has more bytes than 32 bits can tell.
            let len = before.saturating_add(u32::try_from(end).unwrap_or(u32::MAX));
            give(Block { len, digest });
            bytes = behind;
        }
        self.hasher.update(bytes);
    }

    /// The last block, which may be shorter than the others.
    pub(super) fn finish(self) -> Option<Block> {
        let len = self.chunker.len();
        (len > 0).then(|| Block { len, digest: BlockDigest::finish(self.hasher) })
    }
}
