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
    fs::write(&other, b"").expect("other");
    leave(&target, 1);
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
    leave(&target, 1);
    let found = TempFile::left_behind(&target, Access::Default).next().expect("found");
    assert_eq!(found.path, dead);
    found.keep();
    drop(alive);
    let mut left = TempFile::left_behind(&target, Access::Default);
    assert!(left.next().is_none(), "whoever had the first has ended as it should");
    assert!(dead.exists());
}

/// Leaves a temporary file with its mark, as a process that is killed.
fn leave(target: &Path, number: u32) {
    let path = numbered(target, number);
    fs::write(&path, b"left behind").expect("written");
    let file = Arc::new(File::open(&path).expect("there"));
    let temp = TempFile { file, path, target: target.to_owned(), is_done: true };
    let place = temp.place().expect("a place");
    mark::write(&temp.journal_path(), place).expect("marked");
}

/// From the moment of the renaming on, the number is another's to take.
#[test]
fn the_mark_of_who_has_taken_the_number_meanwhile_stays() {
    let folder = tempfile::tempdir().expect("folder");
    let target = folder.path().join("a.txt");
    let mut temp = TempFile::create(&target, Access::Default).expect("create");
    let number = temp.path.clone();
    let rename = |from: &Path, to: &Path| {
        fs::rename(from, to)?;
        let second = TempFile::create(to, Access::Default)?;
        assert_eq!(second.path, from);
        second.keep();
        Ok(())
    };
    temp.put(Volume::Memory, rename).expect("put");
    drop(temp);
    let left = TempFile::left_behind(&target, Access::Default).next().expect("it is proven");
    assert_eq!(left.path, number);
    drop(left);
    assert_eq!(names(folder.path()), ["a.txt"]);
}

/// Another program may have brought it from where it was left, or somebody chose the name.
#[test]
fn what_has_no_mark_of_its_own_is_never_removed() {
    let folder = tempfile::tempdir().expect("folder");
    let target = folder.path().join("a.txt");
    leave(&target, 1);
    let marked = folder.path().join(".a.txt.1.b2done");
    let mark = fs::read(&marked).expect("a mark");
    fs::remove_file(&marked).expect("removed");
    let theirs = [
        (".a.txt.0.b2part", b"mine".to_vec()),
        // A mark, but of another file.
        (".a.txt.0.b2done", mark),
        (".a.txt.2.b2done", b"mine".to_vec()),
        (".a.txt.3.b2next", b"mine".to_vec()),
    ];
    let day = core::time::Duration::from_secs(24 * 60 * 60);
    for (name, content) in &theirs {
        fs::write(folder.path().join(name), content).expect("written");
        let file = OpenOptions::new().write(true).open(folder.path().join(name)).expect("there");
        file.set_modified(std::time::SystemTime::now() - day * 8).expect("a time");
    }
    let there = names(folder.path());
    let temp = TempFile::create(&target, Access::Default).expect("create");
    assert_eq!(temp.path, folder.path().join(".a.txt.4.b2part"));
    drop(temp);
    let mut temp = TempFile::create(&target, Access::Default).expect("create");
    temp.commit(Volume::Disk).expect("commit");
    drop(temp);
    fs::remove_file(&target).expect("removed");
    assert_eq!(TempFile::left_behind(&target, Access::Default).count(), 0);
    assert_eq!(names(folder.path()), there);
    stale::sweep(&folder.path().join("b"));
    // A mark of a file that is complete is no more than that, whoever has it.
    assert_eq!(names(folder.path()), there);
    for (name, content) in &theirs {
        assert_eq!(fs::read(folder.path().join(name)).ok().as_ref(), Some(content), "{name}");
    }
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
