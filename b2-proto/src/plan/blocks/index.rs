//! The blocks of the earlier version, to be found by digest and by place.

use super::block::Block;
use super::manifest::Manifest;
use alloc::vec::Vec;

/// Takes 12 bytes for each block beside the manifest.
#[derive(Clone, Debug)]
pub(super) struct Index {
    manifest: Manifest,
    /// Where each block begins, in bytes.
    offsets: Vec<u64>,
    /// The indexes of all blocks, by digest and then by place.
    by_digest: Vec<u32>,
}

/// A block of the earlier version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) index: usize,
    /// Where it begins there, in bytes.
    pub(super) offset: u64,
}

impl Index {
    pub(super) fn new(manifest: Manifest) -> Self {
        let mut offsets = Vec::with_capacity(manifest.count());
        let mut end = 0;
        for block in manifest.blocks() {
            offsets.push(end);
            end += u64::from(block.len);
        }
        // As many as a manifest may have fit 32 bits.
        let mut by_digest: Vec<u32> = (0..).take(manifest.count()).collect();
        by_digest.sort_unstable_by_key(|index| (digest_at(&manifest, *index), *index));
        Self { manifest, offsets, by_digest }
    }

    /// The block at `index`, if it is like this one.
    pub(super) fn at(&self, index: usize, block: &Block) -> Option<Found> {
        let offset = *self.offsets.get(index)?;
        (self.manifest.block(index)? == *block).then_some(Found { index, offset })
    }

    /// The block that begins at `offset`, if it is like this one.
    pub(super) fn at_offset(&self, offset: u64, block: &Block) -> Option<Found> {
        self.at(self.offsets.binary_search(&offset).ok()?, block)
    }

    /// The first block like this one.
    pub(super) fn first(&self, block: &Block) -> Option<Found> {
        let digest = |index: &u32| digest_at(&self.manifest, *index);
        let at = self.by_digest.partition_point(|index| digest(index) < Some(block.digest));
        self.at(usize::try_from(*self.by_digest.get(at)?).ok()?, block)
    }
}

fn digest_at(manifest: &Manifest, index: u32) -> Option<super::block::BlockDigest> {
    Some(manifest.block(usize::try_from(index).ok()?)?.digest)
}
