//! Rules that may wait: jobs ask them, a few names in a go, and may break off.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use b2_proto::model::ContentSha1;
use b2_proto::plan::sync::{Compare, PathFilter};
use b2_proto::wire::text::Sha1;

use super::*;

/// Leaves out what is in `out` and what ends so; a disk tells, and may take its time.
#[derive(Default)]
struct Slow {
    /// Whether somebody may wait now.
    may_wait: Arc<AtomicBool>,
    clones: Arc<AtomicUsize>,
    /// Files that it was asked about.
    asked: Arc<AtomicUsize>,
}

impl Slow {
    fn wait(&self) {
        assert!(self.may_wait.load(Ordering::Relaxed), "all lanes wait for that");
    }
}

impl Clone for Slow {
    fn clone(&self) -> Self {
        self.clones.fetch_add(1, Ordering::Relaxed);
        let Self { may_wait, clones, asked } = self;
        Self { may_wait: may_wait.clone(), clones: clones.clone(), asked: asked.clone() }
    }
}

impl PathFilter for Slow {
    fn excludes_folder(&mut self, path: &str) -> bool {
        self.wait();
        path == "out"
    }

    fn excludes_file(&mut self, path: &str) -> bool {
        self.wait();
        self.asked.fetch_add(1, Ordering::Relaxed);
        path.ends_with(".tmp")
    }

    fn may_wait(&self) -> bool {
        true
    }
}

