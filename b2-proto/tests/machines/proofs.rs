//! Downloads that are verified part by part.

use b2_proto::error::ErrorKind;
use b2_proto::id::SinkId;
use b2_proto::machine::download::{Download, DownloadOptions, GrowingLanes, Verified};
use b2_proto::model::DownloadInfo;
use b2_proto::op::download::{DownloadRequest, Object};
use b2_proto::part_digests::PartDigests;
use b2_proto::wire::range::ByteRange;
use b2_proto::wire::text::Sha1;

use crate::download::{Head, head};
use crate::scenario::*;

type Job = Download<DownloadRequest<'static>, GrowingLanes, DownloadInfo>;

/// The digest of the part with this index, of four of 100, 100, 100 and 120 bytes.
const fn sha1(index: u8) -> Sha1 {
    Sha1([index; 20])
}

fn of_parts(first: u64, len: u64) -> Head {
    let digests = (0..4).map(sha1).collect();
    let parts = PartDigests::new(420, 100, digests).expect("they cover the file").to_string();
    Head { sha1: "none".to_owned(), parts, ..head(first, len, 420) }
}

fn job(lanes: u16, change: impl FnOnce(&mut DownloadOptions)) -> Scenario<One<Job>> {
    let request = DownloadRequest::new(Object::Id("4_z1"));
    let mut options = DownloadOptions::whole(SinkId(0));
    options.lane_len_min = 110;
    change(&mut options);
    Scenario::of(Download::new(request, options, GrowingLanes::up_to(lanes)))
}

/// Fetches everything that is asked for.
fn fetch(job: &mut Scenario<One<Job>>) {
    let flight = job.flights.remove(0);
    let asked = flight.header("Range").and_then(|text| text.strip_prefix("bytes="));
    let asked = asked.and_then(|text| text.split_once('-')).unwrap_or(("0", "419"));
    let first: u64 = asked.0.parse().expect("a number");
    let last: u64 = asked.1.parse().expect("a number");
    job.admit(&flight, &of_parts(first, last + 1 - first));
    while !job.flights.is_empty() && job.names() != [DIGEST] {
        fetch(job);
    }
    job.store(&flight);
}

fn asked_digest(job: &Scenario<One<Job>>) -> &str {
    assert_eq!(job.names(), [DIGEST]);
    &job.flights[0].body
}

#[test]
fn lanes_have_whole_parts_and_each_is_compared() {
    let mut job = job(3, |_| {});
    job.begin(&of_parts(0, 420));
    let ranges: Vec<_> = job.flights.iter().filter_map(|it| it.header("Range")).collect();
    assert_eq!(ranges, ["bytes=100-299", "bytes=300-419"], "140 bytes each, but for the parts");

    let mut job = self::job(3, |_| {});
    fetch(&mut job);
    for (index, asked) in (0..4).zip(["100 from 0", "100 from 100", "100 from 200", "120 from 300"])
    {
        assert_eq!(asked_digest(&job), asked);
        job.digest(sha1(index));
    }
    let done = job.outcome().expect("downloaded");
    assert_eq!((done.len, done.verified), (420, Verified::PartSha1s));
}

#[test]
fn a_damaged_part_is_fetched_again_but_not_for_ever() {
    let mut job = job(1, |_| {});
    fetch(&mut job);
    job.digest(sha1(0));
    for _ in 0..2 {
        job.digest(OTHER_SHA1);
        assert_eq!(job.flights[0].header("Range"), Some("bytes=100-199"));
        assert_eq!(job.progress.bytes_done, 320);
        fetch(&mut job);
        assert_eq!(asked_digest(&job), "100 from 100");
    }
    job.digest(sha1(1));
    assert_eq!(asked_digest(&job), "100 from 200");
    for _ in 0..2 {
        job.digest(OTHER_SHA1);
        fetch(&mut job);
    }
    job.digest(OTHER_SHA1);
    let error = job.error();
    assert_eq!(error.kind, ErrorKind::Corrupted);
    assert!(error.to_string().contains("of 100 bytes from 200 on"), "{error}");
}

#[test]
fn what_is_written_in_order_cannot_be_fetched_again() {
    let mut job = job(3, |options| options.can_seek = false);
    fetch(&mut job);
    job.digest(OTHER_SHA1);
    assert_eq!(job.error().kind, ErrorKind::Corrupted);
}

#[test]
fn a_range_of_whole_parts_is_verified_and_another_is_not() {
    for (first, len, proven) in [
        (100, 200, &["100 from 0", "100 from 100"][..]),
        (300, 120, &["120 from 0"]),
        (200, 220, &["100 from 0", "120 from 100"]),
        (100, 199, &[]),
        (101, 199, &[]),
        (300, 119, &[]),
    ] {
        let mut job = job(1, |options| options.range = ByteRange::of(first, len));
        fetch(&mut job);
        for (index, asked) in (first / 100..).zip(proven) {
            assert_eq!(asked_digest(&job), *asked);
            job.digest(sha1(u8::try_from(index).expect("small")));
        }
        let verified = job.outcome().expect("downloaded").verified;
        assert_eq!(verified == Verified::PartSha1s, !proven.is_empty(), "{first} {len}");
    }
}

#[test]
fn what_the_caller_demands_comes_first() {
    let mut job = job(1, |options| options.expected_sha1 = Some(SHA1));
    fetch(&mut job);
    assert_eq!(asked_digest(&job), "420 from 0");
    job.digest(SHA1);
    assert_eq!(job.outcome().expect("downloaded").verified, Verified::ExpectedSha1(SHA1));
}

#[test]
fn digests_of_another_file_count_for_nothing() {
    let mut job = job(1, |_| {});
    let foreign = Head { parts: "1:100:AAAA".to_owned(), ..of_parts(0, 420) };
    let (flight, _) = job.begin(&foreign);
    job.store(&flight);
    assert_eq!(job.outcome().expect("downloaded").verified, Verified::Unverified);
}
