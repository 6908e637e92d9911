//! One side as it comes: some entries ahead of the plan, and the next ones on their way.

use std::collections::VecDeque;

use b2_proto::error::Error;
use b2_proto::machine::pages::Pager;
use b2_proto::model::ListEntry;
use b2_proto::op::{ListFileNames, ListFileVersions};
use b2_proto::plan::sync::{Choice, Input, Remote};

use super::item::Item;
use super::job::{Ended, Job, LocalJob};
use super::judging::Verdicts;
use super::local::Walking;
use crate::walk::{self, Skipped};

/// Rows of a page: four charged calls' worth, and some 4 MB of memory.
pub(super) const PAGE_LEN: u32 = 4_000;
/// The next entries are asked for when there are no more than these.
const AHEAD: usize = PAGE_LEN as usize;

/// The entries of one side.
#[derive(Debug)]
pub(super) struct Feed {
    rows: VecDeque<Row>,
    origin: Origin,
    /// Whether a job is under way for it.
    is_out: bool,
    /// Whether any of it has come.
    has_begun: bool,
    /// What the rules say, where the plan cannot ask them.
    verdicts: Option<Verdicts>,
}

/// What comes of a side.
#[derive(Debug)]
pub(super) enum Row {
    Entry(Item),
    Skipped(Skipped),
    /// It could not be listed further, or not at all.
    Failed {
        error: Error,
        is_first: bool,
    },
    End,
}

#[derive(Debug)]
enum Origin {
    Folder(Option<Box<Walking>>),
    Names(Pager<ListFileNames>, String),
    Versions(Pager<ListFileVersions>, String),
    Ended,
}

impl Feed {
    const fn new(origin: Origin) -> Self {
        Self { rows: VecDeque::new(), origin, is_out: false, has_begun: false, verdicts: None }
    }

    /// The same, whose rows come with what the rules say of them.
    pub(super) fn judged(self, verdicts: Option<Verdicts>) -> Self {
        Self { verdicts, ..self }
    }

    pub(super) fn folder(walking: Walking) -> Self {
        Self::new(Origin::Folder(Some(Box::new(walking))))
    }

    /// The visible files below a prefix.
    pub(super) fn names(bucket: &str, prefix: String) -> Self {
        let list = ListFileNames::new(bucket).prefix(prefix.clone()).page_len(PAGE_LEN);
        Self::new(Origin::Names(Pager::new(list), prefix))
    }

    /// All versions below a prefix.
    pub(super) fn versions(bucket: &str, prefix: String) -> Self {
        let list = ListFileVersions::new(bucket).prefix(prefix.clone()).page_len(PAGE_LEN);
        Self::new(Origin::Versions(Pager::new(list), prefix))
    }

    /// The next entry that is here, and what the rules say of it if they were asked.
    pub(super) fn next(&mut self) -> Option<(Row, Option<Choice>)> {
        let choice = match &mut self.verdicts {
            Some(verdicts) if !self.rows.is_empty() => Some(verdicts.next()?),
            Some(_) | None => None,
        };
        Some((self.rows.pop_front()?, choice))
    }

    /// The entries that are here, in their order, and what the rules say of them as far as that is
    /// known.
    pub(super) fn ahead(&self) -> impl Iterator<Item = (&Row, Option<Choice>)> {
        let choice = |row| self.verdicts.as_ref().and_then(|verdicts| verdicts.ahead(row));
        self.rows.iter().enumerate().map(move |(at, row)| (row, choice(at)))
    }

    /// What asks the rules about entries that are here.
    pub(super) fn judge(&mut self) -> Option<Job> {
        self.verdicts.as_mut()?.ask(&self.rows)
    }

    /// What brings further entries, when it is time.
    pub(super) fn ask(&mut self) -> Option<Job> {
        if self.is_out || self.rows.len() > AHEAD {
            return None;
        }
        let job = match &mut self.origin {
            Origin::Folder(walking) => Job::Local(LocalJob::Walk(walking.take()?)),
            Origin::Names(pager, _) => Job::Names(pager.next_page()?),
            Origin::Versions(pager, _) => Job::Versions(pager.next_page()?),
            Origin::Ended => return None,
        };
        self.is_out = true;
        Some(job)
    }

    /// Takes what came.
    pub(super) fn take(&mut self, ended: Ended) {
        let ended = match (ended, &mut self.verdicts) {
            (Ended::Judged(Ok(judged)), Some(verdicts)) => return verdicts.take(judged),
            (Ended::Judged(Err(error)), Some(verdicts)) => {
                self.origin = Origin::Ended;
                return verdicts.break_off(&mut self.rows, error);
            }
            (ended, _) => ended,
        };
        self.is_out = false;
        if matches!(self.origin, Origin::Ended) {
            // The rules could not be asked any more, so nobody needs what comes behind that.
            return;
        }
        let taken = match (ended, &mut self.origin) {
            (Ended::Walked(walked), Origin::Folder(rest)) => walked.map(|walked| {
                self.rows.extend(walked.entries.into_iter().map(Row::from));
                *rest = walked.rest;
                rest.is_none()
            }),
            (Ended::Names(page), Origin::Names(pager, prefix)) => {
                page.and_then(|page| pager.take(page)).map(|rows| {
                    self.rows.extend(rows.into_iter().filter_map(|it| version(it, prefix)));
                    pager.is_at_end()
                })
            }
            (Ended::Versions(page), Origin::Versions(pager, prefix)) => {
                page.and_then(|page| pager.take(page)).map(|rows| {
                    self.rows.extend(rows.into_iter().filter_map(|it| version(it, prefix)));
                    pager.is_at_end()
                })
            }
            (_, _) => Err(Error::invalid("an answer to something else")),
        };
        let is_first = !core::mem::replace(&mut self.has_begun, true);
        match taken {
            Ok(false) => {}
            Ok(true) => self.end(Row::End),
            Err(error) => self.end(Row::Failed { error, is_first }),
        }
    }

    fn end(&mut self, row: Row) {
        self.origin = Origin::Ended;
        self.rows.push_back(row);
    }
}

fn version(row: ListEntry, prefix: &str) -> Option<Row> {
    let remote = Remote::below(prefix, row.into_file()?)?;
    Some(Row::Entry(Item::Remote(Box::new(remote))))
}

impl From<walk::Entry> for Row {
    fn from(entry: walk::Entry) -> Self {
        match entry {
            walk::Entry::File(file) => Self::Entry(Item::Local(file)),
            walk::Entry::Skipped(skipped) => Self::Skipped(skipped),
        }
    }
}

impl Row {
    /// What the plan is told.
    pub(super) fn input(self) -> Input<Item> {
        match self {
            Self::Entry(item) => Input::Entry(item),
            Self::Skipped(it) => it.input(),
            Self::Failed { .. } => Input::RestUnknown,
            Self::End => Input::End,
        }
    }
}
