//! Login, tokens, check order, test modes, caps.

use http::Method;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DAY_MS, World, text};
use crate::config::{Caps, Config};
use crate::service::{Class, Op};

#[test]
fn each_version_has_its_shape_of_authorization() {
    let world = World::new();
    let login = world.transport.host().basic_authorization();
    let get = |version: u8| {
        let url = format!("http://b2.test:80/b2api/v{version}/b2_authorize_account");
        let response = world.send(Method::GET, &url, &[("authorization", &login)], b"");
        assert_eq!(response.status, 200);
        response.json()
    };
    for version in [1, 2] {
        let flat = get(version);
        assert_eq!(flat["apiUrl"], json!("http://b2.test:80"));
        assert_eq!(flat["minimumPartSize"], json!(200));
        assert_eq!(flat["absoluteMinimumPartSize"], json!(100));
        assert_eq!(flat["allowed"]["bucketId"], json!(null));
        assert!(flat["allowed"]["capabilities"].as_array().expect("list").len() > 20);
    }
    let v3 = &get(3)["apiInfo"]["storageApi"];
    assert_eq!(v3["infoType"], json!("storageApi"));
    assert!(v3["capabilities"].is_array() && v3["bucketName"].is_null());
    let v4 = &get(4)["apiInfo"]["storageApi"];
    assert_eq!(v4["downloadUrl"], json!("http://b2.test:80"));
    assert!(v4["allowed"]["buckets"].is_null() && v4["allowed"]["capabilities"].is_array());
}

#[test]
fn a_wrong_key_is_told_so_without_a_message() {
    let world = World::new();
    let url = "/b2api/v4/b2_authorize_account";
    let response = world.transport.post(world.now_ms, url, "Basic Zm9vOmJhcg==", "{}");
    assert_eq!((response.status, response.code().as_str()), (401, "bad_auth_token"));
    assert_eq!(response.json()["message"], json!(""));
    assert_eq!(response.headers["www-authenticate"], "BASIC realm=\"authorize_account\"");
    assert!(response.headers.contains_key("date"));
}

#[test]
fn checks_come_in_order() {
    let world = World::new();
    let weak = world.with_key(&["listFiles"], json!({}));
    let check = |world: &World, url: &str, method: Method, token: &str, body: &str| {
        let headers = [("authorization", token)];
        let headers = if token.is_empty() { &headers[..0] } else { &headers[..] };
        let response = world.send(method, url, headers, body.as_bytes());
        let message = response.json()["message"].clone();
        assert_ne!(message, json!(""), "{url}");
        (response.status, response.code())
    };
    let expect = |status, code: &str| (status, code.to_owned());
    let url = "/b2api/v4/b2_create_bucket";
    let delete = check(&world, url, Method::DELETE, "", "{");
    assert_eq!(delete, expect(405, "method_not_allowed"));
    assert_eq!(check(&world, url, Method::POST, "", "{"), expect(401, "bad_auth_token"));
    assert_eq!(check(&world, url, Method::POST, "x", "{"), expect(401, "bad_auth_token"));
    assert_eq!(check(&world, url, Method::POST, &weak.token, "{"), expect(400, "bad_json"));
    for no_object in ["[]", "\"x\"", "null", "7"] {
        let found = check(&world, url, Method::POST, &weak.token, no_object);
        assert_eq!(found, expect(400, "bad_request"), "{no_object}");
    }
    assert_eq!(check(&world, url, Method::POST, &weak.token, "{}"), expect(401, "unauthorized"));
    assert_eq!(check(&world, url, Method::POST, &world.token, "{}"), expect(400, "bad_request"));
    for path in ["/b2api/v5/b2_list_buckets", "/b2api/v4/b2_make_coffee", "/", "/b2api/v4/"] {
        assert_eq!(check(&world, path, Method::POST, "x", "{}"), expect(404, "not_found"));
    }
}

#[test]
fn tokens_end_with_time_by_force_and_with_their_key() {
    let world = World::new();
    let request = json!({ "accountId": world.account });
    let expired = (401, "expired_auth_token".to_owned());
    assert_eq!(world.at(DAY_MS - 1).call("b2_list_buckets", request.clone()).status, 200);
    assert_eq!(world.at(DAY_MS).refused("b2_list_buckets", request.clone()), expired);
    let other = world.with_key(&["listBuckets"], json!({}));
    let keys = world.ok("b2_list_keys", request.clone());
    let id = text(&keys["keys"][0]["applicationKeyId"]);
    world.ok("b2_delete_key", json!({ "applicationKeyId": id }));
    let bad = (401, "bad_auth_token".to_owned());
    assert_eq!(other.refused("b2_list_buckets", request.clone()), bad);
    world.transport.host().with_service(|s| s.expire_tokens()).expect("store");
    assert_eq!(world.refused("b2_list_buckets", request), expired);
}

#[test]
fn reads_take_their_parameters_from_the_query() {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({}));
    world.upload(&bucket, "a%20b", b"x");
    let url = format!(
        "/b2api/v2/b2_list_file_names?bucketId={bucket}&prefix=a+b&maxFileCount=1&delimiter="
    );
    let page = world.fetch(&url, &[]).json();
    assert_eq!(super::rows(&page), ["upload a b"]);
}

