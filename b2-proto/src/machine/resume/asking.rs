//! The listings of a search, one at a time.

use super::{FILES_SLOT, PARTS_SLOT};
use crate::error::Error;
use crate::machine::event::Event;
use crate::machine::pages::Pager;
use crate::machine::session::Session;
use crate::machine::single::Single;
use crate::machine::{Action, Input, Machine as _};
use crate::model::{FileId, FileVersion, Part};
use crate::op::{ListParts, ListUnfinishedLargeFiles, Paged};
use crate::time::{Deadline, Instant};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Which listing is asked for.
#[derive(Debug)]
pub(super) enum Asking {
    Nothing,
    Files(Box<Listing<ListUnfinishedLargeFiles<String>>>),
    Parts(Box<Listing<ListParts<String>>>),
}

/// One page of a listing, and whether more follow.
pub(super) enum Answer {
    Files(Result<Vec<FileVersion>, Error>, bool),
    Parts(Result<Vec<Part>, Error>, bool),
}

/// A listing that goes on page by page.
pub(super) struct Listing<O: Paged> {
    pager: Pager<O>,
    page: Single<O>,
}

impl<O: Paged> fmt::Debug for Listing<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listing of {}", O::SPEC.name)
    }
}

impl<O: Paged + Clone + PartialEq> Listing<O> {
    fn new(operation: O, slot: u16) -> Self {
        let page = Single::new(operation.clone()).in_slot(slot);
        Self { pager: Pager::new(operation), page }
    }

    /// Goes on with the page after one that has ended.
    fn go_on(&mut self) {
        if let Some(next) = self.pager.next_page() {
            self.page = next.following(&self.page);
        }
    }

    fn take(&mut self) -> Option<Result<Vec<O::Item>, Error>> {
        let page = self.page.outcome()?;
        Some(page.and_then(|page| self.pager.take(page)))
    }
}

/// Runs an expression for whichever listing there is.
macro_rules! delegate {
    ($asking:expr, $listing:ident => $do:expr, $otherwise:expr) => {
        match $asking {
            Asking::Files($listing) => $do,
            Asking::Parts($listing) => $do,
            Asking::Nothing => $otherwise,
        }
    };
}

impl Asking {
    /// The unfinished files whose names begin with `name`, or from `only` on.
    pub(super) fn files(bucket_id: &str, name: &str, only: Option<&FileId>) -> Self {
        let mut list = ListUnfinishedLargeFiles::new(String::from(bucket_id)).prefix(name.into());
        if let Some(only) = only {
            list = list.start_at(only.as_str().into()).page_len(1);
        }
        Self::Files(Box::new(Listing::new(list, FILES_SLOT)))
    }

    /// The parts of `file`.
    pub(super) fn parts(&self, file: &FileId) -> Self {
        let list = ListParts::new(String::from(file.as_str()));
        let mut listing = Listing::new(list, PARTS_SLOT);
        if let Self::Parts(before) = self {
            listing.page = listing.page.following(&before.page);
        }
        Self::Parts(Box::new(listing))
    }

    pub(super) fn go_on(&mut self) {
        delegate!(self, listing => listing.go_on(), ());
    }

    /// What a page that has ended gave.
    pub(super) fn take(&mut self) -> Option<Answer> {
        match self {
            Self::Files(listing) => {
                let rows = listing.take()?;
                Some(Answer::Files(rows, !listing.pager.is_at_end()))
            }
            Self::Parts(listing) => {
                let rows = listing.take()?;
                Some(Answer::Parts(rows, !listing.pager.is_at_end()))
            }
            Self::Nothing => None,
        }
    }

    pub(super) fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        delegate!(self, listing => listing.page.decide(cx, now), false)
    }

    pub(super) fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        delegate!(self, listing => listing.page.action(cx), None)
    }

    pub(super) fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        delegate!(self, listing => listing.page.handle_input(cx, now, input), ());
    }

    pub(super) fn deadline(&self, cx: &Session) -> Option<Deadline> {
        delegate!(self, listing => listing.page.poll_deadline(cx), None)
    }

    pub(super) fn waits_for_login(&self, cx: &Session) -> bool {
        delegate!(self, listing => listing.page.waits_for_login(cx), false)
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        delegate!(self, listing => listing.page.poll_event(), None)
    }

    pub(super) fn cancel(&mut self, now: Instant) {
        delegate!(self, listing => listing.page.cancel(now), ());
    }
}
