//! `sync` where something goes: what is deleted, hidden, asked about, and told before.

use crate::world::{World, assert_has};

/// A bucket with `copy/a`, `copy/b/c` and two versions of `copy/old`, which the folder lacks.
fn world() -> World {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/a", "a");
    world.write("src/b/c", "c");
    world.ok("sync src b2://demo-bucket/copy");
    for content in ["1", "2"] {
        world.write("old", content);
        assert_eq!(world.b2("file upload demo-bucket old copy/old").code, 0);
    }
    world
}

const TO: &str = "b2://demo-bucket/copy";

#[test]
fn what_is_gone_is_deleted_with_its_versions() {
    let world = world();
    assert_eq!(world.ok(&format!("sync src {TO}")), "", "nothing is deleted unasked");
    let want = "delete old (old version)\ndelete old \n";
    assert_eq!(world.ok(&format!("sync --delete --dry-run src {TO}")), want);
    assert_eq!(world.ok(&format!("sync --delete src {TO}")), want);
    assert_eq!(world.ok("ls -r --versions b2://demo-bucket"), "copy/a\ncopy/b/c\n");
    assert_eq!(world.ok(&format!("sync --delete src {TO}")), "");
}

#[test]
fn what_is_gone_is_hidden_while_days_are_kept() {
    let world = world();
    assert_eq!(world.ok(&format!("sync --keep-days 3 src {TO}")), "hide   old\n");
    assert_eq!(world.ok(&format!("sync --keep-days 3 src {TO}")), "");
    let down = world.fails(&format!("sync --keep-days 3 {TO} dst"));
    assert_has(&down, &["days can only be kept in a bucket"]);
}

#[test]
fn too_many_at_once_are_not_deleted() {
    let world = world();
    let said = world.b2(&format!("sync --delete --max-delete 0 src {TO}"));
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert_has(&said.err, &["1 name would vanish", "more than 0, so none does", "--max-delete 1"]);
    let shown = world.b2(&format!("sync --delete --max-delete 0 --dry-run src {TO}"));
    assert_has(&shown.out, &["delete old \n"]);
    assert_has(&shown.err, &["so without --dry-run none would, unless you allow it with"]);
    assert_has(&world.ok("ls b2://demo-bucket/copy"), &["copy/old"]);
    world.ok(&format!("sync --delete --max-delete 1 src {TO}"));
    assert_eq!(world.b2("sync --max-delete 101% src b2://demo-bucket").code, 2);
}

#[test]
fn a_folder_loses_files_and_then_folders() {
    let world = world();
    world.ok(&format!("sync {TO} dst"));
    world.write("dst/deep/er/x", "x");
    world.write("dst/b/d", "x");
    std::fs::create_dir(world.path("dst/empty")).expect("folder");
    let out = world.ok(&format!("sync --delete --threads 1 {TO} dst"));
    assert_eq!(out, "delete b/d\ndelete deep/er/x\n");
    // One that was empty before is nobody's.
    assert_eq!(world.names("dst"), ["a", "b", "empty", "old"]);
    assert_eq!(world.names("dst/b"), ["c"]);
}

#[test]
#[cfg(unix)]
fn nothing_is_deleted_behind_a_link() {
    let world = world();
    world.write("elsewhere/x", "x");
    world.ok(&format!("sync {TO} dst"));
    std::os::unix::fs::symlink(world.path("elsewhere"), world.path("dst/link")).expect("link");
    assert_eq!(world.ok(&format!("sync --delete {TO} dst")), "");
    assert_eq!(world.read("elsewhere/x"), b"x");
}

#[test]
fn what_is_left_out_is_protected() {
    let world = world();
    world.write("src/cache/x", "x");
    world.write("src/b/.b2ignore", "c\n");
    assert_eq!(world.ok(&format!("sync --exclude /cache --exclude-regex b/ src {TO}")), "");
    assert_eq!(
        world.ok(&format!(
            "sync --delete --exclude old --exclude /cache --exclude .b2ignore src {TO}"
        )),
        ""
    );
    let gone = world.ok(&format!(
        "sync --delete --delete-excluded --max-delete 100% --exclude /cache --ignore-files src {TO}"
    ));
    assert_has(&gone, &["delete b/c \n", "delete old \n", "upload b/.b2ignore\n"]);
    let why = world.ok(&format!("sync --ignore-files --explain b/c src {TO}"));
    assert_has(&why, &["b/c is left out: it matches the line 'c' of "]);
}

