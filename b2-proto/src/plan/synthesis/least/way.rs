//! Ways to end a part, and which of them is the cheapest.

use super::window::Least;

/// How the last part of a beginning of the file is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    Upload,
    /// From the remote intent at this place of the ordered input.
    Copy(u32),
}

/// A way to end a part at the place that is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) least: Least,
    pub(super) via: Via,
    /// Whether the part does not begin at the right edge.
    pub(super) is_held: bool,
}

/// At most one for each kind of part and each place where it may begin.
pub(super) type Ways = [Option<Way>; 4];

impl Way {
    /// What it costs at `y`, when it was looked at from `start`.
    pub(super) fn cost(&self, start: u64, y: u64) -> i128 {
        self.least.value + i128::from(self.least.slope) * i128::from(y - start)
    }

    /// The one that costs the least at `y`, and for longest.
    pub(super) fn lowest(ways: &Ways, start: u64, y: u64) -> Option<&Self> {
        ways.iter().flatten().min_by_key(|way| (way.cost(start, y), way.least.slope))
    }

    /// The first place behind `y` where another one costs less, as far as `bound`.
    pub(super) fn until(&self, ways: &Ways, start: u64, y: u64, bound: u64) -> u64 {
        let mut until = bound;
        for other in ways.iter().flatten() {
            let falls = i128::from(self.least.slope) - i128::from(other.least.slope);
            let lead = other.cost(start, y) - self.cost(start, y);
            // Dividing is slow, and most lines cross further on or never.
            if falls > 0 && lead < falls * i128::from(until - y - 1) {
                until = u64::try_from(lead / falls).map_or(until, |places| y + places + 1);
            }
        }
        until
    }

    pub(super) fn held(ways: &Ways) -> Ways {
        ways.map(|way| way.filter(|way| way.is_held))
    }
}
