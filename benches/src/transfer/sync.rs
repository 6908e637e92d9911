//! What the syncs of all drivers have in common.

use super::{Failure, Job, Task, files};
use b2_local::sync::{Event, Place, Summary};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// The moment when the first file was there.
#[derive(Clone, Debug, Default)]
pub struct First(Arc<OnceLock<Instant>>);

impl First {
    /// Looks on at a sync.
    pub fn onlooker(&self) -> impl FnMut(&Event) + Send + 'static {
        let first = self.0.clone();
        move |event: &Event| {
            if matches!(event, Event::Done(_)) {
                first.get_or_init(Instant::now);
            }
        }
    }

    /// Seconds after `start`, if there was any.
    pub fn since_s(&self, start: Instant) -> Option<f64> {
        self.0.get().map(|first| first.saturating_duration_since(start).as_secs_f64())
    }
}

/// Where files come from and where they go.
pub fn ends(task: &Task) -> [Place; 2] {
    let bucket = Place::in_bucket(task.bucket.as_str(), &task.prefix);
    if task.job == Job::SyncDown {
        [bucket, Place::Folder(files::all_small_back(&task.folder))]
    } else {
        [Place::Folder(files::all_small(&task.folder)), bucket]
    }
}

/// Whether a sync did what it was measured for.
///
/// # Errors
/// It moved other files than it should have.
pub fn check(task: &Task, summary: &Summary) -> Result<(), Failure> {
    let wanted = if task.job == Job::SyncAgain { 0 } else { task.small.count as u64 };
    if summary.is_complete() && summary.transferred == wanted {
        return Ok(());
    }
    Err(format!("{wanted} files should have been moved: {summary:?}").into())
}
