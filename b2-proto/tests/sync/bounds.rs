//! What is held back has a bound, and what happens above it; sides in disorder; hashes.

use b2_proto::plan::sync::{
    Compare, DeleteLimit, Direction, Ending, Everything, HELD_VERSIONS_MAX, HeldBack, Input, Keep,
    Options, Planner, Renames, Report, Step, TimeRange, Times, Work,
};

use crate::options::Filter;
use crate::planned::{Planned, drive, inputs, plan};
use crate::tree::{Item, Side};

pub(crate) fn item(path: &str, content: u8, days: i64) -> Item {
    Item {
        path: path.to_owned(),
        id: 0,
        marker: false,
        unfinished: false,
        content,
        len: 3,
        modified_ms: days,
        uploaded_ms: Some(days),
        notes_sha1: true,
    }
}

pub(crate) fn local(path: &str, content: u8) -> Item {
    Item { uploaded_ms: None, notes_sha1: false, ..item(path, content, 5) }
}

pub(crate) fn side(items: Vec<Item>) -> Side {
    let mut items = items;
    items.sort_by(|a, b| a.path.cmp(&b.path));
    Side { items, places: Vec::new() }
}

pub(crate) fn up() -> Options {
    Options { keep: Keep::Newest, ..Options::new(Direction::Up, 100) }
}

/// However few names are left.
fn unlimited() -> Options {
    Options { delete_limit: DeleteLimit::Unlimited, ..up() }
}

/// Versions that are held back, in these tests.
pub(crate) const HELD: usize = 100;

pub(crate) fn items(count: usize) -> Side {
    side((0..count).map(|n| item(&format!("{n:06}"), 1, 5)).collect())
}

#[test]
fn above_its_bound_a_limit_asks_for_another_plan() {
    let gone = HELD_VERSIONS_MAX + 10;
    let source = side(vec![local("x", 1)]);
    let options = Options { delete_limit: DeleteLimit::Names(gone as u64), ..up() };
    let planned = plan(options, Everything, &source, &items(gone));
    assert_eq!(planned.ending, Ending::PlanAgain { names: 10 });
    assert_eq!(planned.totals.deletes, HELD_VERSIONS_MAX as u64);
    let options = Options { delete_limit: DeleteLimit::Names(gone as u64 - 1), ..up() };
    let planned = plan(options, Everything, &source, &items(gone));
    let (wanted, allowed) = (gone as u64, gone as u64 - 1);
    assert_eq!(planned.ending, Ending::TooManyDeletes { wanted, allowed });
    assert_eq!((planned.totals.deletes, planned.totals.transfers), (0, 1));
    assert_eq!(planned.totals.held_back, gone as u64);
    // Without a limit nothing has to be known, so nothing is held.
    let options = Options { delete_limit: DeleteLimit::Unlimited, ..up() };
    let planned = plan(options, Everything, &source, &items(gone));
    assert_eq!((planned.ending, planned.totals.deletes), (Ending::Complete, gone as u64));
}

/// The plan after one of so many names that vanish.
fn again(names: usize) -> Planner<Item, Item, Everything> {
    let options = Options { held_max: HELD, delete_limit: DeleteLimit::Percent(100), ..up() };
    let mut first = Planner::new(options, Everything).expect("options");
    let source = side(vec![local("x", 1)]);
    let planned = drive(&mut first, inputs(&source), inputs(&items(names)), |_| None);
    let left = (names - HELD) as u64;
    assert_eq!(planned.ending, Ending::PlanAgain { names: left });
    let left_out = first.take_left_out(|_| true);
    assert_eq!(left_out.len() as u64, left);
    Planner::again(options, left_out, Everything).expect("options")
}

