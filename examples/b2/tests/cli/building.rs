//! Files that are built of local files and of ranges of stored ones.

use crate::world::{World, assert_has};

const TO: &str = "file build --no-progress b2://demo-bucket/made";

/// A bucket that has six million bytes of the local file `old`, and a short one beside it.
fn world() -> (World, Vec<u8>) {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    let old: Vec<u8> = (0..=250).cycle().take(6_000_000).collect();
    world.write("old", &old);
    world.write("new", "one line more\n");
    world.ok("file upload --no-progress demo-bucket old old");
    (world, old)
}

#[test]
fn a_plan_is_shown_and_carried_out() {
    let (world, mut content) = world();
    let what = format!("{TO} b2://demo-bucket/old new:4,7 new");
    let planned = world.ok(&format!("{what} --dry-run"));
    let lines = [
        "part 1: 6000000 bytes from 0 on, copied\npart 2: 18 bytes from 6000000 on, sent\n",
        "parts: 2\nbytes sent: 18\nbytes fetched: 0\nbytes copied: 6000000\n",
        // Start, finish, a URL and a part; a copied part.
        "calls of class A: 4\ncalls of class B: 0\ncalls of class C: 1\n",
    ];
    assert_has(&planned, &lines);
    assert!(!planned.contains("compared"), "{planned}");
    assert_eq!(world.ok("ls b2://demo-bucket"), "old\n", "a plan stores nothing");
    let said = world.b2(&what);
    assert_eq!(said.code, 0, "{}", said.err);
    let note = "NOTE: 6000000 bytes of made were copied, and 18 sent, 0 of them fetched\n";
    assert_eq!(said.err, note);
    world.ok("file download --no-progress b2://demo-bucket/made back");
    content.extend(b"lineone line more\n");
    assert!(world.read("back") == content, "other bytes came back");
}

#[test]
fn what_is_copied_and_not_compared_is_told() {
    let (world, _) = world();
    let rule = "--prioritize local_verification";
    let what = format!("{TO} {rule} b2://demo-bucket/old:0,5999999 10=old:10,109 new");
    let planned = world.ok(&format!("{what} --dry-run"));
    let lines =
        ["of these compared with local data: 0\nof these local as well and not compared: 100\n"];
    assert_has(&planned, &lines);
    let said = world.b2(&what);
    assert_eq!(said.code, 0, "{}", said.err);
    let note = "NOTE: 0 of the copied bytes were compared with local data, and 100 were not";
    assert_has(&said.err, &[note]);
    let all = world.b2(&format!("{TO} --verify-overlap b2://demo-bucket/old 0=old"));
    assert_eq!(all.code, 0, "{}", all.err);
    assert_has(&all.err, &["NOTE: 6000000 of the copied bytes were compared", "and 0 were not"]);
}

#[test]
fn what_is_no_file_or_not_there_is_told() {
    let (world, _) = world();
    for (sources, words) in [
        ("5=new", "no source has bytes 0 to 5"),
        ("new:10,99", "the source ends before the part of it that was asked for"),
        ("gone", "Invalid upload source"),
        ("b2://demo-bucket/gone", "File not present: gone"),
    ] {
        let said = world.b2(&format!("{TO} {sources}"));
        assert_eq!(said.code, 1, "{sources}");
        assert_has(&said.err, &[words]);
    }
    let sha1 = "0123456789012345678901234567890123456789";
    let said = world.b2(&format!("{TO} --sha1 {sha1} b2://demo-bucket/old"));
    assert_eq!(said.code, 1);
    assert_has(&said.err, &["another SHA-1"]);
    assert_eq!(world.ok("ls b2://demo-bucket"), "old\n");
}
