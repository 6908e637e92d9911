use core::cell::Cell;
use std::fs;

use b2_proto::info::PART_SHA1S;
use b2_proto::model::{ContentSha1, FileAction, FileVersion};
use b2_proto::part_digests::PartDigests;
use b2_proto::plan::sync::verify::{Difference, Proof};
use b2_proto::wire::text::Sha1;

use super::*;

fn version(name: &str, content: &[u8]) -> FileVersion {
    let mut version = FileVersion::new("a", "b", "f", name, FileAction::Upload);
    version.content_length = content.len() as u64;
    version.content_sha1 = Some(ContentSha1::Verified(Sha1::of(content)));
    version
}

/// What is found, with the reasons.
fn run(spec: VerifySpec, rows: &[FileVersion]) -> Result<Vec<(String, Verdict, String)>, Error> {
    let mut rows = rows.iter().cloned();
    let mut comparison = Comparison::new(spec);
    let mut all = Vec::new();
    loop {
        match comparison.step()? {
            Need::Work(work) => comparison.done(work.run(&|| false)?)?,
            Need::Row => comparison.row(rows.next().map(ListEntry::File)),
            Need::Found(found) => {
                let reason = found.reason.unwrap_or_default();
                all.push((found.finding.path, found.finding.verdict, reason));
            }
            Need::End => return Ok(all),
        }
    }
}

#[test]
fn files_are_proven_by_what_the_bucket_keeps() {
    let folder = tempfile::tempdir().expect("folder");
    let content = b"twelve bytes";
    for name in ["a", "b", "c", "d", "e"] {
        fs::write(folder.path().join(name), content).expect("file");
    }
    let part_sha1s = |name: &str, content: &[u8]| {
        let digests = content.chunks(5).map(Sha1::of).collect();
        let mut version = version(name, content);
        version.content_sha1 = None;
        let kept = PartDigests::new(12, 5, digests).expect("digests");
        version.file_info.insert(PART_SHA1S.into(), kept.to_string());
        version
    };
    let rows = [
        version("p/a", content),
        part_sha1s("p/b", content),
        part_sha1s("p/c", b"twelve bytez"),
        version("p/d", b"twelve bytez"),
        version("p/f", b""),
    ];
    let spec = VerifySpec { prefix: "p/".to_owned(), ..VerifySpec::new(folder.path()) };
    let found = run(spec, &rows).expect("compared");
    let want = [
        ("a", Verdict::Proven(Proof::Sha1)),
        ("b", Verdict::Proven(Proof::PartSha1s)),
        ("c", Verdict::Differs(Difference::Content)),
        ("d", Verdict::Differs(Difference::Content)),
        ("e", Verdict::OnlyHere),
        ("f", Verdict::OnlyThere),
    ];
    let found: Vec<_> = found.iter().map(|(path, it, _)| (path.as_str(), *it)).collect();
    assert_eq!(found, want);
}

#[cfg(unix)]
#[test]
fn what_could_not_be_looked_at_comes_with_its_reason() {
    let folder = tempfile::tempdir().expect("folder");
    std::os::unix::fs::symlink("nowhere", folder.path().join("b")).expect("link");
    fs::write(folder.path().join("c"), "x").expect("file");
    let found = run(VerifySpec::new(folder.path()), &[version("b", b""), version("c", b"x")]);
    let found = found.expect("compared");
    assert_eq!(found[0].1, Verdict::Unknown);
    assert!(found[0].2.contains("leads nowhere"), "{found:?}");
    let is_told = found.iter().any(|(path, it, _)| path == "b" && *it == Verdict::Unknown);
    assert!(is_told && found.last().is_some_and(|(_, it, _)| it.is_proven()), "{found:?}");
}

