//! Listings, page by page.
//!
//! Each page is a [`Single`] job, so that whoever reads the rows decides when the next page is
//! fetched. A [`Pager`] knows the continuation and bounds the whole; [`Pages`] runs a
//! pager to its end as one job.

use crate::error::{Error, ErrorKind};
use crate::machine::event::Event;
use crate::machine::session::Session;
use crate::machine::single::Single;
use crate::machine::{Action, Input, Machine};
use crate::op::Paged;
use crate::time::{Deadline, Instant};
use alloc::vec::Vec;
use core::fmt;

/// Most pages of one listing: ten billion rows at a thousand each.
pub const PAGES_MAX: u32 = 10_000_000;

/// Where a listing is. [`next_page`](Self::next_page) gives the job for the next page,
/// [`take`](Self::take) the rows of its answer.
///
/// ```
/// use b2_proto::machine::pages::Pager;
/// use b2_proto::op::{ListFileNames, Operation as _};
/// use b2_proto::wire::reply::Reply;
///
/// let list = ListFileNames::new("8d625eb63be2775577c70e1a");
/// let mut pager = Pager::new(list.clone());
/// let job = pager.next_page().expect("there is always a first page");
/// # let _ = job;
/// // What the job gave in the end:
/// let headers: [(&str, &str); 0] = [];
/// let body = br#"{"files":[],"nextFileName":"b"}"#;
/// let page = list.parse(&Reply { status: 200, headers: &headers, body })?;
/// assert!(pager.take(page)?.is_empty());
/// assert!(!pager.is_at_end(), "an empty page in the middle is legal");
/// # Ok::<(), b2_proto::error::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pager<O> {
    next: Option<O>,
    /// A page that was fetched, to notice that it would be fetched again. Another one each time
    /// the number of pages has doubled, so a circle is found within three times its length.
    mark: Option<O>,
    pages: u32,
    pages_max: u32,
}

impl<O: Paged + Clone + PartialEq> Pager<O> {
    /// A listing that begins with `operation`.
    pub const fn new(operation: O) -> Self {
        Self { next: Some(operation), mark: None, pages: 0, pages_max: PAGES_MAX }
    }

    /// Fetches at most so many pages; one more is an error.
    #[must_use]
    pub const fn pages_max(mut self, pages_max: u32) -> Self {
        self.pages_max = pages_max;
        self
    }

    /// The job for the next page; `None` at the end.
    pub fn next_page(&self) -> Option<Single<O>> {
        self.next.clone().map(Single::new)
    }

    /// Whether all pages have been read.
    pub const fn is_at_end(&self) -> bool {
        self.next.is_none()
    }

    /// Takes an answer apart and moves on. An empty page in the middle is legal (spec 4.12).
    ///
    /// # Errors
    /// [`Protocol`](ErrorKind::Protocol) when the service would go on with the same pages for
    /// ever, [`Limit`](ErrorKind::Limit) after too many pages. Rows that were given before are
    /// then not the whole listing.
    pub fn take(&mut self, page: O::Output) -> Result<Vec<O::Item>, Error> {
        let Some(present) = self.next.take() else { return Ok(Vec::new()) };
        let (rows, next) = present.split(page);
        self.pages += 1;
        if next.is_some() && self.pages >= self.pages_max {
            let message = "the listing has more pages than this client reads";
            return Err(Error::new(ErrorKind::Limit, message).in_operation(O::SPEC.name));
        }
        let is_again = |next: &O| *next == present || self.mark.as_ref() == Some(next);
        if next.as_ref().is_some_and(is_again) {
            let message = "the listing goes on with the same pages again";
            return Err(Error::new(ErrorKind::Protocol, message).in_operation(O::SPEC.name));
        }
        if self.pages.is_power_of_two() {
            self.mark = Some(present);
        }
        self.next = next;
        Ok(rows)
    }
}

/// What is fetched page by page, by one job after the other, so that whoever reads the rows decides
/// when the next page is fetched.
pub trait Rows {
    /// One row.
    type Row;
    /// What fetches a page.
    type Job: Machine;

    /// The job for the next page; `None` at the end.
    fn next_job(&self) -> Option<Self::Job>;

    /// Takes a page apart and moves on; a page may have no rows.
    ///
    /// # Errors
    /// When there is no end of pages; the rows that were given are then not all.
    fn take_page(&mut self, page: <Self::Job as Machine>::Output) -> Result<Vec<Self::Row>, Error>;
}

impl<O: Paged + Clone + PartialEq> Rows for Pager<O> {
    type Row = O::Item;
    type Job = Single<O>;

    fn next_job(&self) -> Option<Single<O>> {
        self.next_page()
    }

    fn take_page(&mut self, page: O::Output) -> Result<Vec<O::Item>, Error> {
        self.take(page)
    }
}

/// All rows of a listing as one job, for listings known to be short.
pub struct Pages<O: Paged> {
    pager: Pager<O>,
    page: Option<Single<O>>,
    rows: Vec<O::Item>,
    rows_max: usize,
    outcome: Option<Result<Vec<O::Item>, Error>>,
}

impl<O: Paged> fmt::Debug for Pages<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operation, rows) = (O::SPEC.name, self.rows.len());
        write!(f, "Pages {{ {operation}, {rows} rows so far }}")
    }
}

impl<O: Paged + Clone + PartialEq> Pages<O> {
    /// Collects the listing that begins with `operation`, of at most `rows_max` rows.
    pub fn new(operation: O, rows_max: usize) -> Self {
        let pager = Pager::new(operation);
        let page = pager.next_page();
        Self { pager, page, rows: Vec::new(), rows_max, outcome: None }
    }

    fn end(&mut self, outcome: Result<Vec<O::Item>, Error>) {
        self.page = None;
        self.outcome = Some(outcome);
    }

    fn page_ended(&mut self, result: Result<O::Output, Error>) {
        match result.and_then(|page| self.pager.take(page)) {
            Err(error) => self.end(Err(error)),
            Ok(rows) if rows.len() > self.rows_max - self.rows.len() => {
                let message = format_args!("the listing has more than {} rows", self.rows_max);
                self.end(Err(Error::with_message(ErrorKind::Limit, message)));
            }
            Ok(rows) => {
                self.rows.extend(rows);
                let next = self.pager.next_page();
                self.page = match (next, self.page.take()) {
                    (Some(next), Some(before)) => Some(next.following(&before)),
                    (next, _) => next,
                };
                if self.page.is_none() {
                    let rows = core::mem::take(&mut self.rows);
                    self.end(Ok(rows));
                }
            }
        }
    }
}

impl<O: Paged + Clone + PartialEq> Machine for Pages<O> {
    type Output = Vec<O::Item>;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        // A page that ends makes room for the next, so this turns once for each page.
        while let Some(page) = &mut self.page {
            if page.decide(cx, now) {
                return true;
            }
            match page.outcome() {
                Some(result) => self.page_ended(result),
                None => return false,
            }
        }
        false
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        self.page.as_mut()?.action(cx)
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        if let Some(page) = &mut self.page {
            page.handle_input(cx, now, input);
        }
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        self.page.as_ref()?.poll_deadline(cx)
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        self.page.as_ref().is_some_and(|page| page.waits_for_login(cx))
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.page.as_mut()?.poll_event()
    }

    fn cancel(&mut self, now: Instant) {
        if let Some(page) = &mut self.page {
            page.cancel(now);
        }
    }

    fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
        self.outcome.take()
    }
}
