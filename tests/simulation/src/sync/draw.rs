//! Draws a sync: both sides with their history, options, and what changes meanwhile.

use std::collections::BTreeSet;

use b2_local::sync::Stop;
use b2_local::walk::SkipReason;
use b2_proto::plan::blocks::{CONTENT_TYPE, Matcher, sidecar_name};
use b2_proto::plan::sync::{
    AgeBy, Compare, DeleteLimit, Direction, Keep, Newer, Options, Renames, TimeRange, Times,
    UploadMode,
};
use b2_proto::rng::Rng;
use b2_proto::wire::text::Sha1;

use super::answers::{self, Answers};
use super::hands::LEN_MAX;
use super::home::Home;
use super::oracle::Expected;
use super::part::{Manner, PART_LEN_MIN};
use super::strangers::Stranger;
use super::tree::{Change, LocalFile, Tree};
use super::{DESTINATION, Excluded, SOURCE, Stage, Sync, keeps_all};
use crate::checkers::removals_have_reasons::Removals;
use crate::checkers::troubles_are_single::Troubles;
use crate::service::{BEGIN_MS, Side};
use crate::source::bytes_of;
use crate::world::{Happening, World, index};

/// Names of all sides. No file of theirs is where a folder is.
const NAMES: [&str; 15] = [
    "a",
    "a.txt",
    "a-b/c",
    "d/e",
    "d/f/g",
    "d/f/h",
    "d0",
    "k/l",
    "k/m.tmp",
    "n.tmp",
    "q\u{fffd}.x",
    "q\u{fffd}/r",
    "x/y",
    "z",
    "ż/ü",
];
/// Names that lead out of a folder, or to the path of another name.
const HOSTILE: [&str; 6] = ["../up", "d/../../out", "/root", "d//e", "d/./e", "\\host\\share"];
/// What is always there, so that no source is empty unless that is drawn.
pub(super) const ALWAYS: &str = "a";

const DAY_MS: u64 = 24 * 3_600_000;
/// Versions are as old as this at most.
const DAYS: u64 = 12;
/// Files differ in no more contents than these.
const CONTENTS: u64 = 6;
/// Changes come in this time.
const CHANGES_MS: u64 = 20_000;

/// Names that the source has not, when there are more than a plan can hold back at once.
const MANY: usize = 3 * HELD;
const HELD: usize = 40;
/// More versions than a destination has of all names: one of a day at most, and what comes beside
/// them.
const HELD_ALL: usize = (NAMES.len() + HOSTILE.len()) * 24;

/// Sets a sync up in a world. With `many` names to vanish it takes a second round.
pub(crate) fn of_seed(world: &mut World, rng: &mut Rng, many: bool) {
    let mut options = if many { many_options(rng) } else { draw_options(rng) };
    let is_destination = options.direction == Direction::Down;
    let is_bare = !many && rng.below(12) == 0;
    if is_bare || options.times != Times::default() {
        options.held_max = HELD_ALL;
    }
    let mut tree = Tree { is_destination, ..Tree::default() };
    let excluded = draw_excluded(rng);
    draw_sides(world, &mut tree, (options.direction, is_bare), rng);
    if many {
        put_many(world, &mut tree, options.direction);
    }
    draw_places(&mut tree, options.direction, rng);
    draw_changes(world, &mut tree, options.direction, rng);
    let strangers = draw_strangers(world, options.direction, rng);
    if world.faults.cancel.hits(rng) {
        world.agenda.put(rng.below(20_000), Happening::GiveUpSync);
    }
    // What is drawn of this moves nothing else.
    let mut own = Rng::from_seed(rng.clone().next_u64() ^ 0xa25e_75ed);
    let mut sync = Sync {
        options,
        excluded,
        in_flight_max: index(1 + rng.below(10)),
        manner: Manner {
            lanes: u16::try_from(1 + rng.below(4)).unwrap_or(1),
            part_len: PART_LEN_MIN << rng.below(7),
        },
        page_len: (rng.below(2) == 0 && !many).then(|| index(3 + rng.below(12))),
        tree,
        run: None,
        stage: Stage::Troubled(rng.below(2)),
        tickets: Default::default(),
        targets: Default::default(),
        others: Default::default(),
        strangers,
        look_began_ms: 0,
        looked_ms: 0,
        at_first: BTreeSet::new(),
        walked: Default::default(),
        removals: Removals::new(options.delete_limit, 0),
        troubles: Troubles::default(),
        expected: Expected::default(),
        has_dry_run: rng.below(4) == 0,
        told: None,
        was_begun: false,
        has_met_damage: false,
        is_given_up: false,
        stop: (rng.below(2) == 0).then(Stop::new),
        answers: Answers::new(Rng::from_seed(own.next_u64())),
        home: Home::default(),
        by_blocks: BTreeSet::new(),
    };
    if answers::draw_more(&mut sync.options, &mut own) {
        draw_renamed(&world.side, &sync.tree);
    }
    if sync.options.upload == UploadMode::Blocks {
        draw_bases(&world.side, &sync.tree, &mut own);
    }
    sync.at_first = sync.names_at_destination(&world.side, &world.disk, BEGIN_MS);
    world.sync = Some(sync);
    world.agenda.put(0, Happening::BeginSync(0));
}

