//! Random trees with random options: the streaming plan comes to what a naive sync of whole sets
//! comes to, and whatever fails while it is carried out, nothing is lost.
#![cfg(feature = "alloc")]

mod bounds;
mod breaks;
mod carried_out;
mod guards;
mod naive;
mod options;
mod planned;
mod refused;
mod tree;

use std::collections::BTreeSet;

use b2_proto::plan::sync::{Direction, Ending, Options, Report, Work};
use proptest::prelude::*;

use naive::{Naive, Thing};
use options::{Filter, filters, options};
use planned::{Planned, plan};
use tree::{Side, bucket, folder};

/// A random case in any direction.
pub(crate) fn cases() -> impl Strategy<Value = (Options, Filter, Side, Side)> {
    prop_oneof![
        (options(Direction::Up), filters(), folder(), bucket(100)),
        (options(Direction::Down), filters(), bucket(1), folder()),
        (options(Direction::Copy), filters(), bucket(1), bucket(100)),
    ]
}

fn things(planned: &Planned) -> Vec<Thing> {
    let done = planned.actions.iter().map(|action| match &action.work {
        Work::Transfer { source, .. } => ("transfer", source.path.clone(), source.id),
        Work::Hide(it) => ("hide", it.path.clone(), it.id),
        Work::Delete { entry, .. } => ("delete", entry.path.clone(), entry.id),
        Work::Rename { .. } => panic!("nobody asked for {action:?}"),
    });
    let told = planned.reports.iter().map(|report| match report {
        Report::DestinationNewer { source: it, .. }
        | Report::UnsafeName { source: it, .. }
        | Report::NotCompared(it)
        | Report::DestinationUnknown(it) => ("fails", it.path.clone(), it.id),
        Report::HeldBack { entry, .. } => ("held", entry.path.clone(), entry.id),
    });
    done.chain(told).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn plans_are_those_of_a_naive_sync((options, filter, source, destination) in cases()) {
        let planned = plan(options, filter.clone(), &source, &destination);
        let naive = Naive { options, filter: &filter, source: &source, destination: &destination };
        prop_assert_eq!(planned.ending == Ending::EmptySource, naive.lacks_source());
        if planned.ending == Ending::EmptySource {
            prop_assert!(planned.actions.is_empty());
            return Ok(());
        }
        let expected = naive.run();
        let got = things(&planned);
        let unique: BTreeSet<Thing> = got.iter().cloned().collect();
        prop_assert_eq!(unique.len(), got.len(), "twice: {:?}", got);
        prop_assert_eq!(&unique, &expected.things);
        prop_assert_eq!(planned.totals.vanishing, expected.vanishing);
        let is_over = matches!(planned.ending, Ending::TooManyDeletes { .. });
        prop_assert_eq!(is_over, expected.is_over_limit);
        let held = expected.things.iter().filter(|(what, ..)| *what == "held").count();
        prop_assert_eq!(planned.totals.held_back, held as u64);
        prop_assert_eq!(planned.totals.actions(), planned.actions.len() as u64);
    }
}
