use super::*;
use crate::sink::held::HELD_LEN_MAX;
use crate::time;
use core::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::fs::Permissions;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("folder")
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).expect("list").count()
}

fn refused(path: &Path) -> Reason {
    FileSink::create(path).map(|_| ()).expect_err("refused").reason
}

#[test]
fn ranges_in_any_order_become_the_file() {
    let folder = folder();
    let path = folder.path().join("a");
    let sink = FileSink::create(&path).expect("create");
    sink.write_at(4, b"456789").expect("second");
    sink.write_at(0, b"0123").expect("first");
    assert_eq!(sink.digest(0, 10), Ok(Sha1::of(b"0123456789")));
    assert!(!path.exists());
    sink.commit(10, Some(1_093_258_377_393)).expect("commit");
    assert_eq!(fs::read(&path).expect("read"), b"0123456789");
    assert_eq!(count(folder.path()), 1);
    let metadata = fs::metadata(&path).expect("metadata");
    assert_eq!(time::modified_ms(&metadata), Some(1_093_258_377_393));
    assert!(sink.write_at(0, b"x").is_err() && sink.commit(1, None).is_err());
    assert_eq!(fs::read(&path).expect("read"), b"0123456789");
}

#[test]
fn without_commit_the_old_content_stays() {
    let folder = folder();
    let path = folder.path().join("a");
    fs::write(&path, b"old").expect("old");
    let sink = FileSink::create(&path).expect("create");
    sink.write_at(0, b"new but broken").expect("write");
    drop(sink);
    assert_eq!(fs::read(&path).expect("read"), b"old");
    assert_eq!(count(folder.path()), 1);
}

#[test]
fn empty_files_and_impossible_times() {
    let folder = folder();
    for (name, ms) in [("a", None), ("b", Some(u64::MAX)), ("c", Some(0))] {
        let path = folder.path().join(name);
        let sink = FileSink::create(&path).expect("create");
        assert_eq!(sink.digest(0, 0), Ok(Sha1::of(b"")));
        sink.commit(0, ms).expect("commit");
        assert_eq!(fs::read(&path).expect("read"), b"");
    }
}

#[test]
fn targets_that_cannot_be_are_refused_at_once() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, b"").expect("file");
    assert_eq!(refused(folder.path()), Reason::TargetIsFolder);
    assert_eq!(refused(&folder.path().join("..")), Reason::TargetIsFolder);
    assert_eq!(refused(&folder.path().join("none/a")), Reason::FolderMissing);
    assert_eq!(refused(&file.join("a")), Reason::FolderIsFile);
    assert_eq!(count(folder.path()), 1);
}

/// Between the looks of one lane another makes the folder: that is no folder nobody may write to.
#[test]
fn a_folder_that_comes_and_goes_is_there_or_missing() {
    let folder = folder();
    let inner = folder.path().join("inner");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let _ = fs::create_dir(&inner);
                let _ = fs::remove_dir(&inner);
            }
        });
        let path = inner.join("a");
        let mut told = (0..20_000).filter_map(|_| FileSink::create(&path).err());
        let wrong = told.find(|error| error.reason != Reason::FolderMissing);
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(wrong, None);
    });
}

#[cfg(unix)]
mod unix {
    use super::*;
    use b2_proto::error::Cause;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn put(path: &Path, bytes: &[u8]) {
        let sink = FileSink::create(path).expect("create");
        sink.write_at(0, bytes).expect("write");
        sink.commit(bytes.len() as u64, None).expect("commit");
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("metadata").permissions().mode() & 0o777
    }

