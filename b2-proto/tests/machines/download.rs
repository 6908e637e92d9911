//! Downloads: pinning, ranges, short bodies, digests, cancel.

use b2_proto::error::{Cause, ErrorKind};
use b2_proto::id::SinkId;
use b2_proto::machine::download::{Download, DownloadOptions, GrowingLanes, Verified};
use b2_proto::machine::{Accept, Input, Machine};
use b2_proto::op::download::{DownloadRequest, Object};
use b2_proto::wire::range::ByteRange;

use crate::scenario::*;

const BY_NAME: &str = "b2_download_file_by_name";
const KIB: u64 = 1_024;

pub(crate) type Job = Download<DownloadRequest<'static>, GrowingLanes>;

pub(crate) fn download(lanes: u16, change: impl FnOnce(&mut DownloadOptions)) -> Job {
    let request = DownloadRequest::new(Object::Name { bucket: "bucket", name: "n" });
    let mut options = DownloadOptions::whole(SinkId(0));
    options.lane_len_min = 100;
    change(&mut options);
    Download::new(request, options, GrowingLanes::up_to(lanes))
}

fn whole(lanes: u16) -> Scenario<One<Job>> {
    Scenario::of(download(lanes, |_| {}))
}

/// The head of an answer with the bytes from `first` on of a file of `total`.
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) id: &'static str,
    pub(crate) sha1: String,
    pub(crate) len: String,
    pub(crate) range: String,
    /// The digests of the parts, as the uploader kept them.
    pub(crate) parts: String,
}

pub(crate) fn head(first: u64, len: u64, total: u64) -> Head {
    let is_whole = len == total;
    let last = (first + len).saturating_sub(1);
    Head {
        status: if is_whole { 200 } else { 206 },
        id: "4_z1",
        sha1: SHA1.to_string(),
        len: len.to_string(),
        range: format!("bytes {first}-{last}/{total}"),
        parts: String::new(),
    }
}

pub(crate) fn stores(offset: u64, len: u64) -> Accept {
    Accept::Store { sink: SinkId(0), offset, len }
}

impl<M: Machine> Scenario<One<M>> {
    #[track_caller]
    pub(crate) fn begin(&mut self, head: &Head) -> (Flight, Accept) {
        let flight = self.flights.remove(0);
        let accept = self.admit(&flight, head);
        (flight, accept)
    }

    pub(crate) fn admit(&mut self, flight: &Flight, head: &Head) -> Accept {
        let mut headers = vec![
            ("X-Bz-File-Id", head.id),
            ("X-Bz-Content-Sha1", head.sha1.as_str()),
            ("Content-Length", head.len.as_str()),
            ("X-Bz-File-Name", "n"),
        ];
        if !head.parts.is_empty() {
            headers.push(("X-Bz-Info-part_sha1s", head.parts.as_str()));
        }
        if head.status == 206 {
            headers.push(("Content-Range", head.range.as_str()));
        }
        self.accept(flight, head.status, &headers)
    }

    pub(crate) fn store(&mut self, flight: &Flight) {
        self.input(flight, Input::Stored { id: flight.id });
    }

    pub(crate) fn digest(&mut self, digest: b2_proto::wire::text::Sha1) {
        let flight = self.take(DIGEST);
        self.input(&flight, Input::Digested { id: flight.id, digest });
    }

    /// The answer was refused: the driver has collected nothing of it.
    #[track_caller]
    pub(crate) fn refused(&mut self, flight: &Flight, status: u16) -> ErrorKind {
        self.answer(flight, status, "");
        self.error().kind
    }
}

#[test]
fn a_short_file_comes_in_one_request_and_is_verified() {
    let mut job = whole(4);
    let (flight, accept) = job.begin(&head(0, 50, 50));
    assert_eq!(accept, stores(0, 50));
    job.store(&flight);
    job.digest(SHA1);
    let done = job.outcome().expect("downloaded");
    assert_eq!((done.len, done.verified), (50, Verified::ServiceSha1(SHA1)));
    assert_eq!((job.progress.bytes_done, job.progress.parts_done), (50, 1));
}

#[test]
fn an_empty_file_is_downloaded() {
    let mut job = whole(4);
    let (flight, accept) = job.begin(&head(0, 0, 0));
    assert_eq!(accept, stores(0, 0));
    job.store(&flight);
    job.digest(SHA1);
    assert_eq!(job.outcome().expect("downloaded").len, 0);
}

