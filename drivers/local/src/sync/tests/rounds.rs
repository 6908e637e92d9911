//! More removals than can be held back, which take a second round.

use b2_proto::plan::sync::HeldBack;

use super::*;

/// Versions that are held back.
const HELD: usize = 50;
/// Names that vanish.
const GONE: usize = HELD + 6;

fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{prefix}{number:05}")).collect()
}

fn gone() -> Vec<String> {
    names("", GONE)
}

fn strs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// As many names may vanish as do.
fn limited(folder: &TempDir) -> Setup {
    let mut setup = up(folder);
    setup.options.delete_limit = DeleteLimit::Names(GONE as u64);
    setup.options.held_max = HELD;
    setup
}

/// Runs to the end; `between` is called between the rounds.
fn run(hands: &mut Hands, setup: Setup, mut between: impl FnMut()) -> (Summary, Vec<Event>) {
    let mut run = Run::new(setup).expect("it can be run");
    let mut told = Vec::new();
    loop {
        match run.step() {
            Next::Begin(ticket, job) => run.ended(ticket, hands.carry_out(job)),
            Next::Tell(event) => {
                if matches!(event, Event::Again { .. }) {
                    between();
                }
                told.push(event);
            }
            Next::Wait => panic!("everything ends at once"),
            Next::Over(summary) => return (summary.expect("it runs"), told),
        }
    }
}

#[test]
fn what_was_left_goes_in_the_second_round() {
    let folder = folder(&["kept"]);
    let mut hands = Hands::new(&strs(&gone()));
    let (summary, told) = run(&mut hands, limited(&folder), || ());
    assert_eq!((summary.deleted, summary.transferred), (GONE as u64, 1));
    assert!(summary.is_complete(), "{summary:?}");
    assert!(told.iter().any(|event| matches!(event, Event::Again { names: 6 })));
    assert_eq!(hands.names(), [("kept", 1)]);
    let ids = told.iter().filter_map(|event| {
        let Event::Done(action) = event else { return None };
        Some(action.id)
    });
    assert_eq!(ids.collect::<std::collections::BTreeSet<_>>().len(), GONE + 1, "each its own");
}

/// What goes between the rounds was not counted, however many names were left and whatever lies
/// behind them.
#[test]
fn a_source_that_shrinks_between_the_rounds_takes_nothing_with_it() {
    let kept = [names("c", 100), names("x", 3), vec!["z".to_owned()]].concat();
    let left = [names("b", 2 * HELD + 9), names("y", HELD)].concat();
    let first = names("a", HELD);
    let folder = folder(&strs(&kept));
    let mut hands = Hands::new(&strs(&[first.clone(), left.clone(), kept.clone()].concat()));
    let mut setup = limited(&folder);
    setup.options.delete_limit = DeleteLimit::Percent(100);
    let (summary, told) = run(&mut hands, setup, || {
        for name in kept.iter().filter(|name| *name != "z") {
            fs::remove_file(folder.path().join(name)).expect("removed");
        }
        // One that was left is back.
        fs::write(folder.path().join("b00007"), b"it is back").expect("written");
    });
    let names = left.len() as u64;
    assert!(told.iter().any(|event| matches!(event, Event::Again { names: it } if *it == names)));
    // The old versions of what is kept go in the first round.
    assert_eq!(summary.deleted, kept.len() as u64 + first.len() as u64 + names - 1);
    assert!(kept.iter().all(|name| hands.bucket.contains_key(name)));
    let there: Vec<&str> = hands.names().iter().map(|(name, _)| *name).collect();
    assert_eq!(there, [&["b00007"], &strs(&kept)[..]].concat());
    assert!(summary.is_complete(), "{summary:?}");
}

