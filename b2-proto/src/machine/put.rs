//! The upload of a file of any length: in one request or in parts, as its length and the part
//! sizes of the account say.

use crate::error::{Error, ErrorKind};
use crate::id::ReqId;
use crate::machine::event::Event;
use crate::machine::large::{Lane, LargeUpload, Leftover};
use crate::machine::session::{Gate, Session};
use crate::machine::upload::{Payload, Upload, Uploaded};
use crate::machine::{Accept, Action, Input, LANES_MAX, Machine};
use crate::op::Grant;
use crate::op::new_file::NewFile;
use crate::op::receipt::Receipt;
use crate::plan::parts::PartPlan;
use crate::plan::sizes::{SizeOptions, Sizes};
use crate::time::{Deadline, Instant};
use crate::wire::reply::Headers;
use crate::wire::text::Sha1;
use alloc::vec::Vec;

/// How a file is uploaded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PutOptions {
    /// Parts sent at the same time; more than [`LANES_MAX`] count as that.
    pub lanes: u16,
    /// Part sizes the caller wants, in bytes; the account's are filled in.
    pub sizes: SizeOptions,
    /// Bytes of all buffers of a source that cannot be read again.
    pub buffer_len_max: u64,
    /// What becomes of an unfinished file on failure.
    pub leftover: Leftover,
}

impl Default for PutOptions {
    fn default() -> Self {
        Self {
            lanes: 8,
            sizes: SizeOptions::default(),
            buffer_len_max: 64 * 1024 * 1024,
            leftover: Leftover::Keep,
        }
    }
}

type Large<R> = LargeUpload<NewFile, Vec<Option<Sha1>>, Vec<Lane>, R>;

/// Uploads one file (behaviour b.1, d.2).
///
/// ```
/// use b2_proto::id::SourceId;
/// use b2_proto::machine::put::{Put, PutOptions};
/// use b2_proto::machine::upload::Payload;
/// use b2_proto::model::FileVersion;
/// use b2_proto::op::new_file::NewFile;
///
/// let file = NewFile::new("8d625eb63be2775577c70e1a", "2026/a.jpg").content_type("image/jpeg");
/// let options = PutOptions { lanes: 4, ..PutOptions::default() };
/// let job = Put::<FileVersion>::new(file, Payload::stream(SourceId(0), 12_345), options);
/// # let _ = job;
/// ```
#[derive(Debug)]
pub struct Put<R> {
    payload: Payload,
    options: PutOptions,
    stage: Stage<R>,
}

#[derive(Debug)]
enum Stage<R> {
    /// The account's part sizes are not known yet.
    Undecided(NewFile),
    Small(Upload<NewFile, R>),
    Large(Large<R>),
    Ended(Option<Error>),
}

/// Runs an expression for whichever machine does the work.
macro_rules! delegate {
    ($stage:expr, $machine:ident => $do:expr, $otherwise:expr) => {
        match $stage {
            Stage::Small($machine) => $do,
            Stage::Large($machine) => $do,
            Stage::Undecided(_) | Stage::Ended(_) => $otherwise,
        }
    };
}

impl<R: Receipt> Put<R> {
    /// An upload of `payload` as `file`.
    pub const fn new(file: NewFile, payload: Payload, options: PutOptions) -> Self {
        Self { payload, options, stage: Stage::Undecided(file) }
    }

    fn decide_form(&mut self, grant: &Grant) {
        let stage = core::mem::replace(&mut self.stage, Stage::Ended(None));
        let Stage::Undecided(file) = stage else {
            self.stage = stage;
            return;
        };
        self.stage = match self.form(file, grant) {
            Ok(stage) => stage,
            Err(error) => Stage::Ended(Some(error)),
        };
    }

    fn form(&self, mut file: NewFile, grant: &Grant) -> Result<Stage<R>, Error> {
        let plan = self.plan(grant)?;
        if !plan.is_large() {
            return Ok(Stage::Small(Upload::new(file, self.payload)));
        }
        if let Some(sha1) = self.payload.sha1 {
            file.note_large_sha1(sha1);
        }
        let count = usize::try_from(plan.count()).unwrap_or(usize::MAX);
        let lanes = self.lanes(&plan);
        let digests = alloc::vec![None; count];
        let lanes = (0..lanes).map(|_| Lane::new()).collect();
        let large = LargeUpload::new(file, self.payload, plan, digests, lanes);
        Ok(Stage::Large(large.leftover(self.options.leftover)))
    }

