//! Buckets: names, revisions, settings, scope.

use serde_json::{Value, json};

use super::{World, text};
use crate::config::Config;

#[test]
fn a_new_bucket_has_the_documented_shape() {
    let world = World::new();
    let id = world.bucket("my-bucket", json!({ "bucketInfo": { "a": "b" } }));
    let listed = world.ok("b2_list_buckets", json!({ "accountId": world.account }));
    let lock = json!({
        "defaultRetention": { "mode": null, "period": null },
        "isFileLockEnabled": false,
    });
    let readable = |value: Value| json!({ "isClientAuthorizedToRead": true, "value": value });
    let expect = json!({
        "accountId": world.account,
        "bucketId": id,
        "bucketInfo": { "a": "b" },
        "bucketName": "my-bucket",
        "bucketType": "allPrivate",
        "corsRules": [],
        "defaultServerSideEncryption": readable(json!({ "algorithm": null, "mode": null })),
        "fileLockConfiguration": readable(lock),
        "lifecycleRules": [],
        "options": ["s3"],
        "replicationConfiguration": readable(Value::Null),
        "revision": 2,
    });
    assert_eq!(listed, json!({ "buckets": [expect] }));
}

#[test]
fn names_are_checked_and_unique() {
    let world = World::new();
    world.bucket("my-bucket", json!({}));
    for (name, code) in [
        ("short", "bad_request"),
        ("b2-bucket", "bad_request"),
        ("my_bucket", "bad_request"),
        ("my-bucket", "duplicate_bucket_name"),
    ] {
        let request = json!({
            "accountId": world.account, "bucketName": name, "bucketType": "allPublic",
        });
        assert_eq!(world.refused("b2_create_bucket", request), (400, code.to_owned()), "{name}");
    }
}

#[test]
fn an_account_has_a_hundred_buckets() {
    let world = World::new();
    for n in 0..100 {
        world.bucket(&format!("bucket-{n}"), json!({}));
    }
    let request = json!({
        "accountId": world.account, "bucketName": "bucket-100", "bucketType": "allPublic",
    });
    let refused = world.refused("b2_create_bucket", request);
    assert_eq!(refused, (400, "too_many_buckets".to_owned()));
}

#[test]
fn updates_count_revisions_and_respect_them() {
    let world = World::new();
    let id = world.bucket("my-bucket", json!({}));
    let updated = world.update_bucket(&id, json!({ "bucketType": "allPublic", "ifRevisionIs": 2 }));
    assert_eq!(updated.json()["revision"], json!(3));
    let stale = world.update_bucket(&id, json!({ "bucketType": "allPublic", "ifRevisionIs": 2 }));
    assert_eq!((stale.status, stale.code().as_str()), (409, "conflict"));
    let kept = world.update_bucket(&id, json!({ "bucketInfo": { "x": "y" } })).json();
    assert_eq!((&kept["bucketType"], &kept["revision"]), (&json!("allPublic"), &json!(4)));
}

#[test]
fn only_an_empty_bucket_can_go() {
    let world = World::new();
    let id = world.bucket("my-bucket", json!({}));
    let file = world.upload(&id, "a", b"x");
    let request = json!({ "accountId": world.account, "bucketId": id });
    let refused = world.refused("b2_delete_bucket", request.clone());
    assert_eq!(refused, (400, "cannot_delete_non_empty_bucket".to_owned()));
    let version = json!({ "fileName": "a", "fileId": file["fileId"] });
    world.ok("b2_delete_file_version", version);
    assert_eq!(world.ok("b2_delete_bucket", request.clone())["revision"], json!(3));
    assert_eq!(world.refused("b2_delete_bucket", request), (400, "bad_bucket_id".to_owned()));
    world.bucket("my-bucket", json!({}));
}

#[test]
fn settings_are_withheld_from_keys_that_may_not_read_them() {
    let world = World::new();
    world.bucket("my-bucket", json!({}));
    let reader = world.with_key(&["listBuckets", "readBucketEncryption"], json!({}));
    let listed = reader.ok("b2_list_buckets", json!({ "accountId": world.account }));
    let bucket = &listed["buckets"][0];
    let withheld = json!({ "isClientAuthorizedToRead": false, "value": null });
    assert_eq!(bucket["fileLockConfiguration"], withheld);
    assert_eq!(bucket["replicationConfiguration"], withheld);
    let readable = &bucket["defaultServerSideEncryption"]["isClientAuthorizedToRead"];
    assert_eq!(readable, &json!(true));
}

#[test]
fn default_encryption_comes_from_the_bucket_and_its_default_from_the_service() {
    let world = World::with(Config { default_sse_b2: true, ..Config::default() });
    let id = world.bucket("my-bucket", json!({}));
    assert_eq!(world.upload(&id, "a", b"x")["serverSideEncryption"]["mode"], json!("SSE-B2"));
    let off = json!({ "defaultServerSideEncryption": { "mode": "none" } });
    assert_eq!(world.update_bucket(&id, off).status, 200);
    assert_eq!(world.upload(&id, "a", b"x")["serverSideEncryption"]["mode"], json!(null));
    let customer = json!({ "defaultServerSideEncryption": { "mode": "SSE-C" } });
    assert_eq!(world.update_bucket(&id, customer).status, 400);
}

#[test]
fn bucket_types_filter_the_list() {
    let world = World::new();
    world.bucket("a-bucket", json!({ "bucketType": "allPublic" }));
    world.bucket("b-bucket", json!({}));
    let names = |extra: Value| {
        let mut request = json!({ "accountId": world.account });
        super::merge(&mut request, extra);
        let listed = world.ok("b2_list_buckets", request);
        let buckets = listed["buckets"].as_array().expect("list").clone();
        buckets.iter().map(|bucket| text(&bucket["bucketName"])).collect::<Vec<_>>()
    };
    assert_eq!(names(json!({})), ["a-bucket", "b-bucket"]);
    assert_eq!(names(json!({ "bucketTypes": ["allPublic"] })), ["a-bucket"]);
    assert_eq!(names(json!({ "bucketName": "b-bucket" })), ["b-bucket"]);
    assert!(names(json!({ "bucketName": "other-bucket" })).is_empty());
    let mixed = json!({ "accountId": world.account, "bucketTypes": ["all", "allPublic"] });
    assert_eq!(world.refused("b2_list_buckets", mixed), (400, "bad_request".to_owned()));
}
