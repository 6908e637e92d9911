//! The finish of a large file, and whether it was done when its answer was lost.
//!
//! A finish that is repeated is refused if the first one was done, and also while the service is
//! still at it, and so is the finish of a file that somebody else has finished: then the file
//! itself tells. As long as an attempt may still be worked on, the file is looked at again after
//! growing pauses, a finish that was refused is sent again, and it is never said that it is not
//! finished, nor is it removed.

use super::cut::Cut;
use super::digests::Digests;
use super::lane::Lane;
use super::{LargeUpload, Stage};
use crate::error::{Error, ErrorKind};
use crate::info::LARGE_FILE_SHA1;
use crate::machine::session::{LeaseFor, Session};
use crate::machine::settle::pause_ms;
use crate::machine::upload::{Continued, Reused, Uploaded};
use crate::op::Operation as _;
use crate::op::file_spec::DescribeFile;
use crate::op::finish_large_file::FinishLargeFile;
use crate::op::receipt::{Receipt, sha1_of};
use crate::time::Instant;
use crate::wire::json_read::Json;
use crate::wire::reply::Reply;
use crate::wire::text::Sha1;

/// How often the file is looked at while the service may still be at it. With the pauses before
/// them that takes half a minute.
const LOOKS_MAX: u8 = 5;

impl<F, D, L, R, P> LargeUpload<F, D, L, R, P>
where
    F: DescribeFile,
    D: AsRef<[Option<Sha1>]> + AsMut<[Option<Sha1>]>,
    L: AsRef<[Lane]> + AsMut<[Lane]>,
    R: Receipt,
    P: Cut,
{
    pub(super) fn begin_finish(&mut self) {
        self.control.restart(&FinishLargeFile::<Digests<D>, R>::SPEC);
        self.settling.restart();
        self.stage = Stage::Finishing;
    }

    /// The finish was answered with a success.
    pub(super) fn finish_answered(&mut self, cx: &mut Session, reply: &Reply<'_>) {
        match self.finish.parse(reply) {
            Ok(file) => self.finished(cx, file),
            Err(mut error) => {
                error.may_have_taken_effect = true;
                self.end(Err(error.in_operation("b2_finish_large_file")));
            }
        }
    }

    /// The finish has failed for good, unless the file is finished after all.
    pub(super) fn finish_failed(&mut self, cx: &mut Session, now: Instant) {
        let Error { may_have_taken_effect, status, .. } = cx.fault.error;
        if may_have_taken_effect || status == REFUSED {
            self.fail(cx, Stage::Finishing);
            self.look(cx, now);
        } else {
            self.fail(cx, Stage::Aborting);
        }
    }

    /// Whether the finish that has failed may still be done.
    fn may_be_late(&self) -> bool {
        self.settling.may_be_late() && self.failure().is_some_and(|it| it.may_have_taken_effect)
    }

    fn failure(&self) -> Option<&Error> {
        self.outcome.as_ref().and_then(|outcome| outcome.as_ref().err())
    }

    fn look(&mut self, cx: &Session, now: Instant) {
        #[cfg(feature = "alloc")]
        self.look.begin(cx, &self.start.file.spec());
        self.control.restart(self.look.spec());
        if self.may_be_late() {
            self.control.delay(now.after_ms(pause_ms(&cx.policy, self.looks.into())));
        }
        self.looks += 1;
        self.stage = Stage::Verifying;
    }

    /// The service has told what the file is.
    pub(super) fn looked(&mut self, cx: &mut Session, now: Instant, reply: &Reply<'_>) {
        let Some(reply) = &self.look.file(reply) else { return self.not_settled() };
        let keys = &["action", "contentLength", "fileInfo"];
        let [action, len, info] = Json::pick(reply.body, keys).unwrap_or([None; 3]);
        if action.is_some_and(|action| action.is_str("upload")) {
            let len = len.and_then(|len| len.to_u64().ok());
            self.found(cx, reply, len, info.filter(|_| cfg!(feature = "alloc")));
        } else if !self.may_be_late() {
            if let Some(Err(error)) = &mut self.outcome {
                error.may_have_taken_effect = false;
            }
            self.stage = Stage::Aborting;
        } else if self.looks >= LOOKS_MAX {
            self.stage = Stage::Ended;
        } else if self.failure().is_some_and(|error| error.status == REFUSED) {
            // What was refused while the service was at another attempt may do by now.
            self.outcome = None;
            self.control.restart(&FinishLargeFile::<Digests<D>, R>::SPEC);
            *self.control.doubt() = true;
            self.stage = Stage::Finishing;
        } else {
            self.look(cx, now);
        }
    }

    /// The file is finished, with `len` bytes, by an attempt of this job or by another that goes on
    /// with it and may have other bytes.
    fn found(
        &mut self,
        cx: &mut Session,
        reply: &Reply<'_>,
        len: Option<u64>,
        info: Option<Json<'_>>,
    ) {
        if len != self.plan.bytes_total() {
            let message = "somebody else has finished the large file, with another length";
            let error = Error::new(ErrorKind::Conflict, message);
            return self.end(Err(error.in_operation("b2_finish_large_file")));
        }
        match self.look.parse(reply) {
            Ok(file) => {
                // That of other bytes of this length is not known to be ours.
                let told = sha1_of(info.and_then(|info| info.present(LARGE_FILE_SHA1)));
                self.payload.sha1 = self.payload.sha1.filter(|sha1| told == Some(*sha1));
                self.finished(cx, file);
            }
            Err(_) => self.stage = Stage::Ended,
        }
    }

    /// Looking at the file has failed too (S10). Unless it is that which was refused, its error
    /// counts: it is not for the caller to correct the finish.
    pub(super) fn look_failed(&mut self, cx: &mut Session) {
        #[cfg(feature = "alloc")]
        if self.look.is_refused(cx, &self.start.file.spec()) {
            return self.control.restart(self.look.spec());
        }
        self.not_settled();
        let is_refused = matches!(
            cx.fault.error.kind,
            ErrorKind::NotFound
                | ErrorKind::BadRequest
                | ErrorKind::Unauthorized
                | ErrorKind::AccessDenied
        );
        if self.stage == Stage::Ended && !is_refused {
            cx.fault.error.may_have_taken_effect = true;
            self.outcome = Some(Err(cx.take_error()));
        }
    }

    /// Nothing tells whether the file is finished: its finish counts as it ended.
    fn not_settled(&mut self) {
        let is_open = self.failure().is_some_and(|error| error.may_have_taken_effect);
        self.stage = if is_open { Stage::Ended } else { Stage::Aborting };
    }

    fn finished(&mut self, cx: &mut Session, file: R) {
        cx.leases.forget(&LeaseFor::LargeFile(self.finish.file_id.clone()));
        let sha1 = self.payload.sha1;
        let (continued, reused) = (Continued::NotTried, Reused::NotTried);
        self.end(Ok(Uploaded { file, sha1, continued, reused, may_be_duplicate: false }));
    }
}

/// The status of an answer that the request itself is wrong, as that of a finish is when the file
/// is no longer unfinished.
const REFUSED: u16 = 400;
