//! Local files that are hashed for the plan: several at the same time, and most before it asks.
//!
//! The plan compares one name after the other. While it waits for a SHA-1, the entries that are
//! here already tell which files it will ask for next: those of the same length as a version whose
//! SHA-1 is known. A wrong guess costs a read, nothing else.

use core::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};

use b2_proto::error::{Error, ErrorKind};
use b2_proto::plan::sync::{Choice, Compare, Entry as _, EntryKind, PathFilter as _};
use b2_proto::wire::text::Sha1;

use super::feed::Row;
use super::item::Item;
use super::job::{Job, LocalJob, Ticket};
use super::judging::PlanRules;
use super::run::Run;
use crate::walk::FoundFile;

/// Files that are read at the same time.
pub const HASHES_MAX: usize = 4;
/// Files that are read, or were read before the plan asked for them.
const KNOWN_MAX: usize = 4 * HASHES_MAX;

/// Files that are hashed.
#[derive(Debug, Default)]
pub(super) struct Hashes {
    /// What is to be begun.
    waiting: VecDeque<(u64, FoundFile)>,
    /// Names of those that are to be read or are being read, by their numbers.
    open: BTreeMap<u64, String>,
    /// What was found out before it was asked for, by name.
    known: BTreeMap<String, Result<Sha1, Error>>,
    /// What the plan waits for.
    asked: Option<String>,
    next: u64,
    under_way: usize,
}

impl Hashes {
    /// Whether the plan waits for one.
    pub(super) const fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether files are being read.
    pub(super) const fn is_busy(&self) -> bool {
        self.under_way > 0
    }

    /// The plan has ended: what was guessed is of no use any more.
    pub(super) fn forget(&mut self) {
        self.waiting.clear();
        self.known.clear();
        self.open.clear();
    }

    /// The next file to be read, if there is one and room for it.
    pub(super) fn begin(&mut self) -> Option<(u64, FoundFile)> {
        if self.under_way >= HASHES_MAX {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.under_way += 1;
        Some(next)
    }

    /// Takes what came of a file; gives it if the plan waits for that.
    fn ended(&mut self, number: u64, hashed: Result<Sha1, Error>) -> Option<Result<Sha1, Error>> {
        self.under_way = self.under_way.saturating_sub(1);
        let name = self.open.remove(&number)?;
        if self.asked.take_if(|asked| *asked == name).is_some() {
            return Some(hashed);
        }
        self.known.insert(name, hashed);
        None
    }

    /// The SHA-1 of a file, if it is known; else the plan waits for it.
    fn ask(&mut self, file: &FoundFile) -> Option<Result<Sha1, Error>> {
        // The plan goes on in the order of names, so what it passes by was a wrong guess.
        self.known = self.known.split_off(&file.name);
        let known = self.known.remove(&file.name);
        if known.is_none() {
            self.asked = Some(file.name.clone());
            self.add(file);
        }
        known
    }

    /// Has a file read, unless it is already.
    fn add(&mut self, file: &FoundFile) {
        let is_there = self.known.contains_key(&file.name)
            || self.open.values().any(|name| *name == file.name);
        if !is_there {
            self.open.insert(self.next, file.name.clone());
            self.waiting.push_back((self.next, file.clone()));
            self.next += 1;
        }
    }

    fn has_room(&self) -> bool {
        self.open.len() + self.known.len() < KNOWN_MAX && self.waiting.len() < HASHES_MAX
    }
}

impl Run {
    /// The next file that is to be read.
    pub(super) fn hash_job(&mut self) -> Option<(Ticket, Job)> {
        let (number, file) = self.hashes.begin()?;
        self.has_hashed = true;
        let way = self.setup.way(&file, &self.roots);
        let job = LocalJob::Hash(file.path, way, self.digests.clone());
        Some((Ticket::Hash(number), Job::Local(job)))
    }

    /// The plan asks for the SHA-1 of a file; the files after it are read as well.
    pub(super) fn ask_sha1(&mut self, file: &FoundFile) {
        if let Some(known) = self.hashes.ask(file) {
            self.tell_sha1(known);
        }
        if matches!(self.setup.options.compare, Compare::Sha1 { .. }) {
            self.foresee();
        }
    }

    /// A file was read, or could not be.
    pub(super) fn hash_ended(&mut self, number: u64, hashed: Result<Sha1, Error>) {
        if let Some(hashed) = self.hashes.ended(number, hashed) {
            self.tell_sha1(hashed);
        }
    }

    fn tell_sha1(&mut self, hashed: Result<Sha1, Error>) {
        if let Err(error) = &hashed {
            if error.kind == ErrorKind::Cancelled {
                self.fatal = Some(error.clone());
            }
            self.trouble = Some((String::new(), error.to_string()));
        }
        self.planner.hashed(hashed.ok());
    }

    /// Has files read that the plan will ask for.
    fn foresee(&mut self) {
        let rules = self.planner.filter();
        let (mut here, mut there) = (self.source.ahead(), self.destination.ahead());
        let (mut source, mut destination) = (next(&mut here), next(&mut there));
        while let (Some((one, choice)), Some((other, _))) = (source, destination)
            && self.hashes.has_room()
        {
            match one.path().cmp(other.path()) {
                Ordering::Less => source = next(&mut here),
                Ordering::Greater => destination = next(&mut there),
                Ordering::Equal => {
                    let is_in = |file: &FoundFile, rules: &mut PlanRules| match choice {
                        Some(choice) => choice == Choice::In,
                        None => !rules.excludes_file(&file.name),
                    };
                    if let Some(file) = decided_by_sha1(one, other)
                        && is_in(file, rules)
                    {
                        self.hashes.add(file);
                    }
                    (source, destination) = (next(&mut here), after(&mut there, other));
                }
            }
        }
    }
}

/// An entry, and what the rules say of it if that was found out.
type Next<'a> = (&'a Item, Option<Choice>);

fn next<'a>(rows: &mut impl Iterator<Item = (&'a Row, Option<Choice>)>) -> Option<Next<'a>> {
    rows.find_map(|(row, choice)| match row {
        Row::Entry(item) => Some((item, choice)),
        Row::Skipped(_) | Row::Failed { .. } | Row::End => None,
    })
}

/// The next entry of another name: older versions are not compared.
fn after<'a>(
    rows: &mut impl Iterator<Item = (&'a Row, Option<Choice>)>,
    item: &Item,
) -> Option<Next<'a>> {
    loop {
        let next = next(rows)?;
        if next.0.path() != item.path() {
            return Some(next);
        }
    }
}

/// The local one of two files of a name, if its SHA-1 tells whether they are the same.
fn decided_by_sha1<'a>(one: &'a Item, other: &'a Item) -> Option<&'a FoundFile> {
    let (Item::Local(file), Item::Remote(remote)) = (match one {
        Item::Local(_) => (one, other),
        Item::Remote(_) => (other, one),
    }) else {
        return None;
    };
    let is_decided = remote.kind() == EntryKind::File
        && remote.content_len() == file.len
        && remote.sha1().is_some();
    is_decided.then_some(file)
}
