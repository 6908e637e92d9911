//! SHA-1 (FIPS 180-4, section 6.1) in little code.

const BLOCK_LEN: usize = 64;

/// A SHA-1 while it is computed.
#[derive(Clone)]
pub(crate) struct Hasher {
    state: [u32; 5],
    block: [u8; BLOCK_LEN],
    /// Bytes in the block.
    filled: usize,
    /// Bytes taken so far.
    len: u64,
}

impl Default for Hasher {
    fn default() -> Self {
        let state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
        Self { state, block: [0; BLOCK_LEN], filled: 0, len: 0 }
    }
}

impl Hasher {
    /// Takes the next bytes.
    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = self.block.get_mut(self.filled..).unwrap_or_default();
            let (now, later) = bytes.split_at(room.len().min(bytes.len()));
            for (to, from) in room.iter_mut().zip(now) {
                *to = *from;
            }
            self.len += now.len() as u64;
            self.filled += now.len();
            if self.filled == BLOCK_LEN {
                self.filled = 0;
                self.compress();
            }
            bytes = later;
        }
    }

    /// The digest of all bytes.
    pub(crate) fn finish(mut self) -> [u8; 20] {
        let bits = self.len * 8;
        // A one, and zeros until only the length is missing in the last block.
        self.update(&[0x80]);
        while self.filled != 56 {
            self.update(&[0]);
        }
        self.update(&bits.to_be_bytes());
        let mut digest = [0; 20];
        for (bytes, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(self.state) {
            *bytes = word.to_be_bytes();
        }
        digest
    }

    fn compress(&mut self) {
        let mut words = [0; 16];
        for (word, bytes) in words.iter_mut().zip(self.block.as_chunks::<4>().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        let [mut a, mut b, mut c, mut d, mut e] = self.state;
        for round in 0..80 {
            // Of the schedule only the last sixteen words are needed.
            let at = |back: usize| (round + 16 - back) % 16;
            if round >= 16 {
                let mixed = words[at(3)] ^ words[at(8)] ^ words[at(14)] ^ words[at(16)];
                words[at(16)] = mixed.rotate_left(1);
            }
            let (mixed, constant): (u32, u32) = match round {
                0..20 => (d ^ (b & (c ^ d)), 0x5a82_7999),
                20..40 => (b ^ c ^ d, 0x6ed9_eba1),
                40..60 => ((b & c) | (d & (b | c)), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6),
            };
            let next = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e);
            let next = next.wrapping_add(constant).wrapping_add(words[at(16)]);
            (a, b, c, d, e) = (next, a, b.rotate_left(30), c, d);
        }
        for (kept, new) in self.state.iter_mut().zip([a, b, c, d, e]) {
            *kept = kept.wrapping_add(new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha1::Digest as _;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn is_the_sha1_of_the_crate(pieces in prop::collection::vec(any::<Vec<u8>>(), 0..8)) {
            let mut hasher = Hasher::default();
            pieces.iter().for_each(|piece| hasher.update(piece));
            let expected: [u8; 20] = sha1::Sha1::digest(pieces.concat()).into();
            prop_assert_eq!(hasher.finish(), expected);
        }
    }

    #[test]
    fn lengths_around_a_block() {
        for len in 50..140 {
            let bytes = std::vec![0xa5; len];
            let mut hasher = Hasher::default();
            hasher.update(&bytes);
            let expected: [u8; 20] = sha1::Sha1::digest(&bytes).into();
            assert_eq!(hasher.finish(), expected, "{len}");
        }
    }
}
