//! Many jobs on few connections, with faults, and given up at any moment: each one ends, what was
//! said to be done is done, and the client is as good as new afterwards.

mod common;

use b2_proto::rng::Rng;
use b2_sim::fault::{Rule, When};
use b2_tokio::{Bucket, Source};
use common::{bucket, bytes, service_with, settings};
use core::time::Duration;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::timeout;

const CONNECTIONS: usize = 3;
const CALLERS: usize = 24;
const JOBS_PER_CALLER: usize = 40;
/// Longest time until a job is given up, in microseconds.
const PATIENCE_US: u64 = 40_000;
/// A job that takes longer hangs.
const WATCHDOG: Duration = Duration::from_secs(60);

fn faults() -> Vec<Rule> {
    let rule = |probability| Rule { probability: Some(probability), ..Rule::default() };
    vec![
        Rule { status: Some(503), ..rule(0.03) },
        Rule { status: Some(429), ..rule(0.02) },
        Rule { reset: Some(When::Before), ..rule(0.02) },
        Rule { reset: Some(When::After), ..rule(0.02) },
        Rule { expire_tokens: true, ..rule(0.02) },
        Rule { cut_after_bytes: Some(40), ..rule(0.02) },
        Rule { close: true, ..rule(0.05) },
        Rule { latency_ms: 3, ..rule(0.2) },
    ]
}

/// An empty file, one of one request, or one of a few parts.
fn content(name: usize) -> Vec<u8> {
    let start = name % 251;
    bytes(start + [0, 50, 150, 450, 900][name % 5]).split_off(start)
}

fn source(name: usize) -> Source {
    let content = content(name);
    if name.is_multiple_of(2) {
        return Source::from(content);
    }
    let len = content.len() as u64;
    Source::reader(std::io::Cursor::new(content), len)
}

/// An upload and a download of it; whether it is there.
async fn job(photos: &Bucket, folder: &Path, name: usize) -> bool {
    let upload = photos.upload(name.to_string(), source(name)).part_len(200).lanes(3);
    if upload.await.is_err() {
        return false;
    }
    let download = photos.download(name.to_string()).lanes(3).lane_len_min(100);
    let got = if name.is_multiple_of(3) {
        let path = folder.join(name.to_string());
        download.save_to(&path).await.map(|_| fs::read(&path).expect("saved"))
    } else {
        download.to_bytes(1_000).await.map(|(_, got)| got)
    };
    assert!(got.is_err() || got.is_ok_and(|got| got == content(name)), "{name}");
    true
}

/// Does one job after the other, and gives half of them up. Gives what is there for sure.
async fn caller(photos: Bucket, folder: Arc<TempDir>, number: usize) -> Vec<usize> {
    let mut rng = Rng::from_seed(number as u64);
    let mut stored = Vec::new();
    for name in (number * JOBS_PER_CALLER..).take(JOBS_PER_CALLER) {
        let job = job(&photos, folder.path(), name);
        let is_stored = if rng.below(2) == 0 {
            timeout(WATCHDOG, job).await.expect("the job hangs")
        } else {
            let patience = Duration::from_micros(rng.below(PATIENCE_US));
            timeout(patience, job).await.unwrap_or(false)
        };
        stored.extend(is_stored.then_some(name));
    }
    stored
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_job_ends() {
    let server = service_with(faults());
    let client = settings(&server).connections(CONNECTIONS).build().expect("built");
    let photos = bucket(&client).await;
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let callers = (0..CALLERS).map(|number| caller(photos.clone(), folder.clone(), number));
    let stored = callers.collect::<JoinSet<_>>().join_all().await.concat();
    assert!(stored.len() > CALLERS * JOBS_PER_CALLER / 4, "{}", stored.len());

    let listing = photos.list_names(photos.names()).collect(10_000);
    let listed = timeout(WATCHDOG, listing).await.expect("it hangs").expect("listed");
    let listed: BTreeSet<&str> = listed.iter().map(|entry| entry.name()).collect();
    assert!(stored.iter().all(|name| listed.contains(name.to_string().as_str())));

    // No place of a connection was lost on the way.
    let all_at_once = (0..2 * CONNECTIONS).map(|_| client.buckets());
    timeout(WATCHDOG, futures_util::future::join_all(all_at_once)).await.expect("it hangs");

    // What is being written when its job is given up goes away a moment later.
    drop((photos, client));
    let is_whole = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("a number");
        name.parse().is_ok_and(|name| fs::read(entry.path()).is_ok_and(|got| got == content(name)))
    };
    let are_whole = async {
        let list = || fs::read_dir(folder.path()).expect("a folder");
        while !list().all(|entry| entry.is_ok_and(is_whole)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(WATCHDOG, are_whole).await.expect("something is left behind");
}
