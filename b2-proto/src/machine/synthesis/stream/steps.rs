//! What the building of a file from a stream does next.

use super::super::{Planner, SynthesisOptions, Synthesized, WriteIntent, form};
use super::intake::Intake;
use super::{AHEAD, INTENTS_MAX, Stage, Step, StreamPlan, SynthesizeStream};
use crate::error::Error;
use crate::machine::Machine as _;
use crate::machine::copy::TargetEncryption;
use crate::machine::put::Continue;
use crate::machine::session::{Gate, Session};
use crate::machine::upload::{Continued, Uploaded};
use crate::model::FileVersion;
use crate::op::file_spec::DescribeFile as _;
use crate::op::upload_file;
use crate::plan::sizes::{SizeOptions, Sizes};
use crate::plan::synthesis::{Priority, Synthesis, SynthesisError};
use crate::time::Instant;
use alloc::boxed::Box;
use alloc::vec::Vec;

impl SynthesizeStream {
    /// Decides what can be done now.
    pub(super) fn next_step(&mut self, cx: &mut Session, now: Instant) -> Option<Step> {
        // Each turn begins with a further machine, and there are only so many.
        loop {
            if let Some(id) = self.to_abort.take() {
                return Some(Step::Abort(id));
            }
            if let Stage::Undecided = self.stage
                && !self.begin(cx)
            {
                return None;
            }
            if self.asks(now) {
                return Some(Step::Take);
            }
            if delegate!(&mut self.stage, machine => machine.decide(cx, now), false) {
                return Some(Step::Machine);
            }
            if !self.move_on() {
                return None;
            }
        }
    }

    /// Begins once there is a login; whether something was decided.
    fn begin(&mut self, cx: &mut Session) -> bool {
        let begun = match (self.check(), cx.gate(), cx.grant()) {
            (Err(error), _, _) => Err(error),
            (Ok(()), Gate::Open(_), Some(grant)) => {
                let account = Some(grant.recommended_part_len);
                Sizes::resolve(SizeOptions { account, ..self.options.sizes }).map_err(Error::from)
            }
            (Ok(()), Gate::Closed, _) => {
                cx.note_no_login();
                Err(cx.take_error())
            }
            (Ok(()), Gate::Open(_) | Gate::Wait, _) => return false,
        };
        let needs = cx.check_needs(&self.file.needs());
        let needs = needs.map_err(|error| error.in_operation(upload_file::SPEC.name));
        self.buffers_len = cx.buffers_len();
        match begun.and_then(|sizes| needs.map(|()| sizes)) {
            Ok(sizes) => {
                let encryption = TargetEncryption::of_new_file(&self.file.spec());
                let plan = StreamPlan::new(&Synthesis::new(sizes), &encryption);
                self.stage = Stage::Looking(Box::new(plan));
            }
            Err(error) => self.end(Err(error)),
        }
        true
    }

    fn check(&self) -> Result<(), Error> {
        self.file.check()?;
        let SynthesisOptions { planner, verify_overlap, resume, .. } = &self.options;
        if *planner != Planner::Reference(Priority::Reference) || *verify_overlap {
            let message = "a file that is built of a stream has no priorities, no least transfer, \
                           and overlaps are not compared";
            return Err(Error::invalid(message));
        }
        if matches!(resume, Continue::File(_)) {
            let message = "a file that is built of a stream cannot be continued";
            return Err(Error::invalid(message));
        }
        Ok(())
    }

    /// Prepares a request for further intents, if they are wanted and there is room for them.
    fn asks(&mut self, now: Instant) -> bool {
        if self.intake.is_out() {
            return false;
        }
        let asked = match &mut self.stage {
            Stage::Looking(plan) if plan.is_all() || plan.count() >= AHEAD => return false,
            // What is known already is to be sent before there is room for more.
            Stage::Looking(plan) => {
                if plan.is_cut_while_full() {
                    return false;
                }
                ask(plan, &mut self.intake)
            }
            Stage::Large(large) => {
                let machine = large.machine_mut();
                let (plan, begun) = (machine.sending().0, machine.begun());
                let is_enough = plan.is_all() || plan.count() >= begun + AHEAD;
                if is_enough || !machine.takes_parts() || large.has_failed() {
                    return false;
                }
                large.machine_mut().change_plan(|plan| ask(plan, &mut self.intake))
            }
            Stage::Undecided | Stage::Small(_) | Stage::Copying(_) | Stage::Ended(_) => {
                return false;
            }
        };
        match asked {
            Ok(is_asked) => is_asked,
            Err(error) => {
                self.fail(now, error);
                false
            }
        }
    }