#[test]
fn a_sink_that_fails_for_an_empty_file_fails_the_job() {
    let mut job = whole(1);
    let (flight, _) = job.begin(&head(0, 0, 0));
    job.break_off(&flight, Cause::SinkFailed, 0);
    assert_eq!(job.error().kind, ErrorKind::Sink);
}

#[test]
fn a_long_file_is_shared_between_lanes_pinned_to_its_version() {
    let mut job = whole(4);
    let (first, accept) = job.begin(&head(0, 400, 400));
    assert_eq!(accept, stores(0, 100));
    let ranges: Vec<_> = job.flights.iter().filter_map(|each| each.header("Range")).collect();
    assert_eq!(ranges, ["bytes=100-199", "bytes=200-299", "bytes=300-399"]);
    assert!(job.flights.iter().all(|each| each.url.ends_with("fileId=4_z1")));
    job.store(&first);
    for at in 1..4 {
        let (flight, accept) = job.begin(&head(at * 100, 100, 400));
        assert_eq!(accept, stores(at * 100, 100));
        job.store(&flight);
        assert_eq!(u64::from(job.progress.parts_done), at + 1);
    }
    job.digest(SHA1);
    assert!(job.outcome().is_ok());
}

#[test]
fn one_login_serves_all_lanes_whose_token_is_refused() {
    let mut job = whole(8);
    let (first, _) = job.begin(&head(0, 800, 800));
    assert_eq!(job.flights.len(), 7);
    for _ in 0..7 {
        let flight = job.flights.remove(0);
        assert!(matches!(job.accept(&flight, 401, &[]), Accept::Collect { .. }));
        job.answer(&flight, 401, BAD_TOKEN);
    }
    assert_eq!(job.names(), [LOGIN]);
    job.store(&first);
    job.log_in("token-2");
    assert_eq!(job.flights.len(), 7);
}

#[test]
fn a_download_outlives_any_number_of_tokens_as_long_as_bytes_move() {
    let total = 1_000 * KIB;
    let mut job = whole(1);
    let (mut flight, _) = job.begin(&head(0, total, total));
    for turn in 1..4 {
        job.break_off(&flight, Cause::Closed, 100 * KIB);
        let at = turn * 100 * KIB;
        let stale = job.flights.remove(0);
        assert!(matches!(job.accept(&stale, 401, &[]), Accept::Collect { .. }));
        job.answer(&stale, 401, BAD_TOKEN);
        job.log_in(&format!("token-{turn}"));
        let (again, accept) = job.begin(&head(at, total - at, total));
        assert_eq!(accept, stores(at, total - at));
        flight = again;
    }
    job.store(&flight);
    job.digest(SHA1);
    assert!(job.outcome().is_ok());
}

#[test]
fn a_body_that_ends_early_is_continued_at_the_next_byte() {
    let mut job = whole(1);
    let (flight, _) = job.begin(&head(0, 50, 50));
    job.break_off(&flight, Cause::Closed, 20);
    assert_eq!(job.wait(), 1_000);
    assert_eq!(job.flights[0].header("Range"), Some("bytes=20-49"));
    let (flight, accept) = job.begin(&head(20, 30, 50));
    assert_eq!(accept, stores(20, 30));
    job.store(&flight);
    job.digest(SHA1);
    assert!(job.outcome().is_ok());
}

#[test]
fn a_driver_that_tells_more_bytes_than_asked_for_does_no_harm() {
    let mut job = whole(1);
    let (flight, _) = job.begin(&head(0, 50, 50));
    job.input(&flight, Input::Moved { id: flight.id, bytes: u64::MAX });
    assert_eq!(job.progress.bytes_done, 50);
    job.break_off(&flight, Cause::Closed, u64::MAX);
    job.digest(SHA1);
    assert_eq!(job.outcome().expect("downloaded").len, 50);
}

#[test]
fn bytes_of_an_answer_that_is_not_stored_are_no_progress() {
    let mut job = whole(1);
    let flight = job.flights[0].clone();
    job.input(&flight, Input::Moved { id: flight.id, bytes: 7 });
    assert_eq!(job.progress.bytes_done, 0);
}

#[test]
fn a_peer_that_sends_nothing_is_given_up_in_the_end() {
    let mut job = whole(1);
    let (mut flight, _) = job.begin(&head(0, 50, 50));
    for _ in 0..19 {
        job.break_off(&flight, Cause::Closed, 1);
        job.wait();
        let range = job.flights[0].header("Range").expect("a range").to_owned();
        let first = range["bytes=".len()..].split('-').next().and_then(|text| text.parse().ok());
        let first: u64 = first.expect("a number");
        flight = job.begin(&head(first, 50 - first, 50)).0;
    }
    job.break_off(&flight, Cause::Closed, 1);
    let error = job.error();
    assert_eq!((error.kind, error.attempts), (ErrorKind::Network, 20));
}

