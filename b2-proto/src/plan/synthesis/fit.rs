//! Raises part sizes until a plan has few enough parts.

use super::super::sizes::Sizes;
use super::part::{Output, Piece};
use crate::limits::PART_LEN_MAX;

/// Full parts of the raised recommended size are at most this many; others make the rest.
const FULL_PARTS_MAX: u64 = 1_000;
/// How close to the smallest size that will do the search comes: to this share of it.
const CLOSE: u64 = 128;

/// Counts parts, up to more than are allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    parts: u64,
    max: u64,
}

impl Output for Count {
    fn is_full(&self) -> bool {
        self.parts > self.max
    }

    fn send(&mut self, _: Piece, repeat: u64) {
        self.parts = self.parts.saturating_add(repeat);
    }

    fn copy(&mut self, _: Piece, repeat: u64) {
        self.parts = self.parts.saturating_add(repeat);
    }

    fn join(&mut self, _: &[Piece]) {
        self.parts = self.parts.saturating_add(1);
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
    let fits = |sizes: Sizes| {
        let mut count = Count { parts: 0, max: parts_max.into() };
        build(sizes, &mut count);
        !count.is_full()
    };
    let (min, usual, max) = (sizes.min(), sizes.recommended(), sizes.max());
    let longest = longer(sizes, end).recommended();
    let with_usual = |usual: u64| Sizes::new(min, usual, max).ok();
    if longest > usual && with_usual(longest).is_some_and(fits) {
        return search(usual, longest, |usual| with_usual(usual).filter(|sizes| fits(*sizes)));
    }
    // No part but the last is shorter than the minimum, so this is surely enough; copies can be
    // cut that way as long as the maximum is twice as long.
    let enough = end / u64::from(parts_max).saturating_sub(1).max(1) + 1;
    let highest = enough.min(max / 2);
    search(min, highest, |min| {
        Sizes::new(min, usual.max(min), max).ok().filter(|sizes| fits(*sizes))
    })
}

/// Sizes with the longest uploaded parts that are worth having for a file of `end` bytes. They
/// move no more bytes.
pub(super) fn longer(sizes: Sizes, end: u64) -> Sizes {
    let (min, usual, max) = (sizes.min(), sizes.recommended(), sizes.max());
    let longest = (end / FULL_PARTS_MAX).min(max).min(PART_LEN_MAX.saturating_sub(min));
    Sizes::new(min, usual.max(longest), max).unwrap_or(sizes)
}

/// What `with` gives for about the smallest size above `low`, and up to `high`, that has one.
fn search(low: u64, high: u64, with: impl Fn(u64) -> Option<Sizes>) -> Option<Sizes> {
    let (mut low, mut high) = (low, high);
    let mut found = if high > low { with(high) } else { None }?;
    while high - low > (low / CLOSE).max(1) {
        let middle = low + (high - low) / 2;
        match with(middle) {
            Some(sizes) => (found, high) = (sizes, middle),
            None => low = middle,
        }
    }
    Some(found)
}
