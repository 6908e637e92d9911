//! Names that vanished are looked for once more, right before they are removed (S1).

use std::path::PathBuf;

use b2_proto::plan::sync::HeldBack;

use super::*;
use crate::safe_name::Platform;

/// Runs to the end; `meanwhile` sees each job before it is done, and may give another one instead.
fn run(
    hands: &mut Hands,
    setup: Setup,
    mut meanwhile: impl FnMut(Ticket, Job) -> Job,
) -> (Summary, Vec<Event>) {
    let mut run = Run::new(setup).expect("it can be run");
    let mut told = Vec::new();
    loop {
        match run.step() {
            Next::Begin(ticket, job) => {
                let job = meanwhile(ticket, job);
                run.ended(ticket, hands.carry_out(job));
            }
            Next::Tell(event) => told.push(event),
            Next::Wait => panic!("everything ends at once"),
            Next::Over(summary) => return (summary.expect("it runs"), told),
        }
    }
}

/// Puts `a` back when the first action has begun.
fn run_while_a_comes_back(
    hands: &mut Hands,
    setup: Setup,
    folder: &TempDir,
) -> (Summary, Vec<Event>) {
    run(hands, setup, |ticket, job| {
        if matches!(ticket, Ticket::Action(_)) {
            fs::write(folder.path().join("a"), b"it is back").expect("written");
        }
        job
    })
}

/// Runs to the end; gives the names that were looked for.
fn looks(hands: &mut Hands, setup: Setup, folder: &TempDir) -> (Summary, Vec<String>) {
    let mut looks = Vec::new();
    let (summary, _) = run(hands, setup, |_, job| {
        if let Job::Local(LocalJob::Look(path, ..)) = &job {
            let name = path.strip_prefix(folder.path()).expect("in the folder");
            looks.push(name.to_str().expect("text").to_owned());
        }
        job
    });
    (summary, looks)
}

fn days(setup: Setup) -> Setup {
    let keep = Keep::Days { days: 1, by: Default::default() };
    Setup { options: Options { keep, ..setup.options }, ..setup }
}

#[test]
fn a_name_that_is_back_keeps_its_newest_version() {
    for hides in [false, true] {
        let folder = folder(&["b"]);
        let mut hands = Hands::new(&["a", "a", "gone"]);
        let setup = if hides { days(up(&folder)) } else { up(&folder) };
        let (summary, told) = run_while_a_comes_back(&mut hands, setup, &folder);
        assert_eq!((summary.failed, summary.is_complete()), (1, false));
        let is_told = told.iter().any(|event| {
            let Event::Failed(action, error) = event else { return false };
            action.path() == "a" && error.to_string().contains("again")
        });
        assert!(is_told, "{told:?}");
        assert!(hands.bucket.contains_key("a") && !hands.is_hidden("a"));
        assert!(!hands.bucket.contains_key("gone") || hands.is_hidden("gone"));
    }
}

/// A disk that is not mounted any more has nothing, and says so without an error.
#[test]
fn a_source_that_is_another_folder_by_then_says_nothing() {
    for hides in [false, true] {
        let folder = folder(&["root/b", "other/c"]);
        let [root, other] = ["root", "other"].map(|name| folder.path().join(name));
        for is_gone in [false, true] {
            let mut hands = Hands::new(&["a", "a", "b"]);
            let setup = Setup { source: End::Folder(root.clone()), ..up(&folder) };
            let setup = if hides { days(setup) } else { setup };
            let (summary, told) = run(&mut hands, setup, |_, job| {
                if matches!(job, Job::Local(LocalJob::Look(..))) {
                    fs::rename(&root, folder.path().join("away")).expect("it goes");
                    if !is_gone {
                        fs::rename(&other, &root).expect("another one");
                    }
                }
                job
            });
            assert_eq!((summary.failed, summary.hidden), (1, 0), "{told:?}");
            assert!(hands.bucket.contains_key("a") && !hands.is_hidden("a"));
            if !is_gone {
                fs::rename(&root, &other).expect("back");
            }
            fs::rename(folder.path().join("away"), &root).expect("back");
        }
    }
}

/// Nothing of it can be seen, so nothing of it is old.
#[test]
fn a_hidden_name_that_is_back_keeps_everything() {
    let folder = folder(&["b"]);
    let mut hands = Hands::new(&["a", "a"]);
    hands.hide("a");
    let (summary, _) = run_while_a_comes_back(&mut hands, up(&folder), &folder);
    assert!(summary.failed > 0, "{summary:?}");
    assert_eq!(hands.names(), [("a", 3), ("b", 1)]);
}