/// Runs with rules that nobody but a job may wait for; gives also how often they were cloned.
fn run_slowly(hands: &mut Hands, setup: Setup) -> (Summary, usize) {
    let slow = Slow::default();
    let (may_wait, clones) = (slow.may_wait.clone(), slow.clones.clone());
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

/// One that everybody may wait for, and who it is asked about.
fn patient() -> (Rules, Arc<AtomicUsize>) {
    let slow = Slow::default();
    slow.may_wait.store(true, Ordering::Relaxed);
    let asked = slow.asked.clone();
    (Rules::new(slow), asked)
}

fn is_judge(job: &Job) -> bool {
    matches!(job, Job::Local(LocalJob::Judge(_)))
}

fn numbered(count: usize) -> Vec<String> {
    let ending = |number| if number % 3 == 0 { ".tmp" } else { "" };
    (0..count).map(|number| format!("n{number:05}{}", ending(number))).collect()
}

fn strs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// The first transfer waits for a few names only, however slow their rules are.
#[test]
fn a_go_asks_about_a_few_names_and_ends_when_it_is_given_up() {
    let names = numbered(2_500);
    for is_given_up in [false, true] {
        let folder = folder(&["z"]);
        let (rules, asked) = patient();
        let mut hands = Hands::new(&strs(&names));
        let mut run = Run::new(Setup { rules, ..up(&folder) }).expect("it can be run");
        let mut goes = Vec::new();
        let summary = loop {
            match run.step() {
                Next::Begin(Ticket::Destination, Job::Local(job @ LocalJob::Judge(_))) => {
                    let before = asked.load(Ordering::Relaxed);
                    let is_given_up = is_given_up && goes.is_empty();
                    run.ended(Ticket::Destination, job.run(&|| is_given_up));
                    goes.push(asked.load(Ordering::Relaxed) - before);
                }
                Next::Begin(ticket, job) => run.ended(ticket, hands.carry_out(job)),
                Next::Tell(_) => {}
                Next::Wait => panic!("everything ends at once"),
                Next::Over(summary) => break summary.expect("it runs"),
            }
        };
        assert!((1..=if is_given_up { 1 } else { 50 }).contains(&goes[0]), "{goes:?}");
        assert!(goes.iter().all(|names| (1..=1_000).contains(names)), "{goes:?}");
        assert_eq!(goes.iter().sum::<usize>(), names.len());
        let kept = names.iter().filter(|name| name.ends_with(".tmp")).count();
        assert_eq!(summary.planned.protected, kept as u64);
        assert_eq!(summary.deleted, (names.len() - kept) as u64);
    }
}

/// Each row has its own verdict, also when others come meanwhile.
#[test]
fn rows_may_come_while_others_are_judged() {
    let names = numbered(1_300);
    let here: Vec<&str> = names.iter().step_by(2).map(String::as_str).collect();
    let here = folder(&here);
    let (rules, _) = patient();
    let (mut hands, mut open) = (Hands::new(&strs(&names)), Vec::new());
    let mut run = Run::new(Setup { rules, ..up(&here) }).expect("it can be run");
    let mut walks_meanwhile = 0;
    let summary = loop {
        match run.step() {
            Next::Begin(ticket, job) => open.push((ticket, job)),
            Next::Tell(_) => {}
            Next::Wait => {
                let at = open.iter().position(|(_, job)| !is_judge(job)).unwrap_or(0);
                let (ticket, job) = open.remove(at);
                let is_out = open.iter().any(|(of, job)| *of == ticket && is_judge(job));
                walks_meanwhile += usize::from(is_out && ticket == Ticket::Source);
                run.ended(ticket, hands.carry_out(job));
            }
            Next::Over(summary) => break summary.expect("it runs"),
        }
    };
    assert!(walks_meanwhile > 0 && summary.is_complete(), "{walks_meanwhile} {summary:?}");
    for (number, name) in names.iter().enumerate() {
        let versions = hands.bucket.get(name).map_or(&[][..], |all| &all[..]);
        // Versions as they were put have other lengths than files.
        let lens: Vec<u64> = versions.iter().map(|version| version.content_length).collect();
        let want = match (name.ends_with(".tmp"), number % 2 == 0) {
            (true, _) => &[3][..],
            (false, true) => &[7],
            (false, false) => &[],
        };
        assert_eq!(lens, want, "{name}");
    }
}

/// Nobody knows what takes part from there on, as where a listing breaks off.
#[test]
fn where_a_job_breaks_off_the_rest_is_unknown() {
    let names = numbered(150);
    let kept = names.iter().filter(|name| name.ends_with(".tmp")).count();
    for (broken, is_first) in [Ticket::Source, Ticket::Destination]
        .into_iter()
        .flat_map(|ticket| [(ticket, true), (ticket, false)])
    {
        let folder = folder(&strs(&names[..149]));
        let (rules, _) = patient();
        let (mut hands, mut told, mut judged) = (Hands::new(&strs(&names)), Vec::new(), 0);
        let mut run = Run::new(Setup { rules, ..up(&folder) }).expect("it can be run");
        let result = loop {
            match run.step() {
                Next::Begin(ticket, job) if ticket == broken && is_judge(&job) => {
                    judged += 1;
                    let is_broken = is_first || judged > 1;
                    let broke_off = || Error::new(ErrorKind::Unknown, "it broke off");
                    let failing = job.failing();
                    run.ended(
                        ticket,
                        if is_broken { failing(broke_off()) } else { hands.carry_out(job) },
                    );
                }
                Next::Begin(ticket, job) => run.ended(ticket, hands.carry_out(job)),
                Next::Tell(event) => told.push(event),
                Next::Wait => panic!("everything ends at once"),
                Next::Over(result) => break result,
            }
        };
        let unlisted = told.iter().filter(|event| matches!(event, Event::Unlisted(..))).count();
        if is_first {
            assert_eq!(result.expect_err("nothing is known").kind, ErrorKind::Unknown);
            assert_eq!((unlisted, hands.bucket.len()), (0, names.len()), "{broken:?}");
            continue;
        }
        let summary = result.expect("some of it runs");
        assert!(!summary.is_complete(), "{broken:?} {summary:?}");
        assert_eq!((unlisted, summary.planned.unknown), (1, 1), "{broken:?} {summary:?}");
        assert!((1..149 - kept as u64).contains(&summary.transferred), "{broken:?} {summary:?}");
        assert_eq!(hands.bucket.len(), names.len(), "nothing goes");
    }
}

/// A job that is stopped says nothing about a side.
#[test]
fn a_stop_while_names_are_judged_is_no_trouble_of_a_side() {
    for is_told in [false, true] {
        let (folder, stop) = (folder(&["a"]), Stop::new());
        let (rules, _) = patient();
        let (mut hands, mut told) = (Hands::new(&["a", "gone"]), Vec::new());
        let run = Run::new(Setup { rules, ..up(&folder) }).expect("it can be run");
        let mut run = run.stopped_by(stop.clone());
        let result = loop {
            match run.step() {
                Next::Begin(ticket, job) if is_judge(&job) => {
                    if is_told {
                        stop.stop();
                    }
                    let stopped = Error::new(ErrorKind::Cancelled, "it was stopped");
                    run.ended(ticket, job.failing()(stopped));
                }
                Next::Begin(ticket, job) => run.ended(ticket, hands.carry_out(job)),
                Next::Tell(event) => told.push(event),
                Next::Wait => panic!("everything ends at once"),
                Next::Over(result) => break result,
            }
        };
        match result {
            Ok(summary) => assert_eq!((summary.ending, is_told), (Ending::Stopped, true)),
            Err(error) => assert_eq!((error.kind, is_told), (ErrorKind::Cancelled, false)),
        }
        assert!(told.is_empty(), "{told:?}");
        assert_eq!(hands.names(), [("a", 1), ("gone", 1)]);
    }
}
