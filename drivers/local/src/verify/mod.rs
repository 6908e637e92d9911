//! A folder compared with a place in a bucket, without a download.
//!
//! The core decides ([`b2_proto::plan::sync::verify`]). In here is what it asks of this machine:
//! walking and hashing, as pieces of [`Work`] that a driver does where blocking is allowed. Rows of
//! the bucket's listing come from the driver, too.
//!
//! Up to [`READ_MAX`] files are read at the same time, by threads that end with their piece of
//! work.
//!
//! Memory: [`AHEAD_MAX`] entries of the folder and as many rows, beside what a walk and an index
//! take.

mod feeding;
mod reading;
#[cfg(test)]
mod tests;
mod work;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::model::ListEntry;
use b2_proto::name::NameRule;
use b2_proto::plan::sync::verify::{self, Finding, Totals, Verdict, Verifier};
use b2_proto::plan::sync::{Choice, Everything, Input, PathFilter, Remote};

use crate::index::Note;
use crate::sync::PlanRules;
use crate::walk::{FoundFile, WalkOptions};
use feeding::There;
pub use reading::READ_MAX;
use reading::{Read, ToRead, following};
pub use work::{Done, Work};
use work::{Local, Outcome, Task, Walked};

/// Entries of the folder that are found ahead of the comparison.
pub const AHEAD_MAX: usize = 256;
/// Notices about rules that are kept, at most.
const NOTICES_MAX: usize = 100;
/// Rows that are asked for before files are read.
const ROWS_MIN: usize = 64;

/// What is compared, and how.
#[derive(Clone, Debug)]
pub struct VerifySpec<F = Everything> {
    /// The folder.
    pub folder: PathBuf,
    /// What the names in the bucket begin with: empty, or with a slash at the end.
    pub prefix: String,
    /// How the folder is walked.
    pub walk: WalkOptions,
    /// Which names take part, on both sides.
    pub filter: F,
    /// Where digests of files are kept that were read before.
    pub index: Option<PathBuf>,
    /// Whether older versions are looked at where the visible one is something else.
    pub versions: bool,
}

impl VerifySpec {
    /// The folder and all of the bucket, visible versions only. Names are those that the service
    /// takes, which are more than those that everybody can use.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            prefix: String::new(),
            walk: WalkOptions { names: NameRule::Service, ..WalkOptions::default() },
            filter: Everything,
            index: None,
            versions: false,
        }
    }
}

impl<F> VerifySpec<F> {
    /// The same with another filter.
    pub fn filter<G>(self, filter: G) -> VerifySpec<G> {
        let Self { folder, prefix, walk, filter: _, index, versions } = self;
        VerifySpec { folder, prefix, walk, filter, index, versions }
    }
}

/// A name and what is known about it.
#[derive(Clone, Debug)]
pub struct Found {
    /// Name, verdict, and what either side has.
    pub finding: Finding<FoundFile, Remote>,
    /// Why nothing is known, if that is so.
    pub reason: Option<String>,
}

/// What a comparison wants or tells next.
#[derive(Debug)]
pub enum Need<F> {
    /// Do this, and give the outcome to [`done`](Comparison::done).
    Work(Work<F>),
    /// The next row of the listing: [`row`](Comparison::row).
    Row,
    /// This is known about a name.
    Found(Box<Found>),
    /// Nothing more.
    End,
}

/// A comparison under way.
#[derive(Debug)]
pub struct Comparison<F = Everything> {
    prefix: String,
    verifier: Verifier<FoundFile, Remote, PlanRules<F>>,
    /// What works on this machine; away while it does.
    local: Option<Local<F>>,
    ahead: VecDeque<Walked>,
    has_walked: bool,
    /// Rows of the listing behind the one that is compared.
    rows: VecDeque<Remote>,
    /// What the rules say of the first of them, where they may wait.
    choices: VecDeque<Choice>,
    has_listed: bool,
    filter: F,
    /// What was read before it was asked for, by name.
    known: BTreeMap<String, Read>,
    /// Why nothing is known about a name.
    reason: Option<(String, String)>,
    note: Option<Note>,
    notices: Vec<String>,
    is_closed: bool,
}

impl<F: PathFilter + Clone> Comparison<F> {
    /// One that has not begun.
    pub fn new(spec: VerifySpec<F>) -> Self {
        Self {
            prefix: spec.prefix.clone(),
            verifier: Verifier::new(PlanRules::new(spec.filter.clone())),
            filter: spec.filter.clone(),
            local: Some(Local::new(spec)),
            ahead: VecDeque::new(),
            has_walked: false,
            rows: VecDeque::new(),
            choices: VecDeque::new(),
            has_listed: false,
            known: BTreeMap::new(),
            reason: None,
            note: None,
            notices: Vec::new(),
            is_closed: false,
        }
    }

    /// What it comes to so far.
    pub const fn totals(&self) -> &Totals {
        self.verifier.totals()
    }