#[test]
fn a_version_that_changes_on_the_way_is_noticed() {
    for other in [Head { id: "4_z2", ..head(20, 30, 50) }, head(20, 31, 51)] {
        let mut job = whole(1);
        let (flight, _) = job.begin(&head(0, 50, 50));
        job.break_off(&flight, Cause::Closed, 20);
        job.wait();
        let (flight, accept) = job.begin(&other);
        assert_eq!(accept, Accept::Collect { len_max: 0 });
        assert_eq!(job.refused(&flight, 206), ErrorKind::Conflict);
    }
}

#[test]
fn other_bytes_than_those_asked_for_are_refused() {
    let whole_file = head(0, 50, 50);
    let shifted = head(21, 29, 50);
    let short = head(20, 10, 50);
    let unnamed = Head { range: "bytes 20-49/*".into(), ..head(20, 30, 50) };
    let odd_len = Head { len: "31".into(), ..head(20, 30, 50) };
    let huge = Head { len: "99999999999999999999".into(), ..head(20, 30, 50) };
    let wrong = Head { range: "bytes 20-18446744073709551615/50".into(), ..head(20, 30, 50) };
    for other in [whole_file, shifted, short, unnamed, odd_len, huge, wrong] {
        let mut job = whole(1);
        let (flight, _) = job.begin(&head(0, 50, 50));
        job.break_off(&flight, Cause::Closed, 20);
        job.wait();
        let (flight, accept) = job.begin(&other);
        assert_eq!(accept, Accept::Collect { len_max: 0 }, "{}", other.range);
        job.refused(&flight, other.status);
    }
}

#[test]
fn a_length_near_the_end_of_64_bits_is_not_added_up_wrongly() {
    let mut job = whole(4);
    let (flight, accept) = job.begin(&head(0, u64::MAX, u64::MAX));
    assert_eq!(accept, stores(0, u64::MAX / 4));
    job.break_off(&flight, Cause::SinkFull, 10);
    assert_eq!(job.error().kind, ErrorKind::Sink);
}

#[test]
fn a_range_is_fetched_and_not_verified() {
    let mut job = Scenario::of(download(4, |options| options.range = ByteRange::of(20, 30)));
    assert_eq!(job.flights[0].header("Range"), Some("bytes=20-49"));
    let (flight, accept) = job.begin(&head(20, 30, 100));
    assert_eq!(accept, stores(0, 30));
    job.store(&flight);
    assert_eq!(job.outcome().expect("downloaded").verified, Verified::Unverified);
}

#[test]
fn a_range_that_passes_the_end_of_the_file_is_an_error() {
    let mut job = Scenario::of(download(1, |options| options.range = ByteRange::of(20, 30)));
    let (flight, _) = job.begin(&head(20, 10, 30));
    assert_eq!(job.refused(&flight, 206), ErrorKind::RangeNotSatisfiable);
    let mut job = Scenario::of(download(1, |options| options.range = ByteRange::of(20, 30)));
    let flight = job.flights.remove(0);
    job.accept(&flight, 416, &[]);
    assert_eq!(job.refused(&flight, 416), ErrorKind::RangeNotSatisfiable);
}

#[test]
fn a_range_that_is_none_is_refused() {
    for (first, last) in [(5, 2), (0, u64::MAX)] {
        let range = Some(ByteRange { first, last });
        let mut job = Scenario::of(download(1, |options| options.range = range));
        assert_eq!(job.error().kind, ErrorKind::InvalidInput);
    }
}

#[test]
fn too_many_lanes_are_refused() {
    assert_eq!(whole(1_000).error().kind, ErrorKind::InvalidInput);
    assert_eq!(whole(0).error().kind, ErrorKind::InvalidInput);
}

#[test]
fn wrong_bytes_are_found_at_the_end() {
    let mut job = whole(1);
    let (flight, _) = job.begin(&head(0, 50, 50));
    job.store(&flight);
    job.digest(OTHER_SHA1);
    assert_eq!(job.error().kind, ErrorKind::Corrupted);
}

