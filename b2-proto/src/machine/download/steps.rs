//! What a download does next, and what the inputs of its lanes mean.

use super::{
    DATA_TIMEOUT_MS, Download, Downloaded, FromHeaders, Lanes, Pinned, RangeLane, Stage, Step,
};
use crate::error::Error;
use crate::machine::call::{Ready, Verdict};
use crate::machine::session::Session;
use crate::machine::{Action, Input, ReplyTo, Request};
use crate::op::Spec;
use crate::op::download::{BY_ID, BY_NAME, DescribeDownload, Object, range_of};
use crate::plan::Span;
use crate::time::Instant;
use crate::wire::body::Body;

/// How often the bytes of one part are fetched again when they are damaged.
const REFETCHES_MAX: u8 = 2;
/// The status when a file has no byte of the range that was asked for.
const RANGE_PAST_THE_END: u16 = 416;

impl<T, L, H> Download<T, L, H>
where
    T: DescribeDownload,
    L: Lanes,
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
                Stage::Opening | Stage::Ranges => {
                    let step = self.lane_step(cx, now);
                    if step.is_some() || !matches!(self.stage, Stage::Aborting(_)) {
                        return step;
                    }
                }
                Stage::Digesting { is_sent: true } | Stage::Ended(_) => return None,
                Stage::Digesting { is_sent: false } => {
                    if self.piece().is_some() {
                        self.stage = Stage::Digesting { is_sent: true };
                        self.is_digesting = true;
                        self.digest.generation = self.digest.generation.wrapping_add(1);
                        return Some(Step::Digest);
                    }
                    self.complete();
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

    /// The bytes whose digest is looked at next; nothing when all pieces are proven.
    pub(super) fn piece(&self) -> Option<Span> {
        self.pinned.as_ref().and_then(|pinned| pinned.proof.pieces.span(self.piece))
    }

    fn lane_step(&mut self, cx: &mut Session, now: Instant) -> Option<Step> {
        let count = self.lanes.as_ref().len();
        let spec = self.spec();
        let mut may_steal = true;
        for at in 0..count {
            if self.lanes.as_ref().get(at).is_some_and(RangeLane::is_free) {
                let share = self.next_share(count - at);
                if let (Some(share), Some(lane)) = (share, self.lanes.as_mut().get_mut(at)) {
                    lane.begin_call(share, spec);
                } else if may_steal {
                    match self.steal(at) {
                        Some(from) if self.is_storing(from) => return Some(Step::Shorten(from)),
                        Some(_) => {}
                        None => may_steal = false,
                    }
                }
            }
            let Some(lane) = self.lanes.as_mut().get_mut(at) else { break };
            match lane.is_ready(cx, now) {
                Ready::Now if lane.send(spec).is_some() => return Some(Step::Get(at)),
                Ready::Now | Ready::Later => {}
                Ready::Never => {
                    self.fail(cx.take_error());
                    return None;
                }
            }
        }
        None
    }

    fn is_storing(&self, at: usize) -> bool {
        let lane = self.lanes.as_ref().get(at);
        lane.is_some_and(|lane| lane.accepted && lane.is_sent())
    }

    /// The operation of the next request. Once the version is known it is asked for by its ID,
    /// but with a token that is good for names only; that all bytes are of the same version is
    /// checked on every answer.
    pub(super) fn spec(&self) -> &'static Spec {
        match &self.pinned {
            Some(_) if self.is_by_name => &BY_NAME,
            Some(_) => &BY_ID,
            None => self.request.0.request().spec(),
        }
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
            None => match self.kept() {
                Some(kept) => range_of(kept.span.offset, lane.wanted()),
                None => self.options.range,
            },
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
            feeds: None,
        }))
    }

    /// Whether the first answer shows that what is there is of another version: by its ID and
    /// length, or because it has no such bytes.
    fn is_of_no_use(&self, at: usize, input: &Input<'_>) -> bool {
        let is_past_the_end =
            matches!(input, Input::Response { reply, .. } if reply.status == RANGE_PAST_THE_END);
        let lane = self.lanes.as_ref().get(at);
        self.pinned.is_none()
            && self.uses_kept
            && lane.is_some_and(|lane| lane.starts_over || is_past_the_end)
    }

    pub(super) fn handle_lane(
        &mut self,
        cx: &mut Session,
        now: Instant,
        at: usize,
        input: &Input<'_>,
    ) {
        if input.is_final() && self.is_of_no_use(at, input) {
            return self.start_over();
        }
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
            | Input::Taken { .. }
            | Input::Digested { .. } => {}
        }
        let Some(lane) = self.lanes.as_mut().get_mut(at) else { return };
        match lane.judge(cx, now, input, &mut self.events) {
            Verdict::Failed => self.fail(cx.take_error()),
            Verdict::Ignored | Verdict::Again | Verdict::Done(_) => {}
        }
    }

    pub(super) fn handle_digest(&mut self, cx: &mut Session, input: &Input<'_>) {
        let Input::Digested { digest, .. } = input else {
            cx.fault.set_input("", input);
            return self.end(Err(cx.take_error()));
        };
        let Some(pinned) = &self.pinned else { return };
        self.stage = Stage::Digesting { is_sent: false };
        match (pinned.proof.check(self.piece, *digest), pinned.proof.part(self.piece)) {
            (Ok(()), _) => {
                self.piece += 1;
                self.damaged = 0;
            }
            (Err(_), Some(part)) if self.options.can_seek && self.damaged < REFETCHES_MAX => {
                self.damaged += 1;
                self.fetch_again(part);
            }
            (Err(error), _) => self.end(Err(error)),
        }
    }

    /// Fetches bytes that were damaged on the way, or since.
    fn fetch_again(&mut self, part: Span) {
        self.uses_kept = false;
        self.rest = part;
        self.bytes_done -= part.len;
        self.note_progress();
        self.stage = Stage::Ranges;
    }

    fn complete(&mut self) {
        let Some(Pinned { file, info, span, proof, .. }) = self.pinned.take() else { return };
        let (kept_len, verified) = (self.kept_len, proof.verified());
        self.end(Ok(Downloaded { file, info, len: span.len, kept_len, verified }));
    }
}
