//! Listings of what a path and options select, page by page.

use crate::error::Error;
use crate::machine::event::Event;
use crate::machine::pages::{Pager, Rows};
use crate::machine::session::Session;
use crate::machine::single::Single;
use crate::machine::{Action, Input, Machine};
use crate::model::{BucketId, ListEntry};
use crate::op::list_file_names::FileNamesPage;
use crate::op::list_file_versions::FileVersionsPage;
use crate::op::{ListFileNames, ListFileVersions};
use crate::plan::selection::{Query, Row, Selection, Selector, Turn};
use crate::time::{Deadline, Instant};
use alloc::string::String;
use alloc::vec::Vec;

/// What a path and options select in a bucket. It begins with a listing of versions of exactly the
/// path where that may be a file; what is in a folder or matches a pattern is another.
///
/// ```
/// use b2_proto::machine::pages::Rows as _;
/// use b2_proto::machine::selected::SelectedPages;
/// use b2_proto::plan::selection::{Filter, Filters, Selection};
///
/// let selection = Selection {
///     recursive: true,
///     filters: Filters::new([Filter::exclude("*.tmp")]),
///     ..Selection::default()
/// };
/// let pages = SelectedPages::new("8d625eb63be2775577c70e1a", "photos/", selection)?;
/// let job = pages.next_job().expect("there is always a first page");
/// # let _ = job;
/// # Ok::<(), b2_proto::error::Error>(())
/// ```
#[derive(Debug)]
pub struct SelectedPages {
    selector: Selector,
    listing: Listing,
}

#[derive(Debug)]
enum Listing {
    Names(Pager<ListFileNames>),
    Versions(Pager<ListFileVersions>),
    Over,
}

impl Listing {
    fn of(query: Query) -> Self {
        match query {
            Query::Names(list) => Self::Names(Pager::new(list)),
            Query::Versions(list) => Self::Versions(Pager::new(list)),
        }
    }

    /// The entries of a page, and whether there are more pages.
    fn take(&mut self, page: Page) -> Result<(Vec<ListEntry>, bool), Error> {
        match (self, page) {
            (Self::Names(pager), Page::Names(page)) => Ok((pager.take(page)?, !pager.is_at_end())),
            (Self::Versions(pager), Page::Versions(page)) => {
                Ok((pager.take(page)?, !pager.is_at_end()))
            }
            // Only the answer to the last job is given here.
            (_, _) => Ok((Vec::new(), false)),
        }
    }
}

impl SelectedPages {
    /// What `path` and the options select.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::error::ErrorKind::InvalidInput) for options that do not go together.
    pub fn new(
        bucket: impl Into<BucketId>,
        path: impl Into<String>,
        selection: Selection,
    ) -> Result<Self, Error> {
        let selector = Selector::new(bucket, path, selection)?;
        let listing = Listing::of(selector.query());
        Ok(Self { selector, listing })
    }

    /// Takes an entry, `None` at the end of a listing; whether the listing goes on.
    fn take_entry(&mut self, entry: Option<ListEntry>, rows: &mut Vec<Row>) -> bool {
        match self.selector.take(entry) {
            Turn::Row(row) => rows.push(row),
            Turn::Next => {}
            Turn::Restart => {
                self.listing = Listing::of(self.selector.query());
                return false;
            }
        }
        if self.selector.is_over() {
            self.listing = Listing::Over;
        }
        !self.selector.is_over()
    }
}

impl Rows for SelectedPages {
    type Row = Row;
    type Job = SelectedPage;

    fn next_job(&self) -> Option<SelectedPage> {
        match &self.listing {
            Listing::Names(pager) => pager.next_page().map(SelectedPage::Names),
            Listing::Versions(pager) => pager.next_page().map(SelectedPage::Versions),
            Listing::Over => None,
        }
    }

    fn take_page(&mut self, page: Page) -> Result<Vec<Row>, Error> {
        let (entries, has_more) = self.listing.take(page)?;
        let mut rows = Vec::new();
        for entry in entries {
            if !self.take_entry(Some(entry), &mut rows) {
                return Ok(rows);
            }
        }
        if !has_more {
            self.take_entry(None, &mut rows);
        }
        Ok(rows)
    }
}

/// A page of one of the two listings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Page {
    /// Of newest versions.
    Names(FileNamesPage),
    /// Of all versions.
    Versions(FileVersionsPage),
}

/// A job that fetches a page of one of the two listings.
#[derive(Debug)]
pub enum SelectedPage {
    /// Of newest versions.
    Names(Single<ListFileNames>),
    /// Of all versions.
    Versions(Single<ListFileVersions>),
}

/// Runs an expression for the call, whichever it is.
macro_rules! delegate {
    ($this:expr, $call:ident => $do:expr) => {
        match $this {
            SelectedPage::Names($call) => $do,
            SelectedPage::Versions($call) => $do,
        }
    };
}

impl Machine for SelectedPage {
    type Output = Page;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        delegate!(self, call => call.decide(cx, now))
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        delegate!(self, call => call.action(cx))
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        delegate!(self, call => call.handle_input(cx, now, input));
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        delegate!(self, call => call.poll_deadline(cx))
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        delegate!(self, call => call.waits_for_login(cx))
    }

    fn poll_event(&mut self) -> Option<Event> {
        delegate!(self, call => call.poll_event())
    }

    fn cancel(&mut self, now: Instant) {
        delegate!(self, call => call.cancel(now));
    }

    fn outcome(&mut self) -> Option<Result<Page, Error>> {
        match self {
            Self::Names(call) => call.outcome().map(|result| result.map(Page::Names)),
            Self::Versions(call) => call.outcome().map(|result| result.map(Page::Versions)),
        }
    }
}