#[test]
fn buckets_are_brought_into_step() {
    let world = world();
    world.ok("bucket create other-bucket allPrivate");
    let to = "b2://other-bucket/x";
    assert_eq!(world.ok(&format!("sync --threads 1 {TO} {to}")), "copy a\ncopy b/c\ncopy old\n");
    assert_eq!(world.ok(&format!("sync {TO} {to}")), "");
    world.ok("rm b2://demo-bucket/copy/a");
    assert_eq!(world.ok(&format!("sync --delete {TO} {to}")), "delete a \n");
}

#[test]
fn renamed_files_are_copied() {
    let world = world();
    world.write("src/long", vec![7; 1_500_000]);
    world.ok(&format!("sync src {TO}"));
    std::fs::rename(world.path("src/long"), world.path("src/renamed")).expect("renamed");
    let out = world.ok(&format!("sync --delete --find-renames src {TO}"));
    assert_has(&out, &["copy renamed\n", "delete long \n"]);
    assert_eq!(world.ok(&format!("sync --delete src {TO}")), "");
}

#[test]
fn a_bucket_is_read_as_it_was() {
    let world = world();
    let rows = world.ok("ls --json --versions b2://demo-bucket/copy/old");
    let rows: serde_json::Value = serde_json::from_str(&rows).expect("JSON");
    let then_ms = rows[0]["uploadTimestamp"].as_u64().expect("a time");
    // The service's own times are whole seconds here.
    std::thread::sleep(core::time::Duration::from_millis(1_100));
    world.write("src/new", "x");
    world.write("src/old", "3");
    world.ok(&format!("sync src {TO}"));
    let out = world.ok(&format!("sync --threads 1 --as-of {then_ms} {TO} dst"));
    assert_eq!(out, "dnload a\ndnload b/c\ndnload old\n");
    assert_eq!(world.read("dst/old"), b"2");
    let up = world.fails(&format!("sync --as-of {then_ms} src {TO}"));
    assert_has(&up, &["only a bucket can be read as of a moment"]);
}

