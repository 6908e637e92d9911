//! Making a hidden name visible again.

use b2_proto::error::{Cause, ErrorKind};
use b2_proto::machine::unhide::Unhide;

use crate::scenario::*;
use crate::settle::{VERSIONS, row, versions};

const DELETE: &str = "b2_delete_file_version";
const DELETED: &str = r#"{"fileId":"4_h","fileName":"n"}"#;
const NO_VERSION: &str = r#"{"status":400,"code":"file_not_present","message":"m"}"#;

type Job = Scenario<One<Unhide>>;

fn unhide() -> Job {
    Scenario::of_with(permitted(&["listFiles", "deleteFiles"]), Unhide::new("b", "n"))
}

/// A job that has found a marker.
fn found() -> Job {
    let mut job = unhide();
    let marker = row("4_h", "hide", 20);
    job.serve(VERSIONS, 200, &versions(&[marker, row("4_u", "upload", 10)]));
    job
}

#[test]
fn the_newest_marker_is_deleted() {
    let mut job = unhide();
    let asked = r#"{"bucketId":"b","startFileName":"n","maxFileCount":100,"prefix":"n"}"#;
    assert_eq!(job.flights[0].body, asked);
    let rows = [row("4_h", "hide", 20), row("4_older", "hide", 10)];
    job.serve(VERSIONS, 200, &versions(&rows));
    assert_eq!(job.flights[0].body, r#"{"fileId":"4_h","fileName":"n"}"#);
    job.serve(DELETE, 200, DELETED);
    assert_eq!(job.outcome().expect("visible").file_id.as_str(), "4_h");
    assert_eq!(job.begun, [VERSIONS, DELETE]);
}

#[test]
fn what_is_not_hidden_stays() {
    let mut job = unhide();
    job.serve(VERSIONS, 200, &versions(&[row("4_u", "upload", 20), row("4_h", "hide", 10)]));
    assert_eq!(job.error().kind, ErrorKind::Conflict);
    let mut job = unhide();
    let other = row("4_h", "hide", 20).replace(r#""fileName":"n""#, r#""fileName":"n/a""#);
    job.serve(VERSIONS, 200, &versions(&[other]));
    assert_eq!(job.error().kind, ErrorKind::NotFound);
    assert_eq!(job.begun, [VERSIONS]);
}

#[test]
fn unfinished_files_hide_nothing() {
    let mut job = unhide();
    let more = |rows: &[String]| {
        versions(rows).replace(
            r#""nextFileName":null,"nextFileId":null"#,
            r#""nextFileName":"n","nextFileId":"4_next""#,
        )
    };
    job.serve(VERSIONS, 200, &more(&[row("4_s", "start", 30)]));
    assert!(job.flights[0].body.contains(r#""startFileId":"4_next""#), "{}", job.flights[0].body);
    job.serve(VERSIONS, 200, &versions(&[row("4_s2", "start", 25), row("4_h", "hide", 20)]));
    job.serve(DELETE, 200, DELETED);
    assert_eq!(job.outcome().expect("visible").file_name, "n");
    // Of nothing but such files there is an end, too.
    let mut job = unhide();
    for id in 0..100 {
        let page = more(&[row("4_s", "start", 30)]).replace("4_next", &format!("4_{id}"));
        job.serve(VERSIONS, 200, &page);
    }
    assert_eq!(job.error().kind, ErrorKind::Limit);
}

#[test]
fn a_lost_answer_is_settled() {
    let mut job = found();
    let flight = job.take(DELETE);
    job.break_off(&flight, Cause::Reset, 0);
    job.wait();
    job.serve(DELETE, 400, NO_VERSION);
    assert_eq!(job.outcome().expect("visible").file_id.as_str(), "4_h");
    // Who was not heard and is refused has not done it.
    let mut job = found();
    job.serve(DELETE, 400, NO_VERSION);
    assert_eq!(job.error().kind, ErrorKind::NotFound);
}

#[test]
fn governance_is_bypassed_when_asked() {
    let job = Unhide::new("b", "n").bypass_governance();
    let may = permitted(&["listFiles", "deleteFiles", "bypassGovernance"]);
    let mut job = Scenario::of_with(may, job);
    job.serve(VERSIONS, 200, &versions(&[row("4_h", "hide", 20)]));
    assert!(job.flights[0].body.contains(r#""bypassGovernance":true"#));
    let mut job = Scenario::of_with(permitted(&["listFiles"]), Unhide::new("b", "n"));
    job.serve(VERSIONS, 200, &versions(&[row("4_h", "hide", 20)]));
    let error = job.error();
    assert_eq!((error.kind, error.operation), (ErrorKind::Unauthorized, DELETE));
}

#[test]
fn it_is_given_up_at_each_step() {
    let mut job = unhide();
    job.cancel();
    assert_eq!(job.aborted, [VERSIONS]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
    let mut job = found();
    job.cancel();
    assert_eq!(job.aborted, [DELETE]);
    let error = job.error();
    assert!(error.kind == ErrorKind::Cancelled && error.may_have_taken_effect);
}
