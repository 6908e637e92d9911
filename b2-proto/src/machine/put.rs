//! The upload of a file of any length: in one request or in parts, as its length and the part
//! sizes of the account say.
//!
//! Of a source of unknown length, the first two buffers are filled before anything is sent. If it
//! ends within the first, the file goes up in one request; else in parts that
//! [grow](crate::plan::growth::Growth) until it ends. Their SHA-1 is sent with each of them; that
//! of the whole file is kept with it (`large_file_sha1`) only if the caller knows it, for it would
//! have to be told before the first byte.

use crate::error::Error;
use crate::id::ReqId;
use crate::machine::event::Event;
use crate::machine::large::known::KnownPlan;
use crate::machine::large::open::OpenPlan;
use crate::machine::large::part::LaneNext;
use crate::machine::large::{Lane, LargeUpload};
use crate::machine::session::{Gate, Session};
use crate::machine::upload::{Continued, Payload, Upload, Uploaded};
use crate::machine::{Accept, Action, Input, Machine};
use crate::op::new_file::NewFile;
use crate::op::receipt::Receipt;
use crate::op::upload_file;
use crate::time::{Deadline, Instant};
use crate::wire::reply::Headers;
use crate::wire::text::Sha1;
use alloc::boxed::Box;
use alloc::vec::Vec;

mod forming;
mod opening;
mod options;
mod preparing;
mod reading;
pub(in crate::machine) mod sizing;

use opening::Opening;
pub use options::{Continue, PutOptions, WholeSha1};
use preparing::Preparing;

type Large<R, P = KnownPlan> = LargeUpload<NewFile, Vec<Option<Sha1>>, Vec<Lane>, R, P>;

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
    continued: Continued,
}

#[derive(Debug)]
enum Stage<R> {
    /// The account's part sizes are not known yet.
    Undecided(NewFile),
    /// The length is not known yet.
    Opening(Opening),
    /// Something is to be read or looked for before the first part.
    Preparing(Box<Preparing>),
    // Apart, so that a job which is not begun yet is not moved with room for all of them.
    Small(Box<Upload<NewFile, R>>),
    Large(Box<Large<R>>),
    /// In parts until the source ends.
    Stream(Box<Large<R, OpenPlan>>),
    /// Cancelled while a buffer is filled or the source is read.
    Aborting(ReqId),
    Ended(Option<Error>),
}

/// Runs an expression for whichever machine does the work.
macro_rules! delegate {
    ($stage:expr, $machine:ident => $do:expr, $otherwise:expr) => {
        match $stage {
            Stage::Small($machine) => $do,
            Stage::Large($machine) => $do,
            Stage::Stream($machine) => $do,
            Stage::Undecided(_)
            | Stage::Opening(_)
            | Stage::Preparing(_)
            | Stage::Aborting(_)
            | Stage::Ended(_) => $otherwise,
        }
    };
}

impl<R: Receipt> Put<R> {
    /// An upload of `payload` as `file`.
    pub const fn new(file: NewFile, payload: Payload, options: PutOptions) -> Self {
        Self { payload, options, stage: Stage::Undecided(file), continued: Continued::NotTried }
    }
}

