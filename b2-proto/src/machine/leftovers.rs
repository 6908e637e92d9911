//! Unfinished large files of a bucket: what they hold, and an end to those that are old.
//!
//! ```text
//! Files ─► Parts of the next ─► (Claim ─► Cancel) ─► Parts of the next … ─► the next page …
//! ```

use crate::error::Error;
use crate::id::ReqId;
use crate::limits::{PARTS_MAX, ROWS_PER_TRANSACTION};
use crate::machine::event::Event;
use crate::machine::paging::Listing;
use crate::machine::session::Session;
use crate::machine::single::Single;
use crate::machine::{Action, Input, Machine};
use crate::model::FileVersion;
use crate::op::{CancelLargeFile, ListParts, ListUnfinishedLargeFiles};
use crate::time::{Deadline, Instant};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;

/// Most files that one job tells about, or cancels.
pub const FILES_MAX: usize = 10_000;
/// Most pages of parts of one file, the last of which may be empty.
const PART_PAGES_MAX: u32 = PARTS_MAX as u32 / ROWS_PER_TRANSACTION + 1;

mod list;
mod steps;

pub use list::{Fate, LeftoverList, LeftoverOptions, UnfinishedFile};

const FILES_SLOT: u16 = 0;
/// Slot 1 is that of the question whether a file is gone that could not be cancelled.
const PARTS_SLOT: u16 = 2;
const CANCEL_SLOT: u16 = 3;
const CLAIM_SLOT: u16 = 4;

/// Lists unfinished large files with the bytes they hold, and cancels them if that is wanted.
///
/// Files that are gone by the time they are looked at are left out. A file is claimed before it is
/// cancelled, so that no upload of this user on this machine is broken off.
///
/// ```
/// use b2_proto::machine::leftovers::{LeftoverOptions, Leftovers};
///
/// let options = LeftoverOptions { started_before_ms: Some(1_767_225_600_000), cancels: true };
/// let job = Leftovers::new("8d625eb63be2775577c70e1a", options);
/// # let _ = job;
/// ```
#[derive(Debug)]
pub struct Leftovers {
    options: LeftoverOptions,
    files: Listing<ListUnfinishedLargeFiles<String>>,
    queue: VecDeque<FileVersion>,
    work: Work,
    found: LeftoverList,
    outcome: Option<Result<LeftoverList, Error>>,
    /// Generations of requests go on from file to file.
    last_parts: Option<Box<Listing<ListParts<String>>>>,
    last_cancel: Option<Box<Single<CancelLargeFile<String>>>>,
    claim: ReqId,
}

#[derive(Debug)]
enum Work {
    /// The next page of files.
    Files,
    /// What a file holds.
    Parts {
        listing: Box<Listing<ListParts<String>>>,
        leftover: Box<UnfinishedFile>,
        pages: u32,
    },
    /// Whether a job of this machine is at it.
    Claim {
        is_out: bool,
        leftover: Box<UnfinishedFile>,
    },
    Cancel {
        call: Box<Single<CancelLargeFile<String>>>,
        leftover: Box<UnfinishedFile>,
    },
    /// The claim is not waited for any more.
    Aborting,
    Ended,
}

/// Runs an expression for the call that is under way.
macro_rules! delegate {
    ($this:expr, $call:ident => $do:expr, $otherwise:expr) => {
        match &mut $this.work {
            Work::Files => {
                let $call = &mut $this.files.page;
                $do
            }
            Work::Parts { listing, .. } => {
                let $call = &mut listing.page;
                $do
            }
            Work::Cancel { call, .. } => {
                let $call = call;
                $do
            }
            Work::Claim { .. } | Work::Aborting | Work::Ended => $otherwise,
        }
    };
}

impl Leftovers {
    /// A job about the unfinished files of a bucket.
    pub fn new(bucket_id: impl Into<String>, options: LeftoverOptions) -> Self {
        let files = Listing::new(ListUnfinishedLargeFiles::new(bucket_id.into()), FILES_SLOT);
        Self {
            options,
            files,
            queue: VecDeque::new(),
            work: Work::Files,
            found: LeftoverList::default(),
            outcome: None,
            last_parts: None,
            last_cancel: None,
            claim: ReqId { slot: CLAIM_SLOT, generation: 0 },
        }
    }
}

impl Machine for Leftovers {
    type Output = LeftoverList;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        // Each turn takes an answer.
        loop {
            if delegate!(self, call => call.decide(cx, now), self.has_local_work()) {
                return true;
            }
            if !self.advance() {
                return false;
            }
        }
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        match self.work {
            Work::Claim { .. } => self.claim_next(),
            Work::Aborting => {
                self.end(Err(Error::cancelled()));
                Some(Action::Abort(self.claim))
            }
            Work::Files | Work::Parts { .. } | Work::Cancel { .. } | Work::Ended => {
                delegate!(self, call => call.action(cx), None)
            }
        }
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        if input.id() == self.claim {
            return self.claimed(&input);
        }
        delegate!(self, call => call.handle_input(cx, now, input), ());
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        match &self.work {
            Work::Files => self.files.page.poll_deadline(cx),
            Work::Parts { listing, .. } => listing.page.poll_deadline(cx),
            Work::Cancel { call, .. } => call.poll_deadline(cx),
            Work::Claim { .. } | Work::Aborting | Work::Ended => None,
        }
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        match &self.work {
            Work::Files => self.files.page.waits_for_login(cx),
            Work::Parts { listing, .. } => listing.page.waits_for_login(cx),
            Work::Cancel { call, .. } => call.waits_for_login(cx),
            Work::Claim { .. } | Work::Aborting | Work::Ended => false,
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        delegate!(self, call => call.poll_event(), None)
    }

    fn cancel(&mut self, now: Instant) {
        match &self.work {
            Work::Claim { is_out: true, .. } => self.work = Work::Aborting,
            Work::Claim { is_out: false, .. } => self.end(Err(Error::cancelled())),
            Work::Files
            | Work::Parts { .. }
            | Work::Cancel { .. }
            | Work::Aborting
            | Work::Ended => delegate!(self, call => call.cancel(now), ()),
        }
    }

    fn outcome(&mut self) -> Option<Result<LeftoverList, Error>> {
        self.outcome.take()
    }
}