#[test]
fn a_digest_that_cannot_be_computed_fails_the_job() {
    for is_wrong_kind in [false, true] {
        let mut job = whole(1);
        let (flight, _) = job.begin(&head(0, 50, 50));
        job.store(&flight);
        let digest = job.take(DIGEST);
        if is_wrong_kind {
            job.input(&digest, Input::Stored { id: digest.id });
        } else {
            job.break_off(&digest, Cause::SinkFailed, 0);
        }
        assert!(job.outcome().is_err());
    }
}

#[test]
fn without_a_known_digest_the_result_says_unverified() {
    let mut job = whole(1);
    let (flight, _) = job.begin(&Head { sha1: "none".into(), ..head(0, 50, 50) });
    job.store(&flight);
    assert_eq!(job.outcome().expect("downloaded").verified, Verified::Unverified);
}

#[test]
fn a_head_without_id_or_length_is_refused() {
    for (name, value) in [("Content-Length", "5"), ("X-Bz-File-Id", "4_z1")] {
        let mut job = whole(1);
        let flight = job.flights.remove(0);
        assert_eq!(job.accept(&flight, 200, &[(name, value)]), Accept::Collect { len_max: 0 });
        assert_eq!(job.refused(&flight, 200), ErrorKind::Protocol);
    }
}

#[test]
fn a_file_id_that_would_change_the_url_is_refused() {
    for id in ["4_z1&Authorization=x", "4_z1 HTTP/1.1", ""] {
        let mut job = whole(1);
        let (flight, accept) = job.begin(&Head { id, ..head(0, 50, 50) });
        assert_eq!(accept, Accept::Collect { len_max: 0 });
        assert_eq!(job.refused(&flight, 200), ErrorKind::Protocol);
    }
}

#[test]
fn an_answer_of_an_old_generation_is_not_admitted() {
    let mut job = whole(1);
    let flight = job.flights.remove(0);
    job.break_off(&flight, Cause::Closed, 0);
    job.wait();
    assert_eq!(job.admit(&flight, &head(0, 50, 50)), Accept::Collect { len_max: 0 });
    let (flight, accept) = job.begin(&head(0, 50, 50));
    assert_eq!(accept, stores(0, 50));
    job.store(&flight);
    job.digest(SHA1);
    assert!(job.outcome().is_ok());
}

#[test]
fn a_driver_that_collects_what_was_to_be_stored_is_told() {
    let mut job = whole(1);
    let (flight, _) = job.begin(&head(0, 50, 50));
    job.answer(&flight, 200, "bytes");
    assert_eq!(job.error().kind, ErrorKind::Protocol);
}

#[test]
fn cancel_aborts_every_lane() {
    let mut job = whole(3);
    job.cancel();
    assert_eq!(job.aborted, [BY_NAME]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
    let mut job = whole(3);
    let (first, _) = job.begin(&head(0, 300, 300));
    job.flights.push(first);
    job.cancel();
    assert_eq!(job.aborted.len(), 3);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

#[test]
fn cancel_while_digesting_aborts_that() {
    let mut job = whole(1);
    let (flight, _) = job.begin(&head(0, 50, 50));
    job.store(&flight);
    assert_eq!(job.names(), [DIGEST]);
    job.cancel();
    assert_eq!(job.aborted, [DIGEST]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

/// A token that somebody was given says nothing about the account's.
#[test]
fn a_refused_token_of_the_callers_costs_no_login() {
    let request = DownloadRequest {
        token: Some("3_dnld"),
        ..DownloadRequest::new(Object::Name { bucket: "bucket", name: "n" })
    };
    let lanes = GrowingLanes::up_to(1);
    let mut job = Scenario::of(Job::new(request, DownloadOptions::whole(SinkId(0)), lanes));
    job.serve(BY_NAME, 401, r#"{"status":401,"code":"expired_auth_token","message":"old"}"#);
    assert_eq!(job.error().kind, ErrorKind::Unauthorized);
    assert_eq!(job.begun, [BY_NAME]);
}

/// The first request is by name, and what goes on with it by ID.
#[test]
fn an_error_names_the_operation_that_failed() {
    const BY_ID: &str = "b2_download_file_by_id";
    let mut job = whole(1);
    let first = job.flights.remove(0);
    job.answer(&first, 400, REFUSED);
    assert_eq!(job.error().operation, BY_NAME);
    let mut job = whole(1);
    let (first, _) = job.begin(&head(0, 400, 400));
    assert_eq!(first.name, BY_NAME);
    job.break_off(&first, Cause::Reset, 100);
    job.wait();
    job.serve(BY_ID, 400, REFUSED);
    assert_eq!(job.error().operation, BY_ID);
}
