//! A large file whose start was not answered.

use b2_proto::error::{Cause, ErrorKind};
use b2_proto::id::SourceId;
use b2_proto::machine::copy::TargetEncryption;
use b2_proto::machine::large::{Lane, LargeUpload};
use b2_proto::machine::put::{Put, PutOptions, WholeSha1};
use b2_proto::machine::upload::Payload;
use b2_proto::model::CustomerKey;
use b2_proto::op::new_file::NewFile;
use b2_proto::op::receipt::FileRef;
use b2_proto::plan::parts::PartPlan;
use b2_proto::plan::sizes::{SizeOptions, Sizes};
use b2_proto::wire::text::Sha1;

use super::{VERSIONS, lister, row, serve, service_ms, versions};
use crate::scenario::*;

const START: &str = "b2_start_large_file";
const GET_URL: &str = "b2_get_upload_part_url";
const UNFINISHED: &str = "b2_list_unfinished_large_files";
const NONE: &str = r#"{"files":[],"nextFileId":null}"#;

type Machine = LargeUpload<NewFile, Vec<Option<Sha1>>, Vec<Lane>, FileRef>;
type Job = Scenario<One<Machine>>;

fn file() -> NewFile {
    NewFile::new("b", "n").content_type("text/plain")
}

fn machine(file: NewFile) -> Machine {
    let plan = PartPlan::upload(20, &Sizes::new(10, 10, 10).expect("in order"));
    let payload = Payload::seekable(SourceId(0), 20);
    LargeUpload::new(file, payload, plan, vec![None; 2], vec![Lane::new()])
}

/// The service is busy, which may mean that it has started the file; then it is asked.
fn lost(file: NewFile) -> Job {
    let mut job = Scenario::of_with(lister(), machine(file));
    serve(&mut job, START, 503, BUSY);
    job.wait();
    job
}

fn started(id: &str) -> String {
    row(id, "start", service_ms(1_000))
}

#[test]
fn a_file_that_is_there_is_gone_on_with() {
    let mut job = lost(file());
    serve(&mut job, VERSIONS, 200, &versions(&[started("4_it")]));
    assert_eq!(job.names(), [GET_URL]);
    assert_eq!(job.driven.solo.machine().file_id(), Some("4_it"));
    assert_eq!(job.begun, [START, VERSIONS, GET_URL]);
}

#[test]
fn a_connection_that_breaks_is_given_a_moment() {
    let mut job = Scenario::of_with(lister(), machine(file()));
    serve(&mut job, START, 429, BUSY);
    job.wait();
    let start = job.take(START);
    job.break_off(&start, Cause::Reset, 0);
    job.wait();
    serve(&mut job, VERSIONS, 200, &versions(&[started("4_it")]));
    assert_eq!(job.names(), [GET_URL]);
}

