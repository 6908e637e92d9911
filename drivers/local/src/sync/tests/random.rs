//! Random trees, random failures, jobs that end in any order, runs that are broken off: nothing is
//! lost, and the next run brings everything into step.

use std::collections::{BTreeMap, BTreeSet};

use b2_proto::error::ErrorKind;
use proptest::prelude::*;

use super::*;

const NAMES: [&str; 7] = ["a", "a.b", "a/b", "a/c/d", "b", "b0", "c/d"];

/// Which names are where, which uploads fail and why, and what ends first.
#[derive(Clone, Debug)]
struct Case {
    here: BTreeSet<usize>,
    there: BTreeMap<usize, usize>,
    failing: BTreeMap<usize, bool>,
    deletes: bool,
    order: Vec<usize>,
    /// After so many steps the run is dropped.
    steps_max: usize,
}

fn cases() -> impl Strategy<Value = Case> {
    let index = 0..NAMES.len();
    (
        proptest::collection::btree_set(index.clone(), 1..NAMES.len()),
        proptest::collection::btree_map(index.clone(), 1_usize..4, 0..NAMES.len()),
        proptest::collection::btree_map(index, any::<bool>(), 0..3),
        any::<bool>(),
        proptest::collection::vec(0_usize..4, 1..30),
        0_usize..60,
    )
        .prop_map(|(here, there, failing, deletes, order, steps_max)| Case {
            here,
            there,
            failing,
            deletes,
            order,
            steps_max,
        })
}

/// A tree can have `a` as a file or as a folder.
fn tree(here: &BTreeSet<usize>) -> Vec<&'static str> {
    let names: Vec<&str> = here.iter().filter_map(|index| NAMES.get(*index).copied()).collect();
    let is_folder = |name: &str| names.iter().any(|it| it.starts_with(&format!("{name}/")));
    names.iter().filter(|name| !is_folder(name)).copied().collect()
}

fn setup(folder: &TempDir, deletes: bool) -> Setup {
    let mut setup = up(folder);
    setup.options.keep = if deletes { Keep::Newest } else { Keep::All };
    setup.options.delete_limit = DeleteLimit::Unlimited;
    setup
}

/// Runs some steps, then leaves what is under way where it is.
fn break_off(hands: &mut Hands, setup: Setup, case: &Case) {
    let mut run = Run::new(setup).expect("it can be run");
    let (mut open, mut order) = (Vec::new(), case.order.iter().cycle());
    for _ in 0..case.steps_max {
        match run.step() {
            Next::Begin(ticket, job) => open.push((ticket, job)),
            Next::Tell(_) => {}
            Next::Wait => {
                let at = order.next().map_or(0, |at| at % open.len());
                let (ticket, job) = open.remove(at);
                run.ended(ticket, hands.carry_out(job));
            }
            Next::Over(_) => return,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_is_lost_and_the_next_run_ends_it(case in cases()) {
        let tree = tree(&case.here);
        let folder = folder(&tree);
        let mut hands = Hands::new(&[]);
        for (index, count) in &case.there {
            (0..*count).for_each(|_| hands.put(NAMES[*index], 3, 1));
        }
        let before: BTreeSet<String> = hands.bucket.keys().cloned().collect();
        for (index, is_network) in &case.failing {
            let kind = if *is_network { ErrorKind::Network } else { ErrorKind::BadRequest };
            hands.failing.insert(NAMES[*index].to_owned(), kind);
        }
        break_off(&mut hands, setup(&folder, case.deletes), &case);
        for name in &tree {
            let is_there = hands.bucket.contains_key(*name);
            prop_assert!(!before.contains(*name) || is_there, "{name} is lost");
        }
        let (summary, _) = hands.run(setup(&folder, case.deletes));
        let failed = summary.expect("it runs").failed;
        let may_fail = tree.iter().filter(|name| hands.failing.contains_key(**name)).count();
        prop_assert!(failed <= may_fail as u64);
        hands.failing.clear();
        let (summary, _) = hands.run(setup(&folder, case.deletes));
        prop_assert!(summary.expect("it runs").is_complete());
        let names: BTreeSet<&str> = hands.bucket.keys().map(String::as_str).collect();
        let here: BTreeSet<&str> = tree.iter().copied().collect();
        prop_assert!(names.is_superset(&here));
        if case.deletes {
            prop_assert_eq!(&names, &here);
            prop_assert!(hands.bucket.values().all(|versions| versions.len() == 1));
        }
        let (_, told) = hands.run(setup(&folder, case.deletes));
        prop_assert!(lines(&told).is_empty(), "again: {:?}", lines(&told));
    }
}
