//! A copy in one call, and what is asked when its answer is lost (S10).
//!
//! ```text
//!   Copying ─► answered ─► Ended
//!    │   ▲
//!    │   └────────────── not made, or nobody can tell
//!    ▼                         │
//!   answer lost ─► Source? ─► Newest? ─► it was made ─► Ended
//! ```

use super::made::Made;
use super::source::CopySource;
use super::{COPY_SLOT, Copied, QUESTION_SLOT};
use crate::error::{Error, ErrorKind};
use crate::id::ReqId;
use crate::machine::call::{Call, Ready, Verdict};
use crate::machine::event::{Event, Events};
use crate::machine::session::Session;
use crate::machine::single::Single;
use crate::machine::{Action, Input, Machine};
use crate::model::{ContentSha1, FileId, FileVersion};
use crate::op::list_file_versions::FileVersionsPage;
use crate::op::settle::{CLOCK_SLACK_MS, Lost, Search, newest_versions};
use crate::op::{CopyFile, GetFileInfo, ListFileVersions, Operation as _};
use crate::time::{Deadline, Instant};
use crate::wire::reply::Reply;
use crate::wire::text::Decimal;

/// One `b2_copy_file`.
#[derive(Debug)]
pub(super) struct SmallCopy {
    request: CopyFile,
    source: CopySource,
    call: Call,
    question: Option<Question>,
    /// When it was asked for first.
    first_at: Option<Instant>,
    /// An answer was lost, and nobody could tell what became of the copy.
    is_unsettled: bool,
    /// Noted as soon as it is known, and given when the job has ended.
    outcome: Option<Result<Copied, Error>>,
    has_ended: bool,
    is_cancelled: bool,
    step: Option<Step>,
    events: Events,
}

/// What is asked when an answer was lost.
#[derive(Debug)]
enum Question {
    /// What the copy must look like.
    Source(Single<GetFileInfo<FileId>>),
    /// Whether it is there.
    Newest(Single<ListFileVersions>),
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Copy,
    Question,
    Abort(ReqId),
}

impl SmallCopy {
    pub(super) fn new(request: CopyFile, source: CopySource) -> Self {
        let len = source.span().map(|span| span.len);
        Self {
            request,
            source,
            call: Call::new(&CopyFile::SPEC, COPY_SLOT),
            question: None,
            first_at: None,
            is_unsettled: false,
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
            match &mut self.question {
                Some(Question::Source(ask)) => {
                    if ask.decide(cx, now) {
                        return Some(Step::Question);
                    }
                    let answer = ask.outcome()?;
                    self.source_told(answer);
                }
                Some(Question::Newest(ask)) => {
                    if ask.decide(cx, now) {
                        return Some(Step::Question);
                    }
                    let answer = ask.outcome()?;
                    self.newest_told(cx, answer);
                }
                None if self.is_cancelled => return self.cancelled(),
                None if self.outcome.is_some() => self.has_ended = true,
                None => match self.call.is_ready(cx, now) {
                    Ready::Later => return None,
                    Ready::Now if self.is_in_doubt() => self.ask(),
                    Ready::Now => {
                        self.first_at.get_or_insert(now);
                        return Some(Step::Copy);
                    }
                    Ready::Never => self.end(Err(cx.take_error())),
                },
            }
        }
        None
    }

    /// Whether it has to be found out first what became of the last attempt.
    fn is_in_doubt(&self) -> bool {
        self.call.may_have_taken_effect() && !self.is_unsettled
    }

    /// Asks what the copy must look like, unless that is known, and then for the copy.
    fn ask(&mut self) {
        self.question = Some(if self.source.is_known() {
            self.newest()
        } else {
            let ask = GetFileInfo::new(self.source.file_id.clone());
            Question::Source(Single::new(ask).in_slot(QUESTION_SLOT))
        });
    }

    fn newest(&self) -> Question {
        let bucket = self.request.destination_bucket_id.as_ref().map_or("", |id| id.as_str());
        let ask = Single::new(newest_versions(bucket, &self.request.file_name));
        Question::Newest(match &self.question {
            Some(Question::Source(before)) => ask.in_slot(QUESTION_SLOT).following(before),
            Some(Question::Newest(before)) => ask.in_slot(QUESTION_SLOT).following(before),
            None => ask.in_slot(QUESTION_SLOT),
        })
    }

