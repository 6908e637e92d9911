//! A file in parts: lanes, logins, buffers, finish, clean-up, cancel.

use b2_proto::error::{Cause, ErrorKind};
use b2_proto::id::SourceId;
use b2_proto::machine::large::known::KnownPlan;
use b2_proto::machine::large::{Lane, LargeUpload, Leftover};
use b2_proto::machine::upload::Payload;
use b2_proto::machine::{Input, Machine};
use b2_proto::op::file_spec::FileSpec;
use b2_proto::op::receipt::FileRef;
use b2_proto::plan::parts::PartPlan;
use b2_proto::plan::sizes::Sizes;
use b2_proto::wire::reply::Reply;
use b2_proto::wire::text::{Sha1, Text};

use crate::scenario::*;

mod finish;

const START: &str = "b2_start_large_file";
const GET_URL: &str = "b2_get_upload_part_url";
const PART: &str = "b2_upload_part";
const FINISH: &str = "b2_finish_large_file";
const VERIFY: &str = "b2_get_file_info";
const CLEAN_UP: &str = "b2_cancel_large_file";
const NO_UPLOAD: &str =
    r#"{"status":400,"code":"bad_request","message":"No active upload for: 4_z1"}"#;

type Job = LargeUpload<FileSpec<'static>, Vec<Option<Sha1>>, Vec<Lane>, FileRef>;

/// A file of `parts` parts of ten bytes.
fn plan(parts: u64) -> PartPlan {
    PartPlan::upload(parts * 10, &Sizes::new(10, 10, 10).expect("in order"))
}

fn upload_of(payload: Payload, parts: u64, lanes: usize, digests: Vec<Option<Sha1>>) -> Job {
    let lanes = (0..lanes).map(|_| Lane::new()).collect();
    LargeUpload::new(FileSpec::new("b", "n"), payload, plan(parts), digests, lanes)
}

fn upload(parts: u64, lanes: usize) -> Job {
    let digests = vec![None; usize::try_from(parts).expect("few")];
    upload_of(Payload::seekable(SourceId(0), parts * 10), parts, lanes, digests)
}

fn started(job: Job) -> Scenario<One<Job>> {
    let mut scenario = Scenario::of(job);
    scenario.serve(START, 200, &file_answer("start", "null", 0));
    scenario
}

fn finished() -> String {
    file_answer("upload", "\"none\"", 20)
}

fn part_answer(number: &str, sha1: Sha1) -> String {
    format!(
        r#"{{"fileId":"4_z1","partNumber":{number},"contentLength":10,"contentSha1":"{sha1}"}}"#
    )
}

impl Scenario<One<Job>> {
    /// Gives each lane that asks for one a URL.
    fn give_urls(&mut self) {
        while self.names().contains(&GET_URL) {
            self.serve(GET_URL, 200, &url_answer(1));
        }
    }

    /// Takes all parts that are asked for.
    fn take_parts(&mut self) {
        self.give_urls();
        while self.names().contains(&PART) {
            let part = self.take(PART);
            let number = part.header("X-Bz-Part-Number").expect("a number").to_owned();
            self.answer(&part, 200, &part_answer(&number, SHA1));
            self.give_urls();
        }
    }
}

#[test]
fn parts_go_up_side_by_side_and_are_finished_in_order() {
    let mut job = started(upload(5, 2));
    assert_eq!(job.names(), [GET_URL, GET_URL]);
    job.give_urls();
    assert_eq!(job.names(), [PART, PART]);
    job.take_parts();
    assert_eq!((job.progress.bytes_done, job.progress.parts_done), (50, 5));
    let finish = job.take(FINISH);
    assert_eq!(finish.body.matches(&SHA1.to_string()).count(), 5);
    job.answer(&finish, 200, &finished());
    assert_eq!(job.outcome().expect("uploaded").file.file_id.as_str(), "4_z1");
}

#[test]
fn one_login_serves_eight_lanes_whose_token_is_refused() {
    let mut job = started(upload(8, 8));
    for _ in 0..8 {
        job.serve(GET_URL, 401, BAD_TOKEN);
    }
    assert_eq!(job.names(), [LOGIN]);
    job.log_in("token-2");
    assert_eq!(job.names(), [GET_URL; 8]);
    job.take_parts();
    job.serve(FINISH, 200, &finished());
    assert!(job.outcome().is_ok());
    assert_eq!(job.begun.iter().filter(|name| **name == LOGIN).count(), 1);
}

