//! More removals than can be held back, which take a second round.

use b2_proto::plan::sync::HELD_VERSIONS_MAX;

use super::*;

/// Names that vanish.
const GONE: usize = HELD_VERSIONS_MAX + 6;

fn gone() -> Vec<String> {
    (0..GONE).map(|number| format!("{number:05}")).collect()
}

/// As many names may vanish as do.
fn limited(folder: &TempDir) -> Setup {
    let mut setup = up(folder);
    setup.options.delete_limit = DeleteLimit::Names(GONE as u64);
    setup
}

#[test]
fn what_was_left_goes_in_the_second_round() {
    let folder = folder(&["kept"]);
    let mut hands = Hands::new(&gone().iter().map(String::as_str).collect::<Vec<_>>());
    let (summary, told) = hands.run(limited(&folder));
    let summary = summary.expect("it runs");
    assert_eq!((summary.deleted, summary.transferred), (GONE as u64, 1));
    assert!(summary.is_complete(), "{summary:?}");
    assert!(told.iter().any(|event| matches!(event, Event::Again { names: 6 })));
    assert_eq!(hands.names(), [("kept", 1)]);
}

/// More is gone by then than was allowed in all.
#[test]
fn a_source_that_shrinks_between_the_rounds_takes_nothing_with_it() {
    let kept: Vec<String> = (0..50).map(|number| format!("kept{number}")).collect();
    let folder = folder(&kept.iter().map(String::as_str).collect::<Vec<_>>());
    let names: Vec<String> = gone().into_iter().chain(kept.iter().cloned()).collect();
    let mut hands = Hands::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut run = Run::new(limited(&folder)).expect("it can be run");
    let summary = loop {
        match run.step() {
            Next::Begin(ticket, job) => run.ended(ticket, hands.carry_out(job)),
            Next::Tell(Event::Again { .. }) => {
                for name in kept.iter().skip(1) {
                    fs::remove_file(folder.path().join(name)).expect("removed");
                }
            }
            Next::Tell(_) => {}
            Next::Wait => panic!("everything ends at once"),
            Next::Over(summary) => break summary.expect("it runs"),
        }
    };
    assert_eq!(summary.ending, Ending::TooManyDeletes { wanted: 55, allowed: 6 });
    assert_eq!(summary.planned.held_back, 55);
    assert!(kept.iter().all(|name| hands.bucket.contains_key(name)));
}

/// Each round goes by what the source has then, whatever the one before has tried.
#[test]
fn what_failed_keeps_its_versions_as_long_as_the_source_has_it() {
    for is_gone in [false, true] {
        let folder = folder(&["kept", "later"]);
        let mut hands = Hands::new(&gone().iter().map(String::as_str).collect::<Vec<_>>());
        hands.put("later", 3, 1);
        hands.hide("later");
        hands.failing.insert("later".to_owned(), ErrorKind::BadRequest);
        let mut run = Run::new(limited(&folder)).expect("it can be run");
        let summary = loop {
            match run.step() {
                Next::Begin(ticket, job) => run.ended(ticket, hands.carry_out(job)),
                Next::Tell(Event::Again { .. }) if is_gone => {
                    fs::remove_file(folder.path().join("later")).expect("removed");
                }
                Next::Tell(_) => {}
                Next::Wait => panic!("everything ends at once"),
                Next::Over(summary) => break summary.expect("it runs"),
            }
        };
        assert_eq!(summary.failed, if is_gone { 1 } else { 2 });
        let left: &[_] = if is_gone { &[("kept", 1)] } else { &[("kept", 1), ("later", 2)] };
        assert_eq!(hands.names(), left);
    }
}

/// What both rounds come to counts once.
#[test]
fn a_file_that_the_plan_leaves_counts_once() {
    let folder = folder(&["kept", "older"]);
    #[cfg(unix)]
    std::os::unix::net::UnixListener::bind(folder.path().join("socket")).expect("a socket");
    let mut hands = Hands::new(&gone().iter().map(String::as_str).collect::<Vec<_>>());
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
        let mut hands = Hands::new(&gone().iter().map(String::as_str).collect::<Vec<_>>());
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
        assert_eq!((summary.deleted, summary.transferred), (HELD_VERSIONS_MAX as u64, 2));
        assert_eq!((summary.failures(), summary.planned.held_back), (0, 6), "{summary:?}");
        let unlisted = |event: &&Event| matches!(event, Event::Unlisted(..) | Event::Left(..));
        assert_eq!(told.iter().filter(unlisted).count(), 1);
        assert_eq!(hands.bucket.len(), 2 + 6);
    }
}
