//! Bytes of what nobody told go over what was left.

use super::*;

/// A caller's own machine may tell no version, and its bytes may be of any.
#[test]
fn nothing_is_kept_once_bytes_of_what_is_not_told_are_stored() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a");
    fail_with(&path, &[(0, 2 * MIB)]);
    let sink = FileSink::continued(&path).expect("create");
    sink.write_at(5, b"new").expect("write");
    let journal = fs::read_to_string(folder.path().join(BOTH[0])).expect("the mark");
    assert_eq!(journal.lines().count(), 1, "{journal}");
    sink.save().expect("nothing");
    drop(sink);
    assert_eq!(names(folder.path()), [""; 0]);
}

/// It may have looked at what is there all the same.
#[test]
fn the_rest_of_what_is_there_completes_it_though_no_version_is_told() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a");
    fail_with(&path, &[(0, 2 * MIB)]);
    let sink = FileSink::continued(&path).expect("create");
    store(&sink, &[(2 * MIB, LEN)]);
    sink.commit(LEN as u64, None).expect("commit");
    drop(sink);
    assert!(fs::read(&path).expect("read") == data());
    assert_eq!(names(folder.path()), ["a"]);
}