/// It removes what the first plan left, as far as that is still so, and nothing else.
#[test]
fn another_plan_removes_what_was_left_and_does_nothing_else() {
    let names = 3 * HELD;
    let mut there = items(names);
    there.items.extend(["x", "y"].map(|path| item(path, 1, 5)));
    // A name is back, one is new, one has changed, one that was there is gone.
    let source = ["000250", "new", "x"].map(|path| local(path, 9));
    let mut planner = again(names);
    let planned = drive(&mut planner, inputs(&side(source.to_vec())), inputs(&there), |_| None);
    assert_eq!((planned.ending, planned.reports.len()), (Ending::Complete, 0));
    let done: Vec<&str> = planned.actions.iter().map(|action| action.path()).collect();
    let left: Vec<String> = (HELD..names).map(|n| format!("{n:06}")).collect();
    let left: Vec<&str> = left.iter().map(String::as_str).filter(|it| *it != "000250").collect();
    assert_eq!(done, left);
    assert!(planned.actions.iter().all(|action| action.must_look));
    let first = planned.actions.first().map(|action| action.id);
    assert_eq!(first, Some(HELD as u64 + 1), "numbers go on");
}

/// What the source has hidden is gone for a folder, in the second plan as in the first.
#[test]
fn another_plan_removes_what_the_source_has_hidden() {
    let names = 2 * HELD;
    let hidden = |n| Item { marker: true, ..item(&format!("{n:06}"), 1, 9) };
    let source = side((0..names).map(hidden).chain([item("x", 1, 5)]).collect());
    let delete_limit = DeleteLimit::Percent(100);
    let direction = Direction::Down;
    let options = Options { held_max: HELD, delete_limit, direction, ..up() };
    let mut first = Planner::new(options, Everything).expect("options");
    let planned = drive(&mut first, inputs(&source), inputs(&items(names)), |_| None);
    assert_eq!(planned.ending, Ending::PlanAgain { names: HELD as u64 });
    let left = first.take_left_out(|_| true);
    let mut planner = Planner::again(options, left, Everything).expect("options");
    let planned = drive(&mut planner, inputs(&source), inputs(&items(names)), |_| None);
    assert_eq!((planned.ending, planned.totals.deletes), (Ending::Complete, HELD as u64));
}

/// What the source shows nothing of, or only in part, goes in no plan.
#[test]
fn another_plan_knows_an_empty_source_and_unknown_places() {
    let names = 2 * HELD;
    let mut planner = again(names);
    let planned = drive(&mut planner, [].into_iter(), inputs(&items(names)), |_| None);
    assert_eq!((planned.ending, planned.actions.len()), (Ending::EmptySource, 0));
    let source = [Input::Entry(local("000150", 1)), Input::RestUnknown];
    let mut planner = again(names);
    let planned = drive(&mut planner, source.into_iter(), inputs(&items(names)), |_| None);
    assert_eq!((planned.totals.deletes, planned.totals.held_back), (50, 49));
    // Nor what comes before the first entry that takes part, when it is too much to be held.
    let source = [Input::LeftOut("y".to_owned()), Input::Entry(local("z", 1))];
    let mut planner = again(3 * HELD);
    let planned = drive(&mut planner, source.into_iter(), inputs(&items(3 * HELD)), |_| None);
    assert_eq!((planned.ending, planned.totals.deletes), (Ending::Complete, HELD as u64));
    assert_eq!(planned.totals.held_back, HELD as u64);
}

/// What would be planned again cannot be listed, and the source may still be on its way.
#[test]
fn a_destination_that_is_lost_asks_for_no_other_plan() {
    let names = 3 * HELD;
    for rest in [vec![Input::RestUnknown], vec![Input::RestOfUnknown(String::new()), Input::End]] {
        let options = Options { held_max: HELD, delete_limit: DeleteLimit::Percent(100), ..up() };
        let mut planner = Planner::new(options, Everything).expect("options");
        let source = ["x", "y"].map(|path| Input::Entry(local(path, 1)));
        let there = items(names);
        let there = inputs(&there).take(names).chain(rest);
        let planned = drive(&mut planner, source.into_iter(), there, |_| None);
        assert_eq!((planned.ending, planned.totals.deletes), (Ending::Complete, HELD as u64));
        assert_eq!((planned.totals.held_back, planned.totals.unknown), (2 * HELD as u64, 1));
    }
}

