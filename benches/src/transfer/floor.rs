//! The floor: the plainest loop that moves the same bytes over the same connections.

use super::{Failure, Job, Task, files};
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use tokio::task::JoinSet;

mod large;
mod session;
mod small;

use session::Session;

/// Does `task` by plain requests.
///
/// # Errors
/// Any failure ends it; nothing is tried again.
pub async fn perform(task: &Task) -> Result<(), Failure> {
    let session = Session::login(task).await?;
    match task.job {
        Job::UploadLarge | Job::UploadOnce => large::upload(task, session).await,
        Job::UploadStream | Job::SyncAgain => Err("floors do no such thing".into()),
        Job::DownloadLarge | Job::DownloadNoted => large::download(task, session).await,
        Job::UploadSmall | Job::SyncUp => small::upload_all(task, session).await,
        Job::DownloadSmall | Job::SyncDown => small::download_all(task, session).await,
    }
}

/// Runs one worker for each lane; they share a counter.
async fn in_lanes<W>(
    lanes: usize,
    mut worker: impl FnMut(usize, Arc<AtomicUsize>) -> W,
) -> Result<(), Failure>
where
    W: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for lane in 0..lanes {
        workers.spawn(worker(lane, next.clone()));
    }
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    Ok(())
}

/// The next number below `count`.
pub(super) fn take(next: &AtomicUsize, count: usize) -> Option<usize> {
    Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < count)
}

/// Lower-case hex digits.
pub(super) fn hex(digest: &[u8]) -> String {
    b2_proto::wire::text::Hex(digest).to_string()
}
