//! The planned form: the whole input is at hand.

use core::ops::ControlFlow;

use super::super::sizes::Sizes;
use super::build::Builder;
use super::error::{PARTS_LIMIT, SynthesisError};
use super::fit;
use super::inflow::Inflow;
use super::intent::Intent;
use super::order::Ordered;
use super::part::Output;
use super::plan::Plan;
use super::priority::{self, Priority};
use super::select::{Fragment, Selector};
use super::stream::Stream;
use super::{least, verify};

/// How files are planned. Start with [`Synthesis::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synthesis {
    sizes: Sizes,
    priority: Priority,
    verify_overlap: bool,
    parts_max: u32,
    in_order: bool,
}

impl Synthesis {
    /// Plans as the reference does, with parts of these sizes.
    #[must_use]
    pub const fn new(sizes: Sizes) -> Self {
        Self {
            sizes,
            priority: Priority::Reference,
            verify_overlap: false,
            parts_max: PARTS_LIMIT,
            in_order: false,
        }
    }

    /// Chooses by another rule which source is taken where local and remote ones overlap.
    #[must_use]
    pub const fn priority(self, priority: Priority) -> Self {
        Self { priority, ..self }
    }

    /// Marks copied parts that local data wholly covers, so that they can be compared:
    /// [`Plan::verifications`]. No part is another for it. [`Plan::overlap`] tells how much that
    /// is, and how much is left.
    #[must_use]
    pub const fn verify_overlap(self, verify_overlap: bool) -> Self {
        Self { verify_overlap, ..self }
    }

    /// Allows another number of parts than the service takes, `u32::MAX` for any.
    #[must_use]
    pub const fn parts_max(self, parts_max: u32) -> Self {
        Self { parts_max, ..self }
    }

    /// Plans by the rules of the streaming form: intents out of order are an error, and no size is
    /// raised.
    #[must_use]
    pub const fn in_order(self, in_order: bool) -> Self {
        Self { in_order, ..self }
    }

    /// Plans a file from intents in any order. It matters only among those that begin at one place,
    /// where it can decide which source is taken.
    ///
    /// The recommended size grows with the file ([`Sizes::grow`]). If that still makes more parts
    /// than allowed, sizes are raised just enough, to within one part in 128: first the recommended
    /// one, which moves no more bytes, as far as a thousandth of the file; else the minimum. Both
    /// keep to the maximum.
    ///
    /// # Errors
    /// [`SynthesisError`] when the intents are no file, or none the service takes.
    pub fn plan(&self, intents: &[Intent]) -> Result<Plan, SynthesisError> {
        let ordered = Ordered::new(intents, self.in_order)?;
        let sizes = self.sizes_for(&ordered);
        if let Some(blank) = &ordered.blank {
            return Ok(Plan::blank(sizes, self.parts_max, blank));
        }
        let mut plan = self.fitted(&ordered, sizes)?;
        if self.verify_overlap || self.priority == Priority::LocalVerification {
            verify::mark(&mut plan, &ordered, intents);
        }
        Ok(plan)
    }

    /// Plans a file so that it costs the least: see [`least`] for what that means and why it does.
    /// Priorities play no role.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub fn least_transfer(
        &self,
        intents: &[Intent],
        weights: &least::Weights,
    ) -> Result<Plan, SynthesisError> {
        let ordered = Ordered::new(intents, self.in_order)?;
        let sizes = self.sizes_for(&ordered);
        if let Some(blank) = &ordered.blank {
            return Ok(Plan::blank(sizes, self.parts_max, blank));
        }
        let (mut plan, is_least) = least::plan(&ordered, sizes, weights, self.parts_max)?;
        if !is_least
            && let Ok(other) = self.priority(Priority::Reference).fitted(&ordered, sizes)
            && weights.cost(&other.totals()) < weights.cost(&plan.totals())
        {
            plan = other;
        }
        if self.verify_overlap {
            verify::mark(&mut plan, &ordered, intents);
        }
        Ok(plan)
    }

    /// Plans while intents come, in the order of the file: parts are given out before the input
    /// ends. No size is raised, and priorities play no role.
    pub fn stream<I: IntoIterator<Item = Intent>>(&self, intents: I) -> Stream<I::IntoIter> {
        Stream::new(intents.into_iter(), self.inflow())
    }

    /// The same for intents that are pushed one after the other.
    #[must_use]
    pub fn inflow(&self) -> Inflow {
        Inflow::new(self.sizes, self.parts_max)
    }

    fn sizes_for(&self, ordered: &Ordered<'_>) -> Sizes {
        if self.in_order { self.sizes } else { self.sizes.grow(ordered.end) }
    }

    /// With as many parts as allowed.
    fn fitted(&self, ordered: &Ordered<'_>, sizes: Sizes) -> Result<Plan, SynthesisError> {
        let plan = self.build(ordered, sizes);
        if plan.is_over() && !self.in_order {
            let build = |sizes, out: &mut fit::Count| self.run(ordered, sizes, out);
            if let Some(sizes) = fit::raise(sizes, ordered.end, self.parts_max, build) {
                return self.build(ordered, sizes).checked();
            }
        }
        plan.checked()
    }

    fn build(&self, ordered: &Ordered<'_>, sizes: Sizes) -> Plan {
        let mut plan = Plan::new(sizes, self.parts_max);
        self.run(ordered, sizes, &mut plan);
        plan
    }

    fn run(&self, ordered: &Ordered<'_>, sizes: Sizes, out: &mut impl Output) {
        let mut builder = Builder::new(sizes);
        if self.priority == Priority::Reference {
            let mut selector = Selector::new(sizes.min());
            let all = ordered.each(|item| {
                selector.add(item, &mut |fragment: Fragment| builder.add(&fragment, out));
                if out.is_full() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            if all.is_break() {
                return;
            }
            selector.finish(&mut |fragment: Fragment| builder.add(&fragment, out));
        } else {
            priority::select(self.priority, ordered, sizes.min(), &mut |fragment: Fragment| {
                builder.add(&fragment, out);
            });
        }
        builder.finish(out);
    }
}
