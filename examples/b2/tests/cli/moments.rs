//! A bucket as of a moment: what was there, and copies of it.

use b2_sim::Config;
use b2_sim::server::ServerConfig;

use crate::world::{World, assert_has};

/// Versions uploaded at the seconds 1, 2 and 3 of 1970; the one of second 3 is hidden since.
fn world() -> World {
    let service = Config { custom_timestamps: true, ..Config::default() };
    let world = World::served_by(ServerConfig { service, ..ServerConfig::default() }, "[]");
    world.ok("bucket create demo-bucket allPrivate");
    for (name, content, ms) in [("a", "one", 1_000), ("b/x", "two", 2_000), ("a", "three", 3_000)] {
        world.write("file", content);
        let upload = format!("--custom-upload-timestamp {ms} --quiet demo-bucket file {name}");
        world.ok(&format!("file upload {upload}"));
    }
    world.ok("file hide b2://demo-bucket/a");
    world
}

#[test]
fn a_listing_shows_what_was_visible_then() {
    let world = world();
    for (line, want) in [
        ("b2://demo-bucket", "b/"),
        ("--as-of 0.9 b2://demo-bucket", ""),
        ("--as-of 1 b2://demo-bucket", "a"),
        ("--as-of 2 b2://demo-bucket", "a b/"),
        ("--as-of 2 -r b2://demo-bucket", "a b/x"),
        ("--as-of 2 b2://demo-bucket/a", "a"),
        ("--as-of 2 b2://demo-bucket/b", "b/x"),
        ("--as-of 1 b2://demo-bucket/b", ""),
        ("--as-of 3 -r --exclude b/* b2://demo-bucket", "a"),
        ("--as-of 4000000000 b2://demo-bucket", "b/"),
    ] {
        let listed = world.ok(&format!("ls {line}"));
        assert_eq!(listed.split_whitespace().collect::<Vec<_>>().join(" "), want, "{line}");
    }
    for (second, ms) in [(2, "1000"), (3, "3000")] {
        let json = world.ok(&format!("ls --json --as-of {second} b2://demo-bucket/a"));
        assert_has(&json, &[&format!("\"uploadTimestamp\": {ms}\n")]);
    }
    let json = world.ok("ls --json --as-of 2 b2://demo-bucket");
    assert_has(&json, &["\"fileName\": \"a\"", "\"fileName\": \"b/x\""]);
    assert_eq!(world.b2("ls --as-of 2 --versions b2://demo-bucket").code, 2);
    assert_has(&world.fails("ls --as-of 2"), &["Cannot use --as-of option without"]);
}

#[test]
fn a_copy_is_of_the_version_that_was_visible_then() {
    let world = world();
    let copy = |second: &str| {
        format!("file server-side-copy --as-of {second} b2://demo-bucket/a b2://demo-bucket/c")
    };
    for (second, content) in [("1", "one"), ("2.5", "one"), ("3", "three")] {
        world.ok(&copy(second));
        assert_eq!(world.ok("file cat b2://demo-bucket/c"), content, "{second}");
    }
    for second in ["0", "4000000000"] {
        assert_has(&world.fails(&copy(second)), &["File not present then: a"]);
    }
    let id = world.fails("file server-side-copy --as-of 1 b2id://4_z b2://demo-bucket/c");
    assert_has(&id, &["--as-of is about a name"]);
}

#[test]
fn a_sync_reads_what_was_visible_then() {
    let world = world();
    assert_eq!(
        world.ok("sync --threads 1 --as-of 2 b2://demo-bucket dst"),
        "dnload a\ndnload b/x\n"
    );
    assert_eq!(world.read("dst/a"), b"one");
    world.ok("bucket create other-bucket allPrivate");
    let copied = world.ok("sync --threads 1 --as-of 3 b2://demo-bucket b2://other-bucket");
    assert_eq!(copied, "copy a\ncopy b/x\n");
    assert_eq!(world.ok("file cat b2://other-bucket/a"), "three");
}
