//! Who fetches which bytes: equal shares at first, and then half of what the slowest has left.

use super::{Download, FromHeaders, Lanes, RangeLane};
use crate::op::download::DescribeDownload;
use crate::plan::{Span, gaps};

impl<T, L, H> Download<T, L, H>
where
    T: DescribeDownload,
    L: Lanes,
    H: FromHeaders,
{
    /// How many lanes fetch `len` bytes.
    pub(super) fn lane_count(&self, len: u64) -> u64 {
        if !self.options.can_seek {
            return 1;
        }
        let lanes = self.lanes.count_max() as u64;
        (len / self.options.lane_len_min).clamp(1, lanes)
    }

    /// The next range of what nobody has taken, when `lanes` lanes are left for that. Bytes that
    /// are there already are passed over.
    pub(super) fn next_share(&mut self, lanes: usize) -> Option<Span> {
        if self.rest.len == 0 {
            return None;
        }
        let ranges = self.kept().map_or(&[][..], |kept| kept.ranges);
        let gap = gaps::first(ranges, self.rest);
        let left = gaps::missing(ranges, self.rest);
        let wanted = (left / self.options.lane_len_min).clamp(1, lanes.max(1) as u64);
        let share = gap.map(|gap| {
            // Whole pieces, so that their digests are computed while they arrive.
            let end = self.cut(gap.offset, (left / wanted).max(1));
            Span { offset: gap.offset, len: end.min(gap.end()) - gap.offset }
        });
        let offset = share.map_or_else(|| self.rest.end(), |share| share.end());
        self.rest = Span { offset, len: self.rest.end() - offset };
        share
    }

    /// Has a lane without work take over half of the longest range another one has left. Gives
    /// that other lane; nothing when no range is worth it, or as many lanes are at work as the
    /// length is worth.
    pub(super) fn steal(&mut self, thief: usize) -> Option<usize> {
        let busy = self.lanes.as_ref().iter().filter(|lane| !lane.is_free()).count() as u64;
        if self.pinned.is_none() || busy >= self.lanes_worth {
            return None;
        }
        let lanes = self.lanes.as_ref().iter().map(RangeLane::to_come).enumerate();
        let (at, to_come) = lanes.max_by_key(|(_, to_come)| to_come.len)?;
        if to_come.len / 2 < self.options.steal_len_min {
            return None;
        }
        let split = self.cut(to_come.offset, to_come.len / 2);
        let taken = self.lanes.as_mut().get_mut(at)?.leave(split);
        let spec = self.spec();
        self.lanes.as_mut().get_mut(thief)?.begin_call(taken, spec);
        self.events.update(|progress| {
            progress.parts_total = progress.parts_total.map(|total| total.saturating_add(1));
        });
        Some(at)
    }

    fn cut(&self, offset: u64, len: u64) -> u64 {
        let end = offset.saturating_add(len);
        self.pinned.as_ref().map_or(end, |pinned| pinned.proof.pieces.cut(offset, len))
    }
}
