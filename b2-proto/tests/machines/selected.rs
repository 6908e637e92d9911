//! Selections as listings: which calls they take.

use b2_proto::machine::pages::Rows as _;
use b2_proto::machine::selected::SelectedPages;
use b2_proto::plan::selection::{Row, Selection};

use crate::scenario::*;
use crate::settle::{VERSIONS, row, versions};

const NAMES: &str = "b2_list_file_names";

/// Fetches the next page with the answer given; the request and the names of the rows.
fn page(pages: &mut SelectedPages, name: &str, answer: &str) -> (String, Vec<String>) {
    let mut job = Scenario::of(pages.next_job().expect("a page"));
    let asked = job.flights[0].body.clone();
    job.serve(name, 200, answer);
    let rows = pages.take_page(job.outcome().expect("a page")).expect("rows");
    let name = |row| match row {
        Row::File(file) => file.file_name,
        Row::Folder { name, .. } => name,
    };
    (asked, rows.into_iter().map(name).collect())
}

#[test]
fn what_may_be_a_file_is_looked_for_first() {
    let mut pages = SelectedPages::new("b", "n", Selection::default()).expect("options");
    let (asked, rows) = page(&mut pages, VERSIONS, &versions(&[row("4_1", "upload", 5)]));
    assert!(asked.contains(r#""startFileName":"n""#), "{asked}");
    assert!(asked.contains(r#""maxFileCount":1"#), "{asked}");
    assert_eq!(rows, ["n"]);
    assert!(pages.next_job().is_none());
}

#[test]
fn what_is_no_file_is_a_folder() {
    let mut pages = SelectedPages::new("b", "n", Selection::default()).expect("options");
    assert!(page(&mut pages, VERSIONS, &versions(&[])).1.is_empty());
    let folder = r#"{"files":[{"action":"folder","fileName":"n/a/","accountId":"a",
        "bucketId":"b","fileId":null,"contentLength":0,"uploadTimestamp":0}],
        "nextFileName":"n/a0"}"#;
    let (asked, rows) = page(&mut pages, NAMES, folder);
    let want = r#"{"bucketId":"b","maxFileCount":1000,"prefix":"n/","delimiter":"/"}"#;
    assert_eq!((asked.as_str(), rows), (want, vec!["n/a/".to_owned()]));
    let (asked, rows) = page(&mut pages, NAMES, r#"{"files":[],"nextFileName":null}"#);
    assert!(asked.contains(r#""startFileName":"n/a0""#) && rows.is_empty(), "{asked}");
    assert!(pages.next_job().is_none());
}

#[test]
fn a_moment_is_seen_in_all_versions() {
    let selection = Selection { as_of_ms: Some(15), recursive: true, ..Selection::default() };
    let mut pages = SelectedPages::new("b", "", selection).expect("options");
    let rows = [row("4_new", "upload", 20), row("4_old", "upload", 10)];
    assert_eq!(page(&mut pages, VERSIONS, &versions(&rows)).1, ["n"]);
    assert!(pages.next_job().is_none());
}

#[test]
fn options_must_go_together() {
    let selection = Selection { with_wildcard: true, ..Selection::default() };
    assert!(SelectedPages::new("b", "*", selection).is_err());
}
