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
