//! What is removed at all, of how many names, and after which look.

use b2_proto::plan::sync::{
    AgeBy, DeleteLimit, Direction, Ending, Everything, Input, Keep, Options, OptionsError,
    PathFilter, Planner, Renames,
};

use crate::options::Filter;
use crate::planned::{Planned, drive, inputs, plan};
use crate::tree::{DAY_MS, Item, Side};

fn item(path: &str) -> Item {
    Item {
        path: path.to_owned(),
        id: 0,
        marker: false,
        unfinished: false,
        content: 1,
        len: 3,
        modified_ms: 0,
        uploaded_ms: Some(0),
        notes_sha1: false,
    }
}

fn local(path: &str) -> Item {
    Item { uploaded_ms: None, ..item(path) }
}

/// A hundred days after all versions.
fn options(direction: Direction) -> Options {
    Options { keep: Keep::Newest, ..Options::new(direction, 100 * DAY_MS) }
}

fn side(items: Vec<Item>) -> Side {
    Side { items, places: Vec::new() }
}

fn numbered(folder: &str, count: usize, item: fn(&str) -> Item) -> Vec<Item> {
    (0..count).map(|number| item(&format!("{folder}/{number:02}"))).collect()
}

/// A bucket of twenty names beside ten others, of which the source has one.
fn shared(options: Options, filter: impl PathFilter, beside: &str, source: Side) -> Planned {
    let there = [numbered("my", 10, item), numbered(beside, 20, item)].concat();
    plan(options, filter, &source, &side(there))
}

/// What is left out, what no local file can be and what nobody could look at can never vanish.
#[test]
fn a_share_is_of_names_that_could_vanish() {
    let one = || side(vec![local("my/00")]);
    let raw = || Filter { folder: Some("raw"), file: None };
    let up = options(Direction::Up);
    let share = |delete_limit| Options { delete_limit, ..up };
    let (half, percent) = (share(DeleteLimit::Half), share(DeleteLimit::Percent(60)));
    for (options, allowed) in [(half, 5), (percent, 6)] {
        let refused = Ending::TooManyDeletes { wanted: 9, allowed };
        let planned = shared(options, raw(), "raw", one());
        assert_eq!((planned.ending, planned.actions.len()), (refused, 0));
        assert_eq!((planned.totals.destination_files, planned.totals.removable), (30, 10));
        assert_eq!(shared(options, Everything, "no/../such", one()).ending, refused);
        let unread = crate::tree::Place { path: "raw/".to_owned(), is_unknown: true };
        let source = Side { places: vec![unread], ..one() };
        assert_eq!(shared(options, Everything, "raw", source).ending, refused);
        // Those that may be removed count.
        let options = Options { delete_excluded: true, ..options };
        let planned = shared(options, raw(), "raw", one());
        assert_eq!(planned.totals.removable, 30);
        // As do those that the source has, whatever comes of them.
        let all = [local("my/00")].into_iter().chain(numbered("raw", 20, local)).collect();
        let planned = shared(options, Everything, "raw", side(all));
        assert_eq!((planned.ending, planned.totals.deletes), (Ending::Complete, 9));
        let all = [local("my/00")].into_iter();
        let newer = |it: Item| Item { modified_ms: -1, ..it };
        let all = all.chain(numbered("raw", 20, local).into_iter().map(newer)).collect();
        let planned = shared(options, Everything, "raw", side(all));
        assert_eq!((planned.totals.failed, planned.totals.deletes), (20, 9));
    }
}

/// So say the reference and the command line; else each name would go with the next run.
#[test]
fn no_days_at_all_keep_everything() {
    let there = || {
        let marker = Item { marker: true, len: 0, ..item("b") };
        side(vec![item("a"), item("a"), marker, item("b"), item("c"), item("c")])
    };
    for by in [AgeBy::Visibility, AgeBy::ModTime] {
        for keep in [Keep::Days { days: 0, by }, Keep::Age { ms: 0, by }] {
            assert!(keep.keeps_all() && keep.age().is_none(), "{keep:?}");
            let options = Options { keep, ..options(Direction::Up) };
            let changed = Item { modified_ms: 5, ..local("c") };
            let planned = plan(options, Everything, &side(vec![changed]), &there());
            assert_eq!((planned.totals.transfers, planned.actions.len()), (1, 1));
            assert_eq!((planned.totals.vanishing, planned.totals.held_back), (0, 0));
            let renames = Options { renames: Some(Renames::default()), ..options };
            assert_eq!(renames.check(), Err(OptionsError::RenamesKeepAll));
            let down = Options { direction: Direction::Down, ..options };
            assert_eq!(down.check(), Err(OptionsError::KeepDaysLocal));
        }
        assert!(!Keep::Age { ms: 1, by }.keeps_all());
        assert!(!Keep::Days { days: 1, by }.keeps_all());
    }
    assert!(Keep::All.keeps_all() && !Keep::Newest.keeps_all());
}

/// Until a moment to come names may come back that are part of what was asked for.
#[test]
fn a_moment_to_come_takes_no_look_away() {
    for (as_of_ms, must_look) in
        [(None, true), (Some(99), false), (Some(100), true), (Some(101), true)]
    {
        for direction in [Direction::Down, Direction::Copy] {
            let is_down = direction == Direction::Down;
            let there = if is_down { local } else { item };
            let delete_limit = DeleteLimit::Unlimited;
            let as_of_ms = as_of_ms.map(|days: i64| days * DAY_MS);
            let options = Options { as_of_ms, delete_limit, now_ms: 0, ..options(direction) };
            let mut planner = Planner::new(options, Everything).expect("options");
            // Only the service says what the time is.
            planner.set_now_ms(100 * DAY_MS);
            let hidden = Item { marker: true, len: 0, ..item("a") };
            let source = [hidden, item("b")].map(Input::Entry);
            let there = ["a", "b", "c"].map(there).to_vec();
            let planned = drive(&mut planner, source.into_iter(), inputs(&side(there)), |_| None);
            let looks: Vec<_> =
                planned.actions.iter().map(|it| (it.path(), it.must_look)).collect();
            let want = [("a", must_look), ("c", must_look)];
            // A bucket keeps what another one hides.
            assert_eq!(looks, if is_down { &want[..] } else { &want[1..] }, "{as_of_ms:?}");
        }
    }
}
