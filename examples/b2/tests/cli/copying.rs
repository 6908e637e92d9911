//! Copies on the server.

use crate::world::{World, assert_has, field};

fn world() -> World {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.ok("bucket create other-bucket allPrivate");
    world.write("a.txt", "twelve bytes");
    world.ok("file upload demo-bucket a.txt a.txt --content-type text/x --info a=b");
    world
}

#[test]
fn a_file_is_copied_by_name_and_by_id() {
    let world = world();
    let out = world.ok("file server-side-copy b2://demo-bucket/a.txt b2://other-bucket/b.txt");
    assert_eq!(
        (field(&out, "action"), field(&out, "contentType")),
        ("copy".into(), "text/x".into())
    );
    assert_has(&out, &["\"a\": \"b\""]);
    assert_eq!(world.ok("file cat b2://other-bucket/b.txt"), "twelve bytes");
    let id = field(&out, "fileId");
    let line = format!("file server_side_copy b2id://{id} b2://demo-bucket/c.txt --range 7,11");
    world.ok(&line);
    assert_eq!(world.ok("file cat b2://demo-bucket/c.txt"), "bytes");
    let said = world.b2(&format!("file copy-by-id {id} demo-bucket d.txt"));
    assert_has(
        &said.err,
        &["WARNING: `copy-by-id` command is deprecated. Use `file server-side-copy`"],
    );
    assert_eq!(world.ok("file cat b2://demo-bucket/d.txt"), "twelve bytes");
}

#[test]
fn metadata_is_replaced_together() {
    let world = world();
    let copy = "file server-side-copy b2://demo-bucket/a.txt b2://demo-bucket/b.txt";
    let out =
        world.ok(&format!("{copy} --content-type text/y --info x=y --cache-control no-store"));
    assert_has(&out, &["\"x\": \"y\"", "\"b2-cache-control\": \"no-store\"", "text/y"]);
    let out = world.ok(&format!("{copy} --content-type text/y --no-info"));
    assert_has(&out, &["\"fileInfo\": {}"]);
    for (options, words) in [
        ("--info x=y", "File info can be set only when content type is set"),
        ("--no-info", "File info can be set only when content type is set"),
        ("--expires never", "File info can be set only when content type is set"),
        ("--content-type text/y", "File info can be not set only when content type is not set"),
        ("--range 7", "the range must have 2 values: start,end"),
        ("--range 7,3", "ends before it begins"),
    ] {
        let said = world.b2(&format!("{copy} {options}"));
        assert_ne!(said.code, 0, "{options}");
        assert_has(&said.err, &[words]);
    }
}

#[test]
fn what_cannot_be_copied_is_told() {
    let world = world();
    let said = world.b2("file server-side-copy b2://demo-bucket/no b2://demo-bucket/b.txt");
    assert_has(&said.err, &["File not present: no"]);
    let said = world.b2("file server-side-copy b2://demo-bucket/a.txt b2id://4_z1");
    assert_has(&said.err, &["a copy goes to a name"]);
}

#[test]
fn a_copy_in_one_call_has_nothing_to_continue() {
    let world = world();
    let copy = "file server-side-copy b2://demo-bucket/a.txt b2://demo-bucket/b.txt";
    world.ok(&format!("{copy} --no-continue"));
    let said = world.b2(&format!("{copy} --continue-from 4_z1"));
    assert_eq!(said.code, 1);
    assert_has(&said.err, &["a file that is copied in one call cannot be continued"]);
    assert_eq!(world.b2(&format!("{copy} --continue-from 4_z1 --no-continue")).code, 2);
}

#[test]
fn keys_of_ones_own() {
    let mut world = world();
    let copy = "file server-side-copy b2://demo-bucket/a.txt b2://demo-bucket/b.txt \
                --destination-server-side-encryption SSE-C";
    assert_has(&world.b2(copy).err, &["via B2_DESTINATION_SSE_C_KEY_B64 env var"]);
    world.set("B2_DESTINATION_SSE_C_KEY_B64", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    world.set("B2_DESTINATION_SSE_C_KEY_ID", "mine");
    assert_has(&world.b2(copy).err, &["Use --fetch-metadata to fetch source file metadata"]);
    let out = world.ok(&format!("{copy} --fetch-metadata"));
    assert_has(&out, &["\"sse_c_key_id\": \"mine\"", "\"a\": \"b\""]);
    let back = "file server-side-copy b2://demo-bucket/b.txt b2://demo-bucket/c.txt \
                --source-server-side-encryption SSE-C";
    assert_has(&world.b2(back).err, &["via B2_SOURCE_SSE_C_KEY_B64 env var"]);
    world.set("B2_SOURCE_SSE_C_KEY_B64", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    world.set("B2_SOURCE_SSE_C_KEY_ID", "mine");
    world.ok(&format!("{back} --fetch-metadata"));
    assert_eq!(world.ok("file cat b2://demo-bucket/c.txt"), "twelve bytes");
}