#[test]
fn test_modes_fail_what_they_say() {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({}));
    let url = format!("/b2api/v4/b2_list_file_names?bucketId={bucket}");
    let mode = |mode| [("x-bz-test-mode", mode)];
    let expiring = mode("expire_some_account_authorization_tokens");
    let statuses: Vec<u16> = (0..60).map(|_| world.fetch(&url, &expiring).status).collect();
    assert!(statuses.contains(&200) && statuses.contains(&401));
    let capped = world.fetch(&url, &mode("force_cap_exceeded"));
    assert_eq!((capped.status, capped.code().as_str()), (403, "transaction_cap_exceeded"));
    let failing = mode("fail_some_uploads");
    let upload = || world.upload_with(&bucket, "a", b"x", &failing).status;
    let statuses: Vec<u16> = (0..60).map(|_| upload()).collect();
    assert!(statuses.contains(&200) && statuses.contains(&503));
}

#[test]
fn caps_hold_until_the_next_day() {
    let caps = Caps {
        storage_bytes: Some(100),
        download_bytes_per_day: Some(50),
        class_b_per_day: Some(2),
        class_c_per_day: None,
    };
    let world = World::with(Config { caps, ..Config::default() });
    let bucket = world.bucket("my-bucket", json!({}));
    world.upload(&bucket, "a", &[1; 60]);
    let over = world.upload_with(&bucket, "b", &[1; 60], &[]);
    assert_eq!((over.status, over.code().as_str()), (403, "storage_cap_exceeded"));
    let get = |world: &World, range| world.fetch("/file/my-bucket/a", &[("range", range)]);
    assert_eq!(get(&world, "bytes=0-39").status, 206);
    assert_eq!(get(&world, "bytes=0-39").code(), "download_cap_exceeded");
    assert_eq!(get(&world, "bytes=0-0").code(), "transaction_cap_exceeded");
    let next_day = world.at(DAY_MS / 2);
    assert_eq!(get(&next_day, "bytes=0-39").status, 206);
}

#[test]
fn transactions_are_counted_per_operation_and_class() {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({}));
    world.upload(&bucket, "a", b"x");
    world.fetch("/file/my-bucket/a", &[]);
    world.rows("b2_list_file_names", json!({ "bucketId": bucket }));
    let meter = world.transport.host().with_service(|s| s.meter().clone()).expect("store");
    assert_eq!(meter.of(Op::AuthorizeAccount), 1);
    assert_eq!(meter.of(Op::UploadFile), 1);
    assert_eq!([Class::A, Class::B, Class::C].map(|class| meter.of_class(class)), [2, 1, 3]);
}

#[test]
fn classes_are_those_the_client_expects() {
    use b2_proto::op::{Operation, Spec};
    fn check<T: Operation>() {
        let Spec { name, class, .. } = T::SPEC;
        let op = Op::parse(name).unwrap_or_else(|| panic!("{name} is unknown"));
        assert_eq!(op.class(), class, "{name}");
    }
    check::<b2_proto::op::ListBuckets>();
    check::<b2_proto::op::CreateBucket>();
    check::<b2_proto::op::DeleteBucket>();
    check::<b2_proto::op::ListKeys>();
    assert_eq!(Op::ALL.len(), 31);
}

/// Values a client gone wrong might send for a parameter.
fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!([])),
        Just(json!([1, "a", null, {}])),
        Just(json!({ "a": [] })),
        Just(json!(format!("4_z{}\u{e9}_f1{:0>56}", "0".repeat(23), 1))),
        Just(json!(format!("4_z{:024}_f1{}_d0_m999999{:029}", 0, "f".repeat(15), 0))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn no_request_breaks_the_service(
        values in proptest::collection::vec(odd_value(), 31),
        path in "(/(b2api|file|v[0-9]|b2_upload_(file|part)|%[0-9a-z]{2}|[a-z.]{0,3})){0,5}",
        header in "\\PC{0,20}",
    ) {
        const FIELDS: &[&str] = &[
            "bucketId", "fileId", "fileName", "sourceFileId", "largeFileId", "partNumber", "range",
            "partSha1Array", "startFileName", "startFileId", "prefix", "delimiter", "maxFileCount",
            "fileRetention", "legalHold", "serverSideEncryption", "fileInfo", "contentType",
            "bucketName", "bucketType", "lifecycleRules", "corsRules", "replicationConfiguration",
            "eventNotificationRules", "capabilities", "keyName", "validDurationInSeconds",
            "fileNamePrefix", "bucketInfo", "defaultRetention", "maxPartCount",
        ];
        let world = World::new();
        let bucket = world.bucket("my-bucket", json!({}));
        let file = world.upload(&bucket, "a", b"x");
        let sound = json!({
            "accountId": world.account, "bucketId": bucket, "fileId": file["fileId"],
            "fileName": "a", "sourceFileId": file["fileId"],
        });
        for op in Op::ALL.iter().filter(|op| !op.is_upload() && **op != Op::DownloadFileByName) {
            for (field, value) in FIELDS.iter().zip(&values) {
                let mut request = sound.clone();
                request[field] = value.clone();
                let status = world.call(op.name(), request).status;
                prop_assert!((200..500).contains(&status), "{} {field} {value}", op.name());
            }
        }
        let headers: Vec<(&str, &str)> =
            ["range", "authorization", "x-bz-info-a"].map(|name| (name, header.as_str())).into();
        let path = if path.is_empty() { "/".to_owned() } else { path };
        for method in [Method::GET, Method::POST, Method::HEAD, Method::PUT] {
            let status = world.send(method, &path, &headers, header.as_bytes()).status;
            prop_assert!((400..500).contains(&status), "{path}");
        }
    }
}
