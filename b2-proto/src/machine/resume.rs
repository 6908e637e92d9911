//! The search for an unfinished large file that an upload can continue (behaviour b.6).
//!
//! ```text
//!              candidates left          none left, the best by number of parts
//! Listing ─► Examining ─┐ ┌──────────────────────────► Claiming ─► Examining ─► found
//!              ▲    │   └─┘                               ▲  │ refused    │ changed meanwhile
//!              └────┘                                     └──┴────────────┘
//! ```
//!
//! A candidate has the name, file info, encryption, locks and time of the upload, and only parts
//! of it: each with the right length and, where the bytes can be read here, the right SHA-1. Among
//! several the one with most parts is taken, the first of them in a tie. Before a part is sent it
//! is [claimed](Action::Claim), so that two jobs never continue the same file, and looked at once
//! more, for whoever had the claim before may have gone on. A single candidate is claimed at once.
//! Where only a retention that was not asked for is in the way, the bucket is asked about it.

use crate::error::Error;
use crate::id::{ReqId, SourceId};
use crate::limits::{PARTS_MAX, ROWS_PER_TRANSACTION};
use crate::machine::event::Event;
use crate::machine::login::LOGIN_SLOT;
use crate::machine::session::{Gate, Session};
use crate::machine::{Action, Input, Machine};
use crate::model::{Capability, FileId};
use crate::op::file_spec::DescribeFile as _;
use crate::op::new_file::NewFile;
use crate::time::{Deadline, Instant};
use crate::wire::text::Sha1;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

mod asking;
mod candidate;
mod locked;
mod part_list;
mod resumed;
mod steps;

use asking::Asking;
pub use candidate::{Content, Mismatch, PartWanted, Skipped};
use locked::Locked;
use part_list::PartList;
pub(crate) use resumed::Resumed;

/// Most pages of unfinished large files that are looked at: a thousand rows.
const PAGES_MAX: u32 = 10;
/// Most candidates whose parts are listed.
const CANDIDATES_MAX: usize = 50;
/// Most pages of parts of one candidate, the last of which may be empty.
const PART_PAGES_MAX: u32 = PARTS_MAX as u32 / ROWS_PER_TRANSACTION + 1;

/// Above all slots of the job that goes on afterwards, and below that of the login.
const FILES_SLOT: u16 = LOGIN_SLOT - 1;
const PARTS_SLOT: u16 = LOGIN_SLOT - 2;
const LOCAL_SLOT: u16 = LOGIN_SLOT - 3;
const BUCKET_SLOT: u16 = LOGIN_SLOT - 14;

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What the file is to be, with everything its info is to have.
    pub file: NewFile,
    /// Its parts in order.
    pub parts: Vec<PartWanted>,
    /// The source of the bytes that can be read again.
    pub source: SourceId,
    /// The only one that will do; any, if it is not given.
    pub file_id: Option<FileId>,
}

/// What a search gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// A file to continue, which is claimed now.
    Unfinished {
        /// Its ID.
        file_id: FileId,
        /// For each part of the file to be the SHA-1 of what is stored, if it is.
        digests: Vec<Option<Sha1>>,
    },
    /// There is no such file.
    Nothing,
    /// The key may not list files, so nothing was looked for.
    NotAllowed,
}

/// Looks for an unfinished large file to continue, and claims it.
///
/// ```
/// use b2_proto::id::SourceId;
/// use b2_proto::machine::resume::{Content, PartWanted, Resume, Wanted};
/// use b2_proto::op::new_file::NewFile;
/// use b2_proto::wire::text::Sha1;
///
/// let parts = [b"hello", b"world"].map(|bytes| {
///     let len = bytes.len() as u64;
///     PartWanted { len, content: Content::Known(Sha1::of(bytes)) }
/// });
/// let job = Resume::new(Wanted {
///     file: NewFile::new("8d625eb63be2775577c70e1a", "2026/a.mkv"),
///     parts: parts.to_vec(),
///     source: SourceId(0),
///     file_id: None,
/// });
/// # let _ = job;
/// ```
#[derive(Debug)]
pub struct Resume {
    wanted: Wanted,
    state: State,
    asking: Asking,
    pages: u32,
    /// To be examined.
    queue: VecDeque<FileId>,
    /// To be examined if the bucket says that it has locked them.
    locked: Vec<Locked>,
    /// Examined, with the number of their parts.
    fitting: Vec<(usize, FileId)>,
    /// The candidate that is examined.
    current: Option<FileId>,
    list: PartList,
    is_claimed: bool,
    /// Files that were looked at and do not fit.
    skipped: Vec<Skipped>,
    local: ReqId,
    outcome: Option<Result<Found, Error>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Unchecked,
    /// Waiting for rows or parts.
    Asking,
    /// The bytes of this part are to be read, or are being read.
    Hashing {
        index: usize,
        is_out: bool,
    },
    Claiming {
        is_out: bool,
    },
    /// Given up while there is local work.
    Aborting,
    Ended,
}

