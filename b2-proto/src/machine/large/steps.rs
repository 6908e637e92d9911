//! What a large upload does next.

use super::lane::{Lane, LaneNext};
use super::{CONTROL_SLOT, LargeUpload, Leftover, Stage, Step, unsettled};
use crate::error::Error;
use crate::id::ReqId;
use crate::machine::session::Session;
use crate::machine::{Action, ReplyTo, Request};
use crate::op::cancel_large_file::CancelLargeFile;
use crate::op::file_spec::DescribeFile;
use crate::op::receipt::{FileRef, Receipt};
use crate::op::{Operation, SMALL_REPLY_LEN_MAX, Spec};
use crate::time::Instant;
use crate::wire::body::{Body, DigestMode};
use crate::wire::head::{FieldSet, Head};
use crate::wire::json_read::Json;
use crate::wire::text::Sha1;

/// Whether a file structure is that of a finished file.
pub(super) fn is_finished(body: &[u8]) -> bool {
    let action = Json::pick(body, ["action"]).ok().and_then(|[action]| action);
    action.is_some_and(|action| action.is_str("upload"))
}

impl<F, D, L, R> LargeUpload<F, D, L, R>
where
    F: DescribeFile,
    D: AsRef<[Option<Sha1>]> + AsMut<[Option<Sha1>]>,
    L: AsRef<[Lane]> + AsMut<[Lane]>,
    R: Receipt,
{
    /// Decides what can be done now, without handing anything out.
    pub(super) fn next_step(&mut self, cx: &mut Session, now: Instant) -> Option<Step> {
        if core::mem::take(&mut self.is_cancelled) {
            self.give_up();
        }
        // Each turn of the loop moves the job on by one stage, and there are only so many.
        loop {
            match &self.stage {
                Stage::Unchecked => self.begin(),
                Stage::Parts => match self.part_step(cx, now) {
                    PartStep::Do(step) => return Some(step),
                    PartStep::Wait => return None,
                    PartStep::AllDone => self.begin_finish(),
                    PartStep::Failed(error) => self.fail(error),
                },
                Stage::Starting | Stage::Finishing | Stage::Verifying(_) | Stage::CleaningUp(_) => {
                    match self.control.is_ready(cx, now) {
                        Ok(is_ready) => return is_ready.then_some(Step::Control),
                        Err(error) => self.end_without_login(error),
                    }
                }
                Stage::Aborting(_) => {
                    if let Some(id) = self.next_abort() {
                        return Some(Step::Abort(id));
                    }
                }
                Stage::Ended(_) => return None,
            }
        }
    }

    /// The session cannot log in any more; what ended the job before that matters more.
    fn end_without_login(&mut self, error: Error) {
        let error = match core::mem::replace(&mut self.stage, Stage::Unchecked) {
            Stage::CleaningUp(first) => first,
            Stage::Verifying(finish) => unsettled(finish, error),
            Stage::Unchecked
            | Stage::Starting
            | Stage::Parts
            | Stage::Finishing
            | Stage::Aborting(_)
            | Stage::Ended(_) => error,
        };
        self.end(Err(error));
    }

    /// Stops. Who cancels again while the file is being removed does without that.
    fn give_up(&mut self) {
        self.stage = match core::mem::replace(&mut self.stage, Stage::Unchecked) {
            Stage::CleaningUp(error) => {
                self.leftover = Leftover::Keep;
                Stage::Aborting(error)
            }
            stage @ (Stage::Aborting(_) | Stage::Ended(_)) => stage,
            stage @ (Stage::Unchecked
            | Stage::Starting
            | Stage::Parts
            | Stage::Finishing
            | Stage::Verifying(_)) => {
                let mut error = Error::cancelled();
                error.may_have_taken_effect = matches!(stage, Stage::Verifying(_))
                    || !matches!(stage, Stage::Parts) && self.control.may_have_taken_effect();
                Stage::Aborting(error)
            }
        };
    }

    fn part_step(&mut self, cx: &mut Session, now: Instant) -> PartStep {
        if self.parts.done == self.plan.count() {
            return PartStep::AllDone;
        }
        let is_stream = !self.payload.can_reread;
        // A source that is read once is read in order: one lane fills its buffer at a time.
        let mut may_take = !is_stream || !self.lanes.as_ref().iter().any(Lane::is_filling);
        for at in 0..self.lanes.as_ref().len() {
            let part = if may_take { self.next_part() } else { None };
            let Some(lane) = self.lanes.as_mut().get_mut(at) else { break };
            if let (true, Some(index)) = (lane.is_free(), part) {
                lane.begin(index, is_stream);
                self.parts.cursor = index + 1;
                may_take &= !is_stream;
            }
            match lane.next(cx, now) {
                Err(error) => return PartStep::Failed(error),
                Ok(LaneNext::Nothing) => {}
                Ok(LaneNext::Fill) => return PartStep::Do(Step::Fill(at)),
                Ok(LaneNext::GetUrl) => return PartStep::Do(Step::GetUrl(at)),
                Ok(LaneNext::Part) => return PartStep::Do(Step::Part(at)),
            }
        }
        PartStep::Wait
    }

    /// The next part that nobody has and the service does not have.
    fn next_part(&mut self) -> Option<u64> {
        while self.finish.digests.is_done(self.parts.cursor) {
            self.parts.cursor += 1;
        }
        (self.parts.cursor < self.plan.count()).then_some(self.parts.cursor)
    }

    /// The next request to abort; when there is none any more, goes on to the end.
    fn next_abort(&mut self) -> Option<ReqId> {
        let in_control = self.control.in_flight();
        self.control.abandon();
        let in_lane = || self.lanes.as_mut().iter_mut().find_map(Lane::abandon);
        if let Some(id) = in_control.or_else(in_lane) {
            return Some(id);
        }
        if let Stage::Aborting(error) = core::mem::replace(&mut self.stage, Stage::Unchecked) {
            if self.leftover == Leftover::Remove && self.file_id().is_some() {
                self.control.restart(&CancelLargeFile::<&str, FileRef>::SPEC);
                self.stage = Stage::CleaningUp(error);
            } else {
                self.end(Err(error));
            }
        }
        None
    }

    /// Puts the action for `step` together.
    pub(super) fn action_of<'a>(&'a mut self, cx: &'a Session, step: Step) -> Option<Action<'a>> {
        match step {
            Step::Abort(id) => Some(Action::Abort(id)),
            Step::Control => match &self.stage {
                Stage::Starting => control(cx, self.control.send(), &self.start),
                Stage::Finishing => control(cx, self.control.send(), &self.finish),
                Stage::Verifying(_) => control(cx, self.control.send(), &self.verify),
                Stage::CleaningUp(_) => control(cx, self.control.send(), &self.clean_up),
                Stage::Unchecked | Stage::Parts | Stage::Aborting(_) | Stage::Ended(_) => None,
            },
            Step::Fill(at) => {
                let lane = self.lanes.as_mut().get_mut(at)?;
                let len = self.plan.part(lane.index())?.len;
                let (slot, source) = (lane.buffer_slot(), self.payload.source);
                Some(Action::Fill { id: lane.send_fill(), slot, source, len })
            }
            Step::GetUrl(at) => self.lanes.as_mut().get_mut(at)?.delivery_mut()?.get_url(cx),
            Step::Part(at) => {
                let lane = self.lanes.as_mut().get_mut(at)?;
                let span = self.plan.part(lane.index())?;
                let body = match lane.buffered() {
                    Some(sha1) => Body::Buffer { slot: lane.buffer_slot(), len: span.len, sha1 },
                    None => Body::Range {
                        source: self.payload.source,
                        offset: self.payload.offset + span.offset,
                        len: span.len,
                        digest: DigestMode::AtEnd,
                    },
                };
                let number = u32::try_from(lane.index() + 1).ok()?;
                let fields = FieldSet::Part { number, file: &self.start.file };
                lane.delivery_mut()?.send(cx, fields, body)
            }
        }
    }
}

enum PartStep {
    Do(Step),
    Wait,
    AllDone,
    Failed(Error),
}

/// A request of the job itself, not of a part.
fn control<'a, O: Operation>(cx: &'a Session, id: ReqId, operation: &'a O) -> Option<Action<'a>> {
    debug_assert_eq!(id.slot, CONTROL_SLOT);
    let head = operation.head(cx.grant()?);
    Some(call(cx, id, &O::SPEC, head, operation.body()))
}

// Apart from `control`, so that it is in a program once and not for each operation.
fn call<'a>(
    cx: &Session,
    id: ReqId,
    spec: &Spec,
    mut head: Head<'a>,
    body: Body<'a>,
) -> Action<'a> {
    head.test_mode = cx.test_mode;
    let reply = ReplyTo::Small { len_max: SMALL_REPLY_LEN_MAX };
    Action::Send(Request {
        id,
        operation: spec.name,
        head,
        body,
        reply,
        timeout_ms: spec.timeout_ms,
    })
}
