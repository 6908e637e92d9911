use std::fs;
use std::io;
use std::path::PathBuf;

use super::look::{skipped, unreadable};
use super::*;
use crate::Reason;

mod ahead;
mod chunks;

fn tree(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    for name in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("parent")).expect("folders");
        fs::write(path, name).expect("file");
    }
    folder
}

/// Names of files; of what is skipped, name and reason.
fn seen(root: &Path, symlinks: Symlinks) -> Vec<String> {
    Walk::new(root, symlinks)
        .expect("walk")
        .map(|entry| match entry {
            Entry::File(file) => file.name,
            Entry::Skipped(it) => format!("{} {}", it.name, it.reason),
        })
        .collect()
}

#[test]
fn names_come_in_the_order_of_a_bucket() {
    let names = ["a.txt", "a/b", "a/b0", "a/b/c", "a-/x", "a0.txt", "A", "z/~", "ż", "a b"];
    // A file and a folder cannot share a name.
    let names: Vec<&str> = names.into_iter().filter(|name| *name != "a/b").collect();
    let folder = tree(&names);
    let mut sorted = names;
    sorted.sort_unstable();
    assert_eq!(seen(folder.path(), Symlinks::Follow), sorted);
    let at = |name: &str| sorted.iter().position(|it| *it == name);
    assert!(at("a.txt") < at("a/b/c") && at("a/b/c") < at("a0.txt"));
}

#[test]
fn a_file_is_told_with_its_length_and_time() {
    let folder = tree(&["d/file"]);
    let path = folder.path().join("d/file");
    let file = fs::File::options().write(true).open(&path).expect("open");
    file.set_modified(std::time::UNIX_EPOCH + core::time::Duration::from_millis(1_500))
        .expect("time");
    let entry = Walk::new(folder.path(), Symlinks::Follow).expect("walk").next();
    let want = FoundFile { name: "d/file".to_owned(), path, len: 6, modified_ms: 1_500 };
    assert_eq!(entry, Some(Entry::File(want)));
}

#[test]
fn a_root_that_is_no_folder_is_an_error() {
    let folder = tree(&["file"]);
    let reason =
        |name| Walk::new(folder.path().join(name), Symlinks::Follow).expect_err("refused").reason;
    assert_eq!(reason("file"), Reason::SourceIsFile);
    assert_eq!(reason("none"), Reason::SourceMissing);
    fs::create_dir(folder.path().join("empty")).expect("folder");
    assert!(seen(&folder.path().join("empty"), Symlinks::Follow).is_empty());
}

#[test]
fn names_a_bucket_cannot_hold_are_reported() {
    let piece = "x".repeat(251);
    let folder = tree(&["ok", &piece]);
    let lines = seen(folder.path(), Symlinks::Follow);
    assert_eq!(lines[0], "ok");
    assert!(lines[1].contains("segment too long"), "{lines:?}");
    assert_eq!(lines.len(), 2);
}

/// A folder of so many empty files; in memory where the system has such a place.
fn many(count: usize) -> tempfile::TempDir {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    let folder = in_memory.or_else(|_| tempfile::tempdir()).expect("folder");
    for number in 0..count {
        // Spread, so that the system's order is not the sorted one.
        let name = format!("{:07}", number.wrapping_mul(7_919) % 10_000_000);
        fs::File::create(folder.path().join(name)).expect("file");
    }
    folder
}

#[test]
fn names_beyond_the_memory_come_in_further_chunks() {
    let folder = many(2_000);
    for name in ["d/x", "0000000-/y/z", "9/1", "9.1"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("parent")).expect("folders");
        fs::write(path, name).expect("file");
    }
    let all = seen(folder.path(), Symlinks::Follow);
    assert_eq!(all.len(), 2_004);
    assert!(all.is_sorted());
    for names_len_max in [1, 100, 5_000] {
        let options = WalkOptions::default();
        let mut walk =
            Walk::bounded(folder.path(), options, Everything, names_len_max).expect("walk");
        let mut names = Vec::new();
        while let Some(entry) = walk.next() {
            let held = walk.scout.held();
            // One name is held in any case, in each of up to three folders.
            assert!(held <= names_len_max + 3 * 64, "{held}");
            let Entry::File(file) = entry else { panic!("{entry:?}") };
            names.push(file.name);
        }
        assert_eq!(names, all);
    }
}

#[test]
fn a_folder_of_two_hundred_thousand_files() {
    const COUNT: usize = 200_000;
    let folder = many(COUNT);
    let mut walk = Walk::new(folder.path(), Symlinks::Follow).expect("walk");
    assert!(walk.scout.held() < COUNT * 20, "{}", walk.scout.held());
    let (mut count, mut last) = (0, String::new());
    for entry in &mut walk {
        let Entry::File(file) = entry else { panic!("{entry:?}") };
        assert!(last < file.name);
        last = file.name;
        count += 1;
    }
    assert_eq!(count, COUNT);
    let options = WalkOptions { look_ahead: LookAhead::Always, ..WalkOptions::default() };
    let ahead = Walk::filtered(folder.path(), options, Everything).expect("walk");
    assert_eq!(ahead.filter(|entry| matches!(entry, Entry::File(_))).count(), COUNT);
}

