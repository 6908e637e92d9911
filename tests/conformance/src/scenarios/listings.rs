//! Lists from page to page.

use b2_proto::error::ErrorKind;
use b2_proto::model::ListEntry;
use b2_proto::op::{ListFileNames, ListFileVersions};
use b2_sim::fault::Rule;

use crate::face::{Bucket as _, Face};
use crate::scenario::{Scenario, list};
use crate::tools::on;
use crate::world::{Setup, World};

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        names_from_page_to_page,
        versions_from_page_to_page,
        prefix_and_delimiter,
        pages_without_rows,
        an_empty_bucket,
        more_rows_than_allowed,
        a_page_that_fails_once,
        a_page_that_fails_for_good,
        a_login_between_pages,
    ]
}

fn upload_all<B: crate::face::Bucket>(bucket: &B, names: impl IntoIterator<Item = String>) {
    for name in names {
        bucket.upload(&name, b"x".into()).expect("uploaded");
    }
}

fn names(rows: &[ListEntry]) -> Vec<&str> {
    rows.iter().map(ListEntry::name).collect()
}

/// Names come in order, page by page.
fn names_from_page_to_page<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    upload_all(&bucket, (0..5).map(|at| at.to_string()));
    service.skip();
    let rows = bucket.list_names(ListFileNames::new(bucket.id()).page_len(2), 100);
    assert_eq!(names(&rows.expect("listed")), ["0", "1", "2", "3", "4"]);
    assert_eq!(service.statuses("b2_list_file_names"), [200, 200, 200]);
}

/// A page may end in the middle of the versions of a name.
fn versions_from_page_to_page<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    for _ in 0..3 {
        upload_all(&bucket, ["a".to_owned(), "b".to_owned()]);
    }
    bucket.hide("a").expect("hidden");
    service.skip();
    let rows = bucket.list_versions(ListFileVersions::new(bucket.id()).page_len(2), 100);
    assert_eq!(names(&rows.expect("listed")), ["a", "a", "a", "a", "b", "b", "b"]);
}

/// Prefix, delimiter and start are the service's to apply.
fn prefix_and_delimiter<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let all = ["a", "f/1", "f/2", "f/g/3", "h/4"];
    upload_all(&bucket, all.map(str::to_owned));
    service.skip();
    let list = || ListFileNames::new(bucket.id());
    let rows = bucket.list_names(list().delimiter("/"), 100).expect("listed");
    assert_eq!(names(&rows), ["a", "f/", "h/"]);
    let rows = bucket.list_names(list().prefix("f/").delimiter("/"), 100).expect("listed");
    assert_eq!(names(&rows), ["f/1", "f/2", "f/g/"]);
    let rows = bucket.list_names(list().start_at("f/2"), 100).expect("listed");
    assert_eq!(names(&rows), ["f/2", "f/g/3", "h/4"]);
}

/// Pages without rows, because everything on them is hidden, do not end a list.
fn pages_without_rows<F: Face>(world: &World<'_, F>) {
    let mut setup = Setup::default();
    setup.config.hidden_per_page = Some(2);
    let service = world.service_with(setup);
    let (_, bucket) = service.bucket();
    upload_all(&bucket, (0..9).map(|at| at.to_string()));
    for at in 1..8 {
        bucket.hide(&at.to_string()).expect("hidden");
    }
    service.skip();
    let rows = bucket.list_names(ListFileNames::new(bucket.id()).page_len(5), 100);
    assert_eq!(names(&rows.expect("listed")), ["0", "8"]);
    assert_eq!(service.statuses("b2_list_file_names").len(), 4);
}

/// An empty list is within every bound.
fn an_empty_bucket<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let rows = bucket.list_names(ListFileNames::new(bucket.id()), 0);
    assert!(rows.expect("nothing is within the bound").is_empty());
    assert!(bucket.unfinished().expect("listed").is_empty());
}

/// A bound on rows is an error, not an end.
fn more_rows_than_allowed<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    upload_all(&bucket, (0..5).map(|at| at.to_string()));
    service.skip();
    let rows = bucket.list_names(ListFileNames::new(bucket.id()).page_len(2), 3);
    service.said(&rows);
    assert_eq!(rows.expect_err("five rows").kind, ErrorKind::Limit);
}

/// A page is repeated by itself, not with those before it.
fn a_page_that_fails_once<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    upload_all(&bucket, (0..5).map(|at| at.to_string()));
    service.skip();
    service.faults([Rule { nth: Some(2), status: Some(503), ..on("b2_list_file_names") }]);
    let rows = bucket.list_names(ListFileNames::new(bucket.id()).page_len(2), 100);
    assert_eq!(rows.expect("listed").len(), 5);
}

/// A list that cannot go on ends with the error.
fn a_page_that_fails_for_good<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    upload_all(&bucket, (0..5).map(|at| at.to_string()));
    service.skip();
    service.faults([Rule { after: 1, status: Some(500), ..on("b2_list_file_names") }]);
    let rows = bucket.list_names(ListFileNames::new(bucket.id()).page_len(2), 100);
    service.said(&rows);
    assert_eq!(rows.expect_err("no second page").attempts, 5);
}

/// A token that runs out between two pages costs one login.
fn a_login_between_pages<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    upload_all(&bucket, (0..5).map(|at| at.to_string()));
    service.skip();
    service.faults([Rule { nth: Some(2), expire_tokens: true, ..on("b2_list_file_names") }]);
    let rows = bucket.list_names(ListFileNames::new(bucket.id()).page_len(2), 100);
    assert_eq!(rows.expect("listed").len(), 5);
    assert_eq!(service.statuses("b2_list_file_names"), [200, 401, 200, 200]);
}
