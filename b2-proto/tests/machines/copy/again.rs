//! Large copies that go on where another broke off.

use b2_proto::machine::Input;
use b2_proto::machine::resume::Mismatch;
use b2_proto::machine::upload::Continued;

use super::*;

const UNFINISHED: &str = "b2_list_unfinished_large_files";
const PARTS: &str = "b2_list_parts";

type Job = Scenario<One<FileCopy>>;

fn again(source: CopySource, target: CopyTarget, resume: Continue) -> Job {
    Scenario::of(FileCopy::new(source, target, CopyOptions { resume, ..options() }))
}

fn plain() -> CopyTarget {
    target().content_type("t").no_info()
}

/// What tells the copy of this range from others.
fn plan_id(source: CopySource) -> String {
    let mut job = copy(source, plain());
    let started = body(&job.take(START));
    started["fileInfo"]["plan_id"].as_str().expect("a plan ID").to_owned()
}

/// An unfinished file of that copy.
fn unfinished(id: &str, plan_id: &str) -> Value {
    json!({
        "accountId": "account", "action": "start", "bucketId": "b", "contentLength": 0,
        "contentSha1": "none", "contentType": "t", "fileId": id, "fileName": "n",
        "fileInfo": {"plan_id": plan_id}, "uploadTimestamp": 5,
    })
}

impl Job {
    fn list(&mut self, files: &[Value]) {
        let page = json!({"files": files, "nextFileId": null});
        self.serve(UNFINISHED, 200, &page.to_string());
    }

    /// The parts with these numbers are there, of 90 bytes each.
    fn there(&mut self, numbers: &[u32]) {
        let part = |number: &u32| -> Value {
            serde_json::from_str(&part_answer(&(*number).into(), 90)).expect("JSON")
        };
        let parts: Vec<Value> = numbers.iter().map(part).collect();
        let page = json!({"parts": parts, "nextPartNumber": null});
        self.serve(PARTS, 200, &page.to_string());
    }
}

#[test]
fn copied_parts_are_not_copied_again() {
    let source = || source().range(30, 270);
    let mut job = again(source(), plain(), Continue::Auto);
    job.list(&[unfinished("4_z1", &plan_id(source()))]);
    assert_eq!(job.claimed, ["4_z1"]);
    job.there(&[1, 3]);
    assert_eq!((job.names(), job.progress.bytes_done), (vec![COPY_PART], 180));
    assert_eq!(job.copy_parts(), ["bytes=120-209"]);
    job.finish(270);
    let copied = job.outcome().expect("copied");
    assert_eq!(copied.continued, Continued::File { parts: 2, bytes: 180 });
}

#[test]
fn parts_of_another_source_or_another_range_are_not_taken() {
    let ours = || source().range(30, 270);
    let others = [CopySource::new("4_other").range(30, 270), source().range(31, 270)];
    let ids: Vec<_> = others.into_iter().map(plan_id).collect();
    assert_ne!(ids[0], ids[1]);
    let mut job = again(ours(), plain(), Continue::Auto);
    let without = json!({"fileInfo": {}});
    let mut nameless = unfinished("4_z4", "");
    nameless["fileInfo"] = without["fileInfo"].clone();
    job.list(&[unfinished("4_z2", &ids[0]), unfinished("4_z3", &ids[1]), nameless]);
    job.start();
    assert_eq!(job.copy_parts().len(), 3);
    job.finish(270);
    let copied = job.outcome().expect("copied");
    assert_eq!(copied.continued, Continued::Unfit(Mismatch::Info));
}

#[test]
fn a_file_that_others_continue_is_left_to_them() {
    let source = || source().range(0, 270);
    let mut job = again(source(), plain(), Continue::Auto);
    job.claims = Claims::Asked;
    job.list(&[unfinished("4_z9", &plan_id(source()))]);
    let claim = job.take(CLAIM);
    assert_eq!(claim.body, "4_z9");
    job.input(&claim, Input::Claimed { id: claim.id, granted: false });
    job.start();
    let claim = job.take(CLAIM);
    assert_eq!(claim.body, "4_z1", "the new one is claimed");
    job.input(&claim, Input::Claimed { id: claim.id, granted: true });
    assert_eq!(job.copy_parts().len(), 3);
}

#[test]
fn one_by_its_id_must_be_of_this_copy() {
    let source = || source().range(0, 270);
    let named = || Continue::File("4_z1".into());
    let mut job = again(source(), plain(), named());
    job.list(&[unfinished("4_z1", &plan_id(source()))]);
    job.there(&[2]);
    assert_eq!(job.copy_parts().len(), 2);
    let mut job = again(source(), plain(), named());
    job.list(&[unfinished("4_z1", "of something else")]);
    assert_eq!(job.error().kind, ErrorKind::InvalidInput);
    // What is copied in one call continues nothing.
    let mut job = again(self::source().range(0, 90), plain(), named());
    assert_eq!(job.error().kind, ErrorKind::InvalidInput);
    assert!(job.begun.is_empty());
}

#[test]
fn without_what_tells_it_from_others_nothing_is_looked_for() {
    let source = || source().range(0, 270);
    let mut full = target().content_type("t");
    for index in 0..10 {
        full = full.info(format!("key-{index}"), "value");
    }
    let own = target().content_type("t").info("plan_id", "of the caller");
    for target in [full, own] {
        let job = again(source(), target.clone(), Continue::Auto);
        assert_eq!(job.names(), [START]);
        let mut job = again(source(), target, Continue::File("4_z1".into()));
        assert_eq!(job.error().kind, ErrorKind::InvalidInput);
        assert!(job.begun.is_empty());
    }
}

#[test]
fn what_is_unknown_of_the_source_is_asked_before_the_search() {
    let mut job = again(source().range(0, 270), target(), Continue::Auto);
    job.serve(INFO, 200, &source_answer(2_000));
    assert_eq!(job.names(), [UNFINISHED]);
    job.cancel();
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}
