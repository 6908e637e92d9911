//! Backs a folder up to a bucket: files that are not there yet, or differ in length or time, are
//! uploaded, eight at a time. What cannot be uploaded is told, and the rest goes on.
//!
//! ```sh
//! backup-blocking FOLDER BUCKET PREFIX
//! ```
//!
//! The bucket is made if it is missing. The key comes from `B2_APPLICATION_KEY_ID` and
//! `B2_APPLICATION_KEY`. The same program stands beside this one for the other drivers.
#![allow(clippy::print_stdout, reason = "it is a program for people")]

use b2_blocking::{Bucket, Client, Error, ErrorKind};
use b2_local::walk::{Entry, SkipReason, Skipped, Symlinks, Walk};
use b2_proto::model::BucketType;
use b2_proto::op::CreateBucket;
use core::error::Error as StdError;
use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::thread;

/// Files on their way at the same time.
const AT_ONCE: usize = 8;

/// Length, and time in milliseconds since 1970, of what the bucket has under a name.
type There = HashMap<String, (u64, Option<u64>)>;

fn main() -> ExitCode {
    backup().unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

fn backup() -> Result<ExitCode, Box<dyn StdError>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, bucket, prefix] = &args[..] else {
        return Err("usage: backup-blocking FOLDER BUCKET PREFIX".into());
    };
    let client = Client::from_env()?;
    let bucket = match client.bucket(bucket.as_str()) {
        Err(error) if error.kind == ErrorKind::NotFound => {
            client.create_bucket(CreateBucket::new(bucket, BucketType::AllPrivate))?
        }
        found => found?,
    };
    let there = list(&bucket, prefix)?;

    let (files, to_upload) = mpsc::sync_channel(AT_ONCE);
    let to_upload = Mutex::new(to_upload);
    let (uploaded, failed) = (AtomicU64::new(0), AtomicU64::new(0));
    let mut same = 0;
    thread::scope(|scope| -> Result<(), Box<dyn StdError>> {
        let files = files;
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((name, path)) = next(&to_upload) {
                    match bucket.upload(&name, path).send() {
                        Ok(_) => {
                            uploaded.fetch_add(1, Ordering::Relaxed);
                            println!("uploaded {name}");
                        }
                        Err(error) => {
                            failed.fetch_add(1, Ordering::Relaxed);
                            println!("FAILED {name}: {error}");
                        }
                    }
                }
            });
        }
        for entry in Walk::new(folder, Symlinks::Skip)? {
            let file = match entry {
                Entry::File(file) => file,
                Entry::Skipped(Skipped { name, reason, .. }) if is_meant(&reason) => {
                    println!("skipped {name}: it {reason}");
                    continue;
                }
                Entry::Skipped(Skipped { name, reason, .. }) => {
                    failed.fetch_add(1, Ordering::Relaxed);
                    println!("FAILED {name}: it {reason}");
                    continue;
                }
            };
            let name = format!("{prefix}{}", file.name);
            if there.get(&name) == Some(&(file.len, Some(file.modified_ms))) {
                same += 1;
                continue;
            }
            files.send((name, file.path))?;
        }
        Ok(())
    })?;
    let (uploaded, failed) = (uploaded.into_inner(), failed.into_inner());
    println!("{uploaded} uploaded, {same} were there already, {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The next file; none when the walk has ended.
fn next(files: &Mutex<Receiver<(String, PathBuf)>>) -> Option<(String, PathBuf)> {
    files.lock().ok()?.recv().ok()
}

/// Whether it is no file, so that nothing is missing without it.
const fn is_meant(reason: &SkipReason) -> bool {
    matches!(reason, SkipReason::Link | SkipReason::Special | SkipReason::Leftover)
}

/// What the bucket has below the prefix.
fn list(bucket: &Bucket, prefix: &str) -> Result<There, Error> {
    let mut there = There::new();
    let rows = bucket.list_names(bucket.names().prefix(prefix));
    for row in rows {
        if let Some(file) = row?.into_file() {
            let time = file.src_last_modified_ms().and_then(|ms| u64::try_from(ms).ok());
            there.insert(file.file_name, (file.content_length, time));
        }
    }
    Ok(there)
}
