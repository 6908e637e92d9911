use super::*;

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
    assert_eq!(reason("file"), Reason::FolderIsFile);
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
        assert_eq!((lines.len(), links), (6, 3), "{lines:?}");
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
}
