//! Application keys and the scope they give.

use serde_json::{Value, json};

use super::{World, basic, text};

fn create(world: &World, extra: Value) -> (u16, Value) {
    let mut request =
        json!({ "accountId": world.account, "keyName": "test", "capabilities": ["listFiles"] });
    super::merge(&mut request, extra);
    let response = world.call("b2_create_key", request);
    (response.status, response.json())
}

#[test]
fn keys_have_the_form_of_their_version() {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({}));
    let (_, key) = create(&world, json!({ "bucketIds": [bucket], "namePrefix": "a/" }));
    assert_eq!(text(&key["applicationKeyId"]).len(), 25);
    assert_eq!(text(&key["applicationKey"]).len(), 31);
    assert_eq!(key["bucketIds"], json!([bucket]));
    let (_, old) = create(&world.version(2), json!({ "bucketId": bucket }));
    assert_eq!((&old["bucketId"], &old["bucketIds"]), (&json!(bucket), &Value::Null));
    assert_eq!(create(&world, json!({ "bucketId": bucket })).0, 400);
    let listed = world.ok("b2_list_keys", json!({ "accountId": world.account }));
    assert_eq!(listed["keys"].as_array().map(Vec::len), Some(2));
    assert_eq!(listed["keys"][0]["applicationKey"], Value::Null);
}

#[test]
fn requests_are_checked() {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({}));
    for extra in [
        json!({ "keyName": "" }),
        json!({ "keyName": "a b" }),
        json!({ "keyName": "x".repeat(101) }),
        json!({ "capabilities": [] }),
        json!({ "capabilities": ["makeCoffee"] }),
        json!({ "validDurationInSeconds": 0 }),
        json!({ "validDurationInSeconds": 86_400_000 }),
        json!({ "bucketIds": [bucket], "capabilities": ["writeKeys"] }),
        json!({ "bucketIds": ["123456789012345678901234"] }),
    ] {
        assert_eq!(create(&world, extra.clone()).0, 400, "{extra}");
    }
}

#[test]
fn multi_bucket_keys_need_version_four() {
    let world = World::new();
    let buckets = ["bucket-a", "bucket-b"].map(|name| world.bucket(name, json!({})));
    let (_, key) = create(&world, json!({ "bucketIds": buckets }));
    let url = "/b2api/v3/b2_authorize_account";
    let refused = world.transport.post(world.now_ms, url, &basic(&key), "{}");
    assert_eq!((refused.status, refused.code().as_str()), (401, "unsupported"));
    let old = world.version(3).ok("b2_list_keys", json!({ "accountId": world.account }));
    assert_eq!(old["keys"], json!([]));
    world.log_in(&basic(&key));
}

#[test]
fn expired_keys_log_nobody_in() {
    let world = World::new();
    let key = world.with_key(&["listBuckets"], json!({ "validDurationInSeconds": 10 }));
    let request = json!({ "accountId": world.account });
    assert_eq!(key.at(9_999).call("b2_list_buckets", request.clone()).status, 200);
    let late = key.at(10_000).refused("b2_list_buckets", request);
    assert_eq!(late, (401, "expired_auth_token".to_owned()));
}

#[test]
fn a_key_keeps_to_its_bucket_and_prefix() {
    let world = World::new();
    let own = world.bucket("bucket-own", json!({}));
    let other = world.bucket("bucket-other", json!({}));
    let caps = ["listBuckets", "listFiles", "writeFiles", "readFiles", "shareFiles"];
    let key = world.with_key(&caps, json!({ "bucketIds": [own], "namePrefix": "in/" }));
    let denied = |op: &str, request: Value| {
        assert_eq!(key.refused(op, request.clone()), (401, "unauthorized".to_owned()), "{request}");
    };
    denied("b2_list_buckets", json!({ "accountId": key.account }));
    denied("b2_list_buckets", json!({ "accountId": key.account, "bucketId": other }));
    denied("b2_get_upload_url", json!({ "bucketId": other }));
    denied("b2_list_file_names", json!({ "bucketId": own }));
    denied("b2_list_file_names", json!({ "bucketId": own, "prefix": "i" }));
    denied("b2_hide_file", json!({ "bucketId": own, "fileName": "out" }));
    let large = json!({ "bucketId": own, "fileName": "out", "contentType": "b2/x-auto" });
    denied("b2_start_large_file", large);
    let share = json!({ "bucketId": own, "fileNamePrefix": "", "validDurationInSeconds": 9 });
    denied("b2_get_download_authorization", share);
    assert_eq!(key.upload_with(&own, "out", b"x", &[]).code(), "unauthorized");

    world.upload(&own, "out", b"x");
    key.upload(&own, "in/a", b"x");
    assert_eq!(key.fetch("/file/bucket-own/in/a", &[]).status, 200);
    assert_eq!(key.fetch("/file/bucket-own/out", &[]).status, 401);
    assert_eq!(key.fetch("/file/bucket-other/in/a", &[]).status, 401);
    let named = json!({ "accountId": key.account, "bucketName": "bucket-own" });
    assert_eq!(key.ok("b2_list_buckets", named)["buckets"].as_array().map(Vec::len), Some(1));
    let silent = key.version(1).rows("b2_list_file_names", json!({ "bucketId": own }));
    assert_eq!(silent, ["upload in/a"]);
    world.start(&own, "out");
    key.start(&own, "in/b");
    denied("b2_list_unfinished_large_files", json!({ "bucketId": own }));
    let silent = key.version(1).rows("b2_list_unfinished_large_files", json!({ "bucketId": own }));
    assert_eq!(silent, ["start in/b"]);
}
