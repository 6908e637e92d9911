//! Listings that break off among the versions of a name.

use b2_proto::plan::sync::{
    AgeBy, DeleteLimit, Direction, Ending, Everything, HeldBack, Input, Keep, Options, Planner,
    Renames, Report, TimeRange, Times, Work,
};

use crate::planned::{Planned, drive};
use crate::tree::{DAY_MS, Item};

const DAYS: i64 = 100;

/// A version of a day; its ID is the day.
fn version(path: &str, day: u32) -> Item {
    Item {
        path: path.to_owned(),
        id: day,
        marker: false,
        unfinished: false,
        content: 1,
        len: 3,
        modified_ms: i64::from(day) * DAY_MS,
        uploaded_ms: Some(i64::from(day) * DAY_MS),
        notes_sha1: true,
    }
}

fn marker(path: &str, day: u32) -> Item {
    Item { marker: true, len: 0, notes_sha1: false, ..version(path, day) }
}

fn local(path: &str) -> Item {
    Item { uploaded_ms: None, notes_sha1: false, ..version(path, 5) }
}

fn options(direction: Direction, keep: Keep) -> Options {
    Options { keep, ..Options::new(direction, DAYS * DAY_MS) }
}

fn plan(options: Options, source: Vec<Input<Item>>, there: Vec<Input<Item>>) -> Planned {
    let mut planner = Planner::new(options, Everything).expect("options");
    drive(&mut planner, source.into_iter(), there.into_iter(), |_| None)
}

/// Days of the versions that are deleted, and of those that are kept for a reason.
fn deleted(planned: &Planned) -> (Vec<u32>, Vec<(u32, HeldBack)>) {
    let deleted = planned.actions.iter().filter_map(|action| match &action.work {
        Work::Delete { entry, .. } => Some(entry.id),
        Work::Transfer { .. } | Work::Rename { .. } | Work::Hide(_) => None,
    });
    let kept = planned.reports.iter().filter_map(|report| match report {
        Report::HeldBack { entry, why } => Some((entry.id, *why)),
        Report::DestinationNewer { .. }
        | Report::NotCompared(_)
        | Report::UnsafeName { .. }
        | Report::DestinationUnknown(_) => None,
    });
    (deleted.collect(), kept.collect())
}

/// Both ways in which nothing more comes.
fn breaks() -> [Vec<Input<Item>>; 2] {
    [vec![Input::RestUnknown], vec![Input::RestOfUnknown(String::new()), Input::End]]
}

/// Whatever is behind the break would be seen, or be hidden no more.
#[test]
fn a_destination_that_breaks_off_keeps_what_is_above_the_break() {
    let renames = Some(Renames { len_min: 0, held_max: 3 });
    let limits = [DeleteLimit::Unlimited, DeleteLimit::Names(9), DeleteLimit::default()];
    let days = Keep::Days { days: 3, by: AgeBy::Visibility };
    for (limit, rest) in limits.into_iter().flat_map(|it| breaks().map(|rest| (it, rest))) {
        for (newest, renames) in
            [(version("g", 9), None), (version("g", 9), renames), (marker("g", 9), None)]
        {
            let is_marker = newest.marker;
            let there = [newest, version("g", 8)].map(Input::Entry).into_iter();
            let there: Vec<_> = there.chain(rest.clone()).collect();
            let source = || vec![Input::Entry(local("z"))];
            for keep in [Keep::Newest, days] {
                if !is_marker && keep == days {
                    continue;
                }
                let options = options(Direction::Up, keep);
                let options = Options { delete_limit: limit, renames, ..options };
                let planned = plan(options, source(), there.clone());
                assert_eq!(planned.ending, Ending::Complete);
                let (deleted, kept) = deleted(&planned);
                let case = format!("{limit:?} {keep:?} {is_marker}");
                assert_eq!(deleted, [8], "{case}");
                assert_eq!(kept, [(9, HeldBack::OlderUnknown)], "{case}");
                assert_eq!(planned.totals.held_back, 1, "{case}");
            }
        }
    }
}

/// It is hidden by what is above the break, which stays; versions below go as ever.
#[test]
fn above_a_break_old_versions_go_below_what_stays() {
    let there = |rest: Vec<Input<Item>>| {
        let versions = [version("g", 98), version("g", 8), version("g", 7)];
        versions.map(Input::Entry).into_iter().chain(rest).collect::<Vec<_>>()
    };
    for rest in breaks() {
        // A hide marker comes above all of them.
        let keep = Keep::Days { days: 3, by: AgeBy::Visibility };
        let options = options(Direction::Up, keep);
        let planned = plan(options, vec![Input::Entry(local("z"))], there(rest.clone()));
        assert_eq!(deleted(&planned), (vec![7], vec![]));
        assert_eq!(planned.totals.hides, 1);
        // The file is sent anew, or is there.
        for source in
            [Item { len: 9, ..local("g") }, Item { modified_ms: 98 * DAY_MS, ..local("g") }]
        {
            let options = Options {
                newer: b2_proto::plan::sync::Newer::Replace,
                ..self::options(Direction::Up, Keep::Newest)
            };
            let planned = plan(options, vec![Input::Entry(source.clone())], there(rest.clone()));
            let all = if source.len == 9 { vec![98, 8, 7] } else { vec![8, 7] };
            assert_eq!(deleted(&planned), (all, vec![]));
        }
    }
}