    fn plan(&self, grant: &Grant) -> Result<PartPlan, Error> {
        let mut options = self.options.sizes;
        options.account = Some(grant.recommended_part_len);
        if !self.payload.can_reread && options.recommended.is_none() {
            // Each lane keeps a part in memory, so parts are as short as the budget wants them.
            let share = self.options.buffer_len_max / u64::from(self.options.lanes.max(1));
            let shortest = options.min.unwrap_or(grant.part_len_min);
            options.recommended =
                Some(share.clamp(shortest, grant.recommended_part_len.max(shortest)));
            options.min = Some(shortest);
        }
        let plan = PartPlan::for_file(self.payload.len, &Sizes::resolve(options)?)?;
        if !self.payload.can_reread && plan.longest() > self.options.buffer_len_max {
            return Err(Error::with_message(
                ErrorKind::Limit,
                format_args!(
                    "a source that cannot be read again needs a buffer of {} bytes, {} are allowed",
                    plan.longest(),
                    self.options.buffer_len_max
                ),
            ));
        }
        Ok(plan)
    }

    /// As many lanes as there are parts and, for buffered sources, room.
    fn lanes(&self, plan: &PartPlan) -> usize {
        let wanted = u64::from(self.options.lanes.max(1)).min(plan.count());
        let room = match (self.payload.can_reread, plan.longest()) {
            (false, longest) if longest > 0 => self.options.buffer_len_max / longest,
            _ => wanted,
        };
        usize::try_from(wanted.min(room).max(1)).unwrap_or(1).min(LANES_MAX)
    }
}

impl<R: Receipt> Machine for Put<R> {
    type Output = Uploaded<R>;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        if let Stage::Undecided(file) = &self.stage
            && let Err(error) = file.check().and_then(|()| self.payload.check())
        {
            self.stage = Stage::Ended(Some(error));
        }
        if let Stage::Undecided(_) = self.stage {
            match (cx.gate(), cx.grant()) {
                (Gate::Open(_), Some(grant)) => self.decide_form(grant),
                (Gate::Closed, _) => {
                    cx.note_no_login();
                    self.stage = Stage::Ended(Some(cx.take_error()));
                }
                (Gate::Open(_) | Gate::Wait, _) => {}
            }
        }
        delegate!(&mut self.stage, machine => machine.decide(cx, now), false)
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        delegate!(&mut self.stage, machine => machine.action(cx), None)
    }

    fn accept(
        &mut self,
        cx: &mut Session,
        now: Instant,
        id: ReqId,
        status: u16,
        headers: &dyn Headers,
    ) -> Accept {
        let refused = Accept::Collect { len_max: 0 };
        delegate!(&mut self.stage, m => m.accept(cx, now, id, status, headers), refused)
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        delegate!(&mut self.stage, machine => machine.handle_input(cx, now, input), ());
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        delegate!(&self.stage, machine => machine.poll_deadline(cx), None)
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        let is_undecided = matches!(self.stage, Stage::Undecided(_));
        delegate!(&self.stage, machine => machine.waits_for_login(cx), is_undecided)
    }

    fn is_aborting(&self) -> bool {
        delegate!(&self.stage, machine => machine.is_aborting(), false)
    }

    fn poll_event(&mut self) -> Option<Event> {
        delegate!(&mut self.stage, machine => machine.poll_event(), None)
    }

    fn cancel(&mut self, now: Instant) {
        delegate!(&mut self.stage, machine => return machine.cancel(now), ());
        if let Stage::Undecided(_) = self.stage {
            self.stage = Stage::Ended(Some(Error::cancelled()));
        }
    }

    fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
        if let Stage::Ended(error) = &mut self.stage {
            return error.take().map(Err);
        }
        delegate!(&mut self.stage, machine => machine.outcome(), None)
    }
}
