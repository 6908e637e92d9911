//! A copy in one call, and what is asked when its answer is lost (S10).
//!
//! ```text
//!   Copying ─► answered ─► Ended
//!    │   ▲
//!    │   └────────────── not made, or nobody can tell
//!    ▼                         │
//!   answer lost ─► source? ─► newest versions? ─► it was made ─► Ended
//! ```

use super::made::Made;
use super::source::CopySource;
use super::{COPY_SLOT, Copied, QUESTION_SLOT, SOURCE_SLOT};
use crate::error::{Error, ErrorKind};
use crate::id::ReqId;
use crate::machine::call::{Call, Ready, Verdict};
use crate::machine::event::{Event, Events};
use crate::machine::session::Session;
use crate::machine::settle::{Asked, Settling, Turn};
use crate::machine::single::Single;
use crate::machine::upload::{Continued, Reused};
use crate::machine::{Action, Input, Machine};
use crate::model::{ContentSha1, FileId, FileVersion};
use crate::op::settle::{Facts, Question, Search};
use crate::op::{CopyFile, GetFileInfo, Operation as _};
use crate::time::{Deadline, Instant};
use crate::wire::reply::Reply;
use crate::wire::text::Decimal;

/// One `b2_copy_file`.
#[derive(Debug)]
pub(super) struct SmallCopy {
    request: CopyFile,
    source: CopySource,
    call: Call,
    /// What the copy must look like, while it is asked.
    asking: Option<Single<GetFileInfo<FileId>>>,
    /// The request that asked that last.
    last_ask: ReqId,
    settling: Settling,
    /// Noted as soon as it is known, and given when the job has ended.
    outcome: Option<Result<Copied, Error>>,
    has_ended: bool,
    is_cancelled: bool,
    step: Option<Step>,
    events: Events,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Copy,
    AskSource,
    AskNewest,
    Abort(ReqId),
}

impl SmallCopy {
    pub(super) fn new(request: CopyFile, source: CopySource) -> Self {
        let len = source.span().map(|span| span.len);
        Self {
            request,
            source,
            call: Call::new(&CopyFile::SPEC, COPY_SLOT),
            asking: None,
            last_ask: ReqId { slot: SOURCE_SLOT, generation: 0 },
            settling: Settling::new(QUESTION_SLOT),
            outcome: None,
            has_ended: false,
            is_cancelled: false,
            step: None,
            events: Events::of_parts(len, Some(1)),
        }
    }

    fn next_step(&mut self, cx: &mut Session, now: Instant) -> Option<Step> {
        // Each turn moves the job on: a question ends, the next begins, or the job ends.
        while !self.has_ended {
            if self.is_cancelled {
                return self.cancelled().map(Step::Abort);
            }
            if let Some(asking) = &mut self.asking {
                if asking.decide(cx, now) {
                    return Some(Step::AskSource);
                }
                if let Ok(version) = asking.outcome()? {
                    self.source.learn(&version);
                }
                self.last_ask = asking.id();
                self.asking = None;
                self.ask_newest(cx);
                continue;
            }
            if self.settling.is_asking() {
                match self.settling.decide(cx, now) {
                    Turn::Act => return Some(Step::AskNewest),
                    Turn::Nothing => return None,
                    Turn::Answered(facts) => self.settle(cx, facts),
                }
                continue;
            }
            if self.outcome.is_some() {
                self.has_ended = true;
                break;
            }
            match self.call.is_ready(cx, now) {
                Ready::Later => return None,
                Ready::Never => self.end(Err(cx.take_error())),
                Ready::Now if self.asks(cx, now) => {}
                Ready::Now => {
                    self.settling.note_sent(cx, now);
                    return Some(Step::Copy);
                }
            }
        }
        None
    }

    /// Asks what became of a copy whose answer was lost, if it was; whether it asks.
    fn asks(&mut self, cx: &mut Session, now: Instant) -> bool {
        if !self.settling.is_due() {
            return false;
        }
        if self.source.is_known() {
            return self.ask_newest(cx);
        }
        let ask = GetFileInfo::new(self.source.file_id.clone());
        self.asking = Some(Single::later(ask, self.last_ask, now));
        true
    }

    fn ask_newest(&mut self, cx: &mut Session) -> bool {
        let (request, source) = (&self.request, &self.source);
        let asked = self.settling.ask(cx, None, || {
            let bucket = request.destination_bucket_id.as_ref()?.as_str();
            let question = || Question::versions_of(bucket, &request.file_name);
            Made::by(request, source).map(|_| question())
        });
        asked == Asked::Asking
    }