/// Both sides; nothing at the source if it is bare.
fn draw_sides(
    world: &mut World,
    tree: &mut Tree,
    (direction, is_bare): (Direction, bool),
    rng: &mut Rng,
) {
    match direction {
        Direction::Up | Direction::Down | Direction::Copy if is_bare => {}
        Direction::Up => draw_files(tree, rng),
        Direction::Down | Direction::Copy => {
            draw_versions(&world.side, SOURCE, &NAMES, rng);
            draw_versions(&world.side, SOURCE, &HOSTILE, rng);
            let target = world.side.target(BEGIN_MS);
            let (name, bytes) = (format!("{SOURCE}{ALWAYS}"), b"always");
            world.side.put_dated((BEGIN_MS, &target), &name, bytes, BEGIN_MS);
        }
    }
    match direction {
        Direction::Down => draw_local_destination(world, tree, rng),
        Direction::Up | Direction::Copy => {
            draw_versions(&world.side, DESTINATION, &NAMES, rng);
            draw_versions(&world.side, DESTINATION, &HOSTILE[..3], rng);
        }
    }
}

fn draw_excluded(rng: &mut Rng) -> Excluded {
    Excluded {
        folder: (rng.below(4) == 0).then_some("x"),
        ending: (rng.below(4) == 0).then_some(".tmp"),
        unread: (rng.below(4) == 0).then_some("k"),
        may_wait: rng.below(3) == 0,
    }
}

fn draw_options(rng: &mut Rng) -> Options {
    let direction = [Direction::Up, Direction::Down, Direction::Copy][index(rng.below(3))];
    let threshold_ms = [0, 0, 1, DAY_MS][index(rng.below(4))];
    let is_up = direction == Direction::Up;
    let days = u32::try_from(1 + rng.below(DAYS)).unwrap_or(1);
    let by = if rng.below(4) == 0 { AgeBy::ModTime } else { AgeBy::Visibility };
    let ms = rng.below(2) * rng.below(DAYS * DAY_MS);
    let keep = match rng.below(8) {
        0 | 1 => Keep::All,
        2 if direction != Direction::Down => Keep::Days { days, by },
        3 if direction != Direction::Down => Keep::Age { ms, by },
        _ => Keep::Newest,
    };
    let times = if rng.below(6) == 0 { draw_times(rng) } else { Times::default() };
    let moment = BEGIN_MS - DAY_MS * rng.below(DAYS);
    let as_of_ms = (!is_up && rng.below(4) == 0).then_some(moment.cast_signed());
    let removes = !keeps_all(keep);
    let renames = Renames { len_min: rng.below(300), held_max: index(rng.below(4)) };
    Options {
        compare: match rng.below(6) {
            0 => Compare::ModTime { threshold_ms },
            1 => Compare::Size { threshold: rng.below(200) },
            2 => Compare::Sha1 { threshold_ms },
            3 => Compare::Name,
            _ => Compare::SizeAndModTime { threshold_ms },
        },
        newer: [Newer::Fail, Newer::Skip, Newer::Replace][index(rng.below(3))],
        keep,
        delete_limit: match rng.below(4) {
            0 => DeleteLimit::Unlimited,
            1 => DeleteLimit::Names(rng.below(5)),
            2 => DeleteLimit::Percent(u8::try_from(rng.below(101)).unwrap_or(100)),
            _ => DeleteLimit::default(),
        },
        delete_excluded: rng.below(4) == 0,
        allow_empty_source: rng.below(3) == 0,
        times,
        as_of_ms,
        upload: if rng.below(3) == 0 { UploadMode::Incremental } else { UploadMode::Full },
        renames: (rng.below(3) == 0 && is_up && removes).then_some(renames),
        held_max: match direction {
            // Names before the first of the source are held back whatever their number.
            Direction::Copy => HELD_ALL,
            Direction::Down if as_of_ms.is_some() => HELD_ALL,
            Direction::Up | Direction::Down => index(1 + rng.below(20)),
        },
        ..Options::new(direction, 0)
    }
}

/// Ranges with an open end.
fn draw_times(rng: &mut Rng) -> Times {
    let mut range = || {
        let moment = Some((BEGIN_MS - DAY_MS * rng.below(DAYS)).cast_signed());
        match rng.below(3) {
            0 => TimeRange { from: moment, to: None },
            1 => TimeRange { from: None, to: moment },
            _ => TimeRange::default(),
        }
    };
    Times { modified_ms: range(), uploaded_ms: range() }
}