impl Resume {
    /// A search.
    pub fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            state: State::Unchecked,
            asking: Asking::Nothing,
            pages: 0,
            queue: VecDeque::new(),
            locked: Vec::new(),
            fitting: Vec::new(),
            current: None,
            list: PartList::default(),
            is_claimed: false,
            skipped: Vec::new(),
            local: ReqId { slot: LOCAL_SLOT, generation: 0 },
            outcome: None,
        }
    }

    /// Notes that a file is not continued.
    fn skip(&mut self, file_id: FileId, why: Mismatch) {
        if self.skipped.len() < CANDIDATES_MAX {
            self.skipped.push(Skipped { file_id, why });
        }
    }

    fn end(&mut self, outcome: Result<Found, Error>) {
        self.asking = Asking::Nothing;
        self.outcome = Some(outcome);
        self.state = State::Ended;
    }

    /// Asks for the files, or says why not.
    fn begin(&mut self, cx: &mut Session) {
        if matches!(cx.gate(), Gate::Closed) {
            cx.note_no_login();
            return self.end(Err(cx.take_error()));
        }
        // A login that is not known whole is not known to lack anything.
        let allowed = cx.account().map(|account| &account.storage_api.allowed);
        if allowed.is_some_and(|allowed| !allowed.permits(&Capability::ListFiles)) {
            return self.end(Ok(Found::NotAllowed));
        }
        let spec = self.wanted.file.spec();
        self.asking = Asking::files(spec.bucket_id, spec.name, self.wanted.file_id.as_ref());
        self.state = State::Asking;
    }

    /// Whether an input ends the local work.
    fn is_end(&self, input: &Input<'_>) -> bool {
        input.id() == self.local && input.is_final()
    }

    const fn stamp(&mut self) -> ReqId {
        self.local.generation = self.local.generation.wrapping_add(1);
        self.local
    }
}

impl Machine for Resume {
    type Output = Found;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        // Each turn takes an answer of a listing, and those are bounded.
        loop {
            match self.state {
                State::Unchecked if self.waits_for_login(cx) => return false,
                State::Unchecked => self.begin(cx),
                State::Asking if self.asking.decide(cx, now) => return true,
                State::Asking => match self.asking.take() {
                    Some(answer) => self.answered(cx, now, answer),
                    None => return false,
                },
                State::Hashing { is_out, .. } | State::Claiming { is_out } => return !is_out,
                State::Aborting => return true,
                State::Ended => return false,
            }
        }
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        match self.state {
            State::Asking => self.asking.action(cx),
            State::Hashing { index, .. } => {
                self.state = State::Hashing { index, is_out: true };
                let id = self.stamp();
                let PartWanted { len, content } = *self.wanted.parts.get(index)?;
                let Content::At(offset) = content else { return None };
                Some(Action::Hash { id, source: self.wanted.source, offset, len })
            }
            State::Claiming { .. } => {
                self.state = State::Claiming { is_out: true };
                let id = self.stamp();
                Some(Action::Claim { id, file: self.current.as_ref()?.as_str() })
            }
            State::Aborting => {
                self.end(Err(Error::cancelled()));
                Some(Action::Abort(self.local))
            }
            State::Unchecked | State::Ended => None,
        }
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        match self.state {
            State::Asking => self.asking.handle_input(cx, now, input),
            State::Hashing { index, is_out: true } if self.is_end(&input) => {
                self.hashed(cx, index, &input);
            }
            State::Claiming { is_out: true } if self.is_end(&input) => self.claimed(&input),
            State::Unchecked
            | State::Hashing { .. }
            | State::Claiming { .. }
            | State::Aborting
            | State::Ended => {}
        }
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        self.asking.deadline(cx)
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        match self.state {
            State::Unchecked => matches!(cx.gate(), Gate::Wait),
            State::Asking => self.asking.waits_for_login(cx),
            State::Hashing { .. } | State::Claiming { .. } | State::Aborting | State::Ended => {
                false
            }
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.asking.poll_event()
    }

    fn cancel(&mut self, now: Instant) {
        match self.state {
            State::Asking => self.asking.cancel(now),
            State::Hashing { is_out: true, .. } | State::Claiming { is_out: true } => {
                self.state = State::Aborting;
            }
            State::Unchecked | State::Hashing { .. } | State::Claiming { .. } => {
                self.end(Err(Error::cancelled()));
            }
            State::Aborting | State::Ended => {}
        }
    }

    fn outcome(&mut self) -> Option<Result<Found, Error>> {
        self.outcome.take()
    }
}
