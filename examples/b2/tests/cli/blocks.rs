//! Uploads by blocks, and what they would do.

use crate::world::{World, assert_has};

const COMMAND: &str = "file upload --by-blocks --no-progress demo-bucket disk disk";

/// Twelve megabytes without a pattern.
fn content() -> Vec<u8> {
    (0..3_000_000_u32).flat_map(|at| at.wrapping_mul(2_654_435_769).to_le_bytes()).collect()
}

#[test]
fn what_the_newest_version_has_is_copied_wherever_it_is() {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    let mut content = content();
    world.write("disk", &content);
    let said = world.b2(COMMAND);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    assert_has(&world.ok("ls b2://demo-bucket"), &["disk\n", "disk.b2blocks\n"]);

    content.insert(0, 7);
    world.write("disk", &content);
    let planned = world.b2(&format!("{COMMAND} --dry-run"));
    assert_eq!((planned.code, planned.err.as_str()), (0, ""), "{}", planned.out);
    // Start, two for a part, finish, two for the manifest and one for the old one's end; the old
    // one is fetched; three listings and a copy.
    let calls = ["calls of class A: 7\n", "calls of class B: 1\n", "calls of class C: 4\n"];
    assert_has(&planned.out, &calls);
    assert_has(&planned.out, &["parts: 2\n", "of these sent as a manifest: "]);
    let before = world.ok("ls --long --versions b2://demo-bucket");
    let manifest = before.lines().find(|line| line.ends_with("disk.b2blocks")).expect("a manifest");
    let len = manifest.split_whitespace().nth(4).expect("a length");
    let fetched = format!("bytes fetched: {len}\n");
    assert_has(&planned.out, &[&fetched, &format!("of these fetched as a manifest: {len}\n")]);

    let said = world.b2(COMMAND);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_has(&said.err, &["NOTE: ", " bytes of disk were copied from its newest version"]);
    assert_has(&said.out, &["large_file_sha1", "\"size\": 12000001"]);
    assert_eq!(before.lines().count(), 2, "a plan stores nothing: {before}");
    world.ok("file download --no-progress b2://demo-bucket/disk back");
    assert!(world.read("back") == content, "other bytes came back");
}

#[test]
fn why_all_is_sent_is_told() {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    world.write("disk", content());
    world.ok("file upload --no-progress demo-bucket disk disk");
    let mut changed = content();
    changed[5] ^= 1;
    world.write("disk", &changed);
    let said = world.b2(COMMAND);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_has(&said.err, &["NOTE: nothing is known of the blocks of disk: there is no manifest"]);
}

#[test]
fn a_stream_has_no_blocks_to_be_compared() {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    let said = world.b2_reading("file upload --by-blocks demo-bucket - disk", b"bytes");
    let expected = "ERROR: --by-blocks needs a regular file, which is read twice\n";
    assert_eq!((said.code, said.err.as_str()), (1, expected));
    let said = world.b2("file upload --dry-run demo-bucket disk disk");
    assert_ne!(said.code, 0, "a plan is of an upload by blocks");
}

#[test]
fn manifests_of_files_that_are_gone_can_be_deleted() {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    world.write("disk", content());
    world.ok(COMMAND);
    world.ok("file upload --by-blocks --no-progress demo-bucket disk kept");
    // Somebody's own file, and one that only seems to be a manifest.
    world.write("mine", b"mine");
    world.ok("file upload --no-progress demo-bucket mine notes.b2blocks");
    let kind = "--content-type application/x-b2-blocks";
    world.ok(&format!("file upload --no-progress {kind} demo-bucket mine odd.b2blocks"));
    let clean = "file manifests clean b2://demo-bucket";
    assert_has(&world.b2(clean).out, &["0 manifests with 0 bytes deleted"]);

    world.ok("file hide b2://demo-bucket/disk");
    assert_has(&world.b2(clean).out, &["0 manifests"]);
    world.ok("rm --versions --no-progress b2://demo-bucket/disk");
    let names = ["disk.b2blocks", "kept", "kept.b2blocks", "notes.b2blocks", "odd.b2blocks"];
    assert_eq!(world.ok("ls b2://demo-bucket").lines().collect::<Vec<_>>(), names);
    let planned = world.b2(&format!("{clean} --dry-run"));
    assert_has(&planned.out, &["disk.b2blocks\n1 manifests with ", " bytes would be deleted"]);
    let done = world.b2(clean);
    assert_has(&done.out, &["disk.b2blocks\n1 manifests with ", " bytes deleted"]);
    assert_has(&done.err, &["is left alone: it cannot be read as a manifest"]);
    assert_eq!(world.ok("ls b2://demo-bucket").lines().collect::<Vec<_>>(), names[1..]);
}

#[test]
fn a_sync_sends_only_what_is_new() {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    let mut content = content();
    world.write("src/disk", &content);
    world.write("src/short", "x");
    let sync = "sync --by-blocks --no-progress --delete src b2://demo-bucket";
    assert_has(&world.ok(sync), &["upload disk\n", "upload short\n"]);
    assert_eq!(world.ok(sync), "", "manifests take no part");
    content.insert(0, 7);
    world.write("src/disk", &content);
    let events = world.ok(&format!("{sync} --events ndjson"));
    let last = events.lines().last().expect("a summary");
    let summary: serde_json::Value = serde_json::from_str(last).expect("JSON");
    let sent = summary["bytesUp"].as_u64().expect("a number");
    assert!(sent < 6_000_000, "{sent} bytes were sent");
    assert_eq!(world.ok("ls --versions b2://demo-bucket"), "disk\ndisk.b2blocks\nshort\n");
    world.ok("file download --no-progress b2://demo-bucket/disk back");
    assert!(world.read("back") == content, "other bytes came back");
}
