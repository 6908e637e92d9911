//! Coming down, paths that lead elsewhere by the time something is written or removed (S13).

use std::os::unix::fs::symlink;
use std::path::Path;

use super::*;

/// Runs to the end; `meanwhile` sees each job before it is done.
fn run(hands: &mut Hands, setup: Setup, mut meanwhile: impl FnMut(&Job)) -> (Summary, Vec<Event>) {
    let mut run = Run::new(setup).expect("it can be run");
    let mut told = Vec::new();
    loop {
        match run.step() {
            Next::Begin(ticket, job) => {
                meanwhile(&job);
                run.ended(ticket, hands.carry_out(job));
            }
            Next::Tell(event) => told.push(event),
            Next::Wait => panic!("everything ends at once"),
            Next::Over(summary) => return (summary.expect("it runs"), told),
        }
    }
}

/// Somebody moves a folder away, and leaves a link to it.
fn link_away(folder: &Path, at: &Path) {
    if !at.is_symlink() {
        fs::rename(folder, at).expect("moved away");
        symlink(at, folder).expect("a link");
    }
}

fn without_limit(setup: Setup) -> Setup {
    Setup { options: Options { delete_limit: DeleteLimit::Unlimited, ..setup.options }, ..setup }
}

const fn is_remove(job: &Job) -> bool {
    matches!(job, Job::Local(LocalJob::Remove(..)))
}

#[test]
fn nothing_is_removed_behind_a_link_that_came_meanwhile() {
    for outer in ["d", "d/d"] {
        let folder = folder(&["root/d/d/e/f", "root/gone", "root/kept"]);
        let (root, away) = (folder.path().join("root"), folder.path().join("away"));
        let setup = Setup { destination: End::Folder(root.clone()), ..down(&folder) };
        let (summary, told) = run(&mut Hands::new(&["kept"]), without_limit(setup), |job| {
            if is_remove(job) && !away.exists() {
                link_away(&root.join(outer), &away);
            }
        });
        assert_eq!((summary.failed, summary.deleted), (1, 1), "{told:?}");
        let rest = if outer == "d" { "d/e/f" } else { "e/f" };
        assert!(away.join(rest).exists() && root.join(outer).is_symlink());
        assert!(!root.join("gone").exists() && !summary.is_complete());
    }
}

/// Where links are not followed, neither are those that take the place of a file, or of a folder it
/// is in, after the walk.
#[test]
fn nothing_is_read_behind_a_link_that_came_after_the_walk() {
    for symlinks in [walk::Symlinks::Skip, walk::Symlinks::Follow] {
        let folder = folder(&["root/a", "root/b", "root/c", "root/d/e/f", "root/g", "out/e/f"]);
        let (root, out) = (folder.path().join("root"), folder.path().join("out"));
        let setup = Setup { source: End::Folder(root.clone()), symlinks, ..up(&folder) };
        let mut hands = Hands::new(&["old"]);
        let (summary, told) = run(&mut hands, Setup { in_flight_max: 1, ..setup }, |job| {
            if matches!(job, Job::Upload(it) if it.file.name() == "a") {
                fs::remove_file(root.join("b")).expect("removed");
                symlink(out.join("e/f"), root.join("b")).expect("a link");
                // What an editor does is not that.
                fs::write(root.join("new"), b"new content").expect("written");
                fs::rename(root.join("new"), root.join("c")).expect("renamed");
                fs::remove_dir_all(root.join("d")).expect("removed");
                symlink(&out, root.join("d")).expect("a link");
            }
        });
        let there: Vec<&str> = hands.bucket.keys().map(String::as_str).collect();
        if symlinks == walk::Symlinks::Follow {
            assert_eq!(there, ["a", "b", "c", "d/e/f", "g"]);
            continue;
        }
        assert_eq!((there, summary.failed), (vec!["a", "c", "g"], 2), "{told:?}");
        let failed = told.iter().filter_map(|event| {
            let Event::Failed(action, error) = event else { return None };
            Some((action.path(), error.kind))
        });
        let failed: Vec<_> = failed.collect();
        assert_eq!(failed, [("b", ErrorKind::Source), ("d/e/f", ErrorKind::Source)]);
    }
}

/// Neither is what only decides whether it is uploaded.
#[test]
fn nothing_is_hashed_behind_a_link_that_came_after_the_walk() {
    let folder = folder(&["root/a", "root/b", "out"]);
    let (root, out) = (folder.path().join("root"), folder.path().join("out"));
    fs::write(root.join("b"), b"changed").expect("written");
    let digests = Digests::new(None);
    let way = |name: &str| {
        let found = Arc::new(Root::new(root.clone()));
        found.begin().expect("there");
        Some(Way::new(found, name, &root.join(name)))
    };
    let hash =
        |name: &str, way| LocalJob::Hash(root.join(name), way, digests.clone()).run(&|| false);
    assert!(matches!(hash("a", way("a")), Ended::Hashed(Ok(_))));
    let (a, b) = (way("a"), way("b"));
    fs::remove_file(root.join("a")).expect("removed");
    symlink(&out, root.join("a")).expect("a link");
    assert!(matches!(hash("a", None), Ended::Hashed(Ok(_))), "it is followed elsewhere");
    assert!(matches!(hash("a", a), Ended::Hashed(Err(_))));
    // A pipe in its place is not waited for.
    fs::remove_file(root.join("b")).expect("removed");
    let made = std::process::Command::new("mkfifo").arg(root.join("b")).status();
    assert!(made.is_ok_and(|it| it.success()));
    assert!(matches!(hash("b", b), Ended::Hashed(Err(_))));
}