/// One name with more versions than there is room for does not ask for plan after plan.
#[test]
fn another_plan_ends_with_a_name_of_many_versions() {
    let versions = || side((0..HELD + 50).map(|_| item("gone", 1, 5)).collect());
    let source = || side(vec![local("x", 1)]);
    let options = Options { held_max: HELD, delete_limit: DeleteLimit::Names(1), ..up() };
    let mut first = Planner::new(options, Everything).expect("options");
    let planned = drive(&mut first, inputs(&source()), inputs(&versions()), |_| None);
    assert_eq!(planned.ending, Ending::PlanAgain { names: 1 });
    let left = first.take_left_out(|_| true);
    let mut planner = Planner::again(options, left, Everything).expect("options");
    let planned = drive(&mut planner, inputs(&source()), inputs(&versions()), |_| None);
    let totals = planned.totals;
    assert_eq!((totals.deletes, totals.held_back), (HELD as u64 + 50, 0));
}

/// A local destination lets nothing go before all is transferred, and with a limit nothing goes
/// before its number is known: both also with more names than can be remembered.
#[test]
fn names_that_cannot_be_remembered_are_held_back() {
    for (direction, delete_limit) in
        [(Direction::Down, DeleteLimit::Unlimited), (Direction::Up, DeleteLimit::Percent(100))]
    {
        let options = Options { keep: Keep::Newest, delete_limit, ..Options::new(direction, 100) };
        let options = Options { held_max: HELD, left_max: 7, ..options };
        let planned = plan(options, Everything, &side(vec![local("x", 1)]), &items(2 * HELD));
        assert_eq!(planned.ending, Ending::PlanAgain { names: 7 });
        assert_eq!(planned.totals.held_back, HELD as u64 - 7);
        let is_told =
            |it: &&Report<_, _>| matches!(it, Report::HeldBack { why: HeldBack::NoRoom, .. });
        assert_eq!(planned.reports.iter().filter(is_told).count(), HELD - 7);
    }
}

#[test]
fn any_number_of_versions_of_a_name_goes_while_they_come() {
    let count = HELD_VERSIONS_MAX + 100;
    let mut versions: Vec<Item> = (0..count).map(|_| item("gone", 1, 5)).collect();
    for (id, version) in (0..).zip(&mut versions) {
        version.id = id;
    }
    let renames = Some(Renames { len_min: 0, held_max: 3 });
    for renames in [None, renames] {
        let options = Options { delete_limit: DeleteLimit::Unlimited, renames, ..up() };
        let planned =
            plan(options, Everything, &side(vec![local("x", 9)]), &side(versions.clone()));
        let deleted = planned.actions.iter().filter_map(|action| match &action.work {
            Work::Delete { entry, .. } => Some((entry.id, action.after.is_empty())),
            Work::Transfer { .. } | Work::Rename { .. } | Work::Hide(_) => None,
        });
        let deleted: Vec<(u32, bool)> = deleted.collect();
        assert_eq!(deleted.len(), count);
        // The newest goes last, and waits.
        assert_eq!(deleted.last(), Some(&(0, false)));
        assert!(deleted.iter().rev().skip(1).all(|(id, is_free)| *id > 0 && *is_free));
    }
}

pub(crate) fn renames(planned: &Planned) -> Vec<(&str, &str)> {
    let pairs = planned.actions.iter().filter_map(|action| match &action.work {
        Work::Rename { source, origin } => Some((origin.path.as_str(), source.path.as_str())),
        Work::Transfer { .. } | Work::Hide(_) | Work::Delete { .. } => None,
    });
    pairs.collect()
}

