//! Copied parts that are others than was expected, and answers about others.

use b2_proto::machine::large::Leftover;

use super::*;

#[test]
fn a_copied_part_that_is_not_what_is_local_ends_the_job() {
    let planner = Planner::Reference(Priority::LocalVerification);
    let options = SynthesisOptions { planner, ..options() };
    let mut job = job_with(vec![remote(0, 100), local(30, 40), local(100, 20)], options);
    let hash = job.take(HASH);
    assert_eq!(hash.body, "40 from 7");
    job.input(&hash, Input::Hashed { id: hash.id, digest: OTHER_SHA1, through: None });
    job.start();
    job.copy_part(1, 30);
    job.copy_part(2, 40);
    // Nobody could finish it.
    job.serve(CANCEL, 200, &file_answer("cancel", "null", 0));
    let error = job.error();
    assert_eq!(error.kind, ErrorKind::Corrupted);
    assert!(error.message.contains("bytes 30 to 70"), "{error}");
    assert!(!job.begun.contains(&FINISH));
}

/// Such an answer says nothing of the part, so thousands of others are not given up for it.
#[test]
fn an_answer_about_another_part_is_asked_for_again() {
    for (number, len) in [(7, 40), (2, 39)] {
        let planner = Planner::Reference(Priority::LocalVerification);
        let options = SynthesisOptions { planner, ..options() };
        let mut job = job_with(vec![remote(0, 100), local(30, 40), local(100, 20)], options);
        let hash = job.take(HASH);
        job.input(&hash, Input::Hashed { id: hash.id, digest: SHA1, through: None });
        job.start();
        job.copy_part(1, 30);
        job.copy_part(number, len);
        job.wait();
        job.copy_part(2, 40);
        assert!(!job.begun.contains(&CANCEL), "{:?}", job.begun);
        job.copy_part(3, 30);
    }
}

/// Another machine may be at it, whose data are what the service has.
#[test]
fn a_continued_file_stays_when_a_copied_part_is_not_what_is_local() {
    let begin = || {
        let planner = Planner::Reference(Priority::LocalVerification);
        let options = SynthesisOptions {
            planner,
            one_pass: false,
            resume: Continue::Auto,
            leftover: Leftover::Remove,
            ..options()
        };
        let mut job = job_with(vec![remote(0, 100), local(30, 40), local(100, 20)], options);
        while job.names().contains(&HASH) {
            let hash = job.take(HASH);
            job.input(&hash, Input::Hashed { id: hash.id, digest: OTHER_SHA1, through: None });
        }
        job
    };
    let mut first = begin();
    first.serve(UNFINISHED, 200, r#"{"files": [], "nextFileId": null}"#);
    let plan_id = body(&first.take(START))["fileInfo"]["plan_id"].clone();
    let mut job = begin();
    let files = [unfinished("4_z1", json!({"plan_id": plan_id}))];
    job.serve(UNFINISHED, 200, &json!({"files": files, "nextFileId": null}).to_string());
    let part = json!({"fileId": "4_z1", "partNumber": 1, "contentLength": 30,
        "contentSha1": SHA1.to_string(), "uploadTimestamp": 6});
    job.serve(PARTS, 200, &json!({"parts": [part], "nextPartNumber": null}).to_string());
    job.copy_part(2, 40);
    assert_eq!(job.error().kind, ErrorKind::Corrupted);
    assert!(!job.begun.contains(&CANCEL) && !job.begun.contains(&START), "{:?}", job.begun);
}