#[test]
fn each_name_that_vanishes_is_looked_for_once_and_no_other() {
    let folder = folder(&["b", "d/x"]);
    for setup in [up(&folder), days(up(&folder))] {
        // A folder is no file, so `d` has vanished, too.
        let mut hands = Hands::new(&["a", "a", "a", "b", "b", "d", "d/x", "d/x", "d/y"]);
        let is_days = setup.options.keep != Keep::Newest;
        let (summary, looks) = looks(&mut hands, setup, &folder);
        assert!(summary.is_complete(), "{summary:?}");
        assert_eq!(looks, ["a", "d", "d/y"]);
        let names = hands.names();
        assert!(is_days || names == [("b", 1), ("d/x", 1)], "{names:?}");
    }
    let setup = Setup { is_dry_run: true, ..up(&folder) };
    assert!(looks(&mut Hands::new(&["a"]), setup, &folder).1.is_empty());
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
    let (summary, looks) = looks(&mut hands, setup, &folder);
    assert!(summary.is_complete() && looks.is_empty(), "{looks:?}");
    assert_eq!(hands.names(), [("b", 1)]);
}

/// A download could bring only one of them to a disk that folds, so the other is nowhere else.
#[test]
fn a_name_that_is_another_one_for_the_disk_is_kept() {
    let folder = folder(&["a", "dir/x"]);
    let mut hands = Hands::new(&["A", "Dir/x", "Gone", "a", "dir/x"]);
    let folded = |path: &PathBuf| {
        let name = path.strip_prefix(folder.path()).expect("in the folder");
        folder.path().join(name.to_str().expect("text").to_lowercase())
    };
    let (summary, _) = run(&mut hands, up(&folder), |_, job| {
        let Job::Local(LocalJob::Look(path, root, _)) = &job else { return job };
        Job::Local(LocalJob::Look(folded(path), root.clone(), None))
    });
    assert_eq!(summary.failed, 2);
    assert_eq!(hands.names(), [("A", 1), ("Dir/x", 1), ("a", 1), ("dir/x", 1)]);
}

/// What a look at a bucket asks for: from which name on, and how many.
fn asked(job: &Job) -> (String, u32) {
    let text = format!("{job:?}");
    let of = |field: &str| {
        let (_, rest) = text.split_once(field).expect("a field");
        rest.split_once("Some(").and_then(|(_, rest)| rest.split_once(')')).expect("a value").0
    };
    let name = of("start_file_name").trim_matches('"').to_owned();
    (name, of("max_file_count").parse().expect("a number"))
}

/// Coming down, and from bucket to bucket, the source is a listing that may be old as well.
#[test]
fn a_name_that_is_back_in_the_bucket_is_not_removed() {
    let folder = folder(&["a", "gone/1", "gone/2", "kept", "z"]);
    let mut hands = Hands::new(&["kept"]);
    let mut setup = down(&folder);
    setup.options.delete_limit = DeleteLimit::Unlimited;
    let mut looks = Vec::new();
    let mut run = Run::new(setup).expect("it can be run");
    let mut told = Vec::new();
    let summary = loop {
        match run.step() {
            Next::Begin(ticket, job) => {
                if ticket == Ticket::Look {
                    looks.push(asked(&job));
                    if looks.len() == 1 {
                        ["a", "z"].iter().for_each(|name| hands.put(name, 3, 1));
                    }
                }
                run.ended(ticket, hands.carry_out(job));
            }
            Next::Tell(event) => told.push(event),
            Next::Wait => panic!("everything ends at once"),
            Next::Over(summary) => break summary.expect("it runs"),
        }
    };
    let told_back = told.iter().filter(|event| {
        let Event::Failed(action, error) = event else { return false };
        ["a", "z"].contains(&action.path()) && error.to_string().contains("again")
    });
    assert_eq!((told_back.count(), summary.failed, summary.deleted), (2, 2, 2));
    assert!(["a", "z", "kept"].iter().all(|name| folder.path().join(name).exists()));
    assert!(!folder.path().join("gone").exists());
    // As many as wait at the same time, with one call.
    assert_eq!(looks, [("a".to_owned(), 3), ("z".to_owned(), 1)]);
}

/// As the service answers: rows from a name on, and where the next page begins.
fn page(hands: &Hands, job: &Job) -> Ended {
    let (first, count) = asked(job);
    let mut names = hands.bucket.values().filter_map(|all| all.last()).cloned();
    let mut rows: Vec<_> = names.by_ref().filter(|it| it.file_name >= first).collect();
    let next = rows.get(count as usize).map(|it| it.file_name.clone());
    rows.truncate(count as usize);
    let rows = rows.into_iter().map(ListEntry::File).collect();
    Ended::Names(Ok(FileNamesPage::new(rows, next)))
}