#[test]
fn renamed_files_are_found_whichever_name_comes_first() {
    let source = side(vec![local("b", 1), local("y", 2), local("z", 3), local("new", 9)]);
    let there = side(vec![item("a", 2, 5), item("c", 1, 5), item("d", 4, 5)]);
    for keep in [Keep::Newest, Keep::Days { days: 3, by: Default::default() }] {
        let options = Options { keep, renames: Some(Renames { len_min: 1, held_max: 9 }), ..up() };
        let planned = plan(options, Everything, &source, &there);
        assert_eq!(renames(&planned), [("c", "b"), ("a", "y")]);
        assert_eq!((planned.totals.renames, planned.totals.transfers), (2, 2));
        for action in &planned.actions {
            if let (Work::Delete { entry, .. } | Work::Hide(entry), false) =
                (&action.work, action.path() == "d")
            {
                let copy = planned
                    .actions
                    .iter()
                    .find(|it| matches!(&it.work, Work::Rename { origin, .. } if origin == entry));
                assert!(action.after.contains(copy.expect("a copy").id), "{action:?}");
            }
        }
        let short = Options { renames: Some(Renames { len_min: 4, held_max: 9 }), ..options };
        assert_eq!(renames(&plan(short, Everything, &source, &there)), []);
    }
}

/// What cannot have been renamed takes no room from what can.
#[test]
fn only_names_that_can_be_found_again_are_kept_whole() {
    let short = |path| Item { len: 2, ..item(path, 1, 5) };
    let unknown = Item { notes_sha1: false, ..item("c", 1, 5) };
    let there = [short("a"), short("b"), unknown, item("d", 7, 5), item("e", 8, 5)];
    let source = side(vec![local("x", 7), local("y", 8)]);
    for (held_max, want) in [(1, &[("d", "x")][..]), (2, &[("d", "x"), ("e", "y")])] {
        let options = Options { renames: Some(Renames { len_min: 3, held_max }), ..unlimited() };
        let planned = plan(options, Everything, &source, &side(there.to_vec()));
        assert_eq!(renames(&planned), want);
        assert_eq!(planned.totals.deletes, there.len() as u64);
    }
    // One that was found gives its room to others.
    let source = side(vec![local("d!", 7), local("x", 8)]);
    let options = Options { renames: Some(Renames { len_min: 3, held_max: 1 }), ..unlimited() };
    let planned = plan(options, Everything, &source, &side(there.to_vec()));
    assert_eq!(renames(&planned), [("d", "d!"), ("e", "x")]);
}

#[test]
fn new_files_are_held_back_up_to_their_bound() {
    let source = side((0..9).map(|n| local(&format!("n{n}"), n)).collect());
    let there = side(vec![item("z0", 0, 5), item("z8", 8, 5)]);
    let options = Options { renames: Some(Renames { len_min: 0, held_max: 3 }), ..up() };
    let planned = plan(options, Everything, &source, &there);
    // The first ones had been uploaded before their old names came.
    assert_eq!(renames(&planned), [("z8", "n8")]);
    assert_eq!(planned.totals.transfers, 8);
}

/// Plans with the defaults on the way up, without a limit.
fn plan_inputs(
    compare: Compare,
    source: impl IntoIterator<Item = Input<Item>>,
    destination: impl IntoIterator<Item = Input<Item>>,
) -> Planned {
    let options = Options { compare, delete_limit: DeleteLimit::Unlimited, ..up() };
    let mut planner = Planner::new(options, Everything).expect("options");
    drive(&mut planner, source.into_iter(), destination.into_iter(), |_| None)
}

#[test]
fn a_side_in_disorder_ends_the_plan() {
    for (source, destination) in [(vec!["b", "a"], vec!["c"]), (vec!["x"], vec!["b", "a"])] {
        let of = |names: Vec<&str>| -> Vec<_> {
            names.into_iter().map(|name| Input::Entry(item(name, 1, 5))).collect()
        };
        let planned = plan_inputs(Compare::default(), of(source), of(destination));
        assert_eq!(planned.ending, Ending::OutOfOrder);
        assert!(planned.totals.deletes < 2);
    }
}

#[test]
fn an_entry_that_was_not_asked_for_ends_the_plan() {
    let mut planner: Planner<Item, Item, _> = Planner::new(up(), Everything).expect("options");
    planner.source(Input::Entry(local("a", 1)));
    planner.source(Input::Entry(local("b", 1)));
    assert!(matches!(planner.step(), Step::Done(Ending::OutOfOrder)));
    let mut planner: Planner<Item, Item, _> = Planner::new(up(), Everything).expect("options");
    planner.destination(Input::End);
    planner.destination(Input::Entry(item("b", 1, 5)));
    assert!(matches!(planner.step(), Step::Done(Ending::OutOfOrder)));
}

