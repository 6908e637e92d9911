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
use std::collections::{HashMap, VecDeque};
use std::process::ExitCode;

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

    let (mut uploaded, mut same, mut failed) = (0, 0, 0);
    let mut running = VecDeque::new();
    let mut tell = |done: Result<String, String>| match done {
        Ok(name) => {
            uploaded += 1;
            println!("uploaded {name}");
        }
        Err(trouble) => {
            failed += 1;
            println!("FAILED {trouble}");
        }
    };
    for entry in Walk::new(folder, Symlinks::Skip)? {
        let file = match entry {
            Entry::File(file) => file,
            Entry::Skipped(Skipped { name, reason, .. }) if is_meant(&reason) => {
                println!("skipped {name}: it {reason}");
                continue;
            }
            Entry::Skipped(Skipped { name, reason, .. }) => {
                tell(Err(format!("{name}: it {reason}")));
                continue;
            }
        };
        let name = format!("{prefix}{}", file.name);
        if there.get(&name) == Some(&(file.len, Some(file.modified_ms))) {
            same += 1;
            continue;
        }
        if running.len() == AT_ONCE
            && let Some(oldest) = running.pop_front()
        {
            tell(oldest.await);
        }
        let bucket = bucket.clone();
        running.push_back(smol::spawn(async move {
            match bucket.upload(&name, file.path).await {
                Ok(_) => Ok(name),
                Err(error) => Err(format!("{name}: {error}")),
            }
        }));
    }
    for upload in running {
        tell(upload.await);
    }
    println!("{uploaded} uploaded, {same} were there already, {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether it is no file, so that nothing is missing without it.
const fn is_meant(reason: &SkipReason) -> bool {
    matches!(reason, SkipReason::Link | SkipReason::Special | SkipReason::Leftover)
}

/// What the bucket has below the prefix.
async fn list(bucket: &Bucket, prefix: &str) -> Result<There, Error> {
    let mut there = There::new();
    let mut rows = bucket.list_names(bucket.names().prefix(prefix));
    while let Some(row) = rows.try_next().await? {
        if let Some(file) = row.into_file() {
            let time = file.src_last_modified_ms().and_then(|ms| u64::try_from(ms).ok());
            there.insert(file.file_name, (file.content_length, time));
        }
    }
    Ok(there)
}
