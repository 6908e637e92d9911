//! Names that vanished: the source is looked at once more, right before they are removed (S1).
//!
//! The source may have been listed hours before their turn comes. So a removal that rests on the
//! absence of a name has two jobs: a look and the call. In a folder each name is looked for by
//! itself, where waiting for a disk is allowed. In a bucket a page of names is listed, from the
//! first of those that wait on, with as many rows as names wait: so one call tells of all of them
//! when they lie together, as they do where a folder is gone, and of one at least.

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::limits::ROWS_PER_TRANSACTION;
use b2_proto::machine::single::Single;
use b2_proto::model::ListEntry;
use b2_proto::op::ListFileNames;
use b2_proto::op::list_file_names::FileNamesPage;
use b2_proto::plan::sync::{Entry as _, EntryKind, Work};

use super::end::End;
use super::event::Action;
use super::job::{Job, LocalJob, Ticket};
use super::run::{Next, Run};
use crate::Reason;

/// Actions under way that wait for a look, or have had one.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// The names in a bucket that are to be looked for, with the actions that wait for that.
    wanted: BTreeSet<(String, u64)>,
    /// Where the page begins that is on its way.
    asked: Option<String>,
    /// Those of which nothing is to be seen.
    absent: VecDeque<u64>,
    /// Those that have to be looked for again: the run was held up since.
    stale: Vec<u64>,
    /// Those whose first job was refused.
    pub(super) crowded: BTreeSet<u64>,
}

impl Looks {
    /// Takes those out of which a page tells that begins at `first` and goes on at `next`.
    fn take(&mut self, first: &str, next: Option<&str>) -> Vec<(String, u64)> {
        let is_told = |name: &str| first <= name && next.is_none_or(|next| name < next);
        self.wanted.extract_if(.., |(name, _)| is_told(name)).collect()
    }

    /// Takes the first out, from a name on.
    fn take_first(&mut self, name: &str) -> Option<u64> {
        let first = self.wanted.range((name.to_owned(), 0)..).next().cloned()?;
        self.wanted.take(&first).map(|(_, id)| id)
    }
}

impl Run {
    /// The first job of an action; nothing for one that waits for a look at a bucket.
    pub(super) fn first_job(&mut self, action: &Action) -> Result<Option<Job>, Error> {
        match (&self.setup.source, &self.roots.source) {
            (End::Bucket { prefix, .. }, _) if action.must_look => {
                let name = format!("{prefix}{}", action.path());
                self.looks.wanted.insert((name, action.id));
                Ok(None)
            }
            (End::Folder(_), Some(root)) if action.must_look => {
                let path = root.path().join(action.path());
                let is_meant = self.setup.options.allow_empty_source;
                let since_ms = uploaded_ms(action).filter(|_| !is_meant);
                Ok(Some(Job::Local(LocalJob::Look(path, root.clone(), since_ms))))
            }
            (End::Folder(_) | End::Bucket { .. }, _) => self.job_of(action).map(Some),
        }
    }

    /// Looks at a bucket when nothing else can be begun, for all that wait by then.
    pub(super) fn look_job(&mut self) -> Option<(Ticket, Job)> {
        let End::Bucket { id, prefix } = &self.setup.source else { return None };
        if self.looks.asked.is_some() {
            return None;
        }
        let (first, _) = self.looks.wanted.first()?;
        let rows = u32::try_from(self.looks.wanted.len()).unwrap_or(u32::MAX);
        let list = ListFileNames::new(id.as_str())
            .prefix(prefix.as_str())
            .start_at(first.as_str())
            .page_len(rows.min(ROWS_PER_TRANSACTION));
        self.looks.asked = Some(first.clone());
        Some((Ticket::Look, Job::Names(Single::new(list))))
    }

    /// A page of names has come, or not: then the first name is not removed, and the others are
    /// asked for again.
    pub(super) fn page_looked(&mut self, page: Result<FileNamesPage, Error>) {
        let Some(first) = self.looks.asked.take() else { return };
        let error = match page {
            Ok(page) => {
                let told = self.looks.take(&first, page.next_file_name.as_deref());
                if !told.is_empty() {
                    return self.tell_looked(&told, &page.files);
                }
                Error::new(ErrorKind::Protocol, "a page of names tells nothing of its first one")
            }
            Err(error) => error,
        };
        if let Some(id) = self.looks.take_first(&first) {
            self.looked(id, Err(error));
        }
    }

    fn tell_looked(&mut self, told: &[(String, u64)], rows: &[ListEntry]) {
        let names: BTreeSet<&str> = rows.iter().map(ListEntry::name).collect();
        for (name, id) in told {
            let is_back = names.contains(name.as_str());
            let back = || crate::Error::new(Reason::SourceIsBack, Path::new(name)).into();
            self.looked(*id, if is_back { Err(back()) } else { Ok(()) });
        }
    }

    /// Whether a look at a bucket is under way.
    pub(super) const fn is_looking(&self) -> bool {
        self.looks.asked.is_some()
    }

    /// The source was looked at for an action.
    pub(super) fn looked(&mut self, id: u64, result: Result<(), Error>) {
        match result {
            Ok(()) => self.looks.absent.push_back(id),
            Err(error) => self.action_ended(id, Err(error)),
        }
    }

    /// Begins none of the second jobs any more; tells how many actions come to nothing by that.
    pub(super) fn forget_looked(&mut self) -> u64 {
        let wanted = core::mem::take(&mut self.looks.wanted).into_iter().map(|(_, id)| id);
        let stale = core::mem::take(&mut self.looks.stale);
        let ids: Vec<u64> = self.looks.absent.drain(..).chain(wanted).chain(stale).collect();
        for id in &ids {
            self.flying.remove(id);
            self.schedule.ended(*id, false);
        }
        ids.len() as u64
    }

    /// The run was held up, for nobody knows how long: what was seen before counts no more.
    pub(super) fn look_anew(&mut self) {
        self.looks.stale.extend(self.looks.absent.drain(..));
    }

    /// A further look of an action whose last one is too old.
    pub(super) fn look_again_job(&mut self) -> Option<Next> {
        while let Some(id) = self.looks.stale.pop() {
            let Some(action) = self.flying.get(&id).cloned() else { continue };
            match self.first_job(&action) {
                Ok(Some(job)) => return Some(Next::Begin(Ticket::Action(id), job)),
                Ok(None) => {}
                Err(error) => self.action_ended(id, Err(error)),
            }
        }
        None
    }

    /// The second job of an action, which is under way since the first.
    pub(super) fn second_job(&mut self) -> Option<Next> {
        let id = self.looks.absent.pop_front()?;
        match self.job_of(self.flying.get(&id)?) {
            Ok(job) => Some(Next::Begin(Ticket::Action(id), job)),
            Err(error) => {
                self.action_ended(id, Err(error));
                None
            }
        }
    }
}

/// When the content was uploaded that is to be removed or hidden; a marker has none.
fn uploaded_ms(action: &Action) -> Option<u64> {
    let (Work::Delete { entry, .. } | Work::Hide(entry)) = &action.work else { return None };
    let entry = Some(entry).filter(|entry| entry.kind() != EntryKind::HideMarker)?;
    entry.uploaded_ms().and_then(|ms| u64::try_from(ms).ok())
}
