//! Random options, and filters.

use b2_proto::plan::sync::{
    AgeBy, Compare, DeleteLimit, Direction, Keep, Newer, Options, PathFilter, TimeRange, Times,
    UploadMode,
};
use proptest::prelude::*;

use crate::tree::{DAY_MS, Place};

/// Leaves out folders and files by their names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Filter {
    pub(crate) folder: Option<&'static str>,
    pub(crate) file: Option<&'static str>,
}

impl Filter {
    /// Whether a file is left out, by all it is in at once.
    pub(crate) fn excludes(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        folders.into_iter().any(|it| Some(it) == self.folder) || Some(path) == self.file
    }
}

impl Filter {
    /// Whether a place that nobody could look at is left out by its name, itself and not what may
    /// be in it.
    pub(crate) fn leaves_out(&self, place: &Place, path: &str) -> bool {
        place.is_unknown && place.path == path && self.excludes(path)
    }
}

impl PathFilter for Filter {
    fn excludes_folder(&mut self, path: &str) -> bool {
        Some(path) == self.folder
    }

    fn excludes_file(&mut self, path: &str) -> bool {
        Some(path) == self.file
    }
}

pub(crate) fn filters() -> impl Strategy<Value = Filter> {
    let folder = prop::sample::select(vec![None, None, Some("a"), Some("a/b"), Some("x")]);
    let file = prop::sample::select(vec![None, None, Some("a"), Some("b/x"), Some("a/d")]);
    (folder, file).prop_map(|(folder, file)| Filter { folder, file })
}

fn compares() -> impl Strategy<Value = Compare> {
    let threshold = prop::sample::select(vec![0_u64, 1, 2 * DAY_MS.unsigned_abs()]);
    threshold.prop_flat_map(|threshold_ms| {
        prop_oneof![
            Just(Compare::SizeAndModTime { threshold_ms }),
            Just(Compare::ModTime { threshold_ms }),
            Just(Compare::Size { threshold: threshold_ms.min(1) }),
            Just(Compare::Sha1 { threshold_ms }),
            Just(Compare::Name),
        ]
    })
}

fn keeps(direction: Direction) -> impl Strategy<Value = Keep> {
    let by = prop_oneof![Just(AgeBy::Visibility), Just(AgeBy::ModTime)];
    let days = (0_u32..20, by, any::<bool>()).prop_map(move |(days, by, is_age)| match direction {
        Direction::Down => Keep::Newest,
        Direction::Up | Direction::Copy if is_age => {
            Keep::Age { ms: u64::from(days) * 40_000_000, by }
        }
        Direction::Up | Direction::Copy => Keep::Days { days, by },
    });
    prop_oneof![1 => Just(Keep::All), 2 => Just(Keep::Newest), 2 => days]
}

fn ranges() -> impl Strategy<Value = TimeRange> {
    let end = || prop::option::weighted(0.2, (0_i64..30).prop_map(|day| day * DAY_MS));
    (end(), end()).prop_map(|(from, to)| TimeRange { from, to })
}

fn limits() -> impl Strategy<Value = DeleteLimit> {
    prop_oneof![
        3 => Just(DeleteLimit::Unlimited),
        1 => (0_u64..4).prop_map(DeleteLimit::Names),
        1 => (0_u8..100).prop_map(DeleteLimit::Percent),
        1 => Just(DeleteLimit::Half),
    ]
}

/// Options for a direction that do not contradict each other.
pub(crate) fn options(direction: Direction) -> impl Strategy<Value = Options> {
    let newer = prop_oneof![Just(Newer::Fail), Just(Newer::Skip), Just(Newer::Replace)];
    let modes = vec![UploadMode::Full, UploadMode::Incremental, UploadMode::Blocks];
    let upload = prop::sample::select(modes);
    let moment = prop::option::weighted(0.3, (0_i64..30).prop_map(|day| day * DAY_MS));
    let flags = (any::<bool>(), any::<bool>(), upload);
    (compares(), newer, keeps(direction), limits(), flags, (ranges(), ranges(), moment)).prop_map(
        move |(compare, newer, keep, delete_limit, flags, (modified_ms, uploaded_ms, moment))| {
            Options {
                compare,
                newer,
                keep,
                delete_limit,
                delete_excluded: flags.0,
                allow_empty_source: flags.1,
                upload: flags.2,
                times: Times { modified_ms, uploaded_ms },
                as_of_ms: moment.filter(|_| direction != Direction::Up),
                ..Options::new(direction, 30 * DAY_MS)
            }
        },
    )
}
