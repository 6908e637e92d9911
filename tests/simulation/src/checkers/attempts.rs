//! The attempts at each piece of work of a job: how often its request has failed since the work
//! began, and how.
//!
//! Requests of one piece of work follow each other in one slot. It begins with a first attempt
//! and ends with a success.

use std::collections::BTreeMap;

use crate::checkers::LOGIN;
use crate::exchange::{End, Exchange, Told};

/// The failed requests of a piece of work, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Work {
    pub(crate) operation: &'static str,
    pub(crate) ends: Vec<End>,
    /// So many of them are behind a success in part, by which attempts count anew.
    before_refill: usize,
}

/// All pieces of work that have failed and not succeeded.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// By what they do and their slots.
    works: BTreeMap<(&'static str, u16), Work>,
    /// Logins that failed for good before another one began: jobs may tell of one later.
    logins: Vec<Work>,
}

/// So many bytes let the attempts at a download count anew.
const REFILL_LEN_MIN: u64 = 64 * 1024;
const DOWNLOAD: &str = "a download";
const DELIVERY: &str = "a delivery";

/// Whether this gets a place to upload to, which is the slot before that of the upload.
pub(crate) fn is_for_url(operation: &str) -> bool {
    matches!(operation, "b2_get_upload_url" | "b2_get_upload_part_url")
}

impl Work {
    /// How it failed last.
    pub(crate) fn last(&self) -> Option<End> {
        self.ends.last().copied()
    }

    /// Failures that count among those that a policy allows. Tokens that were refused are followed
    /// by a login, and not by a wait.
    pub(crate) fn counted(&self) -> usize {
        let since = &self.ends[self.before_refill..];
        since.iter().filter(|end| **end != End::Status(401)).count()
    }

    /// Refused tokens.
    pub(crate) fn refusals(&self) -> usize {
        self.ends.iter().filter(|end| **end == End::Status(401)).count()
    }
}

impl Attempts {
    /// A request leaves the core.
    pub(crate) fn sent(&mut self, exchange: &Exchange) {
        if exchange.attempt > 1 {
            return;
        }
        let key = key(exchange);
        let before = self.works.remove(&key);
        if exchange.operation == LOGIN {
            return self.logins.extend(before);
        }
        // All attempts at getting a URL have failed: that is one of the upload.
        if let (true, Some(last)) =
            (is_for_url(exchange.operation), before.and_then(|it| it.last()))
        {
            self.push((DELIVERY, exchange.id.slot + 1), exchange.operation, last);
        }
    }

    /// A request has come to its end.
    pub(crate) fn settled(&mut self, exchange: &Exchange, told: &Told, end: End) {
        let key = key(exchange);
        if end.is_success() {
            // The answer to a download may be of another version than what is there; then the
            // same is asked for again.
            if key.0 != DOWNLOAD {
                self.works.remove(&key);
            }
            return;
        }
        let work = self.works.entry(key).or_default();
        if let (DOWNLOAD, Told::Failed { stored: REFILL_LEN_MIN.., .. }) = (key.0, told) {
            work.before_refill = work.ends.len();
        }
        self.push(key, exchange.operation, end);
    }

    fn push(&mut self, key: (&'static str, u16), operation: &'static str, end: End) {
        let work = self.works.entry(key).or_default();
        work.operation = operation;
        work.ends.push(end);
    }

    /// What has failed last in this operation, with what has failed before of the upload that
    /// waited for it, if that is what it was for.
    pub(crate) fn of<'a>(
        &'a self,
        operation: &'static str,
    ) -> impl Iterator<Item = (&'a Work, Option<&'a Work>)> {
        // A download by name goes on by ID.
        let is_download = what_of(operation) == DOWNLOAD;
        let of_operation = self.works.iter().filter(move |((what, _), work)| {
            work.operation == operation || (is_download && *what == DOWNLOAD)
        });
        let works = of_operation.map(|((what, slot), work)| match *what {
            DELIVERY => (work, None),
            _ if is_for_url(operation) => (work, self.works.get(&(DELIVERY, slot + 1))),
            _ => (work, None),
        });
        let logins = self.logins.iter().filter(move |_| operation == LOGIN);
        works.chain(logins.map(|login| (login, None)))
    }
}

fn key(exchange: &Exchange) -> (&'static str, u16) {
    (what_of(exchange.operation), exchange.id.slot)
}

/// What requests of an operation do, where that may take another one, too.
fn what_of(operation: &'static str) -> &'static str {
    match operation {
        "b2_download_file_by_id" | "b2_download_file_by_name" => DOWNLOAD,
        "b2_upload_file" | "b2_upload_part" => DELIVERY,
        other => other,
    }
}
