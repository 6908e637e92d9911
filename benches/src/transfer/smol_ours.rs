//! The smol driver.

use super::floor::take;
use super::{Failure, Job, Task, files};
use b2_smol::{Bucket, Client};
use core::sync::atomic::AtomicUsize;
use std::sync::Arc;

/// Does `task` by the driver.
///
/// # Errors
/// Those of the driver.
pub async fn perform(task: &Task) -> Result<(), Failure> {
    let client = Client::builder()
        .credentials(task.key_id.as_str(), task.key.as_str())
        .realm(task.url.as_str())
        .connections(task.lanes)
        .lanes(u16::try_from(task.lanes).unwrap_or(u16::MAX))
        .build()?;
    let bucket = client.bucket(task.bucket.as_str()).await?;
    match task.job {
        Job::UploadLarge => {
            bucket.upload(files::LARGE_NAME, files::large(&task.folder)).await?;
        }
        Job::DownloadLarge => {
            bucket.download(files::LARGE_NAME).save_to(files::large_back(&task.folder)).await?;
        }
        Job::DownloadNoted => {
            bucket.download(files::NOTED_NAME).save_to(files::large_back(&task.folder)).await?;
        }
        Job::UploadSmall | Job::DownloadSmall => small(task, bucket).await?,
    }
    Ok(())
}

async fn small(task: &Task, bucket: Bucket) -> Result<(), Failure> {
    let next = Arc::new(AtomicUsize::new(0));
    let worker = |_| {
        let (task, bucket, next) = (task.clone(), bucket.clone(), next.clone());
        smol::spawn(async move {
            while let Some(at) = take(&next, task.small_count) {
                let name = files::small_name(at);
                if task.job == Job::UploadSmall {
                    bucket.upload(name, files::small(&task.folder, at)).await?;
                } else {
                    bucket.download(name).save_to(files::small_back(&task.folder, at)).await?;
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
