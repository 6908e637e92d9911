//! Raises part sizes until a plan has few enough parts.

use super::super::sizes::Sizes;
use super::part::{Output, Piece};
use crate::limits::PART_LEN_MAX;

/// Full parts of the raised recommended size are at most this many; others make the rest.
const FULL_PARTS_MAX: u64 = 1_000;
/// A size is close enough to the smallest that will do when it is within this share of it, or when
/// the number of parts is within this share of the most.
const CLOSE: u64 = 128;

/// Counts parts, up to more than are allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    parts: u64,
    /// What the parts hold, in bytes.
    len: u64,
    max: u64,
}

impl Output for Count {
    fn is_full(&self) -> bool {
        self.parts > self.max
    }

    fn send(&mut self, piece: Piece, repeat: u64) {
        self.parts = self.parts.saturating_add(repeat);
        self.len += piece.len * repeat;
    }

    fn copy(&mut self, piece: Piece, repeat: u64) {
        self.send(piece, repeat);
    }

    fn join(&mut self, pieces: &[Piece]) {
        self.parts = self.parts.saturating_add(1);
        self.len += pieces.iter().map(|piece| piece.len).sum::<u64>();
    }
}

/// Sizes for a file of `end` bytes with which `build` makes at most `parts_max` parts, raised no
/// more than needed; nothing when the maximum does not allow it.
pub(super) fn raise(
    sizes: Sizes,
    end: u64,
    parts_max: u32,
    build: impl Fn(Sizes, &mut Count),
) -> Option<Sizes> {
    let max = u64::from(parts_max);
    // How many parts there are; when they are too many, how many there would be if it went on so.
    let count = |sizes: Sizes| {
        let mut count = Count { parts: 0, len: 0, max };
        build(sizes, &mut count);
        if count.is_full() { estimate(&count, end) } else { count.parts }
    };
    let (min, usual, longest) = (sizes.min(), sizes.recommended(), sizes.max());
    let with_usual = |usual: u64| Sizes::new(min, usual, longest).ok();
    let with_min = |min: u64| Sizes::new(min, usual.max(min), longest).ok();
    let long = longer(sizes, end).recommended();
    let parts = count(with_usual(long)?);
    if parts <= max {
        return with_usual(search(Ends { low: usual, high: long, parts }, max, |usual| {
            with_usual(usual).map_or(u64::MAX, count)
        }));
    }
    // No part but the last is shorter than the minimum, so this is surely enough; copies can be
    // cut that way as long as the maximum is twice as long.
    let enough = end / max.saturating_sub(1).max(1) + 1;
    let high = enough.min(longest / 2);
    let is_enough = high == enough || (high > min && count(with_min(high)?) <= max);
    if !is_enough {
        return None;
    }
    with_min(search(Ends { low: min, high, parts }, max, |min| {
        with_min(min).map_or(u64::MAX, count)
    }))
}

fn estimate(count: &Count, end: u64) -> u64 {
    let parts = u128::from(count.parts) * u128::from(end) / u128::from(count.len.max(1));
    u64::try_from(parts).unwrap_or(u64::MAX).max(count.parts)
}

/// Sizes with the longest uploaded parts that are worth having for a file of `end` bytes. They
/// move no more bytes.
pub(super) fn longer(sizes: Sizes, end: u64) -> Sizes {
    let (min, usual, max) = (sizes.min(), sizes.recommended(), sizes.max());
    let longest = (end / FULL_PARTS_MAX).min(max).min(PART_LEN_MAX.saturating_sub(min));
    Sizes::new(min, usual.max(longest), max).unwrap_or(sizes)
}

/// A size that is too small, with about how many parts it makes, and one that will do.
struct Ends {
    low: u64,
    high: u64,
    parts: u64,
}

/// About the smallest size that makes at most `max` parts.
fn search(ends: Ends, max: u64, count: impl Fn(u64) -> u64) -> u64 {
    let Ends { mut low, mut high, parts: mut many } = ends;
    let mut few = None;
    // Parts are the fewer the longer they are: with luck in proportion.
    let mut guess = scaled(low, many, max);
    while high - low > (low / CLOSE).max(1) {
        let (size, width) = (guess.clamp(low + 1, high - 1), high - low);
        let parts = count(size);
        if parts > max {
            (low, many) = (size, parts);
        } else if parts >= max - max / CLOSE {
            return size;
        } else {
            (high, few) = (size, Some(parts));
        }
        guess = match few {
            // A guess that has cut little away tells little; the middle is that of the ratio.
            Some(_) if high - low > width / 2 => middle(low, high),
            Some(few) => low + share(high - low, many - wanted(max), many - few),
            None => scaled(size, parts, max),
        };
    }
    high
}

fn middle(low: u64, high: u64) -> u64 {
    let product = u128::from(low) * u128::from(high);
    u64::try_from(product.isqrt()).unwrap_or(high)
}

/// A little fewer than `max` parts.
const fn wanted(max: u64) -> u64 {
    max - max / (2 * CLOSE)
}

/// The size that makes about as many parts as wanted, if `size` makes `parts`.
fn scaled(size: u64, parts: u64, max: u64) -> u64 {
    share(size, parts, wanted(max).max(1))
}

/// `whole` × `part` / `parts`.
fn share(whole: u64, part: u64, parts: u64) -> u64 {
    let share = u128::from(whole) * u128::from(part) / u128::from(parts.max(1));
    u64::try_from(share).unwrap_or(u64::MAX)
}
