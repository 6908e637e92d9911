//! Lists that fetch their pages as they go.

use super::io::JobIo;
use super::{BoxFuture, Driver, Flow};
use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::Machine;
use b2_proto::machine::pages::{Pager, Rows};
use b2_proto::op::Paged;
use core::future::{poll_fn, ready};
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_core::Stream;
use std::collections::VecDeque;

/// Rows of a list of any length. The next page is fetched when the rows of the one before are
/// used up; nothing is fetched until the first row is asked for.
///
/// It is a [`Stream`]; [`next`](Self::next), [`try_next`](Self::try_next) and
/// [`collect_at_most`](Self::collect_at_most) do without its extension traits. After an error it
/// ends.
#[must_use = "nothing is listed until rows are asked for"]
pub struct Listing<T> {
    rows: VecDeque<T>,
    fetch: Option<Fetch<T>>,
}

type Fetch<T> = BoxFuture<Result<Page<T>, Error>>;

struct Page<T> {
    rows: Vec<T>,
    next: Option<Fetch<T>>,
}

impl<T: Send + 'static> Listing<T> {
    /// The rows of all pages from `first` on.
    #[doc(hidden)]
    pub fn new<D, O>(flow: Flow<D>, first: O) -> Self
    where
        D: Driver,
        O: Paged<Item = T> + Clone + PartialEq + Send + Sync + 'static,
        O::Output: Send + 'static,
    {
        Self::of_rows(flow, Pager::new(first))
    }

    /// The rows of all pages.
    #[doc(hidden)]
    pub fn of_rows<D, R>(flow: Flow<D>, rows: R) -> Self
    where
        D: Driver,
        R: Rows<Row = T> + Send + 'static,
        R::Job: Send + 'static,
        <R::Job as Machine>::Output: Send + 'static,
    {
        Self { rows: VecDeque::new(), fetch: fetch(flow, rows) }
    }

    /// No rows, but why.
    #[doc(hidden)]
    pub fn refused(error: Error) -> Self {
        Self { rows: VecDeque::new(), fetch: Some(Box::pin(ready(Err(error)))) }
    }

    /// The next row, `None` at the end.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        poll_fn(|cx| self.poll_row(cx)).await
    }

    /// The same the other way round, for `while let Some(row) = list.try_next().await?`.
    ///
    /// # Errors
    /// [Those](ErrorKind) of the operation.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        self.next().await.transpose()
    }

    /// All rows that are left, if there are at most `max`.
    ///
    /// # Errors
    /// [`Limit`](ErrorKind::Limit) when there are more, and [those](ErrorKind) of the operation.
    pub async fn collect_at_most(mut self, max: usize) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(row) = self.try_next().await? {
            if all.len() == max {
                let message = format_args!("there are more than {max} rows");
                return Err(Error::with_message(ErrorKind::Limit, message));
            }
            all.push(row);
        }
        Ok(all)
    }

    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        loop {
            if let Some(row) = self.rows.pop_front() {
                return Poll::Ready(Some(Ok(row)));
            }
            let Some(fetch) = &mut self.fetch else { return Poll::Ready(None) };
            let Poll::Ready(page) = fetch.as_mut().poll(cx) else { return Poll::Pending };
            self.fetch = None;
            match page {
                Ok(page) => {
                    self.rows = page.rows.into();
                    self.fetch = page.next;
                }
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

/// The job for the next page; none when all have been read.
fn fetch<D, R>(flow: Flow<D>, mut rows: R) -> Option<Fetch<R::Row>>
where
    D: Driver,
    R: Rows + Send + 'static,
    R::Row: Send + 'static,
    R::Job: Send + 'static,
    <R::Job as Machine>::Output: Send + 'static,
{
    let job = rows.next_job()?;
    Some(Box::pin(async move {
        let page = flow.run(job, JobIo::default()).await?;
        let page = rows.take_page(page)?;
        Ok(Page { rows: page, next: fetch(flow, rows) })
    }))
}

/// No part of it is pinned in place.
impl<T> Unpin for Listing<T> {}

impl<T: Send + 'static> Stream for Listing<T> {
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_row(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rows.len(), if self.fetch.is_none() { Some(self.rows.len()) } else { None })
    }
}

impl<T> core::fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Listing").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}
