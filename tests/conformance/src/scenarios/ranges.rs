//! Downloads in ranges: on demand, in lanes, and after a break.

use b2_proto::error::ErrorKind;
use b2_proto::machine::download::Verified;
use b2_sim::fault::Rule;
use std::fs;
use std::sync::mpsc;

use crate::face::{Bucket as _, Face};
use crate::scenario::{Scenario, list};
use crate::tools::{Written, bytes, on};
use crate::transfer::{Fetch, Target};
use crate::world::{Bucket, Service, Setup, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        a_range_of_a_file,
        ranges_at_the_borders,
        lanes_share_a_file,
        lanes_share_a_range,
        a_writer_has_one_lane,
        cut_at_every_tenth,
        cut_at_every_tenth_in_lanes,
        cut_again_and_again,
        a_trickle_is_given_up,
        a_lane_that_fails_for_good,
        a_file_replaced_meanwhile_is_not_mixed_in,
        a_file_replaced_meanwhile_ends_a_download_by_name,
    ]
}

const BY_NAME: &str = "b2_download_file_by_name";
const BY_ID: &str = "b2_download_file_by_id";

/// A million bytes, uploaded in one request.
const LEN: usize = 1_000_000;

fn with_file<F: Face>(service: &Service<'_, F>) -> Bucket<F> {
    let (_, bucket) = service.bucket();
    bucket.upload("a", bytes(LEN).into()).expect("uploaded");
    service.skip();
    bucket
}

/// Only the range is sent.
fn a_range_of_a_file<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    let fetch = Fetch { range: Some(100..777), ..Fetch::default() };
    let fetched = bucket.download("a", fetch).expect("downloaded");
    assert!(fetched.bytes == bytes(LEN)[100..777]);
    assert_eq!(fetched.downloaded.verified, Verified::Unverified, "a range has no digest");
}

/// Ranges at both ends of a file, and just outside of it.
fn ranges_at_the_borders<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    let len = LEN as u64;
    for range in [0..1, len - 1..len, 0..len] {
        let fetch = Fetch { range: Some(range.clone()), ..Fetch::default() };
        let fetched = bucket.download("a", fetch).expect("downloaded");
        assert_eq!(fetched.downloaded.len, range.end - range.start);
    }
    for range in [5..5, len..len + 1, len - 1..len + 1] {
        service.step(&format!("{range:?}"));
        let fetch = Fetch { range: Some(range), ..Fetch::default() };
        service.said(&bucket.download("a", fetch));
    }
}

/// The first request is cut short, and the rest is shared out by ID.
fn lanes_share_a_file<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    let fetch = Fetch { lane_len_min: Some(100_000), ..Fetch::default() };
    let fetched = service.together(|| bucket.download("a", fetch)).expect("downloaded");
    assert!(fetched.bytes == bytes(LEN));
    assert_eq!(service.of(BY_NAME).len(), 1);
    assert_eq!(service.of(BY_ID).len(), 3, "four lanes");
}

/// A range is shared out like a file.
fn lanes_share_a_range<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    let path = world.path("target");
    let fetch = Fetch {
        range: Some(1_000..901_000),
        lane_len_min: Some(100_000),
        to: Target::Path(path.clone()),
        ..Fetch::default()
    };
    service.together(|| bucket.download("a", fetch)).expect("downloaded");
    assert!(fs::read(path).expect("read") == bytes(LEN)[1_000..901_000]);
}

/// What can only be written in order is fetched in order.
fn a_writer_has_one_lane<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    let written = Written::default();
    let to = Target::Writer(Box::new(written.clone()));
    let fetch = Fetch { lane_len_min: Some(100_000), to, ..Fetch::default() };
    bucket.download("a", fetch).expect("downloaded");
    assert!(written.bytes() == bytes(LEN));
}

/// Wherever a body breaks off, the download goes on at the next byte.
fn cut_at_every_tenth<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    for tenth in 0..10 {
        let cut = tenth * LEN as u64 / 10;
        service.step(&format!("cut after {cut}"));
        service.faults([Rule { nth: Some(1), cut_after_bytes: Some(cut), ..on(BY_NAME) }]);
        let path = world.path("target");
        let fetch = Fetch { to: Target::Path(path.clone()), ..Fetch::default() };
        bucket.download("a", fetch).expect("downloaded");
        assert!(fs::read(path).expect("read") == bytes(LEN), "cut after {cut}");
    }
}

