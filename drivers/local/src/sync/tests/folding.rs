//! Disks that take two names of a bucket for one, on the way down (S1).

use std::path::Path;

use super::*;

/// Names that the disk takes for one: both lead to the file as soon as the first download begins.
fn run(hands: &mut Hands, mut run: Run, [old, new]: [&Path; 2]) -> (Summary, Vec<Event>) {
    let (mut open, mut told) = (Vec::new(), Vec::new());
    let done = loop {
        match run.step() {
            Next::Begin(ticket, job) => open.push((ticket, job)),
            Next::Tell(event) => told.push(event),
            Next::Wait => {
                // Removals first, as far as they may.
                let (ticket, job) = open.pop().expect("something is under way");
                if matches!(job, Job::Download(_)) && !new.exists() && old.exists() {
                    fs::hard_link(old, new).expect("a second name");
                }
                run.ended(ticket, hands.carry_out(job));
            }
            Next::Over(summary) => break summary.expect("it runs"),
        }
    };
    // A walk would find it under one name.
    if old.exists() && new.exists() {
        fs::remove_file(new).expect("the second name");
    }
    (done, told)
}

#[test]
fn a_file_that_the_disk_takes_for_one_of_the_source_is_kept() {
    for (old, new) in [("photo.jpg", "Photo.jpg"), ("Photo.jpg", "photo.jpg")] {
        for delete_limit in [DeleteLimit::Unlimited, DeleteLimit::Percent(100)] {
            let folder = folder(&[old, "gone", "zgone"]);
            let paths = [old, new].map(|name| folder.path().join(name));
            let [old_path, new_path] = [paths[0].as_path(), paths[1].as_path()];
            let mut hands = Hands::new(&["a", new]);
            // However often: nothing is fetched again, and nothing removed.
            for round in 0..3 {
                let mut setup = down(&folder);
                setup.options.delete_limit = delete_limit;
                let begun = Run::new(setup).expect("it can be run");
                let (summary, told) = run(&mut hands, begun, [old_path, new_path]);
                let first = u64::from(round == 0);
                assert_eq!((summary.transferred, summary.deleted), (first, 2 * first), "{told:?}");
                assert_eq!((summary.failed, summary.is_complete()), (2, false), "{told:?}");
                let is_told = |event: &Event| {
                    let Event::Failed(action, error) = event else { return false };
                    action.path() == old && error.to_string().contains("another spelling")
                };
                assert!(told.iter().any(is_told), "{told:?}");
                assert_eq!(fs::read(old_path).expect("kept"), b"content");
            }
            assert!(!folder.path().join("gone").exists());
        }
    }
}

/// Whoever allows what was refused allows no more than that.
#[test]
fn a_file_that_the_disk_takes_for_one_of_the_source_is_kept_whatever_somebody_allows() {
    for (old, new) in [("photo.jpg", "Photo.jpg"), ("Photo.jpg", "photo.jpg")] {
        let folder = folder(&[old, "gone"]);
        let paths = [old, new].map(|name| folder.path().join(name));
        let paths = [paths[0].as_path(), paths[1].as_path()];
        let mut hands = Hands::new(&["a", new]);
        let setup = || {
            let mut setup = down(&folder);
            setup.options.delete_limit = DeleteLimit::Names(0);
            setup
        };
        let names = Refused::new();
        let first = Run::new(setup()).expect("it can be run").refusing(names.clone());
        let (summary, told) = run(&mut hands, first, paths);
        assert_eq!(summary.ending, Ending::TooManyDeletes { wanted: 2, allowed: 0 }, "{told:?}");
        assert_eq!((summary.failed, summary.deleted), (1, 0), "{told:?}");
        // The disk leads to the file under both names.
        fs::hard_link(paths[0], paths[1]).expect("a second name");
        let second = Run::allowing(setup(), &names).expect("it can be run");
        let (summary, told) = run(&mut hands, second, paths);
        assert_eq!((summary.failed, summary.deleted), (2, 1), "{told:?}");
        assert_eq!(fs::read(paths[0]).expect("kept"), b"content");
        assert!(!folder.path().join("gone").exists());
    }
}

/// What the source has no more makes no room for what may still fail.
#[test]
fn nothing_is_removed_before_all_downloads_have_ended() {
    let folder = folder(&["a", "z"]);
    let mut setup = down(&folder);
    setup.options.delete_limit = DeleteLimit::Unlimited;
    let mut hands = Hands { is_last_first: true, ..Hands::new(&["b", "y"]) };
    let (summary, told) = hands.run(setup);
    assert!(summary.expect("it runs").is_complete());
    let mut lines = lines(&told);
    lines[..2].sort();
    lines[2..].sort();
    assert_eq!(lines, ["upload b", "upload y", "delete a ", "delete z "]);
}
