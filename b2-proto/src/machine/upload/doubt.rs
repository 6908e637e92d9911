//! An upload whose answer was lost: is the file there?

use super::{Content, State, Upload};
#[cfg(feature = "alloc")]
use crate::error::Error;
#[cfg(feature = "alloc")]
use crate::id::ReqId;
use crate::machine::session::Session;
use crate::machine::settle::Asked;
use crate::machine::upload::Uploaded;
#[cfg(feature = "alloc")]
use crate::machine::upload::{Continued, Reused};
#[cfg(feature = "alloc")]
use crate::model::{ContentSha1, FileAction, FileVersion};
use crate::op::file_spec::DescribeFile;
use crate::op::receipt::Receipt;
#[cfg(feature = "alloc")]
use crate::op::settle::guard::Guard;
use crate::op::settle::{Conclusion, Facts, Question};
#[cfg(feature = "alloc")]
use crate::op::settle::{Search, has_info};
use crate::time::Instant;

impl<F: DescribeFile, R: Receipt, B: Content> Upload<F, R, B> {
    /// Asks before the body is sent again.
    pub(super) fn ask(&mut self, cx: &mut Session) {
        let from = self.delivery.deadline().map(|deadline| deadline.at);
        let file = &self.new.file;
        match self.settling.ask(cx, from, || question(file)) {
            Asked::Asking => self.state = State::Asking,
            Asked::NotLost | Asked::Cannot => {}
        }
    }

    /// The upload has failed for good, unless the file is there after all.
    pub(super) fn failed(&mut self, cx: &mut Session, now: Instant) {
        self.settling.note_failed(cx, now);
        self.fail(cx);
        self.ask(cx);
    }

    /// The body that is sent does not come to its end, over this error. So the upload has failed
    /// for good, unless an earlier attempt turns out to have been taken. The request to abort, if
    /// there is one.
    #[cfg(feature = "alloc")]
    pub(crate) fn starve(
        &mut self,
        cx: &mut Session,
        now: Instant,
        error: &Error,
    ) -> Option<ReqId> {
        let in_flight = self.delivery.starve();
        let may_have_taken_effect = self.delivery.is_ambiguous();
        cx.fault.error = Error { may_have_taken_effect, ..error.clone() };
        self.failed(cx, now);
        in_flight
    }

    /// Goes on as the answer says.
    pub(super) fn settle(&mut self, cx: &mut Session, facts: Option<Facts>) {
        match self.conclude(cx, facts) {
            Conclusion::Done(uploaded) => return self.end(Ok(uploaded)),
            Conclusion::Failed(error) => return self.end(Err(error)),
            Conclusion::NotDone => {
                let failure = self.outcome.as_mut().and_then(|outcome| outcome.as_mut().err());
                self.settling.note_not_done(self.delivery.doubt(), failure);
            }
            Conclusion::Unclear => {}
        }
        self.state = if self.outcome.is_some() { State::Ended } else { State::Delivering };
    }

    #[cfg(feature = "alloc")]
    fn conclude(&self, cx: &mut Session, facts: Option<Facts>) -> Conclusion<Uploaded<R>> {
        // A digest the caller knows goes with the bytes, and the service compares them.
        let sent = self.buffered.or(self.payload.sha1).or_else(|| self.settling.sent());
        let (Some(Facts::Versions(page)), Some(sha1)) = (facts, sent) else {
            return Conclusion::Unclear;
        };
        let (spec, len) = (self.new.file.spec(), self.len());
        let guard = Guard::of_file(&spec);
        let is_it = |version: &FileVersion| {
            version.action == FileAction::Upload
                && version.content_length == len
                && version.content_sha1.as_ref().and_then(ContentSha1::digest) == Some(sha1)
                && has_info(version, &spec, &[])
                && guard.is_of(version)
        };
        match self.settling.lost(cx).find(page, spec.name, is_it) {
            Search::Missing => Conclusion::NotDone,
            Search::Unclear => Conclusion::Unclear,
            Search::Found(version) => match R::of_version(version) {
                None => Conclusion::Unclear,
                Some(file) => {
                    let may_be_duplicate = self.settling.may_be_duplicate();
                    Conclusion::Done(Uploaded {
                        file,
                        sha1: Some(sha1),
                        continued: Continued::NotTried,
                        reused: Reused::NotTried,
                        may_be_duplicate,
                    })
                }
            },
        }
    }

    #[cfg(not(feature = "alloc"))]
    #[expect(clippy::unused_self, reason = "as with a heap")]
    const fn conclude(&self, _cx: &Session, _facts: Option<Facts>) -> Conclusion<Uploaded<R>> {
        Conclusion::Unclear
    }
}

/// The newest versions of the file's name. One that is given another upload time stands where
/// that says, and is not told from what was there before.
#[cfg(feature = "alloc")]
fn question(file: &impl DescribeFile) -> Option<Question> {
    let spec = file.spec();
    let is_dated = spec.upload_timestamp_ms.is_some();
    (!is_dated).then(|| Question::versions_of(spec.bucket_id, spec.name))
}

#[cfg(not(feature = "alloc"))]
fn question(_file: &impl DescribeFile) -> Option<Question> {
    None
}
