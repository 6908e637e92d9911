//! Order, prefixes, delimiters and pages of listings.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{World, merge, rows};
use crate::config::Config;
use crate::service::{Class, Op};

fn world(names: &[&str]) -> (World, String) {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({}));
    for name in names {
        let encoded = b2_proto::name::encode(name);
        world.upload(&bucket, &encoded, b"x");
    }
    (world, bucket)
}

fn names(world: &World, bucket: &str, extra: Value) -> Vec<String> {
    let mut request = json!({ "bucketId": bucket });
    merge(&mut request, extra);
    world.rows("b2_list_file_names", request)
}

#[test]
fn names_are_ordered_by_bytes() {
    // U+FF5E comes before U+10400 by bytes, after it by UTF-16 units.
    let (world, bucket) = world(&["\u{10400}", "\u{ff5e}", "b", "B", "a/b", "a b"]);
    let expect =
        ["upload B", "upload a b", "upload a/b", "upload b", "upload \u{ff5e}", "upload \u{10400}"];
    assert_eq!(names(&world, &bucket, json!({})), expect);
}

#[test]
fn prefix_start_and_delimiter_narrow_the_rows() {
    let (world, bucket) = world(&["a", "b/1", "b/2", "b/c/3", "b0", "d/4"]);
    let check = |extra: Value, expect: &[&str]| {
        assert_eq!(names(&world, &bucket, extra.clone()), expect, "{extra}");
    };
    let slash = "/";
    check(json!({ "delimiter": slash }), &["upload a", "folder b/", "upload b0", "folder d/"]);
    check(
        json!({ "delimiter": slash, "prefix": "b/" }),
        &["upload b/1", "upload b/2", "folder b/c/"],
    );
    check(json!({ "delimiter": slash, "prefix": "b" }), &["folder b/", "upload b0"]);
    check(json!({ "prefix": "b/" }), &["upload b/1", "upload b/2", "upload b/c/3"]);
    check(json!({ "startFileName": "b/2", "prefix": "b/" }), &["upload b/2", "upload b/c/3"]);
    check(json!({ "startFileName": "a", "prefix": "d" }), &["upload d/4"]);
    check(json!({ "startFileName": "e", "prefix": "d" }), &[]);
}

#[test]
fn hidden_names_and_their_folders_do_not_show() {
    let (world, bucket) = world(&["a", "b/1", "c"]);
    for name in ["a", "b/1"] {
        world.ok("b2_hide_file", json!({ "bucketId": bucket, "fileName": name }));
    }
    world.start(&bucket, "c");
    assert_eq!(names(&world, &bucket, json!({ "delimiter": "/" })), ["upload c"]);
    let versions = |extra: Value| {
        let mut request = json!({ "bucketId": bucket });
        merge(&mut request, extra);
        world.rows("b2_list_file_versions", request)
    };
    let expect = ["hide a", "upload a", "hide b/1", "upload b/1", "start c", "upload c"];
    assert_eq!(versions(json!({})), expect);
    let folders = ["hide a", "upload a", "folder b/", "start c", "upload c"];
    assert_eq!(versions(json!({ "delimiter": "/" })), folders);
}

#[test]
fn pages_join_up_to_the_whole_list() {
    let (world, bucket) = world(&["a", "a", "b/1", "b/2", "c", "c", "d"]);
    let ops = [("b2_list_file_names", false), ("b2_list_file_versions", true)];
    for (op, by_id) in ops {
        for delimiter in [Value::Null, json!("/")] {
            let ask = json!({ "bucketId": bucket, "delimiter": delimiter });
            let whole = world.rows(op, ask.clone());
            for size in 1..4 {
                let mut request = ask.clone();
                request["maxFileCount"] = json!(size);
                let mut joined = Vec::new();
                for _ in 0..20 {
                    let page = world.ok(op, request.clone());
                    joined.extend(rows(&page));
                    request["startFileName"] = page["nextFileName"].clone();
                    if by_id {
                        request["startFileId"] = page["nextFileId"].clone();
                    }
                    if page["nextFileName"].is_null() {
                        break;
                    }
                }
                assert_eq!(joined, whole, "{op} {size} {delimiter}");
            }
        }
    }
}