/// Almost too many names vanish: what goes between the rounds must not.
fn many_options(rng: &mut Rng) -> Options {
    let direction = [Direction::Up, Direction::Down, Direction::Copy][index(rng.below(3))];
    let delete_limit = match rng.below(3) {
        0 => DeleteLimit::Unlimited,
        _ => DeleteLimit::Names(MANY as u64 + rng.below(20)),
    };
    let held_max = HELD;
    Options { keep: Keep::Newest, delete_limit, held_max, ..Options::new(direction, 0) }
}

fn put_many(world: &mut World, tree: &mut Tree, direction: Direction) {
    let target = world.side.target(BEGIN_MS);
    for number in 0..MANY {
        let (name, then_ms) = (format!("many/{number:05}"), BEGIN_MS - DAY_MS);
        if direction == Direction::Down {
            let file = LocalFile { seed: 0, len: 0, modified_ms: then_ms };
            put_local(world, tree, &name, &file);
        } else {
            let name = format!("{DESTINATION}{name}");
            world.side.put_dated((then_ms, &target), &name, b"", then_ms);
        }
    }
}

/// One of a few contents, so that files are alike under several names.
fn draw_content(rng: &mut Rng) -> (u64, usize) {
    let content = rng.below(CONTENTS);
    (content, index(content * content * content * LEN_MAX / (CONTENTS * CONTENTS * CONTENTS)))
}

pub(super) fn draw_file(rng: &mut Rng) -> LocalFile {
    let (seed, len) = draw_content(rng);
    LocalFile { seed, len, modified_ms: BEGIN_MS - DAY_MS * (1 + rng.below(DAYS)) }
}

/// One of the names of both sides.
pub(super) fn draw_name(rng: &mut Rng) -> &'static str {
    NAMES[index(rng.below(NAMES.len() as u64))]
}

fn draw_files(tree: &mut Tree, rng: &mut Rng) {
    for name in NAMES {
        if name == ALWAYS || rng.below(3) > 0 {
            tree.files.insert(name.to_owned(), draw_file(rng));
        }
    }
}

/// Versions and hide markers of some days, at noon.
fn draw_versions(side: &Side, prefix: &str, names: &[&str], rng: &mut Rng) {
    let (mut visible, target) = (BTreeSet::new(), side.target(BEGIN_MS));
    let absent: Vec<bool> = names.iter().map(|_| rng.below(3) == 0).collect();
    for day in (0..DAYS).rev() {
        let now_ms = BEGIN_MS - day * DAY_MS - DAY_MS / 2;
        for (name, is_absent) in names.iter().zip(&absent) {
            let full = format!("{prefix}{name}");
            match rng.below(10) {
                _ if *is_absent => {}
                0 | 1 => {
                    let (seed, len) = draw_content(rng);
                    let modified_ms = BEGIN_MS - DAY_MS * (1 + rng.below(DAYS));
                    let bytes = bytes_of(seed, len);
                    side.put_dated((now_ms, &target), &full, &bytes, modified_ms);
                    visible.insert(full);
                }
                2 if visible.remove(&full) => side.hide(now_ms, &full),
                _ => {}
            }
        }
    }
}

/// New files that the destination has under names that the source has not.
fn draw_renamed(side: &Side, tree: &Tree) {
    let (now_ms, target) = (BEGIN_MS - DAY_MS / 8, side.target(BEGIN_MS));
    let is_at_destination = |name: &str| {
        let name = format!("{DESTINATION}{name}");
        side.bare_rows(BEGIN_MS, &name).iter().any(|row| row.name == name)
    };
    let is_new = |it: &(&String, &LocalFile)| it.1.len > 0 && !is_at_destination(it.0);
    let new = tree.files.iter().filter(is_new).map(|(_, file)| file);
    let old = NAMES.iter().filter(|name| !tree.files.contains_key(**name));
    for (file, name) in new.zip(old).take(2) {
        let (name, bytes) = (format!("{DESTINATION}{name}"), bytes_of(file.seed, file.len));
        side.put_dated((now_ms, &target), &name, &bytes, file.modified_ms);
    }
}

