//! Jobs that are given up: their requests end, and nothing is left.

use b2_proto::error::ErrorKind;
use b2_proto::machine::large::Leftover;
use b2_proto::machine::{Phase, Progress};
use b2_sim::fault::Rule;
use std::fs;

use crate::face::{Bucket as _, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::stop::Stop;
use crate::tools::{bytes, eventually, on};
use crate::transfer::{Fetch, Listener, Target, Upload};
use crate::world::{Service, Setup, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        before_it_begins,
        an_upload_under_way,
        a_large_upload_is_kept_for_later,
        a_large_upload_leaves_nothing,
        a_download_under_way,
        a_download_in_lanes,
        while_it_waits_for_its_turn,
        others_go_on,
    ]
}

/// Stops at the first news of bytes.
fn stop_when_moving(stop: &Stop) -> Option<Listener> {
    let stop = stop.clone();
    Some(Box::new(move |progress: Progress| {
        if progress.bytes_done > 0 && progress.phase == Phase::Moving {
            stop.stop();
        }
    }))
}

/// The service is in no hurry: what is under way stays so for ten seconds at least, but what is
/// in the buffers of a connection is taken in two.
fn slowly<F: Face>(service: &Service<'_, F>) {
    service.faults([Rule { bytes_per_second: Some(3_000_000), ..on("*") }]);
}

/// A job that is given up before its first request has been answered does nothing.
fn before_it_begins<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let stop = Stop::new();
    stop.stop();
    service.faults([Rule { latency_ms: 1_000, ..on("*") }]);
    let upload = Upload { stop: Some(stop), ..b"abc".into() };
    let error = bucket.upload("a", upload).expect_err("given up");
    assert_eq!(error.kind, ErrorKind::Cancelled);
    service.no_faults();
    bucket.head("a").expect_err("nothing is there");
    let why = "whether it had begun when the job was given up";
    service.count_but(&["b2_get_upload_url"], why);
    service.said::<()>(&Err(error));
}

/// The connection of an upload is closed, and the service has nothing.
fn an_upload_under_way<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let (client, bucket) = service.bucket();
    slowly(&service);
    let stop = Stop::new();
    let progress = stop_when_moving(&stop);
    let upload = Upload { stop: Some(stop), progress, ..vec![7; 90_000_000].into() };
    let error = bucket.upload("a", upload).expect_err("given up");
    assert_eq!(error.kind, ErrorKind::Cancelled);
    assert_eq!(service.statuses("b2_upload_file"), [0], "the request went on");
    service.no_faults();
    bucket.head("a").expect_err("nothing is there");
    client.buckets().expect("the client goes on");
    service.count();
}

/// Why parts are not counted.
const SECOND_PART: &str = "whether the second had begun when the job was given up";

fn large<'w, F: Face>(world: &'w World<'_, F>, leftover: Leftover) -> Service<'w, F> {
    let service = world.service();
    let (_, bucket) = service.bucket();
    // The first part is quick, the second never ends.
    service.faults([Rule { after: 1, latency_ms: 60_000, ..on("b2_upload_part") }]);
    let stop = Stop::new();
    let progress = stop_when_moving(&stop);
    let lanes = Some(1);
    let upload = Upload { stop: Some(stop), progress, leftover, lanes, ..bytes(1_000).into() };
    let error = bucket.upload("a", upload).expect_err("given up");
    assert_eq!(error.kind, ErrorKind::Cancelled);
    service
}

/// What the service has of a large file stays for a later upload, unless told otherwise.
fn a_large_upload_is_kept_for_later<F: Face>(world: &World<'_, F>) {
    let service = large(world, Leftover::Keep);
    let bucket = service.client().bucket("photos-1").expect("found");
    assert_eq!(bucket.unfinished().expect("listed").len(), 1);
    assert!(service.of("b2_cancel_large_file").is_empty());
    service.count_but(&["b2_upload_part"], SECOND_PART);
}

/// One that is told to leave nothing cancels the file at the service.
fn a_large_upload_leaves_nothing<F: Face>(world: &World<'_, F>) {
    let service = large(world, Leftover::Remove);
    let bucket = service.client().bucket("photos-1").expect("found");
    eventually("the unfinished file stays", || bucket.unfinished().expect("listed").is_empty());
    service.count_but(
        &["b2_upload_part", "b2_list_unfinished_large_files"],
        "whether the second had begun when the job was given up, how often it was looked",
    );
}

fn download_given_up<F: Face>(world: &World<'_, F>, lane_len_min: Option<u64>) {
    let service = world.service_with(Setup::real());
    let (client, bucket) = service.bucket();
    bucket.upload("a", bytes(30_000_000).into()).expect("uploaded");
    slowly(&service);
    let path = world.file("target", b"old");
    let stop = Stop::new();
    let fetch = Fetch {
        progress: stop_when_moving(&stop),
        stop: Some(stop),
        to: Target::Path(path.clone()),
        lane_len_min,
        // On a slow machine there may be something to keep.
        no_continue: true,
        ..Fetch::default()
    };
    let error = bucket.download("a", fetch).expect_err("given up");
    assert_eq!(error.kind, ErrorKind::Cancelled);
    world.wait_for_files(1);
    assert_eq!(fs::read(path).expect("read"), b"old");
    // Waits until no request is under way any more.
    service.records();
    service.no_faults();
    client.buckets().expect("the client goes on");
    let why = "how many other lanes had begun when the job was given up";
    match lane_len_min {
        Some(_) => service.count_but(&["b2_download_file_by_id"], why),
        None => service.count(),
    }
}

/// The connection is closed, the temporary file goes, and the target is as it was.
fn a_download_under_way<F: Face>(world: &World<'_, F>) {
    download_given_up(world, None);
}

/// The same with several requests under way.
fn a_download_in_lanes<F: Face>(world: &World<'_, F>) {
    download_given_up(world, Some(1_000_000));
}

/// A job between two attempts ends at once, not in an hour.
fn while_it_waits_for_its_turn<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let mut settings = service.settings();
    settings.policy.retry_after_ms_max = 3_600_000;
    let (_, bucket) = service.bucket_with(settings);
    let wait = Rule { status: Some(503), retry_after_s: Some(3_600), ..on("b2_upload_file") };
    service.faults([wait]);
    let stop = Stop::new();
    let tell = stop.clone();
    let listener = move |progress: Progress| {
        if progress.retries > 0 {
            tell.stop();
        }
    };
    let progress = Some(Box::new(listener) as Listener);
    let upload = Upload { stop: Some(stop), progress, ..b"abc".into() };
    let error = bucket.upload("a", upload).expect_err("given up");
    assert_eq!(error.kind, ErrorKind::Cancelled);
    assert_eq!(service.statuses("b2_upload_file"), [503]);
}

/// What one job's end breaks off is that job's alone.
fn others_go_on<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let (_, bucket) = service.bucket();
    service.faults([Rule { bytes_per_second: Some(10_000_000), ..on("*") }]);
    let stop = Stop::new();
    let progress = stop_when_moving(&stop);
    let doomed = Upload { stop: Some(stop), progress, ..bytes(30_000_000).into() };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| bucket.upload("b", bytes(3_000_000).into()));
        bucket.upload("a", doomed).expect_err("given up");
        other.join().expect("sound").expect("uploaded");
    });
    service.no_faults();
    assert_eq!(bucket.head("b").expect("there").content_length, 3_000_000);
    service.count();
}