#[test]
fn folders_that_are_left_out_are_not_looked_at() {
    struct NoCaches;
    impl PathFilter for NoCaches {
        fn excludes_folder(&mut self, path: &str) -> bool {
            path.ends_with("cache")
        }
        fn excludes_file(&mut self, _: &str) -> bool {
            panic!("files are for the plan to ask about")
        }
    }
    let folder = tree(&["a/cache/x", "a/file", "cache/y", "cache.txt"]);
    let walk = Walk::filtered(folder.path(), WalkOptions::default(), NoCaches).expect("walk");
    let names: Vec<String> = walk
        .map(|entry| match entry {
            Entry::File(file) => file.name,
            Entry::Skipped(it) => panic!("{it:?}"),
        })
        .collect();
    assert_eq!(names, ["a/file", "cache.txt"]);
}

#[test]
fn a_folder_whose_name_no_bucket_takes_is_told_once() {
    let piece = "x".repeat(251);
    let folder = tree(&[&format!("{piece}/1"), &format!("{piece}/2"), "ok"]);
    let lines = seen(folder.path(), Symlinks::Follow);
    assert_eq!((lines[0].as_str(), lines.len()), ("ok", 2));
    let mut walk = Walk::new(folder.path(), Symlinks::Follow).expect("walk").skip(1);
    let Some(Entry::Skipped(it)) = walk.next() else { panic!("it is skipped") };
    assert!(it.name.ends_with('/') && it.reason.hides_files());
}

#[test]
fn what_changes_during_the_walk_is_told() {
    let folder = tree(&["a", "b", "c", "d"]);
    let mut walk = Walk::new(folder.path(), Symlinks::Follow).expect("walk");
    assert!(matches!(walk.next(), Some(Entry::File(_))));
    fs::remove_file(folder.path().join("b")).expect("remove");
    fs::remove_file(folder.path().join("c")).expect("remove");
    fs::create_dir(folder.path().join("c")).expect("folder");
    for name in ["b", "c"] {
        let Some(Entry::Skipped(it)) = walk.next() else { panic!("{name} is skipped") };
        assert_eq!((it.name.as_str(), it.reason.hides_files()), (name, true));
        assert_eq!(it.reason, SkipReason::Changed);
    }
    assert_eq!(walk.count(), 1);
}

