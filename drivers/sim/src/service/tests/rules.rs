//! Lifecycle, CORS, replication and notification rules.

use serde_json::{Value, json};

use super::{DAY_MS, World, merge, text};

fn world() -> (World, String) {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({}));
    (world, bucket)
}

fn lifecycle(world: &World, bucket: &str, days: u64) -> Vec<String> {
    let later = world.at(days * DAY_MS);
    let run = |service: &mut crate::service::Service| service.run_lifecycle(later.now_ms);
    later.transport.host().with_service(run).expect("store");
    let later = later.log_in(&later.transport.host().basic_authorization());
    later.rows("b2_list_file_versions", json!({ "bucketId": bucket }))
}

#[test]
fn lifecycle_hides_deletes_and_cancels_in_its_time() {
    let (world, bucket) = world();
    let rules = json!([{
        "fileNamePrefix": "log/",
        "daysFromUploadingToHiding": 3,
        "daysFromHidingToDeleting": 2,
        "daysFromStartingToCancelingUnfinishedLargeFiles": 4,
    }]);
    let updated = world.update_bucket(&bucket, json!({ "lifecycleRules": rules.clone() }));
    assert_eq!(updated.json()["lifecycleRules"], rules);
    world.upload(&bucket, "log/a", b"1");
    world.at(DAY_MS / 2).upload(&bucket, "log/a", b"2");
    world.upload(&bucket, "other", b"x");
    world.start(&bucket, "log/big");
    let start = "start log/big".to_owned();
    let other = "upload other".to_owned();
    let check = |days: u64, expect: &[&str]| {
        assert_eq!(lifecycle(&world, &bucket, days), expect, "day {days}");
    };
    check(2, &["upload log/a", "upload log/a", &start, &other]);
    check(3, &["upload log/a", &start, &other]);
    check(4, &["hide log/a", "upload log/a", &other]);
    check(5, &["hide log/a", "upload log/a", &other]);
    check(6, &["hide log/a", &other]);
    check(7, &[&other]);
}

#[test]
fn lifecycle_leaves_locked_versions_alone() {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({ "fileLockEnabled": true }));
    let rules = json!([{ "fileNamePrefix": "", "daysFromHidingToDeleting": 1 }]);
    world.update_bucket(&bucket, json!({ "lifecycleRules": rules }));
    world.upload_with(&bucket, "a", b"1", &[("x-bz-file-legal-hold", "on")]);
    world.upload(&bucket, "a", b"2");
    assert_eq!(lifecycle(&world, &bucket, 9), ["upload a", "upload a"]);
}

#[test]
fn lifecycle_rules_are_checked() {
    let (world, bucket) = world();
    let rule = |prefix: &str, days: i64| {
        let mut rule = json!({ "fileNamePrefix": prefix });
        rule["daysFromHidingToDeleting"] = json!(days);
        rule
    };
    for rules in [
        json!([rule("", 0)]),
        json!([{ "fileNamePrefix": "" }]),
        json!([{ "daysFromHidingToDeleting": 1 }]),
        json!([rule("", 1), rule("a", 1)]),
        json!([rule("a/b", 1), rule("a", 1)]),
        json!(["x"]),
    ] {
        let refused = world.update_bucket(&bucket, json!({ "lifecycleRules": rules.clone() }));
        assert_eq!(refused.status, 400, "{rules}");
    }
    let fine = json!([rule("a", 1), rule("b", 1)]);
    assert_eq!(world.update_bucket(&bucket, json!({ "lifecycleRules": fine })).status, 200);
}

#[test]
fn cors_rules_are_checked() {
    let (world, bucket) = world();
    let check = |extra: Value, status: u16| {
        let mut rule = json!({
            "corsRuleName": "my-rule",
            "allowedOrigins": ["https://*.example.com"],
            "allowedOperations": ["b2_download_file_by_name"],
            "maxAgeSeconds": 3600,
        });
        merge(&mut rule, extra);
        let updated = world.update_bucket(&bucket, json!({ "corsRules": [rule.clone()] }));
        assert_eq!(updated.status, status, "{rule}");
    };
    check(json!({}), 200);
    check(json!({ "allowedOrigins": ["*"] }), 200);
    check(json!({ "allowedOrigins": ["https://a", "https"] }), 200);
    check(json!({ "allowedOrigins": ["https", "https://a"] }), 400);
    check(json!({ "allowedOrigins": ["*", "https://a"] }), 400);
    check(json!({ "allowedOrigins": ["https://*.*.com"] }), 400);
    check(json!({ "allowedOrigins": [] }), 400);
    check(json!({ "allowedOperations": ["b2_list_buckets"] }), 400);
    check(json!({ "maxAgeSeconds": 86_401 }), 400);
    check(json!({ "corsRuleName": "short" }), 400);
    check(json!({ "corsRuleName": "b2-rule" }), 400);
    check(json!({ "exposeHeaders": ["x-*"] }), 400);
    check(json!({ "allowedHeaders": ["x".repeat(1_000)] }), 400);
}