impl<R: Receipt> Machine for Put<R> {
    type Output = Uploaded<R>;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        if let Stage::Undecided(file) = &self.stage
            && let Err(error) =
                file.check().and_then(|()| self.payload.check()).and_then(|()| self.check_source())
        {
            self.stage = Stage::Ended(Some(error));
        }
        if let Stage::Undecided(file) = &self.stage {
            match (cx.gate(), cx.grant()) {
                (Gate::Open(_), Some(grant)) => match cx.check_needs(&file.needs()) {
                    Ok(()) => {
                        let allowed = self.options.buffer_len_max.min(cx.buffers_len());
                        self.options.buffer_len_max = allowed;
                        self.decide_form(grant);
                    }
                    Err(error) => {
                        let error = error.in_operation(upload_file::SPEC.name);
                        self.stage = Stage::Ended(Some(error));
                    }
                },
                (Gate::Closed, _) => {
                    cx.note_no_login();
                    self.stage = Stage::Ended(Some(cx.take_error()));
                }
                (Gate::Open(_) | Gate::Wait, _) => {}
            }
        }
        match &mut self.stage {
            Stage::Opening(opening) => {
                return match opening.decide(cx) {
                    LaneNext::Fill => true,
                    LaneNext::Failed => {
                        self.stage = Stage::Ended(Some(cx.take_error()));
                        false
                    }
                    LaneNext::Nothing | LaneNext::GetUrl | LaneNext::Part | LaneNext::Copy => false,
                };
            }
            Stage::Preparing(preparing) => {
                if preparing.decide(cx, now) {
                    return true;
                }
                self.note_prepared();
            }
            Stage::Undecided(_)
            | Stage::Small(_)
            | Stage::Large(_)
            | Stage::Stream(_)
            | Stage::Aborting(_)
            | Stage::Ended(_) => {}
        }
        let is_aborting = matches!(self.stage, Stage::Aborting(_));
        delegate!(&mut self.stage, machine => machine.decide(cx, now), is_aborting)
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        if let Stage::Aborting(id) = self.stage {
            self.stage = Stage::Ended(Some(Error::cancelled()));
            return Some(Action::Abort(id));
        }
        match &mut self.stage {
            Stage::Opening(opening) => opening.action(self.payload.source),
            Stage::Preparing(preparing) => preparing.action(cx),
            Stage::Small(machine) => machine.action(cx),
            Stage::Large(machine) => machine.action(cx),
            Stage::Stream(machine) => machine.action(cx),
            Stage::Undecided(_) | Stage::Aborting(_) | Stage::Ended(_) => None,
        }
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
        if let Stage::Preparing(preparing) = &mut self.stage {
            return preparing.handle_input(cx, now, input);
        }
        if let Stage::Opening(_) = self.stage {
            return self.handle_opening(cx, &input);
        }
        delegate!(&mut self.stage, machine => machine.handle_input(cx, now, input), ());
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        if let Stage::Preparing(preparing) = &self.stage {
            return preparing.deadline(cx);
        }
        delegate!(&self.stage, machine => machine.poll_deadline(cx), None)
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        if let Stage::Preparing(preparing) = &self.stage {
            return preparing.waits_for_login(cx);
        }
        let is_undecided = matches!(self.stage, Stage::Undecided(_));
        delegate!(&self.stage, machine => machine.waits_for_login(cx), is_undecided)
    }

    fn poll_event(&mut self) -> Option<Event> {
        if let Stage::Preparing(preparing) = &mut self.stage {
            return preparing.poll_event();
        }
        delegate!(&mut self.stage, machine => machine.poll_event(), None)
    }

    fn cancel(&mut self, now: Instant) {
        delegate!(&mut self.stage, machine => return machine.cancel(now), ());
        let filling = match &mut self.stage {
            Stage::Opening(opening) => opening.abandon(),
            Stage::Preparing(preparing) => match preparing.cancel(now) {
                Some(reading) => Some(reading),
                // It ends by itself.
                None => return,
            },
            Stage::Undecided(_) => None,
            Stage::Small(_)
            | Stage::Large(_)
            | Stage::Stream(_)
            | Stage::Aborting(_)
            | Stage::Ended(_) => return,
        };
        let ended = || Stage::Ended(Some(Error::cancelled()));
        self.stage = filling.map_or_else(ended, Stage::Aborting);
    }

    fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
        if let Stage::Ended(error) = &mut self.stage {
            return error.take().map(Err);
        }
        let outcome = delegate!(&mut self.stage, machine => machine.outcome(), None);
        outcome.map(|outcome| outcome.map(|up| Uploaded { continued: self.continued, ..up }))
    }
}