/// The last plan may be the second one.
#[test]
fn another_plan_keeps_what_is_above_a_break() {
    let options = Options {
        held_max: 1,
        delete_limit: DeleteLimit::Percent(100),
        ..options(Direction::Up, Keep::Newest)
    };
    let there = || ["a", "b"].map(|path| Input::Entry(version(path, 9))).to_vec();
    let source = || vec![Input::Entry(local("z"))].into_iter();
    let mut first = Planner::new(options, Everything).expect("options");
    let planned = drive(&mut first, source(), there().into_iter(), |_| None);
    assert_eq!(planned.ending, Ending::PlanAgain { names: 1 });
    let left = first.take_left_out(|_| true);
    let mut again = Planner::again(options, left, Everything).expect("options");
    let there = there().into_iter().chain([Input::RestUnknown]);
    let planned = drive(&mut again, source(), there, |_| None);
    assert_eq!(deleted(&planned), (vec![], vec![(9, HeldBack::OlderUnknown)]));
}

/// The versions that came are too new; an older one may stand for the name.
#[test]
fn a_source_that_breaks_off_says_nothing_of_a_name_without_a_version_yet() {
    let times =
        Times { modified_ms: TimeRange { from: None, to: Some(6 * DAY_MS) }, ..Times::default() };
    let directions = [Direction::Down, Direction::Copy];
    let cases = directions.into_iter().flat_map(|it| [false, true].map(|is_all| (it, is_all)));
    for ((direction, delete_excluded), rest) in
        cases.flat_map(|case| breaks().map(|rest| (case, rest)))
    {
        let there = ["a", "g", "g"].map(|path| Input::Entry(version(path, 5)));
        let there = || match direction {
            Direction::Down => ["a", "g"].map(|path| Input::Entry(local(path))).to_vec(),
            Direction::Copy | Direction::Up => there.to_vec(),
        };
        let options = Options {
            times,
            delete_excluded,
            delete_limit: DeleteLimit::Unlimited,
            ..options(direction, Keep::Newest)
        };
        let first = [version("a", 5), version("g", 9)].map(Input::Entry);
        let source = first.clone().into_iter().chain(rest.clone()).collect();
        let planned = plan(options, source, there());
        let held = there().len() - 1;
        assert_eq!(deleted(&planned), (vec![], vec![(5, HeldBack::SourceUnknown); held]));
        // A marker that takes part says that no older one will.
        let source = first.into_iter().chain([Input::Entry(marker("g", 5))]).chain(rest);
        let planned = plan(options, source.collect(), there());
        let gone = if delete_excluded { held } else { 0 };
        assert_eq!(deleted(&planned), (vec![5; gone], vec![]));
        assert_eq!(planned.totals.protected, u64::from(!delete_excluded));
    }
}

/// A local file has no older versions: it takes no part, for certain.
#[test]
fn a_folder_that_breaks_off_tells_what_it_leaves_out() {
    let times =
        Times { modified_ms: TimeRange { from: None, to: Some(6 * DAY_MS) }, ..Times::default() };
    for rest in breaks() {
        let options = Options {
            times,
            delete_excluded: true,
            delete_limit: DeleteLimit::Unlimited,
            ..options(Direction::Up, Keep::Newest)
        };
        let late = Item { modified_ms: 9 * DAY_MS, ..local("g") };
        let source = [local("a"), late].map(Input::Entry).into_iter().chain(rest).collect();
        let there = ["a", "g", "h"].map(|path| Input::Entry(version(path, 5))).to_vec();
        let planned = plan(options, source, there);
        assert_eq!(deleted(&planned), (vec![5], vec![(5, HeldBack::SourceUnknown)]));
    }
}

/// Local files have no versions, so what came of a folder stands.
#[test]
fn what_came_of_a_folder_is_known_whole() {
    for rest in breaks() {
        let there = [Input::Entry(local("a"))].into_iter().chain(rest).collect();
        let source = vec![Input::Entry(version("z", 5))];
        let planned = plan(options(Direction::Down, Keep::Newest), source, there);
        assert_eq!(deleted(&planned), (vec![5], vec![]));
    }
}
