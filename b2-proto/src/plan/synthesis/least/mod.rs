#![doc = include_str!("least.md")]

mod coverage;
mod estimate;
mod limit;
mod sweep;
mod way;
mod window;
mod write;

use alloc::vec::Vec;

use super::super::sizes::Sizes;
use super::error::SynthesisError;
use super::fit;
use super::intent::{Item, Origin};
use super::order::Ordered;
use super::plan::Plan;
use super::totals::Totals;
use crate::limits::PART_LEN_MAX;
use coverage::{Rates, Sending, coverage};
use sweep::{File, Lengths, Prices, Step, Sweep};
use way::Via;

/// What moving bytes costs, in any unit.
///
/// Of plans that cost the same, one with the fewest calls is taken. The default minds bytes only:
/// none is sent or fetched that need not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Of a byte that is sent.
    pub sent: u32,
    /// Of a byte that is fetched; it is sent as well.
    pub fetched: u32,
    /// Of a call that makes a part, or that starts or finishes a file of several parts. A fetch
    /// counts by its bytes.
    pub call: u32,
}

impl Default for Weights {
    fn default() -> Self {
        Self { sent: 1, fetched: 1, call: 0 }
    }
}

impl Weights {
    /// What a plan costs.
    #[must_use]
    pub fn cost(&self, totals: &Totals) -> u128 {
        let parts = totals.uploads + totals.copies;
        let calls = u128::from(parts) + if parts > 1 { FRAME.into() } else { 0 };
        let bytes = |weight: u32, bytes: u64| u128::from(weight) * u128::from(bytes);
        bytes(self.sent, totals.sent)
            + bytes(self.fetched, totals.fetched)
            + u128::from(self.call) * calls
    }
}

/// Calls around the parts of a large file: start and finish.
const FRAME: u8 = 2;

/// Costs are counted so much finer than weights, that calls decide between equal ones.
const FINE: i64 = 1 << 24;

/// The cheapest plan there is, with the number of parts the service takes. Whether it is so for
/// certain: not when the number of parts was in the way.
pub(super) fn plan(
    ordered: &Ordered<'_>,
    sizes: Sizes,
    weights: &Weights,
    parts_max: u32,
) -> Result<(Plan, bool), SynthesisError> {
    let items = ordered.items();
    let changes = coverage(&items);
    let file = File { items: &items, end: ordered.end, changes: &changes };
    let mut search = Search::new(file, *weights);
    if let Some(free) = search.cheapest(&Lengths::of(sizes), 0, parts_max) {
        let free = search.single(&Lengths::of(sizes), &free).unwrap_or(free);
        return Ok((search.write(&free, sizes, parts_max).checked()?, true));
    }
    let sizes = fit::longer(sizes, ordered.end);
    let lengths = Lengths::of(sizes);
    let fewest = ordered.end.div_ceil(lengths.upload_max.max(lengths.copy_max));
    let limited = (fewest <= u64::from(parts_max))
        .then(|| search.limited(&lengths, parts_max.into()))
        .flatten()
        .ok_or(SynthesisError::TooManyParts { max: parts_max })?;
    Ok((search.write(&limited, sizes, parts_max).checked()?, false))
}

/// A way through the file, and what it costs but for the price of having parts.
#[derive(Debug)]
struct Way {
    /// From the last to the first.
    steps: Vec<Step>,
    cost: i128,
}

impl Way {
    const fn parts(&self) -> u64 {
        self.steps.len() as u64
    }
}

#[derive(Debug)]
struct Search<'a> {
    file: File<'a>,
    weights: Weights,
    sweep: Sweep<'a>,
}

impl<'a> Search<'a> {
    fn new(file: File<'a>, weights: Weights) -> Self {
        Self { file, weights, sweep: Sweep::new(file) }
    }

    /// The cheapest way when each part costs `fee` more, if it has at most so many parts.
    fn cheapest(&mut self, lengths: &Lengths, fee: i128, parts_max: u32) -> Option<Way> {
        let prices = Prices { rates: self.rates(), part: self.call() + fee };
        let (steps, cost) = self.sweep.cheapest(*lengths, prices, parts_max)?;
        let parts = i128::try_from(steps.len()).unwrap_or(i128::MAX);
        Some(Way { cost: cost - fee * parts, steps })
    }

    /// The way of a single part, when it is no worse: it needs no start and no finish.
    fn single(&self, lengths: &Lengths, several: &Way) -> Option<Way> {
        let File { items, end, changes } = self.file;
        let step = |via| Step { from: 0, to: end, via };
        let whole =
            |item: &Item| item.origin == Origin::Remote && item.start == 0 && item.end == end;
        let copied = items.iter().take_while(|item| item.start == 0).position(whole);
        let (cost, via) = match copied.and_then(|item| u32::try_from(item).ok()) {
            Some(item) if end <= lengths.copy_max => (0, Via::Copy(item)),
            _ if end <= lengths.upload_max => {
                let (cost, _) = Sending::new(changes, self.rates()).before(end);
                (cost, Via::Upload)
            }
            _ => return None,
        };
        let cost = cost + self.call();
        let is_better = cost <= several.cost + i128::from(FRAME) * self.call();
        (several.parts() > 1 && is_better).then(|| Way { steps: alloc::vec![step(via)], cost })
    }

    fn write(&self, way: &Way, sizes: Sizes, parts_max: u32) -> Plan {
        let mut plan = Plan::new(sizes, parts_max);
        write::write(&way.steps, self.file.items, &Lengths::of(sizes), &mut plan);
        plan
    }

    fn rates(&self) -> Rates {
        let [sent, fetched] = [self.weights.sent, self.weights.fetched].map(i64::from);
        Rates { local: sent * FINE, remote: (sent + fetched) * FINE }
    }

    fn call(&self) -> i128 {
        i128::from(self.weights.call) * i128::from(FINE) + 1
    }

    /// More than any way can save by having another part.
    fn cost_of_everything(&self) -> i128 {
        (i128::from(self.rates().remote) + 1) * i128::from(self.file.end)
            + self.call() * i128::from(self.file.end)
    }
}

impl Lengths {
    fn of(sizes: Sizes) -> Self {
        let min = sizes.min();
        // The same as in the reference form, where a last part takes what would be too short.
        Self {
            min,
            upload_max: (sizes.recommended() + (min - 1)).min(PART_LEN_MAX).max(min),
            copy_max: sizes.max().max(min.saturating_mul(2) - 1).min(PART_LEN_MAX).max(min),
        }
    }
}