#[test]
fn a_file_whose_hash_cannot_be_computed_fails_and_keeps_its_versions() {
    let there = [item("a", 1, 9), item("a", 2, 5)].map(Input::Entry);
    let compare = Compare::Sha1 { threshold_ms: 0 };
    let planned = plan_inputs(compare, [Input::Entry(local("a", 1))], there);
    assert_eq!((planned.ending, planned.actions.len()), (Ending::Complete, 0));
    let told = &planned.reports[..];
    assert!(matches!(told, [Report::NotCompared(_), Report::HeldBack { .. }]), "{told:?}");
    assert!(planned.totals.is_incomplete());
}

#[test]
fn a_listing_that_breaks_off_removes_nothing_behind_it() {
    let source = [Input::Entry(local("b", 1)), Input::RestUnknown];
    let there = ["a", "c", "d"].map(|path| Input::Entry(item(path, 1, 5)));
    let planned = plan_inputs(Compare::default(), source, there);
    let done: Vec<&str> = planned.actions.iter().map(|action| action.path()).collect();
    let held = planned.reports.iter().map(|report| {
        let Report::HeldBack { entry, .. } = report else { panic!("{report:?}") };
        entry.path.as_str()
    });
    assert_eq!((done, held.collect()), (vec!["a", "b"], vec!["c", "d"]));
}

/// Other programs mark folders by such names; no local file can have one.
#[test]
fn a_name_that_ends_like_a_folder_is_kept() {
    let there = || side(vec![item("d/", 1, 5), item("d/x", 1, 5), item("e//", 1, 5)]);
    let source = side(vec![local("x", 1)]);
    for delete_excluded in [false, true] {
        let planned =
            plan(Options { delete_excluded, ..unlimited() }, Everything, &source, &there());
        let kept = planned.reports.iter().filter_map(|report| {
            let Report::HeldBack { entry, why: HeldBack::NameNotLocal } = report else {
                return None;
            };
            Some(entry.path.as_str())
        });
        assert_eq!(kept.collect::<Vec<_>>(), ["d/", "e//"]);
        assert_eq!(planned.totals.deletes, 1);
    }
    // From bucket to bucket it is a name like any other.
    let copy = Options { direction: Direction::Copy, ..unlimited() };
    assert_eq!(plan(copy, Everything, &source, &there()).totals.deletes, 3);
}

/// Sources of which nothing takes part: a disk that is not mounted leaves such folders.
fn sources_without_entries() -> [Vec<Input<Item>>; 5] {
    let unknown = Input::Unknown("lost+found/".to_owned());
    let left_out = Input::LeftOut("m".to_owned());
    let excluded = Input::Entry(local("excluded", 1));
    let unfinished = Input::Entry(Item { unfinished: true, ..item("n", 1, 5) });
    let all = vec![excluded.clone(), unknown.clone(), left_out.clone(), unfinished.clone()];
    [vec![unknown], vec![left_out], vec![excluded], vec![unfinished], all]
}

fn without_excluded() -> Filter {
    Filter { folder: None, file: Some("excluded") }
}

