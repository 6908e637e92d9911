//! Lists that fetch their pages as they go.

use crate::client::Client;
use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::Machine;
use b2_proto::machine::pages::{Pager, Rows};
use b2_proto::op::Paged;
use std::collections::VecDeque;

/// Rows of a list of any length. The next page is fetched when the rows of the one before are
/// used up; nothing is fetched until the first row is asked for. After an error it ends.
#[must_use = "nothing is listed until rows are asked for"]
pub struct Listing<T> {
    rows: VecDeque<T>,
    fetch: Option<Fetch<T>>,
}

type Fetch<T> = Box<dyn FnOnce() -> Result<Page<T>, Error> + Send>;

struct Page<T> {
    rows: Vec<T>,
    next: Option<Fetch<T>>,
}

impl<T: Send + 'static> Listing<T> {
    /// The rows of all pages from `first` on.
    pub(crate) fn new<O>(client: Client, first: O) -> Self
    where
        O: Paged<Item = T> + Clone + PartialEq + Send + Sync + 'static,
        O::Output: Send + 'static,
    {
        Self::of_rows(client, Pager::new(first))
    }

    /// The rows of all pages.
    pub(crate) fn of_rows<R>(client: Client, rows: R) -> Self
    where
        R: Rows<Row = T> + Send + 'static,
        R::Job: Send + 'static,
        <R::Job as Machine>::Output: Send + 'static,
    {
        Self { rows: VecDeque::new(), fetch: fetch(client, rows) }
    }

    /// No rows, but why.
    pub(crate) fn refused(error: Error) -> Self {
        Self { rows: VecDeque::new(), fetch: Some(Box::new(|| Err(error))) }
    }

    /// The next row the other way round, for `while let Some(row) = list.try_next()?`.
    ///
    /// # Errors
    /// [Those](ErrorKind) of the operation.
    pub fn try_next(&mut self) -> Result<Option<T>, Error> {
        self.next().transpose()
    }

    /// All rows that are left, if there are at most `max`.
    ///
    /// # Errors
    /// [`Limit`](ErrorKind::Limit) when there are more, and [those](ErrorKind) of the operation.
    pub fn collect_at_most(mut self, max: usize) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(row) = self.try_next()? {
            if all.len() == max {
                let message = format_args!("there are more than {max} rows");
                return Err(Error::with_message(ErrorKind::Limit, message));
            }
            all.push(row);
        }
        Ok(all)
    }
}

impl<T: Send + 'static> Iterator for Listing<T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.rows.pop_front() {
                return Some(Ok(row));
            }
            match self.fetch.take()?() {
                Ok(page) => {
                    self.rows = page.rows.into();
                    self.fetch = page.next;
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rows.len(), if self.fetch.is_none() { Some(self.rows.len()) } else { None })
    }
}

impl<T: Send + 'static> core::iter::FusedIterator for Listing<T> {}

/// The job for the next page; none when all have been read.
fn fetch<R>(client: Client, mut rows: R) -> Option<Fetch<R::Row>>
where
    R: Rows + Send + 'static,
    R::Row: Send + 'static,
    R::Job: Send + 'static,
    <R::Job as Machine>::Output: Send + 'static,
{
    let job = rows.next_job()?;
    Some(Box::new(move || {
        let page = client.perform(job)?;
        let page = rows.take_page(page)?;
        Ok(Page { rows: page, next: fetch(client, rows) })
    }))
}

impl<T> core::fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Listing").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}
