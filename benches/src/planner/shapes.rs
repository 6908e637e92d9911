//! Inputs of any number of intents.

use b2_proto::plan::synthesis::Intent;

const KB: u64 = 1_000;
const MB: u64 = 1_000 * KB;

/// A shape of input, and how many parts its file may have.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What tables and arguments call it.
    pub name: &'static str,
    /// Builds so many intents.
    pub build: fn(u64) -> Vec<Intent>,
    /// Most parts; the service's limit is left away where it is not to be measured.
    pub parts_max: u32,
    /// Whether the intents are in the order of the file.
    pub is_sorted: bool,
}

/// All shapes.
pub const SHAPES: [Shape; 4] = [
    Shape { name: "concatenation", build: concatenation, parts_max: u32::MAX, is_sorted: true },
    Shape { name: "alternating", build: alternating, parts_max: u32::MAX, is_sorted: true },
    Shape { name: "random", build: random, parts_max: u32::MAX, is_sorted: false },
    Shape { name: "limited", build: concatenation, parts_max: super::LIMIT, is_sorted: true },
];

/// Local and remote ranges one behind the other: three of four up to 1 MB, the others to 16 MB.
fn concatenation(count: u64) -> Vec<Intent> {
    let mut numbers = Numbers(1);
    let mut at = 0;
    (0..count)
        .map(|_| {
            let most = if numbers.below(4) == 0 { 16 * MB } else { MB };
            let len = 1 + numbers.below(most);
            at += len;
            numbers.intent(at - len, len)
        })
        .collect()
}

/// Local and remote ranges in turn, each of 4 to 12 MB, half over the one before.
fn alternating(count: u64) -> Vec<Intent> {
    let mut numbers = Numbers(2);
    let mut at = 0;
    (0..count)
        .map(|index| {
            let len = 4 * MB + numbers.below(8 * MB);
            let intent = if index.is_multiple_of(2) { Intent::local } else { Intent::remote };
            let from = at;
            at += len / 2;
            intent(from, len)
        })
        .collect()
}

/// Ranges of up to 16 MB anywhere, eight over each place, in no order; one local range is under
/// all of them.
fn random(count: u64) -> Vec<Intent> {
    let mut numbers = Numbers(3);
    let end = count * MB;
    let mut intents = vec![Intent::local(0, end + 16 * MB)];
    intents.extend((1..count).map(|_| {
        let (from, len) = (numbers.below(end), 1 + numbers.below(16 * MB));
        numbers.intent(from, len)
    }));
    intents
}

/// The same numbers in every run.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    /// One from 0 to `end`, without `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn intent(&mut self, at: u64, len: u64) -> Intent {
        if self.below(2) == 0 { Intent::local(at, len) } else { Intent::remote(at, len) }
    }
}