#[test]
fn a_refusal_of_an_older_token_causes_no_login() {
    let mut job = started(upload(2, 2));
    let (first, second) = (job.take(GET_URL), job.take(GET_URL));
    job.answer(&first, 401, BAD_TOKEN);
    job.log_in("token-2");
    job.answer(&second, 401, BAD_TOKEN);
    assert_eq!(job.names(), [GET_URL, GET_URL]);
}

#[test]
fn a_lane_that_waits_to_repeat_while_the_login_goes_on_is_not_lost() {
    let mut job = started(upload(2, 2));
    job.serve(GET_URL, 503, BUSY);
    job.serve(GET_URL, 401, BAD_TOKEN);
    assert_eq!(job.names(), [LOGIN]);
    job.now = job.now.after_ms(5_000);
    job.drain();
    job.log_in("token-2");
    assert_eq!(job.names(), [GET_URL, GET_URL]);
}

#[test]
fn a_part_that_fails_for_good_aborts_the_others_and_keeps_the_file() {
    let mut job = started(upload(4, 4));
    job.give_urls();
    job.serve(PART, 400, REFUSED);
    assert_eq!(job.aborted, [PART; 3]);
    assert_eq!(job.error().kind, ErrorKind::BadRequest);
    assert_eq!(job.driven.solo.machine().file_id(), Some("4_z1"));
}

#[test]
fn a_part_stored_with_another_digest_or_number_is_sent_again_to_a_fresh_url() {
    for answer in [part_answer("1", OTHER_SHA1), part_answer("2", SHA1)] {
        let mut job = started(upload(2, 1));
        job.give_urls();
        job.serve(PART, 200, &answer);
        assert_eq!((job.names(), job.progress.retries), (vec![GET_URL], 1));
        job.take_parts();
        job.serve(FINISH, 200, &finished());
        assert!(job.outcome().is_ok());
    }
}

#[test]
fn a_part_that_is_always_stored_with_another_digest_is_corruption() {
    let mut job = started(upload(2, 1));
    for _ in 0..5 {
        job.give_urls();
        job.serve(PART, 200, &part_answer("1", OTHER_SHA1));
    }
    let error = job.error();
    assert_eq!((error.kind, error.attempts), (ErrorKind::Corrupted, 5));
}

/// The service says that it has the part before all of it was sent.
fn take_unsent<M: Machine>(job: &mut Scenario<One<M>>) {
    let part = job.take(PART);
    let body = part_answer("1", SHA1);
    let reply = Reply { status: 200, headers: &[("", ""); 0], body: body.as_bytes() };
    job.input(&part, Input::Response { id: part.id, reply, sent: None });
}

#[test]
fn a_part_that_is_taken_before_all_of_it_was_sent_is_sent_again() {
    let mut job = started(upload(2, 1));
    for _ in 0..4 {
        job.give_urls();
        take_unsent(&mut job);
        assert_eq!(job.names(), [GET_URL], "nothing proves what is stored");
    }
    job.give_urls();
    take_unsent(&mut job);
    let error = job.error();
    assert_eq!((error.kind, error.attempts), (ErrorKind::Protocol, 5));
}

#[test]
fn a_part_of_known_bytes_may_be_taken_before_all_of_it_was_sent() {
    for (known, names) in [(SHA1, [PART]), (OTHER_SHA1, [GET_URL])] {
        let plan = KnownPlan::new(plan(2), vec![Some(known)]);
        let payload = Payload::seekable(SourceId(0), 20);
        let (file, lanes) = (FileSpec::new("b", "n"), vec![Lane::new()]);
        let job =
            LargeUpload::<_, _, _, FileRef, _>::new(file, payload, plan, vec![None; 2], lanes);
        let mut job = Scenario::of(job);
        job.serve(START, 200, &file_answer("start", "null", 0));
        job.serve(GET_URL, 200, &url_answer(1));
        take_unsent(&mut job);
        assert_eq!(job.names(), names);
    }
}