/// Versions of which local files have a part, beside manifests of their blocks.
fn draw_bases(side: &Side, tree: &Tree, rng: &mut Rng) {
    let (now_ms, target) = (BEGIN_MS - DAY_MS / 4, side.target(BEGIN_MS));
    for (name, file) in &tree.files {
        let (len, has_base, has_manifest) =
            (index(rng.below(LEN_MAX)), rng.below(2) == 0, rng.below(4) > 0);
        let bytes = bytes_of(file.seed, len.max(file.len / 2));
        if !has_base {
            continue;
        }
        let (name, modified_ms) = (format!("{DESTINATION}{name}"), file.modified_ms - DAY_MS);
        let file_id = side.put_dated((now_ms, &target), &name, &bytes, modified_ms);
        let mut matcher = Matcher::new(bytes.len() as u64, PART_LEN_MIN, None);
        matcher.update(&bytes);
        let draft = matcher.finish().draft.filter(|_| has_manifest);
        if let Some(manifest) = draft.and_then(|it| it.finish(&file_id, Sha1::of(&bytes))) {
            let name = sidecar_name(&name).expect("a short name");
            side.put_as(now_ms, (name.as_str().into(), CONTENT_TYPE), &manifest);
        }
    }
}

fn draw_local_destination(world: &mut World, tree: &mut Tree, rng: &mut Rng) {
    for name in NAMES {
        let file = draw_file(rng);
        if rng.below(2) > 0 {
            put_local(world, tree, name, &file);
        }
    }
}

fn put_local(world: &mut World, tree: &mut Tree, name: &str, file: &LocalFile) {
    let (bytes, target) = (bytes_of(file.seed, file.len), Tree::on_disk(name));
    let disk = &mut world.disk;
    disk.create(&target);
    disk.write(&target, 0, &bytes).and_then(|()| disk.sync(&target)).expect("a disk");
    let number = disk.number(&target).expect("there");
    tree.times.insert(number, file.modified_ms);
}

/// Links and pipes, and what nobody can look at, until the run without faults.
fn draw_places(tree: &mut Tree, direction: Direction, rng: &mut Rng) {
    if direction == Direction::Copy {
        return;
    }
    let unreadable = || SkipReason::Unreadable("Permission denied".to_owned());
    // What is not Unicode is told with these marks.
    let strange = [("q\u{fffd}.x", false), ("q\u{fffd}/", true)];
    let usual = [("d/f/", true), ("k/", true), ("z", false), ("d0", false)];
    for (place, is_folder) in usual.into_iter().chain(strange) {
        let reason = match (rng.below(8), is_folder) {
            (0, _) => unreadable(),
            (1, _) => SkipReason::Link,
            (2, false) => SkipReason::Special,
            (3, false) => SkipReason::BrokenLink,
            // Its rules of names cannot be read.
            (2 | 3, true) => SkipReason::Unjudged("no rules".to_owned()),
            (4 | 5, _) if place.starts_with('q') => SkipReason::NotUnicode,
            _ => continue,
        };
        // A link to a folder has a name like a file.
        let place = if reason == SkipReason::Link { place.trim_end_matches('/') } else { place };
        tree.files.retain(|name, _| direction == Direction::Up || !super::covers(place, name));
        tree.places.insert(place.to_owned(), reason);
    }
}

fn draw_changes(world: &mut World, tree: &mut Tree, direction: Direction, rng: &mut Rng) {
    if direction == Direction::Copy || rng.below(2) == 0 || world.faults.is_clean {
        return;
    }
    for _ in 0..1 + rng.below(6) {
        let name = NAMES[index(rng.below(NAMES.len() as u64))];
        let is_gone = rng.below(3) == 0 && name != ALWAYS;
        let is_covered = direction == Direction::Down && tree.cover(name).is_some();
        let delay_ms = rng.below(CHANGES_MS);
        let at_ms = BEGIN_MS + delay_ms;
        let file = LocalFile { modified_ms: at_ms, ..draw_file(rng) };
        if is_covered {
            continue;
        }
        world.agenda.put(delay_ms, Happening::Change(tree.changes.len()));
        let file = (!is_gone).then_some(file);
        tree.changes.push(Change { at_ms, name: name.to_owned(), file });
    }
}

/// Uploads of others to buckets, mostly while the sync runs.
fn draw_strangers(world: &mut World, direction: Direction, rng: &mut Rng) -> Vec<Stranger> {
    if rng.below(2) == 0 || world.faults.is_clean {
        return Vec::new();
    }
    let mut strangers = Vec::new();
    for number in 0..index(1 + rng.below(6)) {
        let side = match (direction, rng.below(2)) {
            (Direction::Up, _) | (Direction::Copy, 0) => DESTINATION,
            (Direction::Down | Direction::Copy, _) => SOURCE,
        };
        let name = format!("{side}{}", NAMES[index(rng.below(NAMES.len() as u64))]);
        let most_ms = [CHANGES_MS, CHANGES_MS / 10][index(rng.below(2))];
        let delay_ms = rng.below(most_ms);
        world.agenda.put(delay_ms, Happening::Strange(number));
        let file = Some(draw_file(rng));
        strangers.push(Stranger { at_ms: BEGIN_MS + delay_ms, name, file });
    }
    strangers
}
