//! What becomes of the parts, and how far they are.

use super::cut::{Cut, Origin, is_source_gone};
use super::lane::Lane;
use super::part::LaneDone;
use super::{LargeUpload, Leftover, Stage};
use crate::error::ErrorKind;
use crate::machine::Input;
use crate::machine::session::Session;
use crate::op::file_spec::DescribeFile;
use crate::op::receipt::Receipt;
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
    /// Notes where an open plan has ended, if it has.
    pub(super) fn note_end(&mut self) {
        if let Some(count) = self.plan.parts_total() {
            self.finish.digests.limit(count);
            self.events.update(|progress| {
                progress.bytes_total = self.plan.bytes_total();
                progress.parts_total = u32::try_from(count).ok();
            });
        }
    }

    pub(super) fn note_progress(&mut self) {
        let moving: u64 = self.lanes.as_ref().iter().map(Lane::moved).sum();
        self.events.done(self.parts.bytes_done + moving, self.parts.done);
    }

    pub(super) fn handle_lane(
        &mut self,
        cx: &mut Session,
        now: Instant,
        at: usize,
        input: &Input<'_>,
    ) {
        let Some(lane) = self.lanes.as_mut().get_mut(at) else { return };
        let index = lane.index();
        match lane.handle(cx, now, input, &mut self.plan, &mut self.events) {
            LaneDone::Nothing if P::IS_OPEN => self.note_end(),
            LaneDone::Nothing => {}
            LaneDone::Failed => {
                let is_copy = P::COPY.is_some() && self.plan.origin(index) == Origin::Copy;
                let error = &cx.fault.error;
                let is_known = self.plan.known_sha1(index).is_some();
                let is_other = error.kind == ErrorKind::Corrupted && is_known;
                // Who has started a file may have other data, and finish it.
                let is_lost = is_source_gone(error) || is_other && !self.is_continued;
                if is_copy && is_lost {
                    // What is to be copied is other or gone: nobody can finish this file.
                    (self.leftover, self.is_continued) = (Leftover::Remove, false);
                }
                self.fail(cx, Stage::Aborting);
            }
            LaneDone::Part(done) => {
                if P::IS_OPEN {
                    // Another lane may have the next part.
                    lane.end_turn(cx);
                }
                if P::COPY.is_some() && self.plan.origin(done.index) == Origin::Copy {
                    self.events.update(|progress| progress.bytes_copied += done.len);
                }
                self.finish.digests.set(done.index, done.sha1);
                self.plan.note_done(done.index);
                self.parts.done += 1;
                self.parts.bytes_done += done.len;
            }
        }
        self.note_progress();
    }
}