#[test]
fn a_page_goes_on_after_a_version_that_is_gone() {
    let (world, bucket) = world(&["a", "a", "a"]);
    let first = json!({ "bucketId": bucket, "maxFileCount": 1 });
    let page = world.ok("b2_list_file_versions", first);
    let gone = json!({ "fileName": "a", "fileId": page["nextFileId"] });
    world.ok("b2_delete_file_version", gone);
    let next = json!({
        "bucketId": bucket, "startFileName": "a", "startFileId": page["nextFileId"],
    });
    assert_eq!(world.rows("b2_list_file_versions", next), ["upload a"]);
}

#[test]
fn requests_are_checked() {
    let (world, bucket) = world(&[]);
    for (op, extra, code) in [
        ("b2_list_file_names", json!({ "maxFileCount": 10_001 }), "out_of_range"),
        ("b2_list_file_names", json!({ "maxFileCount": -1 }), "out_of_range"),
        ("b2_list_file_names", json!({ "maxFileCount": "x" }), "bad_request"),
        ("b2_list_file_names", json!({ "bucketId": "bad" }), "invalid_bucket_id"),
        ("b2_list_file_names", json!({ "bucketId": "0".repeat(24) }), "bad_bucket_id"),
        ("b2_list_file_versions", json!({ "startFileId": "x" }), "bad_request"),
        (
            "b2_list_file_versions",
            json!({ "startFileId": "x", "startFileName": "a" }),
            "invalid_file_id",
        ),
    ] {
        let mut request = json!({ "bucketId": bucket });
        merge(&mut request, extra);
        assert_eq!(world.refused(op, request.clone()), (400, code.to_owned()), "{request}");
    }
}

#[test]
fn a_listing_costs_one_transaction_per_thousand_rows() {
    let (world, bucket) = world(&[]);
    for n in 0..1_001 {
        world.upload(&bucket, &format!("{n}"), b"");
    }
    let before = world.transport.host().with_service(|s| s.meter().clone()).expect("store");
    assert_eq!(names(&world, &bucket, json!({})).len(), 100);
    assert_eq!(names(&world, &bucket, json!({ "maxFileCount": 10_000 })).len(), 1_001);
    let after = world.transport.host().with_service(|s| s.meter().clone()).expect("store");
    assert_eq!(after.of(Op::ListFileNames), 3);
    assert_eq!(after.of_class(Class::C) - before.of_class(Class::C), 3);
}

/// What a name listing is, said plainly: every visible name below the prefix, cut at the delimiter.
fn naive(visible: &BTreeMap<String, bool>, prefix: &str, delimiter: bool) -> Vec<String> {
    let mut rows = Vec::new();
    for name in visible.iter().filter(|(_, shown)| **shown).map(|(name, _)| name) {
        let Some(tail) = name.strip_prefix(prefix) else { continue };
        let row = match tail.split_once('/').filter(|_| delimiter) {
            Some((folder, _)) => format!("folder {prefix}{folder}/"),
            None => format!("upload {name}"),
        };
        if rows.last() != Some(&row) {
            rows.push(row);
        }
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_listing_is_what_it_should_be(
        steps in proptest::collection::vec(("[ab/\u{7f0}\u{10000}]{1,4}", any::<bool>()), 1..24),
        prefix in "[ab/]{0,2}",
        delimiter in any::<bool>(),
        page_len in 1_u32..5,
        hidden_per_page in proptest::option::of(1_usize..3),
    ) {
        let config = Config { hidden_per_page, ..Config::default() };
        let world = World::with(config.with_small_limits());
        let bucket = world.bucket("my-bucket", json!({}));
        let mut visible = BTreeMap::new();
        for (name, hide) in steps {
            if hide && visible.get(&name) == Some(&true) {
                world.ok("b2_hide_file", json!({ "bucketId": bucket, "fileName": name }));
                visible.insert(name, false);
            } else {
                world.upload(&bucket, &b2_proto::name::encode(&name), b"");
                visible.insert(name, true);
            }
        }
        let mut request = json!({
            "bucketId": bucket, "prefix": prefix, "maxFileCount": page_len,
            "delimiter": if delimiter { "/" } else { "" },
        });
        let mut joined = Vec::new();
        for _ in 0..100 {
            let page = world.ok("b2_list_file_names", request.clone());
            joined.extend(rows(&page));
            request["startFileName"] = page["nextFileName"].clone();
            if page["nextFileName"].is_null() {
                break;
            }
        }
        prop_assert_eq!(joined, naive(&visible, &prefix, delimiter));
    }
}