#[test]
fn names_that_lie_together_are_looked_for_with_one_call() {
    let gone: Vec<String> = (0..40).map(|number| format!("d/{number:02}")).collect();
    let strange = ["a", "b1", "d/05x", "d/39x", "z"];
    let there: Vec<&str> = gone.iter().map(String::as_str).chain(strange).collect();
    let folder = folder(&there);
    let mut hands = Hands::new(&strange);
    let mut setup = Setup { in_flight_max: 10, ..down(&folder) };
    setup.options.delete_limit = DeleteLimit::Unlimited;
    setup.options.compare = b2_proto::plan::sync::Compare::Name;
    let mut run = Run::new(setup).expect("it can be run");
    let mut calls = 0;
    let summary = loop {
        match run.step() {
            Next::Begin(Ticket::Look, job) => {
                calls += 1;
                run.ended(Ticket::Look, page(&hands, &job));
            }
            Next::Begin(ticket, job) => run.ended(ticket, hands.carry_out(job)),
            Next::Tell(_) => {}
            Next::Wait => panic!("everything ends at once"),
            Next::Over(summary) => break summary.expect("it runs"),
        }
    };
    assert_eq!((summary.deleted, calls), (40, 4), "{summary:?}");
    assert!(summary.is_complete());
}

/// One name at a time fails for that, and the others are looked for again; until so many did.
#[test]
fn a_bucket_that_cannot_be_looked_at_loses_nothing() {
    let gone: Vec<String> = (0..40).map(|number| format!("{number:02}")).collect();
    for lost in [1, 40] {
        let folder = folder(&gone.iter().map(String::as_str).chain(["z"]).collect::<Vec<_>>());
        let mut hands = Hands::new(&["z"]);
        let mut setup = Setup { in_flight_max: 10, ..down(&folder) };
        setup.options.delete_limit = DeleteLimit::Unlimited;
        let mut run = Run::new(setup).expect("it can be run");
        let mut calls = 0;
        let summary = loop {
            match run.step() {
                Next::Begin(Ticket::Look, job) => {
                    calls += 1;
                    let error = Error::new(ErrorKind::Unavailable, "gone for a while");
                    let ended =
                        if calls > lost { page(&hands, &job) } else { Ended::Names(Err(error)) };
                    run.ended(Ticket::Look, ended);
                }
                Next::Begin(ticket, job) => run.ended(ticket, hands.carry_out(job)),
                Next::Tell(_) => {}
                Next::Wait => panic!("everything ends at once"),
                Next::Over(summary) => break summary.expect("it runs"),
            }
        };
        let left = fs::read_dir(folder.path()).expect("there").count();
        match lost {
            1 => assert_eq!((summary.failed, left), (1, 2), "{summary:?}"),
            _ => {
                assert_eq!(summary.ending, Ending::GivenUp(ErrorKind::Unavailable));
                assert_eq!((summary.deleted, left), (0, 41), "{summary:?}");
                let rest = summary.failed + summary.not_begun;
                assert_eq!((summary.failed, rest), (17, summary.planned.deletes), "{summary:?}");
            }
        }
    }
}

#[test]
fn a_run_that_stops_while_it_looks_removes_nothing() {
    let folder = folder(&["a", "b", "z"]);
    let mut hands = Hands::new(&["z"]);
    let mut setup = down(&folder);
    setup.options.delete_limit = DeleteLimit::Unlimited;
    let stop = Stop::new();
    let mut run = Run::new(setup).expect("it can be run").stopped_by(stop.clone());
    let mut look = None;
    let summary = loop {
        match run.step() {
            Next::Begin(Ticket::Look, job) => {
                look = Some(page(&hands, &job));
                stop.stop();
            }
            Next::Begin(ticket, job) => run.ended(ticket, hands.carry_out(job)),
            Next::Tell(_) => {}
            Next::Wait => run.ended(Ticket::Look, look.take().expect("it is under way")),
            Next::Over(summary) => break summary.expect("it runs"),
        }
    };
    assert_eq!((summary.ending, summary.not_begun), (Ending::Stopped, 2), "{summary:?}");
    assert!(["a", "b"].iter().all(|name| folder.path().join(name).exists()));
}

