//! `sync`, file by file: what is copied, what is left alone, and whose trouble is whose.

use core::time::Duration;
use std::time::SystemTime;

use std::process::Stdio;

use crate::world::{World, assert_has, assert_names, wait_for};

fn age(world: &World, name: &str, seconds: u64) {
    let file = std::fs::File::options().write(true).open(world.path(name)).expect("file");
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).expect("time");
}

fn world() -> World {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/a", "a");
    world.write("src/b/c", "c");
    age(&world, "src/a", 1_000);
    world.ok("sync src b2://demo-bucket/copy");
    world
}

#[test]
fn changes_are_found_by_time_size_or_not_at_all() {
    let world = world();
    assert_eq!(world.ok("ls -r b2://demo-bucket"), "copy/a\ncopy/b/c\n");
    world.write("src/a", "longer");
    age(&world, "src/a", 1_000);
    let to = "b2://demo-bucket/copy";
    assert_eq!(world.ok(&format!("sync --compare-versions none src {to}")), "");
    assert_eq!(world.ok(&format!("sync --dry-run src {to}")), "upload a\n");
    assert_eq!(world.ok(&format!("sync src {to}")), "upload a\n");
    age(&world, "src/a", 2_000);
    assert_eq!(world.ok(&format!("sync --compare-versions size src {to}")), "");
    assert_eq!(world.ok(&format!("sync src {to}")), "upload a\n");
    assert_eq!(world.ok(&format!("sync src {to}")), "");
    assert_eq!(world.ok("ls --versions b2://demo-bucket/copy/a"), "copy/a\ncopy/a\ncopy/a\n");
}

#[test]
fn contents_are_compared_by_their_sha1() {
    let world = world();
    let to = "b2://demo-bucket/copy";
    age(&world, "src/a", 9_000);
    assert_eq!(world.ok(&format!("sync --compare-versions sha1 src {to}")), "");
    world.write("src/a", "b");
    age(&world, "src/a", 1_000);
    assert_eq!(world.ok(&format!("sync src {to}")), "", "same time and size");
    assert_eq!(world.ok(&format!("sync --compare-versions sha1 src {to}")), "upload a\n");
    world.ok(&format!("sync {to} dst"));
    age(&world, "dst/a", 500);
    assert_eq!(world.ok(&format!("sync --compare-versions sha1 {to} dst")), "");
    world.write("dst/a", "c");
    age(&world, "dst/a", 500);
    assert_eq!(world.ok(&format!("sync --compare-versions sha1 {to} dst")), "dnload a\n");
}

#[test]
fn an_index_keeps_digests_and_is_not_believed_blindly() {
    let world = world();
    let line = "sync --compare-versions sha1 --index digests src b2://demo-bucket/copy";
    age(&world, "src/a", 9_000);
    assert_eq!(world.ok(line), "");
    assert!(world.path("digests").exists());
    assert_eq!(world.ok(line), "");
    world.write("src/a", "b");
    assert_eq!(world.ok(line), "upload a\n");
    world.write("digests", "something else");
    let said = world.b2(line);
    assert_eq!((said.code, said.out.as_str()), (0, ""));
    assert_has(&said.err, &["WARNING: the index is no file of this program"]);
    assert_eq!(world.read("digests"), b"something else");
}

#[test]
fn a_newer_destination_is_that_files_trouble_alone() {
    let world = world();
    age(&world, "src/a", 500);
    world.write("src/new", "x");
    let said = world.b2("sync src b2://demo-bucket/copy");
    assert_eq!((said.code, said.out.as_str()), (1, "upload new\n"));
    assert_has(
        &said.err,
        &[
            "source file is older than destination: local://a with a time of 500000 cannot be",
            " synced to b2://a with a time of 1000000",
            "ERROR: Incomplete sync: sync is incomplete (1 failed, 1 copied)",
        ],
    );
    assert_eq!(world.ok("sync --skip-newer src b2://demo-bucket/copy"), "");
    assert_eq!(world.ok("sync --replace-newer src b2://demo-bucket/copy"), "upload a\n");
}

