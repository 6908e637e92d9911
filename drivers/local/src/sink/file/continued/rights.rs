//! Who may read what goes on from what was left.

use super::*;
use std::os::unix::fs::PermissionsExt as _;

/// It was to replace a file that only its owner could read.
#[test]
fn what_goes_on_as_a_new_file_has_the_rights_of_one() {
    let folder = tempfile::tempdir().expect("folder");
    let [path, new] = ["a", "new"].map(|name| folder.path().join(name));
    fs::write(&path, "old").expect("old");
    fail_with(&path, &[(0, 2 * MIB)]);
    fs::remove_file(&path).expect("removed");
    fs::write(&new, "").expect("new");
    let sink = FileSink::continued(&path).expect("create");
    assert!(sink.kept().is_some());
    sink.pin(&version("4_z1"));
    store(&sink, &[(2 * MIB, LEN)]);
    sink.commit(LEN as u64, None).expect("commit");
    drop(sink);
    let mode = |path| fs::metadata(path).expect("there").permissions().mode();
    assert_eq!(mode(&path), mode(&new));
    assert_eq!(names(folder.path()), ["a", "new"]);
}

/// Two processes were killed, and both go on: one made a file to see the rights of a new one.
#[test]
fn what_a_second_has_left_stays_beside_what_is_gone_on_with() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a");
    fail_with(&path, &[(0, 2 * MIB)]);
    let first = FileSink::continued(&path).expect("create");
    fail_with(&path, &[(0, 3 * MIB)]);
    drop(first);
    let first = FileSink::continued(&path).expect("create");
    assert!(first.kept().is_some());
    assert_eq!(left(&path), Some(vec![(0, 3 * MIB as u64)]));
    drop(first);
    assert_eq!(names(folder.path()), [BOTH[0], BOTH[1], ".a.1.b2done", ".a.1.b2part"]);
}
