//! Where a download has its lanes.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use super::RangeLane;

/// The lanes of a download: an array on the bare core, and elsewhere mostly as many as the length
/// of the file turns out to be worth ([`GrowingLanes`]).
pub trait Lanes: AsRef<[RangeLane]> + AsMut<[RangeLane]> {
    /// How many there may be.
    fn count_max(&self) -> usize {
        self.as_ref().len()
    }

    /// Adds lanes that [`make`](RangeLane::new) gives for their places, until there are `count`
    /// or as many as there may be.
    fn grow(&mut self, _count: usize, _make: impl FnMut(usize) -> RangeLane) {}
}

impl<const N: usize> Lanes for [RangeLane; N] {}

#[cfg(feature = "alloc")]
impl Lanes for Vec<RangeLane> {}

/// One lane at first, and as many as the length of the file is worth once that is known: most files
/// are short, and a lane is half a kilobyte.
///
/// ```
/// use b2_proto::machine::download::{GrowingLanes, Lanes as _};
///
/// let lanes = GrowingLanes::up_to(8);
/// assert_eq!((lanes.as_ref().len(), lanes.count_max()), (1, 8));
/// ```
#[cfg(feature = "alloc")]
#[derive(Debug)]
pub struct GrowingLanes {
    lanes: Vec<RangeLane>,
    count_max: usize,
}

#[cfg(feature = "alloc")]
impl GrowingLanes {
    /// No more than so many; none for zero, which is refused when the download begins.
    pub fn up_to(count_max: u16) -> Self {
        let first = (count_max > 0).then(RangeLane::new);
        Self { lanes: first.into_iter().collect(), count_max: usize::from(count_max) }
    }
}

#[cfg(feature = "alloc")]
impl Lanes for GrowingLanes {
    fn count_max(&self) -> usize {
        self.count_max
    }

    fn grow(&mut self, count: usize, make: impl FnMut(usize) -> RangeLane) {
        self.lanes.extend((self.lanes.len()..count.min(self.count_max)).map(make));
    }
}

#[cfg(feature = "alloc")]
impl AsRef<[RangeLane]> for GrowingLanes {
    fn as_ref(&self) -> &[RangeLane] {
        &self.lanes
    }
}

#[cfg(feature = "alloc")]
impl AsMut<[RangeLane]> for GrowingLanes {
    fn as_mut(&mut self) -> &mut [RangeLane] {
        &mut self.lanes
    }
}
