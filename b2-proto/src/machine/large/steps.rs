//! What a large upload does next.

use super::cut::{Cut, Origin};
use super::lane::Lane;
use super::part::LaneNext;
use super::{FileId, LargeUpload, Leftover, Parts, Stage, Step};
use crate::error::Error;
use crate::id::ReqId;
use crate::machine::Action;
use crate::machine::call::Ready;
use crate::machine::large::digests::Digests;
use crate::machine::session::Session;
use crate::machine::settle::Turn;
use crate::machine::upload::Payload;
use crate::op::Operation as _;
use crate::op::cancel_large_file::CancelLargeFile;
use crate::op::file_spec::DescribeFile;
use crate::op::finish_large_file::FinishLargeFile;
use crate::op::receipt::{FileRef, Receipt};
use crate::op::start_large_file::StartLargeFile;
use crate::plan::Span;
use crate::time::Instant;
use crate::wire::body::{Body, DigestMode, WriteJson};
use crate::wire::head::FieldSet;
use crate::wire::text::Sha1;

impl<F, D, L, R, P> LargeUpload<F, D, L, R, P>
where
    F: DescribeFile,
    D: AsRef<[Option<Sha1>]> + AsMut<[Option<Sha1>]>,
    L: AsRef<[Lane]> + AsMut<[Lane]>,
    R: Receipt,
    P: Cut,
{
    /// Decides what can be done now, without handing anything out.
    pub(super) fn next_step(&mut self, cx: &mut Session, now: Instant) -> Option<Step> {
        if core::mem::take(&mut self.is_cancelled) {
            self.give_up();
        }
        // Each turn of the loop moves the job on by one stage, and there are only so many.
        loop {
            match self.stage {
                Stage::Unchecked => self.begin(),
                Stage::Parts => match self.part_step(cx, now) {
                    PartStep::Do(step) => return Some(step),
                    PartStep::Wait => return None,
                    PartStep::AllDone => self.begin_finish(),
                    PartStep::Failed => self.fail(cx, Stage::Aborting),
                },
                Stage::Claiming => {
                    let is_due = P::CLAIMS && self.control.in_flight().is_none();
                    return is_due.then_some(Step::Claim);
                }
                Stage::Starting if self.settling.is_asking() => {
                    match self.settling.decide(cx, now) {
                        Turn::Act => return Some(Step::Ask),
                        Turn::Nothing => return None,
                        Turn::Answered(facts) => self.start_told(cx, facts),
                    }
                }
                Stage::Starting | Stage::Finishing | Stage::Verifying | Stage::CleaningUp => {
                    match self.control.is_ready(cx, now) {
                        Ready::Now if self.stage == Stage::Starting && self.asks(cx) => {}
                        Ready::Now => {
                            self.settling.note_sent(cx, now);
                            return Some(Step::Control);
                        }
                        Ready::Later => return None,
                        Ready::Never => self.control_failed(cx, now),
                    }
                }
                Stage::Aborting => {
                    if let Some(id) = self.next_abort() {
                        return Some(Step::Abort(id));
                    }
                }
                Stage::Ended => return None,
            }
        }
    }

    /// Stops. Who cancels again while the file is being removed does without that.
    fn give_up(&mut self) {
        match self.stage {
            Stage::Aborting | Stage::Ended => return,
            Stage::CleaningUp => self.leftover = Leftover::Keep,
            Stage::Unchecked
            | Stage::Starting
            | Stage::Claiming
            | Stage::Parts
            | Stage::Finishing
            | Stage::Verifying => {
                let mut error = Error::cancelled();
                error.may_have_taken_effect = matches!(self.stage, Stage::Verifying)
                    || self.stage.has_control() && self.control.may_have_taken_effect();
                self.outcome = Some(Err(error));
            }
        }
        self.stage = Stage::Aborting;
    }

    fn part_step(&mut self, cx: &mut Session, now: Instant) -> PartStep {
        if Some(self.parts.done) == self.plan.parts_total() {
            return PartStep::AllDone;
        }
        let is_stream = !self.payload.can_reread;
        let (mut held, mut turns) = (0, 0);
        if cfg!(feature = "alloc")
            && is_stream
            && let Some(slot) = self.lanes.as_mut().iter_mut().find_map(Lane::spent)
        {
            return PartStep::Do(Step::Release(slot));
        }
        if P::IS_OPEN {
            let lanes = self.lanes.as_ref();
            held = lanes.iter().map(Lane::held).sum();
            let taken = lanes.iter().filter(|lane| lane.has_turn()).count();
            turns = self.plan.sending_max().saturating_sub(taken);
        }
        // A source that is read once is read in order: one lane fills its buffer at a time.
        let mut may_take = !is_stream || !self.lanes.as_ref().iter().any(Lane::is_filling);
        for (at, lane) in self.lanes.as_mut().iter_mut().enumerate() {
            if lane.is_sending() {
                continue;
            }
            if may_take
                && lane.is_free()
                && !lane.is_copying::<P>()
                && let Some((index, span)) =
                    next_part(&self.finish.digests, &mut self.parts, &self.plan, held)
            {
                match P::COPY {
                    Some(spec) if self.plan.origin(index) == Origin::Copy => {
                        lane.begin_copy(index, span, spec);
                    }
                    _ => {
                        lane.begin(index, span, is_stream);
                        may_take = !is_stream;
                    }
                }
            }
            if P::IS_OPEN && !lane.take_turn(&mut turns) {
                continue;
            }
            match lane.next::<P>(cx, now) {
                LaneNext::Nothing => {}
                LaneNext::Fill => return PartStep::Do(Step::Fill(at)),
                LaneNext::GetUrl => return PartStep::Do(Step::GetUrl(at)),
                LaneNext::Part => return PartStep::Do(Step::Part(at)),
                LaneNext::Copy => return PartStep::Do(Step::Copy(at)),
                LaneNext::Failed => return PartStep::Failed,
            }
        }
        PartStep::Wait
    }

    /// The next request to abort; when there is none any more, goes on to the end.
    fn next_abort(&mut self) -> Option<ReqId> {
        let in_control = self.control.in_flight();
        self.control.abandon();
        let in_lane = || self.lanes.as_mut().iter_mut().find_map(Lane::abandon);
        let settling = &mut self.settling;
        if let Some(id) = in_control.or_else(|| settling.abandon()).or_else(in_lane) {
            return Some(id);
        }
        let is_removed = self.leftover == Leftover::Remove && !self.is_continued;
        self.stage = if is_removed && self.file_id().is_some() {
            self.control.restart(&CancelLargeFile::<&str, FileRef>::SPEC);
            Stage::CleaningUp
        } else {
            Stage::Ended
        };
        None
    }

    /// Puts the action for `step` together.
    pub(super) fn action_of<'a>(&'a mut self, cx: &'a Session, step: Step) -> Option<Action<'a>> {
        match step {
            Step::Abort(id) => Some(Action::Abort(id)),
            Step::Release(slot) => Some(Action::Release(slot)),
            Step::Ask => self.settling.action(cx),
            Step::Control => {
                let (spec, body): (_, &dyn WriteJson) = match self.stage {
                    Stage::Starting => (&StartLargeFile::<F, FileRef>::SPEC, &self.start),
                    Stage::Finishing => (&FinishLargeFile::<Digests<D>, R>::SPEC, &self.finish),
                    Stage::Verifying => (self.look.spec(), self.look.body()),
                    Stage::CleaningUp => {
                        (&CancelLargeFile::<FileId, FileRef>::SPEC, &self.clean_up)
                    }
                    Stage::Unchecked
                    | Stage::Claiming
                    | Stage::Parts
                    | Stage::Aborting
                    | Stage::Ended => return None,
                };
                self.control.request(cx, spec, body)
            }
            Step::Claim if P::CLAIMS => {
                let id = self.control.send();
                Some(Action::Claim { id, file: self.finish.file_id.as_str() })
            }
            Step::Claim => None,
            Step::Fill(at) => {
                let lane = self.lanes.as_mut().get_mut(at)?;
                let (slot, len) = (lane.buffer_slot(), lane.span().len);
                let source = self.payload.source;
                Some(Action::Fill { id: lane.send_fill(), slot, source, len })
            }
            Step::GetUrl(at) => self.lanes.as_mut().get_mut(at)?.delivery_mut().get_url(cx),
            Step::Copy(at) => {
                let lane = self.lanes.as_mut().get_mut(at)?;
                let body = self.plan.copy_request(lane.index(), &self.finish.file_id)?;
                lane.copy_call().request(cx, P::COPY?, body)
            }
            Step::Part(at) => {
                let lane = self.lanes.as_mut().get_mut(at)?;
                let (span, known) = (lane.span(), self.plan.known_sha1(lane.index()));
                let body = match lane.buffered() {
                    Some(sha1) => Body::Buffer { slot: lane.buffer_slot(), len: span.len, sha1 },
                    None => {
                        let digest = known.map_or(DigestMode::AtEnd, DigestMode::Known);
                        let Payload { source, offset, .. } = self.payload;
                        let offset = offset + span.offset;
                        let payload = Body::Range { source, offset, len: span.len, digest };
                        self.plan.body(lane.index(), digest).unwrap_or(payload)
                    }
                };
                let number = u32::try_from(lane.index() + 1).ok()?;
                let fields = FieldSet::Part { number, file: &self.start.file };
                lane.delivery_mut().send(cx, fields, body)
            }
        }
    }
}

/// Takes the next part that nobody has and the service does not have.
fn next_part<D, P: Cut>(
    digests: &Digests<D>,
    parts: &mut Parts,
    plan: &P,
    held: u64,
) -> Option<(u64, Span)>
where
    D: AsRef<[Option<Sha1>]> + AsMut<[Option<Sha1>]>,
{
    while digests.is_done(parts.cursor) {
        parts.cursor += 1;
    }
    let index = parts.cursor;
    let span = plan.part(index, held)?;
    parts.cursor += 1;
    Some((index, span))
}

enum PartStep {
    Do(Step),
    Wait,
    AllDone,
    /// The session has the fault.
    Failed,
}
