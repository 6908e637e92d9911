//! Unfinished large files of a bucket: what they hold, and an end to those that are old.
//!
//! ```text
//! Files ─► Parts of the next ─► (Cancel) ─► Parts of the next … ─► Files, the next page …
//! ```

use crate::error::{Error, ErrorKind};
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

pub use list::{LeftoverList, LeftoverOptions, UnfinishedFile};

const FILES_SLOT: u16 = 0;
const PARTS_SLOT: u16 = 1;
const CANCEL_SLOT: u16 = 2;

/// Lists unfinished large files with the bytes they hold, and cancels them if that is wanted.
///
/// Files that are gone by the time they are looked at are left out.
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
    Cancel {
        call: Box<Single<CancelLargeFile<String>>>,
        leftover: Box<UnfinishedFile>,
    },
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
            Work::Ended => $otherwise,
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
        }
    }

    fn end(&mut self, outcome: Result<LeftoverList, Error>) {
        self.work = Work::Ended;
        self.outcome = Some(outcome);
    }

    /// Takes what a call gave that has ended; whether there is something new to do.
    fn advance(&mut self) -> bool {
        match core::mem::replace(&mut self.work, Work::Ended) {
            Work::Files => match self.files.take() {
                None => self.work = Work::Files,
                Some(Err(error)) => self.end(Err(error)),
                Some(Ok(rows)) => {
                    let before = self.options.started_before_ms;
                    let is_meant =
                        |it: &FileVersion| before.is_none_or(|ms| it.upload_timestamp_ms < ms);
                    self.queue.extend(rows.into_iter().filter(is_meant));
                    self.next_file();
                    return true;
                }
            },
            Work::Parts { listing, leftover, pages } => {
                return self.advance_parts(listing, leftover, pages);
            }
            Work::Cancel { mut call, mut leftover } => match call.outcome() {
                None => self.work = Work::Cancel { call, leftover },
                Some(result) => {
                    self.last_cancel = Some(call);
                    match result {
                        Err(error) if is_gone(&error) => {}
                        Err(error) if error.kind == ErrorKind::Cancelled => {
                            self.end(Err(error));
                            return true;
                        }
                        result => {
                            leftover.cancelled = result.map(|_| true);
                            self.found.files.push(*leftover);
                        }
                    }
                    self.next_file();
                    return true;
                }
            },
            Work::Ended => {}
        }
        false
    }

    fn advance_parts(
        &mut self,
        mut listing: Box<Listing<ListParts<String>>>,
        mut leftover: Box<UnfinishedFile>,
        pages: u32,
    ) -> bool {
        match listing.take() {
            None => {
                self.work = Work::Parts { listing, leftover, pages };
                return false;
            }
            Some(Ok(parts)) => {
                let parts = parts.iter();
                leftover.parts =
                    leftover.parts.saturating_add(u32::try_from(parts.len()).unwrap_or(u32::MAX));
                leftover.bytes += parts.map(|part| part.content_length).sum::<u64>();
                if listing.has_more() && pages + 1 < PART_PAGES_MAX {
                    listing.go_on();
                    self.work = Work::Parts { listing, leftover, pages: pages + 1 };
                    return true;
                }
                self.last_parts = Some(listing);
                self.listed(leftover);
            }
            Some(Err(error)) if is_gone(&error) => {
                self.last_parts = Some(listing);
                self.next_file();
            }
            Some(Err(error)) => self.end(Err(error)),
        }
        true
    }

    /// All that a file holds is known.
    fn listed(&mut self, leftover: Box<UnfinishedFile>) {
        if !self.options.cancels {
            self.found.files.push(*leftover);
            return self.next_file();
        }
        let cancel = CancelLargeFile::new(String::from(leftover.file.file_id.as_str()));
        let mut call = Single::new(cancel).in_slot(CANCEL_SLOT);
        if let Some(last) = &self.last_cancel {
            call = call.following(last);
        }
        self.work = Work::Cancel { call: Box::new(call), leftover };
    }

    fn next_file(&mut self) {
        if self.found.files.len() >= FILES_MAX {
            self.found.has_more = !self.queue.is_empty() || self.files.has_more();
            self.queue.clear();
            return self.done();
        }
        let Some(file) = self.queue.pop_front() else {
            if self.files.has_more() {
                self.files.go_on();
                self.work = Work::Files;
                return;
            }
            return self.done();
        };
        let list = ListParts::new(String::from(file.file_id.as_str()));
        let mut listing = Listing::new(list, PARTS_SLOT);
        if let Some(last) = &self.last_parts {
            listing = listing.following(last);
        }
        let leftover = Box::new(UnfinishedFile { file, parts: 0, bytes: 0, cancelled: Ok(false) });
        self.work = Work::Parts { listing: Box::new(listing), leftover, pages: 0 };
    }

    fn done(&mut self) {
        let found = core::mem::take(&mut self.found);
        self.end(Ok(found));
    }
}

/// Whether an error says that the file was finished or cancelled meanwhile.
const fn is_gone(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::NotFound | ErrorKind::BadRequest)
}

impl Machine for Leftovers {
    type Output = LeftoverList;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        // Each turn takes an answer.
        loop {
            if delegate!(self, call => call.decide(cx, now), false) {
                return true;
            }
            if !self.advance() {
                return false;
            }
        }
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        delegate!(self, call => call.action(cx), None)
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        delegate!(self, call => call.handle_input(cx, now, input), ());
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        match &self.work {
            Work::Files => self.files.page.poll_deadline(cx),
            Work::Parts { listing, .. } => listing.page.poll_deadline(cx),
            Work::Cancel { call, .. } => call.poll_deadline(cx),
            Work::Ended => None,
        }
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        match &self.work {
            Work::Files => self.files.page.waits_for_login(cx),
            Work::Parts { listing, .. } => listing.page.waits_for_login(cx),
            Work::Cancel { call, .. } => call.waits_for_login(cx),
            Work::Ended => false,
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        delegate!(self, call => call.poll_event(), None)
    }

    fn cancel(&mut self, now: Instant) {
        delegate!(self, call => call.cancel(now), ());
    }

    fn outcome(&mut self) -> Option<Result<LeftoverList, Error>> {
        self.outcome.take()
    }
}
