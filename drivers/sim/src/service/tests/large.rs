//! Large files from start to finish.

use serde_json::{Value, json};

use super::{World, bytes, sha1, text};

fn world() -> (World, String, String) {
    let world = World::new();
    let bucket = world.bucket("my-bucket", json!({}));
    let file = world.start(&bucket, "big");
    (world, bucket, file)
}

fn finish(world: &World, file: &str, digests: &[String]) -> (u16, Value) {
    let request = json!({ "fileId": file, "partSha1Array": digests });
    let response = world.call("b2_finish_large_file", request);
    (response.status, response.json())
}

#[test]
fn parts_in_any_order_make_the_file() {
    let (world, bucket, file) = world();
    let parts = [bytes(1, 150), bytes(2, 100), bytes(3, 1)];
    for index in [2, 0, 1] {
        let shown = world.part(&file, index + 1, &parts[index as usize]).json();
        assert_eq!(shown["partNumber"], json!(index + 1));
        assert_eq!(shown["contentSha1"], json!(sha1(&parts[index as usize])));
    }
    let versions = || world.rows("b2_list_file_versions", json!({ "bucketId": bucket }));
    assert_eq!(versions(), ["start big"]);
    assert_eq!(world.fetch("/file/my-bucket/big", &[]).status, 404);
    let digests = parts.clone().map(|part| sha1(&part));
    let (status, done) = finish(&world.at(60_000), &file, &digests);
    assert_eq!(status, 200);
    assert_eq!((&done["contentSha1"], &done["contentMd5"]), (&json!("none"), &Value::Null));
    assert_eq!((&done["fileId"], &done["action"]), (&json!(file), &json!("upload")));
    assert_eq!(done["uploadTimestamp"], json!(world.now_ms));
    let whole = world.fetch("/file/my-bucket/big", &[]);
    assert_eq!(whole.body, parts.concat());
    assert_eq!(whole.headers["x-bz-content-sha1"], "none");
    let middle = world.fetch("/file/my-bucket/big", &[("range", "bytes=140-250")]);
    assert_eq!(middle.body, parts.concat()[140..=250]);
    assert_eq!(versions(), ["upload big"]);
    let again = finish(&world, &file, &digests).1;
    assert_eq!(again["message"], json!(format!("No active upload for: {file}")));
}

#[test]
fn finish_checks_the_parts() {
    let (world, _, file) = world();
    let (small, good) = (bytes(1, 99), bytes(2, 100));
    world.part(&file, 1, &small);
    world.part(&file, 2, &good);
    let check = |digests: &[String], code: &str, message: &str| {
        let (status, error) = finish(&world, &file, digests);
        assert_eq!((status, &error["code"]), (400, &json!(code)));
        assert!(text(&error["message"]).contains(message), "{error}");
    };
    let (small, good) = (sha1(&small), sha1(&good));
    check(core::slice::from_ref(&small), "bad_request", "large files must have at least 2 parts");
    check(&[small.clone(), good.clone()], "bad_request", "Part number 1 is smaller than 100 bytes");
    check(&[good.clone(), good.clone()], "part_sha1_mismatch", "");
    world.part(&file, 1, &bytes(2, 100));
    check(&[good.clone(), good.clone(), good.clone()], "missing_part", "");
    check(&vec![good.clone(); 10_001], "bad_request", "10000");
    assert_eq!(finish(&world, &file, &[good.clone(), good]).0, 200);
}

#[test]
fn part_numbers_are_checked_and_replace_each_other() {
    let (world, _, file) = world();
    for (number, status) in [(0, 400), (1, 200), (1, 200), (10_000, 200), (10_001, 400)] {
        assert_eq!(world.part(&file, number, b"x").status, status, "{number}");
    }
    let page = world.ok("b2_list_parts", json!({ "fileId": file, "maxPartCount": 1 }));
    assert_eq!(page["nextPartNumber"], json!(10_000));
    let rest = world.ok("b2_list_parts", json!({ "fileId": file, "startPartNumber": 2 }));
    assert_eq!(rest["parts"][0]["partNumber"], json!(10_000));
    assert_eq!(rest["nextPartNumber"], Value::Null);
    let over = json!({ "fileId": file, "maxPartCount": 1001 });
    assert_eq!(world.refused("b2_list_parts", over), (400, "out_of_range".to_owned()));
}

#[test]
fn part_times_are_exact_at_first_and_rounded_in_lists() {
    let (world, _, file) = world();
    let shown = world.at(1_234).part(&file, 1, b"x").json();
    assert_eq!(shown["uploadTimestamp"], json!(world.now_ms + 1_234));
    let page = world.ok("b2_list_parts", json!({ "fileId": file }));
    assert_eq!(page["parts"][0]["uploadTimestamp"], json!(world.now_ms + 1_000));
}

#[test]
fn cancel_removes_everything() {
    let (world, bucket, file) = world();
    world.part(&file, 1, b"x");
    let gone = world.ok("b2_cancel_large_file", json!({ "fileId": file }));
    let expect = json!({
        "accountId": world.account, "bucketId": bucket, "fileId": file, "fileName": "big",
    });
    assert_eq!(gone, expect);
    for op in ["b2_cancel_large_file", "b2_list_parts", "b2_get_upload_part_url"] {
        let refused = world.refused(op, json!({ "fileId": file }));
        assert_eq!(refused, (400, "bad_request".to_owned()), "{op}");
    }
    let stored = world.transport.host().with_service(|s| s.state().stored_bytes).expect("store");
    assert_eq!(stored, 0);
}

#[test]
fn unfinished_files_are_listed_by_start() {
    let (world, bucket, _) = world();
    world.at(1_000).start(&bucket, "a");
    world.at(2_000).start(&bucket, "c");
    let page = world
        .ok("b2_list_unfinished_large_files", json!({ "bucketId": bucket, "maxFileCount": 2 }));
    assert_eq!(super::rows(&page), ["start big", "start a"]);
    assert_eq!(page["nextFileName"], Value::Null);
    let next = json!({ "bucketId": bucket, "startFileId": page["nextFileId"] });
    assert_eq!(world.rows("b2_list_unfinished_large_files", next), ["start c"]);
    let prefix = json!({ "bucketId": bucket, "namePrefix": "b" });
    assert_eq!(world.rows("b2_list_unfinished_large_files", prefix), ["start big"]);
    let over = json!({ "bucketId": bucket, "maxFileCount": 101 });
    let refused = world.refused("b2_list_unfinished_large_files", over);
    assert_eq!(refused, (400, "out_of_range".to_owned()));
}
