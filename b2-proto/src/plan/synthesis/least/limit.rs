//! Few enough parts: the fee for each part at which there are no more than the service takes.

use alloc::vec::Vec;

use super::coverage::Sending;
use super::sweep::Lengths;
use super::way::Via;
use super::{Search, Way};

/// So close to the number of parts allowed, as a share of it, the search ends.
const CLOSE: u64 = 128;
/// Without a fee there may be few enough parts if there are no more than this share too many when
/// the plan of shorter parts is cut anew.
const NEAR: u64 = 8;
/// Guesses at a fee, before the range it is in is narrowed step by step.
const GUESSES: u32 = 6;
/// Searches for the fee that are made at most then.
const ROUNDS: u32 = 24;
/// Shares of fees are counted in so many.
const SHARES: u128 = 1 << 16;

/// A fee, and how many parts there are at it.
#[derive(Clone, Copy, Debug)]
struct Point {
    fee: i128,
    parts: u64,
}

impl Search<'_> {
    /// The cheapest way with at most so many parts, or nearly: the fee for a part is raised until
    /// they are few enough. Nothing when the fewest parts are too many. `free` is the cheapest way
    /// without a fee, of shorter parts.
    pub(super) fn limited(&self, lengths: &Lengths, max: u64, free: &Way) -> Option<Way> {
        let parts = cut_anew(free, lengths);
        let mut many = (parts <= max + max / NEAR).then(|| self.cheapest(lengths, 0));
        if let Some(way) = many.take_if(|way| way.parts() <= max) {
            return Some(way);
        }
        let without = Point { fee: 0, parts: many.as_ref().map_or(parts, Way::parts) };
        let few = self.guessed(lengths, max, (without, free), &mut many)?;
        if is_close(few.parts(), max) {
            return Some(few);
        }
        let many = many.unwrap_or_else(|| self.cheapest(lengths, 0));
        Some(if many.parts() > max { self.between(lengths, max, many, few) } else { many })
    }

    /// A way with few enough parts, and close to what is allowed if some guesses find it. The last
    /// one with too many is kept in `many`.
    fn guessed(
        &self,
        lengths: &Lengths,
        max: u64,
        (without, free): (Point, &Way),
        many: &mut Option<Way>,
    ) -> Option<Way> {
        let everything = self.cost_of_everything();
        let wanted = max - max / (2 * CLOSE);
        let mut fee = self.worth(lengths, free, without.parts.saturating_sub(wanted));
        let (mut low, mut high) = (without, None);
        for round in 1_u32.. {
            let way = self.cheapest(lengths, fee.min(everything));
            let point = Point { fee, parts: way.parts() };
            if point.parts <= max {
                high = Some((point, way));
            } else if fee >= everything {
                return None;
            } else {
                low = point;
                *many = Some(way);
            }
            let is_enough = |high: &Point| {
                let is_narrow = high.fee - low.fee < 2;
                round >= GUESSES || max < CLOSE || is_narrow || is_close(high.parts, max)
            };
            if let Some((_, way)) = high.take_if(|(high, _)| is_enough(high)) {
                return Some(way);
            }
            fee = next_guess((without, low), high.as_ref().map(|(high, _)| *high), wanted);
        }
        None
    }

    /// The cheapest way between one of too many parts and one of few enough, or nearly.
    fn between(&self, lengths: &Lengths, max: u64, mut many: Way, mut few: Way) -> Way {
        for _ in 0..ROUNDS {
            if is_close(few.parts(), max) {
                break;
            }
            // At this fee both cost the same: another way is cheaper, or there is none between.
            let parts = i128::from(many.parts()) - i128::from(few.parts());
            let way = self.cheapest(lengths, (few.cost - many.cost) / parts);
            if way.parts() == many.parts() || way.parts() == few.parts() {
                break;
            }
            if way.parts() <= max {
                few = way;
            } else {
                many = way;
            }
        }
        few
    }

    /// The fee at which about so many parts are not worth having: who sends what was copied saves
    /// the copy, and joins what is before it with what is behind.
    fn worth(&self, lengths: &Lengths, free: &Way, parts: u64) -> i128 {
        let mut sending = Sending::new(self.changes, self.rates());
        let copies = free.steps.iter().rev().filter(|step| step.via != Via::Upload);
        let mut worths: Vec<i128> = copies
            .map(|step| {
                let (before, _) = sending.before(step.from);
                sending.before(step.to).0 - before
            })
            .collect();
        let most = worths.len().saturating_sub(1);
        let nth = usize::try_from(parts / 2).unwrap_or(most).min(most);
        if worths.is_empty() {
            return i128::from(self.rates().remote.max(1)) * i128::from(lengths.min);
        }
        let (_, worth, _) = worths.select_nth_unstable(nth);
        (*worth / 2).max(1)
    }
}

/// Whether so many parts are few enough and nearly as many as are allowed.
const fn is_close(parts: u64, max: u64) -> bool {
    parts <= max && parts + max / CLOSE >= max
}

/// How many parts of these lengths a way of shorter ones has at most.
fn cut_anew(way: &Way, lengths: &Lengths) -> u64 {
    let mut parts = 0;
    let mut steps = way.steps.iter().peekable();
    while let Some(last) = steps.next() {
        let mut from = last.from;
        while let Some(step) = steps.next_if(|step| step.via == last.via) {
            from = step.from;
        }
        let longest = if last.via == Via::Upload { lengths.upload_max } else { lengths.copy_max };
        parts += (last.to - from).div_ceil(longest);
    }
    parts
}

/// The fee to try next: parts become the fewer the higher it is, at first much, then less.
fn next_guess((without, low): (Point, Point), high: Option<Point>, wanted: u64) -> i128 {
    match high {
        Some(high) => {
            let margin = (high.fee - low.fee) / 16 + 1;
            let guess = hyperbola(low, high, wanted);
            guess.clamp(low.fee + margin, (high.fee - margin).max(low.fee + margin))
        }
        None => hyperbola(without, low, wanted).clamp(low.fee * 2, low.fee.saturating_mul(64)),
    }
}

/// The fee of so many parts, as if their reciprocal grew in proportion to it.
fn hyperbola(low: Point, high: Point, wanted: u64) -> i128 {
    let [low_parts, high_parts, wanted] = [low.parts, high.parts, wanted].map(u128::from);
    let gained = high_parts * low_parts.saturating_sub(wanted);
    let whole = wanted * low_parts.saturating_sub(high_parts);
    let share = (gained * SHARES).checked_div(whole).unwrap_or(u128::MAX);
    let share = i128::try_from(share).unwrap_or(i128::MAX).min(1 << 24);
    low.fee + ((high.fee - low.fee) / (1 << 16)).saturating_mul(share)
}
