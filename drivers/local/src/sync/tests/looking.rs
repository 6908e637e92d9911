//! Names that vanished are looked for once more, right before they are removed (S1).

use super::*;
use crate::safe_name::Platform;

/// Runs to the end; what `meanwhile` does comes when the first action has begun.
fn run(hands: &mut Hands, setup: Setup, meanwhile: impl FnOnce()) -> (Summary, Vec<Event>) {
    let mut run = Run::new(setup).expect("it can be run");
    let (mut told, mut meanwhile) = (Vec::new(), Some(meanwhile));
    loop {
        match run.step() {
            Next::Begin(ticket, job) => {
                if matches!(ticket, Ticket::Action(_))
                    && let Some(meanwhile) = meanwhile.take()
                {
                    meanwhile();
                }
                run.ended(ticket, hands.carry_out(job));
            }
            Next::Tell(event) => told.push(event),
            Next::Wait => panic!("everything ends at once"),
            Next::Over(summary) => return (summary.expect("it runs"), told),
        }
    }
}

fn put_back(folder: &TempDir, name: &str) {
    fs::write(folder.path().join(name), b"it is back").expect("written");
}

fn days(setup: Setup) -> Setup {
    let keep = Keep::Days { days: 1, by: Default::default() };
    Setup { options: Options { keep, ..setup.options }, ..setup }
}

#[test]
fn a_name_that_is_back_keeps_its_newest_version() {
    for is_hidden in [false, true] {
        let folder = folder(&["b"]);
        let mut hands = Hands::new(&["a", "a", "gone"]);
        let setup = up(&folder);
        let setup = if is_hidden { days(setup) } else { setup };
        let (summary, told) = run(&mut hands, setup, || put_back(&folder, "a"));
        assert_eq!((summary.failed, summary.is_complete()), (1, false));
        let failed = told.iter().find_map(|event| match event {
            Event::Failed(action, error) => Some((action.path().to_owned(), error.to_string())),
            _ => None,
        });
        let (path, why) = failed.expect("it is told");
        assert!(path == "a" && why.contains("again"), "{path}: {why}");
        assert!(hands.bucket.contains_key("a") && !hands.is_hidden("a"));
        assert!(!hands.bucket.contains_key("gone") || hands.is_hidden("gone"));
    }
}

/// Nothing of it can be seen, so nothing of it is old.
#[test]
fn a_hidden_name_that_is_back_keeps_everything() {
    let folder = folder(&["b"]);
    let mut hands = Hands::new(&["a", "a"]);
    hands.hide("a");
    let (summary, _) = run(&mut hands, up(&folder), || put_back(&folder, "a"));
    assert!(summary.failed > 0, "{summary:?}");
    assert_eq!(hands.names(), [("a", 3), ("b", 1)]);
}

/// Names that were looked for.
fn looks(hands: &mut Hands, setup: Setup) -> (Summary, Vec<String>) {
    let root = match &setup.source {
        End::Folder(root) => root.clone(),
        End::Bucket { .. } => panic!("a folder"),
    };
    let mut run = Run::new(setup).expect("it can be run");
    let mut looks = Vec::new();
    loop {
        match run.step() {
            Next::Begin(ticket, job) => {
                if let Job::Local(LocalJob::Look(path)) = &job {
                    let name = path.strip_prefix(&root).expect("in the folder");
                    looks.push(name.to_str().expect("text").to_owned());
                }
                run.ended(ticket, hands.carry_out(job));
            }
            Next::Tell(_) => {}
            Next::Wait => panic!("everything ends at once"),
            Next::Over(summary) => return (summary.expect("it runs"), looks),
        }
    }
}

#[test]
fn each_name_that_vanishes_is_looked_for_once_and_no_other() {
    let folder = folder(&["b", "d/x"]);
    for setup in [up(&folder), days(up(&folder))] {
        // A folder is no file, so `d` has vanished, too.
        let mut hands = Hands::new(&["a", "a", "a", "b", "b", "d", "d/x", "d/x", "d/y"]);
        let is_days = setup.options.keep != Keep::Newest;
        let (summary, looks) = looks(&mut hands, setup);
        assert!(summary.is_complete(), "{summary:?}");
        assert_eq!(looks, ["a", "d", "d/y"]);
        let names = hands.names();
        assert!(is_days || names == [("b", 1), ("d/x", 1)], "{names:?}");
    }
    // A download removes files here, not versions there.
    let mut setup = up(&folder);
    setup.is_dry_run = true;
    assert!(self::looks(&mut Hands::new(&["a"]), setup).1.is_empty());
}

/// What the rules leave out and is to go is there all the time.
#[cfg(feature = "filter")]
#[test]
fn what_is_left_out_is_not_looked_for() {
    use crate::filter::{Filters, Lines};
    let folder = folder(&["b", "c.tmp"]);
    let mut hands = Hands::new(&["c.tmp", "gone.tmp"]);
    let mut setup = up(&folder);
    let lines = Lines::new(["*.tmp"]).expect("lines");
    setup.rules = Rules::new(Filters { lines, ..Filters::default() });
    setup.options.delete_excluded = true;
    let (summary, looks) = looks(&mut hands, setup);
    assert!(summary.is_complete() && looks.is_empty(), "{looks:?}");
    assert_eq!(hands.names(), [("b", 1)]);
}

/// A download could bring only one of them to such a disk, so the other is nowhere else.
#[test]
fn a_name_that_is_another_one_for_the_disk_is_kept() {
    let folder = folder(&["a", "dir/x"]);
    let mut hands = Hands { folds: true, ..Hands::new(&["A", "Dir/x", "Gone", "a", "dir/x"]) };
    let (summary, _) = hands.run(up(&folder));
    assert_eq!(summary.expect("it runs").failed, 2);
    assert_eq!(hands.names(), [("A", 1), ("Dir/x", 1), ("a", 1), ("dir/x", 1)]);
}

#[test]
fn names_that_windows_cannot_have_are_kept_there() {
    let folder = folder(&["b"]);
    let names = ["aux.c", "d/x.", "notes: 1.txt"];
    for (platform, held_back) in [(Platform::Windows, 3), (Platform::Unix, 0)] {
        let mut setup = up(&folder);
        setup.rules.platform = platform;
        let mut hands = Hands::new(&names);
        let (summary, _) = hands.run(setup);
        let summary = summary.expect("it runs");
        assert_eq!((summary.planned.held_back, summary.deleted), (held_back, 3 - held_back));
    }
}

#[test]
fn only_a_file_is_there_again() {
    let folder = folder(&["file", "d/x"]);
    let is_free = |path: &str| match LocalJob::Look(folder.path().join(path)).run() {
        Ended::Looked(result) => result.is_ok(),
        other => panic!("{other:?}"),
    };
    assert!(!is_free("file") && !is_free("d/x"));
    assert!(is_free("none") && is_free("none/x") && is_free("file/x") && is_free("d"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        let link = |to: &str, name: &str| symlink(to, folder.path().join(name)).expect("a link");
        link("d", "to-folder");
        link("file", "to-file");
        link("none", "to-nothing");
        assert!(is_free("to-folder") && !is_free("to-file") && !is_free("to-nothing"));
        assert!(!is_free(&"x".repeat(300)), "nobody can look");
    }
}
