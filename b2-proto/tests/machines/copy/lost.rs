//! Copies whose answer was lost, and copies that are given up.

use super::*;
use b2_proto::machine::large::Leftover;
use b2_proto::model::LegalHold;

const LIST: &str = "b2_list_file_versions";
const CLEAN_UP: &str = "b2_cancel_large_file";
const DATE: (&str, &str) = ("Date", "Mon, 23 Nov 2026 11:00:00 GMT");

/// With a key that may list.
fn lister(source: CopySource) -> Scenario<One<FileCopy>> {
    let session = permitted(&["listFiles", "readFiles", "writeFiles"]);
    Scenario::of_with(session, FileCopy::new(source, target(), options()))
}

fn known() -> CopySource {
    CopySource::of_version(&serde_json::from_str(&source_answer(7)).expect("a version"))
}

fn source_info() -> Value {
    json!({"a": "1", "b2-cache-control": "no-store"})
}

/// A busy service may have made the copy all the same.
fn lose<D: Driven>(job: &mut Scenario<D>) {
    let asked = job.take(COPY);
    job.answer_with(&asked, 503, &[DATE], BUSY);
}

/// A copy whose answer was lost, at the question after what became of it.
fn lost(source: CopySource) -> Scenario<One<FileCopy>> {
    let mut job = lister(source);
    lose(&mut job);
    job.wait();
    job
}

fn versions(versions: &[Value]) -> String {
    json!({"files": versions, "nextFileName": null, "nextFileId": null}).to_string()
}

fn list(job: &mut Scenario<One<FileCopy>>, rows: &[Value]) {
    let list = job.take(LIST);
    let asked = body(&list);
    assert_eq!((&asked["startFileName"], &asked["prefix"]), (&"n".into(), &"n".into()));
    job.answer_with(&list, 200, &[DATE], &versions(rows));
}

#[test]
fn a_lost_copy_that_was_made_is_found() {
    let mut job = lost(source());
    job.serve(INFO, 200, &source_answer(7));
    list(&mut job, &[version("4_new", 7, source_info(), DATE_MS - 1_000)]);
    let copied = job.outcome().expect("copied");
    assert_eq!((copied.file.file_id.as_str(), copied.may_be_duplicate), ("4_new", false));
    assert_eq!(job.begun.iter().filter(|name| **name == COPY).count(), 1);
}

#[test]
fn a_lost_copy_that_is_not_there_is_made_again() {
    let mut other_sha1 = version("4_1", 7, source_info(), DATE_MS);
    other_sha1["contentSha1"] = OTHER_SHA1.to_string().into();
    let mut hidden = version("4_2", 7, source_info(), DATE_MS);
    hidden["action"] = "hide".into();
    let mut other_type = version("4_3", 7, source_info(), DATE_MS);
    other_type["contentType"] = "text/y".into();
    let others = [
        other_sha1,
        hidden,
        other_type,
        version("4_4", 8, source_info(), DATE_MS),
        version("4_5", 7, json!({"a": "2"}), DATE_MS),
        version("4_6", 7, source_info(), DATE_MS - 20_000),
    ];
    let mut job = lost(known());
    list(&mut job, &others);
    job.serve(COPY, 200, &copied(7));
    assert!(!job.outcome().expect("copied").may_be_duplicate);
}

#[test]
fn a_copy_that_is_guarded_otherwise_is_not_the_one_that_was_lost() {
    let rights = ["listFiles", "readFiles", "writeFiles", "writeFileLegalHolds"];
    for (shown, is_it) in [("on", true), ("off", false)] {
        let held = target().legal_hold(LegalHold::On);
        let machine = FileCopy::new(known(), held, options());
        let mut job = Scenario::of_with(permitted(&rights), machine);
        lose(&mut job);
        job.wait();
        let mut row = version("4_1", 7, source_info(), DATE_MS);
        row["legalHold"] = json!({ "isClientAuthorizedToRead": true, "value": shown });
        list(&mut job, &[row]);
        assert_eq!(job.names() != [COPY], is_it);
    }
}

#[test]
fn a_version_of_another_job_of_the_session_is_not_taken_for_this_ones() {
    let mut jobs = Scenario::engine(permitted(&["listFiles", "readFiles", "writeFiles"]), 8);
    jobs.add(FileCopy::new(known(), target(), options()));
    jobs.add(FileCopy::new(known(), target(), options()));
    let first = jobs.take(COPY);
    lose(&mut jobs);
    jobs.answer(&first, 200, &copied(7));
    jobs.wait();
    let list = jobs.take(LIST);
    let rows = [version("4_new", 7, source_info(), DATE_MS)];
    jobs.answer_with(&list, 200, &[DATE], &versions(&rows));
    assert_eq!(jobs.names(), [COPY]);
}

#[test]
fn a_lost_copy_that_nobody_can_tell_of_is_made_again_and_said_to_be_doubtful() {
    let mut may_not_list = copy(known(), target());
    lose(&mut may_not_list);
    may_not_list.wait();
    let mut refused = lost(known());
    refused.serve(LIST, 401, r#"{"status":401,"code":"unauthorized","message":""}"#);
    let mut source_gone = lost(source());
    source_gone.serve(INFO, 404, "");
    for mut job in [may_not_list, refused, source_gone] {
        job.serve(COPY, 200, &copied(7));
        assert!(job.outcome().expect("copied").may_be_duplicate);
    }
}

#[test]
fn a_copy_that_fails_for_good_is_settled_too() {
    for is_there in [true, false] {
        let mut job = lister(known());
        for attempt in 1..=5 {
            lose(&mut job);
            if attempt < 5 {
                job.wait();
                list(&mut job, &[]);
            }
        }
        let made = version("4_new", 7, source_info(), DATE_MS);
        list(&mut job, if is_there { core::slice::from_ref(&made) } else { &[] });
        match job.outcome() {
            Ok(copied) => assert!(is_there && !copied.may_be_duplicate),
            Err(error) => assert!(!is_there && !error.may_have_taken_effect),
        }
    }
}

#[test]
fn a_copy_that_was_given_up_may_still_come() {
    let mut job = lost(known());
    list(&mut job, &[]);
    let asked = job.take(COPY);
    job.break_off(&asked, Cause::ReadTimeout, 0);
    job.wait();
    list(&mut job, &[]);
    job.serve(COPY, 200, &copied(7));
    assert!(job.outcome().expect("copied").may_be_duplicate);
}

#[test]
fn cancel_in_each_stage_aborts_what_is_in_flight() {
    let target = || target().content_type("t").no_info();
    let stages = [COPY, INFO, LIST, START, COPY_PART];
    for stage in stages {
        let mut job = match stage {
            START | COPY_PART => Scenario::of(FileCopy::new(
                source().range(0, 270),
                target(),
                CopyOptions { leftover: Leftover::Remove, ..options() },
            )),
            _ => lister(source()),
        };
        match stage {
            INFO => job = lost(source()),
            LIST => {
                job = lost(source());
                job.serve(INFO, 200, &source_answer(7));
            }
            COPY_PART => {
                job.start();
            }
            _ => {}
        }
        job.cancel();
        assert!(job.aborted.iter().all(|name| *name == stage) && !job.aborted.is_empty());
        if stage == COPY_PART {
            job.serve(CLEAN_UP, 200, &file_answer("start", "null", 0));
        }
        let error = job.error();
        assert_eq!(error.kind, ErrorKind::Cancelled, "{stage}");
        assert_eq!(error.may_have_taken_effect, stage != COPY_PART, "{stage}");
    }
}
