//! A listing within a larger job.

use crate::error::Error;
use crate::machine::Machine as _;
use crate::machine::pages::Pager;
use crate::machine::single::Single;
use crate::op::Paged;
use alloc::vec::Vec;
use core::fmt;

/// A listing that goes on page by page.
pub(crate) struct Listing<O: Paged> {
    pager: Pager<O>,
    pub(crate) page: Single<O>,
}

impl<O: Paged> fmt::Debug for Listing<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listing of {}", O::SPEC.name)
    }
}

impl<O: Paged + Clone + PartialEq> Listing<O> {
    /// A listing that begins with `operation`, with its requests in `slot`.
    pub(crate) fn new(operation: O, slot: u16) -> Self {
        let page = Single::new(operation.clone()).in_slot(slot);
        Self { pager: Pager::new(operation), page }
    }

    /// Goes on with the page after one that has ended.
    pub(crate) fn go_on(&mut self) {
        if let Some(next) = self.pager.next_page() {
            self.page = next.following(&self.page);
        }
    }

    /// What a page that has ended gave.
    pub(crate) fn take(&mut self) -> Option<Result<Vec<O::Item>, Error>> {
        let page = self.page.outcome()?;
        Some(page.and_then(|page| self.pager.take(page)))
    }

    /// Whether there are more pages.
    pub(crate) const fn has_more(&self) -> bool {
        !self.pager.is_at_end()
    }

    /// The same in the place of `before`, so that late answers to that are told from its own.
    pub(crate) fn following(mut self, before: &Self) -> Self {
        self.page = self.page.following(&before.page);
        self
    }
}
