//! Downloads: who may, which bytes, which headers; encryption with a customer's key.

use http::Method;
use serde_json::json;

use super::{World, bytes, text};

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const KEY_MD5: &str = "cLyPS3KoaSFGi/joRB3OUQ==";
const OTHER_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

fn other_md5() -> String {
    b2_proto::sse::key_md5_base64(&[1; 32]).as_str().to_owned()
}

fn customer<'a>(key: &'a str, md5: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("x-bz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-bz-server-side-encryption-customer-key", key),
        ("x-bz-server-side-encryption-customer-key-md5", md5),
    ]
}

fn world() -> (World, String) {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({}));
    (world, bucket)
}

#[test]
fn headers_describe_the_file() {
    let (world, bucket) = world();
    let info = [
        ("x-bz-info-b2-cache-control", "max-age=5"),
        ("x-bz-info-b2-expires", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("x-bz-info-color", "light%20blue"),
    ];
    let file = world.upload_with(&bucket, "a%20b", b"abcdef", &info).json();
    let check = |response: crate::transport::Response, body: &[u8]| {
        assert_eq!(response.body, body);
        for (name, value) in [
            ("content-length", "6"),
            ("content-type", "application/octet-stream"),
            ("accept-ranges", "bytes"),
            ("x-bz-file-id", &text(&file["fileId"])),
            ("x-bz-file-name", "a%20b"),
            ("x-bz-content-sha1", &text(&file["contentSha1"])),
            ("x-bz-upload-timestamp", "1600000000000"),
            ("x-bz-info-color", "light%20blue"),
            ("cache-control", "max-age=5"),
            ("expires", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("date", "Sun, 13 Sep 2020 12:26:40 GMT"),
        ] {
            assert_eq!(response.headers[name], value);
        }
        assert!(!response.headers.contains_key("x-bz-info-b2-cache-control"));
        assert!(!response.headers.contains_key("etag"));
    };
    let by_id = format!("/b2api/v2/b2_download_file_by_id?fileId={}", text(&file["fileId"]));
    check(world.fetch("/file/my-bucket/a+b", &[]), b"abcdef");
    check(world.fetch(&by_id, &[]), b"abcdef");
    let auth = [("authorization", world.token.as_str())];
    check(world.send(Method::HEAD, "/file/my-bucket/a%20b", &auth, b""), b"");
    let posted = json!({ "fileId": file["fileId"] });
    check(world.call("b2_download_file_by_id", posted), b"abcdef");
    let head = world.send(Method::HEAD, "/file/my-bucket/none", &auth, b"");
    assert_eq!((head.status, head.body.len()), (404, 0));
}

#[test]
fn ranges_give_slices_of_the_file() {
    let (world, bucket) = world();
    let data = bytes(1, 1_000);
    world.upload(&bucket, "a", &data);
    let get = |range: &str| world.fetch("/file/my-bucket/a", &[("range", range)]);
    let some = get("bytes=10-19");
    assert_eq!((some.status, &some.body[..]), (206, &data[10..20]));
    assert_eq!(some.headers["content-range"], "bytes 10-19/1000");
    assert_eq!(get("bytes=990-5000").headers["content-range"], "bytes 990-999/1000");
    assert_eq!(get("bytes=-5").body, data[995..]);
    let beyond = get("bytes=1000-");
    assert_eq!((beyond.status, beyond.code().as_str()), (416, "range_not_satisfiable"));
    world.upload(&bucket, "a", b"");
    assert_eq!(get("bytes=0-0").status, 416);
}

#[test]
fn public_buckets_are_open_and_private_ones_are_not() {
    let (world, bucket) = world();
    world.upload(&bucket, "a", b"x");
    let open = world.bucket("open-bucket", json!({ "bucketType": "allPublic" }));
    world.upload(&open, "a", b"x");
    let get = |url: &str| world.send(Method::GET, url, &[], b"");
    assert_eq!(get("/file/my-bucket/a").code(), "unauthorized");
    assert_eq!(get("/file/open-bucket/a").status, 200);
    assert_eq!(get("/file/open-bucket/b").code(), "not_found");
    // Overrides need a token everywhere.
    let plain = "/file/open-bucket/a?b2ContentType=text/html";
    assert_eq!(get(plain).code(), "unauthorized");
    assert_eq!(world.fetch(plain, &[]).headers["content-type"], "text/html");
    let weak = world.with_key(&["listFiles"], json!({}));
    assert_eq!(weak.fetch("/file/my-bucket/a", &[]).code(), "unauthorized");
    assert_eq!(weak.fetch("/file/open-bucket/a", &[]).status, 200);
}

#[test]
fn a_download_authorization_opens_its_prefix_for_its_time() {
    let (world, bucket) = world();
    let file = world.upload(&bucket, "in/a", b"x");
    world.upload(&bucket, "out", b"x");
    let request = json!({
        "bucketId": bucket, "fileNamePrefix": "in/", "validDurationInSeconds": 60,
        "b2ContentDisposition": "attachment",
    });
    let grant = world.ok("b2_get_download_authorization", request);
    assert_eq!(grant.as_object().map(serde_json::Map::len), Some(3));
    let token = text(&grant["authorizationToken"]);
    let get =
        |world: &World, url: &str| world.send(Method::GET, url, &[("authorization", &token)], b"");
    let good = "/file/my-bucket/in/a?b2ContentDisposition=attachment";
    assert_eq!(get(&world, good).headers["content-disposition"], "attachment");
    let in_query = format!("{good}&Authorization={token}");
    assert_eq!(world.send(Method::GET, &in_query, &[], b"").status, 200);
    assert_eq!(get(&world, "/file/my-bucket/in/a").code(), "unauthorized");
    let more = format!("{good}&b2ContentType=text/plain");
    assert_eq!(get(&world, &more).code(), "unauthorized");
    let outside = "/file/my-bucket/out?b2ContentDisposition=attachment";
    assert_eq!(get(&world, outside).code(), "unauthorized");
    assert_eq!(get(&world.at(60_000), good).code(), "expired_auth_token");
    let by_id = format!("/b2api/v4/b2_download_file_by_id?fileId={}", text(&file["fileId"]));
    assert_eq!(get(&world, &by_id).code(), "unauthorized");
    for seconds in [0, 604_801] {
        let request = json!({
            "bucketId": bucket, "fileNamePrefix": "", "validDurationInSeconds": seconds,
        });
        assert_eq!(world.refused("b2_get_download_authorization", request).0, 400);
    }
}

/// They count as the file info that would set them (spec 4.3.4).
#[test]
fn headers_of_a_download_have_the_room_of_file_info() {
    let (world, bucket) = world();
    let other = world.bucket("locked-bucket", json!({ "fileLockEnabled": true }));
    let info = [("x-bz-info-color", "red"), ("x-bz-info-b2-cache-control", "no-store")];
    for (bucket, name, max) in [(&bucket, "my-bucket", 7_000), (&other, "locked-bucket", 2_048)] {
        assert_eq!(world.upload_with(bucket, "a", b"x", &info).status, 200);
        let lines = [
            "X-Bz-File-Name: a\r\n",
            "X-Bz-Info-color: red\r\n",
            "X-Bz-Info-b2-cache-control: \r\n",
            "X-Bz-Info-b2-content-language: pl\r\n",
        ];
        let room = max - lines.concat().len();
        let get = |len: usize| {
            let value = "x".repeat(len);
            let query = format!("b2CacheControl={value}&b2ContentLanguage=pl");
            world.fetch(&format!("/file/{name}/a?{query}"), &[])
        };
        assert_eq!(get(room).status, 200, "{name}");
        let refused = get(room + 1);
        assert_eq!((refused.status, refused.code().as_str()), (400, "metadata_exceeded"));
    }
}

/// Grammars of spec 4.3.5, at upload, for a download, and fixed for downloads of others.
#[test]
fn headers_of_downloads_have_a_grammar() {
    let (world, bucket) = world();
    let upload = |key: &str, value: &str| {
        let header = format!("x-bz-info-{key}");
        let value = b2_proto::name::encode(value);
        world.upload_with(&bucket, "a", b"x", &[(header.as_str(), value.as_str())]).status
    };
    world.upload(&bucket, "b", b"x");
    let get = |query: &str, value: &str| {
        let value = b2_proto::name::encode(value);
        world.fetch(&format!("/file/my-bucket/b?{query}={value}"), &[]).status
    };
    let fixed = |query: &str, value: &str| {
        let mut request = json!({
            "bucketId": bucket, "fileNamePrefix": "", "validDurationInSeconds": 60,
        });
        request[query] = json!(value);
        world.call("b2_get_download_authorization", request).status
    };
    const UTF_8: &str = "attachment; filename*=UTF-8''%C5%BC.txt";
    for (key, query, value, status) in [
        ("b2-content-disposition", "b2ContentDisposition", "attachment; filename=\"a b\"", 200),
        ("b2-content-disposition", "b2ContentDisposition", "===;;;", 400),
        ("b2-content-language", "b2ContentLanguage", "pl, en-GB", 200),
        ("b2-content-language", "b2ContentLanguage", "!!! ???", 400),
        ("b2-cache-control", "b2CacheControl", "max-age=60, no-store", 200),
        ("b2-cache-control", "b2CacheControl", "max-age=", 400),
        ("b2-content-encoding", "b2ContentEncoding", "gzip", 200),
        ("b2-content-encoding", "b2ContentEncoding", "g zip", 400),
    ] {
        let found = [upload(key, value), get(query, value), fixed(query, value)];
        assert_eq!(found, [status; 3], "{value}");
    }
    assert_eq!(get("b2ContentType", "text/html; charset=utf-8"), 200);
    assert_eq!([get("b2ContentType", "html"), fixed("b2ContentType", "html")], [400; 2]);
    // What others download may not have extended values (spec 3.15).
    let disposition = "b2ContentDisposition";
    let found = [upload("b2-content-disposition", UTF_8), get(disposition, UTF_8)];
    assert_eq!((found, fixed(disposition, UTF_8)), ([200; 2], 400));
}

#[test]
fn a_bucket_can_set_the_default_for_caching() {
    let world = World::new();
    let info = json!({ "bucketInfo": { "Cache-Control": "max-age=9" } });
    let bucket = world.bucket("my-bucket", info);
    world.upload(&bucket, "a", b"x");
    let get = |url: &str| world.fetch(url, &[]).headers["cache-control"].clone();
    assert_eq!(get("/file/my-bucket/a"), "max-age=9");
    assert_eq!(get("/file/my-bucket/a?b2CacheControl=no-store"), "no-store");
}

#[test]
fn customer_keys_are_asked_for_and_checked() {
    let (world, bucket) = world();
    let sent = world.upload_with(&bucket, "a", b"abc", &customer(KEY, KEY_MD5));
    assert_eq!(sent.json()["serverSideEncryption"]["mode"], json!("SSE-C"));
    assert_eq!(sent.json()["serverSideEncryption"]["customerKeyMd5"], json!(KEY_MD5));
    assert!(!sent.json().to_string().contains(KEY));
    let get = |headers: &[(&str, &str)]| world.fetch("/file/my-bucket/a", headers);
    let missing = get(&[]);
    assert_eq!((missing.status, missing.code().as_str()), (400, "bad_request"));
    let message = text(&missing.json()["message"]);
    assert!(message.starts_with("The object was stored using a form of Server Side Encryption."));
    let other = other_md5();
    assert_eq!(get(&customer(OTHER_KEY, &other)).code(), "access_denied");
    assert_eq!(get(&customer(KEY, &other)).code(), "bad_request");
    let good = get(&customer(KEY, KEY_MD5));
    assert_eq!(good.body.as_ref(), b"abc");
    let md5 = &good.headers["x-bz-server-side-encryption-customer-key-md5"];
    assert_eq!(md5, KEY_MD5);

    let file = sent.json()["fileId"].clone();
    let key = json!({
        "mode": "SSE-C", "algorithm": "AES256", "customerKey": KEY, "customerKeyMd5": KEY_MD5,
    });
    let copy = |extra| {
        let mut request = json!({ "sourceFileId": file, "fileName": "b" });
        super::merge(&mut request, extra);
        world.call("b2_copy_file", request)
    };
    assert_eq!(copy(json!({})).code(), "bad_request");
    assert_eq!(copy(json!({ "sourceServerSideEncryption": key })).status, 200);
    assert_eq!(world.fetch("/file/my-bucket/b", &[]).body.as_ref(), b"abc");

    let start = json!({
        "bucketId": bucket, "fileName": "c", "contentType": "text/plain",
        "serverSideEncryption": key,
    });
    let large = text(&world.ok("b2_start_large_file", start)["fileId"]);
    assert_eq!(world.part(&large, 1, b"x").code(), "bad_request");
}

#[test]
fn hidden_files_are_gone_by_name_and_there_by_id() {
    let (world, bucket) = world();
    let file = world.upload(&bucket, "a", b"x");
    let name = json!({ "bucketId": bucket, "fileName": "a" });
    let marker = world.at(1_000).ok("b2_hide_file", name.clone());
    assert_eq!(marker["contentMd5"], json!("d41d8cd98f00b204e9800998ecf8427e"));
    assert_eq!(marker["contentSha1"], json!("da39a3ee5e6b4b0d3255bfef95601890afd80709"));
    assert!(marker.get("fileRetention").is_none() && marker.get("legalHold").is_none());
    let again = world.refused("b2_hide_file", name.clone());
    assert_eq!(again, (400, "already_hidden".to_owned()));
    assert_eq!(world.fetch("/file/my-bucket/a", &[]).status, 404);
    let by_id = format!("/b2api/v1/b2_download_file_by_id?fileId={}", text(&file["fileId"]));
    assert_eq!(world.fetch(&by_id, &[]).status, 200);
    let version = json!({ "fileName": "a", "fileId": marker["fileId"] });
    world.ok("b2_delete_file_version", version.clone());
    assert_eq!(world.fetch("/file/my-bucket/a", &[]).status, 200);
    let gone = world.refused("b2_delete_file_version", version);
    assert_eq!(gone, (400, "file_not_present".to_owned()));
    let missing = json!({ "bucketId": bucket, "fileName": "b" });
    assert_eq!(world.refused("b2_hide_file", missing), (400, "no_such_file".to_owned()));
}
