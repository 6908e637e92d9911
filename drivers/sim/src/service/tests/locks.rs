//! Retention and legal hold.

use serde_json::{Value, json};

use super::{DAY_MS, World, merge};

struct Locked {
    world: World,
    bucket: String,
    file: Value,
}

impl Locked {
    /// A bucket with lock and a file in it with the given retention.
    fn new(retention: Value) -> Self {
        let world = World::new();
        let bucket = world.bucket("my-bucket", json!({ "fileLockEnabled": true }));
        let file = world.upload(&bucket, "a", b"x");
        let locked = Self { world, bucket, file };
        if !retention.is_null() {
            assert_eq!(locked.retain(&locked.world, retention, false), 200);
        }
        locked
    }

    fn retain(&self, world: &World, retention: Value, bypass: bool) -> u16 {
        let request = json!({
            "fileName": "a", "fileId": self.file["fileId"],
            "fileRetention": retention, "bypassGovernance": bypass,
        });
        world.call("b2_update_file_retention", request).status
    }

    fn delete(&self, world: &World, bypass: bool) -> (u16, String) {
        let request = json!({
            "fileName": "a", "fileId": self.file["fileId"], "bypassGovernance": bypass,
        });
        let response = world.call("b2_delete_file_version", request);
        (response.status, response.code())
    }
}

fn until(mode: &str, days: u64) -> Value {
    json!({ "mode": mode, "retainUntilTimestamp": super::NOW_MS + days * DAY_MS })
}

fn none() -> Value {
    json!({ "mode": null, "retainUntilTimestamp": null })
}

#[test]
fn governance_yields_to_a_bypass_and_to_time() {
    let locked = Locked::new(until("governance", 2));
    let world = &locked.world;
    let denied = (401, "access_denied".to_owned());
    assert_eq!(locked.delete(world, false), denied);
    assert_eq!(locked.retain(world, until("governance", 1), false), 403);
    assert_eq!(locked.retain(world, none(), false), 403);
    assert_eq!(locked.retain(world, until("governance", 3), false), 200);
    let key = world.with_key(&["deleteFiles", "writeFileRetentions"], json!({}));
    assert_eq!(locked.delete(&key, true), (401, "unauthorized".to_owned()));
    assert_eq!(locked.retain(&key, none(), true), 403);
    assert_eq!(locked.retain(world, none(), true), 200);
    assert_eq!(locked.retain(world, until("governance", 1), false), 200);
    let later = world.at(DAY_MS / 2).log_in(&world.transport.host().basic_authorization());
    assert_eq!(locked.delete(&later, false), denied);
    let later = world.at(DAY_MS).log_in(&world.transport.host().basic_authorization());
    assert_eq!(locked.delete(&later, false).0, 200);
}

#[test]
fn compliance_yields_to_nothing() {
    let locked = Locked::new(until("compliance", 2));
    let world = &locked.world;
    assert_eq!(locked.delete(world, true), (401, "access_denied".to_owned()));
    assert_eq!(locked.retain(world, until("compliance", 1), true), 403);
    assert_eq!(locked.retain(world, until("governance", 3), true), 403);
    assert_eq!(locked.retain(world, none(), true), 403);
    assert_eq!(locked.retain(world, until("compliance", 3), false), 200);
}

#[test]
fn a_legal_hold_stands_alone() {
    let locked = Locked::new(Value::Null);
    let hold = |on: &str| {
        let request = json!({ "fileName": "a", "fileId": locked.file["fileId"], "legalHold": on });
        locked.world.call("b2_update_file_legal_hold", request).status
    };
    assert_eq!(hold("on"), 200);
    assert_eq!(locked.delete(&locked.world, true).0, 401);
    assert_eq!(hold("maybe"), 400);
    assert_eq!(hold("off"), 200);
    assert_eq!(locked.delete(&locked.world, false).0, 200);
}

