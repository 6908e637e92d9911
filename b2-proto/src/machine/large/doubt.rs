//! A start whose answer was lost: is the large file there?

use super::cut::Cut;
use super::lane::Lane;
use super::{FileId, LargeUpload, Stage};
use crate::machine::session::Session;
use crate::machine::settle::Asked;
use crate::op::Operation as _;
use crate::op::file_spec::DescribeFile;
use crate::op::receipt::Receipt;
use crate::op::settle::{Conclusion, Facts};
use crate::time::Instant;
use crate::wire::text::Sha1;

impl<F, D, L, R, P> LargeUpload<F, D, L, R, P>
where
    F: DescribeFile,
    D: AsRef<[Option<Sha1>]> + AsMut<[Option<Sha1>]>,
    L: AsRef<[Lane]> + AsMut<[Lane]>,
    R: Receipt,
    P: Cut,
{
    /// Asks before the file is started again, or before the job gives up; whether it asks.
    pub(super) fn asks(&mut self, cx: &Session) -> bool {
        let start = &self.start;
        self.settling.ask(cx, None, || start.question()) == Asked::Asking
    }

    /// The file could not be started, unless it is there after all.
    pub(super) fn start_failed(&mut self, cx: &mut Session, now: Instant) {
        self.settling.note_failed(cx, now);
        let stage = if self.asks(cx) { Stage::Starting } else { Stage::Ended };
        self.fail(cx, stage);
    }

    /// Goes on as the answer says.
    pub(super) fn start_told(&mut self, cx: &mut Session, facts: Option<Facts>) {
        match self.start.conclude(facts, &mut self.settling.lost(cx)) {
            Conclusion::Done(file) => {
                self.outcome = None;
                return self.started(&file.file_id);
            }
            Conclusion::NotDone => {
                let failure = self.outcome.as_mut().and_then(|outcome| outcome.as_mut().err());
                self.settling.note_not_done(self.control.doubt(), failure);
            }
            Conclusion::Unclear | Conclusion::Failed(_) => {}
        }
        if self.outcome.is_some() {
            self.stage = Stage::Ended;
        }
    }

    /// The service has the large file, without parts.
    pub(super) fn started(&mut self, file_id: &FileId) {
        self.set_file_id(file_id);
        self.finish.digests.clear();
        if P::CLAIMS {
            self.stage = Stage::Claiming;
        } else {
            self.begin_parts();
        }
    }
}
