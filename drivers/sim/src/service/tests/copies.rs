//! Copies of files and parts.

use serde_json::{Value, json};

use super::{World, bytes, merge, sha1, text};
use crate::config::Config;
use crate::service::SLICES_MAX;

fn copy(world: &World, source: &Value, extra: Value) -> crate::transport::Response {
    let mut request = json!({ "sourceFileId": source["fileId"], "fileName": "copy" });
    merge(&mut request, extra);
    world.call("b2_copy_file", request)
}

#[test]
fn a_copy_has_the_bytes_and_outlives_its_source() {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({}));
    let data = bytes(1, 5_000);
    let source = world.upload_with(&bucket, "a.txt", &data, &[("x-bz-info-k", "v")]).json();
    let whole = copy(&world.at(5_000), &source, json!({})).json();
    assert_eq!((&whole["action"], &whole["fileName"]), (&json!("copy"), &json!("copy")));
    assert_eq!(whole["uploadTimestamp"], json!(world.now_ms + 5_000));
    assert_eq!(
        (&whole["contentType"], &whole["fileInfo"]["k"]),
        (&json!("text/plain"), &json!("v"))
    );
    let part = copy(&world, &source, json!({ "fileName": "part", "range": "bytes=10-99" })).json();
    assert_eq!(part["contentSha1"], json!(sha1(&data[10..100])));
    let version = json!({ "fileName": "a.txt", "fileId": source["fileId"] });
    world.ok("b2_delete_file_version", version);
    assert_eq!(world.fetch("/file/my-bucket/copy", &[]).body, data);
    assert_eq!(world.fetch("/file/my-bucket/part", &[]).body, data[10..100]);
    let listed = world.rows("b2_list_file_names", json!({ "bucketId": bucket }));
    assert_eq!(listed, ["upload copy", "upload part"]);
}

#[test]
fn requests_are_checked() {
    let world = World::with(Config { single_len_max: 200, ..Config::default() });
    let bucket = world.bucket("my-bucket", json!({}));
    let source = world.upload(&bucket, "a", &bytes(1, 100));
    let typed = json!({ "contentType": "text/plain" });
    let replace = json!({ "metadataDirective": "REPLACE" });
    let refused = |extra: Value| {
        let response = copy(&world, &source, extra.clone());
        (response.status, response.code())
    };
    let expect = |status, code: &str| (status, code.to_owned());
    assert_eq!(refused(typed), expect(400, "bad_request"));
    assert_eq!(refused(replace), expect(400, "bad_request"));
    assert_eq!(refused(json!({ "range": "bytes=5-" })), expect(400, "bad_request"));
    assert_eq!(refused(json!({ "range": "bytes=5-100" })), expect(416, "range_not_satisfiable"));
    let nowhere = json!({ "destinationBucketId": "123456789012345678901234" });
    assert_eq!(refused(nowhere), expect(400, "bad_bucket_id"));
    assert_eq!(refused(json!({ "legalHold": "on" })), expect(400, "bucket_missing_file_lock"));
    let marker = world.ok("b2_hide_file", json!({ "bucketId": bucket, "fileName": "a" }));
    assert_eq!(copy(&world, &marker, json!({})).status, 404);
}

#[test]
fn a_large_source_is_hashed_or_refused_by_its_size() {
    let config = Config { single_len_max: 250, ..Config::default().with_small_limits() };
    let world = World::with(config);
    let bucket = world.bucket("my-bucket", json!({}));
    let file = world.start(&bucket, "big");
    let data = bytes(3, 300);
    let digests = [sha1(&data[..150]), sha1(&data[150..])];
    world.part(&file, 1, &data[..150]);
    world.part(&file, 2, &data[150..]);
    let source =
        world.ok("b2_finish_large_file", json!({ "fileId": file, "partSha1Array": digests }));
    let refused = copy(&world, &source, json!({}));
    assert_eq!(refused.code(), "source_too_large");
    assert_eq!(refused.json()["message"], json!("Copy source too big: 300"));
    let part = copy(&world, &source, json!({ "range": "bytes=100-299" })).json();
    assert_eq!(part["contentSha1"], json!(sha1(&data[100..])));
}

#[test]
fn parts_are_copied_into_large_files() {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({}));
    let data = bytes(4, 400);
    let source = world.upload(&bucket, "a", &data);
    let file = world.start(&bucket, "big");
    let mut digests = Vec::new();
    for (number, range) in [(1, "bytes=0-199"), (2, "bytes=100-399")] {
        let request = json!({
            "sourceFileId": source["fileId"], "largeFileId": file,
            "partNumber": number, "range": range,
        });
        digests.push(text(&world.ok("b2_copy_part", request)["contentSha1"]));
    }
    world.ok("b2_finish_large_file", json!({ "fileId": file, "partSha1Array": digests }));
    let expect = [&data[..200], &data[100..]].concat();
    assert_eq!(world.fetch("/file/my-bucket/big", &[]).body, expect);
}

/// A copy has the slices of its source, so copies of copies could have them without end.
#[test]
fn the_slices_of_a_file_are_bounded() {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({}));
    let mut source = world.upload(&bucket, "a", &bytes(1, 100));
    let copy_part = |source: &Value, file: &str, number: usize| {
        let request = json!({
            "sourceFileId": source["fileId"], "largeFileId": file, "partNumber": number,
        });
        world.call("b2_copy_part", request)
    };
    let mut slices = 1;
    for parts in [100, 100, 50] {
        let file = world.start(&bucket, "big");
        let mut digests = Vec::new();
        for number in 1..=parts {
            let part = copy_part(&source, &file, number);
            assert_eq!(part.status, 200, "{}", part.json());
            digests.push(part.json()["contentSha1"].clone());
        }
        slices *= parts;
        if slices == SLICES_MAX {
            let refused = copy_part(&source, &file, parts + 1);
            assert_eq!((refused.status, refused.code()), (400, "bad_request".to_owned()));
            let again = copy_part(&source, &file, parts);
            assert_eq!(again.status, 200, "what a part replaces does not count");
        }
        let finish = json!({ "fileId": file, "partSha1Array": digests });
        source = world.ok("b2_finish_large_file", finish);
    }
    assert_eq!((slices, &source["contentLength"]), (SLICES_MAX, &json!(50_000_000)));
}