/// What has no content to keep cannot be locked: listings would not tell why it cannot go.
#[test]
fn markers_and_unfinished_files_take_no_locks() {
    let locked = Locked::new(Value::Null);
    let (world, bucket) = (&locked.world, &locked.bucket);
    let marker = world.ok("b2_hide_file", json!({ "bucketId": bucket, "fileName": "a" }));
    let start = world.start(bucket, "big");
    for (name, id) in [("a", marker["fileId"].clone()), ("big", json!(start))] {
        for (op, extra) in [
            ("b2_update_file_retention", json!({ "fileRetention": until("governance", 1) })),
            ("b2_update_file_legal_hold", json!({ "legalHold": "on" })),
        ] {
            let mut request = json!({ "fileName": name, "fileId": id });
            merge(&mut request, extra);
            assert_eq!(world.refused(op, request), (400, "bad_request".to_owned()), "{name}");
        }
        world.ok("b2_delete_file_version", json!({ "fileName": name, "fileId": id }));
    }
}

#[test]
fn the_right_is_checked_before_the_bucket_and_the_date() {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({}));
    let file = world.upload(&bucket, "a", b"x");
    let weak = world.with_key(&["listFiles", "writeFiles"], json!({}));
    for (op, extra) in [
        ("b2_update_file_retention", json!({ "fileRetention": until("governance", 1) })),
        ("b2_update_file_legal_hold", json!({ "legalHold": "on" })),
    ] {
        let mut request = json!({ "fileName": "a", "fileId": file["fileId"] });
        merge(&mut request, extra);
        assert_eq!(weak.refused(op, request.clone()), (403, "access_denied".to_owned()));
        assert_eq!(world.refused(op, request), (400, "bucket_missing_file_lock".to_owned()));
    }
    let headers = [("x-bz-file-legal-hold", "on")];
    assert_eq!(weak.upload_with(&bucket, "a", b"x", &headers).code(), "unauthorized");
    let locked = Locked::new(Value::Null);
    let past = [
        ("x-bz-file-retention-mode", "governance"),
        ("x-bz-file-retention-retain-until-timestamp", "5"),
    ];
    let refused = locked.world.upload_with(&locked.bucket, "b", b"x", &past);
    assert_eq!(refused.code(), "retain_until_timestamp_must_be_in_future");
    assert_eq!(locked.world.upload_with(&locked.bucket, "b", b"x", &past[..1]).status, 400);
}

#[test]
fn a_default_retention_counts_from_the_upload() {
    let world = World::new();
    let period = json!({ "duration": 2, "unit": "days" });
    let retention = json!({ "defaultRetention": { "mode": "governance", "period": period } });
    let plain = world.bucket("plain-bucket", json!({}));
    let refused = world.update_bucket(&plain, retention.clone());
    assert_eq!(refused.code(), "bucket_missing_file_lock");
    let bucket = world.bucket("my-bucket", json!({ "fileLockEnabled": true }));
    let shown = world.update_bucket(&bucket, retention).json();
    let value = &shown["fileLockConfiguration"]["value"];
    assert_eq!(value["isFileLockEnabled"], json!(true));
    assert_eq!(value["defaultRetention"]["period"]["duration"], json!(2));
    let file = world.upload(&bucket, "a", b"x");
    assert_eq!(file["fileRetention"]["value"], until("governance", 2));
    let off = world.update_bucket(&bucket, json!({ "fileLockEnabled": false }));
    assert_eq!(off.code(), "file_lock_conflict");
    let headers = world.fetch("/file/my-bucket/a", &[]).headers;
    assert_eq!(headers["x-bz-file-retention-mode"], "governance");
    let weak = world.with_key(&["readFiles"], json!({}));
    let headers = weak.fetch("/file/my-bucket/a", &[]).headers;
    assert_eq!(
        headers["x-bz-client-unauthorized-to-read"],
        "X-Bz-File-Retention-Mode,X-Bz-File-Retention-Retain-Until-Timestamp"
    );
}