    #[test]
    fn links_stay_links_and_rights_stay() {
        let folder = folder();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, b"old").expect("old");
        fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("mode");
        symlink(&file, &link).expect("link");
        put(&link, b"new");
        assert!(fs::symlink_metadata(&link).expect("link").is_symlink());
        assert_eq!(fs::read(&file).expect("read"), b"new");
        assert_eq!(mode(&file), 0o640);
        let broken = folder.path().join("broken");
        symlink(folder.path().join("none"), &broken).expect("link");
        assert_eq!(refused(&broken), Reason::TargetIsBrokenLink);
    }

    /// Whoever commits becomes the owner, so the right to act as the owner must not stay.
    #[test]
    fn special_rights_do_not_stay() {
        let folder = folder();
        let file = folder.path().join("file");
        fs::write(&file, b"old").expect("old");
        fs::set_permissions(&file, Permissions::from_mode(0o6755)).expect("mode");
        put(&file, b"new");
        assert_eq!(fs::metadata(&file).expect("metadata").permissions().mode() & 0o7777, 0o755);
    }

    /// Its name cannot be made durable then, but it is there, and so it is no failure.
    #[test]
    fn a_folder_that_may_not_be_listed_takes_files() {
        let folder = folder();
        let path = folder.path().join("a");
        for content in [&b"new"[..], b"newer"] {
            fs::set_permissions(folder.path(), Permissions::from_mode(0o300)).expect("mode");
            put(&path, content);
            fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).expect("mode");
            assert_eq!(fs::read(&path).expect("read"), content);
        }
        assert_eq!(count(folder.path()), 1);
    }

    #[test]
    fn new_files_have_the_rights_of_any_new_file() {
        let folder = folder();
        let (ours, any) = (folder.path().join("ours"), folder.path().join("any"));
        put(&ours, b"");
        fs::write(&any, b"").expect("any");
        assert_eq!(mode(&ours), mode(&any));
    }

    #[test]
    fn what_is_read_only_is_not_replaced() {
        let folder = folder();
        let file = folder.path().join("file");
        fs::write(&file, b"old").expect("old");
        fs::set_permissions(&file, Permissions::from_mode(0o444)).expect("mode");
        assert_eq!(refused(&file), Reason::TargetDenied);
        assert_eq!(count(folder.path()), 1);
    }

    #[test]
    fn devices_are_written_directly() {
        let sink = FileSink::create("/dev/null").expect("open");
        assert!(sink.is_in_order_only());
        sink.write_at(0, b"abc").expect("write");
        assert_eq!(sink.digest(0, 3), Ok(Sha1::of(b"abc")));
        sink.commit(3, Some(1)).expect("commit");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_says_so() {
        let sink = FileSink::create("/dev/full").expect("open");
        let error = sink.write_at(0, b"abc").expect_err("full");
        assert_eq!(error.reason, Reason::TargetFull);
        assert_eq!(error.cause(), Some(Cause::SinkFull));
    }
}

#[test]
fn short_files_need_no_disk_before_they_are_complete() {
    let folder = folder();
    let path = folder.path().join("a");
    let sink = FileSink::create(&path).expect("create");
    assert!(!sink.may_wait(0, HELD_LEN_MAX) && sink.may_wait(0, HELD_LEN_MAX + 1));
    // Behind a gap nothing is held.
    assert!(sink.may_wait(1, 1));
    sink.write_at(0, b"0123x").expect("first");
    // A range that broke off is written again from an earlier byte.
    sink.write_at(4, b"456789").expect("second");
    assert!(!sink.may_wait(10, 1));
    assert_eq!(sink.digest(0, 10), Ok(Sha1::of(b"0123456789")));
    sink.commit(10, None).expect("commit");
    assert_eq!(fs::read(&path).expect("read"), b"0123456789");
}

#[test]
fn files_that_grow_go_to_the_disk() {
    let folder = folder();
    let path = folder.path().join("a");
    let content: Vec<u8> = (0..=250).cycle().take(HELD_LEN_MAX + 100).collect();
    for cut in [1, HELD_LEN_MAX, HELD_LEN_MAX + 1] {
        let sink = FileSink::create(&path).expect("create");
        let (first, second) = content.split_at(cut);
        sink.write_at(0, first).expect("first");
        sink.write_at(cut as u64, second).expect("second");
        assert!(sink.may_wait(0, 1), "{cut}");
        let len = content.len() as u64;
        assert_eq!(sink.digest(0, len), Ok(Sha1::of(&content)), "{cut}");
        sink.commit(len, None).expect("commit");
        assert!(fs::read(&path).expect("read") == content, "{cut}");
    }
}

#[test]
fn a_target_that_appears_meanwhile_is_replaced_whole() {
    let folder = folder();
    let path = folder.path().join("a");
    let sink = FileSink::create(&path).expect("create");
    sink.write_at(0, b"ours").expect("write");
    fs::write(&path, b"somebody else's").expect("written");
    sink.commit(4, None).expect("commit");
    assert_eq!(fs::read(&path).expect("read"), b"ours");
    assert_eq!(count(folder.path()), 1);
}

#[test]
fn only_memory_is_written_without_a_wait() {
    let folder = folder();
    let path = folder.path().join("a");
    let waits = FileSink::create(&path).expect("create").commit_may_wait();
    let in_memory = FileSink::create_in_memory(&path, false).map(|sink| sink.expect("create"));
    assert_eq!(in_memory.is_none(), waits);
    assert!(FileSink::create_in_memory(&folder.path().join("none/a"), true).is_none());
    if let Ok(memory) = tempfile::tempdir_in("/dev/shm") {
        let path = memory.path().join("a");
        if let Some(sink) = FileSink::create_in_memory(&path, false) {
            let sink = sink.expect("create");
            sink.write_at(0, b"abc").expect("write");
            sink.commit(3, Some(1_000)).expect("commit");
            assert_eq!(fs::read(&path).expect("read"), b"abc");
        }
    }
}

