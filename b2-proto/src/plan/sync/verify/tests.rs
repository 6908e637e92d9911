use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use std::collections::BTreeMap;
use std::format;

use proptest::prelude::*;

use super::*;
use crate::part_digests::PartDigests;
use crate::plan::sync::{Entry, EntryKind, Everything, Input, PathFilter};
use crate::wire::text::Sha1;

/// A file on either side; contents are numbers, twice as many as there are lengths.
#[derive(Clone, PartialEq, Eq, Debug)]
struct File {
    path: String,
    content: u8,
    modified_ms: i64,
    kind: EntryKind,
    keeps: u8,
}

fn file(path: &str, content: u8) -> File {
    File { path: path.to_string(), content, modified_ms: 1, kind: EntryKind::File, keeps: 0 }
}

fn sha1(content: u8) -> Sha1 {
    Sha1::of(&[content])
}

fn parts(content: u8) -> PartDigests {
    PartDigests::new(u64::from(content / 2) + 1, 1_000, alloc::vec![sha1(content)]).expect("parts")
}

impl Entry for File {
    fn path(&self) -> &str {
        &self.path
    }
    fn kind(&self) -> EntryKind {
        self.kind
    }
    fn content_len(&self) -> u64 {
        if self.kind == EntryKind::File { u64::from(self.content / 2) + 1 } else { 0 }
    }
    fn modified_ms(&self) -> i64 {
        self.modified_ms
    }
}

impl Stored for File {
    fn kept(&self) -> Kept {
        match self.keeps {
            0 => Kept::Sha1(sha1(self.content)),
            1 => Kept::LargeFileSha1(sha1(self.content)),
            2 => Kept::PartSha1s(parts(self.content)),
            _ => Kept::Nothing,
        }
    }
}

/// Findings as `path verdict`, and how often files were hashed.
fn run(
    here: Vec<Input<File>>,
    there: Vec<Input<File>>,
    filter: impl PathFilter,
) -> (Vec<(String, Verdict)>, Totals) {
    let (mut here, mut there) = (here.into_iter(), there.into_iter());
    let mut verifier = Verifier::new(filter);
    let mut told = Vec::new();
    let mut hashed = Vec::new();
    loop {
        match verifier.step() {
            Step::NeedHere => verifier.here(here.next().unwrap_or(Input::End)),
            Step::NeedThere => verifier.there(there.next().unwrap_or(Input::End)),
            Step::NeedSha1(file) => {
                assert!(!hashed.contains(&file.path), "{} is hashed twice", file.path);
                hashed.push(file.path.clone());
                let sha1 = (file.modified_ms != 99).then(|| sha1(file.content));
                verifier.hashed(sha1);
            }
            Step::NeedParts(file, want) => {
                let is_same = *want == parts(file.content);
                verifier.parts_hashed(Some(is_same));
            }
            Step::Tell(finding) => told.push((finding.path, finding.verdict)),
            Step::Done => return (told, *verifier.totals()),
            Step::OutOfOrder => panic!("out of order"),
        }
    }
}

fn entries(files: &[File]) -> Vec<Input<File>> {
    files.iter().cloned().map(Input::Entry).collect()
}

/// The verdicts of whole sets.
fn naive(here: &[File], there: &[File]) -> Vec<(String, Verdict)> {
    let mut names: BTreeMap<&str, (Option<&File>, Vec<&File>)> = BTreeMap::new();
    for file in here {
        names.entry(&file.path).or_default().0 = Some(file);
    }
    for version in there.iter().filter(|it| it.kind != EntryKind::Unfinished) {
        names.entry(&version.path).or_default().1.push(version);
    }
    let proof = |version: &File| match version.keeps {
        0 => Some(Proof::Sha1),
        1 => Some(Proof::LargeFileSha1),
        2 => Some(Proof::PartSha1s),
        _ => None,
    };
    let judge = |file: &File, versions: &[&File]| {
        let same = |it: &&&File| it.kind == EntryKind::File && it.content == file.content;
        let proven = versions.iter().find(|it| same(it) && proof(it).is_some());
        let newest = versions.first().filter(|it| it.kind == EntryKind::File);
        match (proven.and_then(|it| proof(it)), newest) {
            (Some(proof), Some(newest)) if proven == Some(newest) => Verdict::Proven(proof),
            (Some(proof), _) => Verdict::InOlderVersion(proof),
            (None, None) => Verdict::OnlyHere,
            (None, Some(it)) if it.content_len() != file.content_len() => {
                Verdict::Differs(Difference::Len)
            }
            (None, Some(it)) if proof(it).is_some() => Verdict::Differs(Difference::Content),
            (None, Some(it)) if it.modified_ms == file.modified_ms => Verdict::SizeAndTime,
            (None, Some(_)) => Verdict::Differs(Difference::Time),
        }
    };
    let verdicts = names.into_iter().filter_map(|(path, (file, versions))| {
        let verdict = match (file, versions.first()) {
            (Some(file), _) => judge(file, &versions),
            (None, Some(newest)) if newest.kind == EntryKind::File => Verdict::OnlyThere,
            (None, _) => return None,
        };
        Some((path.to_string(), verdict))
    });
    verdicts.collect()
}

fn any_file() -> impl Strategy<Value = File> {
    let kind = prop_oneof![
        6 => Just(EntryKind::File),
        1 => Just(EntryKind::HideMarker),
        1 => Just(EntryKind::Unfinished),
    ];
    (0..9_u8, 0..4_u8, 1..3_i64, kind, 0..4_u8).prop_map(
        |(name, content, modified_ms, kind, keeps)| {
            let path = ["a", "a.b", "a/b", "a/b/c", "a0", "b", "b/", "b/x", "c"][usize::from(name)];
            File { path: path.to_string(), content, modified_ms, kind, keeps }
        },
    )
}

