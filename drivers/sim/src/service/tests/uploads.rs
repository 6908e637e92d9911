//! Uploads: forms of the digest, headers, and the life of upload URLs.

use http::Method;
use serde_json::{Value, json};

use super::{DAY_MS, World, bytes, sha1, text};
use crate::config::Config;

fn world() -> (World, String) {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({}));
    (world, bucket)
}

#[test]
fn the_answer_describes_the_file() {
    let world = World::with(Config { md5: true, ..Config::default() });
    let bucket = world.bucket("my-bucket", json!({}));
    let headers = [("X-Bz-Info-Src_Last_Modified_Millis", "5"), ("X-Bz-Info-Title", "a+b%2Bc")];
    let response = world.upload_with(&bucket, "a/%E8%87%AA.txt", b"abc", &headers);
    let file = response.json();
    let expect = json!({
        "accountId": world.account,
        "action": "upload",
        "bucketId": bucket,
        "contentLength": 3,
        "contentMd5": "900150983cd24fb0d6963f7d28e17f72",
        "contentSha1": "a9993e364706816aba3e25717850c26c9cd0d89d",
        "contentType": "text/plain",
        "fileId": file["fileId"],
        "fileInfo": { "src_last_modified_millis": "5", "title": "a b+c" },
        "fileName": "a/自.txt",
        "fileRetention": {
            "isClientAuthorizedToRead": true,
            "value": { "mode": null, "retainUntilTimestamp": null },
        },
        "legalHold": { "isClientAuthorizedToRead": true, "value": null },
        "serverSideEncryption": { "algorithm": null, "mode": null },
        "size": 3,
        "uploadTimestamp": world.now_ms,
    });
    assert_eq!(file, expect);
    assert_eq!(text(&file["fileId"]).len(), 83);
    assert_eq!(world.ok("b2_get_file_info", json!({ "fileId": file["fileId"] })), expect);
}

#[test]
fn the_digest_comes_before_after_or_not_at_all() {
    let (world, bucket) = world();
    let at_end = [("x-bz-content-sha1", "hex_digits_at_end")];
    let data = [b"abc", sha1(b"abc").as_bytes()].concat();
    let file = world.upload_with(&bucket, "a", &data, &at_end).json();
    assert_eq!((&file["contentLength"], &file["contentSha1"]), (&json!(3), &json!(sha1(b"abc"))));
    let unverified = [("x-bz-content-sha1", "do_not_verify")];
    let file = world.upload_with(&bucket, "a", b"abc", &unverified).json();
    assert_eq!(file["contentSha1"], json!(format!("unverified:{}", sha1(b"abc"))));
    let empty = world.upload(&bucket, "a", b"");
    assert_eq!(empty["contentSha1"], json!(sha1(b"")));
    for (form, body) in [
        (sha1(b"other").as_str(), &b"abc"[..]),
        ("hex_digits_at_end", &[b'0'; 43]),
        ("hex_digits_at_end", b"short"),
        ("none", b"abc"),
    ] {
        let refused = world.upload_with(&bucket, "a", body, &[("x-bz-content-sha1", form)]);
        assert_eq!((refused.status, refused.code().as_str()), (400, "bad_request"), "{form}");
    }
}

#[test]
fn without_verification_the_client_is_believed() {
    let world = World::with(Config { verify: false, ..Config::default() });
    let bucket = world.bucket("my-bucket", json!({}));
    let wrong = sha1(b"other");
    let file = world.upload_with(&bucket, "a", b"abc", &[("x-bz-content-sha1", &wrong)]).json();
    assert_eq!(file["contentSha1"], json!(wrong));
}

#[test]
fn bad_requests_are_refused() {
    let (world, bucket) = world();
    let long = "x".repeat(7_000);
    for (headers, code) in [
        (&[("x-bz-file-name", "")][..], "bad_request"),
        (&[("x-bz-file-name", "%zz")], "bad_request"),
        (&[("x-bz-file-name", "%ff")], "bad_request"),
        (&[("x-bz-file-name", "a%7f")], "bad_request"),
        (&[("content-type", "")], "bad_request"),
        (&[("x-bz-content-sha1", "")], "bad_request"),
        (&[("x-bz-info-b2-other", "x")], "bad_request"),
        (&[("x-bz-info-b2-expires", "soon")], "bad_request"),
        (&[("content-disposition", "inline")], "bad_request"),
        (&[("x-bz-info-a", &long)], "metadata_exceeded"),
        (&[("x-bz-custom-upload-timestamp", "5")], "custom_timestamp_not_allowed"),
        (&[("x-bz-file-legal-hold", "on")], "bucket_missing_file_lock"),
        (&[("x-bz-server-side-encryption", "none")], "bad_request"),
        (&[("authorization", "")], "missing_auth_token"),
        (&[("authorization", "x")], "bad_auth_token"),
    ] {
        let refused = world.upload_with(&bucket, "a", b"x", headers);
        assert_eq!(refused.code(), code, "{headers:?}");
    }
    let pair = world.ok("b2_get_upload_url", json!({ "bucketId": bucket }));
    let url = text(&pair["uploadUrl"]);
    assert_eq!(world.send(Method::GET, &url, &[], b"").status, 405);
    let chunked = [("transfer-encoding", "chunked")];
    assert_eq!(world.upload_to(&pair, "a", b"x", &chunked).status, 411);
}