#[test]
fn a_part_whose_bytes_arrived_as_others_is_sent_again() {
    for words in ["Sha1 did not match data received", "Checksum did not match data received"] {
        let mut job = started(upload(2, 1));
        job.give_urls();
        let refusal = format!(r#"{{"status":400,"code":"bad_request","message":"{words}"}}"#);
        job.serve(PART, 400, &refusal);
        job.take_parts();
        job.serve(FINISH, 200, &finished());
        assert!(job.outcome().is_ok());
        assert_eq!(job.begun.iter().filter(|name| **name == PART).count(), 3);
        assert_eq!(job.begun.iter().filter(|name| **name == GET_URL).count(), 2);
    }
}

#[test]
fn a_network_that_is_away_is_waited_for_and_no_part_is_lost() {
    let mut job = started(upload(2, 1));
    job.give_urls();
    let part = job.take(PART);
    job.break_off(&part, Cause::Reset, 5);
    let mut waited_ms = 0;
    for _ in 1..20 {
        let url = job.take(GET_URL);
        job.break_off(&url, Cause::Refused, 0);
        waited_ms += job.wait();
    }
    assert!(waited_ms > 600_000, "{waited_ms}");
    job.take_parts();
    job.serve(FINISH, 200, &finished());
    assert!(job.outcome().is_ok());
}

#[test]
fn a_network_that_stays_away_ends_the_job() {
    let mut job = started(upload(2, 1));
    for attempt in 1..=20 {
        let url = job.take(GET_URL);
        job.break_off(&url, Cause::Dns, 0);
        if attempt < 20 {
            job.wait();
        }
    }
    assert_eq!(job.error().kind, ErrorKind::Network);
}

#[test]
fn hosts_that_cannot_be_reached_are_not_tried_in_a_rush() {
    let mut job = started(upload(2, 1));
    let mut pauses_ms = Vec::new();
    for _ in 0..4 {
        job.give_urls();
        let part = job.take(PART);
        job.break_off(&part, Cause::Dns, 0);
        pauses_ms.push(if job.names().is_empty() { job.wait() } else { 0 });
    }
    assert_eq!(pauses_ms, [0, 1_000, 1_500, 2_250]);
    job.take_parts();
    job.serve(FINISH, 200, &finished());
    assert!(job.outcome().is_ok());
}

#[test]
fn cancel_aborts_every_lane_and_cleans_up_if_asked() {
    let mut job = started(upload(4, 3).leftover(Leftover::Remove));
    job.serve(GET_URL, 200, &url_answer(1));
    job.cancel();
    assert_eq!(job.aborted.len(), 3);
    job.serve(CLEAN_UP, 200, &file_answer("start", "null", 0));
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

#[test]
fn cancel_in_each_stage_of_the_file_itself_aborts_its_request() {
    for stage in [START, FINISH, VERIFY] {
        let mut job = Scenario::of(upload(2, 1));
        if stage != START {
            job.serve(START, 200, &file_answer("start", "null", 0));
            job.take_parts();
        }
        if stage == VERIFY {
            job.serve(FINISH, 500, "");
            job.wait();
            job.serve(FINISH, 400, NO_UPLOAD);
            job.wait();
        }
        assert_eq!(job.names(), [stage]);
        job.cancel();
        assert_eq!(job.aborted, [stage]);
        let error = job.error();
        assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Cancelled, true));
    }
}

#[test]
fn a_part_whose_answer_was_lost_is_sent_again_without_a_question() {
    let mut job = started(upload(2, 1));
    job.give_urls();
    let flight = job.take(PART);
    job.break_off(&flight, Cause::Reset, 0);
    job.take_parts();
    job.serve(FINISH, 200, &finished());
    let uploaded = job.outcome().expect("uploaded");
    assert!(!uploaded.may_be_duplicate);
    assert_eq!(job.begun.iter().filter(|name| **name == PART).count(), 3);
    assert!(!job.begun.contains(&VERIFY));
}

#[test]
fn a_part_whose_answer_was_lost_makes_no_file() {
    let mut job = started(upload(2, 1));
    for _ in 0..5 {
        job.give_urls();
        job.serve(PART, 503, BUSY);
    }
    assert!(!job.error().may_have_taken_effect);
}

