//! The listings of a search, one at a time.

use super::{BUCKET_SLOT, FILES_SLOT, PARTS_SLOT};
use crate::error::Error;
use crate::machine::event::Event;
use crate::machine::paging::Listing;
use crate::machine::session::Session;
use crate::machine::single::Single;
use crate::machine::{Action, Input, Machine as _};
use crate::model::{Bucket, FileId, FileVersion, Part};
use crate::op::{ListBuckets, ListParts, ListUnfinishedLargeFiles};
use crate::time::{Deadline, Instant};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// Which listing is asked for.
#[derive(Debug)]
pub(super) enum Asking {
    Nothing,
    Files(Box<Listing<ListUnfinishedLargeFiles<String>>>),
    Parts(Box<Listing<ListParts<String>>>),
    Bucket(Box<BucketPage>),
}

/// The bucket, which is a page of its own.
#[derive(Debug)]
pub(super) struct BucketPage {
    page: Single<ListBuckets>,
}

/// One page of a listing, and whether more follow.
pub(super) enum Answer {
    Files(Result<Vec<FileVersion>, Error>, bool),
    Parts(Result<Vec<Part>, Error>, bool),
    Bucket(Result<Vec<Bucket>, Error>),
}

/// Runs an expression for whichever listing there is.
macro_rules! delegate {
    ($asking:expr, $listing:ident => $do:expr, $otherwise:expr) => {
        match $asking {
            Asking::Files($listing) => $do,
            Asking::Parts($listing) => $do,
            Asking::Bucket($listing) => $do,
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
            listing = listing.following(before);
        }
        Self::Parts(Box::new(listing))
    }

    /// The settings of the bucket.
    pub(super) fn bucket(bucket_id: &str) -> Self {
        let page = Single::new(ListBuckets::default().id(bucket_id)).in_slot(BUCKET_SLOT);
        Self::Bucket(Box::new(BucketPage { page }))
    }

    pub(super) fn go_on(&mut self) {
        match self {
            Self::Files(listing) => listing.go_on(),
            Self::Parts(listing) => listing.go_on(),
            Self::Bucket(_) | Self::Nothing => {}
        }
    }

    /// What a page that has ended gave.
    pub(super) fn take(&mut self) -> Option<Answer> {
        match self {
            Self::Files(listing) => {
                let rows = listing.take()?;
                Some(Answer::Files(rows, listing.has_more()))
            }
            Self::Parts(listing) => {
                let rows = listing.take()?;
                Some(Answer::Parts(rows, listing.has_more()))
            }
            Self::Bucket(bucket) => Some(Answer::Bucket(bucket.page.outcome()?)),
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
