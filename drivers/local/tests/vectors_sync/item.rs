//! Entries of the vectors, and the loop that plans with them.

use b2_proto::plan::sync::{
    Action, Ending, Entry, EntryKind, Input, Options, PathFilter, Planner, Report, Step, Totals,
};
use serde_json::Value;

/// A local file or a version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Item {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) kind: EntryKind,
    pub(crate) uploaded_ms: Option<i64>,
    pub(crate) modified_ms: i64,
    pub(crate) len: u64,
}

impl Default for Item {
    fn default() -> Self {
        Self {
            path: String::new(),
            name: String::new(),
            id: String::new(),
            kind: EntryKind::File,
            uploaded_ms: None,
            modified_ms: 0,
            len: 0,
        }
    }
}

impl Item {
    /// A version without its name.
    pub(crate) fn version(kind: &Value, uploaded: &Value, modified: &Value, len: &Value) -> Self {
        let uploaded_ms = uploaded.as_i64();
        Self {
            kind: match kind.as_str() {
                Some("u") => EntryKind::File,
                Some("h") => EntryKind::HideMarker,
                Some("s") => EntryKind::Unfinished,
                other => panic!("what is {other:?}?"),
            },
            uploaded_ms,
            modified_ms: modified.as_i64().or(uploaded_ms).expect("a time"),
            len: len.as_u64().expect("a length"),
            ..Self::default()
        }
    }

    pub(crate) fn is_marker(&self) -> bool {
        self.kind == EntryKind::HideMarker
    }
}

impl Entry for Item {
    fn path(&self) -> &str {
        &self.path
    }

    fn kind(&self) -> EntryKind {
        self.kind
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
}

/// An entry, or a place that has none for a reason.
pub(crate) enum Told {
    Item(Item),
    Unknown(String),
}

impl From<Item> for Told {
    fn from(item: Item) -> Self {
        Self::Item(item)
    }
}

/// All that came out of a plan.
pub(crate) struct Planned {
    pub(crate) actions: Vec<Action<Item, Item>>,
    pub(crate) reports: Vec<Report<Item, Item>>,
    pub(crate) totals: Totals,
}

/// Plans to the end.
pub(crate) fn plan(
    options: Options,
    filter: impl PathFilter,
    source: Vec<Told>,
    destination: Vec<Item>,
) -> Planned {
    let mut planner = Planner::new(options, filter).expect("options");
    let (mut source, mut destination) = (source.into_iter(), destination.into_iter());
    let (mut actions, mut reports) = (Vec::new(), Vec::new());
    loop {
        match planner.step() {
            Step::NeedSource => planner.source(match source.next() {
                Some(Told::Item(item)) => Input::Entry(item),
                Some(Told::Unknown(path)) => Input::Unknown(path),
                None => Input::End,
            }),
            Step::NeedDestination => {
                planner.destination(destination.next().map_or(Input::End, Input::Entry));
            }
            Step::NeedSha1(_) => panic!("nothing is compared by hashes"),
            Step::Act(action) => actions.push(action),
            Step::Tell(report) => reports.push(report),
            Step::Done(ending) => {
                assert_eq!(ending, Ending::Complete);
                return Planned { actions, reports, totals: *planner.totals() };
            }
        }
    }
}
