//! Plans carried out in any order they allow, with failures: S1 and S2 at every moment.

use std::collections::{BTreeMap, BTreeSet};

use b2_proto::plan::sync::{Action, Direction, Input, Keep, Options, Planner, Renames, Work};
use proptest::prelude::*;

use crate::options::{Filter, filters, options};
use crate::planned::{drive, inputs, plan};
use crate::tree::{Item, Place, Side, bucket, folder};

/// The destination: versions of each name, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Bucket(BTreeMap<String, Vec<Item>>);

impl Bucket {
    fn new(side: &Side) -> Self {
        let mut names = BTreeMap::<String, Vec<Item>>::new();
        for item in side.items.iter().filter(|it| !it.unfinished) {
            names.entry(item.path.clone()).or_default().push(item.clone());
        }
        Self(names)
    }

    fn visible(&self, path: &str) -> Option<&Item> {
        self.0.get(path)?.first().filter(|it| it.is_file())
    }

    fn has(&self, item: &Item) -> bool {
        self.0.get(&item.path).is_some_and(|versions| versions.contains(item))
    }

    /// Content by name.
    fn contents(&self) -> BTreeMap<String, (u8, u64)> {
        let visible = self.0.keys().filter_map(|path| self.visible(path));
        visible.map(|it| (it.path.clone(), (it.content, it.len))).collect()
    }

    fn put(&mut self, item: Item) {
        self.0.entry(item.path.clone()).or_default().insert(0, item);
    }

    fn apply(&mut self, action: &Action<Item, Item>) -> Result<(), TestCaseError> {
        let id = 1_000 + u32::try_from(action.id).expect("few actions");
        match &action.work {
            Work::Transfer { source, .. } => self.put(Item { id, ..source.clone() }),
            Work::Rename { source, origin } => {
                prop_assert!(self.has(origin), "{:?} is gone before it was copied", origin);
                prop_assert_eq!(source.digest(), origin.digest());
                let copy = Item { id, path: source.path.clone(), ..origin.clone() };
                self.put(copy);
            }
            Work::Hide(entry) => self.put(Item { id, marker: true, ..entry.clone() }),
            Work::Delete { entry, .. } => {
                let versions = self.0.get_mut(&entry.path).expect("versions");
                let before = versions.len();
                versions.retain(|it| it != entry);
                prop_assert_eq!(versions.len() + 1, before, "{:?} is not there", entry);
            }
        }
        Ok(())
    }
}

/// Carries actions out in an order by `picks`; those with an id in `failing` fail.
fn carry_out(
    actions: &[Action<Item, Item>],
    bucket: &mut Bucket,
    picks: &[usize],
    failing: &BTreeSet<u64>,
    mut check: impl FnMut(&Bucket) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let mut open: BTreeMap<u64, &Action<Item, Item>> =
        actions.iter().map(|action| (action.id, action)).collect();
    let mut failed: BTreeSet<u64> = BTreeSet::new();
    let mut picks = picks.iter().cycle();
    while !open.is_empty() {
        let waits = |action: &Action<Item, Item>| open.keys().any(|id| action.after.contains(*id));
        let ready: Vec<u64> =
            open.values().filter(|it| !waits(it)).map(|action| action.id).collect();
        prop_assert!(!ready.is_empty(), "everything waits: {:?}", open);
        let id = ready[picks.next().expect("a pick") % ready.len()];
        let action = open.remove(&id).expect("it is open");
        let is_held = failed.iter().any(|id| action.after.contains(*id));
        if is_held || failing.contains(&id) {
            failed.insert(id);
            continue;
        }
        bucket.apply(action)?;
        check(bucket)?;
    }
    Ok(())
}

fn uploads() -> impl Strategy<Value = (Options, Filter, Side, Side)> {
    prop_oneof![
        (options(Direction::Up), filters(), folder(), bucket(100)),
        (options(Direction::Copy), filters(), bucket(1), bucket(100)),
    ]
}

fn failures() -> impl Strategy<Value = BTreeSet<u64>> {
    proptest::collection::btree_set(0_u64..12, 0..5)
}

fn picks() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0_usize..20, 1..20)
}

/// Where a listing breaks off, if it does.
fn cuts() -> impl Strategy<Value = Option<usize>> {
    prop::option::weighted(0.3, 0_usize..12)
}

/// A side as a listing that breaks off tells it.
fn listed(side: &Side, cut: Option<usize>) -> impl Iterator<Item = Input<Item>> {
    let end = if cut.is_some() { Input::RestUnknown } else { Input::End };
    inputs(side).take(cut.unwrap_or(usize::MAX)).chain([end])
}

