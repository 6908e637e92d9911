//! Folders that are read again for each chunk of their names, and are not there any more.

use b2_proto::plan::sync::{
    Direction, Ending, HeldBack, Input, Keep, Options, Planner, Report, Step, Totals,
};

use super::*;

/// A folder with a large one in it, and what else is around that.
fn large() -> tempfile::TempDir {
    let names: Vec<String> = (0..200).map(|number| format!("d/{number:04}")).collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.extend(["a", "z"]);
    tree(&names)
}

/// Plans to bring a bucket with the same files into step, while `change` is done to the tree after
/// so many entries of a walk with little memory.
fn plan(root: &Path, entries: usize, change: impl Fn()) -> (Ending, Totals, Vec<String>) {
    let mut there = Walk::new(root, Symlinks::Follow).expect("walk");
    let mut here = Walk::bounded(root, WalkOptions::default(), Everything, 500).expect("walk");
    let there: Vec<FoundFile> = there
        .by_ref()
        .filter_map(|entry| if let Entry::File(file) = entry { Some(file) } else { None })
        .collect();
    let mut there = there.into_iter();
    let mut options = Options::new(Direction::Up, 0);
    options.keep = Keep::Newest;
    let mut planner = Planner::<FoundFile, FoundFile, _>::new(options, Everything).expect("plan");
    let (mut count, mut kept) = (0, Vec::new());
    loop {
        match planner.step() {
            Step::NeedSource => {
                if count == entries {
                    change();
                }
                count += 1;
                planner.source(here.next().map_or(Input::End, Input::from));
            }
            Step::NeedDestination => {
                planner.destination(there.next().map_or(Input::End, Input::Entry));
            }
            Step::Tell(Report::HeldBack { entry, why: HeldBack::SourceUnknown }) => {
                kept.push(entry.name);
            }
            Step::Done(ending) => return (ending, *planner.totals(), kept),
            Step::Act(_) => {}
            step @ (Step::NeedSha1(_) | Step::Tell(_)) => panic!("{step:?}"),
        }
    }
}

#[test]
fn the_rest_of_a_folder_that_is_gone_is_unknown() {
    let folder = large();
    let (d, aside) = (folder.path().join("d"), folder.path().join("zz"));
    let gone = || fs::rename(&d, &aside).expect("renamed");
    let emptied = || {
        gone();
        fs::create_dir(&d).expect("a folder");
    };
    for change in [&gone as &dyn Fn(), &emptied] {
        let (ending, totals, kept) = plan(folder.path(), 3, change);
        assert_eq!((ending, totals.deletes), (Ending::Complete, 0), "{totals:?}");
        // All that was not listed, and what went away before it was looked at.
        assert_eq!(kept.len() as u64 + totals.same, 202, "{totals:?}");
        assert!(kept.len() > 100 && kept.iter().all(|name| name.starts_with("d/")), "{kept:?}");
        assert!(totals.is_incomplete());
        let _ = fs::remove_dir(&d);
        fs::rename(&aside, &d).expect("renamed back");
    }
}

#[test]
fn so_is_the_rest_of_all() {
    let names: Vec<String> = (0..200).map(|number| format!("{number:04}")).collect();
    let folder = tree(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let root = folder.path().join("root");
    let within = tempfile::tempdir_in(folder.path()).expect("a folder");
    fs::create_dir(&root).expect("a folder");
    for name in &names {
        fs::rename(folder.path().join(name), root.join(name)).expect("renamed");
    }
    let aside = within.path().join("aside");
    let emptied = || {
        fs::rename(&root, &aside).expect("renamed");
        fs::create_dir(&root).expect("a folder");
    };
    let (ending, totals, kept) = plan(&root, 3, emptied);
    assert_eq!((ending, totals.deletes), (Ending::Complete, 0), "{totals:?}");
    assert_eq!(kept.len() as u64 + totals.same, 200, "{totals:?}");
}

/// Nothing is wrong with a folder whose files were removed: it is the same.
#[test]
fn a_folder_from_which_files_were_removed_lacks_them() {
    let folder = large();
    let last = folder.path().join("d/0199");
    let (ending, totals, kept) = plan(folder.path(), 3, || fs::remove_file(&last).expect("gone"));
    assert_eq!((ending, totals.deletes, kept.len()), (Ending::Complete, 1, 0), "{totals:?}");
}
