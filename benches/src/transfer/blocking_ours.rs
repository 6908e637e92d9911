//! The blocking driver.

use super::floor::take;
use super::stream::Stream;
use super::sync::{self, First};
use super::{Failure, Job, Task, files};
use b2_blocking::{Bucket, Client, Source};
use core::sync::atomic::AtomicUsize;
use std::thread;

/// Does `task` by the driver; a sync tells when its `first` file was there.
///
/// # Errors
/// Those of the driver.
pub fn perform(task: &Task, first: &First) -> Result<(), Failure> {
    let client = Client::builder()
        .credentials(task.key_id.as_str(), task.key.as_str())
        .realm(task.url.as_str())
        .connections(task.lanes)
        .lanes(u16::try_from(task.lanes).unwrap_or(u16::MAX))
        .build()?;
    let bucket = client.bucket(task.bucket.as_str())?;
    let name = files::large_name(task.job);
    match task.job {
        Job::UploadLarge => {
            bucket.upload(name, files::large(&task.folder)).send()?;
        }
        Job::UploadOnce => {
            bucket.upload(name, files::large(&task.folder)).one_pass().send()?;
        }
        Job::UploadStream => {
            let source = Source::stream(Stream::new(task.large_len));
            bucket.upload(name, source).send()?;
        }
        Job::DownloadLarge | Job::DownloadNoted => {
            bucket.download(name).save_to(files::large_back(&task.folder))?;
        }
        Job::UploadSmall | Job::DownloadSmall => small(task, &bucket)?,
        Job::SyncUp | Job::SyncDown | Job::SyncAgain => {
            let [source, destination] = sync::ends(task);
            let sync = client.sync(source, destination).files_at_once(task.lanes);
            let summary = sync.on_event(first.onlooker()).send()?;
            sync::check(task, &summary)?;
        }
    }
    Ok(())
}

fn small(task: &Task, bucket: &Bucket) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let work = || {
            while let Some(at) = take(&next, task.small.count) {
                let name = task.small_name(at);
                if task.job == Job::UploadSmall {
                    bucket.upload(name, task.small(at)).send()?;
                } else {
                    bucket.download(name).save_to(task.small_back(at))?;
                }
            }
            Ok::<(), Failure>(())
        };
        let workers: Vec<_> = (0..task.lanes).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "it panicked")?)
    })
}
