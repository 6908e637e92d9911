//! The blocking driver.

use super::floor::take;
use super::stream::Stream;
use super::{Failure, Job, Task, files};
use b2_blocking::{Bucket, Client, Source};
use core::sync::atomic::AtomicUsize;
use std::thread;

/// Does `task` by the driver.
///
/// # Errors
/// Those of the driver.
pub fn perform(task: &Task) -> Result<(), Failure> {
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
    }
    Ok(())
}

fn small(task: &Task, bucket: &Bucket) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let work = || {
            while let Some(at) = take(&next, task.small_count) {
                let name = files::small_name(at);
                if task.job == Job::UploadSmall {
                    bucket.upload(name, files::small(&task.folder, at)).send()?;
                } else {
                    bucket.download(name).save_to(files::small_back(&task.folder, at))?;
                }
            }
            Ok::<(), Failure>(())
        };
        let workers: Vec<_> = (0..task.lanes).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "it panicked")?)
    })
}