#[test]
fn cancel_when_a_login_is_due_still_cleans_up() {
    let mut job = started(upload(2, 1).leftover(Leftover::Remove));
    let flight = job.take(GET_URL);
    let reply = Reply { status: 401, headers: &[("", ""); 0], body: BAD_TOKEN.as_bytes() };
    // The refusal and the cancel come between two drains.
    let input = Input::Response { id: flight.id, reply, sent: None };
    job.driven.input(flight.job, job.now, input);
    job.cancel();
    job.log_in("token-2");
    job.serve(CLEAN_UP, 200, &file_answer("start", "null", 0));
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

#[test]
fn a_second_cancel_gives_the_clean_up_up() {
    let mut job = started(upload(2, 1).leftover(Leftover::Remove));
    job.cancel();
    assert_eq!(job.names(), [CLEAN_UP]);
    job.cancel();
    assert_eq!(job.aborted, [GET_URL, CLEAN_UP]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

#[test]
fn a_failed_clean_up_tells_the_first_error() {
    let mut job = started(upload(2, 1).leftover(Leftover::Remove));
    job.give_urls();
    job.serve(PART, 403, r#"{"status":403,"code":"storage_cap_exceeded","message":"m"}"#);
    job.serve(CLEAN_UP, 400, REFUSED);
    assert_eq!(job.error().kind, ErrorKind::CapExceeded);
}

#[test]
fn parts_the_service_has_are_not_sent_again() {
    let digests = vec![Some(SHA1), None, Some(SHA1)];
    let job = upload_of(Payload::seekable(SourceId(0), 30), 3, 2, digests);
    let mut job = Scenario::of(job.continuing(Text::truncated("4_z1")));
    assert_eq!((job.progress.bytes_done, job.progress.parts_done), (20, 2));
    job.give_urls();
    assert_eq!(job.flights[0].body, "10 from 10");
    job.take_parts();
    job.serve(FINISH, 200, &finished());
    assert!(job.outcome().is_ok());
}

#[test]
fn digests_left_over_from_another_file_are_not_believed() {
    let digests = vec![Some(OTHER_SHA1), Some(OTHER_SHA1)];
    let mut job = started(upload_of(Payload::seekable(SourceId(0), 20), 2, 1, digests));
    job.take_parts();
    let finish = job.take(FINISH);
    assert!(!finish.body.contains(&OTHER_SHA1.to_string()), "{}", finish.body);
}

#[test]
fn a_stream_that_is_read_once_cannot_continue_behind_parts() {
    let job = upload_of(Payload::stream(SourceId(0), 20), 2, 1, vec![Some(SHA1), None]);
    let mut job = Scenario::of(job.continuing(Text::truncated("4_z1")));
    assert_eq!(job.error().kind, ErrorKind::InvalidInput);
}

#[test]
fn a_stream_fills_one_buffer_at_a_time_in_order() {
    let payload = Payload::stream(SourceId(0), 30);
    let mut job = started(upload_of(payload, 3, 2, vec![None; 3]));
    let mut parts = Vec::new();
    for _ in 0..20 {
        if job.names().contains(&FILL) {
            let fill = job.take(FILL);
            assert!(!job.names().contains(&FILL));
            job.input(&fill, Input::Filled { id: fill.id, len: 10, digest: SHA1 });
        } else if job.names().contains(&GET_URL) {
            job.serve(GET_URL, 200, &url_answer(1));
        } else if job.names().contains(&PART) {
            let part = job.take(PART);
            let number = part.header("X-Bz-Part-Number").expect("a number").to_owned();
            job.answer(&part, 200, &part_answer(&number, SHA1));
            parts.push(number);
        }
    }
    assert_eq!(parts, ["1", "2", "3"]);
    job.serve(FINISH, 200, &finished());
    assert!(job.outcome().is_ok());
}

#[test]
fn cancel_while_filling_a_buffer_aborts_that() {
    let payload = Payload::stream(SourceId(0), 20);
    let mut job = started(upload_of(payload, 2, 2, vec![None; 2]));
    assert_eq!(job.names(), [FILL]);
    job.cancel();
    assert_eq!(job.aborted, [FILL]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

#[test]
fn a_buffer_answered_with_the_wrong_kind_of_input_does_not_hang() {
    let payload = Payload::stream(SourceId(0), 20);
    let mut job = started(upload_of(payload, 2, 1, vec![None; 2]));
    let fill = job.take(FILL);
    job.input(&fill, Input::Stored { id: fill.id });
    assert_eq!(job.error().kind, ErrorKind::Protocol);
}

#[test]
fn what_cannot_be_done_is_refused_before_anything_is_sent() {
    let seekable = |len| Payload::seekable(SourceId(0), len);
    let mut far = seekable(20);
    far.offset = u64::MAX - 5;
    for (why, job) in [
        ("another length", upload_of(seekable(25), 2, 1, vec![None; 2])),
        ("too few digests", upload_of(seekable(20), 2, 1, vec![None])),
        ("no lanes", upload_of(seekable(20), 2, 0, vec![None; 2])),
        ("too many lanes", upload_of(seekable(20), 2, 1_000, vec![None; 2])),
        ("a single part", upload_of(seekable(10), 1, 1, vec![None])),
        ("beyond 64 bits", upload_of(far, 2, 1, vec![None; 2])),
    ] {
        let mut job = Scenario::of(job);
        assert!(job.begun.is_empty(), "{why}");
        assert_eq!(job.error().kind, ErrorKind::InvalidInput, "{why}");
    }
}

#[test]
fn progress_of_a_part_that_fails_is_taken_back() {
    let mut job = started(upload(2, 1));
    job.give_urls();
    let part = job.take(PART);
    job.input(&part, Input::Moved { id: part.id, bytes: 50 });
    assert_eq!(job.progress.bytes_done, 10);
    job.answer(&part, 503, BUSY);
    assert_eq!(job.progress.bytes_done, 0);
}