#[test]
fn replication_copies_what_its_rules_cover() {
    let (world, source) = world();
    let target = world.bucket("target-bucket", json!({}));
    let rule = json!({
        "replicationRuleName": "to-target", "destinationBucketId": target,
        "fileNamePrefix": "in/", "priority": 1, "isEnabled": true, "includeExistingFiles": false,
    });
    let source_part = json!({ "sourceApplicationKeyId": "k", "replicationRules": [rule] });
    let config = json!({ "asReplicationSource": source_part });
    let updated = world.update_bucket(&source, json!({ "replicationConfiguration": config }));
    let value = &updated.json()["replicationConfiguration"]["value"];
    assert_eq!(value["asReplicationDestination"], Value::Null);
    let lock = world.update_bucket(&source, json!({ "fileLockEnabled": true }));
    assert_eq!(lock.code(), "source_replication_conflict");

    assert!(world.upload(&source, "out", b"x").get("replicationStatus").is_none());
    let file = world.upload(&source, "in/a", b"x");
    assert_eq!(file["replicationStatus"], json!("PENDING"));
    let run = |service: &mut crate::service::Service| service.run_replication(world.now_ms);
    assert_eq!(world.transport.host().with_service(run).expect("store"), 1);
    let status = |bucket: &str| {
        let page = world.ok("b2_list_file_names", json!({ "bucketId": bucket }));
        page["files"][0]["replicationStatus"].clone()
    };
    assert_eq!([status(&source), status(&target)], ["COMPLETED", "REPLICA"]);
    assert_eq!(world.fetch("/file/target-bucket/in/a", &[]).body.as_ref(), b"x");
    let empty = json!({ "asReplicationSource": null, "asReplicationDestination": null });
    let empty = json!({ "replicationConfiguration": empty });
    let cleared = world.update_bucket(&source, empty).json();
    assert_eq!(cleared["replicationConfiguration"]["value"], Value::Null);
}

fn notification(extra: Value) -> Value {
    let mut rule = json!({
        "name": "my-rule",
        "eventTypes": ["b2:ObjectCreated:*"],
        "objectNamePrefix": "",
        "isEnabled": true,
        "targetConfiguration": { "targetType": "webhook", "url": "https://example.com/" },
    });
    merge(&mut rule, extra);
    rule
}

#[test]
fn notification_rules_are_checked() {
    let (world, bucket) = world();
    let code = |rules: Value| {
        let request = json!({ "bucketId": bucket, "eventNotificationRules": rules });
        let response = world.call("b2_set_bucket_notification_rules", request);
        if response.status == 200 { "ok".to_owned() } else { response.code() }
    };
    let types = |types: &[&str]| json!([notification(json!({ "eventTypes": types }))]);
    let target = |target: Value| json!([notification(json!({ "targetConfiguration": target }))]);
    assert_eq!(code(types(&[])), "event_types_empty");
    assert_eq!(code(types(&["b2:TestEvent"])), "event_type_invalid");
    assert_eq!(code(types(&["b2:ObjectCreated:*", "b2:ObjectCreated:Copy"])), "event_type_overlap");
    assert_eq!(
        code(types(&["b2:ObjectCreated:Copy", "b2:ObjectDeleted:Delete"])),
        "event_type_categories"
    );
    assert_eq!(code(types(&["b2:ObjectCreated:Copy", "b2:ObjectCreated:Upload"])), "ok");
    assert_eq!(code(target(json!({ "targetType": "webhook", "url": "http://a" }))), "bad_request");
    assert_eq!(code(json!([notification(json!({ "maxEventsPerBatch": 51 }))])), "bad_request");
    let overlap = notification(json!({ "name": "rule-two", "objectNamePrefix": "a" }));
    assert_eq!(code(json!([notification(json!({})), overlap])), "bad_request");
}

#[test]
fn notification_rules_read_back_with_nulls_and_can_be_suspended() {
    let (world, bucket) = world();
    let second = notification(json!({ "name": "a-rule", "eventTypes": ["b2:ObjectDeleted:*"] }));
    let request = json!({
        "bucketId": bucket, "eventNotificationRules": [notification(json!({})), second],
    });
    let set = world.ok("b2_set_bucket_notification_rules", request);
    let got = world.ok("b2_get_bucket_notification_rules", json!({ "bucketId": bucket }));
    assert_eq!(set, got);
    let rules = &got["eventNotificationRules"];
    assert_eq!(text(&rules[0]["name"]), "a-rule");
    let target = &rules[0]["targetConfiguration"];
    assert_eq!(target["customHeaders"], Value::Null);
    assert_eq!(target["hmacSha256SigningSecret"], Value::Null);
    assert_eq!(rules[0]["maxEventsPerBatch"], json!(1));
    let suspend = |service: &mut crate::service::Service| {
        service.suspend_notification_rule(&bucket, "my-rule", Some("no answer"))
    };
    assert!(world.transport.host().with_service(suspend).expect("store"));
    let got = world.ok("b2_get_bucket_notification_rules", json!({ "bucketId": bucket }));
    assert_eq!(got["eventNotificationRules"][1]["isSuspended"], json!(true));
    // A change of the rules resumes nothing.
    let request = json!({
        "bucketId": bucket,
        "eventNotificationRules": [notification(json!({ "isSuspended": false }))],
    });
    let set = world.ok("b2_set_bucket_notification_rules", request);
    let rule = &set["eventNotificationRules"][0];
    assert_eq!(rule["isSuspended"], json!(true));
    assert_eq!(rule["suspensionReason"], json!("no answer"));
    let weak = world.with_key(&["readBucketNotifications"], json!({}));
    let denied = weak.refused("b2_set_bucket_notification_rules", json!({ "bucketId": bucket }));
    assert_eq!(denied, (401, "unauthorized".to_owned()));
}
