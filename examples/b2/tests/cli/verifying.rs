//! `verify`: what of a folder is proven to be in a bucket.

use std::fs;

use crate::world::{World, assert_has};

fn world() -> World {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/a", "alpha");
    world.write("src/b/c", "gamma");
    world.ok("sync src b2://demo-bucket/copy");
    world
}

const NOTHING_LOST: &str = "Nothing is known to be lost with the folder.\n";

#[test]
fn a_whole_copy_is_proven() {
    let world = world();
    let said = world.ok("verify src b2://demo-bucket/copy");
    let want = format!(
        "proven by SHA-1              a\nproven by SHA-1              b/c\n\
         2 proven (10 bytes), 0 by size and time only, 0 differ, 0 only here, \
         0 only in the bucket, 0 unknown. {NOTHING_LOST}"
    );
    assert_eq!(said, want);
    let quiet = world.ok("verify --quiet src b2://demo-bucket/copy/");
    assert_eq!(quiet.lines().count(), 1, "{quiet}");
    // Nothing was downloaded or changed.
    assert_eq!(world.ok("ls -r b2://demo-bucket"), "copy/a\ncopy/b/c\n");
}

#[test]
fn what_would_be_lost_is_told_and_the_exit_code_says_so() {
    let world = world();
    world.write("src/a", "ALPHA");
    world.write("src/b/c", "gamma and more");
    world.write("src/new", "only here");
    world.write("x", "");
    world.ok("file upload --quiet demo-bucket x copy/z");
    let said = world.b2("verify src b2://demo-bucket/copy");
    assert_eq!((said.code, said.err.as_str()), (3, ""));
    assert_has(
        &said.out,
        &[
            "differs in content           a\n",
            "differs in size              b/c\n",
            "only here                    new\n",
            "only in the bucket           z\n",
            "0 proven (0 bytes), 0 by size and time only, 2 differ, 1 only here, 1 only in the",
            "28 bytes would be lost with the folder.",
        ],
    );
    let json = world.b2("verify --json src b2://demo-bucket/copy");
    let lines: Vec<serde_json::Value> =
        json.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((json.code, lines.len()), (3, 5));
    assert_eq!((&lines[0]["verdict"], &lines[0]["by"]), (&"differs".into(), &"content".into()));
    assert_eq!((&lines[2]["name"], &lines[2]["lost"]), (&"new".into(), &true.into()));
    assert_eq!((&lines[4]["exitCode"], &lines[4]["summary"]["differs"]), (&3.into(), &2.into()));
}

#[test]
fn older_versions_count_when_they_are_asked_for() {
    let world = world();
    world.write("other", "elsewhere");
    world.ok("file upload --quiet demo-bucket other copy/a");
    world.ok("file hide b2://demo-bucket/copy/b/c");
    assert_eq!(world.b2("verify src b2://demo-bucket/copy").code, 3);
    let said = world.ok("verify --versions src b2://demo-bucket/copy");
    assert_has(&said, &["proven, in an older version  a\n", "proven, in an older version  b/c\n"]);
}

#[test]
fn filters_hold_for_both_sides() {
    let world = world();
    world.write("src/skip.tmp", "x");
    world.write("src/cache/x", "x");
    world.write("x", "");
    world.ok("file upload --quiet demo-bucket x copy/y.tmp");
    let options = ["--exclude *.tmp --exclude-dir-regex cache", "--exclude-regex .*tmp|cache"];
    for options in options {
        let said = world.ok(&format!("verify {options} src b2://demo-bucket/copy"));
        assert_has(&said, &["2 proven", "0 only here, 0 only in the bucket"]);
    }
    world.write("src/.b2ignore", "*.tmp\ncache/\n.b2ignore\n");
    world.ok("verify --ignore-files src b2://demo-bucket/copy");
}

#[test]
fn an_index_saves_reading_and_is_not_believed_blindly() {
    let world = world();
    let old = std::time::SystemTime::now() - core::time::Duration::from_secs(100);
    for name in ["src/a", "src/b/c"] {
        let file = fs::File::options().write(true).open(world.path(name)).expect("file");
        file.set_modified(old).expect("time");
    }
    let line = "verify --index digests src b2://demo-bucket/copy";
    assert_has(&world.ok(line), &["2 proven"]);
    assert!(world.path("digests").exists());
    assert_has(&world.ok(line), &["2 proven"]);
    world.write("src/a", "ALPHA");
    assert_eq!(world.b2(line).code, 3);
    world.write("digests", "something else");
    let said = world.b2(line);
    assert_eq!(said.code, 3);
    assert_has(&said.err, &["WARNING: the index is no file of this program"]);
    assert_eq!(world.read("digests"), b"something else");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_seen_is_unknown_and_what_is_no_file_is_left_out() {
    let world = world();
    std::os::unix::fs::symlink("nowhere", world.path("src/broken")).expect("link");
    let _socket = std::os::unix::net::UnixListener::bind(world.path("src/socket")).expect("socket");
    let said = world.b2("verify src b2://demo-bucket/copy");
    assert_eq!(said.code, 4);
    assert_has(
        &said.out,
        &[
            "unknown                      broken: is a symbolic link that leads nowhere",
            "1 unknown",
        ],
    );
}

#[test]
fn sides_that_cannot_be() {
    let world = world();
    assert_has(&world.fails("verify none b2://demo-bucket"), &["ERROR: no such folder: none\n"]);
    assert_has(&world.fails("verify src/a b2://demo-bucket"), &["src/a is not a directory\n"]);
    assert_has(&world.fails("verify src b2://no-such-bucket"), &["No such bucket"]);
    assert_has(&world.fails("verify src b2id://4_z1"), &["name a bucket"]);
    let regex = world.b2("verify --exclude-regex ( src b2://demo-bucket");
    assert_eq!(regex.code, 1);
    assert_has(&regex.err, &["ERROR: exclude_file_regexes has '('"]);
    assert_eq!(world.b2("verify src").code, 2);
}