/// A disk that is not mounted any more leaves another folder, or one in which nothing is.
#[test]
fn a_source_that_is_another_folder_by_the_second_round_ends_it() {
    for is_same in [false, true] {
        let folder = folder(&["root/kept", "other/z"]);
        let [root, other] = ["root", "other"].map(|name| folder.path().join(name));
        let mut hands = Hands::new(&strs(&[gone(), vec!["kept".to_owned()]].concat()));
        let setup = Setup { source: End::Folder(root.clone()), ..limited(&folder) };
        let (summary, told) = run(&mut hands, setup, || {
            if is_same {
                fs::remove_file(root.join("kept")).expect("removed");
            } else {
                fs::rename(&root, folder.path().join("away")).expect("it goes");
                fs::rename(&other, &root).expect("another one");
            }
        });
        assert_eq!((summary.ending, summary.planned.held_back), (Ending::Complete, 6));
        assert!(!summary.is_complete() && summary.deleted == HELD as u64 + 1, "{summary:?}");
        assert!(told.iter().any(|event| matches!(event, Event::Unlisted(Side::Source, _))));
        assert_eq!(hands.bucket.len(), 6 + 1);
    }
}

/// The second round only removes what it was left, so what has failed is not tried again, and
/// counts once.
#[test]
fn what_failed_keeps_its_versions() {
    for is_gone in [false, true] {
        let folder = folder(&["kept", "later"]);
        let mut hands = Hands::new(&strs(&gone()));
        hands.put("later", 3, 1);
        hands.hide("later");
        hands.failing.insert("later".to_owned(), ErrorKind::BadRequest);
        let (summary, told) = run(&mut hands, limited(&folder), || {
            if is_gone {
                fs::remove_file(folder.path().join("later")).expect("removed");
            }
        });
        assert!(told.iter().any(|event| matches!(event, Event::Again { .. })));
        assert_eq!((summary.failed, summary.planned.transfers), (1, 2));
        assert_eq!(hands.names(), [("kept", 1), ("later", 2)]);
    }
}

/// Eight bytes are kept of each name that is left, and of no more than so many.
#[test]
fn names_that_nobody_can_remember_stay_for_the_next_run() {
    let folder = folder(&["kept"]);
    let mut hands = Hands::new(&strs(&gone()));
    let setup = || {
        let setup = limited(&folder);
        Setup { options: Options { left_max: 4, ..setup.options }, ..setup }
    };
    let (summary, told) = run(&mut hands, setup(), || ());
    assert_eq!((summary.deleted, summary.planned.held_back), (HELD as u64 + 4, 2));
    let no_room = |event: &&Event| {
        matches!(event, Event::Left(Report::HeldBack { why: HeldBack::NoRoom, .. }, _))
    };
    assert_eq!(told.iter().filter(no_room).count(), 2);
    assert!(run(&mut hands, setup(), || ()).0.is_complete());
    assert_eq!(hands.names(), [("kept", 1)]);
}

/// A dry run tells each thing once, however many rounds that takes.
#[test]
fn a_dry_run_tells_everything_once() {
    let names = [gone(), names("y", GONE)].concat();
    for is_down in [false, true] {
        let here = if is_down { folder(&strs(&names)) } else { folder(&["new", "other"]) };
        let there = if is_down { vec!["new", "other"] } else { strs(&names) };
        let mut setup = if is_down { down(&here) } else { up(&here) };
        setup.is_dry_run = true;
        setup.options.delete_limit = DeleteLimit::Half;
        setup.options.held_max = HELD;
        let (summary, told) = run(&mut Hands::new(&there), setup, || ());
        let (wanted, allowed) = (2 * GONE as u64, GONE as u64);
        assert_eq!(summary.ending, Ending::TooManyDeletes { wanted, allowed });
        let planned = &summary.planned;
        assert_eq!((planned.transfers, planned.deletes, planned.vanishing), (2, wanted, wanted));
        assert_eq!((planned.held_back, summary.transferred, summary.deleted), (0, 2, wanted));
        let mut done = lines(&told);
        assert_eq!(done.len(), names.len() + 2);
        done.sort();
        done.dedup();
        assert_eq!(done.len(), names.len() + 2, "each once");
    }
}

