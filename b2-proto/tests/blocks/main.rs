//! Blocks: manifests are read as they were written and nothing else is, and what is found of an
//! earlier version builds the new file exactly.
#![cfg(feature = "alloc")]

mod manifests;
mod matches;

use b2_proto::plan::blocks::{Manifest, Matched, Matcher};
use b2_proto::rng::Rng;

/// The shortest part in these tests, so that averages are 128 bytes.
const PART_MIN: u64 = 2_000;
const ID: &str = "4_z8d625eb63be2775577c70e1a";

/// Bytes without a pattern.
fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut numbers = Rng::from_seed(seed);
    (0..len.div_ceil(8)).flat_map(|_| numbers.next_u64().to_le_bytes()).take(len).collect()
}

/// Reads a file in pieces.
fn read(bytes: &[u8], piece: usize, base: Option<Manifest>) -> Matched {
    let mut matcher = Matcher::new(bytes.len() as u64, PART_MIN, base);
    bytes.chunks(piece).for_each(|piece| matcher.update(piece));
    matcher.finish()
}

/// The manifest of a file, as it is kept.
fn kept(bytes: &[u8]) -> Vec<u8> {
    let matched = read(bytes, 4_096, None);
    assert!(matched.matches.is_empty());
    matched.draft.and_then(|draft| draft.finish(ID, matched.sha1)).expect("few blocks and an ID")
}

fn manifest(bytes: &[u8]) -> Manifest {
    Manifest::read(kept(bytes)).expect("just written")
}
