//! What the building of a file does next.

use super::plan::SynthesisPlan;
use super::reading::{Read, Reading, Reads};
use super::{Stage, Synthesize, Synthesized, WriteIntent, WriteOrigin, form};
use crate::error::{Error, ErrorKind};
use crate::info::PLAN_ID;
use crate::machine::copy::TargetEncryption;
use crate::machine::large::cut::Cut as _;
use crate::machine::put::Continue;
use crate::machine::resume::{Resume, Resumed, Wanted};
use crate::machine::session::{Gate, Session};
use crate::machine::upload::{Continued, Uploaded};
use crate::model::{FileId, FileVersion};
use crate::op::file_spec::DescribeFile as _;
use crate::op::upload_file;
use crate::plan::synthesis::Plan;
use crate::wire::text::Sha1;
use alloc::boxed::Box;
use alloc::string::ToString as _;
use alloc::vec::Vec;

impl Synthesize {
    /// Decides what to do first, as far as the session allows; whether something was decided.
    pub(super) fn begin(&mut self, cx: &mut Session) -> bool {
        let planned = match (cx.gate(), cx.grant()) {
            _ if let Err(error) = self.check() => Err(error),
            (Gate::Open(_), Some(grant)) => {
                self.options.plan(&self.intents, grant.recommended_part_len)
            }
            (Gate::Closed, _) => {
                cx.note_no_login();
                Err(cx.take_error())
            }
            (Gate::Open(_) | Gate::Wait, _) => return false,
        };
        let needs = cx.check_needs(&self.file.needs());
        let needs = needs.map_err(|error| error.in_operation(upload_file::SPEC.name));
        self.buffers_len = cx.buffers_len();
        match planned.and_then(|plan| needs.map(|()| plan)) {
            Ok(plan) => self.planned(plan),
            Err(error) => self.end(Err(error)),
        }
        true
    }

    fn check(&self) -> Result<(), Error> {
        self.file.check()?;
        self.intents.iter().try_for_each(WriteIntent::check)
    }

    /// What is read before anything is sent.
    fn reads(&self, plan: &Plan) -> Reads {
        let only_marks = self.options.one_pass || !plan.is_large();
        Reads { only_marks, whole: self.options.sha1.is_some() }
    }

    fn planned(&mut self, plan: Plan) {
        (self.totals, self.overlap) = (plan.totals(), plan.overlap());
        if !plan.is_large() && matches!(self.options.resume, Continue::File(_)) {
            let message = "only a file in parts can be continued, and this one has a single part";
            return self.end(Err(Error::invalid(message)));
        }
        match Reading::of(&plan, &self.intents, self.reads(&plan)) {
            Some(reading) => {
                let reading = reading.following(self.last_read);
                self.stage = Stage::Reading(Box::new(reading), Box::new(plan));
            }
            None => {
                let read = Read::nothing(&plan);
                self.go_on(plan, read);
            }
        }
    }

    /// The plan with what it is about, which is not needed here any more.
    fn plan_of(&mut self, plan: Plan, digests: Vec<Option<Sha1>>) -> SynthesisPlan {
        let encryption = TargetEncryption::of_new_file(&self.file.spec());
        let intents = core::mem::take(&mut self.intents);
        SynthesisPlan::new(plan, intents, digests, &encryption)
    }

    pub(super) fn was_read(&mut self, read: Result<(), Error>) {
        let stage = core::mem::replace(&mut self.stage, Stage::Ended(None));
        let Stage::Reading(mut reading, plan) = stage else { return };
        self.last_read = reading.id();
        let read = read.map(|()| reading.finish(&plan, self.reads(&plan)));
        match read {
            Ok(Read { whole, .. }) if self.options.sha1.zip(whole).is_some_and(|(a, b)| a != b) => {
                self.end(Err(Error::invalid("the source has another SHA-1 than was told")));
            }
            Ok(read) => self.go_on(*plan, read),
            Err(error) => self.end(Err(error)),
        }
    }

    /// Goes on with all that is known before the first request.
    fn go_on(&mut self, plan: Plan, read: Read) {
        if !plan.is_large() {
            return self.go_on_small(plan, read);
        }
        if let Some(sha1) = self.options.sha1 {
            self.file.note_large_sha1(sha1);
        }
        let is_told_apart = self.note_plan_id(&plan, &read.ranges);
        let plan = self.plan_of(plan, read.parts);
        match self.wanted_id(is_told_apart) {
            Ok(Some(file_id)) => {
                let source = crate::id::SourceId(0);
                let wanted =
                    Wanted { file: self.file.clone(), parts: plan.wanted(), source, file_id };
                self.stage = Stage::Searching(Box::new(Resume::new(wanted)), Box::new(plan));
            }
            Ok(None) => self.upload(plan, Resumed::none(Continued::NotTried)),
            Err(error) => self.end(Err(error)),
        }
    }