/// What is known of a folder by its name is no reason not to flush what is in another one.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_of_a_disk_that_was_one_in_memory_is_one_of_a_disk() {
    let folder = folder();
    let Ok(memory) = tempfile::tempdir_in("/dev/shm") else { return };
    let waits =
        |folder: &Path| FileSink::create(folder.join("a")).expect("create").commit_may_wait();
    let (waits_here, link) = (waits(folder.path()), folder.path().join("link"));
    std::os::unix::fs::symlink(memory.path(), &link).expect("linked");
    // Now and then the system cannot tell what it is without a wait.
    let is_known = (0..100).any(|_| !waits(&link));
    fs::remove_file(&link).expect("removed");
    std::os::unix::fs::symlink(folder.path(), &link).expect("linked");
    assert_eq!(waits(&link), waits_here, "known: {is_known}");
}

/// Fewer bytes than the file has: nothing is made up.
#[test]
fn what_is_not_there_is_not_committed() {
    let folder = folder();
    let path = folder.path().join("a");
    for len in [10, HELD_LEN_MAX + 10] {
        fs::write(&path, b"old").expect("old");
        let sink = FileSink::create(&path).expect("create");
        sink.write_at(0, &vec![1; len]).expect("write");
        sink.commit(len as u64 + 1, None).expect_err("too few");
        drop(sink);
        assert_eq!(fs::read(&path).expect("read"), b"old", "{len}");
        assert_eq!(count(folder.path()), 1);
    }
}

/// A request that was given up may still write while the digest is told.
#[test]
fn digests_and_writes_do_not_wait_for_each_other() {
    let folder = folder();
    for _ in 0..200 {
        let sink = FileSink::create(folder.path().join("a")).expect("create");
        sink.write_at(0, &[1; 10]).expect("write");
        let start = std::sync::Barrier::new(2);
        // If they did, this would never end.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                sink.write_at(0, &vec![1; HELD_LEN_MAX + 1]).expect("write");
            });
            start.wait();
            for _ in 0..20 {
                sink.digest(0, 10).expect("digest");
            }
        });
    }
}

#[test]
fn a_folder_in_the_place_of_a_new_file_is_told() {
    let folder = tempfile::tempdir().expect("folder");
    let refused = FileSink::only_new(folder.path()).err().expect("in the way");
    assert_eq!(refused.reason, Reason::FolderInTheWay);
}

#[test]
fn a_new_file_replaces_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let target = folder.path().join("a.txt");
    // Short ones are complete at once, long ones are renamed.
    for len in [3, 100_000] {
        let content = vec![7; len];
        let sink = FileSink::only_new(&target).expect("nothing there");
        sink.write_at(0, &content).expect("written");
        fs::write(&target, b"another").expect("came in between");
        let refused = sink.commit(len as u64, None).expect_err("in the way");
        assert_eq!(refused.reason, Reason::TargetExists);
        drop(sink);
        assert_eq!(fs::read(&target).expect("there"), b"another");
        let early = FileSink::only_new(&target).err().expect("in the way");
        assert_eq!(early.reason, Reason::TargetExists);
        fs::remove_file(&target).expect("removed");
        let sink = FileSink::only_new(&target).expect("nothing there");
        sink.write_at(0, &content).expect("written");
        sink.commit(len as u64, Some(5)).expect("nothing in the way");
        assert_eq!(fs::read(&target).expect("there"), content);
        fs::remove_file(&target).expect("removed");
    }
}

#[test]
fn only_what_was_seen_is_replaced() {
    let folder = folder();
    let path = folder.path().join("a");
    let now = |path: &Path| {
        let metadata = fs::metadata(path).expect("there");
        let modified_ms = time::modified_ms(&metadata).expect("a time");
        Seen { len: metadata.len(), modified_ms }
    };
    let new = vec![b'n'; HELD_LEN_MAX + 1];
    // Short ones are held in memory, long ones are in a file beside it.
    for content in [&b"new"[..], &new] {
        fs::write(&path, b"old").expect("old");
        let sink = FileSink::replacing(&path, now(&path)).expect("create");
        sink.write_at(0, content).expect("write");
        fs::write(&path, b"somebody's work").expect("written meanwhile");
        let error = sink.commit(content.len() as u64, None).expect_err("it has changed");
        assert_eq!(error.reason, Reason::TargetChanged);
        drop(sink);
        assert_eq!(fs::read(&path).expect("read"), b"somebody's work");
        let seen = Seen { len: 3, ..now(&path) };
        let refused = FileSink::replacing(&path, seen).map(drop).expect_err("at once");
        assert_eq!(refused.reason, Reason::TargetChanged);
        let sink = FileSink::replacing(&path, now(&path)).expect("create");
        sink.write_at(0, content).expect("write");
        sink.commit(content.len() as u64, Some(5)).expect("commit");
        assert_eq!(fs::read(&path).expect("read"), content);
    }
    // What is gone is not lost by it.
    let sink = FileSink::replacing(&path, now(&path)).expect("create");
    fs::remove_file(&path).expect("removed");
    sink.write_at(0, b"new").expect("write");
    sink.commit(3, None).expect("commit");
    assert_eq!(fs::read(&path).expect("read"), b"new");
    assert_eq!(count(folder.path()), 1);
}