    /// Intents have come, or the end.
    pub(super) fn take(&mut self, now: Instant, intents: &[WriteIntent], is_all: bool) {
        let taken = match &mut self.stage {
            Stage::Looking(plan) => plan.take(intents, is_all),
            Stage::Large(large) => {
                large.machine_mut().change_plan(|plan| plan.take(intents, is_all))
            }
            Stage::Undecided | Stage::Small(_) | Stage::Copying(_) | Stage::Ended(_) => Ok(()),
        };
        match taken {
            Ok(()) => {}
            Err(error) => self.fail(now, error),
        }
    }

    /// Ends the job over what came; what is under way is aborted.
    pub(super) fn fail(&mut self, now: Instant, error: Error) {
        match &mut self.stage {
            Stage::Large(large) => large.fail_with(error, now),
            Stage::Undecided
            | Stage::Looking(_)
            | Stage::Small(_)
            | Stage::Copying(_)
            | Stage::Ended(_) => self.end(Err(error)),
        }
    }

    /// Goes on when it is known what kind of file it becomes, or takes the end of the machine that
    /// did the work; whether something has changed.
    fn move_on(&mut self) -> bool {
        if let Stage::Looking(plan) = &mut self.stage {
            let is_known = !self.intake.is_out()
                && (plan.is_all() || plan.count() >= AHEAD || plan.is_cut_while_full());
            if is_known {
                self.go_on();
            }
            return is_known;
        }
        let ended = delegate!(&mut self.stage, machine => machine.outcome(), None);
        let Some(ended) = ended else { return false };
        while let Some(event) = delegate!(&mut self.stage, machine => machine.poll_event(), None) {
            self.news = Some(event);
        }
        if let Stage::Large(large) = &self.stage {
            self.totals = large.machine().sending().0.totals();
        }
        self.to_abort = self.intake.abandon();
        self.uploaded(ended);
        true
    }

    fn go_on(&mut self) {
        let stage = core::mem::replace(&mut self.stage, Stage::Ended(None));
        let Stage::Looking(plan) = stage else { return };
        self.totals = plan.totals();
        let (options, buffers) = (&self.options, self.buffers_len);
        self.stage = if plan.count() > 1 || !plan.is_all() {
            if let Some(sha1) = options.sha1 {
                self.file.note_large_sha1(sha1);
            }
            let large = form::large_stream(self.file.clone(), *plan, options, buffers);
            Stage::Large(Box::new(large))
        } else if let Some(copied) = plan.only_copy() {
            match form::copy(&self.file, copied, options) {
                Ok(copy) => Stage::Copying(Box::new(copy)),
                Err(error) => Stage::Ended(Some(Err(error))),
            }
        } else {
            let small = form::small_stream(self.file.clone(), *plan, options, buffers);
            Stage::Small(Box::new(small))
        };
    }

    fn uploaded(&mut self, done: Result<Uploaded<FileVersion>, Error>) {
        let (totals, continued, skipped) = (self.totals, Continued::NotTried, Vec::new());
        self.end(done.map(|done| {
            let Uploaded { file, sha1, may_be_duplicate, .. } = done;
            let sha1 = sha1.or_else(|| file.whole_sha1());
            Synthesized { file, sha1, totals, overlap: None, continued, skipped, may_be_duplicate }
        }));
    }
}

/// Prepares a request for further intents; not when as many are kept as may be, and parts on their
/// way will make room.
fn ask(plan: &mut StreamPlan, intake: &mut Intake) -> Result<bool, Error> {
    if plan.is_full() {
        let max = u32::try_from(INTENTS_MAX).unwrap_or(u32::MAX);
        let too_many = SynthesisError::TooManyPieces { max };
        return if plan.has_parts() { Ok(false) } else { Err(too_many.into()) };
    }
    intake.ask(plan);
    Ok(true)
}
