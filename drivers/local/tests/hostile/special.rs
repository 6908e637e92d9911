//! Things that are no files, files that are too large to be read, and links.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use b2_local::Reason;
use b2_local::index::sha1_of;
use b2_local::source::{FileSource, ReadAt as _};
use b2_local::walk::{Entry, LookAhead, SkipReason, Symlinks, Walk, WalkOptions};
use b2_proto::plan::sync::{Everything, PathFilter};
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

use crate::{split, walk, write};

#[test]
fn pipes_sockets_and_devices_are_skipped_and_never_opened() {
    let folder = tempfile::tempdir().expect("folder");
    let root = folder.path();
    write(root.join("file"), "x");
    let _socket = UnixListener::bind(root.join("socket")).expect("socket");
    // Reading it, or opening it for that, would wait for ever.
    node(&root.join("pipe"), FileType::Fifo).expect("pipe");
    let has_device = node(&root.join("device"), FileType::CharacterDevice).is_ok();
    if !has_device {
        println!("not tested: only root makes device nodes; see those of this machine below");
    }
    for (link, to) in [("to-pipe", "pipe"), ("to-null", "/dev/null"), ("to-zero", "/dev/zero")] {
        symlink(to, root.join(link)).expect("link");
    }
    let (files, skipped) = split(walk(root));
    assert_eq!(files.len(), 1);
    assert_eq!(skipped.len(), 5 + usize::from(has_device));
    for it in &skipped {
        assert_eq!(it.reason, SkipReason::Special, "{}", it.name);
        assert!(!it.reason.hides_files(), "it is known what it is");
        let error = sha1_of(&it.path, None, &|| false).expect_err("refused");
        assert_eq!(error.reason, Reason::SourceIsSpecial, "{}", it.name);
    }
}

/// Makes something that is no file; a device is `/dev/zero` under another name.
fn node(path: &Path, kind: FileType) -> rustix::io::Result<()> {
    let device = if kind == FileType::Fifo { 0 } else { makedev(1, 5) };
    mknodat(CWD, path, kind, Mode::from_raw_mode(0o600), device)
}

/// All that is in `/dev` but for memory that others use as a disk.
#[derive(Clone, Copy)]
struct Devices;

impl PathFilter for Devices {
    fn excludes_folder(&mut self, path: &str) -> bool {
        matches!(path, "shm" | "mqueue" | "fd" | "hugepages")
    }
    fn excludes_file(&mut self, _: &str) -> bool {
        false
    }
}

#[test]
fn the_devices_of_this_machine_are_left_alone() {
    for look_ahead in [LookAhead::Never, LookAhead::Always] {
        let options =
            WalkOptions { symlinks: Symlinks::Skip, look_ahead, ..WalkOptions::default() };
        let walk = Walk::filtered("/dev", options, Devices).expect("walk");
        let specials: Vec<String> = walk
            .filter_map(|entry| match entry {
                Entry::Skipped(it) if it.reason == SkipReason::Special => Some(it.name),
                Entry::Skipped(_) | Entry::File(_) => None,
            })
            .collect();
        for name in ["full", "null", "random", "zero"] {
            assert!(specials.iter().any(|it| it == name), "{name} in {specials:?}");
        }
    }
}

#[test]
fn sparse_and_huge_files_are_found_without_being_read() {
    let folder = tempfile::tempdir().expect("folder");
    let root = folder.path();
    let mut want = Vec::new();
    for (name, len) in [("a", 1_u64 << 30), ("b", 10_000_000_000_000), ("c", 1 << 53)] {
        let file = File::create(root.join(name)).expect("file");
        if file.set_len(len).is_ok() {
            want.push((name.to_owned(), len));
        } else {
            println!("not tested: this file system has no files of {len} bytes");
            fs::remove_file(root.join(name)).expect("removed");
        }
    }
    assert!(!want.is_empty());
    let (files, _) = split(walk(root));
    let found: Vec<(String, u64)> =
        files.iter().map(|file| (file.name.clone(), file.len)).collect();
    assert_eq!(found, want);
    for file in files {
        let source = FileSource::open(&file.path).expect("open");
        let mut end = [1; 16];
        source.read_exact_at(file.len - 16, &mut end).expect("read");
        assert_eq!(end, [0; 16]);
        assert!(source.read_exact_at(file.len - 15, &mut end).is_err());
    }
}

#[test]
fn links_in_circles_end_and_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("folder");
    let root = folder.path();
    write(root.join("d/file"), "x");
    for (link, to) in [
        ("self", "self"),
        ("ping", "pong"),
        ("pong", "ping"),
        ("d/up", ".."),
        ("d/here", "."),
        ("to-d", "d"),
        ("gone", "nowhere/at/all"),
        ("through-file", "d/file/x"),
        ("d/root", "/"),
    ] {
        symlink(to, root.join(link)).expect("link");
    }
    let (files, skipped) = split(walk(root));
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["d/file", "to-d/file"]);
    let reason = |name: &str| {
        let found = skipped.iter().find(|it| it.name.trim_end_matches('/') == name);
        &found.unwrap_or_else(|| panic!("{name} in {skipped:?}")).reason
    };
    for name in ["d/up", "d/here", "d/root", "to-d/up", "to-d/root"] {
        assert_eq!(*reason(name), SkipReason::LinkLoop, "{name}");
    }
    assert_eq!(*reason("gone"), SkipReason::BrokenLink);
    for name in ["self", "ping", "pong", "gone", "through-file"] {
        assert!(reason(name).hides_files(), "{name}");
    }
    // Wherever they lead, they are skipped when that is asked for, and nobody is told more.
    let options = WalkOptions { symlinks: Symlinks::Skip, ..WalkOptions::default() };
    let skipping = Walk::filtered(root, options, Everything).expect("walked");
    let (files, skipped) = split(skipping.collect());
    assert_eq!(files.len(), 1);
    assert!(skipped.iter().all(|it| it.reason == SkipReason::Link), "{skipped:?}");
}

#[test]
fn links_upon_links_come_to_an_end() {
    let folder = tempfile::tempdir().expect("folder");
    let root = folder.path();
    // Each folder has two links to the next: 2^6 ways to the last one, none of them a circle.
    for level in 0..7 {
        let within = root.join(format!("l{level}"));
        write(within.join("file"), "x");
        for link in ["a", "b"] {
            if level < 6 {
                symlink(format!("../l{}", level + 1), within.join(link)).expect("link");
            }
        }
    }
    let (files, skipped) = split(walk(root));
    assert!(skipped.is_empty(), "{skipped:?}");
    // A folder at level n is reached from itself and through all before it.
    let ways: usize = (0..7).map(|level| (1 << (level + 1)) - 1).sum();
    assert_eq!(files.len(), ways);
}