#[test]
fn names_that_lead_elsewhere_are_not_written() {
    let world = world();
    world.write("x", "bad");
    for name in ["copy/z/..\\..\\escape", "copy/deep/a"] {
        assert_eq!(world.b2_with(&["file", "upload", "demo-bucket", "x", name]).code, 0, "{name}");
    }
    // A link in the destination leads out of it.
    std::fs::create_dir_all(world.path("dst")).expect("folder");
    std::fs::create_dir_all(world.path("outside")).expect("folder");
    #[cfg(unix)]
    std::os::unix::fs::symlink(world.path("outside"), world.path("dst/deep")).expect("link");
    let said = world.b2("sync b2://demo-bucket/copy dst");
    assert_eq!(said.code, 1);
    let relative = "File names containing relative path components are not supported: ";
    assert_has(&said.err, &[&format!("ERROR: {relative}z/..\\..\\escape\n")]);
    #[cfg(unix)]
    {
        assert_has(&said.err, &["deep/a is not downloaded: deep is a symbolic link"]);
        assert_names(&world, "outside", &[]);
    }
    assert_eq!(world.read("dst/a"), b"a");
    assert_eq!(world.read("dst/b/c"), b"c");
    assert!(!world.path("escape").exists());
}

#[test]
fn a_file_in_the_place_of_a_folder_is_that_files_trouble() {
    let world = world();
    world.write("dst/b", "in the way");
    let said = world.b2("sync b2://demo-bucket/copy dst");
    assert_eq!(said.code, 1);
    let line = "needs a folder where there is a file";
    assert_has(&said.out, &["dnload a\n", "b2_download(copy/b/c, ", line]);
    assert_eq!(world.read("dst/b"), b"in the way");
    // A local file goes last, so its place is free for the next run.
    let deleting = "sync --delete b2://demo-bucket/copy dst";
    let said = world.b2(deleting);
    assert_eq!(said.code, 1);
    assert_has(&said.out, &[line, "run it again", "delete b\n"]);
    assert_eq!(world.ok(deleting), "dnload b/c\n");
}

/// What a name takes the place of goes last, so the file has to wait for the next run.
#[test]
fn a_folder_in_the_place_of_a_file_is_told_and_gone_the_next_time() {
    let world = world();
    world.write("src/a", "a file");
    world.write("dst/a/b", "in a folder");
    world.ok("sync src b2://demo-bucket/way");
    let line = "sync --delete --max-delete 1 b2://demo-bucket/way dst";
    let said = world.b2(line);
    assert_eq!(said.code, 1);
    assert_has(&said.out, &["a folder has that name", "run it again"]);
    world.ok(line);
    assert_eq!(world.read("dst/a"), b"a file");
}

/// Lanes make the folders of one another's files.
#[test]
fn many_new_folders_are_made_by_several_lanes() {
    let world = world();
    for (folder, file) in (0..20).flat_map(|folder| (0..3).map(move |file| (folder, file))) {
        world.write(&format!("many/{folder}/{file}"), "x");
    }
    world.ok("sync many b2://demo-bucket/many");
    for run in 0..8 {
        world.ok(&format!("sync b2://demo-bucket/many new/{run}"));
    }
}

#[test]
fn what_cannot_be_uploaded_is_told() {
    let world = world();
    let long = "x".repeat(251);
    world.write(&format!("src/{long}"), "");
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", world.path("src/broken")).expect("link");
    let said = world.b2("sync src b2://demo-bucket/copy");
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert_has(&said.err, &["WARNING: src/x", "segment too long"]);
    #[cfg(unix)]
    assert_has(&said.err, &["WARNING: src/broken could not be accessed (broken symlink?)\n"]);
}

