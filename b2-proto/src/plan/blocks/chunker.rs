//! Where blocks end: content decides, so that the same content has the same blocks wherever it is.

use super::size::BlockSize;
use crate::rng::Rng;

/// The hash at a place is of so many bytes before it.
const WINDOW: u32 = 64;

/// A number for each byte: the first 256 of SplitMix64 from the seed 0.
static GEAR: [u64; 256] = {
    let mut numbers = Rng::from_seed(0);
    let mut gear = [0; 256];
    let mut byte = 0;
    while byte < gear.len() {
        gear[byte] = numbers.next_u64();
        byte += 1;
    }
    gear
};

/// How many bits more or less than the average asks for must be zero where a block is to end.
const BITS_APART: u8 = 2;

/// Finds the ends of blocks in bytes that come in order, however they are divided.
///
/// Keeps two numbers, whatever the length of blocks. The rule is in [the format](super#blocks).
///
/// ```
/// use b2_proto::plan::blocks::{BlockSize, Chunker};
///
/// let mut chunker = Chunker::new(BlockSize::from_log2(10).expect("in range"));
/// let zeros = [0; 5_000];
/// // Nothing in them says where to cut, so the longest block ends.
/// assert_eq!(chunker.cut(&zeros), Some(4_096));
/// assert_eq!(chunker.cut(&zeros[4_096..]), None);
/// assert_eq!(chunker.len(), 904);
/// ```
#[derive(Clone, Debug)]
pub struct Chunker {
    size: BlockSize,
    /// Bytes of the block so far.
    len: u32,
    hash: u64,
}

impl Chunker {
    /// Begins with a block.
    #[must_use]
    pub const fn new(size: BlockSize) -> Self {
        Self { size, len: 0, hash: 0 }
    }

    /// Takes the next bytes, as far as they belong to the block: if it ends among them, the number
    /// of bytes up to its end; else all of them. Behind an end another block begins.
    pub fn cut(&mut self, bytes: &[u8]) -> Option<usize> {
        let size = self.size;
        let hard = limit(size.log2() + BITS_APART);
        let easy = limit(size.log2() - BITS_APART);
        let mut at = self.skip(bytes);
        // Up to the first of these lengths no hash ends a block.
        for (end, limit) in [(size.min() - 1, 0), (size.easy() - 1, hard), (size.max(), easy)] {
            let zone = first(&bytes[at..], end.saturating_sub(self.len));
            let (taken, is_end) = self.roll(zone, limit);
            at += taken;
            if is_end || self.len == size.max() {
                *self = Self::new(size);
                return Some(at);
            }
        }
        None
    }

    /// Bytes of the block that has not ended.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// Whether a block is about to begin.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Passes over bytes that no hash of a possible end is of; how many they are.
    fn skip(&mut self, bytes: &[u8]) -> usize {
        let skipped = first(bytes, (self.size.min() - WINDOW).saturating_sub(self.len)).len();
        self.grow(skipped);
        skipped
    }

    /// Takes bytes until the hash is below the limit; how many, and whether it is.
    fn roll(&mut self, bytes: &[u8], limit: u64) -> (usize, bool) {
        let mut hash = self.hash;
        let end = bytes.iter().position(|byte| {
            // What is 64 bytes old has been shifted out.
            hash = (hash << 1).wrapping_add(GEAR[usize::from(*byte)]);
            hash < limit
        });
        self.hash = hash;
        let taken = end.map_or(bytes.len(), |last| last + 1);
        self.grow(taken);
        (taken, end.is_some())
    }

    fn grow(&mut self, bytes: usize) {
        // No more than the longest block, which has 32 bits.
        self.len = self.len.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
    }
}

/// Hashes whose first so many bits are zero are below this.
const fn limit(bits: u8) -> u64 {
    1 << (64 - bits)
}

