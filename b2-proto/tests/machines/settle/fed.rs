//! Lost answers to a body that is fed, when a later one cannot be: what feeds it has failed.

use b2_proto::machine::copy::CopySource;
use b2_proto::machine::synthesis::{SynthesisOptions, Synthesize, WriteIntent};
use b2_proto::op::new_file::NewFile;

use super::*;

const GET: &str = "b2_download_file_by_id";
const GONE: &str = r#"{"status":404,"code":"not_found","message":"gone"}"#;

type Job = Scenario<One<Synthesize>>;

/// 45 local bytes and 5 of another version, whose first body was handed over whole.
fn sent_whole(session: Session) -> (Job, Flight) {
    let another = CopySource::new("4_old").range(20, 5);
    let intents = vec![WriteIntent::local(0, SourceId(3), 7, 45), WriteIntent::remote(45, another)];
    let options = SynthesisOptions { one_pass: true, ..SynthesisOptions::default() };
    let machine = Synthesize::new(NewFile::new("b", "n"), intents, options);
    let mut job = Scenario::of_with(session, machine);
    serve(&mut job, GET_URL, 200, &url_answer(1));
    let (upload, get) = (job.take(UPLOAD), job.take(GET));
    let headers =
        [("X-Bz-File-Id", "4_old"), ("Content-Length", "5"), ("Content-Range", "bytes 20-24/1000")];
    job.accept(&get, 206, &headers);
    job.input(&get, Input::Stored { id: get.id });
    (job, upload)
}

/// What the second body waits for is gone.
fn starve(job: &mut Job) {
    serve(job, GET_URL, 200, &url_answer(2));
    assert_eq!(job.names(), [UPLOAD, GET]);
    serve(job, GET, 404, GONE);
    assert_eq!(job.aborted, [UPLOAD]);
}

/// The connection breaks behind the first body, and the service does not have it yet.
fn starving_in_doubt() -> Job {
    let (mut job, upload) = sent_whole(lister());
    job.break_off(&upload, Cause::Reset, 0);
    assert_eq!(job.wait(), 1_000);
    serve(&mut job, VERSIONS, 200, &versions(&[]));
    starve(&mut job);
    assert_eq!(job.names(), [VERSIONS], "it is asked once more before the job fails");
    job
}

fn not_fetched(job: &mut Job) -> Error {
    let error = job.error();
    assert_eq!((error.kind, error.operation), (ErrorKind::NotFound, GET));
    error
}

#[test]
fn what_came_late_is_found_although_nothing_can_be_sent_again() {
    let mut job = starving_in_doubt();
    serve(&mut job, VERSIONS, 200, &versions(&[row("4_z9", "upload", service_ms(1_000))]));
    let built = job.outcome().expect("built");
    assert_eq!((built.file.file_id.as_str(), built.sha1), ("4_z9", Some(SHA1)));
    assert!(!built.may_be_duplicate);
}

#[test]
fn what_may_still_come_is_said() {
    let mut job = starving_in_doubt();
    serve(&mut job, VERSIONS, 200, &versions(&[]));
    assert!(not_fetched(&mut job).may_have_taken_effect);
}

#[test]
fn what_cannot_be_asked_is_said() {
    let (mut job, upload) = sent_whole(logged_in());
    job.break_off(&upload, Cause::Reset, 0);
    starve(&mut job);
    assert!(not_fetched(&mut job).may_have_taken_effect);
}

#[test]
fn who_gives_up_asking_is_told_both() {
    let mut job = starving_in_doubt();
    job.cancel();
    assert_eq!(job.aborted, [UPLOAD, VERSIONS]);
    assert!(not_fetched(&mut job).may_have_taken_effect);
}

/// A body that is not handed over whole is not taken.
#[test]
fn there_is_no_doubt_about_what_was_not_handed_over() {
    let (mut job, upload) = sent_whole(lister());
    answer(&mut job, &upload, 503, BUSY);
    serve(&mut job, VERSIONS, 200, &versions(&[]));
    starve(&mut job);
    assert!(!not_fetched(&mut job).may_have_taken_effect);
    assert_eq!(job.begun.iter().filter(|name| **name == VERSIONS).count(), 1);
}

/// Nothing can be fetched any more, nor asked, and no answer is told meanwhile.
#[test]
fn a_login_that_fails_ends_both_at_once() {
    for is_lost in [false, true] {
        let (mut job, upload) = sent_whole(lister());
        if is_lost {
            job.break_off(&upload, Cause::Reset, 0);
            job.wait();
        } else {
            answer(&mut job, &upload, 503, BUSY);
        }
        serve(&mut job, VERSIONS, 200, &versions(&[]));
        serve(&mut job, GET_URL, 200, &url_answer(2));
        serve(&mut job, GET, 401, BAD_TOKEN);
        serve(&mut job, LOGIN, 401, r#"{"status":401,"code":"bad_auth_token","message":"no"}"#);
        assert_eq!(job.aborted, [UPLOAD]);
        let error = job.error();
        assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::BadKey, is_lost));
    }
}
