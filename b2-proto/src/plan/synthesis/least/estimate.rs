//! About how many parts there are at a price for each: the file seen as ranges that are copied
//! whole or not at all, and what lies between them.

use alloc::vec::Vec;

use super::super::intent::Origin;
use super::super::order::Cover;
use super::coverage::{Rates, Sending};
use super::sweep::{File, Lengths};

/// Prices that are tried at most; each halves what is left of them.
const ROUNDS: u32 = 48;
/// So close to the number of parts wanted, as a share of it, a price is good enough.
const CLOSE: u64 = 2_048;

/// A range that can be copied.
#[derive(Clone, Copy, Debug)]
struct Range {
    /// Bytes between it and the one before, which have to be sent.
    gap: u64,
    /// Its length, in bytes.
    len: u64,
    /// Parts it has when it is copied.
    parts: u64,
    /// What sending it costs.
    saves: i128,
}

#[derive(Debug)]
pub(super) struct Estimate {
    ranges: Vec<Range>,
    /// Bytes behind the last range.
    rest: u64,
    upload_max: u64,
    /// What sending the dearest range costs.
    dearest: i128,
}

impl Estimate {
    /// Copies as few remote intents as reach from one place to the other.
    pub(super) fn new(file: &File<'_>, rates: Rates, lengths: &Lengths) -> Self {
        let mut sending = Sending::new(file.changes, rates);
        let mut remote = Cover::new(file.items, Origin::Remote);
        let (mut ranges, mut gap, mut at) = (Vec::new(), 0, 0);
        while at < file.end {
            let item = remote.at(at);
            let to = item.map_or_else(|| remote.next_start().min(file.end), |item| item.end);
            let len = to - at;
            if item.is_some() && len >= lengths.min {
                let (before, _) = sending.before(at);
                let saves = sending.before(to).0 - before;
                ranges.push(Range { gap, len, parts: len.div_ceil(lengths.copy_max), saves });
                gap = 0;
            } else {
                gap += len;
            }
            at = to;
        }
        let dearest = ranges.iter().map(|range| range.saves).max().unwrap_or(0);
        Self { ranges, rest: gap, upload_max: lengths.upload_max, dearest }
    }

    /// The number of parts when each costs so much.
    pub(super) fn parts(&self, price: i128) -> u64 {
        let full = self.upload_max;
        let mut copied = Trail { cost: 0, parts: 0, open: full };
        let mut sent = Trail::NONE;
        for range in &self.ranges {
            if range.gap > 0 {
                sent = sent.send(range.gap, full, price).or(copied.send(range.gap, full, price));
                copied = Trail::NONE;
            }
            let before = sent.or(copied);
            sent = sent.send(range.len, full, price).or(copied.send(range.len, full, price));
            sent.cost += range.saves;
            copied = Trail { open: full, ..before.with(range.parts, price) };
        }
        let last = sent.or(copied);
        if self.rest > 0 { last.send(self.rest, full, price).parts } else { last.parts }
    }

    /// A price at which there are about so many parts; nothing when there are always more.
    pub(super) fn price(&self, wanted: u64) -> Option<i128> {
        let (mut low, mut high) = (0, self.dearest.saturating_mul(2) + 1);
        if self.parts(high) > wanted {
            return None;
        }
        for _ in 0..ROUNDS {
            let middle = low + (high - low) / 2;
            let parts = self.parts(middle);
            if parts.abs_diff(wanted) <= wanted / CLOSE {
                return Some(middle);
            }
            *(if parts > wanted { &mut low } else { &mut high }) = middle;
        }
        Some(high)
    }
}

/// The cheapest way through the ranges so far that ends in a certain manner.
#[derive(Clone, Copy, Debug)]
struct Trail {
    cost: i128,
    parts: u64,
    /// Length of the uploaded part at its end, in bytes; as long as can be where there is none.
    open: u64,
}

impl Trail {
    const NONE: Self = Self { cost: i128::MAX / 2, parts: 0, open: 0 };

    const fn or(self, other: Self) -> Self {
        if other.cost < self.cost { other } else { self }
    }

    fn with(self, parts: u64, price: i128) -> Self {
        Self { cost: self.cost + price * i128::from(parts), parts: self.parts + parts, ..self }
    }

    /// Sends `len` bytes more, in the part that is open as far as it goes.
    fn send(self, len: u64, full: u64, price: i128) -> Self {
        let open = self.open + len;
        if open <= full {
            return Self { open, ..self };
        }
        let more = (open - 1) / full;
        Self { open: open - more * full, ..self.with(more, price) }
    }
}
