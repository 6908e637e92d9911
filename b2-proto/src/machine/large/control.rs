//! The requests of a large file itself: start, finish, looking how a finish went, clean-up.

use super::cut::Cut;
use super::lane::Lane;
use super::{FileId, LargeUpload, Stage};
use crate::error::{Error, ErrorKind};
use crate::machine::Input;
use crate::machine::call::Verdict;
use crate::machine::session::Session;
use crate::op::Operation as _;
use crate::op::file_spec::DescribeFile;
use crate::op::receipt::{FileRef, Receipt};
use crate::op::start_large_file::StartLargeFile;
use crate::time::Instant;
use crate::wire::reply::Reply;
use crate::wire::text::Sha1;

/// Files that are started anew because others took them over.
const LOST_FILES_MAX: u8 = 3;

impl<F, D, L, R, P> LargeUpload<F, D, L, R, P>
where
    F: DescribeFile,
    D: AsRef<[Option<Sha1>]> + AsMut<[Option<Sha1>]>,
    L: AsRef<[Lane]> + AsMut<[Lane]>,
    R: Receipt,
    P: Cut,
{
    pub(super) fn handle_control(&mut self, cx: &mut Session, now: Instant, input: &Input<'_>) {
        let verdict = self.control.judge(cx, now, input, &mut self.events);
        if self.stage.may_be_lost() {
            self.settling.note_end(cx, now, input, (&self.control, &verdict));
        }
        match verdict {
            Verdict::Ignored | Verdict::Again => {}
            Verdict::Done(reply) => self.control_done(cx, now, &reply),
            Verdict::Failed => self.control_failed(cx, now),
        }
    }

    fn control_done(&mut self, cx: &mut Session, now: Instant, reply: &Reply<'_>) {
        match self.stage {
            Stage::Starting => match self.start.parse(reply) {
                Ok(file) => {
                    cx.given.note_reply(reply.body);
                    self.started(&file.file_id);
                }
                Err(error) => self.end(Err(error.in_operation("b2_start_large_file"))),
            },
            Stage::Finishing => self.finish_answered(cx, reply),
            Stage::Verifying => self.looked(cx, now, reply),
            Stage::CleaningUp => self.stage = Stage::Ended,
            Stage::Unchecked | Stage::Claiming | Stage::Parts | Stage::Aborting | Stage::Ended => {}
        }
    }

    /// Whoever found the file between its start and this has it now, and another is started.
    /// Where claims are impossible nobody else gets one either.
    pub(super) fn handle_claim(&mut self, input: &Input<'_>) {
        if self.control.in_flight() != Some(input.id()) || !input.is_final() {
            return;
        }
        self.control.abandon();
        if !matches!(input, Input::Claimed { granted: false, .. }) {
            return self.begin_parts();
        }
        if self.lost_files == LOST_FILES_MAX {
            let message = "others continued each file as soon as it was started";
            return self.end(Err(Error::new(ErrorKind::Conflict, message)));
        }
        self.lost_files += 1;
        self.set_file_id(&FileId::new());
        self.control.restart(&StartLargeFile::<F, FileRef>::SPEC);
        self.stage = Stage::Starting;
    }

    /// A request of the job itself has failed, or there will be no login for it.
    pub(super) fn control_failed(&mut self, cx: &mut Session, now: Instant) {
        match self.stage {
            Stage::Starting => self.start_failed(cx, now),
            Stage::Finishing => self.finish_failed(cx, now),
            Stage::Verifying => self.look_failed(cx),
            // What ended the job before that matters more.
            Stage::CleaningUp => self.stage = Stage::Ended,
            Stage::Unchecked | Stage::Claiming | Stage::Parts | Stage::Aborting | Stage::Ended => {
                self.fail(cx, Stage::Ended)
            }
        }
    }
}