/// Whoever leaves something out has settled it.
#[cfg(unix)]
#[test]
fn what_is_left_out_is_not_warned_of() {
    let world = world();
    let _socket = std::os::unix::net::UnixListener::bind(world.path("src/sock")).expect("bound");
    world.write("src/.x.0.b2part", "");
    let line = "sync src b2://demo-bucket/copy";
    let said = world.b2(line);
    assert_eq!((said.code, said.err.lines().count()), (0, 2), "{}", said.err);
    let line = "sync --exclude sock --exclude *.b2part --summary src b2://demo-bucket/copy";
    let said = world.b2(line);
    assert_eq!((said.code, said.err.contains("WARNING")), (0, false), "{}", said.err);
    assert_has(&said.err, &["2 left out"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_or_skipped_in_silence() {
    use std::os::unix::fs::symlink;
    let world = world();
    for (to, name) in [("nowhere", "broken"), (".", "loop"), ("a", "to-a"), ("self", "self")] {
        symlink(to, world.path("src").join(name)).expect("link");
    }
    let line = "sync --exclude-all-symlinks src b2://demo-bucket/copy";
    assert_eq!(world.ok(line), "");
    let said = world.b2("sync src b2://demo-bucket/copy");
    assert_eq!((said.code, said.out.as_str()), (1, "upload to-a\n"));
    assert_has(
        &said.err,
        &[
            "WARNING: src/broken could not be accessed (broken symlink?)\n",
            "WARNING: src/loop is a circular symlink, which was already visited. Skipping.\n",
            "WARNING: src/self could not be accessed",
        ],
    );
    // What a link stood for is protected, as whatever is left out.
    assert_eq!(world.ok(&line.replace("sync", "sync --delete")), "");
}

/// One number is for all, or each has its own.
#[test]
fn numbers_of_threads_do_not_contradict_each_other() {
    let world = world();
    let line = |options: &str| format!("sync {options} src b2://demo-bucket/copy");
    for own in ["--sync-threads 3", "--upload-threads 3", "--download-threads 3"] {
        let said = world.b2(&line(&format!("--threads 5 {own}")));
        assert_eq!((said.code, said.out.as_str()), (1, ""));
        assert_eq!(said.err, "ValueError: --threads cannot be used with other thread options\n");
        assert_eq!(world.ok(&line(own)), "");
    }
    // The same as without it.
    assert_eq!(world.ok(&line("--threads 5 --upload-threads 10")), "");
}

/// In the words that scripts look for.
#[test]
fn what_the_service_refuses_is_told_as_the_reference_does() {
    let refused = r#"{"op": "b2_upload_file", "nth": 1, "status": 400}"#;
    let mut world = World::served(&format!("[{refused}]"));
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/a", "x");
    let said = world.b2("sync src b2://demo-bucket");
    assert_has(&said.out, &["b2_upload(src/a, a, ", "): BadRequest() "]);
    assert_has(&said.err, &["b2sdk._internal.exception.BadRequest: ", " (bad_request)\n"]);
    world.set("B2_DESTINATION_SSE_C_KEY_B64", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    world.set("B2_DESTINATION_SSE_C_KEY_ID", "zero");
    world.ok("sync --destination-server-side-encryption SSE-C src b2://demo-bucket");
    for line in ["sync b2://demo-bucket dst", "sync b2://demo-bucket b2://demo-bucket-2"] {
        world.b2("bucket create demo-bucket-2 allPrivate");
        let said = world.b2(line);
        assert_eq!(said.code, 1, "{line}");
        assert_has(
            &said.err,
            &[
                "b2sdk._internal.exception.BadRequest: The object was stored using a form of \
                 Server Side Encryption. The correct parameters must be provided to retrieve the \
                 object. (bad_request)\n",
                "ERROR: Incomplete sync: sync is incomplete",
            ],
        );
    }
}

#[test]
fn a_failure_is_told_at_once() {
    let refused = r#"{"op": "b2_upload_file", "nth": 1, "status": 400}"#;
    let slow = r#"{"op": "b2_upload_file", "nth": 2, "latencyMs": 60000}"#;
    let world = World::served(&format!("[{refused}, {slow}]"));
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/a", "x");
    world.write("src/b", "x");
    let out = std::fs::File::create(world.path("out")).expect("file");
    let mut command = world.command("sync src b2://demo-bucket");
    let mut child = command.stdout(out).stderr(Stdio::null()).spawn().expect("program");
    let is_told = || String::from_utf8_lossy(&world.read("out")).contains("BadRequest");
    // The other upload takes longer than anybody waits here.
    wait_for("the line about the failure", is_told);
    child.kill().expect("killed");
    child.wait().expect("ended");
}

/// A local name may have them; each warning is one line all the same.
#[cfg(unix)]
#[test]
fn ends_of_lines_in_names_end_no_line() {
    let world = world();
    world.write("src/one\ntwo\u{1b}[31m", "x");
    let said = world.b2("sync src b2://demo-bucket/copy");
    assert_eq!((said.code, said.err.lines().count()), (1, 1), "{}", said.err);
    assert_has(&said.err, &["WARNING: src/one\\x0atwo\\x1b[31m path contains invalid name"]);
    let said = world.b2("verify src b2://demo-bucket/copy");
    assert_has(&said.out, &["one\\x0atwo"]);
}

#[test]
fn sides_that_cannot_be() {
    let world = world();
    for place in ["s3://demo-bucket", "B2://demo-bucket", "b2:/demo-bucket"] {
        for line in [format!("sync {place} b2://demo-bucket"), format!("sync src {place}")] {
            assert_has(&world.fails(&line), &["is neither a folder nor b2://bucket/path"]);
        }
        assert!(!world.names(".").contains(&"s3:".to_owned()));
    }
    world.ok("sync b2://demo-bucket/copy ./s3:/x");
    assert_names(&world, "s3:/x", &["a", "b"]);
    assert_eq!(world.ok("sync s3:/x b2://demo-bucket/copy"), "");
    assert_has(&world.fails("sync src dst"), &["Sync between two local folders is not supported"]);
    let both = world.fails("sync b2://demo-bucket b2://demo-bucket/x");
    assert_has(&both, &["ERROR: ", "one is in the other"]);
    assert_has(&world.fails("sync none b2://demo-bucket"), &["no such folder: none"]);
    assert!(!world.path("none").exists());
    assert_has(&world.fails("sync x//y b2://b//c"), &["'//' not allowed in path b2://b//c"]);
    std::fs::create_dir(world.path("empty")).expect("folder");
    let empty = world.fails("sync empty b2://demo-bucket");
    assert_has(
        &empty,
        &["ERROR: Directory empty is empty.  Use --allow-empty-source to sync anyway."],
    );
    assert_eq!(world.ok("sync --allow-empty-source empty b2://demo-bucket"), "");
    for options in ["--exclude a --exclude b/c", "--exclude * --allow-empty-source"] {
        let line = format!("sync --delete {options} src b2://demo-bucket/copy");
        if options.contains("--allow") {
            assert_eq!(world.ok(&line), "", "what is left out is protected");
        } else {
            let want = "no file in src takes part (2 left out, 0 skipped), so nothing was done";
            assert_has(&world.fails(&line), &[want, "--allow-empty-source"]);
        }
    }
}

#[test]
fn a_dry_run_changes_nothing() {
    let world = world();
    assert_eq!(world.ok("sync --dry-run b2://demo-bucket/copy dst"), "dnload a\ndnload b/c\n");
    assert!(!world.path("dst").exists());
}

#[test]
fn a_service_that_goes_away_is_not_asked_for_every_file() {
    let mut world = World::served(r#"[{"op": "b2_upload_file", "refuse": true}]"#);
    world.set("B2_MAX_ATTEMPTS", "1");
    world.ok("bucket create demo-bucket allPrivate");
    for number in 0..200 {
        world.write(&format!("src/{number:03}"), "x");
    }
    let said = world.b2("sync --threads 1 src b2://demo-bucket");
    assert_eq!(said.code, 1);
    assert_has(&said.err, &["the service cannot be reached any more", "0 were copied"]);
    assert!(said.out.lines().count() < 30, "{}", said.out);
}

/// As for `b2 sync … | head -1`, whose exit code somebody may look at.
#[test]
fn a_reader_that_goes_away_makes_it_no_success() {
    let world = world();
    world.write("src/new", "x");
    for (line, code) in [
        ("sync --dry-run src b2://demo-bucket/copy", 0),
        ("sync src b2://demo-bucket/copy", 1),
        ("sync --events ndjson src b2://demo-bucket/copy", 1),
        ("rm -r --dry-run b2://demo-bucket", 0),
        ("ls -r b2://demo-bucket", 0),
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let said = world.command(line).stdout(writer).output().expect("program");
        let told = String::from_utf8_lossy(&said.stderr);
        assert_eq!(said.status.code(), Some(code), "{line}: {told}");
        assert_eq!(told.contains("nobody reads the output any more"), code == 1, "{line}: {told}");
    }
}

#[test]
fn what_a_broken_download_left_is_not_uploaded() {
    let world = world();
    world.write("src/.b.0.b2part", "half of it");
    let said = world.b2("sync src b2://demo-bucket/copy");
    assert_eq!((said.code, said.out.as_str()), (0, ""));
    assert_has(&said.err, &[".b.0.b2part is part of a download that did not end"]);
}

/// Scripts of the reference give them.
#[test]
fn options_about_buffers_and_streams_are_taken() {
    let world = world();
    let options = "--write-buffer-size 65536 --skip-hash-verification \
                   --max-download-streams-per-file 2";
    let line = format!("sync --threads 1 {options} b2://demo-bucket/copy dst");
    assert_eq!(world.ok(&line), "dnload a\ndnload b/c\n");
    assert_eq!(world.ok(&format!("sync {options} dst b2://demo-bucket/copy")), "");
    let report = world.ok(&format!("file download {options} b2://demo-bucket/copy/a back"));
    assert_has(&report, &["Checksum matches"]);
    let cat = "file cat --write-buffer-size 65536 --skip-hash-verification";
    assert_eq!(world.ok(&format!("{cat} b2://demo-bucket/copy/a")), "a");
}

#[test]
fn renames_are_not_looked_for_where_nothing_vanishes() {
    let world = world();
    let line = "sync --find-renames src b2://demo-bucket/copy";
    assert_has(&world.fails(line), &["keeps all names"]);
    assert_eq!(world.ok(&line.replace("src", "--delete src")), "");
}

/// Whatever share that is of them.
#[test]
fn no_more_names_vanish_than_somebody_says() {
    let world = world();
    std::fs::remove_file(world.path("src/a")).expect("removed");
    for limit in ["0%", "49%", "0"] {
        let line = format!("sync --delete --max-delete {limit} src b2://demo-bucket/copy");
        assert_has(&world.fails(&line), &["1 name would vanish", "more than 0"]);
    }
    assert_eq!(world.ok("sync --delete src b2://demo-bucket/copy"), "delete a \n");
}

#[test]
fn days_can_be_parts_of_days() {
    let world = world();
    std::fs::remove_file(world.path("src/a")).expect("removed");
    let line = |days: &str| format!("sync --dry-run --keep-days {days} src b2://demo-bucket/copy");
    assert_eq!(world.ok(&line("0.5")), "hide   a\n");
    assert_eq!(world.ok(&line("1")), "hide   a\n");
    assert_eq!(world.ok(&line("0")), "");
    for bad in ["-1", "x", "1e3", "0.0000000001", ""] {
        assert_eq!(world.b2_with(&["sync", "--keep-days", bad, "src", "b2:x"]).code, 2, "{bad}");
    }
}

/// Whoever reads events knows from the last one how it ended.
#[cfg(unix)]
#[test]
fn events_end_with_what_ended_it() {
    use rustix::process::{Pid, Signal, kill_process};
    let slow = r#"{"op": "b2_upload_file", "latencyMs": 600000}"#;
    let world = World::served(&format!("[{slow}]"));
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/a", "x");
    let out = std::fs::File::create(world.path("out")).expect("file");
    let mut command = world.command("sync --events ndjson src b2://demo-bucket");
    let mut child = command.stdout(out).stderr(Stdio::null()).spawn().expect("program");
    let has = |word: &str| String::from_utf8_lossy(&world.read("out")).contains(word);
    wait_for("the upload", || has("\"begun\""));
    kill_process(Pid::from_child(&child), Signal::INT).expect("interrupted");
    let code = child.wait().expect("ended").code();
    assert_eq!(code, Some(1));
    let said = String::from_utf8(world.read("out")).expect("text");
    let last = said.lines().last().unwrap_or_default();
    assert_has(last, &["\"event\":\"interrupted\"", "\"ending\":\"stopped\"", "\"brokenOff\":1"]);
    let said = world.b2("sync --events ndjson none b2://demo-bucket");
    assert_eq!((said.code, said.out.as_str()), (1, ""), "nothing was begun");
    let world = World::served(r#"[{"op": "b2_list_file_names", "status": 400}]"#);
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/a", "x");
    let said = world.b2("sync --events ndjson src b2://demo-bucket");
    let last = said.out.lines().last().unwrap_or_default();
    assert_has(last, &["\"event\":\"stopped\"", "\"kind\":\"BadRequest\""]);
    assert_eq!(said.code, 1);
}

/// What the exit code says, the last event says.
#[cfg(unix)]
#[test]
fn a_loop_of_links_is_not_complete() {
    let world = world();
    world.write("src/a", "x");
    std::os::unix::fs::symlink(".", world.path("src/loop")).expect("a link");
    let said = world.b2("sync --events ndjson src b2://demo-bucket");
    let last = said.out.lines().last().unwrap_or_default();
    assert_has(last, &["\"event\":\"summary\"", "\"isComplete\":false"]);
    assert_eq!(said.code, 1);
}

/// Nothing is begun with options that cannot be, so nothing has to be told of its end.
#[test]
fn events_begin_only_where_they_can_end() {
    let world = world();
    world.write("src/a", "x");
    for options in ["--include-regex x", "--exclude [z-a]"] {
        let said = world.b2(&format!("sync --events ndjson {options} src b2://demo-bucket"));
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{options}: {}", said.err);
    }
}

/// Whoever gives them meant something.
#[test]
fn options_that_say_nothing_are_warned_of() {
    let world = world();
    let to = "b2://demo-bucket/copy";
    for (options, of) in [
        ("--max-delete 1", "--max-delete"),
        ("--delete-excluded", "--delete-excluded"),
        ("--delete --keep-days-by mtime", "--keep-days-by"),
        ("--keep-days 0 --max-delete 1", "--max-delete"),
        ("--index digests", "--index"),
        ("--exclude-if-uploaded-after 5", "--exclude-if-uploaded-after"),
    ] {
        let said = world.b2(&format!("sync {options} src {to}"));
        assert_eq!((said.code, said.out.as_str()), (0, ""), "{options}");
        assert_eq!(said.err.lines().count(), 1, "{options}: {}", said.err);
        assert_has(&said.err, &[&format!("WARNING: {of} says nothing ")]);
    }
    for options in
        ["--skip-newer --compare-versions size", "--replace-newer --compare-versions none"]
    {
        let said = world.b2(&format!("sync {options} src {to}"));
        assert_eq!(said.err.lines().count(), 1, "{options}: {}", said.err);
        assert_has(&said.err, &["WARNING: --skip-newer and --replace-newer say nothing with "]);
    }
    let none = "--compare-threshold 5 --compare-versions none";
    assert_has(
        &world.b2(&format!("sync {none} src {to}")).err,
        &["--compare-threshold says nothing"],
    );
    for option in ["--incremental-mode", "--by-blocks", "--exclude-all-symlinks"] {
        let said = world.b2(&format!("sync --dry-run {option} {to} down"));
        assert_eq!((said.code, said.err.lines().count()), (0, 1), "{option}: {}", said.err);
        assert_has(&said.err, &[&format!("WARNING: {option} says nothing of a bucket")]);
    }
    for options in [
        "--delete --max-delete 1",
        "--keep-days 3 --keep-days-by mtime",
        "--delete --find-renames --index digests",
        "--skip-newer",
        "--compare-threshold 5 --compare-versions size",
        "--by-blocks --exclude-all-symlinks",
    ] {
        assert_eq!(world.ok(&format!("sync {options} src {to}")), "", "{options}");
    }
}