#[test]
fn a_file_that_changes_while_it_is_compared_is_unknown() {
    let folder = tempfile::tempdir().expect("folder");
    fs::write(folder.path().join("a"), "x").expect("file");
    let mut comparison = Comparison::new(VerifySpec::new(folder.path()));
    let mut rows = vec![version("a", b"x")].into_iter();
    let found = loop {
        match comparison.step().expect("step") {
            Need::Work(work) => comparison.done(work.run(&|| false).expect("run")).expect("done"),
            Need::Row => {
                // It was found already.
                let _ = fs::remove_file(folder.path().join("a"));
                comparison.row(rows.next().map(ListEntry::File));
            }
            Need::Found(found) => break found,
            Need::End => panic!("nothing was told"),
        }
    };
    assert_eq!(found.finding.verdict, Verdict::Unknown);
    assert_eq!(found.reason.as_deref(), Some("no such file"));
    assert_eq!(comparison.totals().unknown, 1);
}

#[test]
fn a_folder_that_is_not_there_and_names_out_of_order_end_it() {
    let folder = tempfile::tempdir().expect("folder");
    let error = run(VerifySpec::new(folder.path().join("none")), &[]).expect_err("no folder");
    assert_eq!(error.kind, ErrorKind::Source);
    let rows = [version("b", b""), version("a", b"")];
    let error = run(VerifySpec::new(folder.path()), &rows).expect_err("out of order");
    assert_eq!(error.kind, ErrorKind::Protocol);
}

#[test]
fn an_index_is_filled_and_asked() {
    let folder = tempfile::tempdir().expect("folder");
    let (tree, index) = (folder.path().join("tree"), folder.path().join("index"));
    fs::create_dir(&tree).expect("folder");
    fs::write(tree.join("a"), "content").expect("file");
    // What settled is kept; nobody waits for that here.
    let stamp = crate::index::FileStamp::of(&fs::metadata(tree.join("a")).expect("metadata"));
    let later = std::time::SystemTime::now() + core::time::Duration::from_secs(10);
    let mut kept = crate::index::Index::open(&index);
    kept.add(&tree.join("a"), &stamp.expect("stamp"), later, Sha1::of(b"CONTENT"));
    drop(kept);
    let spec = || VerifySpec { index: Some(index.clone()), ..VerifySpec::new(&tree) };
    let found = run(spec(), &[version("a", b"CONTENT")]).expect("compared");
    assert!(found[0].1.is_proven(), "as the index says: {found:?}");
    fs::write(&index, "something else").expect("file");
    let found = run(spec(), &[version("a", b"content")]).expect("compared");
    assert!(found[0].1.is_proven(), "{found:?}");
}

#[test]
fn several_files_are_read_at_the_same_time_and_each_once() {
    let folder = tempfile::tempdir().expect("folder");
    let content = b"twelve bytes";
    let names: Vec<String> = (0..10).map(|number| format!("{number}")).collect();
    for name in &names {
        fs::write(folder.path().join(name), content).expect("file");
    }
    // Of other lengths, of which the digests do not matter, and one that cannot be read.
    fs::write(folder.path().join("3"), "short").expect("file");
    let mut rows = names.iter().map(|name| version(name, content));
    let mut comparison = Comparison::new(VerifySpec::new(folder.path()));
    let (mut read, mut verdicts) = (Vec::new(), Vec::new());
    loop {
        match comparison.step().expect("step") {
            Need::Work(work) => {
                if let Task::Read(files) = &work.task {
                    read.push(files.iter().map(|file| file.name.clone()).collect::<Vec<_>>());
                    let _ = fs::remove_file(folder.path().join("5"));
                }
                comparison.done(work.run(&|| false).expect("run")).expect("done");
            }
            Need::Row => comparison.row(rows.next().map(ListEntry::File)),
            Need::Found(found) => verdicts.push((found.finding.verdict, found.reason)),
            Need::End => break,
        }
    }
    assert_eq!(read, [vec!["0", "1", "2", "4"], vec!["5", "6", "7", "8"], vec!["9"]]);
    let proven = |(verdict, _): &&(Verdict, Option<String>)| verdict.is_proven();
    assert_eq!(verdicts.iter().filter(proven).count(), 8);
    assert_eq!(verdicts[3].0, Verdict::Differs(Difference::Len));
    assert_eq!(verdicts[5], (Verdict::Unknown, Some("no such file".to_owned())));
}

