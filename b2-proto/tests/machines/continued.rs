//! Downloads of which something is there already, and lanes that take over from each other.

use b2_proto::error::{Cause, ErrorKind};
use b2_proto::id::SinkId;
use b2_proto::machine::download::{Download, DownloadOptions, GrowingLanes, Verified};
use b2_proto::machine::{Accept, Input};
use b2_proto::op::download::{DownloadRequest, Kept, Object};
use b2_proto::plan::Span;
use b2_proto::wire::range::ByteRange;

use crate::download::{Job, download, head, stores};
use crate::scenario::*;

const BY_NAME: Object<'static> = Object::Name { bucket: "bucket", name: "n" };
const BY_ID: &str = "b2_download_file_by_id";

const fn span(offset: u64, len: u64) -> Span {
    Span { offset, len }
}

/// All but 100 bytes in the middle and the last 50 of 400.
static MOST: [Span; 2] = [span(0, 100), span(200, 150)];

fn kept(ranges: &'static [Span]) -> Kept<'static> {
    Kept { file_id: "4_z1", len: 400, span: span(0, 400), ranges }
}

fn continued(lanes: u16, object: Object<'static>, kept: Kept<'static>) -> Scenario<One<Job>> {
    continued_with(lanes, object, kept, |_| {})
}

fn continued_with(
    lanes: u16,
    object: Object<'static>,
    kept: Kept<'static>,
    change: impl FnOnce(&mut DownloadOptions),
) -> Scenario<One<Job>> {
    let request = DownloadRequest { kept: Some(kept), ..DownloadRequest::new(object) };
    let mut options = DownloadOptions::whole(SinkId(0));
    options.lane_len_min = 100;
    change(&mut options);
    let lanes = GrowingLanes::up_to(lanes);
    Scenario::of(Download::new(request, options, lanes))
}

fn asks(job: &Scenario<One<Job>>) -> Vec<&str> {
    job.flights.iter().filter_map(|flight| flight.header("Range")).collect()
}

#[test]
fn only_what_is_missing_is_fetched() {
    for object in [BY_NAME, Object::Id("4_z1")] {
        let mut job = continued(4, object, kept(&MOST));
        assert_eq!(asks(&job), ["bytes=100-199"]);
        let (first, accept) = job.begin(&head(100, 100, 400));
        assert_eq!((accept, job.pinned.as_deref()), (stores(100, 100), Some("4_z1")));
        assert_eq!(asks(&job), ["bytes=350-399"]);
        assert_eq!((job.progress.bytes_done, job.progress.bytes_total), (250, Some(400)));
        job.store(&first);
        let (last, accept) = job.begin(&head(350, 50, 400));
        assert_eq!(accept, stores(350, 50));
        job.store(&last);
        job.digest(SHA1);
        let done = job.outcome().expect("downloaded");
        assert_eq!((done.len, done.kept_len), (400, 250));
        assert_eq!(done.verified, Verified::ServiceSha1(SHA1));
    }
}

#[test]
fn what_is_missing_is_shared_between_lanes() {
    static START: [Span; 1] = [span(0, 100)];
    let mut job = continued(3, BY_NAME, kept(&START));
    assert_eq!(asks(&job), ["bytes=100-199"]);
    job.begin(&head(100, 100, 400));
    assert_eq!(asks(&job), ["bytes=200-299", "bytes=300-399"]);
}

#[test]
fn when_all_is_there_the_last_byte_tells_the_version() {
    static ALL: [Span; 1] = [span(0, 400)];
    let mut job = continued(4, BY_NAME, kept(&ALL));
    assert_eq!(asks(&job), ["bytes=399-399"]);
    let (flight, accept) = job.begin(&head(399, 1, 400));
    assert_eq!(accept, stores(399, 1));
    job.store(&flight);
    job.digest(SHA1);
    assert_eq!(job.outcome().expect("downloaded").kept_len, 399);
}

/// The job asks for everything, and takes nothing for granted.
fn starts_over(mut job: Scenario<One<Job>>) {
    assert_eq!(job.flights.len(), 1);
    let (flight, accept) = job.begin(&head(0, 50, 50));
    assert!(flight.header("Range").is_none() && accept == stores(0, 50), "{flight:?}");
    job.store(&flight);
    job.digest(SHA1);
    let done = job.outcome().expect("downloaded");
    assert_eq!((done.len, done.kept_len), (50, 0));
}

#[test]
fn bytes_of_another_version_count_for_nothing() {
    let mut other = head(100, 100, 400);
    other.id = "4_z2";
    for answer in [other, head(100, 100, 401)] {
        let mut job = continued(4, BY_NAME, kept(&MOST));
        let (flight, accept) = job.begin(&answer);
        assert_eq!((accept, &job.pinned), (Accept::Collect { len_max: 0 }, &None));
        job.answer(&flight, 206, "");
        starts_over(job);
        let mut job = continued(4, BY_NAME, kept(&MOST));
        let (flight, _) = job.begin(&answer);
        job.break_off(&flight, Cause::Reset, 0);
        starts_over(job);
    }
}

#[test]
fn a_version_that_is_shorter_now_makes_it_start_over() {
    let mut job = continued(4, BY_NAME, kept(&MOST));
    let flight = job.flights.remove(0);
    assert!(matches!(job.accept(&flight, 416, &[]), Accept::Collect { .. }));
    job.answer(&flight, 416, r#"{"status":416,"code":"range_not_satisfiable","message":"m"}"#);
    starts_over(job);
}

#[test]
fn what_makes_no_sense_counts_for_nothing_before_anything_is_sent() {
    static EMPTY: [Span; 1] = [span(0, 0)];
    static DISORDER: [Span; 2] = [span(200, 10), span(0, 10)];
    static TOO_LONG: [Span; 1] = [span(0, 401)];
    static ENDLESS: [Span; 1] = [span(1, u64::MAX)];
    let of = |ranges| kept(ranges);
    let id = "4_z1&x=1";
    for wrong in [of(&[]), of(&EMPTY), of(&DISORDER), of(&TOO_LONG), of(&ENDLESS)] {
        starts_over(continued(4, BY_NAME, wrong));
    }
    starts_over(continued(4, BY_NAME, Kept { file_id: id, ..of(&MOST) }));
    starts_over(continued(4, BY_NAME, Kept { span: span(0, 399), ..of(&MOST) }));
    starts_over(continued(4, Object::Id("4_z2"), of(&MOST)));
    starts_over(continued_with(4, BY_NAME, of(&MOST), |options| options.can_seek = false));
}

#[test]
fn a_range_is_continued_if_it_is_the_same() {
    static SOME: [Span; 1] = [span(0, 60)];
    let there = Kept { file_id: "4_z1", len: 400, span: span(100, 200), ranges: &SOME };
    let of = |range| move |options: &mut DownloadOptions| options.range = range;
    let mut job = continued_with(1, BY_NAME, there, of(ByteRange::of(100, 200)));
    assert_eq!(asks(&job), ["bytes=160-299"]);
    let (flight, accept) = job.begin(&head(160, 140, 400));
    assert_eq!(accept, stores(60, 140));
    job.store(&flight);
    assert_eq!(job.outcome().expect("downloaded").kept_len, 60);
    let job = continued_with(1, BY_NAME, there, of(ByteRange::of(101, 200)));
    assert_eq!(asks(&job), ["bytes=101-300"]);
}

#[test]
fn other_bytes_than_the_missing_ones_are_refused() {
    let mut job = continued(4, BY_NAME, kept(&MOST));
    let (flight, accept) = job.begin(&head(101, 99, 400));
    assert_eq!(accept, Accept::Collect { len_max: 0 });
    assert_eq!(job.refused(&flight, 206), ErrorKind::Protocol);
}

#[test]
fn a_failure_before_the_first_answer_is_repeated() {
    let mut job = continued(4, BY_NAME, kept(&MOST));
    let flight = job.flights.remove(0);
    job.break_off(&flight, Cause::Reset, 0);
    job.wait();
    assert_eq!(asks(&job), ["bytes=100-199"]);
}

#[test]
fn damage_to_the_whole_is_an_error_also_when_most_was_there() {
    let mut job = continued(1, BY_NAME, kept(&MOST));
    for (first, len) in [(100, 100), (350, 50)] {
        let (flight, _) = job.begin(&head(first, len, 400));
        job.store(&flight);
    }
    job.digest(OTHER_SHA1);
    assert_eq!(job.error().kind, ErrorKind::Corrupted);
}

/// Two lanes with 100 bytes each, of which one is done.
fn one_is_done(moved: u64) -> (Scenario<One<Job>>, Flight) {
    let mut job = Scenario::of(download(2, |options| options.steal_len_min = 30));
    let (first, _) = job.begin(&head(0, 200, 200));
    let (second, _) = job.begin(&head(100, 100, 200));
    job.input(&second, Input::Moved { id: second.id, bytes: moved });
    job.store(&first);
    (job, second)
}

#[test]
fn a_lane_that_is_done_takes_over_half_of_what_is_left() {
    let (mut job, second) = one_is_done(20);
    assert_eq!(job.shortened, [(second.id, 60)]);
    assert_eq!(asks(&job), ["bytes=160-199"]);
    assert_eq!(job.progress.parts_total, Some(3));
    let (third, accept) = job.begin(&head(160, 40, 200));
    assert_eq!(accept, stores(160, 40));
    job.store(&second);
    job.store(&third);
    job.digest(SHA1);
    assert_eq!(job.outcome().expect("downloaded").len, 200);
}

#[test]
fn a_lane_whose_range_was_taken_goes_on_to_the_new_end() {
    let (mut job, second) = one_is_done(20);
    job.break_off(&second, Cause::Reset, 30);
    job.wait();
    assert_eq!(asks(&job), ["bytes=160-199", "bytes=130-159"]);
    // It had got further than was known.
    let (mut job, second) = one_is_done(20);
    job.break_off(&second, Cause::Reset, 70);
    assert_eq!(asks(&job), ["bytes=160-199"]);
    let (third, _) = job.begin(&head(160, 40, 200));
    job.store(&third);
    job.digest(SHA1);
    assert!(job.outcome().is_ok());
}

#[test]
fn lanes_beyond_what_the_length_is_worth_take_nothing() {
    let mut job = Scenario::of(download(4, |options| options.steal_len_min = 1));
    job.begin(&head(0, 199, 199));
    assert!(job.flights.is_empty() && job.shortened.is_empty());
}

#[test]
fn what_is_nearly_done_is_left_alone() {
    let (job, _) = one_is_done(41);
    assert!(job.shortened.is_empty() && job.flights.is_empty());
}

#[test]
fn a_request_without_an_answer_yet_needs_no_word() {
    let mut job = Scenario::of(download(2, |options| options.steal_len_min = 20));
    let (first, _) = job.begin(&head(0, 200, 200));
    job.store(&first);
    assert!(job.shortened.is_empty());
    assert_eq!(asks(&job), ["bytes=100-199", "bytes=150-199"]);
    let (second, accept) = job.begin(&head(100, 100, 200));
    assert_eq!(accept, stores(100, 50));
    job.store(&second);
    assert_eq!(job.names(), [BY_ID, BY_ID], "half of the other half");
}