#[test]
fn a_source_of_which_nothing_takes_part_is_empty() {
    // Names before and behind those of the source, visible and hidden.
    let there = || {
        let hidden = |path: &str| [Item { marker: true, ..item(path, 1, 9) }, item(path, 1, 5)];
        let files = ["a", "f", "z"].map(|path| item(path, 1, 5));
        side(files.into_iter().chain(hidden("b")).chain(hidden("y")).collect())
    };
    let keeps = [Keep::Newest, Keep::Days { days: 3, by: Default::default() }];
    for (source, keep) in
        sources_without_entries().into_iter().flat_map(|it| keeps.map(|keep| (it.clone(), keep)))
    {
        for delete_limit in [DeleteLimit::Unlimited, DeleteLimit::default()] {
            let options = Options { keep, delete_limit, now_ms: i64::MAX >> 1, ..up() };
            let mut planner = Planner::new(options, without_excluded()).expect("options");
            let planned =
                drive(&mut planner, source.clone().into_iter(), inputs(&there()), |_| None);
            let acts = planned.actions.len();
            assert_eq!((planned.ending, acts), (Ending::EmptySource, 0), "{source:?}");
        }
    }
    // What removes nothing need not ask.
    let options = Options { keep: Keep::All, ..up() };
    for source in sources_without_entries() {
        let mut planner = Planner::new(options, without_excluded()).expect("options");
        let planned = drive(&mut planner, source.into_iter(), inputs(&there()), |_| None);
        assert_eq!(planned.ending, Ending::Complete);
    }
}

/// It may have entries behind what is unknown, so it is not empty; nor does it say anything.
#[test]
fn a_source_that_breaks_off_before_its_first_entry_removes_nothing() {
    let there = side(["a", "b", "z"].map(|path| item(path, 1, 5)).to_vec());
    for rest in [Input::RestUnknown, Input::RestOfUnknown(String::new())] {
        for delete_limit in [DeleteLimit::Unlimited, DeleteLimit::Names(3)] {
            let source = [Input::LeftOut("m".to_owned()), rest.clone()];
            let options = Options { delete_limit, ..up() };
            let mut planner = Planner::new(options, Everything).expect("options");
            let planned = drive(&mut planner, source.into_iter(), inputs(&there), |_| None);
            assert_eq!((planned.ending, planned.actions.len()), (Ending::Complete, 0));
            assert_eq!(planned.totals.held_back, 3, "{:?}", planned.reports);
        }
    }
}

/// Once the source has shown an entry, what was held back until then goes.
#[test]
fn what_comes_before_the_first_entry_that_takes_part_goes_after_it() {
    let hidden = [Item { marker: true, ..item("b", 1, 9) }, item("b", 1, 5)];
    let there = side([item("a", 1, 5)].into_iter().chain(hidden).collect());
    for delete_limit in [DeleteLimit::Unlimited, DeleteLimit::Percent(100), DeleteLimit::Names(0)] {
        let source = [Input::LeftOut("m".to_owned()), Input::Entry(local("x", 1))];
        let options = Options { delete_limit, ..up() };
        let mut planner = Planner::new(options, Everything).expect("options");
        let planned = drive(&mut planner, source.into_iter(), inputs(&there), |_| None);
        let done: Vec<&str> = planned.actions.iter().map(|action| action.path()).collect();
        match delete_limit {
            DeleteLimit::Unlimited => assert_eq!(done, ["a", "b", "b", "x"]),
            // Versions of a hidden name do not count.
            DeleteLimit::Names(_) => assert_eq!(done, ["x", "b", "b"]),
            DeleteLimit::Percent(_) | DeleteLimit::Half => assert_eq!(done, ["x", "a", "b", "b"]),
        }
    }
}

/// A link that leads nowhere may have led to a folder, of which the rule says nothing.
#[test]
fn what_nobody_could_look_at_and_a_rule_leaves_out_is_left_out() {
    let there = side(["excluded", "excluded/x", "f"].map(|path| item(path, 1, 5)).to_vec());
    for delete_excluded in [false, true] {
        let source = [Input::Unknown("excluded".to_owned()), Input::Entry(local("x", 1))];
        let options = Options { delete_excluded, ..unlimited() };
        let mut planner = Planner::new(options, without_excluded()).expect("options");
        let planned = drive(&mut planner, source.into_iter(), inputs(&there), |_| None);
        let totals = planned.totals;
        assert_eq!((totals.unknown, totals.left_out), (0, 1), "{totals:?}");
        assert_eq!(totals.protected, u64::from(!delete_excluded));
        assert_eq!(totals.deletes, 1 + u64::from(delete_excluded));
        let held: Vec<&str> = planned
            .reports
            .iter()
            .map(|report| {
                let Report::HeldBack { entry, why: HeldBack::SourceUnknown } = report else {
                    panic!("{report:?}")
                };
                entry.path.as_str()
            })
            .collect();
        assert_eq!(held, ["excluded/x"]);
    }
}

