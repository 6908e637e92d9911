//! What a plan refuses to remove, for another plan that somebody allows it.

use b2_proto::plan::sync::{
    DeleteLimit, Ending, Everything, Input, Options, Planner, Renames, Schedule, Turn,
};

use crate::bounds::{HELD, item, items, local, renames, side, up};
use crate::planned::{drive, inputs};
use crate::tree::Item;

/// Who allows what a plan has refused allows those names and no others.
#[test]
fn a_plan_after_a_refused_one_removes_what_was_refused_and_nothing_else() {
    let (names, kept) = (HELD + 50, ["x", "y"]);
    let refused = |left_max| {
        let delete_limit = DeleteLimit::Names(1);
        let options = Options { held_max: HELD, left_max, delete_limit, ..up() };
        let mut first = Planner::new(options, Everything).expect("options");
        let mut there = items(names);
        there.items.extend(kept.map(|path| item(path, 1, 5)));
        let source = side(kept.map(|path| local(path, 1)).to_vec());
        let planned = drive(&mut first, inputs(&source), inputs(&there), |_| None);
        let wanted = names as u64;
        assert_eq!(planned.ending, Ending::TooManyDeletes { wanted, allowed: 1 });
        assert_eq!((planned.totals.deletes, planned.totals.held_back), (0, wanted));
        (first.take_left_out(|_| true), options, there)
    };
    let (left, options, there) = refused(names);
    assert_eq!((left.len(), left.held_back()), (names, names as u64));
    // Some are back, and others are gone.
    let mut planner = Planner::again(options, left, Everything).expect("options");
    let source = side(["000003", "000120", "y"].map(|path| local(path, 1)).to_vec());
    let planned = drive(&mut planner, inputs(&source), inputs(&there), |_| None);
    assert_eq!((planned.ending, planned.reports.len()), (Ending::Complete, 0));
    let done: Vec<&str> = planned.actions.iter().map(|action| action.path()).collect();
    let gone: Vec<String> =
        (0..names).filter(|n| ![3, 120].contains(n)).map(|n| format!("{n:06}")).collect();
    assert_eq!(done, gone);
    // No more of them than that, so whoever asks can tell that some are missing.
    assert_eq!(refused(names - 1).0.len(), names - 1);
    assert_eq!(refused(20).0.len(), 20);
}

/// What a source lacks of which nothing was seen is for nobody to allow.
#[test]
fn nothing_is_left_of_a_refused_plan_whose_source_is_unknown() {
    let options = Options { held_max: HELD, delete_limit: DeleteLimit::Names(1), ..up() };
    let mut first = Planner::new(options, Everything).expect("options");
    let source = [Input::RestUnknown, Input::End].into_iter();
    let planned = drive(&mut first, source, inputs(&items(2 * HELD)), |_| None);
    assert_eq!(planned.totals.deletes, 0);
    assert!(first.take_left_out(|_| true).is_empty(), "{:?}", planned.ending);
}

/// A name whose content was to go elsewhere goes in no plan before it is there (S1).
#[test]
fn what_was_renamed_in_vain_is_nobodys_to_allow() {
    let renaming = Some(Renames { len_min: 0, held_max: 9 });
    let options = Options { delete_limit: DeleteLimit::Names(0), renames: renaming, ..up() };
    let source = side(vec![local("n1", 1), local("n2", 2), local("x", 9)]);
    let there = side(vec![item("g1", 1, 5), item("g2", 2, 5), item("g2", 7, 4), item("g3", 3, 5)]);
    let refused = |failed: &[&str]| {
        let mut first = Planner::new(options, Everything).expect("options");
        let planned = drive(&mut first, inputs(&source), inputs(&there), |it| Some(it.digest()));
        assert_eq!(planned.ending, Ending::TooManyDeletes { wanted: 3, allowed: 0 });
        assert_eq!(renames(&planned), [("g1", "n1"), ("g2", "n2")]);
        let mut schedule = Schedule::new(9);
        planned.actions.into_iter().for_each(|action| schedule.add(action));
        while let Some(Turn::Begin(action)) = schedule.turn() {
            schedule.ended(action.id, !failed.contains(&action.path()));
        }
        first.take_left_out(|after| schedule.has_succeeded(after))
    };
    for (failed, gone, waiting, held_back) in [
        (&[][..], &["g1", "g2", "g2", "g3"][..], 0, 4),
        (&["n1"], &["g2", "g2", "g3"], 1, 3),
        (&["n1", "n2", "x"], &["g3"], 2, 1),
    ] {
        let left = refused(failed);
        assert_eq!((left.waiting(), left.held_back()), (waiting, held_back));
        assert_eq!(left.len() as u64, 3 - waiting);
        let mut planner = Planner::again(options, left, Everything).expect("options");
        let planned = drive(&mut planner, inputs(&source), inputs(&there), |_| None);
        let done: Vec<&str> = planned.actions.iter().map(|action| action.path()).collect();
        assert_eq!(done, gone, "{failed:?}");
    }
    // One that has not done anything has copied nothing either.
    let mut first = Planner::new(options, Everything).expect("options");
    drive(&mut first, inputs(&source), inputs(&there), |it| Some(it.digest()));
    let left = first.take_left_out(|after| Schedule::<Item, Item>::new(9).has_succeeded(after));
    assert_eq!((left.len(), left.waiting()), (1, 2));
}
