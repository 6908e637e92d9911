//! Ignore files that cannot be read, or say what nobody understands.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use b2_proto::model::ContentSha1;
use b2_proto::plan::sync::{Compare, HeldBack, PathFilter};
use b2_proto::wire::text::Sha1;

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

/// Leaves out what is in `out` and what ends so; a disk tells, and may take its time.
struct Slow {
    /// Whether somebody may wait now.
    may_wait: Arc<AtomicBool>,
    clones: Arc<AtomicUsize>,
}

impl Slow {
    fn wait(&self) {
        assert!(self.may_wait.load(Ordering::Relaxed), "all lanes wait for that");
    }
}

impl Clone for Slow {
    fn clone(&self) -> Self {
        self.clones.fetch_add(1, Ordering::Relaxed);
        Self { may_wait: self.may_wait.clone(), clones: self.clones.clone() }
    }
}

impl PathFilter for Slow {
    fn excludes_folder(&mut self, path: &str) -> bool {
        self.wait();
        path == "out"
    }

    fn excludes_file(&mut self, path: &str) -> bool {
        self.wait();
        path.ends_with(".tmp")
    }

    fn may_wait(&self) -> bool {
        true
    }
}

/// Runs with rules that nobody but a job may wait for; gives also how often they were cloned.
fn run_slowly(hands: &mut Hands, setup: Setup) -> (Summary, usize) {
    let (may_wait, clones) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
    let slow = Slow { may_wait: may_wait.clone(), clones: clones.clone() };
    let mut run = Run::new(Setup { rules: Rules::new(slow), ..setup }).expect("it can be run");
    loop {
        match run.step() {
            Next::Begin(ticket, job) => {
                may_wait.store(true, Ordering::Relaxed);
                let ended = hands.carry_out(job);
                may_wait.store(false, Ordering::Relaxed);
                run.ended(ticket, ended);
            }
            Next::Tell(_) => {}
            Next::Wait => panic!("everything ends at once"),
            Next::Over(summary) => {
                return (summary.expect("it runs"), clones.load(Ordering::Relaxed));
            }
        }
    }
}

/// The whole run has one lock, and no byte moves under it.
#[test]
fn rules_that_may_wait_are_asked_by_jobs_alone() {
    let numbers: Vec<String> = (0..40).map(|number| format!("n{number}")).collect();
    let same: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let here = folder(&[&same[..], &["a.tmp", "out/x", "z"]].concat());
    let mut hands = Hands::new(&["b.tmp", "gone", "out/gone"]);
    for name in same {
        hands.put(name, 7, 1);
        let version = hands.bucket.get_mut(name).and_then(|all| all.last_mut()).expect("it");
        version.content_sha1 = Some(ContentSha1::Verified(Sha1::of(b"content")));
    }
    let by_sha1 = |mut setup: Setup| {
        setup.options.compare = Compare::Sha1 { threshold_ms: 0 };
        setup
    };
    let (summary, clones) = run_slowly(&mut hands, by_sha1(up(&here)));
    assert!(summary.is_complete(), "{summary:?}");
    let planned = summary.planned;
    assert_eq!((planned.same, summary.transferred, summary.deleted), (40, 1, 1), "{summary:?}");
    assert_eq!((planned.protected, planned.left_out), (2, 1), "{summary:?}");
    assert!(clones < 9, "however many files are read: {clones}");
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let there = folder(&[&numbers[..], &["m.tmp", "old", "out/old"]].concat());
    let (summary, _) = run_slowly(&mut hands, by_sha1(down(&there)));
    let planned = summary.planned;
    assert!(summary.is_complete(), "{summary:?}");
    assert_eq!((planned.same, summary.transferred, summary.deleted), (40, 1, 1), "{summary:?}");
    assert_eq!((planned.protected, planned.left_out), (2, 2), "{summary:?}");
}

/// Then nobody knows anything, so nothing goes.
#[test]
fn where_the_job_breaks_off_all_is_unknown() {
    let folder = folder(&["a"]);
    let ignore_files = Some(IgnoreFiles::new(folder.path(), IGNORE_FILE));
    let mut setup = up(&folder);
    setup.rules = Rules::new(Filters { ignore_files, ..Filters::default() });
    let (mut hands, mut told) = (Hands::new(&["a", "gone"]), Vec::new());
    let mut run = Run::new(setup).expect("it can be run");
    loop {
        match run.step() {
            Next::Begin(ticket, Job::Local(job @ LocalJob::Judge(_))) => {
                run.ended(ticket, job.failing()(Error::new(ErrorKind::Unknown, "it broke off")));
            }
            Next::Begin(ticket, job) => run.ended(ticket, hands.carry_out(job)),
            Next::Tell(event) => told.push(event),
            Next::Wait => panic!("everything ends at once"),
            Next::Over(summary) => {
                assert!(!summary.expect("it ends").is_complete());
                break;
            }
        }
    }
    assert!(told.iter().any(|event| matches!(event, Event::Unlisted(..))), "{told:?}");
    assert_eq!(hands.names(), [("a", 1), ("gone", 1)]);
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
