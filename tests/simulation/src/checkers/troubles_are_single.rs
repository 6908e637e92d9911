//! S16: what is wrong with one file of a sync is told of that file, and all others go on.

use std::collections::{BTreeMap, BTreeSet};

use b2_local::sync::{Ending, Event, Summary, UNREACHED_MAX};
use b2_proto::error::{Error, ErrorKind};

use crate::sync::may_end_all;

/// What a run has told about its actions.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    /// Actions that were begun and have not ended.
    open: BTreeMap<u64, String>,
    /// Actions that failed or were left undone.
    lost: BTreeSet<u64>,
    failed: u64,
    /// Those of them that went on with bytes that had been damaged in a run before.
    pub(crate) damaged: u64,
    undone: u64,
    done: u64,
}

impl Troubles {
    /// The run has told something.
    pub(crate) fn hear(&mut self, event: &Event) {
        match event {
            Event::Begun { id, path, .. } => {
                let before = self.open.insert(*id, path.clone());
                assert!(before.is_none(), "action {id} begins twice");
            }
            Event::Done(action) => {
                self.ended(action.id, action.path());
                self.done += 1;
                let lost = self.lost.iter().find(|id| action.after.contains(**id));
                assert!(lost.is_none(), "S1: {} is done although {lost:?} is not", action.path());
            }
            Event::Failed(action, error) => {
                self.ended(action.id, action.path());
                self.lost.insert(action.id);
                self.failed += 1;
                self.damaged += u64::from(error.kind == ErrorKind::Corrupted);
                assert!(error.kind != ErrorKind::Cancelled, "S16: {error}");
            }
            Event::Undone(action) => {
                let is_meant = self.lost.iter().any(|id| action.after.contains(*id));
                assert!(is_meant, "S16: {} waits for nothing that failed", action.path());
                self.lost.insert(action.id);
                self.undone += 1;
            }
            Event::Again { .. } => {
                assert!(self.open.is_empty(), "planned again too early");
                self.lost.clear();
            }
            Event::Left(..)
            | Event::Skipped(..)
            | Event::Unlisted(..)
            | Event::Planned(_)
            | Event::Index(_)
            | Event::Notice(_)
            | Event::Contested => {}
        }
    }

    fn ended(&mut self, id: u64, path: &str) {
        let begun = self.open.remove(&id);
        assert_eq!(begun.as_deref(), Some(path), "S16: action {id} ends that was not begun");
    }

    /// The run is over.
    pub(crate) fn over(&self, result: &Result<Summary, Error>, is_given_up: bool) {
        match result {
            Ok(summary) => {
                let open = self.open.len() as u64;
                // Of removals only the look was begun.
                let told = summary.broken_off..=summary.broken_off + summary.not_begun;
                assert!(told.contains(&open), "S16: no word about {:?}", self.open);
                let told = (self.failed, self.undone);
                assert_eq!((summary.failed, summary.undone), told, "{summary:?}");
                let count =
                    summary.transferred + summary.renamed + summary.hidden + summary.deleted;
                assert_eq!(count, self.done, "{summary:?}");
                if let Ending::GivenUp(_) = summary.ending {
                    assert!(self.failed > u64::from(UNREACHED_MAX), "S16: given up too early");
                } else if summary.ending == Ending::Stopped {
                    assert!(is_given_up, "S16: nobody has stopped it");
                    return;
                } else {
                    assert_eq!(summary.not_begun, 0, "S16: a file's trouble ends others");
                }
                assert_eq!(summary.broken_off, 0, "S16: {summary:?}");
            }
            Err(error) => {
                let is_meant =
                    may_end_all(error) && (is_given_up || error.kind != ErrorKind::Cancelled);
                assert!(is_meant, "S16: {error:?} ends the run");
            }
        }
    }
}