/// Whether nobody could look at what has this name, by what was told of a side: it is at an unknown
/// place, or behind the end of a listing that broke off.
fn is_unknown(told: &[Input<Item>], filter: &Filter, path: &str) -> bool {
    let name = |input: &Input<Item>| match input {
        Input::Entry(it) => Some(it.path.clone()),
        Input::Unknown(place) | Input::LeftOut(place) => Some(place.clone()),
        Input::RestOfUnknown(_) | Input::RestUnknown | Input::End => None,
    };
    let is_there = |input: &Input<Item>| matches!(input, Input::Entry(it) if it.path == path);
    let hides = |input: &Input<Item>| {
        let Input::Unknown(place) = input else { return false };
        let place = Place { path: place.clone(), is_unknown: true };
        place.covers(path) && !filter.leaves_out(&place, path)
    };
    let is_broken_off = matches!(told.last(), Some(Input::RestUnknown));
    let is_behind = is_broken_off && told.iter().filter_map(name).all(|it| it.as_str() < path);
    is_behind || (told.iter().any(hides) && !told.iter().any(is_there))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    /// At every moment a name that the source has keeps a version (S1), what nobody could look at
    /// keeps all (S2), and no old version of any name comes to light.
    #[test]
    fn nothing_is_lost_whatever_fails(
        (mut options, filter, source, destination) in uploads(),
        (failing, picks, with_renames) in (failures(), picks(), any::<bool>()),
        (source_cut, cut) in (cuts(), cuts()),
    ) {
        if with_renames && options.direction == Direction::Up && !options.keep.keeps_all() {
            options.renames = Some(Renames { len_min: 0, held_max: 2 });
        }
        let mut planner = Planner::new(options, filter.clone()).expect("options");
        let sides = (listed(&source, source_cut), listed(&destination, cut));
        let planned = drive(&mut planner, sides.0, sides.1, |file| Some(file.digest()));
        let before = Bucket::new(&destination);
        // Which version stands for a name at the source, if one does.
        let counts = |it: &&Item| {
            let is_past = |moment| it.uploaded_ms.is_none_or(|ms| ms <= moment);
            !it.unfinished && options.as_of_ms.is_none_or(is_past) && options.times.contain(*it)
        };
        let has = |path: &String| {
            let mut of_name = source.items.iter().filter(|it| &it.path == path);
            of_name.find(counts).is_some_and(Item::is_file)
        };
        let told: Vec<_> = listed(&source, source_cut).collect();
        let is_unknown = |path: &String| is_unknown(&told, &filter, path);
        let mut bucket = before.clone();
        carry_out(&planned.actions, &mut bucket, &picks, &failing, |now| {
            for (path, versions) in &before.0 {
                let old = before.visible(path);
                let new = now.visible(path);
                let is_new = new.is_none_or(|it| it.id >= 1_000);
                prop_assert!(new == old || is_new, "{new:?} of {path} comes to light");
                if has(path) && old.is_some() {
                    let is_out = !now.0[path].iter().any(Item::is_file);
                    let is_meant = options.delete_excluded && filter.excludes(path);
                    prop_assert!(!is_out || is_meant, "all of {path} is lost");
                }
                if is_unknown(path) {
                    prop_assert!(now.0[path].ends_with(versions), "{path} is unknown");
                }
            }
            Ok(())
        })?;
    }

    /// Without failures the destination has what the source has, and a second run does nothing.
    #[test]
    fn a_second_run_does_nothing(
        (mut options, _, source, destination) in uploads(), picks in picks(),
        with_renames in any::<bool>(),
    ) {
        let filter = Filter { folder: None, file: None };
        let plain = Options::new(options.direction, options.now_ms);
        options = Options {
            keep: if options.keep == Keep::All { Keep::All } else { Keep::Newest },
            delete_limit: b2_proto::plan::sync::DeleteLimit::Unlimited,
            newer: b2_proto::plan::sync::Newer::Replace,
            ..plain
        };
        let clear = |side: &Side| Side { places: Vec::new(), ..side.clone() };
        let (source, destination) = (clear(&source), clear(&destination));
        let first = plan(options, filter.clone(), &source, &destination);
        let mut bucket = Bucket::new(&destination);
        carry_out(&first.actions, &mut bucket, &picks, &BTreeSet::new(), |_| Ok(()))?;
        let after = Side {
            items: bucket.0.values().flatten().cloned().collect(),
            places: Vec::new(),
        };
        let second = plan(options, filter.clone(), &source, &after);
        prop_assert!(second.actions.is_empty(), "{:?}", second.actions);
        if with_renames && options.direction == Direction::Up && options.keep != Keep::All {
            options.renames = Some(Renames { len_min: 0, held_max: 3 });
            let renamed = plan(options, filter, &source, &destination);
            let mut other = Bucket::new(&destination);
            carry_out(&renamed.actions, &mut other, &picks, &BTreeSet::new(), |_| Ok(()))?;
            prop_assert_eq!(other.contents(), bucket.contents());
        }
    }
}
