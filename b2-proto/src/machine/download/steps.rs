//! What a download does next, and what the inputs of its lanes mean.

use super::check::known_sha1;
use super::{DATA_TIMEOUT_MS, Download, FromHeaders, RangeLane, Stage, Step};
use crate::error::Error;
use crate::machine::call::{Ready, Verdict};
use crate::machine::session::Session;
use crate::machine::{Action, Input, ReplyTo, Request};
use crate::op::download::{BY_ID, BY_NAME, DescribeDownload, Object, range_of};
use crate::plan::Span;
use crate::time::Instant;
use crate::wire::body::Body;

impl<T, L, H> Download<T, L, H>
where
    T: DescribeDownload,
    L: AsRef<[RangeLane]> + AsMut<[RangeLane]>,
    H: FromHeaders,
{
    /// Decides what can be done now, without handing anything out.
    pub(super) fn next_step(&mut self, cx: &mut Session, now: Instant) -> Option<Step> {
        if self.is_cancelled && !matches!(self.stage, Stage::Ended(_)) {
            self.is_cancelled = false;
            self.fail(Error::cancelled());
        }
        // Each turn of the loop moves the job on by one stage, and there are only so many.
        loop {
            match self.stage {
                Stage::Unchecked => self.begin(),
                Stage::Opening | Stage::Ranges => match self.lane_step(cx, now) {
                    Some(LaneStep::Get(at)) => return Some(Step::Get(at)),
                    Some(LaneStep::Failed) => self.fail(cx.take_error()),
                    None => return None,
                },
                Stage::Digesting { is_sent: true } | Stage::Ended(_) => return None,
                Stage::Digesting { is_sent: false } => {
                    if self.needs_digest() {
                        self.stage = Stage::Digesting { is_sent: true };
                        self.is_digesting = true;
                        self.digest.generation = self.digest.generation.wrapping_add(1);
                        return Some(Step::Digest);
                    }
                    self.digested(None);
                }
                Stage::Aborting(_) => {
                    let aborted = self.lanes.as_mut().iter_mut().find_map(RangeLane::abandon);
                    let digest = core::mem::take(&mut self.is_digesting).then_some(self.digest);
                    if let Some(id) = aborted.or(digest) {
                        return Some(Step::Abort(id));
                    }
                    if let Stage::Aborting(error) =
                        core::mem::replace(&mut self.stage, Stage::Unchecked)
                    {
                        self.end(Err(error));
                    }
                }
            }
        }
    }

    fn needs_digest(&self) -> bool {
        self.options.range.is_none()
            && self
                .pinned
                .as_ref()
                .is_some_and(|p| known_sha1(&p.file, self.options.expected_sha1).is_some())
    }

    fn lane_step(&mut self, cx: &mut Session, now: Instant) -> Option<LaneStep> {
        let count = self.lanes.as_ref().len();
        for at in 0..count {
            let share = self.next_share(count - at);
            let spec = self.range_spec();
            let Some(lane) = self.lanes.as_mut().get_mut(at) else { break };
            if let (true, Some(share)) = (lane.is_free(), share) {
                lane.begin_call(share, spec);
                self.rest = Span { offset: share.end(), len: self.rest.len - share.len };
            }
            match lane.is_ready(cx, now) {
                Ready::Now if lane.send().is_some() => return Some(LaneStep::Get(at)),
                Ready::Now | Ready::Later => {}
                Ready::Never => return Some(LaneStep::Failed),
            }
        }
        None
    }

    /// The next range, when `lanes` lanes are left for what nobody has taken.
    fn next_share(&self, lanes: usize) -> Option<Span> {
        let Span { offset, len } = self.rest;
        if len == 0 {
            return None;
        }
        let wanted = (len / self.options.lane_len_min).clamp(1, lanes as u64);
        Some(Span { offset, len: len / wanted })
    }

    const fn range_spec(&self) -> &'static crate::op::Spec {
        // With a token that is good for names only, ranges are asked for by name too; that they
        // are of the same version is checked on every answer.
        if self.is_by_name { &BY_NAME } else { &BY_ID }
    }

    /// Puts the request of a lane together.
    pub(super) fn get<'a>(&'a mut self, cx: &'a Session, at: usize) -> Option<Action<'a>> {
        let lane = self.lanes.as_ref().get(at)?;
        let mut request = self.request.0.request();
        let range = match &self.pinned {
            Some(pinned) => {
                if !self.is_by_name {
                    request.object = Object::Id(&pinned.file.file_id);
                }
                range_of(pinned.span.offset, lane.wanted())
            }
            None => self.options.range,
        };
        let (operation, request_class) = (request.spec().name, request.spec().class);
        let mut head = request.head(cx.grant()?, &self.request);
        head.range = range;
        head.test_mode = cx.test_mode;
        Some(Action::Send(Request {
            id: lane.id()?,
            operation,
            class: request_class,
            attempt: lane.attempt(),
            head,
            body: Body::Empty,
            reply: ReplyTo::Sink,
            timeout_ms: DATA_TIMEOUT_MS,
        }))
    }

    pub(super) fn handle_lane(
        &mut self,
        cx: &mut Session,
        now: Instant,
        at: usize,
        input: &Input<'_>,
    ) {
        let Some(lane) = self.lanes.as_mut().get_mut(at) else { return };
        match input {
            Input::Moved { bytes, .. } => {
                if lane.accepted {
                    lane.note_moved(*bytes);
                    self.note_progress();
                }
                return;
            }
            Input::Stored { .. } if lane.accepted => {
                lane.settle();
                let len = lane.wanted().len;
                return self.stored(at, len, true);
            }
            // The body ended in a failure, but after all that was wanted of it.
            Input::Failed { stored, cause, .. }
                if lane.accepted && *stored >= lane.wanted().len && !cause.is_local() =>
            {
                lane.settle();
                return self.stored(at, *stored, true);
            }
            Input::Failed { stored, .. } if lane.accepted => {
                self.stored(at, *stored, false);
            }
            Input::Response { .. }
            | Input::Stored { .. }
            | Input::Failed { .. }
            | Input::Filled { .. }
            | Input::Hashed { .. }
            | Input::Claimed { .. }
            | Input::Digested { .. } => {}
        }
        let Some(lane) = self.lanes.as_mut().get_mut(at) else { return };
        match lane.judge(cx, now, input, &mut self.events) {
            Verdict::Failed => self.fail(cx.take_error()),
            Verdict::Ignored | Verdict::Again | Verdict::Done(_) => {}
        }
    }

    pub(super) fn handle_digest(&mut self, cx: &mut Session, input: &Input<'_>) {
        if let Input::Digested { digest, .. } = input {
            return self.digested(Some(*digest));
        }
        cx.fault.set_input("", input);
        self.end(Err(cx.take_error()));
    }
}

/// What the lanes can do now.
enum LaneStep {
    Get(usize),
    /// The session has the fault.
    Failed,
}
