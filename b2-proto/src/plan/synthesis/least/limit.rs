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
/// A fee, by its place on the ladder, and how many parts there are at it.
#[derive(Clone, Copy, Debug)]
struct Point {
    place: u64,
    parts: u64,
}

/// Fees in order: at each, one more copy is not worth having.
#[derive(Debug)]
struct Ladder {
    fees: Vec<i128>,
    /// What a part is worth that borrows the shortest part.
    least: i128,
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
        let without = Point { place: 0, parts: many.as_ref().map_or(parts, Way::parts) };
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
        let ladder = self.ladder(lengths, free);
        let wanted = max - max / (2 * CLOSE);
        // Without a copy, what is before it and what is behind are one part.
        let mut place = (without.parts.saturating_sub(wanted) / 2).min(ladder.len());
        let (mut low, mut high) = (without, None);
        for round in 1_u32.. {
            let fee = ladder.fee(place);
            let way = self.cheapest(lengths, fee.min(everything));
            let point = Point { place, parts: way.parts() };
            if point.parts <= max {
                high = Some((point, way));
            } else if fee >= everything {
                return None;
            } else {
                low = point;
                *many = Some(way);
            }
            let is_enough = |high: &Point| {
                let is_narrow = high.place - low.place < 2;
                round >= GUESSES || max < CLOSE || is_narrow || is_close(high.parts, max)
            };
            if let Some((_, way)) = high.take_if(|(high, _)| is_enough(high)) {
                return Some(way);
            }
            place = match &high {
                Some((high, _)) => between(low, *high, wanted).clamp(low.place + 1, high.place - 1),
                None => {
                    let next = low.place + low.place / 8 + 1;
                    between(without, low, wanted).clamp(next, ladder.len().max(next))
                }
            };
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

    /// The fees at which copies of a way are not worth having: who sends what was copied saves the
    /// copy, and joins what is before it with what is behind.
    fn ladder(&self, lengths: &Lengths, free: &Way) -> Ladder {
        let mut sending = Sending::new(self.changes, self.rates());
        let copies = free.steps.iter().rev().filter(|step| step.via != Via::Upload);
        let mut fees: Vec<i128> = copies
            .map(|step| {
                let (before, _) = sending.before(step.from);
                (sending.before(step.to).0 - before) / 2
            })
            .collect();
        fees.sort_unstable();
        Ladder { fees, least: i128::from(self.rates().remote.max(1)) * i128::from(lengths.min) }
    }
}

impl Ladder {
    const fn len(&self) -> u64 {
        self.fees.len() as u64
    }

    /// The fee at a place; behind the last one fees grow fast.
    fn fee(&self, place: u64) -> i128 {
        let fee = usize::try_from(place).ok().and_then(|place| self.fees.get(place)).copied();
        let beyond = || {
            let most = self.fees.last().copied().unwrap_or(0).max(self.least);
            let steps = u32::try_from(place - self.len()).unwrap_or(u32::MAX).min(30);
            most.saturating_mul(8_i128.pow(steps))
        };
        fee.unwrap_or_else(beyond).max(1)
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

/// The place of so many parts, as if they were fewer in proportion to it.
fn between(low: Point, high: Point, wanted: u64) -> u64 {
    let [places, dropped] = [high.place.abs_diff(low.place), low.parts.saturating_sub(wanted)];
    let ahead = u128::from(places) * u128::from(dropped);
    let ahead = ahead.checked_div(low.parts.saturating_sub(high.parts).into());
    low.place.saturating_add(ahead.and_then(|far| u64::try_from(far).ok()).unwrap_or(u64::MAX))
}
