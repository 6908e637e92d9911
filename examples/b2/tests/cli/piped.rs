//! Readers of the output that are slow, look away or leave.

#![cfg(unix)]

use std::collections::BTreeSet;
use std::io::{PipeReader, Read as _};
use std::path::Path;
use std::process::{Child, Stdio};

use b2_sim::service::Op;
use rustix::process::{Pid, Signal, kill_process};

use crate::world::{Said, World, assert_has};

/// Files of a sync, with names as long as may be.
const COUNT: usize = 1_500;
const NAME_LEN: usize = 200;
/// More lines than a pipe holds, of 64 KiB, and than wait for their turn besides.
const TOLD_MAX: usize = 65_536 / NAME_LEN + 256 + 16;
/// Fewer lines than a pipe holds.
const TOLD_MIN: usize = 16_384 / NAME_LEN;

fn name(number: usize) -> String {
    format!("{number:0>NAME_LEN$}")
}

fn uploads(world: &World) -> usize {
    let calls = world.server().transcript();
    calls.iter().filter(|call| call.op == Some(Op::UploadFile) && call.status == 200).count()
}

/// A sync whose lines nobody reads; it has told as much as it can.
fn unread() -> (World, Child, PipeReader) {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    for number in 0..COUNT {
        world.write(&format!("src/{}", name(number)), "x");
    }
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = world.command("sync src b2://demo-bucket");
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("program");
    drop(command);
    while uploads(&world) < TOLD_MIN {
        std::thread::yield_now();
    }
    // However long one looks, there are not more.
    for _ in 0..100 {
        std::thread::sleep(core::time::Duration::from_millis(5));
        assert!(uploads(&world) <= TOLD_MAX, "{} uploads", uploads(&world));
    }
    (world, child, reader)
}

#[test]
fn a_sync_waits_for_who_reads_its_lines() {
    let (world, child, mut reader) = unread();
    let mut told = String::new();
    reader.read_to_string(&mut told).expect("text");
    let said = Said::from(child.wait_with_output().expect("end"));
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let told: BTreeSet<&str> = told.lines().collect();
    let want: Vec<String> = (0..COUNT).map(|number| format!("upload {}", name(number))).collect();
    assert!(told.into_iter().eq(want.iter().map(String::as_str)));
    assert_eq!(uploads(&world), COUNT);
}

#[test]
fn an_interrupt_is_heard_while_nobody_reads() {
    let (world, mut child, mut reader) = unread();
    // The first one has it stop, another one does not wait for a reader.
    while child.try_wait().expect("a child").is_none() {
        kill_process(Pid::from_child(&child), Signal::INT).expect("interrupted");
        std::thread::sleep(core::time::Duration::from_millis(50));
    }
    let said = Said::from(child.wait_with_output().expect("end"));
    assert_eq!(said.code, 1);
    assert_has(&said.err, &["Interrupted.", "Run the same again, and it goes on from there."]);
    let mut told = String::new();
    reader.read_to_string(&mut told).expect("text");
    assert!(told.lines().count() <= TOLD_MAX);
    let there = uploads(&world);
    assert_eq!(world.ok("sync src b2://demo-bucket").lines().count(), COUNT - there);
}

#[test]
fn an_interrupted_sync_removes_the_folders_it_has_emptied() {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/kept", "x");
    world.ok("sync src b2://demo-bucket");
    world.write("dst/gone/er/a", "x");
    for number in 0..COUNT {
        world.write(&format!("dst/many/{}", name(number)), "x");
    }
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let line = "sync --delete --max-delete 100% --summary b2://demo-bucket dst";
    let mut command = world.command(line);
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("program");
    drop(command);
    let many = world.path("dst/many");
    let is_gone = || !many.exists() || names_in(&many) < COUNT;
    while !is_gone() {
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::INT).expect("interrupted");
    let mut told = String::new();
    reader.read_to_string(&mut told).expect("text");
    let said = Said::from(child.wait_with_output().expect("end"));
    assert_eq!(said.code, 1);
    assert_has(&said.err, &["Run the same again, and it goes on from there."]);
    // Files go in the order of their names.
    assert!(told.contains("delete gone/er/a\n"), "{told}");
    assert!(!world.path("dst/gone").exists() && world.path("dst/kept").exists());
    assert!(names_in(&many) > 0);
}

