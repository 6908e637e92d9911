//! Files, names and targets that cannot work: told in a sentence, nothing lost, nothing left.

use std::process::Stdio;

use crate::world::{Said, World, assert_has, assert_names, field};

fn world() -> World {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a.txt", "twelve bytes");
    world.ok("file upload demo-bucket a.txt a.txt");
    world
}

#[test]
fn buckets_that_cannot_be() {
    let world = world();
    assert_has(
        &world.fails("file upload no-bucket a.txt a.txt"),
        &["Bucket not found: no-bucket. If you believe it exists, run `b2 bucket list`"],
    );
    assert_has(&world.fails("sync src b2://no-bucket"), &["no such folder: src"]);
    assert_has(&world.fails("sync b2://no-bucket dst"), &["Bucket not found: no-bucket"]);
    for (name, why) in [
        ("ab", "6 to 63 characters"),
        ("under_score", "letters, digits and '-'"),
        ("b2-bucket", "must not start with 'b2-'"),
    ] {
        let error = world.fails(&format!("bucket create {name} allPrivate"));
        assert_has(&error, &["ERROR: ", name, why]);
    }
    let taken = world.fails("bucket create demo-bucket allPrivate");
    assert_eq!(taken, "ERROR: Bucket name is already in use: demo-bucket\n");
    assert_has(&world.fails("bucket delete demo-bucket"), &["(cannot_delete_non_empty_bucket)"]);
}

/// As for the reference; they are no options.
#[test]
fn numbers_below_zero_are_values() {
    let world = world();
    for (line, option) in [
        ("sync --threads -1 src b2://demo-bucket", "--threads"),
        ("file upload --custom-upload-timestamp -5 demo-bucket a.txt b", "--custom-upload"),
    ] {
        let said = world.b2(line);
        assert_eq!(said.code, 2, "{said:?}");
        assert_has(&said.err, &[&format!("error: argument {option}"), "invalid int value: '-"]);
    }
}

#[test]
fn all_buckets_that_are_missing_are_told() {
    let world = world();
    let line =
        "key create some-key listFiles --bucket no-bucket --bucket demo-bucket --bucket none";
    let error = world.fails(line);
    assert_has(&error, &["Bucket not found: no-bucket; none. If you believe it exists, run"]);
    assert_eq!(world.ok("key list"), "");
}

#[test]
fn unfinished_files_that_are_not_there() {
    let world = world();
    let json = world.ok("file info b2://demo-bucket/a.txt");
    let finished = field(&json, "fileId");
    let gone = finished.replace("_f1", "_f2");
    for id in [finished.as_str(), &gone, "no-id"] {
        let want = format!("ERROR: File not present: {id}\n");
        assert_eq!(world.fails(&format!("file large parts b2id://{id}")), want);
        assert_eq!(world.fails(&format!("file large unfinished cancel b2id://{id}")), want);
    }
    assert_eq!(world.ok("ls b2://demo-bucket"), "a.txt\n");
}

#[test]
fn file_names_that_cannot_be() {
    let world = world();
    for name in ["", "a\u{1}b", "a//b", "/a", "a/", &"x".repeat(1025), "a\u{7f}"] {
        let line = ["file", "upload", "demo-bucket", "a.txt", name];
        let error = world.b2_with(&line).failed(name);
        assert_has(&error, &["ERROR: Unusable file name: "]);
    }
    assert_eq!(world.ok("ls --versions -r b2://demo-bucket"), "a.txt\n");
}

#[test]
fn sources_that_cannot_be() {
    let world = world();
    std::fs::create_dir(world.path("folder")).expect("folder");
    for (source, why) in [
        ("none.txt", "no such file"),
        ("folder", "a folder, not a file"),
        ("a.txt/below", "no such file"),
        #[cfg(unix)]
        ("/dev/null", "a pipe or a device"),
    ] {
        let error = world.fails(&format!("file upload demo-bucket {source} new"));
        assert_has(&error, &[&format!("ERROR: Invalid upload source: {source}"), why]);
    }
    let error = world.fails("file upload demo-bucket a.txt new --info color");
    assert_eq!(error, "ERROR: Bad file info: color\n");
    let wrong = format!("file upload demo-bucket a.txt new --sha1 {}", "0".repeat(40));
    assert_has(&world.fails(&wrong), &["ERROR: "]);
    assert_has(&world.fails("file upload demo-bucket a.txt new --sha1 12"), &["40 hex digits"]);
    assert_eq!(world.ok("ls --versions -r b2://demo-bucket"), "a.txt\n");
}

#[test]
fn an_empty_file_is_a_file() {
    let world = world();
    world.write("empty", "");
    world.ok("file upload demo-bucket empty empty");
    world.ok("file download b2://demo-bucket/empty copy");
    assert_eq!(world.read("copy"), b"");
    assert_eq!(world.ok("file cat b2://demo-bucket/empty"), "");
}

#[test]
fn targets_that_cannot_be() {
    let world = world();
    world.write("old", "old content");
    for (target, why) in [
        ("none/copy", "the folder of the target does not exist"),
        ("a.txt/copy", "the folder of the target is not a folder"),
    ] {
        let error = world.fails(&format!("file download b2://demo-bucket/a.txt {target}"));
        assert_has(&error, &["ERROR: ", why, target, "Check the target folder"]);
    }
    assert_has(&world.fails("file download b2://demo-bucket/none old"), &["File not present"]);
    assert_eq!(world.read("old"), b"old content");
    assert_has(&world.fails("sync b2://demo-bucket a.txt"), &["a.txt is not a directory"]);
    assert_names(&world, ".", &["a.txt", "old", "service"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let world = world();
    let error = world.fails("file download b2://demo-bucket/a.txt /dev/full");
    assert_has(&error, &["no space left", "/dev/full", "the free space"]);
    for line in ["file cat b2://demo-bucket/a.txt", "ls b2://demo-bucket", "version"] {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("device");
        let mut command = world.command(line);
        let output = command.stdout(Stdio::from(full)).output().expect("program");
        let error = Said::from(output).failed(line);
        assert_has(&error.to_lowercase(), &["error: ", "no space left", "space"]);
    }
}

#[test]
fn nobody_reading_is_nobodys_fault() {
    let world = world();
    for line in ["ls b2://demo-bucket", "file cat b2://demo-bucket/a.txt", "version"] {
        let (reader, writer) = std::io::pipe().expect("pipe");
        drop(reader);
        let output = world.command(line).stdout(Stdio::from(writer)).output().expect("program");
        let said = Said::from(output);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{line}");
    }
}