#[test]
fn encrypted_files_have_less_room_for_info() {
    let (world, bucket) = world();
    let long = "x".repeat(2_048);
    let encrypted = [("x-bz-info-a", long.as_str()), ("x-bz-server-side-encryption", "AES256")];
    assert_eq!(world.upload_with(&bucket, "a", b"x", &encrypted[..1]).status, 200);
    assert_eq!(world.upload_with(&bucket, "a", b"x", &encrypted).code(), "metadata_exceeded");
}

#[test]
fn an_upload_url_serves_until_it_rejects_or_expires() {
    let (world, bucket) = world();
    let pair = world.ok("b2_get_upload_url", json!({ "bucketId": bucket }));
    let upload =
        |world: &World, headers: &[(&str, &str)]| world.upload_to(&pair, "a", b"x", headers);
    assert_eq!(upload(&world, &[]).status, 200);
    assert_eq!(upload(&world, &[]).status, 200);
    assert_eq!(upload(&world.at(DAY_MS), &[]).code(), "expired_auth_token");
    assert_eq!(upload(&world, &[("content-type", "")]).code(), "bad_request");
    assert_eq!(upload(&world, &[]).code(), "bad_auth_token");
}

#[test]
fn a_url_and_a_token_belong_together() {
    let (world, bucket) = world();
    let get = || world.ok("b2_get_upload_url", json!({ "bucketId": bucket }));
    let (mut pair, other) = (get(), get());
    pair["authorizationToken"] = other["authorizationToken"].clone();
    assert_eq!(world.upload_to(&pair, "a", b"x", &[]).code(), "bad_auth_token");
}

#[test]
fn two_uploads_at_once_on_one_url_are_refused() {
    use crate::host::Started;
    use crate::service::Request;
    let (world, bucket) = world();
    let pair = world.ok("b2_get_upload_url", json!({ "bucketId": bucket }));
    let mut headers = http::HeaderMap::new();
    for (name, value) in [
        ("authorization", text(&pair["authorizationToken"])),
        ("x-bz-file-name", "a".to_owned()),
        ("content-type", "b2/x-auto".to_owned()),
        ("x-bz-content-sha1", sha1(b"x")),
        ("content-length", "1".to_owned()),
    ] {
        headers.insert(name, value.parse().expect("header"));
    }
    let uri = text(&pair["uploadUrl"]).parse().expect("url");
    let request = Request { method: Method::POST, uri, headers };
    let host = world.transport.host();
    let Started::Receive(mut first) = host.begin(world.now_ms, &request) else { panic!("refused") };
    assert_eq!(world.upload_to(&pair, "b", b"x", &[]).code(), "auth_token_limit");
    first.write(b"x").expect("store");
    assert!(first.finish(world.now_ms).is_success());
    assert_eq!(world.upload_to(&pair, "b", b"x", &[]).status, 200);
    // An upload that breaks off ends its URL.
    let Started::Receive(broken) = host.begin(world.now_ms, &request) else { panic!("refused") };
    drop(broken);
    assert_eq!(world.upload_to(&pair, "b", b"x", &[]).code(), "bad_auth_token");
}

#[test]
fn versions_of_one_second_are_ordered_newest_first() {
    let (world, bucket) = world();
    let ids: Vec<Value> =
        (0..3).map(|n| world.upload(&bucket, "a", &[n])["fileId"].clone()).collect();
    let page = world.ok("b2_list_file_versions", json!({ "bucketId": bucket }));
    let listed: Vec<&Value> =
        page["files"].as_array().expect("files").iter().map(|f| &f["fileId"]).collect();
    assert_eq!(listed, [&ids[2], &ids[1], &ids[0]]);
    assert_eq!(world.fetch("/file/my-bucket/a", &[]).body.as_ref(), [2]);
}

#[test]
fn custom_timestamps_sort_by_what_they_say() {
    let world = World::with(Config { custom_timestamps: true, ..Config::default() });
    let bucket = world.bucket("my-bucket", json!({}));
    world.upload(&bucket, "a", b"new");
    let old = [("x-bz-custom-upload-timestamp", "1500000000999")];
    let file = world.upload_with(&bucket, "a", b"old", &old).json();
    assert_eq!(file["uploadTimestamp"], json!(1_500_000_000_000_u64));
    assert_eq!(world.fetch("/file/my-bucket/a", &[]).body.as_ref(), b"new");
    let future = [("x-bz-custom-upload-timestamp", "1600000000001")];
    assert_eq!(world.upload_with(&bucket, "a", b"x", &future).code(), "bad_request");
}

#[test]
fn any_length_comes_back_as_it_was() {
    let (world, bucket) = world();
    for len in [0, 1, 1 << 20, (1 << 20) + 1, 3_000_000] {
        let data = bytes(7, len);
        world.upload(&bucket, "a", &data);
        assert!(world.fetch("/file/my-bucket/a", &[]).body == data, "{len}");
    }
}
