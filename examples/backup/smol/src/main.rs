//! Backs a folder up to a bucket: files that are not there yet, or differ in length or time, are
//! uploaded, eight at a time. What cannot be uploaded is told, and the rest goes on.
//!
//! ```sh
//! backup-smol FOLDER BUCKET PREFIX
//! ```
//!
//! The bucket is made if it is missing. The key comes from `B2_APPLICATION_KEY_ID` and
//! `B2_APPLICATION_KEY`. The same program stands beside this one for the other drivers.
#![allow(clippy::print_stdout, reason = "it is a program for people")]

use b2_local::walk::{Entry, SkipReason, Skipped, Symlinks, Walk};
use b2_proto::model::BucketType;
use b2_proto::op::CreateBucket;
use b2_smol::{Bucket, Client, Error, ErrorKind};
use core::error::Error as StdError;
use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

/// Files on their way at the same time.
const AT_ONCE: usize = 8;

/// Length, and time in milliseconds since 1970, of what the bucket has under a name.
type There = HashMap<String, (u64, Option<u64>)>;

fn main() -> ExitCode {
    smol::block_on(backup()).unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

async fn backup() -> Result<ExitCode, Box<dyn StdError>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, bucket, prefix] = &args[..] else {
        return Err("usage: backup-smol FOLDER BUCKET PREFIX".into());
    };
    let client = Client::from_env()?;
    let bucket = match client.bucket(bucket.as_str()).await {
        Err(error) if error.kind == ErrorKind::NotFound => {
            client.create_bucket(CreateBucket::new(bucket, BucketType::AllPrivate)).await?
        }
        found => found?,
    };
    let there = list(&bucket, prefix).await?;
    let files = Mutex::new(Walk::new(folder, Symlinks::Skip)?);
    let backup = Arc::new(Backup { bucket, prefix: prefix.clone(), there, files });

    let mut all = Counts::default();
    let uploading = |_| {
        let backup = backup.clone();
        smol::spawn(async move { backup.upload().await })
    };
    let workers: Vec<_> = (0..AT_ONCE).map(uploading).collect();
    for worker in workers {
        all.add(&worker.await);
    }
    let Counts { uploaded, same, failed } = all;
    println!("{uploaded} uploaded, {same} were there already, {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What became of files.
#[derive(Default)]
struct Counts {
    uploaded: u64,
    same: u64,
    failed: u64,
}

impl Counts {
    const fn add(&mut self, other: &Self) {
        self.uploaded += other.uploaded;
        self.same += other.same;
        self.failed += other.failed;
    }
}

/// What is uploaded, and where to.
struct Backup {
    bucket: Bucket,
    prefix: String,
    there: There,
    files: Mutex<Walk>,
}

impl Backup {
    /// Uploads one file after the other, until somebody has taken the last.
    async fn upload(&self) -> Counts {
        let mut counts = Counts::default();
        while let Some(entry) = self.next() {
            let file = match entry {
                Entry::File(file) => file,
                Entry::Skipped(Skipped { name, reason, .. }) if is_meant(&reason) => {
                    println!("skipped {name}: it {reason}");
                    continue;
                }
                Entry::Skipped(Skipped { name, reason, .. }) => {
                    counts.failed += 1;
                    println!("FAILED {name}: it {reason}");
                    continue;
                }
            };
            let name = format!("{}{}", self.prefix, file.name);
            if self.there.get(&name) == Some(&(file.len, Some(file.modified_ms))) {
                counts.same += 1;
                continue;
            }
            match self.bucket.upload(&name, file.path).await {
                Ok(_) => {
                    counts.uploaded += 1;
                    println!("uploaded {name}");
                }
                Err(error) => {
                    counts.failed += 1;
                    println!("FAILED {name}: {error}");
                }
            }
        }
        counts
    }

    /// The next thing in the folder.
    fn next(&self) -> Option<Entry> {
        self.files.lock().ok()?.next()
    }
}

/// Whether it is no file, so that nothing is missing without it.
const fn is_meant(reason: &SkipReason) -> bool {
    matches!(reason, SkipReason::Link | SkipReason::Special | SkipReason::Leftover)
}

/// What the bucket has below the prefix.
async fn list(bucket: &Bucket, prefix: &str) -> Result<There, Error> {
    let mut there = There::new();
    let mut rows = bucket.list_names(bucket.names_options().prefix(prefix));
    while let Some(row) = rows.try_next().await? {
        if let Some(file) = row.into_file() {
            let time = file.src_last_modified_ms().and_then(|ms| u64::try_from(ms).ok());
            there.insert(file.file_name, (file.content_length, time));
        }
    }
    Ok(there)
}
