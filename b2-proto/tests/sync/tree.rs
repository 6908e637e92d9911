//! Random trees of few names, so that both sides meet often.

use b2_proto::plan::sync::{Entry, EntryKind};
use b2_proto::wire::text::Sha1;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

/// A day, in milliseconds.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// A local file or a version. Its content is one byte, repeated.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Item {
    pub(crate) path: String,
    /// Unique among all versions of a case; 0 for local files.
    pub(crate) id: u32,
    pub(crate) marker: bool,
    pub(crate) unfinished: bool,
    pub(crate) content: u8,
    pub(crate) len: u64,
    pub(crate) modified_ms: i64,
    pub(crate) uploaded_ms: Option<i64>,
    pub(crate) notes_sha1: bool,
}

impl Item {
    pub(crate) fn digest(&self) -> Sha1 {
        Sha1::of(&vec![self.content; usize::try_from(self.len).expect("few bytes")])
    }

    pub(crate) const fn is_file(&self) -> bool {
        !self.marker && !self.unfinished
    }
}

impl Entry for Item {
    fn path(&self) -> &str {
        &self.path
    }

    fn kind(&self) -> EntryKind {
        match (self.marker, self.unfinished) {
            (true, _) => EntryKind::HideMarker,
            (false, true) => EntryKind::Unfinished,
            (false, false) => EntryKind::File,
        }
    }

    fn content_len(&self) -> u64 {
        self.len
    }

    fn modified_ms(&self) -> i64 {
        self.modified_ms
    }

    fn uploaded_ms(&self) -> Option<i64> {
        self.uploaded_ms
    }

    fn sha1(&self) -> Option<Sha1> {
        self.notes_sha1.then(|| self.digest())
    }
}

/// A place of a side that nobody could look at, or that is left out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) is_unknown: bool,
}

impl Place {
    pub(crate) fn covers(&self, path: &str) -> bool {
        let folder = format!("{}/", self.path.trim_end_matches('/'));
        path == self.path || path.starts_with(&folder)
    }
}

/// One side, in order.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    pub(crate) items: Vec<Item>,
    pub(crate) places: Vec<Place>,
}

impl Side {
    /// What is left out is something else than a file of that name.
    fn new(mut items: Vec<Item>, places: Vec<Place>) -> Self {
        let is_left_out =
            |it: &Item| places.iter().any(|place| !place.is_unknown && place.path == it.path);
        items.retain(|it| !is_left_out(it));
        Self { items, places }
    }
}

const NAMES: [&str; 14] = [
    "a", "a!", "a-/x", "a/b", "a/b/c", "a/d", "a.txt", "a0", "b", "b/x", "b/y/z", "x/1", "x/2", "ż",
];
/// Names that only a bucket can have.
const STRANGE: [&str; 4] = ["../e", "/abs", "b//x", "dir/"];

fn item() -> impl Strategy<Value = Item> {
    let kind =
        prop_oneof![6 => Just((false, false)), 2 => Just((true, false)), 1 => Just((false, true))];
    (kind, 0_u8..3, 1_u64..4, 0_i64..30, 0_i64..30, any::<bool>()).prop_map(
        |((marker, unfinished), content, len, modified, uploaded, notes_sha1)| Item {
            path: String::new(),
            id: 0,
            marker,
            unfinished,
            content,
            len: if marker || unfinished { 0 } else { len },
            modified_ms: (if marker { uploaded } else { modified }) * DAY_MS,
            uploaded_ms: Some(uploaded * DAY_MS),
            notes_sha1: notes_sha1 && !marker && !unfinished,
        },
    )
}

fn places() -> impl Strategy<Value = Vec<Place>> {
    let place =
        (prop::sample::select(&["a", "a/", "a/b", "b/", "x/", "x/1", "q"][..]), any::<bool>());
    let place = place.prop_map(|(path, is_unknown)| Place { path: path.to_owned(), is_unknown });
    prop_oneof![2 => Just(Vec::new()), 1 => vec(place, 0..3)].prop_map(|mut places| {
        places.sort();
        places
    })
}

/// A bucket: several versions of each name, newest first.
pub(crate) fn bucket(first_id: u32) -> impl Strategy<Value = Side> {
    let name =
        prop_oneof![9 => prop::sample::select(&NAMES[..]), 1 => prop::sample::select(&STRANGE[..])];
    (btree_map(name, vec(item(), 1..4), 0..9), places()).prop_map(move |(names, places)| {
        let mut items = Vec::new();
        for (name, mut versions) in names {
            versions.sort_by_key(|it| core::cmp::Reverse(it.uploaded_ms));
            items.extend(versions.into_iter().map(|it| Item { path: name.to_owned(), ..it }));
        }
        for (id, item) in (first_id..).zip(&mut items) {
            item.id = id;
        }
        Side::new(items, places)
    })
}

/// A local folder.
pub(crate) fn folder() -> impl Strategy<Value = Side> {
    let files = btree_map(prop::sample::select(&NAMES[..]), item(), 0..9);
    (files, places()).prop_map(|(names, places)| {
        let file = |(name, it): (&str, Item)| Item {
            path: name.to_owned(),
            marker: false,
            unfinished: false,
            len: it.len.max(1),
            uploaded_ms: None,
            notes_sha1: false,
            ..it
        };
        Side::new(names.into_iter().map(file).collect(), places)
    })
}
