//! Many jobs on few connections, with faults, and given up at any moment: each one ends, what was
//! said to be done is done, and the client is as good as new afterwards.
//!
//! A job that does not end is noticed by the suite, as in any scenario.

use b2_proto::op::ListFileNames;
use b2_proto::rng::Rng;
use b2_sim::fault::{Rule, When};
use core::time::Duration;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;

use crate::face::{Bucket as _, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::stop::Stop;
use crate::tools::{bytes, eventually};
use crate::transfer::{Fetch, Source, Target, Upload};
use crate::world::World;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![every_job_ends]
}

const CONNECTIONS: usize = 3;
const CALLERS: usize = 12;
const JOBS_PER_CALLER: usize = 40;
/// Longest time until a job is given up, in microseconds.
const PATIENCE_US: u64 = 40_000;

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
        return content.into();
    }
    let len = content.len() as u64;
    Source::Reader(Box::new(std::io::Cursor::new(content)), len)
}

/// An upload and a download of it; whether it is there.
fn job<B: crate::face::Bucket>(folder: &Path, bucket: &B, name: usize, stop: &Stop) -> bool {
    let (part_len, lanes, stop) = (Some(200), Some(3), Some(stop.clone()));
    let upload = Upload { part_len, lanes, stop: stop.clone(), ..source(name).into() };
    if bucket.upload(&name.to_string(), upload).is_err() {
        return false;
    }
    let path = folder.join(name.to_string());
    let is_saved = name.is_multiple_of(3);
    let to = if is_saved { Target::Path(path.clone()) } else { Target::Bytes(1_000) };
    let fetch = Fetch { to, lanes, lane_len_min: Some(100), stop, ..Fetch::default() };
    if let Ok(fetched) = bucket.download(&name.to_string(), fetch) {
        let got = if is_saved { fs::read(path).expect("saved") } else { fetched.bytes };
        assert!(got == content(name), "{name}");
    }
    true
}

/// Does one job after the other, and gives half of them up. Gives what is there for sure.
fn caller<B: crate::face::Bucket>(folder: &Path, bucket: &B, number: usize) -> Vec<usize> {
    let mut rng = Rng::from_seed(number as u64);
    let names = (number * JOBS_PER_CALLER..).take(JOBS_PER_CALLER);
    let is_stored = |name: &usize| {
        let stop = Stop::new();
        let patience = Duration::from_micros(rng.below(PATIENCE_US));
        thread::scope(|scope| {
            if rng.below(2) == 0 {
                scope.spawn(|| {
                    thread::sleep(patience);
                    stop.stop();
                });
            }
            job(folder, bucket, *name, &stop)
        })
    };
    names.filter(is_stored).collect()
}

fn every_job_ends<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let mut settings = service.settings();
    settings.connections = CONNECTIONS;
    let (client, bucket) = service.bucket_with(settings);
    service.faults(faults());
    let folder = world.path("");
    let stored: Vec<usize> = thread::scope(|scope| {
        let caller = |number| {
            let (folder, bucket) = (&folder, &bucket);
            scope.spawn(move || caller(folder, bucket, number))
        };
        let callers: Vec<_> = (0..CALLERS).map(caller).collect();
        callers.into_iter().flat_map(|caller| caller.join().expect("no panic")).collect()
    });
    assert!(!stored.is_empty());
    service.no_faults();

    let listed = bucket.list_names(ListFileNames::new(bucket.id()), 10_000).expect("listed");
    let listed: BTreeSet<&str> = listed.iter().map(b2_proto::model::ListEntry::name).collect();
    assert!(stored.iter().all(|name| listed.contains(name.to_string().as_str())));

    // No place of a connection was lost on the way.
    thread::scope(|scope| {
        for _ in 0..2 * CONNECTIONS {
            scope.spawn(|| client.buckets().expect("listed"));
        }
    });

    // What is being written when its job is given up goes away a moment later.
    drop((bucket, client));
    let is_whole = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("a number");
        name.parse().is_ok_and(|name| fs::read(entry.path()).is_ok_and(|got| got == content(name)))
    };
    eventually("something is left behind", || {
        fs::read_dir(&folder).expect("a folder").all(|entry| entry.is_ok_and(is_whole))
    });
    service.skip_rest("which jobs are given up, and where, depends on time");
}