/// Nobody can tell such a file of the user from what a download has left.
#[test]
fn a_file_named_like_part_of_a_download_is_unknown() {
    let folder = tempfile::tempdir().expect("folder");
    for name in [".a.0.b2part", ".b.0.b2part"] {
        fs::write(folder.path().join(name), "x").expect("file");
    }
    let rows = [version(".b.0.b2part", b"x")];
    let found = run(VerifySpec::new(folder.path()), &rows).expect("compared");
    let unknown = |(path, verdict, reason): &(String, Verdict, String)| {
        *verdict == Verdict::Unknown && (reason.contains("download") || path == ".b.0.b2part")
    };
    assert!(found.iter().all(unknown) && found.len() >= 2, "{found:?}");
}

#[test]
fn files_are_not_read_for_nobody() {
    let folder = tempfile::tempdir().expect("folder");
    fs::write(folder.path().join("a"), b"twelve bytes").expect("file");
    let mut comparison = Comparison::new(VerifySpec::new(folder.path()));
    let mut rows = [version("a", b"twelve bytes")].into_iter();
    let error = loop {
        match comparison.step().expect("in order") {
            Need::Work(work) => match work.run(&|| true) {
                Ok(done) => comparison.done(done).expect("walked"),
                Err(error) => break error,
            },
            Need::Row => comparison.row(rows.next().map(ListEntry::File)),
            Need::Found(_) | Need::End => panic!("it was not read"),
        }
    };
    assert_eq!(error.kind, ErrorKind::Cancelled);
}

/// Rules that may wait for a disk are asked where waiting is allowed.
#[test]
fn rules_that_may_wait_are_asked_by_pieces_of_work_alone() {
    thread_local!(static MAY_WAIT: Cell<bool> = const { Cell::new(false) });
    #[derive(Clone, Debug)]
    struct Slow;
    impl PathFilter for Slow {
        fn excludes_folder(&mut self, path: &str) -> bool {
            assert!(MAY_WAIT.get(), "{path}");
            path == "out"
        }
        fn excludes_file(&mut self, path: &str) -> bool {
            assert!(MAY_WAIT.get(), "{path}");
            path.ends_with(".x")
        }
        fn unjudged(&mut self, path: &str) -> Option<String> {
            assert!(MAY_WAIT.get(), "{path}");
            path.ends_with("?").then(String::new)
        }
        fn may_wait(&self) -> bool {
            true
        }
    }
    let folder = tempfile::tempdir().expect("folder");
    for number in 0..500 {
        fs::write(folder.path().join(format!("f{number:03}")), "x").expect("file");
    }
    for name in ["a", "a.x", "b"] {
        fs::write(folder.path().join(name), "x").expect("file");
    }
    let mut rows: Vec<FileVersion> =
        (100..400).map(|number| version(&format!("f{number:03}"), b"x")).collect();
    rows.insert(0, version("b", b"y"));
    rows.extend(["g", "g.x", "out/x", "z?"].map(|name| version(name, b"x")));
    let mut rows = rows.into_iter();
    let mut comparison = Comparison::new(VerifySpec::new(folder.path()).filter(Slow));
    let mut found = Vec::new();
    loop {
        match comparison.step().expect("in order") {
            Need::Work(work) => {
                MAY_WAIT.set(true);
                let done = work.run(&|| false).expect("done");
                MAY_WAIT.set(false);
                comparison.done(done).expect("a folder");
            }
            Need::Row => comparison.row(rows.next().map(ListEntry::File)),
            Need::Found(it) => found.push((it.finding.path, it.finding.verdict)),
            Need::End => break,
        }
    }
    let count = |want: Verdict| found.iter().filter(|(_, it)| *it == want).count();
    assert_eq!((count(Verdict::Proven(Proof::Sha1)), count(Verdict::OnlyHere)), (300, 201));
    let others = found.iter().filter(|(path, _)| !path.starts_with('f'));
    let others: Vec<_> = others.map(|(path, it)| (path.as_str(), *it)).collect();
    let want = [
        ("a", Verdict::OnlyHere),
        ("b", Verdict::Differs(Difference::Content)),
        ("g", Verdict::OnlyThere),
        ("z?", Verdict::OnlyThere),
    ];
    assert_eq!(others, want);
    assert_eq!(comparison.totals().left_out, 1);
}