    fn settle(&mut self, cx: &mut Session, facts: Option<Facts>) {
        let made = Made::by(&self.request, &self.source);
        let (Some(Facts::Versions(page)), Some(made)) = (facts, made) else { return };
        let mut lost = self.settling.lost(cx);
        match lost.find(page, &self.request.file_name, |version| made.is(version)) {
            Search::Found(version) => self.made(version, self.settling.may_be_duplicate()),
            Search::Unclear => {}
            Search::Missing => {
                let failure = self.outcome.as_mut().and_then(|outcome| outcome.as_mut().err());
                self.settling.note_not_done(self.call.doubt(), failure);
            }
        }
    }

    fn failed(&mut self, cx: &mut Session, now: Instant) {
        self.settling.note_failed(cx, now);
        self.outcome = Some(Err(cx.take_error()));
        self.asks(cx, now);
    }

    /// Gives up; the request to abort, if there is one.
    fn cancelled(&mut self) -> Option<ReqId> {
        let mut error = Error::cancelled().in_operation(CopyFile::SPEC.name);
        error.may_have_taken_effect = self.call.may_have_taken_effect();
        self.end(Err(error));
        let asking = self.asking.take().and_then(|asking| asking.in_flight());
        let asking = asking.or_else(|| self.settling.abandon());
        asking.or_else(|| self.call.in_flight())
    }

    fn end(&mut self, result: Result<Copied, Error>) {
        self.outcome = Some(result);
        self.has_ended = true;
    }

    fn answered(&mut self, cx: &mut Session, reply: &Reply<'_>) {
        match self.request.parse(reply) {
            Ok(version) => match self.check(&version) {
                Ok(()) => {
                    cx.given.note(version.file_id.as_str().as_bytes());
                    self.made(version, self.call.may_have_taken_effect());
                }
                Err(error) => self.end(Err(error.in_operation(CopyFile::SPEC.name))),
            },
            Err(mut error) => {
                error.may_have_taken_effect = true;
                self.end(Err(error.in_operation(CopyFile::SPEC.name)));
            }
        }
    }

    /// Compares what was made with what is known of the source.
    ///
    /// A copy that differs is not deleted, unlike an upload: nobody here has seen the bytes, and
    /// what is wrong may be the digest in the source's file info.
    fn check(&self, version: &FileVersion) -> Result<(), Error> {
        let stored = version.content_sha1.as_ref().and_then(ContentSha1::digest);
        let is_other = stored.zip(self.source.sha1()).is_some_and(|(is, was)| is != was);
        let span = self.source.span();
        if !is_other && span.is_none_or(|span| span.len == version.content_length) {
            return Ok(());
        }
        let mut error = Error::with_message(
            ErrorKind::Corrupted,
            format_args!(
                "the copy {} has {} bytes that are not the source's",
                version.file_id,
                Decimal(version.content_length)
            ),
        );
        error.may_have_taken_effect = true;
        Err(error)
    }

    fn made(&mut self, version: FileVersion, may_be_duplicate: bool) {
        let len = version.content_length;
        self.events.update(|progress| progress.bytes_total = Some(len));
        self.events.done(len, 1);
        let stored = version.content_sha1.as_ref().and_then(ContentSha1::digest);
        let sha1 = stored.or_else(|| self.source.sha1());
        let (continued, reused) = (Continued::NotTried, Reused::NotTried);
        self.end(Ok(Copied { file: version, sha1, continued, reused, may_be_duplicate }));
    }
}

impl Machine for SmallCopy {
    type Output = Copied;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        self.step = self.next_step(cx, now);
        self.step.is_some()
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        match self.step.take()? {
            Step::Abort(id) => Some(Action::Abort(id)),
            Step::Copy => self.call.request(cx, &CopyFile::SPEC, &self.request),
            Step::AskSource => self.asking.as_mut()?.action(cx),
            Step::AskNewest => self.settling.action(cx),
        }
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        if let Some(asking) = &mut self.asking {
            return asking.handle_input(cx, now, input);
        }
        if self.settling.is_asking() {
            return self.settling.handle_input(cx, now, input);
        }
        if self.has_ended {
            return;
        }
        let verdict = self.call.judge(cx, now, &input, &mut self.events);
        self.settling.note_end(cx, now, &input, (&self.call, &verdict));
        match verdict {
            Verdict::Ignored | Verdict::Again => {}
            Verdict::Done(reply) => self.answered(cx, &reply),
            Verdict::Failed => self.failed(cx, now),
        }
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        match &self.asking {
            Some(asking) => asking.poll_deadline(cx),
            None if self.settling.is_asking() => self.settling.deadline(cx),
            None if self.has_ended => None,
            None => self.call.deadline(),
        }
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        match &self.asking {
            Some(asking) => asking.waits_for_login(cx),
            None if self.settling.is_asking() => self.settling.waits_for_login(cx),
            None => !self.has_ended && self.call.waits_for_login(cx),
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.poll()
    }

    fn cancel(&mut self, _now: Instant) {
        self.is_cancelled = true;
    }

    fn outcome(&mut self) -> Option<Result<Copied, Error>> {
        if self.has_ended { self.outcome.take() } else { None }
    }
}