#[test]
fn what_cannot_be_seen_is_unknown_to_a_plan_and_the_rest_is_left_out() {
    use b2_proto::plan::sync::Input;
    let of = |reason| Input::from(skipped("d/".to_owned(), PathBuf::from("d"), reason));
    assert_eq!(
        of(unreadable(&io::ErrorKind::PermissionDenied.into())),
        Input::Unknown("d/".into())
    );
    assert_eq!(of(SkipReason::NotUnicode), Input::Unknown("d/".into()));
    assert_eq!(of(SkipReason::Special), Input::LeftOut("d/".into()));
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_or_skipped_but_never_lost() {
        let folder = tree(&["real/file", "plain"]);
        let root = folder.path();
        symlink(root.join("plain"), root.join("link-file")).expect("link");
        symlink(root.join("real"), root.join("link-dir")).expect("link");
        symlink(root.join("none"), root.join("link-none")).expect("link");
        symlink(root, root.join("real/up")).expect("link");
        assert_eq!(
            seen(root, Symlinks::Follow),
            [
                "link-dir/file",
                "link-dir/up/ is a symbolic link to a folder it is in",
                "link-file",
                "link-none is a symbolic link that leads nowhere",
                "plain",
                "real/file",
                "real/up/ is a symbolic link to a folder it is in",
            ]
        );
        let lines = seen(root, Symlinks::Skip);
        let links = lines.iter().filter(|line| line.ends_with("is a symbolic link")).count();
        assert_eq!((lines.len(), links), (6, 4), "{lines:?}");
    }

    /// Whoever skips links need not know where they lead.
    #[test]
    fn links_that_lead_nowhere_are_skipped_like_others() {
        let folder = tree(&["file"]);
        symlink("none", folder.path().join("broken")).expect("link");
        symlink("loop", folder.path().join("loop")).expect("link");
        let lines = seen(folder.path(), Symlinks::Skip);
        assert_eq!(lines, ["broken is a symbolic link", "file", "loop is a symbolic link"]);
        let lines = seen(folder.path(), Symlinks::Follow);
        assert!(lines[0].ends_with("leads nowhere"), "{lines:?}");
        assert!(lines[2].starts_with("loop cannot be read"), "{lines:?}");
    }

    #[test]
    fn links_across_each_other_end() {
        let folder = tree(&["a/file", "b/file"]);
        let root = folder.path();
        symlink(root.join("b"), root.join("a/to-b")).expect("link");
        symlink(root.join("a"), root.join("b/to-a")).expect("link");
        let lines = seen(root, Symlinks::Follow);
        assert!(lines.contains(&"a/to-b/file".to_owned()), "{lines:?}");
        assert!(lines.iter().any(|line| line.starts_with("a/to-b/to-a/ ")), "{lines:?}");
        assert_eq!(lines.len(), 6);
    }

    #[test]
    fn special_files_and_other_names_are_reported() {
        let folder = tree(&["file"]);
        let _socket =
            std::os::unix::net::UnixListener::bind(folder.path().join("socket")).expect("socket");
        let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"odd\xff"));
        fs::write(&odd, b"").expect("file");
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{CWD, FileType, Mode, mknodat};
            let pipe = folder.path().join("pipe");
            mknodat(CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("pipe");
            symlink(&pipe, folder.path().join("pipe-link")).expect("link");
            assert_eq!(seen(folder.path(), Symlinks::Follow).len(), 5);
            fs::remove_file(pipe).expect("remove");
            fs::remove_file(folder.path().join("pipe-link")).expect("remove");
        }
        let walk = Walk::new(folder.path(), Symlinks::Follow).expect("walk");
        let skipped: Vec<_> = walk
            .filter_map(|entry| match entry {
                Entry::File(_) => None,
                Entry::Skipped(it) => Some((it.path, it.reason.clone(), it.reason.hides_files())),
            })
            .collect();
        let socket = folder.path().join("socket");
        let want = [(odd, SkipReason::NotUnicode, true), (socket, SkipReason::Special, false)];
        assert_eq!(skipped, want);
    }

    #[test]
    fn a_folder_that_vanishes_is_reported() {
        let folder = tree(&["a", "d/file", "e/file"]);
        let mut walk = Walk::new(folder.path(), Symlinks::Follow).expect("walk");
        assert!(walk.next().is_some());
        fs::remove_dir_all(folder.path().join("d")).expect("remove");
        let Some(Entry::Skipped(it)) = walk.next() else { panic!("the folder was lost") };
        assert_eq!(it.name, "d/");
        assert!(it.reason.hides_files());
        assert_eq!(walk.count(), 1);
    }

    /// Names the tree for the process that runs as nobody.
    const TREE: &str = "B2_TEST_TREE";

    #[test]
    fn what_may_not_be_read_is_unknown() {
        use std::os::unix::fs::PermissionsExt as _;
        use std::os::unix::process::CommandExt as _;
        if let Some(root) = std::env::var_os(TREE) {
            return see_what_may_not_be_read(Path::new(&root));
        }
        let folder = tree(&["closed/file", "listed/file", "open/file", "z"]);
        let mode = |name: &str, bits| {
            let path = folder.path().join(name);
            fs::set_permissions(path, fs::Permissions::from_mode(bits)).expect("permissions");
        };
        mode("", 0o755);
        mode("closed", 0o000);
        mode("listed", 0o444);
        if rustix::process::geteuid().is_root() {
            // Permissions do not stop root, so the test runs itself as nobody.
            let own = std::env::current_exe().expect("own program");
            let mut command = std::process::Command::new(own);
            command.args(["--exact", "walk::tests::unix::what_may_not_be_read_is_unknown"]);
            command.env(TREE, folder.path()).uid(65_534).gid(65_534);
            match command.output() {
                Err(error) => println!("not tested: nobody may not run this program: {error}"),
                Ok(output) => {
                    let text = String::from_utf8_lossy(&output.stdout);
                    assert!(output.status.success() && text.contains("1 passed"), "{text}");
                }
            }
        } else {
            see_what_may_not_be_read(folder.path());
        }
        mode("closed", 0o755);
        mode("listed", 0o755);
    }

    fn see_what_may_not_be_read(root: &Path) {
        let walk = Walk::new(root, Symlinks::Follow).expect("walk");
        let seen: Vec<(String, bool)> = walk
            .map(|entry| match entry {
                Entry::File(file) => (file.name, false),
                Entry::Skipped(it) => {
                    assert!(matches!(it.reason, SkipReason::Unreadable(_)), "{it:?}");
                    (it.name, it.reason.hides_files())
                }
            })
            .collect();
        let want = [("closed/", true), ("listed/file", true), ("open/file", false), ("z", false)];
        let seen: Vec<(&str, bool)> = seen.iter().map(|(name, is)| (name.as_str(), *is)).collect();
        assert_eq!(seen, want);
    }
}