/// What follows cannot be compared, however much it is; what came before is dealt with.
#[test]
fn a_destination_that_breaks_off_ends_the_plan() {
    let versions = ["b", "bb"].map(|path| Input::Entry(item(path, 1, 5)));
    let there = || versions.clone().into_iter().chain([Input::RestUnknown]);
    let files = ["a", "c", "d"].map(|path| Input::Entry(local(path, 1)));
    for keep in [Keep::All, Keep::Newest] {
        let mut taken = 0;
        let source = files.clone().into_iter().inspect(|_| taken += 1);
        let options = Options { keep, ..unlimited() };
        let mut planner = Planner::new(options, Everything).expect("options");
        let planned = drive(&mut planner, source, there(), |_| None);
        let totals = planned.totals;
        let removed = u64::from(keep != Keep::All);
        assert_eq!((totals.transfers, totals.deletes), (1, removed));
        // The last one may have had older versions.
        assert_eq!((totals.held_back, planned.reports.len() as u64), (removed, removed));
        assert_eq!((totals.unknown, totals.failed), (1, 0), "{totals:?}");
        assert_eq!((taken, planned.ending), (2, Ending::Complete));
    }
    // Whether the source is empty is not said by that.
    for (source, ending, deletes) in [
        (vec![Input::Unknown("a".to_owned())], Ending::EmptySource, 0),
        (vec![Input::Unknown("a".to_owned()), files[2].clone()], Ending::Complete, 1),
    ] {
        let mut planner = Planner::new(unlimited(), Everything).expect("options");
        let planned = drive(&mut planner, source.into_iter(), there(), |_| None);
        assert_eq!((planned.ending, planned.totals.deletes), (ending, deletes));
    }
}

/// The name is there, only not for this range; to remove it would fail with each run.
#[test]
fn an_older_marker_hides_no_name_whose_newest_version_is_left_out() {
    let range = TimeRange { from: None, to: Some(6) };
    let times = Times { modified_ms: range, ..Times::default() };
    let options = Options { times, direction: Direction::Down, ..unlimited() };
    let marker = Item { marker: true, len: 0, notes_sha1: false, ..item("b", 1, 5) };
    let source = [item("a", 1, 5), item("b", 1, 9), marker, item("b", 1, 4)].to_vec();
    let there = || side(vec![local("a", 1), local("b", 1)]);
    let planned = plan(options, Everything, &side(source.clone()), &there());
    let totals = planned.totals;
    assert_eq!((totals.deletes, totals.protected, totals.left_out), (0, 1, 1), "{totals:?}");
    assert_eq!((totals.transfers, totals.same), (0, 1), "{totals:?}");
    let options = Options { delete_excluded: true, ..options };
    let totals = plan(options, Everything, &side(source), &there()).totals;
    assert_eq!((totals.deletes, totals.left_out), (1, 1), "{totals:?}");
}

/// Versions are no files of their own.
#[test]
fn what_is_left_out_is_counted_by_names() {
    let range = TimeRange { from: None, to: Some(6) };
    let times = Times { modified_ms: range, ..Times::default() };
    let options = Options { times, ..Options::new(Direction::Down, 100) };
    let versions = |path: &'static str, days: &[i64]| {
        days.iter().map(move |days| item(path, 1, *days)).collect::<Vec<_>>()
    };
    let source = side([versions("excluded", &[9, 8, 5]), versions("late", &[9, 8])].concat());
    let planned = plan(options, without_excluded(), &source, &side(Vec::new()));
    assert_eq!((planned.totals.left_out, planned.totals.transfers), (2, 0));
    let source = side([versions("late", &[9, 8]), versions("older", &[9, 5, 4])].concat());
    let planned = plan(options, without_excluded(), &source, &side(Vec::new()));
    assert_eq!((planned.totals.left_out, planned.totals.transfers), (1, 1));
}
