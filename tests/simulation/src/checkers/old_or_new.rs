//! S8: whenever the client dies and however a download ends, its target is as it was or holds all
//! of what was asked for.

use std::collections::BTreeMap;

use crate::disk::Disk;
use crate::jobs::Running;
use crate::world::Store;

/// What was at the targets of downloads before.
#[derive(Debug, Default)]
pub(crate) struct OldOrNew(BTreeMap<String, Vec<u8>>);

impl OldOrNew {
    /// Notes what is there before anything begins.
    pub(crate) fn was_there(&mut self, target: &str, bytes: Vec<u8>) {
        self.0.insert(target.to_owned(), bytes);
    }

    /// Looks at all targets.
    pub(crate) fn check(&self, disk: &Disk, running: &Running, store: &Store) {
        let targets = running.jobs.iter().zip(&store.sinks);
        for (entry, sink) in targets.filter(|(entry, _)| !entry.job.is_part()) {
            let (old, now) = (self.0.get(&sink.target), disk.read(&sink.target));
            let is_old = old.map(Vec::as_slice) == now;
            let is_new = now.is_some_and(|now| entry.job.gives(now, sink, &running.replaced));
            match &entry.outcome {
                None => assert!(is_old || is_new, "S8: {} is neither old nor new", sink.target),
                // What it must hold then is for the job to say.
                Some(Ok(_)) => {}
                Some(Err(_)) => assert!(
                    is_old || (is_new && entry.may_have_replaced()),
                    "S8: {} has changed although its job has failed",
                    sink.target
                ),
            }
        }
    }
}