fn names_in(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// Everything else ends at the first one.
#[test]
fn an_interrupt_ends_a_listing_that_nobody_reads() {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    for number in 0..400 {
        world.write(&format!("src/{}", name(number)), "x");
    }
    world.ok("sync src b2://demo-bucket");
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = world.command("ls -r b2://demo-bucket");
    let mut child = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("program");
    drop(command);
    let mut first = [0; 1];
    reader.read_exact(&mut first).expect("it begins");
    kill_process(Pid::from_child(&child), Signal::INT).expect("interrupted");
    let code = child.wait().expect("ended").code();
    assert_eq!(code, Some(1));
    assert_has(&Said::from(child.wait_with_output().expect("end")).err, &["Interrupted."]);
    let mut told = Vec::new();
    reader.read_to_end(&mut told).expect("what was told");
    assert!(told.len() < 400 * NAME_LEN);
}

fn with_file(content: &[u8]) -> World {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("a", content);
    world.ok("file upload --quiet demo-bucket a a");
    world
}

#[test]
fn content_and_report_go_apart() {
    let world = with_file(b"one\ntwo");
    let said = world.b2("file download b2://demo-bucket/a -");
    assert_eq!((said.code, said.out.as_str()), (0, "one\ntwo"));
    assert_has(&said.err, &["File name:           a\n", "Output file path:    stdout\n"]);
    assert!(said.err.ends_with("Checksum matches\nDownload finished\n"), "{}", said.err);
    let quiet = world.b2("file download --quiet b2://demo-bucket/a -");
    assert_eq!((quiet.code, quiet.out.as_str(), quiet.err.as_str()), (0, "one\ntwo", ""));
}

/// As for `b2 file download … - | head -c 10`: who asked for the whole has not got it. `file cat`
/// is for looking at a beginning, too.
#[test]
fn a_reader_that_leaves_a_download_is_told() {
    let world = with_file(&vec![7; 1 << 20]);
    let before = world.names(".");
    for (line, code) in [
        ("file download b2://demo-bucket/a -", 1),
        ("file download b2://demo-bucket/a /dev/stdout", 1),
        ("file cat b2://demo-bucket/a", 0),
    ] {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let mut command = world.command(line);
        let child = command.stdout(writer).stderr(Stdio::piped()).spawn().expect("program");
        drop(command);
        let mut head = [0; 10];
        reader.read_exact(&mut head).expect("the beginning");
        drop(reader);
        let said = Said::from(child.wait_with_output().expect("end"));
        assert_eq!((head, said.code), ([7; 10], code), "{line}");
        let is_told = said.err.contains("ERROR: nobody reads standard output any more");
        assert!(is_told == (code == 1) && !said.err.contains("Download finished"), "{}", said.err);
        assert_eq!(world.names("."), before, "{line}");
    }
}

/// As for `2>&1 | head -1`.
#[test]
fn nobody_has_to_read_what_is_told_of_errors() {
    let world = with_file(b"x");
    world.write("src/bad\u{1}", "x");
    for (line, code) in [
        ("ls b2://none", 1),
        ("file download b2://demo-bucket/a -", 0),
        ("sync --summary --no-progress src b2://demo-bucket", 1),
        ("sync --frob src b2://demo-bucket", 2),
        ("list-buckets", 0),
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let said = world.command(line).stderr(writer).output().expect("program");
        assert_eq!(said.status.code(), Some(code), "{line}");
    }
}
