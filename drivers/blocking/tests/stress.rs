//! Many jobs on few connections, with faults, and given up at any moment: each one ends, what was
//! said to be done is done, and the client is as good as new afterwards.

mod common;

use b2_blocking::{Bucket, Cancel, Source};
use b2_proto::rng::Rng;
use b2_sim::fault::{Rule, When};
use common::{bucket, bytes, service_with, settings};
use core::time::Duration;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

const CONNECTIONS: usize = 3;
const CALLERS: usize = 16;
const JOBS_PER_CALLER: usize = 40;
/// Longest time until a job is given up, in microseconds.
const PATIENCE_US: u64 = 40_000;
/// All together take a few seconds.
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
fn job(photos: &Bucket, folder: &Path, name: usize, cancel: &Cancel) -> bool {
    let upload = photos.upload(name.to_string(), source(name)).part_len(200).lanes(3);
    if upload.cancel_with(cancel).send().is_err() {
        return false;
    }
    let download = photos.download(name.to_string()).lanes(3).lane_len_min(100);
    let download = download.cancel_with(cancel);
    let got = if name.is_multiple_of(3) {
        let path = folder.join(name.to_string());
        download.save_to(&path).map(|_| fs::read(&path).expect("saved"))
    } else if name.is_multiple_of(7) {
        let mut got = Vec::new();
        download.to_writer(&mut got).map(|_| got)
    } else {
        download.to_bytes(1_000).map(|(_, got)| got)
    };
    assert!(got.is_err() || got.is_ok_and(|got| got == content(name)), "{name}");
    true
}

/// Does one job after the other, and gives half of them up. Gives what is there for sure.
fn caller(photos: &Bucket, folder: &Path, number: usize) -> Vec<usize> {
    let mut rng = Rng::from_seed(number as u64);
    let mut stored = Vec::new();
    for name in (number * JOBS_PER_CALLER..).take(JOBS_PER_CALLER) {
        let cancel = Cancel::new();
        let patience = Duration::from_micros(rng.below(PATIENCE_US));
        let is_stored = thread::scope(|scope| {
            if rng.below(2) == 0 {
                scope.spawn(|| {
                    thread::sleep(patience);
                    cancel.cancel();
                });
            }
            job(photos, folder, name, &cancel)
        });
        stored.extend(is_stored.then_some(name));
    }
    stored
}

fn every_job() {
    let server = service_with(faults());
    let client = settings(&server).connections(CONNECTIONS).build().expect("built");
    let photos = bucket(&client);
    let folder = tempfile::tempdir().expect("a folder");
    let stored = thread::scope(|scope| {
        let caller = |number| {
            scope.spawn({
                let (photos, folder) = (&photos, folder.path());
                move || caller(photos, folder, number)
            })
        };
        let callers: Vec<_> = (0..CALLERS).map(caller).collect();
        let stored = callers.into_iter().map(|caller| caller.join().expect("no panic"));
        stored.collect::<Vec<_>>().concat()
    });
    assert!(stored.len() > CALLERS * JOBS_PER_CALLER / 4, "{}", stored.len());

    let listed = photos.list_names(photos.names()).collect(10_000).expect("listed");
    let listed: BTreeSet<&str> = listed.iter().map(|entry| entry.name()).collect();
    assert!(stored.iter().all(|name| listed.contains(name.to_string().as_str())));

    // No place of a connection was lost on the way.
    thread::scope(|scope| {
        for _ in 0..2 * CONNECTIONS {
            scope.spawn(|| client.buckets());
        }
    });

    // What is being written when its job is given up goes away a moment later.
    drop((photos, client));
    let is_whole = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("a number");
        name.parse().is_ok_and(|name| fs::read(entry.path()).is_ok_and(|got| got == content(name)))
    };
    let list = || fs::read_dir(folder.path()).expect("a folder");
    while !list().all(|entry| entry.is_ok_and(is_whole)) {
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn every_job_ends() {
    let (ended, end) = mpsc::channel();
    let at_work = thread::spawn(move || {
        every_job();
        ended.send(())
    });
    let hangs = end.recv_timeout(WATCHDOG) == Err(mpsc::RecvTimeoutError::Timeout);
    assert!(!hangs, "a job hangs, or something is left behind");
    at_work.join().expect("no panic").expect("waited for");
}
