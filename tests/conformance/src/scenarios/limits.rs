//! What a client may do in all: bytes in a second, buffers, transactions.

use core::time::Duration;
use std::io::Cursor;
use std::time::Instant;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::policy::meter::Budget;

use crate::face::{Bucket as _, Face};
use crate::scenario::{Scenario, list};
use crate::tools::bytes;
use crate::transfer::{Fetch, Source, Upload};
use crate::world::World;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        a_budget_of_bytes_keeps_the_parts_that_are_there,
        a_budget_of_transactions,
        a_budget_of_received_bytes,
        streams_take_turns_at_little_room,
        a_stream_that_never_fits,
        rates_hold_for_all_requests_together,
    ]
}

const LEN: usize = 1_000;

fn is_limit<T>(result: Result<T, Error>) {
    assert_eq!(result.map(drop).expect_err("past the budget").kind, ErrorKind::Limit);
}

/// Three parts of a hundred bytes go up, and nothing is aborted, cancelled or finished.
fn a_budget_of_bytes_keeps_the_parts_that_are_there<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let mut settings = service.settings();
    settings.budget = Some(Budget { bytes_up: Some(350), ..Budget::default() });
    let (_, bucket) = service.bucket_with(settings);
    let upload = Upload { lanes: Some(1), part_len: Some(100), ..bytes(LEN).into() };
    let uploaded = service.together(|| bucket.upload("large", upload));
    service.said(&uploaded);
    is_limit(uploaded);
    assert_eq!(service.statuses("b2_upload_part"), [200; 3]);
}

/// The second download would be one transaction too many, and is not asked for.
fn a_budget_of_transactions<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let mut settings = service.settings();
    settings.budget = Some(Budget { class_b: Some(1), ..Budget::default() });
    let (_, bucket) = service.bucket_with(settings);
    bucket.upload("a", bytes(10).into()).expect("uploaded");
    bucket.download("a", Fetch::default()).expect("downloaded");
    let second = bucket.download("a", Fetch::default());
    service.said(&second);
    is_limit(second);
}

/// An answer with more bytes than are left is not stored.
fn a_budget_of_received_bytes<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let mut settings = service.settings();
    settings.budget = Some(Budget { bytes_down: Some(150), ..Budget::default() });
    let (_, bucket) = service.bucket_with(settings);
    bucket.upload("a", bytes(100).into()).expect("uploaded");
    bucket.download("a", Fetch::default()).expect("downloaded");
    let second = bucket.download("a", Fetch::default());
    service.said(&second);
    is_limit(second);
}

/// Each needs two buffers of the three that there are.
fn streams_take_turns_at_little_room<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let mut settings = service.settings();
    settings.buffer_bytes = Some(300);
    let (_, bucket) = service.bucket_with(settings);
    std::thread::scope(|scope| {
        let up = |name: &'static str| {
            let bucket = &bucket;
            scope.spawn(move || {
                let source = Source::Stream(Box::new(Cursor::new(bytes(LEN))));
                bucket.upload(name, source.into())
            })
        };
        for stream in ["a", "b", "c", "d"].map(up) {
            stream.join().expect("no panic").expect("uploaded");
        }
    });
    for name in ["a", "b", "c", "d"] {
        let fetched = bucket.download(name, Fetch::default()).expect("downloaded");
        assert_eq!(fetched.bytes, bytes(LEN));
    }
    // Which of them goes first differs.
    service.count();
}

/// It is refused before it is read.
fn a_stream_that_never_fits<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let mut settings = service.settings();
    settings.buffer_bytes = Some(199);
    let (_, bucket) = service.bucket_with(settings);
    let source = Source::Stream(Box::new(Cursor::new(bytes(LEN))));
    let uploaded = bucket.upload("a", source.into());
    service.said(&uploaded);
    is_limit(uploaded);
}

/// Several parts and ranges at the same time are not faster than one.
fn rates_hold_for_all_requests_together<F: Face>(world: &World<'_, F>) {
    const LEN: usize = 400_000;
    let service = world.service();
    let mut settings = service.settings();
    (settings.bandwidth_up, settings.bandwidth_down) = (Some(1_000_000), Some(1_000_000));
    let (_, bucket) = service.bucket_with(settings);
    // The burst is a tenth of a second, and timers may be a little early.
    let time_min = Duration::from_millis(250);
    let begun = Instant::now();
    let upload = Upload { part_len: Some(100_000), ..bytes(LEN).into() };
    bucket.upload("large", upload).expect("uploaded");
    assert!(begun.elapsed() > time_min, "up in {:?}", begun.elapsed());
    let begun = Instant::now();
    let fetch = Fetch { lane_len_min: Some(100_000), ..Fetch::default() };
    assert_eq!(bucket.download("large", fetch).expect("downloaded").bytes, bytes(LEN));
    assert!(begun.elapsed() > time_min, "down in {:?}", begun.elapsed());
    service.count();
}
