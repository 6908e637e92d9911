//! Clocks that differ, and waits.

use b2_proto::error::{Error, ErrorKind};
use b2_proto::policy::retry::RetryPolicy;
use b2_sim::fault::Rule;
use core::time::Duration;
use std::time::Instant;

use crate::face::{Bucket as _, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::settings::{IMPATIENT, Settings};
use crate::tools::on;
use crate::transfer::Fetch;
use crate::world::{Bucket, Service, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        a_clock_that_is_behind,
        a_clock_that_is_ahead,
        a_clock_that_is_a_little_off,
        clocks_are_not_compared_on_demand,
        retry_after_is_waited_out,
        waits_grow,
        an_upload_does_not_wait_for_another_vault,
    ]
}

const MINUTE_MS: i64 = 60_000;

fn skewed<F: Face>(service: &Service<'_, F>, minutes: i64, check_clock: bool) -> F::Client {
    service.faults([Rule { clock_skew_ms: minutes * MINUTE_MS, ..on("*") }]);
    service.client_with(Settings { check_clock, ..service.settings() })
}

/// The error says what is wrong and what helps.
fn is_told<F: Face>(world: &World<'_, F>, minutes: i64, word: &str) {
    let service = world.service();
    let listed = skewed(&service, minutes, true).buckets();
    service.said(&listed);
    let error = listed.expect_err("another time");
    assert_eq!(error.kind, ErrorKind::ClockSkew);
    assert!(error.message.contains("clock") && error.message.contains(word), "{error}");
    assert_eq!(error.advice(), "Set the clock of this machine.");
}

/// Eleven minutes behind the service: nothing more is sent.
fn a_clock_that_is_behind<F: Face>(world: &World<'_, F>) {
    is_told(world, 11, "behind");
}

/// Eleven minutes ahead of the service: the same.
fn a_clock_that_is_ahead<F: Face>(world: &World<'_, F>) {
    is_told(world, -11, "ahead");
}

/// Ten minutes are allowed, either way.
fn a_clock_that_is_a_little_off<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    for minutes in [9, -9] {
        skewed(&service, minutes, true).buckets().expect("within ten minutes");
    }
}

/// Who switches the check off may be hours away.
fn clocks_are_not_compared_on_demand<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    for minutes in [600, -600] {
        skewed(&service, minutes, false).buckets().expect("not compared");
    }
}

/// A client that takes its time, and its bucket.
fn patient<F: Face>(service: &Service<'_, F>, policy: RetryPolicy) -> (F::Client, Bucket<F>) {
    let (client, bucket) = service.bucket_with(Settings { policy, ..service.settings() });
    bucket.upload("a", b"abc".into()).expect("uploaded");
    service.skip();
    (client, bucket)
}

fn timed(work: impl FnOnce() -> Result<(), Error>) -> Duration {
    let began = Instant::now();
    work().expect("done in the end");
    began.elapsed()
}

/// What the service asks for is waited, whatever was sent.
fn retry_after_is_waited_out<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let policy = RetryPolicy { retry_after_ms_max: 200, ..IMPATIENT };
    let (client, bucket) = patient(&service, policy);
    for status in [429, 503] {
        let wait = |operation| Rule {
            nth: Some(1),
            status: Some(status),
            retry_after_s: Some(1),
            ..on(operation)
        };
        service.faults([
            wait("b2_list_buckets"),
            wait("b2_upload_file"),
            wait("b2_download_file_by_name"),
        ]);
        let took = [
            timed(|| client.buckets().map(|_| ())),
            timed(|| bucket.upload("a", b"abc".into()).map(|_| ())),
            timed(|| bucket.download("a", Fetch::default()).map(|_| ())),
        ];
        // Timers may be a little early.
        let is_waited = |took: &Duration| *took >= Duration::from_millis(190);
        assert!(took.iter().all(is_waited), "{status}: {took:?}");
    }
}

/// Without it, each wait is half as long again as the one before.
fn waits_grow<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let policy = RetryPolicy { first_wait_ms: 40, wait_ms_max: 1_000, ..IMPATIENT };
    let (client, bucket) = patient(&service, policy);
    let fail = |operation| Rule { count: Some(3), status: Some(500), ..on(operation) };
    service.faults([fail("b2_list_buckets"), fail("b2_download_file_by_name")]);
    let took = [
        timed(|| client.buckets().map(|_| ())),
        timed(|| bucket.download("a", Fetch::default()).map(|_| ())),
    ];
    // Timers may be a little early.
    let at_least = Duration::from_millis(40 + 60 + 85);
    assert!(took.iter().all(|took| *took >= at_least), "{took:?}");
}

/// A fresh URL is likely to be another vault, so there is nothing to wait for.
fn an_upload_does_not_wait_for_another_vault<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let policy = RetryPolicy { first_wait_ms: 60_000, wait_ms_max: 60_000, ..IMPATIENT };
    let (_, bucket) = patient(&service, policy);
    service.faults([Rule { count: Some(3), status: Some(503), ..on("b2_upload_file") }]);
    let took = timed(|| bucket.upload("a", b"abc".into()).map(|_| ()));
    assert!(took < Duration::from_secs(60), "{took:?}");
}
