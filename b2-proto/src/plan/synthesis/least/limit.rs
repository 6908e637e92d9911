//! Few enough parts: the fee for each part at which there are no more than the service takes.

use super::estimate::Estimate;
use super::sweep::Lengths;
use super::{Search, Way};

/// So close to the number of parts allowed, as a share of it, the search ends.
const CLOSE: u64 = 128;
/// Without a fee there may be few enough parts if no more than this share seem to be too many.
const NEAR: u64 = 8;
/// Guesses at a fee, before the range it is in is narrowed step by step.
const GUESSES: u32 = 6;
/// Searches for the fee that are made at most then.
const ROUNDS: u32 = 24;

/// A fee, by the number of parts that was expected of it, and how many there are.
#[derive(Clone, Copy, Debug)]
struct Point {
    expected: u64,
    parts: u64,
}

impl Search<'_> {
    /// The cheapest way with at most so many parts, or nearly: the fee for a part is raised until
    /// they are few enough. Nothing when the fewest parts are too many.
    pub(super) fn limited(&mut self, lengths: &Lengths, max: u64) -> Option<Way> {
        let estimate = Estimate::new(&self.file, self.rates(), lengths);
        let is_near = estimate.parts(self.call()) <= max + max / NEAR;
        let mut many = if is_near { self.with_fee(lengths, 0) } else { None };
        if let Some(way) = many.take_if(|way| way.parts() <= max) {
            return Some(way);
        }
        let few = self.guessed(lengths, max, &estimate, &mut many)?;
        if is_close(few.parts(), max) {
            return Some(few);
        }
        let many = many.or_else(|| self.with_fee(lengths, 0))?;
        Some(if many.parts() > max { self.between(lengths, max, many, few) } else { many })
    }

    fn with_fee(&mut self, lengths: &Lengths, fee: i128) -> Option<Way> {
        self.cheapest(lengths, fee, u32::MAX)
    }

    /// A way with few enough parts, and close to what is allowed if some guesses find it. The last
    /// one with too many is kept in `many`.
    fn guessed(
        &mut self,
        lengths: &Lengths,
        max: u64,
        estimate: &Estimate,
        many: &mut Option<Way>,
    ) -> Option<Way> {
        let everything = self.cost_of_everything();
        let wanted = max - max / (2 * CLOSE);
        let (mut low, mut high) = (None, None);
        let mut expected = wanted;
        for round in 1_u32.. {
            let price = estimate.price(expected);
            let fee = price.map_or(everything, |price| (price - self.call()).clamp(1, everything));
            let way = self.with_fee(lengths, fee)?;
            let point = Point { expected, parts: way.parts() };
            if point.parts <= max {
                high = Some((point, way));
            } else if fee >= everything {
                return None;
            } else {
                low = Some(point);
                *many = Some(way);
            }
            let is_enough = |high: &Point| {
                let is_narrow = low.is_some_and(|low| low.expected - high.expected < 2);
                round >= GUESSES || max < CLOSE || is_narrow || is_close(high.parts, max)
            };
            if let Some((_, way)) = high.take_if(|(high, _)| is_enough(high)) {
                return Some(way);
            }
            let fewer = if round < GUESSES { 1 } else { expected / 2 };
            expected = match (low, high.as_ref().map(|(high, _)| *high)) {
                (Some(low), Some(high)) => between(high, low, wanted),
                (Some(point), None) => {
                    point.scaled(wanted).min(point.expected.saturating_sub(fewer))
                }
                (_, Some(point)) => point.scaled(wanted).max(point.expected + 1),
                (None, None) => return None,
            };
        }
        None
    }

    /// The cheapest way between one of too many parts and one of few enough, or nearly.
    fn between(&mut self, lengths: &Lengths, max: u64, mut many: Way, mut few: Way) -> Way {
        for _ in 0..ROUNDS {
            if is_close(few.parts(), max) {
                break;
            }
            // At this fee both cost the same: another way is cheaper, or there is none between.
            let parts = i128::from(many.parts()) - i128::from(few.parts());
            let Some(way) = self.with_fee(lengths, (few.cost - many.cost) / parts) else { break };
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
}

/// Whether so many parts are few enough and nearly as many as are allowed.
const fn is_close(parts: u64, max: u64) -> bool {
    parts <= max && parts + max / CLOSE >= max
}

impl Point {
    /// What to expect where so many parts are wanted, if as much more come as here.
    fn scaled(self, wanted: u64) -> u64 {
        let expected = u128::from(self.expected) * u128::from(wanted);
        u64::try_from(expected / u128::from(self.parts.max(1))).unwrap_or(u64::MAX)
    }
}

/// What to expect between two points where so many parts are wanted, as if on a straight line.
fn between(few: Point, many: Point, wanted: u64) -> u64 {
    let expected = u128::from(many.expected - few.expected);
    let more = expected * u128::from(wanted.saturating_sub(few.parts));
    let ahead = u64::try_from(more / u128::from(many.parts - few.parts)).unwrap_or(u64::MAX);
    (few.expected.saturating_add(ahead)).clamp(few.expected + 1, many.expected - 1)
}
