//! Listings as one job.

use b2_proto::error::ErrorKind;
use b2_proto::machine::pages::{Pager, Pages};
use b2_proto::op::{ListFileNames, Operation as _};
use b2_proto::wire::reply::Reply;

use crate::scenario::*;

const LIST: &str = "b2_list_file_names";
const NO_HEADERS: [(&str, &str); 0] = [];

fn page(next: Option<&str>) -> String {
    let next = next.map_or_else(|| "null".to_owned(), |name| format!("\"{name}\""));
    format!(r#"{{"files":[{}],"nextFileName":{next}}}"#, file_answer("upload", "\"none\"", 1))
}

fn list() -> Pages<ListFileNames> {
    Pages::new(ListFileNames::new("b"), 100)
}

#[test]
fn pages_are_fetched_to_the_end() {
    let mut job = Scenario::of(list());
    job.serve(LIST, 200, &page(Some("m")));
    assert!(job.flights[0].body.contains(r#""startFileName":"m""#), "{}", job.flights[0].body);
    job.serve(LIST, 200, r#"{"files":[],"nextFileName":"x"}"#);
    job.serve(LIST, 200, &page(None));
    assert_eq!(job.outcome().expect("listed").len(), 2);
}

#[test]
fn a_page_that_does_not_advance_is_an_error() {
    let mut job = Scenario::of(list());
    job.serve(LIST, 200, &page(Some("m")));
    job.serve(LIST, 200, &page(Some("m")));
    assert_eq!(job.error().kind, ErrorKind::Protocol);
}

/// However far the circle begins, and however long it is.
#[test]
fn pages_in_a_circle_are_an_error() {
    for (lead, circle) in [(0, 2), (1, 2), (5, 3), (40, 7), (3, 100)] {
        let list = ListFileNames::new("b");
        let mut pager = Pager::new(list.clone());
        let mut pages = 0;
        let error = loop {
            let at = if pages < lead { pages } else { lead + (pages - lead) % circle };
            let page = page(Some(&format!("page {at}")));
            let reply = Reply { status: 200, headers: &NO_HEADERS, body: page.as_bytes() };
            match pager.take(list.parse(&reply).expect("a page")) {
                Ok(_) => pages += 1,
                Err(error) => break error,
            }
            assert!(pages <= 3 * (lead + circle) + 2, "{pages} pages with a circle of {circle}");
        };
        assert_eq!(error.kind, ErrorKind::Protocol);
        assert!(pages >= lead + circle, "an error after {pages} pages that were all new");
    }
}

#[test]
fn too_many_rows_are_an_error() {
    let mut job = Scenario::of(Pages::new(ListFileNames::new("b"), 1));
    job.serve(LIST, 200, &page(Some("m")));
    job.serve(LIST, 200, &page(None));
    assert_eq!(job.error().kind, ErrorKind::Limit);
}

#[test]
fn too_many_pages_are_an_error() {
    let mut pager = Pager::new(ListFileNames::new("b")).pages_max(1);
    let mut job = Scenario::of(pager.next_page().expect("a page"));
    job.serve(LIST, 200, &page(Some("m")));
    let taken = pager.take(job.outcome().expect("a page"));
    assert_eq!(taken.map_err(|e| e.kind).err(), Some(ErrorKind::Limit));
    assert!(pager.is_at_end());
}

#[test]
fn the_answer_of_one_page_is_not_taken_for_that_of_the_next() {
    let mut job = Scenario::of(list());
    let first = job.take(LIST);
    job.answer(&first, 200, &page(Some("m")));
    let second = job.take(LIST);
    assert_ne!(first.id, second.id);
    job.answer(&first, 400, REFUSED);
    assert!(!job.has_ended());
    job.answer(&second, 200, &page(None));
    assert_eq!(job.outcome().expect("listed").len(), 2);
}

#[test]
fn cancel_aborts_the_page_in_flight() {
    let mut job = Scenario::of(list());
    job.serve(LIST, 200, &page(Some("m")));
    job.cancel();
    assert_eq!(job.aborted, [LIST]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}