/// The same for a lane among others.
fn cut_at_every_tenth_in_lanes<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    for tenth in 0..10 {
        let cut = tenth * LEN as u64 / 40;
        service.step(&format!("cut after {cut}"));
        service.faults([Rule { nth: Some(2), cut_after_bytes: Some(cut), ..on(BY_ID) }]);
        let fetch = Fetch { lane_len_min: Some(100_000), ..Fetch::default() };
        let fetched = bucket.download("a", fetch).expect("downloaded");
        assert!(fetched.bytes == bytes(LEN), "cut after {cut}");
        // Which lane is cut differs.
        service.count();
    }
    assert_eq!(service.of(BY_ID).len(), 40, "three lanes and one that goes on");
}

/// A connection that always breaks after a while gets there in the end.
fn cut_again_and_again<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    service.faults([Rule { cut_after_bytes: Some(70_000), ..on("*") }]);
    let fetched = bucket.download("a", Fetch::default()).expect("downloaded");
    assert!(fetched.bytes == bytes(LEN));
}

/// One that breaks after a few bytes each time does not keep a job alive for ever.
fn a_trickle_is_given_up<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    service.faults([Rule { cut_after_bytes: Some(10), ..on("*") }]);
    let fetched = bucket.download("a", Fetch::default());
    service.said(&fetched);
    assert_eq!(fetched.expect_err("a trickle").kind, ErrorKind::Network);
}

/// One lane that cannot go on ends the download, and the target is as it was.
fn a_lane_that_fails_for_good<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    service.faults([Rule { status: Some(403), ..on(BY_ID) }]);
    let path = world.file("target", b"old");
    let to = Target::Path(path.clone());
    let fetch = Fetch { lane_len_min: Some(100_000), to, ..Fetch::default() };
    let fetched = bucket.download("a", fetch);
    assert_eq!(fetched.expect_err("refused").status, 403);
    world.wait_for_files(1);
    assert_eq!(fs::read(path).expect("read"), b"old");
    service.count_but(&[BY_ID], "how many had begun when the first was refused");
}

/// Breaks a download, replaces the file, and lets the download go on.
fn replace_meanwhile<F: Face>(
    world: &World<'_, F>,
    service: &Service<'_, F>,
    bucket: &Bucket<F>,
    fetch: Fetch,
) -> Result<Vec<u8>, b2_proto::error::Error> {
    service.faults([
        Rule { nth: Some(1), cut_after_bytes: Some(500_000), ..on(BY_NAME) },
        Rule { nth: Some(2), latency_ms: 500, ..on(BY_NAME) },
        Rule { nth: Some(1), latency_ms: 500, ..on(BY_ID) },
    ]);
    let path = world.path("target");
    let (begun, has_begun) = mpsc::channel();
    let fetch = Fetch {
        to: Target::Path(path.clone()),
        progress: Some(Box::new(move |_| {
            // Nobody listens any more once the file is replaced.
            let _ = begun.send(());
        })),
        ..fetch
    };
    let replacing = || {
        std::thread::scope(|scope| {
            scope.spawn(move || {
                has_begun.recv().expect("begun");
                bucket.upload("a", vec![1; LEN].into()).expect("replaced");
            });
            bucket.download("a", fetch)
        })
    };
    let fetched = service.together(replacing);
    service.said(&fetched);
    fetched.map(|_| fs::read(path).expect("read"))
}

/// A download that goes on by ID gives the version it began with (S7).
fn a_file_replaced_meanwhile_is_not_mixed_in<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    let got = replace_meanwhile(world, &service, &bucket, Fetch::default());
    assert!(got.expect("downloaded") == bytes(LEN), "two versions were mixed");
}

/// One that can only ask by name notices that there is another version now (S7).
fn a_file_replaced_meanwhile_ends_a_download_by_name<F: Face>(world: &World<'_, F>) {
    let service = world.service_with(Setup::real());
    let bucket = with_file(&service);
    let token = bucket.download_authorization("", 60).expect("given").authorization_token;
    let fetch = Fetch { token: Some(token), ..Fetch::default() };
    replace_meanwhile(world, &service, &bucket, fetch).expect_err("another version");
    world.wait_for_files(0);
}
