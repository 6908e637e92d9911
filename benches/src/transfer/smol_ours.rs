//! The smol driver.

use super::floor::take;
use super::stream::Stream;
use super::sync::{self, First};
use super::{Failure, Job, Task, files};
use b2_smol::{Bucket, Client, Source};
use core::sync::atomic::AtomicUsize;
use std::sync::Arc;

/// Does `task` by the driver; a sync tells when its `first` file was there.
///
/// # Errors
/// Those of the driver.
pub async fn perform(task: &Task, first: &First) -> Result<(), Failure> {
    let client = Client::builder()
        .credentials(task.key_id.as_str(), task.key.as_str())
        .realm(task.url.as_str())
        .connections(task.lanes)
        .lanes(u16::try_from(task.lanes).unwrap_or(u16::MAX))
        .build()?;
    let bucket = client.bucket(task.bucket.as_str()).await?;
    let name = files::large_name(task.job);
    match task.job {
        Job::UploadLarge => {
            bucket.upload(name, files::large(&task.folder)).await?;
        }
        Job::UploadOnce => {
            bucket.upload(name, files::large(&task.folder)).one_pass().await?;
        }
        Job::UploadStream => {
            let source = Source::stream(Stream::new(task.large_len));
            bucket.upload(name, source).await?;
        }
        Job::DownloadLarge | Job::DownloadNoted => {
            bucket.download(name).save_to(files::large_back(&task.folder)).await?;
        }
        Job::UploadSmall | Job::DownloadSmall => small(task, bucket).await?,
        Job::SyncUp | Job::SyncDown | Job::SyncAgain => {
            let [source, destination] = sync::ends(task);
            let sync = client.sync(source, destination).files_at_once(task.lanes);
            let summary = sync.on_event(first.onlooker()).await?;
            sync::check(task, &summary)?;
        }
    }
    Ok(())
}

async fn small(task: &Task, bucket: Bucket) -> Result<(), Failure> {
    let next = Arc::new(AtomicUsize::new(0));
    let worker = |_| {
        let (task, bucket, next) = (task.clone(), bucket.clone(), next.clone());
        smol::spawn(async move {
            while let Some(at) = take(&next, task.small.count) {
                let name = task.small_name(at);
                if task.job == Job::UploadSmall {
                    bucket.upload(name, task.small(at)).await?;
                } else {
                    bucket.download(name).save_to(task.small_back(at)).await?;
                }
            }
            Ok::<(), Failure>(())
        })
    };
    let workers: Vec<_> = (0..task.lanes).map(worker).collect();
    for worker in workers {
        worker.await?;
    }
    Ok(())
}
