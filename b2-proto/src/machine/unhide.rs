//! The opposite of hiding: the hide marker of a name is found and deleted.
//!
//! ```text
//! versions of the name, the newest first ─► delete the newest if it is a hide marker
//! ```

use crate::error::{Error, ErrorKind};
use crate::machine::event::Event;
use crate::machine::paging::Listing;
use crate::machine::session::Session;
use crate::machine::single::Single;
use crate::machine::{Action, Input, Machine};
use crate::model::{DeletedFileVersion, FileVersion};
use crate::op::{DeleteFileVersion, VersionsOfName};
use crate::time::{Deadline, Instant};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// The listing has slot 0 and leaves 1 to questions.
const LIST_SLOT: u16 = 0;
const DELETE_SLOT: u16 = 2;
/// Rows of a page. What is looked for is the first but for unfinished large files.
const PAGE_LEN: u32 = 100;
/// Most pages of nothing but unfinished large files.
const PAGES_MAX: u32 = 100;

/// Makes a hidden name visible again: deletes its newest version if that is a hide marker. Older
/// markers and all other versions stay. Unfinished large files of the name hide nothing and are
/// passed over.
///
/// ```
/// use b2_proto::machine::unhide::Unhide;
///
/// let job = Unhide::new("8d625eb63be2775577c70e1a", "old.txt");
/// # let _ = job;
/// ```
#[derive(Debug)]
pub struct Unhide {
    name: String,
    bypass_governance: bool,
    pages: u32,
    work: Work,
    outcome: Option<Result<DeletedFileVersion, Error>>,
}

#[derive(Debug)]
enum Work {
    Looking(Listing<VersionsOfName>),
    Deleting(Single<DeleteFileVersion<String>>),
    Ended,
}

/// Runs an expression for the call that is under way.
macro_rules! delegate {
    ($work:expr, $call:ident => $do:expr, $otherwise:expr) => {
        match $work {
            Work::Looking(listing) => {
                let $call = &mut listing.page;
                $do
            }
            Work::Deleting($call) => $do,
            Work::Ended => $otherwise,
        }
    };
}

impl Unhide {
    /// A job that makes `name` visible again.
    pub fn new(bucket_id: impl Into<String>, name: impl Into<String>) -> Self {
        let name = name.into();
        let list = VersionsOfName::new(bucket_id.into(), name.as_str()).page_len(PAGE_LEN);
        let work = Work::Looking(Listing::new(list, LIST_SLOT));
        Self { name, bypass_governance: false, pages: 0, work, outcome: None }
    }

    /// Deletes the marker also if governance retention protects it; the key needs
    /// `bypassGovernance`.
    #[must_use]
    pub const fn bypass_governance(mut self) -> Self {
        self.bypass_governance = true;
        self
    }

    fn end(&mut self, outcome: Result<DeletedFileVersion, Error>) {
        self.work = Work::Ended;
        self.outcome = Some(outcome);
    }

    /// Takes what a call gave that has ended; whether there is something new to do.
    fn advance(&mut self) -> bool {
        match &mut self.work {
            Work::Looking(listing) => match listing.take() {
                None => false,
                Some(Ok(rows)) => {
                    self.listed(rows);
                    true
                }
                Some(Err(error)) => {
                    self.end(Err(error));
                    false
                }
            },
            Work::Deleting(call) => {
                if let Some(result) = call.outcome() {
                    self.end(result);
                }
                false
            }
            Work::Ended => false,
        }
    }

    fn listed(&mut self, rows: Vec<FileVersion>) {
        let is_visible = |row: &FileVersion| row.is_finished() || row.is_hide_marker();
        if let Some(newest) = rows.into_iter().find(is_visible) {
            return self.found(&newest);
        }
        self.pages += 1;
        let Work::Looking(listing) = &mut self.work else { return };
        if !listing.has_more() {
            let missing = Error::new(ErrorKind::NotFound, "there is no file of this name");
            return self.end(Err(missing));
        }
        if self.pages == PAGES_MAX {
            let message = "the name has too many unfinished large files to find its newest version";
            return self.end(Err(Error::new(ErrorKind::Limit, message)));
        }
        listing.go_on();
    }

    fn found(&mut self, newest: &FileVersion) {
        if !newest.is_hide_marker() {
            return self.end(Err(Error::new(ErrorKind::Conflict, "the file is not hidden")));
        }
        let mut delete =
            DeleteFileVersion::new(newest.file_id.as_str().to_string(), self.name.clone());
        delete.bypass_governance = self.bypass_governance;
        self.work = Work::Deleting(Single::new(delete).in_slot(DELETE_SLOT));
    }
}

impl Machine for Unhide {
    type Output = DeletedFileVersion;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        // Each turn takes an answer.
        loop {
            if delegate!(&mut self.work, call => call.decide(cx, now), false) {
                return true;
            }
            if !self.advance() {
                return false;
            }
        }
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        delegate!(&mut self.work, call => call.action(cx), None)
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        delegate!(&mut self.work, call => call.handle_input(cx, now, input), ());
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        match &self.work {
            Work::Looking(listing) => listing.page.poll_deadline(cx),
            Work::Deleting(call) => call.poll_deadline(cx),
            Work::Ended => None,
        }
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        match &self.work {
            Work::Looking(listing) => listing.page.waits_for_login(cx),
            Work::Deleting(call) => call.waits_for_login(cx),
            Work::Ended => false,
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        delegate!(&mut self.work, call => call.poll_event(), None)
    }

    fn cancel(&mut self, now: Instant) {
        delegate!(&mut self.work, call => call.cancel(now), ());
    }

    fn outcome(&mut self) -> Option<Result<DeletedFileVersion, Error>> {
        self.outcome.take()
    }
}
