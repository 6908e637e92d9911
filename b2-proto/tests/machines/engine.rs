//! Many jobs: one login, limits, fairness, jobs that come and go.

use b2_proto::error::{Error, ErrorKind};
use b2_proto::id::{SinkId, SourceId};
use b2_proto::machine::Accept;
use b2_proto::machine::download::{Download, DownloadOptions, GrowingLanes};
use b2_proto::machine::engine::Engine;
use b2_proto::machine::single::Single;
use b2_proto::machine::upload::{Payload, Upload};
use b2_proto::model::FileVersion;
use b2_proto::op::hide_file::HideFile;
use b2_proto::op::new_download::NewDownload;
use b2_proto::op::new_file::NewFile;
use b2_proto::op::receipt::FileRef;

use crate::scenario::*;

mod failing;
mod full;

const HIDE: &str = "b2_hide_file";
const GET_URL: &str = "b2_get_upload_url";
const UPLOAD: &str = "b2_upload_file";

fn hide(name: &'static str) -> Single<HideFile<&'static str, FileVersion>> {
    Single::new(HideFile::new("b", name))
}

fn hidden() -> String {
    file_answer("hide", "null", 0)
}

fn ended(scenario: &mut Scenario<Engine>) -> Result<FileVersion, Error> {
    scenario.ended().1
}

#[test]
fn many_jobs_share_one_login() {
    let mut all = Scenario::engine(session(), 10);
    for _ in 0..5 {
        all.add(hide("n"));
    }
    assert_eq!(all.names(), [LOGIN]);
    all.log_in("token");
    assert_eq!(all.names(), [HIDE; 5]);
}

#[test]
fn no_more_requests_are_in_flight_than_allowed_and_all_get_their_turn() {
    let mut all = Scenario::engine(logged_in(), 2);
    for _ in 0..6 {
        all.add(hide("n"));
    }
    let mut served = Vec::new();
    while !all.flights.is_empty() {
        assert!(all.flights.len() <= 2);
        served.push(all.flights[0].job);
        all.serve(HIDE, 200, &hidden());
    }
    let mut sorted = served.clone();
    sorted.sort();
    assert_eq!((served.len(), served), (6, sorted));
    assert!(all.driven.is_empty());
}

#[test]
fn a_job_with_many_lanes_does_not_starve_the_others() {
    let mut all = Scenario::engine(logged_in(), 4);
    let request = NewDownload::by_name("bucket", "n");
    let mut options = DownloadOptions::whole(SinkId(0));
    options.lane_len_min = 10;
    let lanes = GrowingLanes::up_to(8);
    all.add(Download::<_, _, ()>::new(request, options, lanes));
    let first = all.flights.remove(0);
    all.add(hide("n"));
    let headers = [("X-Bz-File-Id", "4_z1"), ("Content-Length", "800")];
    let accept = all.accept(&first, 200, &headers);
    assert!(matches!(accept, Accept::Store { len: 100, .. }), "{accept:?}");
    assert_eq!(all.flights.len(), 3, "lanes start as soon as the length is known");
    assert!(all.names().contains(&HIDE));
}

#[test]
fn a_job_that_waits_to_repeat_survives_a_login_that_fails() {
    let mut all = Scenario::engine(logged_in(), 10);
    let patient = all.add(hide("a"));
    all.serve(HIDE, 503, BUSY);
    let hasty = all.add(hide("b"));
    all.serve(HIDE, 401, BAD_TOKEN);
    all.serve(LOGIN, 401, r#"{"status":401,"code":"unauthorized","message":""}"#);
    let (job, result) = all.ended::<FileVersion>();
    assert_eq!((job, result.map_err(|e| e.kind).err()), (hasty, Some(ErrorKind::BadKey)));
    assert_eq!(all.wait(), 1_000);
    all.log_in("token-2");
    all.serve(HIDE, 200, &hidden());
    assert_eq!(all.ended::<FileVersion>().0, patient);
}

#[test]
fn a_job_whose_turn_comes_while_a_login_is_in_flight_waits_for_it() {
    let mut all = Scenario::engine(logged_in(), 10);
    all.add(hide("a"));
    all.serve(HIDE, 503, BUSY);
    all.add(hide("b"));
    all.serve(HIDE, 401, BAD_TOKEN);
    assert_eq!(all.names(), [LOGIN]);
    all.wait();
    assert_eq!(all.names(), [LOGIN]);
    all.log_in("token-2");
    assert_eq!(all.names(), [HIDE, HIDE]);
}

#[test]
fn cancel_of_the_only_job_during_a_login_leaves_nothing_behind() {
    let mut all = Scenario::engine(session(), 10);
    let job = all.add(hide("a"));
    all.driven.cancel(job);
    all.drain();
    assert_eq!(ended(&mut all).err().map(|e| e.kind), Some(ErrorKind::Cancelled));
    all.serve(LOGIN, 503, BUSY);
    assert!(all.driven.poll_deadline().is_none(), "nobody wants the login any more");
    all.add(hide("b"));
    assert_eq!(all.names(), [LOGIN]);
    all.log_in("token");
    assert_eq!(all.names(), [HIDE]);
}

#[test]
fn cancel_aborts_what_is_in_flight_even_when_the_engine_is_full() {
    let mut all = Scenario::engine(logged_in(), 1);
    let busy = all.add(hide("a"));
    let blocked = all.add(hide("b"));
    all.driven.cancel(busy);
    all.drain();
    assert_eq!(all.aborted, [HIDE]);
    assert_eq!(all.ended::<FileVersion>().0, busy);
    assert_eq!(all.flights[0].job, blocked);
}

#[test]
fn late_and_repeated_answers_change_nothing() {
    let mut all = Scenario::engine(logged_in(), 1);
    all.add(hide("a"));
    let first = all.take(HIDE);
    all.answer(&first, 200, &hidden());
    assert!(ended(&mut all).is_ok());
    let second = all.add(hide("b"));
    all.answer(&first, 400, REFUSED);
    assert_eq!(all.accept(&first, 200, &[]), Accept::Collect { len_max: 0 });
    assert!(all.driven.take_outcome().is_none());
    all.serve(HIDE, 200, &hidden());
    assert_eq!(all.ended::<FileVersion>().0, second);
}

#[test]
fn the_last_progress_of_a_job_is_told_after_its_end() {
    let mut all = Scenario::engine(logged_in(), 4);
    let payload = Payload::seekable(SourceId(0), 50);
    all.add(Upload::<_, FileRef>::new(NewFile::new("b", "n"), payload));
    all.serve("b2_get_upload_url", 200, &url_answer(1));
    all.serve("b2_upload_file", 200, &file_answer("upload", &quoted(SHA1), 50));
    assert!(all.ended::<b2_proto::machine::upload::Uploaded<FileRef>>().1.is_ok());
    assert_eq!((all.progress.bytes_done, all.progress.parts_done), (50, 1));
}

#[test]
fn slots_are_used_again_without_mixing_jobs_up() {
    let mut all = Scenario::engine(logged_in(), 3);
    for _ in 0..50 {
        let jobs = [all.add(hide("a")), all.add(hide("b")), all.add(hide("c"))];
        all.driven.cancel(jobs[1]);
        all.drain();
        all.serve(HIDE, 200, &hidden());
        all.serve(HIDE, 400, REFUSED);
        let mut results = Vec::new();
        while let Some((job, result)) = all.driven.take_outcome() {
            results.push((job, result.err().map(|e| e.kind)));
        }
        let wanted = [
            (jobs[1], Some(ErrorKind::Cancelled)),
            (jobs[0], None),
            (jobs[2], Some(ErrorKind::BadRequest)),
        ];
        assert_eq!(results, wanted);
        assert!(all.driven.is_empty());
    }
}

/// One upload asks for a URL while another one's comes back.
fn upload(all: &mut Scenario<Engine>) {
    let payload = Payload::seekable(SourceId(0), 1);
    all.add(Upload::<_, FileRef>::new(NewFile::new("b", "n"), payload));
}

fn stored() -> String {
    file_answer("upload", &quoted(SHA1), 1)
}

#[test]
fn an_upload_that_has_asked_for_a_url_leaves_those_that_come_back_to_others() {
    let mut all = Scenario::engine(logged_in(), 2);
    upload(&mut all);
    all.serve(GET_URL, 200, &url_answer(1));
    // All places are taken, so the engine comes back to the second one.
    upload(&mut all);
    all.serve(UPLOAD, 200, &stored());
    assert_eq!(all.names(), [GET_URL]);
    all.serve(GET_URL, 200, &url_answer(2));
    all.serve(UPLOAD, 200, &stored());
    assert!(all.driven.is_empty());
    upload(&mut all);
    upload(&mut all);
    assert_eq!(all.names(), [UPLOAD, UPLOAD], "both URLs are there for others");
}

#[test]
fn an_upload_that_fails_costs_its_own_url_and_no_other() {
    let mut all = Scenario::engine(logged_in(), 2);
    upload(&mut all);
    upload(&mut all);
    for number in [1, 2] {
        all.serve(GET_URL, 200, &url_answer(number));
    }
    for _ in 0..2 {
        all.serve(UPLOAD, 200, &stored());
    }
    upload(&mut all);
    assert_eq!(all.names(), [UPLOAD]);
    all.serve(UPLOAD, 503, BUSY);
    assert_eq!(all.names(), [GET_URL], "no second one of the same age is tried");
    upload(&mut all);
    assert_eq!(all.names(), [GET_URL, UPLOAD], "the other one is good for others");
}