    fn source_told(&mut self, answer: Result<FileVersion, Error>) {
        match answer {
            Ok(version) => {
                self.source.learn(&version);
                self.question = Some(self.newest());
            }
            Err(error) => self.question_failed(&error),
        }
    }

    fn newest_told(&mut self, cx: &mut Session, answer: Result<FileVersionsPage, Error>) {
        let page = match answer {
            Ok(page) => page,
            Err(error) => return self.question_failed(&error),
        };
        self.question = None;
        let since_ms = self.first_at.and_then(|at| cx.service_ms_at(at));
        let made = Made::by(&self.request, &self.source);
        let (Some(since_ms), Some(made)) = (since_ms, made) else {
            self.is_unsettled = true;
            return;
        };
        let since_ms = since_ms.saturating_sub(CLOCK_SLACK_MS);
        let mut lost = Lost { since_ms, given: &mut cx.given };
        match lost.find(page, &self.request.file_name, |version| made.is(version)) {
            Search::Found(version) => self.made(version),
            Search::Unclear => self.is_unsettled = true,
            Search::Missing => {
                self.call.settle();
                if let Some(Err(error)) = &mut self.outcome {
                    error.may_have_taken_effect = false;
                }
            }
        }
    }

    /// Whoever asks again later may be told; the copy goes on meanwhile, or its error counts.
    fn question_failed(&mut self, error: &Error) {
        self.question = None;
        self.is_unsettled = true;
        if error.kind == ErrorKind::Cancelled {
            self.is_cancelled = true;
        }
    }

    fn cancelled(&mut self) -> Option<Step> {
        let in_flight = self.call.in_flight();
        let mut error = Error::cancelled().in_operation(CopyFile::SPEC.name);
        error.may_have_taken_effect = self.call.may_have_taken_effect();
        self.call.abandon();
        self.end(Err(error));
        in_flight.map(Step::Abort)
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
                    self.made(version);
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

    fn made(&mut self, version: FileVersion) {
        let len = version.content_length;
        self.events.update(|progress| progress.bytes_total = Some(len));
        self.events.done(len, 1);
        let stored = version.content_sha1.as_ref().and_then(ContentSha1::digest);
        let sha1 = stored.or_else(|| self.source.sha1());
        self.end(Ok(Copied { file: version, sha1, may_be_duplicate: self.is_unsettled }));
    }
}

impl Machine for SmallCopy {
    type Output = Copied;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        self.step = self.next_step(cx, now);
        self.step.is_some()
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        match (self.step.take()?, &mut self.question) {
            (Step::Abort(id), _) => Some(Action::Abort(id)),
            (Step::Copy, _) => self.call.request(cx, &CopyFile::SPEC, &self.request),
            (Step::Question, Some(Question::Source(ask))) => ask.action(cx),
            (Step::Question, Some(Question::Newest(ask))) => ask.action(cx),
            (Step::Question, None) => None,
        }
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        match &mut self.question {
            Some(Question::Source(ask)) => return ask.handle_input(cx, now, input),
            Some(Question::Newest(ask)) => return ask.handle_input(cx, now, input),
            None if self.has_ended => return,
            None => {}
        }
        match self.call.judge(cx, now, &input, &mut self.events) {
            Verdict::Ignored | Verdict::Again => {}
            Verdict::Done(reply) => self.answered(cx, &reply),
            Verdict::Failed => {
                self.outcome = Some(Err(cx.take_error()));
                if self.is_in_doubt() {
                    self.ask();
                }
            }
        }
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        match &self.question {
            Some(Question::Source(ask)) => ask.poll_deadline(cx),
            Some(Question::Newest(ask)) => ask.poll_deadline(cx),
            None if self.has_ended => None,
            None => self.call.deadline(),
        }
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        match &self.question {
            Some(Question::Source(ask)) => ask.waits_for_login(cx),
            Some(Question::Newest(ask)) => ask.waits_for_login(cx),
            None => !self.has_ended && self.call.waits_for_login(cx),
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.poll()
    }

    /// While it is found out what became of the copy, that question is given up, too.
    fn cancel(&mut self, now: Instant) {
        match &mut self.question {
            Some(Question::Source(ask)) => ask.cancel(now),
            Some(Question::Newest(ask)) => ask.cancel(now),
            None => self.is_cancelled = true,
        }
    }

    fn outcome(&mut self) -> Option<Result<Copied, Error>> {
        if self.has_ended { self.outcome.take() } else { None }
    }
}