#[test]
fn what_is_not_there_or_not_alike_is_started_again() {
    let rows = [
        row("4_old", "start", service_ms(0) - 20_000),
        row("4_done", "upload", service_ms(1_000)),
        started("4_type").replace("text/plain", "text/html"),
        started("4_info").replace(r#""fileInfo":{}"#, r#""fileInfo":{"a":"b"}"#),
        started("4_name").replace(r#""fileName":"n""#, r#""fileName":"nn""#),
    ];
    for row in rows {
        let mut job = lost(file());
        serve(&mut job, VERSIONS, 200, &versions(&[row]));
        assert_eq!(job.names(), [START]);
        serve(&mut job, START, 200, &file_answer("start", "null", 0));
        assert_eq!(job.driven.solo.machine().file_id(), Some("4_z1"));
    }
}

#[test]
fn keys_and_locks_must_be_alike() {
    let key = |byte| CustomerKey::new([byte; 32]);
    let shown = |settings: &str| {
        started("4_it").replace(r#""fileInfo":{}"#, &format!(r#""fileInfo":{{}},{settings}"#))
    };
    let md5 = "cLyPS3KoaSFGi/joRB3OUQ==";
    let sse_c = format!(
        r#""serverSideEncryption":{{"mode":"SSE-C","algorithm":"AES256","customerKeyMd5":"{md5}"}}"#
    );
    let sse_b2 = r#""serverSideEncryption":{"mode":"SSE-B2","algorithm":"AES256"}"#;
    let hold = r#""legalHold":{"isClientAuthorizedToRead":true,"value":"on"}"#;
    for (file, row, is_it) in [
        (file().encryption(key(0)), shown(&sse_c), true),
        (file().encryption(key(1)), shown(&sse_c), false),
        (file().encryption(key(0)), shown(sse_b2), false),
        (file().encryption(TargetEncryption::Managed), shown(sse_b2), true),
        (file().encryption(TargetEncryption::Managed), started("4_it"), false),
        (file(), shown(sse_b2), true),
        (file().legal_hold(true), shown(hold), true),
        (file().legal_hold(false), shown(hold), false),
    ] {
        let mut job = lost(file);
        serve(&mut job, VERSIONS, 200, &versions(&[row]));
        assert_eq!(job.driven.solo.machine().file_id().is_some(), is_it);
    }
}

#[test]
fn two_jobs_never_go_on_with_the_same_file() {
    let mut jobs = Scenario::engine(lister(), 8);
    jobs.add(machine(file()));
    jobs.add(machine(file()));
    serve(&mut jobs, START, 200, &started("4_first"));
    serve(&mut jobs, START, 503, BUSY);
    jobs.wait();
    serve(&mut jobs, VERSIONS, 200, &versions(&[started("4_first")]));
    assert!(jobs.names().contains(&START));
}

#[test]
fn before_giving_up_it_is_asked_too() {
    for is_there in [true, false] {
        let mut job = lost(file());
        for _ in 0..4 {
            serve(&mut job, VERSIONS, 200, &versions(&[]));
            serve(&mut job, START, 503, BUSY);
            if !job.names().contains(&VERSIONS) {
                job.wait();
            }
        }
        let rows = if is_there { vec![started("4_it")] } else { Vec::new() };
        serve(&mut job, VERSIONS, 200, &versions(&rows));
        if is_there {
            assert_eq!(job.names(), [GET_URL]);
        } else {
            let error = job.error();
            assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Unavailable, false));
        }
    }
}

#[test]
fn where_it_cannot_be_asked_it_is_started_again() {
    let own_time = file().upload_timestamp_ms(7);
    let may_not_list = Scenario::of(machine(file()));
    for mut job in [may_not_list, Scenario::of_with(lister(), machine(own_time))] {
        serve(&mut job, START, 503, BUSY);
        job.wait();
        assert_eq!(job.names(), [START]);
    }
}

#[test]
fn a_job_that_is_given_up_asks_no_more() {
    let mut job = lost(file());
    job.cancel();
    assert_eq!(job.aborted, [VERSIONS]);
    let error = job.error();
    assert_eq!((error.kind, error.may_have_taken_effect), (ErrorKind::Cancelled, true));
}

#[test]
fn an_answer_to_the_search_told_twice_is_none_to_the_question() {
    let sizes = SizeOptions { min: Some(10), recommended: Some(10), ..SizeOptions::default() };
    let options =
        PutOptions { lanes: 1, sizes, whole_sha1: WholeSha1::OnePass, ..PutOptions::default() };
    let put = Put::<FileRef>::new(file(), Payload::seekable(SourceId(0), 25), options);
    let mut job = Scenario::of_with(lister(), put);
    let search = job.take(UNFINISHED);
    job.answer(&search, 200, NONE);
    serve(&mut job, START, 503, BUSY);
    job.wait();
    let question = job.take(VERSIONS);
    job.answer(&search, 200, NONE);
    assert_eq!(job.names(), [""; 0], "the question is still to be answered");
    job.answer(&question, 200, &versions(&[started("4_it")]));
    assert_eq!(job.names(), [GET_URL]);
}