#[test]
fn only_a_file_is_there_again() {
    let folder = folder(&["file", "d/x"]);
    let root = Arc::new(Root::new(folder.path().to_owned()));
    root.begin().expect("there");
    let is_free = |path: &str| {
        let ended = LocalJob::Look(folder.path().join(path), root.clone(), None).run(&|| false);
        let Ended::Looked(result) = ended else { panic!("{ended:?}") };
        result.is_ok()
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

/// A disk that was mounted in the folder leaves an empty one, which has lost nothing; one from
/// which files were removed was changed by that.
#[test]
fn a_folder_that_was_empty_before_the_upload_has_lost_nothing() {
    let day_ms = 86_400_000;
    for (is_later, is_meant) in [(true, false), (true, true), (false, false)] {
        let folder = folder(&["README", "disks/x", "z/z"]);
        fs::remove_file(folder.path().join("disks/x")).expect("removed");
        let emptied_ms = now_ms(&folder.path().join("disks"));
        let uploaded_ms = if is_later { emptied_ms + day_ms } else { emptied_ms - day_ms };
        let mut hands = Hands::new(&["README", "disks/1", "disks/sub/2", "z/1"]);
        hands.bucket.values_mut().flatten().for_each(|it| it.upload_timestamp_ms = uploaded_ms);
        let mut setup = up(&folder);
        setup.options.delete_limit = DeleteLimit::Unlimited;
        setup.options.allow_empty_source = is_meant;
        let (summary, told) = run(&mut hands, setup, |_, job| job);
        let is_kept = is_later && !is_meant;
        let is_told = |event: &&Event| {
            let Event::Failed(_, error) = event else { return false };
            error.to_string().contains("not mounted")
        };
        let count = if is_kept { 2 } else { 0 };
        assert_eq!((told.iter().filter(is_told).count(), summary.failed), (count, count as u64));
        assert_eq!(hands.bucket.contains_key("disks/sub/2"), is_kept);
        assert!(!hands.bucket.contains_key("z/1"));
    }
}

/// The folder cannot have them, so it says nothing that it has none (S2).
#[test]
fn names_that_no_file_can_have_are_kept() {
    let long = format!("d/{}", "x".repeat(300));
    let names = ["aux.c", "d/x.", long.as_str(), "notes: 1.txt"];
    for (platform, kept) in [(Platform::Windows, 4), (Platform::Unix, 1)] {
        if cfg!(windows) && platform == Platform::Unix {
            // Files are looked for here whose names cannot be asked for.
            continue;
        }
        let folder = folder(&["b"]);
        let mut setup = up(&folder);
        setup.rules.platform = platform;
        let mut hands = Hands::new(&names);
        let (summary, told) = run(&mut hands, setup, |_, job| job);
        let is_told = |event: &&Event| {
            let why = HeldBack::NameNotLocal;
            matches!(event, Event::Left(Report::HeldBack { why: it, .. }, _) if *it == why)
        };
        assert_eq!(told.iter().filter(is_told).count() as u64, kept);
        assert_eq!((summary.planned.held_back, summary.deleted), (kept, 4 - kept));
        assert!(hands.bucket.contains_key(long.as_str()));
    }
}

/// A marker has no content that a disk could have: it goes when its time has come, however long the
/// folder has been empty.
#[test]
fn a_marker_goes_from_an_emptied_folder() {
    let folder = folder(&["README", "disks/x"]);
    fs::remove_file(folder.path().join("disks/x")).expect("removed");
    let later_ms = now_ms(&folder.path().join("disks")) + 86_400_000;
    let mut hands = Hands::new(&["README"]);
    hands.hide("disks/1");
    hands.bucket.values_mut().flatten().for_each(|it| it.upload_timestamp_ms = later_ms);
    let mut setup = up(&folder);
    setup.options.delete_limit = DeleteLimit::Unlimited;
    let (summary, _) = run(&mut hands, setup, |_, job| job);
    assert_eq!(summary.failed, 0);
    assert!(!hands.bucket.contains_key("disks/1"));
}

/// What was seen before a pause may be long ago when that ends.
#[test]
fn a_name_that_comes_back_during_a_pause_is_not_removed() {
    let folder = folder(&["kept"]);
    let mut hands = Hands::new(&["a", "kept"]);
    let mut setup = up(&folder);
    setup.options.delete_limit = DeleteLimit::Unlimited;
    let pause = Pause::new();
    let mut run = Run::new(setup).expect("it can be run").held_by(pause.clone());
    let mut looks = 0;
    let summary = loop {
        match run.step() {
            Next::Begin(ticket, job) => {
                let is_look = matches!(&job, Job::Local(LocalJob::Look(..)));
                run.ended(ticket, hands.carry_out(job));
                looks += u32::from(is_look);
                if looks == 1 {
                    pause.hold();
                }
            }
            Next::Tell(_) => {}
            Next::Wait => {
                assert!(pause.is_held(), "everything ends at once");
                fs::write(folder.path().join("a"), b"it is back").expect("written");
                looks += 1;
                pause.go_on();
            }
            Next::Over(summary) => break summary.expect("it runs"),
        }
    };
    assert_eq!((looks, summary.failed), (3, 1));
    assert!(hands.bucket.contains_key("a"));
}
