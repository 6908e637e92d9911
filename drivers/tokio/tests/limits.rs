//! The limits of a client: bytes in a second, and what may be asked of the service.

mod common;

use core::cell::Cell;
use core::future::IntoFuture as _;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;
use std::time::Instant;

use b2_proto::error::ErrorKind;
use b2_tokio::{Budget, Source};
use common::{bucket, bytes, client, service, settings};
use futures_util::FutureExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};

/// Bytes in a second.
const RATE: u64 = 1_000_000;
/// What is moved: six times the burst of a tenth of a second.
const LEN: usize = 600_000;
/// What that takes at least; the timers may be a little early.
const TIME_MIN: Duration = Duration::from_millis(450);

#[tokio::test]
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

#[tokio::test]
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

#[tokio::test]
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

/// Whoever reads a download may let the service wait: silence counts only where bytes are awaited.
#[tokio::test]
async fn a_slow_reader_is_no_silence() {
    let server = service();
    let settings = settings(&server).silence_timeout(Duration::from_secs(5));
    let client = settings.build().expect("built");
    let photos = bucket(&client).await;
    // More than there is room for on the way.
    let data = bytes(16 * LEN);
    photos.upload("a", data.clone()).part_len(20 * LEN as u64).await.expect("uploaded");
    let (mut near, mut far) = tokio::io::duplex(1_000);
    let mut got = vec![0; 16 * LEN];
    let reading = async {
        far.read_exact(&mut got[..LEN]).await.expect("read");
        tokio::time::sleep(Duration::from_secs(7)).await;
        far.read_exact(&mut got[LEN..]).await.expect("read");
    };
    let downloading = async {
        let download = photos.download("a").to_writer(&mut near).await;
        drop(near);
        download
    };
    let (download, ()) = tokio::join!(downloading, reading);
    download.expect("downloaded");
    assert!(got == data);
    assert_eq!(client.meter().retries, 0);
}

/// Jobs of a client at the same time.
const JOBS_MAX: usize = 256;

/// A reader that gives nothing.
struct Never;

impl AsyncRead for Never {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

/// Else thousands that wait would have their files open.
#[tokio::test]
async fn who_waits_for_a_place_opens_nothing() {
    let server = service();
    let client = client(&server);
    let photos = bucket(&client).await;
    let folder = tempfile::tempdir().expect("folder");
    let missing = folder.path().join("none/at/all");
    let never = || Box::pin(photos.upload("b", Source::stream(Never)).into_future());
    let mut jobs: Vec<_> = (0..JOBS_MAX).map(|_| never()).collect();
    for job in &mut jobs {
        assert!(job.now_or_never().is_none());
    }
    let has_place = Cell::new(false);
    let saving = async {
        photos.download("a").save_to(&missing).await.expect_err("no folder");
        assert!(has_place.get());
    };
    let uploading = async {
        photos.upload("a", &missing).by_blocks().await.expect_err("no file");
        assert!(has_place.get());
    };
    let leaving = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        has_place.set(true);
        jobs.pop();
    };
    tokio::join!(saving, uploading, leaving);
    // Its jobs share the only place that is left.
    photos.upload("a", bytes(500)).by_blocks().await.expect("uploaded");
}
