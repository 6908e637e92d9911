//! What else is in a folder that files go to.

use b2_proto::plan::sync::PathFilter;

use super::*;
use crate::walk::{Entry, SkipReason, Skipped};

/// A run down, where the walk also comes to these, in the order of their names.
fn run_past(
    hands: &mut Hands,
    setup: Setup,
    skipped: &[(&str, SkipReason)],
) -> (Summary, Vec<Event>) {
    let mut run = Run::new(setup).expect("it can be run");
    let mut told = Vec::new();
    loop {
        match run.step() {
            Next::Begin(ticket, job) => {
                let mut ended = hands.carry_out(job);
                if let (Ticket::Destination, Ended::Walked(Ok(walked))) = (ticket, &mut ended) {
                    walked.entries.extend(skipped.iter().map(|(name, reason)| {
                        let (name, reason) = ((*name).to_owned(), reason.clone());
                        Entry::Skipped(Skipped { path: name.clone().into(), name, reason })
                    }));
                    walked.entries.sort_by_key(place);
                }
                run.ended(ticket, ended);
            }
            Next::Tell(event) => told.push(event),
            Next::Wait => panic!("everything ends at once"),
            Next::Over(summary) => return (summary.expect("it runs"), told),
        }
    }
}

/// Where it comes: the rest of a folder behind what came of it.
fn place(entry: &Entry) -> String {
    match entry {
        Entry::File(file) => file.name.clone(),
        Entry::Skipped(Skipped { name, reason: SkipReason::RestUnreadable(_), .. }) => {
            format!("{name}\u{10ffff}")
        }
        Entry::Skipped(skipped) => skipped.name.clone(),
    }
}

fn unreadable() -> SkipReason {
    SkipReason::Unreadable("Permission denied".to_owned())
}

fn skipped(told: &[Event]) -> usize {
    told.iter().filter(|event| matches!(event, Event::Skipped(Side::Destination, _))).count()
}

/// Every disk has such a folder at its root.
#[test]
fn what_nobody_could_look_at_matters_where_something_goes_or_comes() {
    for (keep, names, want) in [
        // Unknown places, failures, whether it is complete.
        (Keep::All, &["a"][..], (0, 0, true)),
        (Keep::All, &["a", "lost+found/x"], (0, 1, false)),
        // S2: perhaps something is there that should go.
        (Keep::Newest, &["a"], (1, 0, false)),
    ] {
        for reason in [unreadable(), SkipReason::RestUnreadable("too bad".to_owned())] {
            let folder = folder(&["old"]);
            let mut setup = down(&folder);
            setup.options.keep = keep;
            let places = [("lost+found/", reason)];
            let (summary, told) = run_past(&mut Hands::new(names), setup, &places);
            let planned = summary.planned;
            assert_eq!((planned.unknown, planned.failed, summary.is_complete()), want, "{names:?}");
            assert_eq!((summary.transferred, skipped(&told)), (1, 1), "{summary:?}");
        }
    }
}

/// Leaves a folder out.
#[derive(Clone, Copy)]
struct Leaving {
    may_wait: bool,
}

impl PathFilter for Leaving {
    fn excludes_folder(&mut self, path: &str) -> bool {
        path == "lost+found"
    }

    fn excludes_file(&mut self, _: &str) -> bool {
        false
    }

    fn may_wait(&self) -> bool {
        self.may_wait
    }
}

#[test]
fn what_the_rules_keep_may_be_unknown() {
    let rest = || SkipReason::RestUnreadable("too bad".to_owned());
    for (may_wait, delete_excluded, reason) in [false, true].into_iter().flat_map(|may_wait| {
        [(may_wait, false, unreadable()), (may_wait, false, rest()), (may_wait, true, rest())]
    }) {
        let is_rest = matches!(reason, SkipReason::RestUnreadable(_));
        let folder = folder(&["old", "lost+found/some"][..1 + usize::from(is_rest)]);
        let mut setup = down(&folder);
        setup.rules = Rules::new(Leaving { may_wait });
        setup.options.delete_excluded = delete_excluded;
        let places = [("lost+found/", reason)];
        let mut hands = Hands::new(&["a", "lost+found/there"]);
        let (summary, told) = run_past(&mut hands, setup, &places);
        let planned = summary.planned;
        let want = if delete_excluded { (1, 1) } else { (0, 0) };
        assert_eq!((planned.unknown, skipped(&told)), want, "{may_wait} {summary:?}");
        assert_eq!((planned.left_out, summary.is_complete()), (1, !delete_excluded));
        assert!(!folder.path().join("old").exists());
    }
}

/// They were never in a bucket, and nothing of a bucket can be meant by them.
#[cfg(unix)]
#[test]
fn names_that_no_bucket_can_have_are_nobodys() {
    use std::os::unix::ffi::OsStrExt as _;
    for keep in [Keep::All, Keep::Newest] {
        let folder = folder(&["old"]);
        let strange = [&b"control\x01"[..], b"no\xffunicode"];
        let strange = strange.map(|name| folder.path().join(std::ffi::OsStr::from_bytes(name)));
        if strange.iter().any(|path| fs::write(path, b"mine").is_err()) {
            // Not every disk takes them.
            return;
        }
        let mut setup = down(&folder);
        setup.options.keep = keep;
        let name = "no\u{fffd}unicode";
        let (summary, told) = run_past(&mut Hands::new(&["a", name]), setup, &[]);
        assert!(summary.is_complete(), "{summary:?}");
        assert_eq!((summary.transferred, skipped(&told)), (2, 2), "{summary:?}");
        assert_eq!(folder.path().join("old").exists(), keep == Keep::All);
        assert!(folder.path().join(name).exists());
        assert!(strange.iter().all(|path| path.exists()));
    }
}
