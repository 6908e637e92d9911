//! Contents that are compared: several files are read at the same time.

use b2_proto::model::ContentSha1;
use b2_proto::plan::sync::Compare;
use b2_proto::wire::text::Sha1;

use super::*;
use crate::sync::digests::Digests;

/// A folder of files whose content is `content`, and hands whose bucket has files of that length.
fn case(names: &[String], other: &str) -> (TempDir, Hands) {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (folder, mut hands) = (folder(&names), Hands::new(&[]));
    for name in names {
        hands.put(name, 7, 1);
        let version = hands.bucket.get_mut(name).and_then(|all| all.last_mut()).expect("it");
        let content = if name == other { Sha1::of(b"another") } else { Sha1::of(b"content") };
        version.content_sha1 = Some(ContentSha1::Verified(content));
    }
    (folder, hands)
}

/// Runs with as many files read at the same time as it begins; gives the lines, how many those
/// were at most, and how many were read in all.
fn run(hands: &mut Hands, setup: Setup, is_last_first: bool) -> (Vec<String>, usize, usize) {
    let mut run = Run::new(setup).expect("it can be run");
    let (mut open, mut told) = (Vec::new(), Vec::new());
    let (mut most, mut reads) = (0, 0);
    loop {
        match run.step() {
            Next::Begin(ticket, job) => {
                let is_hash = |ticket: &Ticket| matches!(ticket, Ticket::Hash(_));
                reads += usize::from(is_hash(&ticket));
                open.push((ticket, job));
                most = most.max(open.iter().filter(|(ticket, _)| is_hash(ticket)).count());
            }
            Next::Tell(event) => told.push(event),
            Next::Wait => {
                let at = if is_last_first { open.len() - 1 } else { 0 };
                let (ticket, job) = open.remove(at);
                run.ended(ticket, hands.carry_out(job));
            }
            Next::Over(result) => {
                assert_eq!(result.expect("it runs").ending, Ending::Complete);
                return (lines(&told), most, reads);
            }
        }
    }
}

fn by_sha1(folder: &TempDir) -> Setup {
    let mut setup = up(folder);
    setup.options.compare = Compare::Sha1 { threshold_ms: 0 };
    setup
}

#[test]
fn files_are_read_before_the_plan_asks_and_each_once() {
    let names: Vec<String> = (0..40).map(|number| format!("{number:02}")).collect();
    for is_last_first in [false, true] {
        let (folder, mut hands) = case(&names, "17");
        let (lines, most, reads) = run(&mut hands, by_sha1(&folder), is_last_first);
        assert_eq!(lines, ["upload 17", "delete 17 (old version)"]);
        assert_eq!((most, reads), (HASHES_MAX, names.len()));
    }
}

#[test]
fn a_file_that_cannot_be_read_fails_by_itself() {
    let names: Vec<String> = (0..9).map(|number| format!("{number}")).collect();
    let (folder, mut hands) = case(&names, "");
    let setup = by_sha1(&folder);
    let mut run = Run::new(setup).expect("it can be run");
    let (mut open, mut left) = (Vec::new(), Vec::new());
    let summary = loop {
        match run.step() {
            Next::Begin(ticket, job) => open.push((ticket, job)),
            Next::Tell(Event::Left(report, reason)) => {
                left.push((report, reason.expect("it is told").to_string()));
            }
            Next::Tell(_) => {}
            Next::Wait => {
                let (ticket, job) = open.remove(0);
                if matches!(&job, Job::Local(LocalJob::Hash(path, ..)) if path.ends_with("3")) {
                    fs::remove_file(folder.path().join("3")).expect("removed");
                }
                run.ended(ticket, hands.carry_out(job));
            }
            Next::Over(result) => break result.expect("it runs"),
        }
    };
    assert_eq!((summary.planned.same, summary.planned.failed), (8, 1));
    assert!(matches!(&left[..], [(Report::NotCompared(item), _)]
        if b2_proto::plan::sync::Entry::path(item) == "3"));
}

#[test]
fn a_file_is_not_read_for_nobody() {
    let folder = folder(&["a"]);
    let index = folder.path().join("index");
    let digests = Digests::new(Some(index.clone()));
    let job = LocalJob::Hash(folder.path().join("a"), None, digests.clone());
    let ended = job.run(&|| true);
    assert!(matches!(ended, Ended::Hashed(Err(error)) if error.kind == ErrorKind::Cancelled));
    assert!(digests.close().is_none() && !index.exists(), "it was not even opened");
}

#[test]
fn what_a_filter_leaves_out_is_not_read() {
    #[derive(Clone)]
    struct Odd;
    impl b2_proto::plan::sync::PathFilter for Odd {
        fn excludes_folder(&mut self, _: &str) -> bool {
            false
        }
        fn excludes_file(&mut self, path: &str) -> bool {
            path.ends_with(['1', '3', '5', '7', '9'])
        }
    }
    let names: Vec<String> = (0..20).map(|number| format!("{number:02}")).collect();
    let (folder, mut hands) = case(&names, "");
    let setup = Setup { rules: Rules::new(Odd), ..by_sha1(&folder) };
    assert_eq!(run(&mut hands, setup, false), (Vec::new(), HASHES_MAX, 10));
}
