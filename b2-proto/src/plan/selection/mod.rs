//! Which files of a bucket a path and options select (behaviour k), as `b2 ls` and `b2 rm` do.
//!
//! A path without a slash at its end that names a file selects that; else it is a folder. Without
//! [`recursive`](Selection::recursive) what is in further folders shows as those folders.
//!
//! [`Selector`] asks nothing itself: it says what to list and makes rows of the entries. The job
//! that fetches them page by page is [`SelectedPages`](crate::machine::selected::SelectedPages).

mod filters;
mod pattern;
mod selector;

use crate::limits;

pub use filters::{Filter, Filters};
pub use selector::{Query, Row, Selector, Turn};

/// What is selected beside the path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selection {
    /// All versions, hide markers and unfinished files; else only the newest versions that are not
    /// hidden.
    pub versions: bool,
    /// Files in folders, too, in place of the folders.
    pub recursive: bool,
    /// `*`, `?` and `[…]` in the path are patterns; takes `recursive`.
    pub with_wildcard: bool,
    /// What was visible at this moment, in milliseconds since the Unix epoch, in place of the
    /// present. It takes a listing of all versions.
    pub as_of_ms: Option<u64>,
    /// What names must pass.
    pub filters: Filters,
    /// Rows a call asks for, 10,000 at most; each started thousand is charged. The service decides
    /// without a number.
    pub page_len: Option<u32>,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            versions: false,
            recursive: false,
            with_wildcard: false,
            as_of_ms: None,
            filters: Filters::default(),
            page_len: Some(limits::ROWS_PER_TRANSACTION),
        }
    }
}