/// Also with keys of one's own.
#[test]
fn renamed_files_with_a_key_are_copied() {
    let mut world = world();
    world.set("B2_DESTINATION_SSE_C_KEY_B64", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    world.set("B2_DESTINATION_SSE_C_KEY_ID", "zero");
    world.write("src/long", vec![7; 1_500_000]);
    let line = format!("sync --destination-server-side-encryption SSE-C src {TO}");
    world.ok(&line);
    std::fs::rename(world.path("src/long"), world.path("src/renamed")).expect("renamed");
    let out = world.ok(&line.replace("sync", "sync --delete --find-renames"));
    assert_has(&out, &["copy renamed\n", "delete long \n"]);
    world.set("B2_SOURCE_SSE_C_KEY_B64", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    // Some files there have no key.
    let down = format!("sync --source-server-side-encryption SSE-C --threads 1 {TO} back");
    assert_eq!(world.ok(&down), "dnload a\ndnload b/c\ndnload renamed\n");
}

#[test]
fn what_is_uploaded_can_be_locked() {
    let world = World::embedded();
    world.ok("bucket create --file-lock-enabled demo-bucket allPrivate");
    world.write("src/a", "a");
    let locks = "--file-retention-mode governance --retain-until 4102444800 --legal-hold on";
    world.ok(&format!("sync {locks} src b2://demo-bucket"));
    let info = world.ok("file info b2://demo-bucket/a");
    assert_has(&info, &["\"mode\": \"governance\"", "4102444800000", "\"legalHold\": \"on\""]);
    let down = world.fails(&format!("sync {locks} b2://demo-bucket dst"));
    assert_has(&down, &["retention and legal holds cannot be set for a non-b2 sync destination"]);
    let half = world.fails("sync --file-retention-mode governance src b2://demo-bucket");
    assert_has(&half, &["provide either both --retain-until and --file-retention-mode"]);
}

/// Not by names alone.
#[test]
fn what_decides_about_a_file_is_explained() {
    let world = world();
    let modified = |name: &str, seconds| {
        let file = std::fs::File::options().write(true).open(world.path(name)).expect("file");
        let time = std::time::SystemTime::UNIX_EPOCH + core::time::Duration::from_secs(seconds);
        file.set_modified(time).expect("time");
    };
    modified("src/a", 2_000);
    world.write("src/.b.0.b2part", "x");
    let long = "x".repeat(251);
    world.write(&format!("src/{long}"), "");
    let up =
        |options: &str, path: &str| world.ok(&format!("sync {options} --explain {path} src {TO}"));
    assert_eq!(up("", "a"), "a takes part: no rule matches it\n");
    assert_eq!(up("--exclude-if-modified-after 2000", "a"), "a takes part: no rule matches it\n");
    assert_eq!(
        up("--exclude-if-modified-after 1999", "/a"),
        "a is left out: it was modified at 1970-01-01 00:33:20+00:00, after \
         --exclude-if-modified-after\n"
    );
    assert_eq!(up("", "b"), "b is left out: it is a folder\n");
    assert_eq!(up("", "b/none"), "b/none is left out: there is no such file\n");
    let part = ".b.0.b2part is left out: it is part of a download that did not end\n";
    assert_eq!(up("", ".b.0.b2part"), part);
    assert_has(&up("", &long), &["is left out: it cannot be stored under its name: ", "is kept\n"]);
    let line = up("--exclude a*", "a");
    assert_eq!(line, "a is left out: it matches the line 'a*'\n");
    // As somebody may write it.
    for path in ["./a", "src/a", "./src/a", "././a"] {
        assert_eq!(up("", path), "a takes part: no rule matches it\n", "{path}");
    }
    world.write("src/src/a", "x");
    assert_eq!(up("", "src/a"), "src/a takes part: no rule matches it\n");
    assert_eq!(up("", "src/gone"), "src/gone is left out: there is no such file\n");
    assert_eq!(up("", "src/b/c"), "b/c takes part: no rule matches it\n");
    for path in ["../old", &"x".repeat(256)] {
        let why = up("--delete", path);
        assert_has(&why, &[" is left out: no folder can have it: ", "has of it is kept\n"]);
    }
    for (options, goes) in [
        ("--delete", ", so --delete removes what the destination has of it"),
        ("--keep-days 3", ", so what the destination has of it is hidden, and removed in the end"),
    ] {
        let line = format!("old is left out: there is no such file{goes}\n");
        assert_eq!(up(options, "old"), line);
    }
}

#[cfg(unix)]
#[test]
fn links_on_the_way_to_a_file_are_explained() {
    let world = world();
    std::os::unix::fs::symlink("b", world.path("src/link")).expect("link");
    std::os::unix::fs::symlink("nowhere", world.path("src/broken")).expect("link");
    let up =
        |options: &str, path: &str| world.ok(&format!("sync {options} --explain {path} src {TO}"));
    assert_eq!(up("", "link/c"), "link/c takes part: no rule matches it\n");
    assert_eq!(
        up("--exclude-all-symlinks", "link/c"),
        "link/c is left out: the folder link is a symbolic link, and they are skipped\n"
    );
    assert_eq!(
        up("", "broken"),
        "broken is left out: it is a symbolic link that leads nowhere; what the destination has \
         there is kept\n"
    );
}

#[test]
fn what_decides_about_a_version_is_explained() {
    let world = world();
    let down =
        |options: &str, path: &str| world.ok(&format!("sync {options} --explain {path} {TO} dst"));
    assert_eq!(down("", "a"), "a takes part: no rule matches it\n");
    assert_eq!(down("", "none"), "none is left out: there is no such file\n");
    assert_has(
        &down("--exclude-if-uploaded-after 1", "a"),
        &["it was uploaded at ", "uploaded-after"],
    );
    assert_has(
        &down("--exclude-if-modified-after 1", "a"),
        &["it was modified at ", "modified-after"],
    );
    assert_has(&down("--as-of 1", "a"), &["it was uploaded at ", ", after --as-of\n"]);
    assert_has(&down("", "x/../y"), &["is left out: it cannot be stored in a folder: "]);
    assert_eq!(down("", &format!("{TO}/a")), "a takes part: no rule matches it\n");
    world.ok("file hide b2://demo-bucket/copy/a");
    assert_eq!(down("", "a"), "a is left out: it is hidden\n");
}

/// Few names are no reason not to ask: each may be a big one, on a disk that is not mounted.
#[test]
fn most_of_a_few_names_do_not_vanish_unasked() {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/README", "x");
    for number in 0..15 {
        world.write(&format!("src/disks/{number:02}"), "x");
    }
    world.ok(&format!("sync src {TO}"));
    std::fs::remove_dir_all(world.path("src/disks")).expect("removed");
    let said = world.b2(&format!("sync --delete src {TO}"));
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
    assert_has(&said.err, &["15 names would vanish", "more than 8", "--max-delete 15"]);
    let told = world.ok(&format!("sync --delete --max-delete 15 src {TO}"));
    assert_eq!(told.lines().count(), 15);
}
