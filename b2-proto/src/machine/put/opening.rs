//! Finding out whether a source of unknown length has more than one request takes.

use crate::id::{ReqId, SourceId};
use crate::machine::large::Lane;
use crate::machine::large::cut::Cut as _;
use crate::machine::large::open::OpenPlan;
use crate::machine::large::part::{LaneDone, LaneNext};
use crate::machine::session::Session;
use crate::machine::{Action, Input};
use crate::op::new_file::NewFile;
use crate::wire::text::Sha1;
use alloc::vec::Vec;

/// Fills the buffers of the first two lanes. Nothing is sent before the second has a byte, or the
/// source has ended.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) file: NewFile,
    pub(super) plan: OpenPlan,
    pub(super) lanes: Vec<Lane>,
}

/// What has been found out.
pub(super) enum Found {
    /// All there is is in the first buffer.
    Small {
        len: u64,
        sha1: Sha1,
    },
    Large,
    /// The session has the fault.
    Failed,
}

impl Opening {
    pub(super) fn new(file: NewFile, plan: OpenPlan) -> Self {
        let lane = |position| {
            let mut lane = Lane::new();
            lane.place(position);
            lane
        };
        Self { file, plan, lanes: (0..=plan.sending_max()).map(lane).collect() }
    }

    /// The lane whose buffer is to be filled, and its position.
    fn lane(&mut self) -> Option<(usize, &mut Lane)> {
        let mut lanes = self.lanes.iter_mut().enumerate();
        lanes.find(|(_, lane)| lane.buffered().is_none())
    }

    /// What is to be done now: fill a buffer, nothing, or give up.
    pub(super) fn decide(&mut self, cx: &mut Session) -> LaneNext {
        let held = self.lanes.iter().map(Lane::held).sum();
        let plan = self.plan;
        let Some((at, lane)) = self.lane() else { return LaneNext::Nothing };
        if lane.is_free()
            && let Some(span) = plan.part(at as u64, held)
        {
            lane.begin(at as u64, span, true);
        }
        if !lane.is_fill_due() {
            return LaneNext::Nothing;
        }
        // Nothing is sent before there are two.
        let needs = if at == 0 { 2 * lane.span().len } else { lane.span().len };
        lane.next_fill(cx, needs)
    }

    pub(super) fn action(&mut self, source: SourceId) -> Option<Action<'_>> {
        let (_, lane) = self.lane()?;
        let (slot, len) = (lane.buffer_slot(), lane.span().len);
        Some(Action::Fill { id: lane.send_fill(), slot, source, len })
    }

    /// Takes an input; what is known then, if anything.
    pub(super) fn handle(&mut self, cx: &mut Session, input: &Input<'_>) -> Option<Found> {
        let mut plan = self.plan;
        let (_, lane) = self.lane()?;
        let done = lane.filled(cx, input, &mut plan);
        self.plan = plan;
        if let LaneDone::Failed = done {
            return Some(Found::Failed);
        }
        let mut buffered = self.lanes.iter().map_while(Lane::buffered);
        match (buffered.next(), buffered.next(), plan.bytes_total()) {
            (Some(_), Some(_), _) => Some(Found::Large),
            (Some(sha1), None, Some(len)) => Some(Found::Small { len, sha1 }),
            (None, _, Some(len)) => Some(Found::Small { len, sha1: Sha1::of(&[]) }),
            (_, _, None) => None,
        }
    }

    /// Gives up; the filling to abort.
    pub(super) fn abandon(&mut self) -> Option<ReqId> {
        self.lanes.iter_mut().find_map(Lane::abandon)
    }
}