proptest! {
    #[test]
    fn it_agrees_with_whole_sets(
        mut here in proptest::collection::vec(any_file(), 0..9),
        mut there in proptest::collection::vec(any_file(), 0..14),
    ) {
        here.iter_mut().for_each(|file| file.kind = EntryKind::File);
        here.sort_by(|a, b| a.path.cmp(&b.path));
        here.dedup_by(|a, b| a.path == b.path);
        there.sort_by(|a, b| a.path.cmp(&b.path));
        let (told, totals) = run(entries(&here), entries(&there), Everything);
        prop_assert_eq!(&told, &naive(&here, &there));
        let counts = [totals.proven, totals.size_and_time, totals.differs, totals.only_here];
        prop_assert_eq!(counts.iter().sum::<u64>(), here.len() as u64);
    }
}

#[test]
fn below_a_place_nobody_could_look_at_nothing_is_missing() {
    let here = [
        Input::Unknown("a/".to_string()),
        Input::Entry(file("b", 1)),
        Input::LeftOut("pipe".to_string()),
        Input::Unknown("z".to_string()),
    ];
    let there = entries(&[file("a/x", 0), file("a0", 0), file("b", 1), file("pipe", 2)]);
    let (told, totals) = run(here.to_vec(), there, Everything);
    let want = [
        ("a/", Verdict::Unknown),
        ("a/x", Verdict::Unknown),
        ("a0", Verdict::OnlyThere),
        ("b", Verdict::Proven(Proof::Sha1)),
        ("z", Verdict::Unknown),
    ];
    let mut told: Vec<_> = told.iter().map(|(path, it)| (path.as_str(), *it)).collect();
    // A place is told when it comes, which is a name ahead at most.
    told.sort_by_key(|(path, _)| *path);
    assert_eq!(told, want);
    assert_eq!((totals.unknown, totals.left_out, totals.lost_bytes), (3, 2, 0));
}

#[test]
fn a_listing_that_breaks_off_makes_the_rest_unknown() {
    let here = entries(&[file("a", 1), file("b", 1)]);
    let there = alloc::vec![Input::Entry(file("a", 1)), Input::RestUnknown];
    let (told, _) = run(here, there, Everything);
    assert_eq!(told[1], ("b".to_string(), Verdict::Unknown));
}

#[test]
fn a_file_that_cannot_be_read_is_unknown() {
    let mut unreadable = file("a", 1);
    unreadable.modified_ms = 99;
    let (told, _) = run(entries(&[unreadable.clone()]), entries(&[file("a", 1)]), Everything);
    assert_eq!(told, [("a".to_string(), Verdict::Unknown)]);
    // It is not needed to see another length.
    let (told, _) = run(entries(&[unreadable]), entries(&[file("a", 9)]), Everything);
    assert_eq!(told, [("a".to_string(), Verdict::Differs(Difference::Len))]);
}

/// An older version may have the content, whatever the newest one is.
#[test]
fn a_file_that_cannot_be_read_may_be_in_an_older_version() {
    let unreadable = File { modified_ms: 99, ..file("a", 1) };
    let marker = File { kind: EntryKind::HideMarker, ..file("a", 0) };
    for newest in [marker, file("a", 9)] {
        let there = entries(&[newest, file("a", 1)]);
        let here = entries(core::slice::from_ref(&unreadable));
        let (told, totals) = run(here, there, Everything);
        assert_eq!(told, [("a".to_string(), Verdict::Unknown)]);
        assert_eq!((totals.unknown, totals.lost_bytes), (1, 0));
    }
}

#[test]
fn what_the_filter_leaves_out_is_not_told() {
    struct NoX;
    impl PathFilter for NoX {
        fn excludes_folder(&mut self, path: &str) -> bool {
            path == "x"
        }
        fn excludes_file(&mut self, path: &str) -> bool {
            path.ends_with(".x")
        }
    }
    let all = [file("a", 0), file("a.x", 0), file("x/y", 0)];
    let (told, _) = run(entries(&all), Vec::new(), NoX);
    assert_eq!(told.len(), 1);
    let (told, _) = run(Vec::new(), entries(&all), NoX);
    assert_eq!(told, [("a".to_string(), Verdict::OnlyThere)]);
    // Nor what nobody could look at, though it may be a folder.
    let here = alloc::vec![Input::Unknown("a.x".to_string())];
    let there = entries(&[file("a.x", 0), file("a.x/y", 0)]);
    let (told, totals) = run(here, there, NoX);
    assert_eq!(told, [("a.x/y".to_string(), Verdict::Unknown)]);
    assert_eq!((totals.left_out, totals.unknown), (1, 1));
}

#[test]
fn another_order_is_noticed() {
    let mut verifier: Verifier<File, File, _> = Verifier::new(Everything);
    verifier.here(Input::Entry(file("b", 0)));
    verifier.here(Input::Entry(file("c", 0)));
    assert!(matches!(verifier.step(), Step::OutOfOrder), "it was not asked for");
    let mut verifier: Verifier<File, File, _> = Verifier::new(Everything);
    verifier.there(Input::Unknown("b".to_string()));
    verifier.there(Input::Entry(file("a", 0)));
    assert!(matches!(verifier.step(), Step::OutOfOrder), "{}", format!("{verifier:?}"));
}