    /// Why the index was of no use, or not written, if that is so.
    pub const fn index_note(&self) -> Option<&Note> {
        self.note.as_ref()
    }

    /// What somebody should know about the rules of names; a hundred at most.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// What is wanted or told next.
    ///
    /// # Errors
    /// A bucket that lists names out of order.
    pub fn step(&mut self) -> Result<Need<F>, Error> {
        let task = loop {
            match self.verifier.step() {
                verify::Step::NeedHere => match self.ahead.pop_front() {
                    Some(walked) => self.here(walked),
                    None if self.has_walked => self.verifier.here(Input::End),
                    None => break Task::Walk,
                },
                verify::Step::NeedThere => match self.there() {
                    Some(There::Told) => {}
                    Some(There::Judge(task)) => break task,
                    None => return Ok(Need::Row),
                },
                // What follows tells what else can be read at the same time.
                verify::Step::NeedSha1(_) | verify::Step::NeedParts(..)
                    if self.rows.len() < ROWS_MIN && !self.has_listed =>
                {
                    return Ok(Need::Row);
                }
                verify::Step::NeedSha1(file) => {
                    let asked = ToRead::of(file, None);
                    if let Some(task) = self.ask(asked) {
                        break task;
                    }
                }
                verify::Step::NeedParts(file, parts) => {
                    let asked = ToRead::of(file, Some(parts.clone()));
                    if let Some(task) = self.ask(asked) {
                        break task;
                    }
                }
                verify::Step::Tell(finding) => {
                    let is_unknown = finding.verdict == Verdict::Unknown;
                    let reason =
                        self.reason.take_if(|(path, _)| is_unknown && *path == finding.path);
                    let reason = reason.map(|(_, text)| text);
                    return Ok(Need::Found(Box::new(Found { finding, reason })));
                }
                verify::Step::Done if self.is_closed => return Ok(Need::End),
                verify::Step::Done => break Task::Close,
                verify::Step::OutOfOrder => {
                    let what = "names do not come in the order of their bytes";
                    return Err(Error::new(ErrorKind::Protocol, what));
                }
            }
        };
        let local = self.local.take();
        let broken = || Error::new(ErrorKind::Unknown, "looking at the folder broke off");
        Ok(Need::Work(Work { local: local.ok_or_else(broken)?, task }))
    }

    /// Tells the next row of the listing, or that there are no more.
    pub fn row(&mut self, row: Option<ListEntry>) {
        self.has_listed = row.is_none();
        // Rows that are folders are not asked for, and names below the prefix are.
        let version = row.and_then(ListEntry::into_file);
        self.rows.extend(version.and_then(|version| Remote::below(&self.prefix, version)));
    }

    /// Tells what came of a piece of work.
    ///
    /// # Errors
    /// A folder that is missing, is a file, or cannot be listed.
    pub fn done(&mut self, done: Done<F>) -> Result<(), Error> {
        let Done { local, outcome } = done;
        self.note = local.note().cloned();
        self.local = Some(local);
        match outcome {
            Outcome::Walked { entries, notices, is_whole } => {
                let room = NOTICES_MAX.saturating_sub(self.notices.len());
                self.notices.extend(notices.into_iter().take(room));
                self.ahead = entries.into();
                self.has_walked = is_whole;
            }
            Outcome::Judged(choices) => self.choices.extend(choices),
            Outcome::NoFolder(error) => return Err(error.into()),
            Outcome::Read(files) => {
                let mut files = files.into_iter();
                if let Some((name, read)) = files.next() {
                    self.tell(name, read);
                }
                self.known.extend(files);
            }
            Outcome::Closed => self.is_closed = true,
        }
        Ok(())
    }

    /// A file is asked for: it is known, or read together with those that follow.
    fn ask(&mut self, asked: ToRead) -> Option<Task> {
        // What the comparison has passed by was a wrong guess.
        self.known = self.known.split_off(&asked.name);
        match (self.known.remove(&asked.name), &asked.parts) {
            (Some(read @ Read::Sha1(_)), None) | (Some(read @ Read::Parts(_)), Some(_)) => {
                self.tell(asked.name, read);
                return None;
            }
            (_, _) => {}
        }
        let max = READ_MAX - 1;
        let mut files = following(&self.ahead, &self.rows, &mut self.filter, max);
        files.retain(|file| !self.known.contains_key(&file.name));
        files.insert(0, asked);
        Some(Task::Read(files))
    }

    /// Tells what reading a file gave; if it gave nothing, the reason is kept.
    fn tell(&mut self, name: String, read: Read) {
        let reason = &mut self.reason;
        let keep = |error: crate::Error| *reason = Some((name, error.what().to_string()));
        match read {
            Read::Sha1(sha1) => self.verifier.hashed(sha1.map_err(keep).ok()),
            Read::Parts(is_same) => self.verifier.parts_hashed(is_same.map_err(keep).ok()),
        }
    }
}
