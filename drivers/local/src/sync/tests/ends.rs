//! Removals that come too late, and runs that end early.

use std::collections::VecDeque;

use b2_proto::error::ApiCode;
use b2_proto::plan::sync::Compare;
use b2_proto::wire::text::Sha1;

use super::*;

/// Runs to the end; `answer` says how some jobs end, the others are carried out.
fn run_with(
    hands: &mut Hands,
    setup: Setup,
    answer: impl Fn(&Job) -> Option<Error>,
) -> Result<Summary, Error> {
    let mut run = Run::new(setup).expect("it can be run");
    loop {
        match run.step() {
            Next::Begin(ticket, job) => {
                let failing = job.failing();
                let ended = match answer(&job) {
                    Some(error) => failing(error),
                    None => hands.carry_out(job),
                };
                run.ended(ticket, ended);
            }
            Next::Tell(_) => {}
            Next::Wait => panic!("everything ends at once"),
            Next::Over(result) => return result,
        }
    }
}

/// What was not begun any more is not done, so nothing may be removed for it.
#[test]
fn a_run_that_is_given_up_stays_so_when_something_succeeds_after_all() {
    let names: Vec<String> = (0..100).map(|number| format!("{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let folder = folder(&names);
    let mut hands = Hands::new(&names);
    let failing = names.iter().skip(1).take(17);
    hands.failing.extend(failing.map(|name| ((*name).to_owned(), ErrorKind::Network)));
    let mut run = Run::new(up(&folder)).expect("it can be run");
    // The first upload takes until everything else has ended.
    let (mut first, mut open) = (None, VecDeque::new());
    let summary = loop {
        match run.step() {
            Next::Begin(ticket @ Ticket::Action(_), job) if first.is_none() => {
                first = Some((ticket, Some(job)));
            }
            Next::Begin(ticket, job) => open.push_back((ticket, job)),
            Next::Tell(_) => {}
            Next::Wait => {
                let last = || first.as_mut().and_then(|(ticket, job)| Some((*ticket, job.take()?)));
                let (ticket, job) = open.pop_front().or_else(last).expect("something is under way");
                run.ended(ticket, hands.carry_out(job));
            }
            Next::Over(result) => break result.expect("it ends"),
        }
    };
    assert_eq!(summary.ending, Ending::GivenUp(ErrorKind::Network));
    // Two were under way when the last one failed that might.
    assert!(summary.not_begun > 0 && summary.transferred == 2, "{summary:?}");
    assert!(names.iter().all(|name| hands.bucket.contains_key(*name)), "S1: {:?}", hands.names());
}

fn refused(kind: ErrorKind, code: &str) -> Error {
    let mut error = Error::new(kind, "refused");
    error.code = ApiCode::parse(code);
    error
}

#[test]
fn only_what_is_gone_counts_as_removed() {
    for (code, is_done) in
        [("file_not_present", true), ("no_such_file", true), ("bad_bucket_id", false), ("", false)]
    {
        let folder = folder(&["a"]);
        let mut hands = Hands::new(&["gone"]);
        let answer =
            |job: &Job| matches!(job, Job::Delete(_)).then(|| refused(ErrorKind::NotFound, code));
        let summary = run_with(&mut hands, up(&folder), answer).expect("it runs");
        let want = (u64::from(is_done), u64::from(!is_done));
        assert_eq!((summary.deleted, summary.failed), want, "{code}");
    }
}

#[test]
fn only_what_is_hidden_or_gone_counts_as_hidden() {
    for (kind, code, is_done) in [
        (ErrorKind::Conflict, "already_hidden", true),
        (ErrorKind::NotFound, "no_such_file", true),
        (ErrorKind::NotFound, "bad_bucket_id", false),
        (ErrorKind::Conflict, "conflict", false),
    ] {
        let folder = folder(&["a"]);
        let mut setup = up(&folder);
        setup.options.keep = Keep::Age { ms: 1, by: Default::default() };
        setup.options.now_ms = 1_000;
        let answer = |job: &Job| matches!(job, Job::Hide(_)).then(|| refused(kind, code));
        let summary = run_with(&mut Hands::new(&["gone"]), setup, answer).expect("it runs");
        let want = (u64::from(is_done), u64::from(!is_done));
        assert_eq!((summary.hidden, summary.failed), want, "{code}");
    }
}

#[test]
fn a_run_that_is_given_up_has_removed_nothing_from_a_folder() {
    let folder = folder(&["gone/er/a", "kept/a"]);
    let (mut hands, setup) = down_and_delete(&folder);
    let answer =
        |job: &Job| matches!(job, Job::Download(_)).then(|| refused(ErrorKind::Network, ""));
    let summary = run_with(&mut hands, setup, answer).expect("it ends");
    assert_eq!(summary.ending, Ending::GivenUp(ErrorKind::Network));
    assert_eq!(summary.deleted, 0);
    assert!(folder.path().join("gone/er/a").exists());
    assert!(folder.path().join("kept/a").exists());
}

/// What some systems have under the name of a device, nobody can look at; no file is there.
#[cfg(unix)]
#[test]
fn only_the_name_of_a_device_holds_no_removal_back() {
    use crate::safe_name::Platform;
    // A separator, a stream and a name without its dot lead to other files.
    let others = ["usual/x", "a\\b/x", "a:s/x", "a./x"].map(|name| (name, false));
    for (name, is_gone) in [("nul/x", true)].into_iter().chain(others) {
        let folder = folder(&["a", "gone"]);
        let mut setup = down(&folder);
        setup.rules.platform = Platform::Windows;
        let turning = folder.path().join(name.trim_end_matches("/x"));
        let answer = |job: &Job| {
            let is_wanted = matches!(job, Job::Download(it) if it.version.file_name == name);
            is_wanted.then(|| {
                std::os::unix::fs::symlink(&turning, &turning).expect("a link to itself");
                refused(ErrorKind::Sink, "")
            })
        };
        let summary = run_with(&mut Hands::new(&["a", name]), setup, answer).expect("it runs");
        assert_eq!(summary.deleted, u64::from(is_gone), "{name}: {summary:?}");
        assert_eq!(folder.path().join("gone").exists(), !is_gone);
    }
}

#[test]
fn a_run_that_is_given_up_keeps_what_it_has_learned() {
    let names: Vec<String> = (0..200).map(|number| format!("n{number:03}")).collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.push("a");
    let (folder, kept) = (folder(&names), tempfile::tempdir().expect("a folder"));
    let mut hands = Hands::new(&[]);
    hands.put("a", 7, 1);
    let version = hands.bucket.values_mut().flatten().next().expect("a version");
    let sha1 = Sha1::of(b"content");
    version.content_sha1 = Some(b2_proto::model::ContentSha1::Verified(sha1));
    let index = kept.path().join("index");
    let mut setup = Setup { index: Some(index.clone()), ..up(&folder) };
    setup.options.compare = Compare::Sha1 { threshold_ms: 0 };
    let answer = |job: &Job| matches!(job, Job::Upload(_)).then(|| refused(ErrorKind::Network, ""));
    let summary = run_with(&mut hands, setup, answer).expect("it ends");
    assert_eq!(summary.ending, Ending::GivenUp(ErrorKind::Network));
    assert!(index.exists());
}

/// A download that deletes, of which `n000` and what follows is to come.
fn down_and_delete(folder: &TempDir) -> (Hands, Setup) {
    let names: Vec<String> = (0..100).map(|number| format!("n{number:03}")).collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.push("kept/a");
    let mut setup = up(folder);
    (setup.source, setup.destination) = (setup.destination, setup.source);
    setup.options = Options {
        keep: Keep::Newest,
        compare: Compare::Name,
        delete_limit: DeleteLimit::Unlimited,
        ..Options::new(Direction::Down, 5_000)
    };
    (Hands::new(&names), setup)
}

#[test]
fn a_run_that_is_told_to_stop_ends_with_what_it_has_done() {
    for is_last in [false, true] {
        stop_at(is_last);
    }
}

/// Stops a run at its first download, or when a file is removed in the end.
fn stop_at(is_last: bool) {
    let folder = folder(&["gone/er/a", "kept/a"]);
    let (mut hands, setup) = down_and_delete(&folder);
    let (stop, mut told) = (Stop::new(), Vec::new());
    let mut run = Run::new(setup).expect("it can be run").stopped_by(stop.clone());
    let summary = loop {
        match run.step() {
            Next::Begin(ticket, job) => {
                let failing = job.failing();
                if matches!(job, Job::Local(LocalJob::Remove(..))) {
                    stop.stop();
                }
                let ended = if !is_last && matches!(job, Job::Download(_)) {
                    stop.stop();
                    failing(Error::new(ErrorKind::Cancelled, "it was under way"))
                } else {
                    hands.carry_out(job)
                };
                run.ended(ticket, ended);
            }
            Next::Tell(event) => told.push(event),
            Next::Wait => panic!("everything ends at once"),
            Next::Over(result) => break result.expect("a summary"),
        }
    };
    assert_eq!((summary.ending, summary.is_complete()), (Ending::Stopped, false));
    let want = if is_last { (1, 0, 0) } else { (0, 1, 0) };
    assert_eq!((summary.deleted, summary.broken_off, summary.failed), want);
    assert_eq!(folder.path().join("gone").exists(), !is_last, "it goes when it is empty");
    let is_failure = |event: &Event| matches!(event, Event::Failed(..) | Event::Undone(_));
    assert!(!told.iter().any(is_failure), "{told:?}");
}

/// What was looked at last is not begun either, and is told so.
#[test]
fn a_removal_that_was_looked_at_does_not_begin_after_a_stop() {
    let folder = folder(&["a"]);
    let mut hands = Hands::new(&["gone", "gone", "more"]);
    let stop = Stop::new();
    let mut run = Run::new(up(&folder)).expect("it can be run").stopped_by(stop.clone());
    let (mut open, mut begun) = (VecDeque::new(), 0);
    let summary = loop {
        match run.step() {
            Next::Begin(ticket, job) => open.push_back((ticket, job)),
            Next::Tell(event) => begun += u64::from(matches!(event, Event::Begun { .. })),
            Next::Wait => {
                // Both looks end before the run is asked again.
                let (ticket, job) = open.pop_front().expect("something is under way");
                let is_look = matches!(job, Job::Local(LocalJob::Look(..)));
                run.ended(ticket, hands.carry_out(job));
                if is_look {
                    stop.stop();
                }
            }
            Next::Over(result) => break result.expect("a summary"),
        }
    };
    assert_eq!(summary.ending, Ending::Stopped);
    // The old version of one of them went before.
    assert_eq!((summary.deleted, summary.broken_off, summary.failed), (1, 0, 0), "{summary:?}");
    assert!(summary.not_begun > 0 && begun > summary.deleted, "{summary:?}");
    assert_eq!(hands.names(), [("a", 1), ("gone", 1), ("more", 1)]);
}

#[test]
fn a_run_that_is_stopped_before_it_begins_does_nothing() {
    let folder = folder(&["a"]);
    let stop = Stop::new();
    stop.stop();
    let mut run = Run::new(up(&folder)).expect("it can be run").stopped_by(stop);
    let Next::Over(Ok(summary)) = run.step() else { panic!("it does something") };
    assert_eq!((summary.ending, summary.transferred), (Ending::Stopped, 0));
}

/// Also what is still being read does not keep it.
#[test]
fn a_run_that_is_stopped_keeps_what_it_has_learned() {
    let (folder, kept) = (folder(&["a", "b"]), tempfile::tempdir().expect("a folder"));
    let mut hands = Hands::new(&[]);
    for name in ["a", "b"] {
        hands.put(name, 7, 1);
    }
    for version in hands.bucket.values_mut().flatten() {
        let sha1 = Sha1::of(b"content");
        version.content_sha1 = Some(b2_proto::model::ContentSha1::Verified(sha1));
    }
    let index = kept.path().join("index");
    let mut setup = Setup { index: Some(index.clone()), ..up(&folder) };
    setup.options.compare = Compare::Sha1 { threshold_ms: 0 };
    let stop = Stop::new();
    let mut run = Run::new(setup).expect("it can be run").stopped_by(stop.clone());
    let summary = loop {
        match run.step() {
            Next::Begin(Ticket::Hash(number), job) => {
                // The other one never ends.
                let ended = hands.carry_out(job);
                if number == 0 {
                    run.ended(Ticket::Hash(number), ended);
                }
                stop.stop();
            }
            Next::Begin(ticket, job) => run.ended(ticket, hands.carry_out(job)),
            Next::Tell(_) => {}
            Next::Wait => panic!("it waits"),
            Next::Over(result) => break result.expect("a summary"),
        }
    };
    assert_eq!(summary.ending, Ending::Stopped);
    assert!(index.exists());
}

#[test]
fn a_run_that_is_cancelled_says_how_to_go_on() {
    let folder = folder(&["gone/er/a", "gone/z", "kept/a"]);
    let (mut hands, setup) = down_and_delete(&folder);
    let answer = |job: &Job| {
        let Job::Local(LocalJob::Remove(file, ..)) = job else { return None };
        (file.name == "gone/z").then(|| refused(ErrorKind::Cancelled, ""))
    };
    let error = run_with(&mut hands, setup, answer).expect_err("it ends");
    assert_eq!(error.kind, ErrorKind::Cancelled);
    assert!(error.message.ends_with("run again it goes on from there"), "{}", error.message);
    assert!(!folder.path().join("gone/er").exists() && folder.path().join("gone/z").exists());
}

/// Nothing local gets such a time, so it is the upload's, on both ways.
#[test]
fn a_time_before_1970_counts_as_none() {
    let folder = folder(&["a"]);
    let mut setup = up(&folder);
    (setup.source, setup.destination) = (setup.destination, setup.source);
    setup.options = Options::new(Direction::Down, 5_000);
    let mut hands = Hands::new(&["a"]);
    let version = hands.bucket.values_mut().flatten().next().expect("a version");
    version.content_length = 7;
    version.file_info.insert("src_last_modified_millis".to_owned(), "-5".to_owned());
    version.upload_timestamp_ms = now_ms(&folder.path().join("a"));
    let summary = run_with(&mut hands, setup, |_| None).expect("it runs");
    assert_eq!((summary.planned.same, summary.is_complete()), (1, true), "{summary:?}");
}
