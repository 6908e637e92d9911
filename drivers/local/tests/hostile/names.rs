//! Names that somebody thought of.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use b2_local::walk::{Entry, SkipReason};

use crate::{split, walk, write};

/// Names of files that a bucket takes as they are.
const GOOD: [&str; 17] = [
    " leading and trailing ",
    "!",
    "...",
    "..x",
    "-rf",
    "a%2Fb",
    "a?b*c[d]",
    "b2:x",
    "CON",
    "dot.",
    "e\u{301}",
    "é",
    "x\u{202e}txt.exe",
    "‥",
    "．．",
    "🗂️🚀",
    "~",
];

/// Names that no bucket takes, or not everybody.
const BAD: [&[u8]; 7] = [
    b"back\\slash",
    b"bell\x07",
    b"del\x7f",
    b"line\nbreak",
    b"\xc3\x28",
    b"\xff\xfe",
    b"cut\xe2\x82",
];

#[test]
fn every_name_is_found_as_it_is_or_told() {
    let folder = tempfile::tempdir().expect("folder");
    let root = folder.path();
    for name in GOOD {
        write(root.join(name), name);
        write(root.join("in").join(name).join(name), name);
    }
    for name in BAD {
        write(root.join("bad").join(OsStr::from_bytes(name)), name);
        write(root.join("bad in").join(OsStr::from_bytes(name)).join("file"), name);
    }
    let (files, skipped) = split(walk(root));
    let mut names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert!(names.is_sorted(), "{names:?}");
    for file in &files {
        let content = fs::read(&file.path).expect("the path leads to it");
        let name = file.name.rsplit('/').next().expect("a name");
        assert!(content == name.as_bytes() || file.name.starts_with("bad"), "{}", file.name);
    }
    names.retain(|name| !name.starts_with("bad"));
    assert_eq!(names.len(), 2 * GOOD.len());
    // Each bad one is a file that can be stored after all, or is told and unknown.
    let count = files.iter().filter(|file| file.name.starts_with("bad")).count();
    assert_eq!(count + skipped.len(), 2 * BAD.len(), "{skipped:?}");
    assert!(skipped.iter().all(|it| it.reason.hides_files()), "{skipped:?}");
    let not_unicode = skipped.iter().filter(|it| it.reason == SkipReason::NotUnicode).count();
    assert_eq!(not_unicode, 2 * 3, "{skipped:?}");
    // Told with the path they have, so that somebody can rename them.
    let exact = skipped.iter().filter(|it| fs::symlink_metadata(&it.path).is_ok()).count();
    assert_eq!(exact, skipped.len());
}

/// A folder is told under the name by which it was sorted, so that the plan can go on.
#[test]
fn what_is_told_comes_in_the_order_of_names() {
    let folder = tempfile::tempdir().expect("folder");
    let root = folder.path();
    for name in [&b"caf\xe9"[..], b"caf\xc3\xa9", b"bell\x07", b"a"] {
        let name = root.join(OsStr::from_bytes(name));
        write(name.join("in/file"), "");
        let beside = |end: &str| name.with_extension(end);
        write(beside("jpg"), "");
        write(beside("!"), "");
    }
    let told: Vec<String> = walk(root)
        .into_iter()
        .map(|entry| match entry {
            Entry::File(file) => file.name,
            Entry::Skipped(it) => it.name,
        })
        .collect();
    assert!(told.is_sorted(), "{told:?}");
    let lossy = told.iter().filter(|name| name.starts_with("caf\u{fffd}"));
    assert_eq!(lossy.collect::<Vec<_>>(), ["caf\u{fffd}.!", "caf\u{fffd}.jpg", "caf\u{fffd}/"]);
}

#[test]
fn names_are_as_long_as_a_bucket_takes() {
    let folder = tempfile::tempdir().expect("folder");
    let root = folder.path();
    for len in [249, 250, 251, 255] {
        write(root.join("x".repeat(len)), "");
        // Two bytes each: the limit is in bytes.
        write(root.join("ż".repeat(len / 2)), "");
    }
    let (files, skipped) = split(walk(root));
    let mut lens: Vec<usize> = files.iter().map(|file| file.name.len()).collect();
    lens.sort_unstable();
    assert_eq!(lens, [248, 249, 250, 250], "the same name twice is one file");
    assert!(skipped.iter().all(|it| matches!(it.reason, SkipReason::Name(_))), "{skipped:?}");
    assert_eq!(skipped.len(), 3);
}

#[test]
fn paths_of_more_than_a_thousand_bytes() {
    let folder = tempfile::tempdir().expect("folder");
    let mut within = folder.path().join("p".repeat(199));
    for _ in 0..4 {
        within.push("p".repeat(199));
    }
    // Five folders are 1,000 bytes with their slashes.
    for len in [10, 24, 25, 200] {
        write(within.join("f".repeat(len)), "x");
    }
    write(within.join("deeper/still").join("d".repeat(60)), "x");
    let (files, skipped) = split(walk(folder.path()));
    let lens: Vec<usize> = files.iter().map(|file| file.name.len()).collect();
    assert_eq!(lens, [1_010, 1_024]);
    assert_eq!(skipped.len(), 3, "{skipped:?}");
    assert!(skipped.iter().all(|it| it.reason.hides_files()));
}

#[test]
fn folders_deeper_than_names_can_be() {
    let folder = tempfile::tempdir().expect("folder");
    let mut within = folder.path().to_owned();
    for _ in 0..600 {
        within.push("d");
    }
    write(within.join("file"), "x");
    let (files, skipped) = split(walk(folder.path()));
    assert_eq!((files.len(), skipped.len()), (0, 1), "{skipped:?}");
    assert!(skipped[0].reason.hides_files());
}
