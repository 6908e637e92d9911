//! Temporary files, whole, left behind, and in use.

use super::*;
use std::io::Write as _;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("list")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn the_target_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("folder");
    let target = folder.path().join("a.txt");
    fs::write(&target, b"old").expect("old");
    let temp = TempFile::create(&target, Access::Default).expect("create");
    temp.file().write_all(b"half").expect("write");
    drop(temp);
    assert_eq!(names(folder.path()), ["a.txt"]);
    assert_eq!(fs::read(&target).expect("read"), b"old");
    let mut temp = TempFile::create(&target, Access::Default).expect("create");
    temp.file().write_all(b"new").expect("write");
    temp.sync(Volume::Disk).expect("sync");
    temp.commit(Volume::Disk).expect("commit");
    assert_eq!(names(folder.path()), ["a.txt"]);
    assert_eq!(fs::read(&target).expect("read"), b"new");
}

#[test]
fn only_what_the_dead_left_is_reaped() {
    let folder = tempfile::tempdir().expect("folder");
    let target = folder.path().join("a.txt");
    let alive = TempFile::create(&target, Access::Default).expect("create");
    let dead = folder.path().join(".a.txt.1.b2part");
    let other = folder.path().join(".b.txt.0.b2part");
    fs::write(&dead, b"left behind").expect("dead");
    fs::write(&other, b"").expect("other");
    let second = TempFile::create(&target, Access::Default).expect("create");
    assert_eq!(second.path, dead);
    assert_eq!(fs::read(&dead).expect("read"), b"");
    drop(second);
    assert!(!dead.exists());
    assert!(alive.path.exists() && other.exists());
}

#[test]
fn a_second_is_looked_at_behind_a_first() {
    let folder = tempfile::tempdir().expect("folder");
    let target = folder.path().join("a.txt");
    let alive = TempFile::create(&target, Access::Default).expect("create");
    let dead = folder.path().join(".a.txt.1.b2part");
    fs::write(&dead, b"left behind").expect("dead");
    let found = TempFile::left_behind(&target, Access::Default).next().expect("found");
    assert_eq!(found.path, dead);
    found.keep();
    drop(alive);
    let mut left = TempFile::left_behind(&target, Access::Default);
    assert!(left.next().is_none(), "whoever had the first has ended as it should");
    assert!(dead.exists());
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_is_left_alone() {
    let folder = tempfile::tempdir().expect("folder");
    let (target, victim) = (folder.path().join("a.txt"), folder.path().join("victim"));
    fs::write(&victim, b"mine").expect("write");
    std::os::unix::fs::symlink(&victim, folder.path().join(".a.txt.0.b2part")).expect("link");
    let mut temp = TempFile::create(&target, Access::Default).expect("create");
    temp.file().write_all(b"new").expect("write");
    temp.sync(Volume::Disk).expect("sync");
    temp.commit(Volume::Disk).expect("commit");
    assert_eq!(fs::read(&victim).expect("read"), b"mine");
}

#[test]
fn temporary_files_are_known_by_their_names() {
    let folder = tempfile::tempdir().expect("folder");
    let temp = TempFile::create(&folder.path().join("a.b"), Access::Default).expect("create");
    assert!(is_temporary(&temp.path.file_name().expect("name").to_string_lossy()));
    for other in ["a.0.b2part", ".a.b2part", ".a.x.b2part", ".a.64.b2part", ".a.0"] {
        assert!(!is_temporary(other), "{other}");
    }
}

#[test]
fn the_longest_names_have_space() {
    let folder = tempfile::tempdir().expect("folder");
    let target = folder.path().join("ż".repeat(127));
    let mut temp = TempFile::create(&target, Access::Default).expect("create");
    temp.sync(Volume::Disk).expect("sync");
    temp.commit(Volume::Disk).expect("commit");
    assert!(target.exists());
}