/// Folders that became empty as well.
#[test]
fn no_folder_is_pruned_behind_a_link_that_came_meanwhile() {
    let folder = folder(&["root/d/e/f", "root/gone/x/y", "root/kept"]);
    let (root, away) = (folder.path().join("root"), folder.path().join("away"));
    let setup = Setup { destination: End::Folder(root.clone()), ..down(&folder) };
    let (summary, _) = run(&mut Hands::new(&["kept"]), without_limit(setup), |job| {
        if matches!(job, Job::Local(LocalJob::Prune { .. })) {
            link_away(&root.join("d"), &away);
        }
    });
    assert_eq!(summary.deleted, 2);
    assert!(away.join("e").is_dir() && !root.join("gone").exists());
}

/// A link to the folder is turned, or another disk is mounted there: with copies, as `cp -p` makes
/// them, in it.
#[test]
fn nothing_is_removed_in_another_folder_than_was_walked() {
    for is_gone in [false, true] {
        let folder = folder(&["one/old/x", "one/kept"]);
        let [one, two, root] = ["one", "two", "root"].map(|name| folder.path().join(name));
        fs::create_dir_all(two.join("old")).expect("a folder");
        fs::hard_link(one.join("old/x"), two.join("old/x")).expect("the same in each respect");
        symlink(&one, &root).expect("a link");
        let setup = Setup { destination: End::Folder(root.clone()), ..down(&folder) };
        let (summary, told) = run(&mut Hands::new(&["kept"]), without_limit(setup), |job| {
            if is_remove(job) {
                fs::remove_file(&root).expect("turned");
                if !is_gone {
                    symlink(&two, &root).expect("turned");
                }
            }
        });
        assert_eq!((summary.failed, summary.deleted), (1, 0), "{told:?}");
        assert!(one.join("old/x").exists() && two.join("old/x").exists());
    }
}

/// It is looked at again when all bytes are there.
#[test]
fn nothing_is_stored_behind_a_link_that_came_while_it_was_on_its_way() {
    let long = 100_000;
    for (is_new, is_root) in [(true, false), (false, false), (true, true), (false, true)] {
        let names = ["root/d/old", "root/d/there"];
        let folder = folder(&names);
        let (root, away) = (folder.path().join("root"), folder.path().join("away"));
        let root_of = Arc::new(Root::new(root.clone()));
        root_of.begin().expect("there");
        let path = root.join("d/old");
        let seen = crate::sink::Seen { len: 7, modified_ms: now_ms(&path) };
        let target = Target {
            root: root_of,
            name: if is_new { "d/new" } else { "d/old" }.to_owned(),
            replaces: (!is_new).then_some(seen),
            is_kept: false,
        };
        let sink = target.open().expect("it can be opened");
        sink.write_at(0, &vec![b'x'; long]).expect("written");
        link_away(if is_root { &root } else { path.parent().expect("a folder") }, &away);
        let there = if is_root { away.join("d") } else { away.clone() };
        let result = sink.commit(long as u64, None);
        // A link to the very folder that was walked is the same folder.
        if is_root {
            assert!(result.is_ok());
            continue;
        }
        assert!(result.is_err_and(|error| error.to_string().contains("link")), "{is_new}");
        drop(sink);
        let left = fs::read_dir(&there).expect("there").count();
        assert_eq!((left, fs::read(there.join("old")).expect("kept")), (2, b"content".to_vec()));
    }
}

/// What is under the mount point of a disk that is gone gets no folders.
#[test]
fn no_folder_is_made_in_another_one_than_was_walked() {
    let folder = folder(&["root/d/x", "other/x"]);
    let [root, other] = ["root", "other"].map(|name| folder.path().join(name));
    let setup = Setup { destination: End::Folder(root.clone()), ..down(&folder) };
    let mut is_walked = false;
    let (summary, told) = run(&mut Hands::new(&["d/x", "new/y"]), setup, |job| {
        if matches!(job, Job::Download(_)) && !is_walked {
            is_walked = true;
            fs::rename(&root, folder.path().join("away")).expect("away");
            fs::rename(&other, &root).expect("another one");
        }
    });
    assert!(summary.failed > 0, "{told:?}");
    assert!(!root.join("new").exists() && !root.join("d").exists());
}
