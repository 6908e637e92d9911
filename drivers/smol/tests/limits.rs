//! The limits of a client: bytes in a second, and what may be asked of the service.

mod common;

use core::time::Duration;
use std::time::Instant;

use b2_proto::error::ErrorKind;
use b2_smol::Budget;
use common::{bucket, bytes, on_each_executor, service, settings};

/// Bytes in a second.
const RATE: u64 = 1_000_000;
/// What is moved: six times the burst of a tenth of a second.
const LEN: usize = 600_000;
/// What that takes at least; the timers may be a little early.
const TIME_MIN: Duration = Duration::from_millis(450);

on_each_executor!(
    bytes_are_held_to_the_rates,
    a_rate_that_changes_holds_for_what_is_under_way,
    a_budget_ends_what_would_pass_it,
);

async fn bytes_are_held_to_the_rates() {
    let server = service();
    let client = settings(&server).bandwidth_up(RATE).bandwidth_down(RATE).build().expect("built");
    let photos = bucket(&client).await;
    let data = bytes(LEN);
    let begun = Instant::now();
    photos.upload("a", data.clone()).part_len(150_000).await.expect("uploaded");
    assert!(begun.elapsed() >= TIME_MIN, "up in {:?}", begun.elapsed());
    let begun = Instant::now();
    let (_, got) = photos.download("a").to_bytes(LEN).await.expect("downloaded");
    assert!(begun.elapsed() >= TIME_MIN, "down in {:?}", begun.elapsed());
    assert_eq!(got, data);
    let meter = client.meter();
    assert_eq!((meter.bytes_up, meter.bytes_down), (LEN as u64, LEN as u64));
    assert_eq!((meter.count("b2_upload_part"), meter.retries), (4, 0));
}

async fn a_rate_that_changes_holds_for_what_is_under_way() {
    let server = service();
    // It would take ten minutes, and silence is noticed after four seconds.
    let settings = settings(&server).bandwidth_up(1_000).silence_timeout(Duration::from_secs(4));
    let client = settings.build().expect("built");
    let photos = bucket(&client).await;
    let faster = client.clone();
    let later = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(5));
        faster.set_bandwidth_up(None);
    });
    let upload = photos.upload("a", bytes(LEN)).part_len(150_000);
    upload.await.expect("uploaded");
    later.join().expect("no panic");
    client.set_bandwidth_down(Some(RATE));
    let begun = Instant::now();
    photos.download("a").to_bytes(LEN).await.expect("downloaded");
    assert!(begun.elapsed() >= TIME_MIN, "down in {:?}", begun.elapsed());
    assert_eq!(client.meter().retries, 0);
}

async fn a_budget_ends_what_would_pass_it() {
    let server = service();
    let budget = Budget { bytes_up: Some(350), ..Budget::default() };
    let client = settings(&server).budget(budget).build().expect("built");
    let photos = bucket(&client).await;
    let upload = photos.upload("a", bytes(1_000)).part_len(100);
    let error = upload.await.expect_err("ten parts of a hundred bytes");
    assert_eq!(error.kind, ErrorKind::Limit, "{error}");
    let unfinished = photos.unfinished().collect_at_most(9).await.expect("listed");
    let id = unfinished[0].file_id.as_str().to_owned();
    let parts = client.parts(id).collect_at_most(9).await.expect("listed");
    assert_eq!((parts.len(), client.meter().bytes_up), (3, 300));
    client.set_budget(None);
    photos.upload("b", bytes(1_000)).part_len(100).await.expect("uploaded");
}