/// Otherwise what is still on its way from the source would come to the second round.
#[test]
fn a_destination_that_is_lost_ends_it_without_a_second_round() {
    let kept = names("m", 120);
    let folder = folder(&strs(&kept));
    let mut hands = Hands::new(&strs(&[gone(), kept.clone()].concat()));
    (hands.rows_max, hands.is_last_first) = (Some(GONE + 1), true);
    let mut setup = limited(&folder);
    setup.options.delete_limit = DeleteLimit::Percent(100);
    let (summary, told) = hands.run(setup);
    assert!(!told.iter().any(|event| matches!(event, Event::Again { .. })));
    let summary = summary.expect("it runs");
    assert_eq!((summary.ending, summary.planned.held_back), (Ending::Complete, 6));
    assert!(!summary.is_complete() && kept.iter().all(|name| hands.bucket.contains_key(name)));
}

/// What both rounds come to counts once.
#[test]
fn a_file_that_the_plan_leaves_counts_once() {
    let folder = folder(&["kept", "older"]);
    #[cfg(unix)]
    std::os::unix::net::UnixListener::bind(folder.path().join("socket")).expect("a socket");
    let mut hands = Hands::new(&strs(&gone()));
    hands.put("older", 3, u64::MAX >> 2);
    let (summary, told) = hands.run(limited(&folder));
    let summary = summary.expect("it runs");
    assert!(told.iter().any(|event| matches!(event, Event::Again { .. })));
    assert_eq!((summary.failures(), summary.planned.held_back), (1, 0), "{summary:?}");
    assert_eq!(summary.planned.deletes, GONE as u64);
    assert_eq!(summary.skipped, u64::from(cfg!(unix)));
}

/// The plan had ended when it turned out that the service is gone.
#[test]
fn what_was_planned_counts_once_when_it_is_given_up() {
    let names: Vec<String> = (0..100).map(|number| format!("{number:03}")).collect();
    let folder = folder(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut hands = Hands::new(&[]);
    hands.failing.extend(names.iter().map(|name| (name.clone(), ErrorKind::Network)));
    let mut run = Run::new(Setup { in_flight_max: 256, ..up(&folder) }).expect("it can be run");
    let mut transfers = Vec::new();
    let summary = loop {
        match run.step() {
            // However long the walk takes, all is planned before the first one fails.
            Next::Begin(ticket @ Ticket::Action(_), job) => transfers.push((ticket, job)),
            Next::Begin(ticket, job) => run.ended(ticket, hands.carry_out(job)),
            Next::Tell(_) => {}
            Next::Wait => {
                let (ticket, job) = transfers.remove(0);
                run.ended(ticket, hands.carry_out(job));
            }
            Next::Over(summary) => break summary.expect("it ends"),
        }
    };
    assert_eq!(summary.ending, Ending::GivenUp(ErrorKind::Network));
    assert_eq!((summary.planned.transfers, summary.planned.source_files), (100, 100));
}

/// What the first round came to is told all the same.
#[test]
fn a_second_round_that_cannot_begin_leaves_what_it_would_do() {
    let folder = folder(&["kept", "other"]);
    for is_source in [false, true] {
        let mut hands = Hands::new(&strs(&gone()));
        let mut run = Run::new(limited(&folder)).expect("it can be run");
        let (mut is_again, mut told) = (false, Vec::new());
        let summary = loop {
            match run.step() {
                Next::Begin(ticket, job) => {
                    let is_lost = is_again
                        && ticket == if is_source { Ticket::Source } else { Ticket::Destination };
                    let lost = Error::new(ErrorKind::Unavailable, "gone for a while");
                    let failing = job.failing();
                    run.ended(ticket, if is_lost { failing(lost) } else { hands.carry_out(job) });
                }
                Next::Tell(event) => {
                    is_again |= matches!(event, Event::Again { .. });
                    told.push(event);
                }
                Next::Wait => panic!("everything ends at once"),
                Next::Over(summary) => break summary.expect("the first round is told"),
            }
        };
        assert!(is_again && !summary.is_complete(), "{summary:?}");
        assert_eq!((summary.deleted, summary.transferred), (HELD as u64, 2));
        assert_eq!((summary.failures(), summary.planned.held_back), (0, 6), "{summary:?}");
        let unlisted = |event: &&Event| matches!(event, Event::Unlisted(..) | Event::Left(..));
        assert_eq!(told.iter().filter(unlisted).count(), 1);
        assert_eq!(hands.bucket.len(), 2 + 6);
    }
}
