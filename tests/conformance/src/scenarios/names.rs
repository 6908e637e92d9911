//! File names, those of the vectors and those that must not be sent.

use b2_proto::error::ErrorKind;
use b2_proto::limits::FILE_NAME_LEN_MAX;
use b2_proto::name::{NameRule, check, encode};
use b2_proto::op::ListFileNames;
use serde_json::Value;
use std::collections::BTreeSet;

use crate::face::{Bucket as _, Client as _, Face};
use crate::scenario::{Scenario, list};
use crate::transfer::Fetch;
use crate::world::World;

pub(super) fn all<F: Face>() -> Vec<Scenario<F>> {
    list![
        legal_names_of_the_vectors,
        illegal_names_of_the_vectors,
        the_longest_name,
        names_that_look_like_paths,
        file_info_of_every_kind,
    ]
}

/// Names of the vectors, as they are written there, that the rule takes or does not.
fn vectors(is_legal: bool) -> Vec<String> {
    let mut names = BTreeSet::new();
    for line in ::vectors::text("names.jsonl").lines() {
        let case: Value = serde_json::from_str(line).expect("JSON");
        let field = match case["t"].as_str() {
            Some("check" | "encode" | "show") => "s",
            Some("url_by_name" | "upload_headers") => "name",
            _ => continue,
        };
        names.extend(case[field].as_str().map(str::to_owned));
    }
    names.into_iter().filter(|name| check(NameRule::Service, name).is_ok() == is_legal).collect()
}

/// Whether a URL library would make another path of it.
fn has_dot_segment(name: &str) -> bool {
    name.split('/').any(|piece| piece == "." || piece == "..")
}

/// Names that are uploaded and downloaded at the same time.
const AT_A_TIME: usize = 4;

/// All legal names go up, are listed in the service's order, and come down by name.
fn legal_names_of_the_vectors<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let names: Vec<String> = vectors(true).into_iter().filter(|it| !has_dot_segment(it)).collect();
    let is_sample = !::vectors::are_own() || names.len() > 300;
    assert!(is_sample, "these are not all: {}", names.len());
    for_each(&names, |name| {
        bucket.upload(name, name.as_bytes().into()).expect(name);
    });
    let listed = bucket.list_names(ListFileNames::new(bucket.id()), 10_000).expect("listed");
    let listed: Vec<&str> = listed.iter().map(b2_proto::model::ListEntry::name).collect();
    assert_eq!(listed, names);
    for_each(&names, |name| {
        let fetched = bucket.download(name, Fetch::default()).expect(name);
        assert_eq!(fetched.bytes, name.as_bytes());
        assert_eq!(fetched.downloaded.info.file_name, *name);
        assert_eq!(bucket.head(name).expect(name).file_name, *name);
    });
    // Each as the core has encoded it, in whatever order.
    let encoded: BTreeSet<String> = names.iter().map(|name| encode(name)).collect();
    let (up, down) = ("b2_upload_file", "b2_download_file_by_name");
    // A download is of the file and of its head.
    for (operation, times) in [(up, 1), (down, 2)] {
        let records = service.of(operation);
        assert_eq!(records.len(), times * names.len(), "{operation}");
        let records = records.into_iter();
        let sent: BTreeSet<String> = records.filter_map(|record| record.file_name).collect();
        assert_eq!(sent, encoded, "{operation}");
    }
    service.count_but(&[up, down], "as many as the vectors have names");
}

/// Does it with each name, with some at the same time.
fn for_each(names: &[String], work: impl Fn(&str) + Sync) {
    std::thread::scope(|scope| {
        for names in names.chunks(names.len().div_ceil(AT_A_TIME)) {
            scope.spawn(|| names.iter().for_each(|name| work(name)));
        }
    });
}

/// Illegal names are refused before anything is sent.
fn illegal_names_of_the_vectors<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let mut names = vectors(false);
    names.extend([String::new(), "x".repeat(FILE_NAME_LEN_MAX + 1), "a\u{7f}".to_owned()]);
    let is_sample = !::vectors::are_own() || names.len() > 20;
    assert!(is_sample, "this is no sample: {}", names.len());
    for name in &names {
        let uploaded = bucket.upload(name, b"x".into()).expect_err(name);
        assert_eq!(uploaded.kind, ErrorKind::InvalidInput, "{name:?}");
        let hidden = bucket.hide(name).expect_err(name);
        assert_eq!(hidden.kind, ErrorKind::InvalidInput, "{name:?}");
    }
    service.asked_nothing();
}

/// A name may have 1,024 bytes, which is three times that in a URL.
fn the_longest_name<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let name = "\u{e4}".repeat(FILE_NAME_LEN_MAX / 2);
    bucket.upload(&name, b"x".into()).expect("uploaded");
    assert_eq!(bucket.download(&name, Fetch::default()).expect("downloaded").bytes, b"x");
    service.count();
}

/// A name that a URL would turn into another one is refused, not mistaken; by ID it is there.
fn names_that_look_like_paths<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (client, bucket) = service.bucket();
    bucket.upload("b", b"another".into()).expect("uploaded");
    for name in ["a/../b", "./b", "a/./b", ".."] {
        let file = bucket.upload(name, b"dots".into()).expect(name).file;
        let fetched = bucket.download(name, Fetch::default());
        service.said(&fetched);
        assert_eq!(fetched.expect_err(name).kind, ErrorKind::InvalidInput);
        let by_id = client.download_by_id(file.file_id.as_str(), Fetch::default());
        assert_eq!(by_id.expect(name).bytes, b"dots");
    }
}

/// File info comes back as it was, whatever is in it.
fn file_info_of_every_kind<F: Face>(world: &World<'_, F>) {
    let service = world.service();
    let (_, bucket) = service.bucket();
    let info: Vec<(String, String)> = [
        ("plain", "text"),
        ("spaces", " a  b "),
        ("signs", "+%&=?#\"\\/"),
        ("letters", "\u{17c}\u{f3}\u{142}\u{107} \u{65e5}\u{672c} \u{1f642}"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    let upload = crate::transfer::Upload { info: info.clone(), ..b"x".into() };
    bucket.upload("a", upload).expect("uploaded");
    let kept = bucket.download("a", Fetch::default()).expect("downloaded").downloaded.info;
    for (key, value) in info {
        assert_eq!(kept.file_info.get(&key), Some(&value));
    }
}
