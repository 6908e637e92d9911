//! What is done on this machine, where blocking is allowed.

use core::iter;
use std::path::Path;

use b2_proto::error::{Error as ProtoError, ErrorKind};
use b2_proto::part_digests::PartDigests;
use b2_proto::plan::sync::{Choice, PathFilter, Selection};

use super::reading::{Read, ToRead, read_all};
use super::{AHEAD_MAX, VerifySpec};
use crate::Error;
use crate::index::{Index, IsGivenUp, Note, span_sha1};
use crate::source::{FileSource, ReadAt};
use crate::walk::{Entry, Walk};

/// A piece of work. It blocks while the disk does.
#[derive(Debug)]
#[must_use = "the comparison waits for it"]
pub struct Work<F> {
    pub(super) local: Local<F>,
    pub(super) task: Task,
}

/// The outcome of a piece of work, and what it worked with.
#[derive(Debug)]
pub struct Done<F> {
    pub(super) local: Local<F>,
    pub(super) outcome: Outcome,
}

#[derive(Debug)]
pub(super) enum Task {
    /// Find the next entries.
    Walk,
    /// Ask rules that may wait about names in the bucket.
    Judge(Vec<String>),
    /// Tell the SHA-1 of files, or whether they have the parts they must have.
    Read(Vec<ToRead>),
    /// Write what was learned.
    Close,
}

#[derive(Debug)]
pub(super) enum Outcome {
    Walked { entries: Vec<Walked>, notices: Vec<String>, is_whole: bool },
    Judged(Vec<Choice>),
    NoFolder(Error),
    Read(Vec<(String, Read)>),
    Closed,
}

/// An entry, and what the rules say of it where they may wait: who compares waits for no disk.
pub(super) type Walked = (Entry, Option<Choice>);

/// The folder and the index. Both are opened with the first piece of work.
#[derive(Debug)]
pub(super) struct Local<F> {
    spec: VerifySpec<F>,
    walk: Option<Walk<F>>,
    /// The rules as they are asked about either side, in the order of names, where they may wait.
    rules: Option<Box<[Selection<F>; 2]>>,
    index: Option<Index>,
    note: Option<Note>,
}

impl<F: PathFilter + Clone> Work<F> {
    /// Does it. What takes long ends early when it is given up.
    ///
    /// # Errors
    /// [`Cancelled`](ErrorKind::Cancelled) when it was.
    pub fn run(self, is_given_up: &IsGivenUp<'_>) -> Result<Done<F>, ProtoError> {
        let Self { mut local, task } = self;
        let outcome = match task {
            Task::Walk => local.walk(),
            Task::Judge(names) => local.judge(&names, is_given_up),
            Task::Read(files) => Outcome::Read(read_all(files, local.index.as_mut(), is_given_up)),
            Task::Close => {
                local.note = local.index.take().and_then(Index::close);
                Outcome::Closed
            }
        };
        let is_partial = matches!(outcome, Outcome::Read(_) | Outcome::Judged(_));
        if is_partial && is_given_up() {
            return Err(ProtoError::new(ErrorKind::Cancelled, "it was given up"));
        }
        Ok(Done { local, outcome })
    }
}

impl<F: PathFilter + Clone> Local<F> {
    pub(super) fn new(spec: VerifySpec<F>) -> Self {
        let selection = || Selection::new(spec.filter.clone());
        let rules = spec.filter.may_wait().then(|| Box::new([selection(), selection()]));
        Self { spec, walk: None, rules, index: None, note: None }
    }

    /// What the rules say of these names, in their order; of some if it is given up.
    fn judge(&mut self, names: &[String], is_given_up: &IsGivenUp<'_>) -> Outcome {
        let rules = self.rules.iter_mut().flat_map(|rules| rules.last_mut());
        let choices = rules.flat_map(|rules| {
            let names = names.iter().take_while(|_| !is_given_up());
            names.map(|name| rules.choose(name))
        });
        Outcome::Judged(choices.collect())
    }

    pub(super) fn note(&self) -> Option<&Note> {
        self.index.as_ref().and_then(Index::note).or(self.note.as_ref())
    }

    fn walk(&mut self) -> Outcome {
        if self.walk.is_none() {
            let VerifySpec { folder, walk, filter, index, .. } = &self.spec;
            match Walk::filtered(folder, *walk, filter.clone()) {
                Ok(walk) => self.walk = Some(walk),
                Err(error) => return Outcome::NoFolder(error),
            }
            self.index = index.as_deref().map(Index::open);
        }
        let entries = self.walk.iter_mut().flatten().take(AHEAD_MAX).map(|entry| {
            let rules = self.rules.as_mut().and_then(|rules| rules.first_mut());
            let choice = rules.map(|rules| match &entry {
                Entry::File(file) => rules.choose(&file.name),
                Entry::Skipped(it) => rules.choose_place(&it.name),
            });
            (entry, choice)
        });
        let entries: Vec<Walked> = entries.collect();
        let notices = self.walk.iter_mut().flat_map(|walk| iter::from_fn(|| walk.take_notice()));
        let notices = notices.collect();
        let is_whole = entries.len() < AHEAD_MAX;
        Outcome::Walked { entries, notices, is_whole }
    }
}

/// Whether a file consists of parts with these digests, which cover a file of its length.
pub(super) fn has_parts(
    path: &Path,
    parts: &PartDigests,
    is_given_up: &IsGivenUp<'_>,
) -> Result<bool, Error> {
    let source = FileSource::open(path)?;
    let mut buffer = Vec::new();
    let mut end = 0;
    let mut is_same = true;
    for (span, want) in parts.parts() {
        end = span.end();
        is_same =
            end <= source.len() && span_sha1(&source, span, &mut buffer, is_given_up)? == want;
        if !is_same {
            break;
        }
    }
    source.check_unchanged()?;
    Ok(is_same && end == source.len())
}