/// The first `len` bytes, or as many as there are.
fn first(bytes: &[u8], len: u32) -> &[u8] {
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    bytes.get(..len).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn data(len: usize, seed: u64) -> Vec<u8> {
        let mut numbers = Rng::from_seed(seed);
        (0..len.div_ceil(8)).flat_map(|_| numbers.next_u64().to_le_bytes()).take(len).collect()
    }

    fn size(log2: u8) -> BlockSize {
        BlockSize::from_log2(log2).unwrap()
    }

    /// The lengths of all blocks of bytes that come in pieces of `piece`.
    fn lens(bytes: &[u8], size: BlockSize, piece: usize) -> Vec<u32> {
        let mut chunker = Chunker::new(size);
        let (mut lens, mut len) = (Vec::new(), 0);
        for mut piece in bytes.chunks(piece) {
            while let Some(end) = chunker.cut(piece) {
                lens.push(len + u32::try_from(end).unwrap());
                (piece, len) = (&piece[end..], 0);
            }
            len += u32::try_from(piece.len()).unwrap();
            assert_eq!(len, chunker.len());
        }
        lens.extend((!chunker.is_empty()).then_some(len));
        lens
    }

    /// The rule of the format, word for word.
    fn lens_by_rule(bytes: &[u8], size: BlockSize) -> Vec<u32> {
        let hash = |end: usize| {
            (0..64).fold(0_u64, |sum, back| {
                sum.wrapping_add(GEAR[usize::from(bytes[end - 1 - back])] << back)
            })
        };
        let (mut lens, mut begin) = (Vec::new(), 0);
        for end in 1..=bytes.len() {
            let len = u32::try_from(end - begin).unwrap();
            let zeros = if len < size.easy() { size.log2() + 2 } else { size.log2() - 2 };
            let is_end = len >= size.min() && hash(end).leading_zeros() >= zeros.into();
            if is_end || len == size.max() || end == bytes.len() {
                lens.push(len);
                begin = end;
            }
        }
        lens
    }

    #[test]
    fn the_table_is_the_published_sequence() {
        assert_eq!(GEAR[0], 0xe220_a839_7b1d_cdaf);
        assert_eq!(GEAR[1], 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn blocks_have_about_the_average() {
        let bytes = data(4 << 20, 1);
        let lens = lens(&bytes, size(10), 100_000);
        let mean = bytes.len() / lens.len();
        assert!((950..1_100).contains(&mean), "{mean}");
        let longest = lens.iter().filter(|len| **len == size(10).max()).count();
        assert!(longest * 1_000 < lens.len(), "{longest} blocks end for their length");
    }

    proptest! {
        #[test]
        fn blocks_are_those_of_the_rule(
            len in 0_usize..20_000, seed: u64, log2 in 7_u8..11, piece in 1_usize..5_000,
            zeros in 0_usize..6_000,
        ) {
            let mut bytes = data(len, seed);
            bytes.extend(core::iter::repeat_n(0, zeros));
            bytes.extend(data(len / 3, seed ^ 1));
            let lens = lens(&bytes, size(log2), piece);
            prop_assert_eq!(lens.iter().map(|len| *len as usize).sum::<usize>(), bytes.len());
            prop_assert_eq!(lens, lens_by_rule(&bytes, size(log2)));
        }

        #[test]
        fn an_insertion_moves_the_blocks_behind_it_only_as_a_whole(
            seed: u64, at in 0_usize..100_000, insert in 1_usize..300,
        ) {
            let before = data(100_000, seed);
            let mut after = before.clone();
            after.splice(at..at, data(insert, !seed));
            let ends = |bytes: &[u8], shift: usize| -> Vec<usize> {
                let lens = lens(bytes, size(7), 4_096).into_iter();
                lens.scan(0, |end, len| { *end += len as usize; Some(*end + shift) }).collect()
            };
            let (before, after) = (ends(&before, insert), ends(&after, 0));
            let unmoved = before.iter().filter(|end| **end <= at + insert);
            prop_assert!(unmoved.map(|end| end - insert).all(|end| after.contains(&end)));
            // Cuts meet soon, each with even odds, and never part again.
            let behind = before.iter().skip_while(|end| **end <= at + insert);
            let mut meeting = behind.skip_while(|end| !after.contains(end));
            let first = meeting.clone().next().copied();
            prop_assert!(first.unwrap_or(after[after.len() - 1]) <= at + insert + 60 * 128);
            prop_assert!(meeting.all(|end| after.contains(end)));
        }
    }
}