    /// Notes what tells an unfinished file of this plan from those of others; whether it is told
    /// apart, by that or by its parts.
    fn note_plan_id(&mut self, plan: &Plan, ranges: &[Sha1]) -> bool {
        if self.options.one_pass {
            return false;
        }
        if !plan.has_plan_id() {
            return true;
        }
        let source = |intent: u32| match self.intents.get(intent as usize).map(|it| &it.origin) {
            Some(WriteOrigin::Remote(source)) => {
                (source.file_id().as_str(), source.span().map_or(0, |span| span.offset))
            }
            Some(WriteOrigin::Local { .. }) | None => ("", 0),
        };
        let Some(plan_id) = plan.plan_id_of(source, ranges.iter().copied()) else {
            return false;
        };
        let plan_id = plan_id.to_string();
        let mut has_own_id = false;
        self.file.spec().each_info(&mut |key, _| has_own_id |= key == PLAN_ID);
        if has_own_id || !form::has_room_for(&self.file, PLAN_ID, &plan_id) {
            return false;
        }
        let placeholder = crate::op::new_file::NewFile::new("", "");
        self.file = core::mem::replace(&mut self.file, placeholder).info(PLAN_ID, plan_id);
        true
    }

    /// Which unfinished file is looked for: none, any, or one.
    fn wanted_id(&self, is_told_apart: bool) -> Result<Option<Option<FileId>>, Error> {
        match &self.options.resume {
            Continue::Auto if is_told_apart => Ok(Some(None)),
            Continue::File(id) if is_told_apart => Ok(Some(Some(id.clone()))),
            Continue::File(_) => Err(Error::invalid(
                "a file to continue is known by its plan: that needs a look at the local bytes \
                 before, and room for plan_id in the file info",
            )),
            Continue::Auto | Continue::Never => Ok(None),
        }
    }

    pub(super) fn searched(&mut self, mut resumed: Resumed) {
        let stage = core::mem::replace(&mut self.stage, Stage::Ended(None));
        if let Stage::Searching(_, plan) = stage {
            self.skipped = core::mem::take(&mut resumed.skipped);
            self.upload(*plan, resumed);
        }
    }

    /// Sends and copies the parts that are not there yet.
    fn upload(&mut self, plan: SynthesisPlan, resumed: Resumed) {
        self.continued = resumed.continued;
        let large = form::large(self.file.clone(), plan, resumed, &self.options, self.buffers_len);
        self.stage = match large {
            Ok(large) => Stage::Large(Box::new(large)),
            Err(error) => Stage::Ended(Some(Err(error))),
        };
    }

    /// Whether all bytes of the file are here.
    fn has_all(&self) -> bool {
        let is_local = |it: &&WriteIntent| matches!(it.origin, WriteOrigin::Local { .. });
        let local: Vec<_> = self.intents.iter().filter(is_local).cloned().collect();
        let planned = self.options.plan(&local, self.totals.len.max(1));
        planned.is_ok_and(|plan| plan.totals().len == self.totals.len)
    }

    fn go_on_small(&mut self, plan: Plan, read: Read) {
        let Some(copied) = form::only_copy(&plan, &self.intents) else {
            let plan = self.plan_of(plan, read.parts);
            let small = form::small(self.file.clone(), plan, &self.options, self.buffers_len);
            self.stage = Stage::Small(Box::new(small));
            return;
        };
        let expected = read.parts.first().copied().flatten();
        match (expected, copied.sha1()) {
            // A copy cannot say when the file was uploaded; what is here as well can be sent.
            _ if self.file.spec().upload_timestamp_ms.is_some() && self.has_all() => {
                self.intents.retain(|it| matches!(it.origin, WriteOrigin::Local { .. }));
                self.stage = Stage::Undecided;
            }
            (Some(local), Some(remote)) if local != remote => {
                let plan = self.plan_of(plan, read.parts);
                let error = Error::new(ErrorKind::Corrupted, "");
                self.end(Err(plan.copied_other(0, error)));
            }
            // A copy in one call is there before it can be compared, so the bytes are sent.
            (Some(_), None) => {
                self.intents.retain(|it| matches!(it.origin, WriteOrigin::Local { .. }));
                self.stage = Stage::Undecided;
            }
            (Some(_) | None, _) => match form::copy(&self.file, copied, &self.options) {
                Ok(copy) => self.stage = Stage::Copying(Box::new(copy)),
                Err(error) => self.end(Err(error)),
            },
        }
    }

    pub(super) fn uploaded(&mut self, done: Result<Uploaded<FileVersion>, Error>) {
        let skipped = core::mem::take(&mut self.skipped);
        let (totals, overlap, continued) = (self.totals, self.overlap, self.continued);
        self.end(done.map(|done| {
            let Uploaded { file, sha1, may_be_duplicate, .. } = done;
            let sha1 = sha1.or_else(|| file.whole_sha1());
            Synthesized { file, sha1, totals, overlap, continued, skipped, may_be_duplicate }
        }));
    }
}
