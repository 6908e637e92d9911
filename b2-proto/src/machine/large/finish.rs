//! The finish of a large file, and whether it was done when its answer was lost.
//!
//! A finish that is repeated is refused if the first one was done, and also while the service is
//! still at it: then the file itself tells. As long as an attempt may still be worked on, the file
//! is looked at again after growing pauses, and it is never said that it is not finished, nor is it
//! removed.

use super::cut::Cut;
use super::digests::Digests;
use super::lane::Lane;
use super::{FileId, LargeUpload, Stage};
use crate::error::ErrorKind;
use crate::machine::session::{LeaseFor, Session};
use crate::machine::settle::pause_ms;
use crate::machine::upload::{Continued, Reused, Uploaded};
use crate::op::Operation as _;
use crate::op::file_spec::DescribeFile;
use crate::op::finish_large_file::FinishLargeFile;
use crate::op::get_file_info::GetFileInfo;
use crate::op::receipt::Receipt;
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
        if cx.fault.error.may_have_taken_effect {
            self.fail(cx, Stage::Finishing);
            self.look(cx, now, 0);
        } else {
            self.fail(cx, Stage::Aborting);
        }
    }

    /// Looks at the file, which was done `looks` times before.
    fn look(&mut self, cx: &Session, now: Instant, looks: u8) {
        self.control.restart(&GetFileInfo::<FileId, R>::SPEC);
        if self.settling.may_be_late() {
            self.control.delay(now.after_ms(pause_ms(&cx.policy, looks.into())));
        }
        self.stage = Stage::Verifying { looks: looks + 1 };
    }

    /// The service has told what the file is after it was looked at so often.
    pub(super) fn looked(&mut self, cx: &mut Session, now: Instant, reply: &Reply<'_>, looks: u8) {
        if is_finished(reply.body) {
            match self.verify.parse(reply) {
                Ok(file) => self.finished(cx, file),
                Err(_) => self.stage = Stage::Ended,
            }
        } else if !self.settling.may_be_late() {
            if let Some(Err(error)) = &mut self.outcome {
                error.may_have_taken_effect = false;
            }
            self.stage = Stage::Aborting;
        } else if looks < LOOKS_MAX {
            self.look(cx, now, looks);
        } else {
            self.stage = Stage::Ended;
        }
    }

    /// Looking at the file has failed too (S10). Unless it is that which was refused, its error
    /// counts: it is not for the caller to correct the finish.
    pub(super) fn look_failed(&mut self, cx: &mut Session) {
        let kind = cx.fault.error.kind;
        if !matches!(kind, ErrorKind::NotFound | ErrorKind::BadRequest) {
            cx.fault.error.may_have_taken_effect = true;
            self.outcome = Some(Err(cx.take_error()));
        }
        self.stage = Stage::Ended;
    }

    fn finished(&mut self, cx: &mut Session, file: R) {
        cx.leases.forget(&LeaseFor::LargeFile(self.finish.file_id.clone()));
        let sha1 = self.payload.sha1;
        let (continued, reused) = (Continued::NotTried, Reused::NotTried);
        self.end(Ok(Uploaded { file, sha1, continued, reused, may_be_duplicate: false }));
    }
}

/// Whether a file structure is that of a finished file.
fn is_finished(body: &[u8]) -> bool {
    let action = Json::pick(body, &["action"]).ok().and_then(|[action]| action);
    action.is_some_and(|action| action.is_str("upload"))
}
