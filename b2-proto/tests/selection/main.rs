//! Selections against the conformance vectors.
#![cfg(feature = "alloc")]

mod fake;

use serde::Deserialize;
use serde_json::Value;

use b2_proto::model::FileVersion;
use b2_proto::plan::selection::{Filter, Filters, Row, Selection, Selector, Turn};

use crate::fake::{BUCKET, Service};

/// A case of `ls.jsonl`; what it holds beyond these fields would not be understood.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    bucket: Vec<(String, String, String)>,
    path: String,
    opt: Opt,
    rows: Vec<Shown>,
    error: Option<String>,
    /// How the reference got there, which others may do with fewer calls.
    #[serde(rename = "calls")]
    _calls: Vec<Value>,
    /// With one of these it documents the reference, and may differ.
    defect: Option<Value>,
    quirk: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opt {
    #[serde(default)]
    all_versions: bool,
    #[serde(default)]
    recursive: bool,
    #[serde(default)]
    wildcard: bool,
    /// Absent and null are different.
    #[serde(default = "usual_page_len")]
    fetch: Option<u32>,
    #[serde(default)]
    filters: Vec<(String, String)>,
}

#[expect(clippy::unnecessary_wraps, reason = "it stands for the absent field, which may be null")]
const fn usual_page_len() -> Option<u32> {
    Some(10_000)
}

/// Name, file ID and folder.
type Shown = (String, String, Option<String>);

#[test]
fn selections_are_those_of_the_vectors() {
    let text = vectors::text("ls.jsonl");
    let (mut count, mut differing, mut failures) = (0, 0, Vec::new());
    for (index, line) in text.lines().enumerate() {
        let case: Case = serde_json::from_str(line).unwrap_or_else(|e| panic!("{index}: {e}"));
        count += 1;
        let got = shown(&case);
        let error = case.error.as_ref().map(|error| format!("ERROR: {error}"));
        if (&got.0, &got.1) == (&case.rows, &error) {
            continue;
        }
        if case.defect.is_some() || case.quirk.is_some() {
            differing += 1;
        } else {
            failures.push(format!("{}: got {got:?}, wanted {:?}, {error:?}", case.id, case.rows));
        }
    }
    println!("ls.jsonl: {count} cases, of which {differing} differ as documented");
    let first = failures.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {count} cases failed:\n{first}", failures.len());
    assert!(count > 0, "no cases");
}

/// The rows of a case, and the line it fails with.
fn shown(case: &Case) -> (Vec<Shown>, Option<String>) {
    let filter = |(kind, pattern): &(String, String)| match kind.as_str() {
        "include" => Filter::include(pattern),
        "exclude" => Filter::exclude(pattern),
        kind => panic!("{}: unknown filter {kind}", case.id),
    };
    let selection = Selection {
        as_of_ms: None,
        versions: case.opt.all_versions,
        recursive: case.opt.recursive,
        with_wildcard: case.opt.wildcard,
        filters: Filters::new(case.opt.filters.iter().map(filter)),
        page_len: case.opt.fetch,
    };
    let mut selector = match Selector::new(BUCKET, case.path.as_str(), selection.clone()) {
        Ok(selector) => selector,
        Err(error) => return (Vec::new(), Some(format!("ERROR: {}", error.message))),
    };
    let service = Service::new(&case.bucket);
    let mut entries = service.list(selector.query());
    let mut rows = Vec::new();
    while !selector.is_over() {
        let (file, folder) = match selector.take(entries.next()) {
            Turn::Next => continue,
            Turn::Restart => {
                entries = service.list(selector.query());
                continue;
            }
            Turn::Row(Row::File(file)) => (*file, None),
            Turn::Row(Row::Folder { name, first: Some(first) }) => (*first, Some(name)),
            Turn::Row(Row::Folder { name, first: None }) => {
                (first_in(&service, &selection, &name), Some(name))
            }
        };
        rows.push((file.file_name, file.file_id.as_str().to_owned(), folder));
    }
    (rows, None)
}

/// The first row of what is in a folder.
fn first_in(service: &Service, selection: &Selection, folder: &str) -> FileVersion {
    let within = Selection { recursive: true, ..selection.clone() };
    let mut selector = Selector::new(BUCKET, folder, within).expect("options that go together");
    let mut entries = service.list(selector.query());
    loop {
        let turn = selector.take(entries.next());
        if let Turn::Row(Row::File(file)) = turn {
            return *file;
        }
        let goes_on = matches!(turn, Turn::Next) && !selector.is_over();
        assert!(goes_on, "{folder} is not empty: {turn:?}");
    }
}
