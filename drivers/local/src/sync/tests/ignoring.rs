//! Ignore files that cannot be read, or say what nobody understands.

use b2_proto::plan::sync::HeldBack;

use super::*;
use crate::filter::{Filters, IGNORE_FILE, IgnoreFiles};

/// As most would set it: what is gone is removed, and what is left out as well.
fn ignoring(folder: &TempDir) -> Setup {
    let ignore_files = Some(IgnoreFiles::new(folder.path(), IGNORE_FILE));
    let mut setup = up(folder);
    setup.rules = Rules::new(Filters { ignore_files, ..Filters::default() });
    setup.options.delete_excluded = true;
    setup
}

#[test]
fn what_an_unreadable_ignore_file_is_about_is_unknown() {
    let folder = folder(&["a", "photos/1", "photos/deep/2", "z"]);
    fs::create_dir(folder.path().join("photos/.b2ignore")).expect("a folder in its place");
    let mut hands = Hands::new(&["gone", "photos/1", "photos/deep/2", "photos/old"]);
    let (summary, told) = hands.run(ignoring(&folder));
    let summary = summary.expect("it runs");
    let left: Vec<_> = hands.bucket.keys().map(String::as_str).collect();
    assert_eq!(left, ["a", "photos/1", "photos/deep/2", "photos/old", "z"]);
    assert!(!summary.is_complete(), "{summary:?}");
    let is_held = |event: &&Event| {
        matches!(event, Event::Left(Report::HeldBack { why: HeldBack::SourceUnknown, .. }, _))
    };
    assert_eq!(told.iter().filter(is_held).count(), 3);
    let skipped = told.iter().find_map(|event| {
        let Event::Skipped(Side::Source, it) = event else { return None };
        Some((it.name.as_str(), it.reason.to_string()))
    });
    let (name, reason) = skipped.expect("it is told");
    assert_eq!(name, "photos/");
    assert!(reason.contains("photos/.b2ignore") && reason.contains("no file"), "{reason}");
}

/// The walk could read it, the plan could not.
#[test]
fn a_plan_that_cannot_read_it_removes_nothing_either() {
    let folder = folder(&["photos/1"]);
    let mut setup = ignoring(&folder);
    let mut hands = Hands::new(&["photos/1", "photos/old"]);
    setup.options.delete_limit = DeleteLimit::Unlimited;
    let mut run = Run::new(setup).expect("it can be run");
    let mut told = Vec::new();
    loop {
        match run.step() {
            Next::Begin(ticket, job) => {
                let ended = hands.carry_out(job);
                if ticket == Ticket::Source {
                    let file = folder.path().join("photos/.b2ignore");
                    fs::create_dir_all(file).expect("a folder in its place");
                }
                run.ended(ticket, ended);
            }
            Next::Tell(event) => told.push(event),
            Next::Wait => panic!("everything ends at once"),
            Next::Over(summary) => {
                assert!(!summary.expect("it runs").is_complete());
                break;
            }
        }
    }
    assert_eq!(hands.names(), [("photos/1", 1), ("photos/old", 1)]);
}

#[test]
fn the_folder_itself_without_its_rules_is_no_source() {
    let folder = folder(&["a"]);
    fs::create_dir(folder.path().join(".b2ignore")).expect("a folder in its place");
    let (result, _) = Hands::new(&["gone"]).run(ignoring(&folder));
    let error = result.expect_err("nothing is known");
    assert_eq!(error.kind, ErrorKind::Source);
    assert!(error.to_string().contains(".b2ignore"), "{error}");
}

#[test]
fn lines_that_are_no_patterns_are_told_once() {
    let folder = folder(&["a", "d/b"]);
    fs::write(folder.path().join("d/.b2ignore"), "[z-a]\nb\n").expect("written");
    let (summary, told) = Hands::new(&[]).run(ignoring(&folder));
    assert!(summary.expect("it runs").is_complete());
    let notice =
        |event: &'_ Event| if let Event::Notice(text) = event { Some(text.clone()) } else { None };
    let notices: Vec<String> = told.iter().filter_map(notice).collect();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].contains("'[z-a]'") && notices[0].contains("d/.b2ignore"), "{notices:?}");
}
