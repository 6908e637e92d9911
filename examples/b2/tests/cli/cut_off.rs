//! What is interrupted or changes half-way leaves nothing half done.

#![cfg(target_os = "linux")]

use std::process::{Child, Command, Stdio};

use b2_sim::server::{ServerConfig, Transcript};
use b2_sim::service::Op;

use crate::world::{Said, World, assert_has, assert_names, has_open, wait_for};

fn started(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("program")
}

fn ended(child: Child) -> Said {
    Said::from(child.wait_with_output().expect("end"))
}

#[test]
fn a_file_that_shrinks_while_it_is_read_is_told() {
    let world = World::served(r#"[{"op": "b2_get_upload_url", "latencyMs": 1500}]"#);
    world.ok("bucket create demo-bucket allPrivate");
    let path = world.write("big", vec![7; 24 << 20]);
    let child = started(world.command("file upload demo-bucket big big"));
    let lists = || {
        let calls = world.server().transcript();
        calls.iter().filter(|call| call.op == Some(Op::ListBuckets)).count()
    };
    // Open, and not read yet: the service takes its time to say where to.
    wait_for("the file is open", || lists() > 0 && has_open(child.id(), &path));
    std::fs::write(&path, b"less").expect("shrink");
    let error = ended(child).failed("file upload");
    assert_has(&error, &["ERROR: ", "changed while it was read", "nobody writes to it"]);
    assert_eq!(world.ok("ls --versions b2://demo-bucket"), "");
}

#[test]
fn an_interrupt_leaves_nothing_behind() {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/big", vec![7; 8 << 20]);
    world.ok("sync src b2://demo-bucket");
    world.write("dst/big", "old");
    let slow = br#"[{"op": "b2_download_file_by_name", "bytesPerSecond": 500000}]"#;
    let slow = b2_sim::fault::FaultPlan::parse(0, slow).expect("plan");
    world.server().host().set_faults(slow);
    let child = started(world.command("file download b2://demo-bucket/big dst/big"));
    // The old file, the new one and its mark.
    wait_for("the download began", || world.names("dst").len() == 3);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
    let said = ended(child);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert_eq!(said.err, "\nInterrupted.  Shutting down...\n\n");
    assert_names(&world, "dst", &["big"]);
    assert_eq!(world.read("dst/big"), b"old");
}

#[test]
fn an_interrupted_sync_says_how_to_go_on() {
    let transcript = Transcript::new();
    let config = ServerConfig { transcript: Some(transcript.clone()), ..ServerConfig::default() };
    let stuck = r#"[{"op": "b2_upload_file", "nth": 2, "latencyMs": 3600000}]"#;
    let world = World::served_by(config, stuck);
    world.ok("bucket create demo-bucket allPrivate");
    for name in ["a", "b"] {
        world.write(&format!("src/{name}"), "x");
    }
    let out = std::fs::File::create(world.path("out")).expect("file");
    let mut command = world.command("sync --threads 1 src b2://demo-bucket");
    let child = command.stdout(out).stderr(Stdio::piped()).spawn().expect("program");
    wait_for("the first file is there", || world.read("out") == b"upload a\n");
    // So that it cannot come later.
    wait_for("the service has the second file", || transcript.open() == 1);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
    let said = ended(child);
    assert_eq!(said.code, 1);
    assert_has(&said.err, &["Interrupted.", "Run the same again, and it goes on from there."]);
    assert_eq!(world.ok("sync src b2://demo-bucket"), "upload b\n");
}

#[test]
fn what_a_killed_process_left_goes_with_the_next_download() {
    let world = World::served("[]");
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/big", vec![7; 8 << 20]);
    world.ok("sync src b2://demo-bucket");
    let faults = |json: &str| {
        let plan = b2_sim::fault::FaultPlan::parse(0, json.as_bytes()).expect("plan");
        world.server().host().set_faults(plan);
    };
    faults(r#"[{"op": "b2_download_file_by_name", "bytesPerSecond": 500000}]"#);
    std::fs::create_dir(world.path("dst")).expect("folder");
    let mut child = started(world.command("file download b2://demo-bucket/big dst/big"));
    wait_for("the download began", || world.names("dst").len() == 2);
    child.kill().expect("kill");
    child.wait().expect("end");
    assert_eq!(world.names("dst").len(), 2);
    faults("[]");
    world.ok("file download b2://demo-bucket/big dst/big");
    assert_names(&world, "dst", &["big"]);
}

/// Parts of a megabyte.
fn small_parts() -> ServerConfig {
    let mut config = ServerConfig::default();
    (config.service.part_len_min, config.service.part_len_recommended) = (1 << 20, 1 << 20);
    config
}

/// How many parts the service took.
fn parts_taken(world: &World) -> usize {
    let calls = world.server().transcript();
    calls.iter().filter(|call| call.op == Some(Op::UploadPart) && call.status == 200).count()
}

#[test]
fn a_killed_upload_goes_on_where_it_was() {
    let slow = r#"[{"op": "b2_upload_part", "after": 5, "bytesPerSecond": 100000}]"#;
    let world = World::served_by(small_parts(), slow);
    world.ok("bucket create demo-bucket allPrivate");
    let data: Vec<u8> = (0..20_u32 << 20).map(|at| (at >> 7).to_le_bytes()[0]).collect();
    world.write("big", &data);
    let mut child = started(world.command("file upload --threads 2 demo-bucket big big"));
    wait_for("five parts are there", || parts_taken(&world) >= 5);
    child.kill().expect("kill -9");
    child.wait().expect("end");
    let list =
        world.ok("file large unfinished clean b2://demo-bucket --older-than-days 0 --dry-run");
    assert_has(
        &list,
        &["     5       5242880  big\n", "1 files with 5242880 bytes would be canceled"],
    );
    world.server().host().set_faults(b2_sim::fault::FaultPlan::default());
    let said = world.b2("file upload demo-bucket big big");
    assert_eq!(said.code, 0, "{said:?}");
    assert_has(&said.err, &["continued an unfinished upload of big: 5 parts with 5242880 bytes"]);
    assert_eq!(parts_taken(&world), 20, "no part was sent twice");
    world.ok("file download b2://demo-bucket/big copy");
    assert!(world.read("copy") == data);
    assert_eq!(world.ok("file large unfinished list b2://demo-bucket"), "");
}

#[test]
fn two_processes_never_continue_the_same_file() {
    let stuck = r#"[{"op": "b2_upload_part", "after": 5, "latencyMs": 3600000}]"#;
    let transcript = Transcript::new();
    let config = ServerConfig { transcript: Some(transcript.clone()), ..small_parts() };
    let world = World::served_by(config, stuck);
    world.ok("bucket create demo-bucket allPrivate");
    world.write("big", vec![7; 10 << 20]);
    // The second finds the file of the first, and that it is in use.
    let first = started(world.command("file upload --threads 1 demo-bucket big big"));
    wait_for("five parts are there", || parts_taken(&world) == 5);
    wait_for("the service has the sixth part", || transcript.open() == 1);
    world.server().host().set_faults(b2_sim::fault::FaultPlan::default());
    let said = world.b2("file upload demo-bucket big big");
    let note = "NOTE: an unfinished upload of big was not continued: another upload is sending \
                parts of it\n";
    assert_eq!((said.code, said.err.as_str()), (0, note), "{said:?}");
    let starts = || {
        let calls = world.server().transcript();
        calls.iter().filter(|call| call.op == Some(Op::StartLargeFile)).count()
    };
    assert_eq!(starts(), 2);
    let id = first.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
    assert_eq!(ended(first).code, 1);
    assert_eq!(world.ok("ls b2://demo-bucket"), "big\n");
    assert!(world.names(".local/state/b2/claims").is_empty(), "nothing is left of the claims");
}

#[test]
fn old_unfinished_files_are_cleaned() {
    let world = World::served_by(small_parts(), r#"[{"op": "b2_upload_part", "status": 400}]"#);
    world.ok("bucket create demo-bucket allPrivate");
    world.write("big", vec![7; 3 << 20]);
    world.b2("file upload demo-bucket big big").failed("file upload");
    let clean = "file large unfinished clean b2://demo-bucket";
    assert_eq!(world.ok(clean), "0 files with 0 bytes canceled\n");
    let said = world.ok(&format!("{clean} --older-than-days 0"));
    assert_has(&said, &["1 files with 0 bytes canceled"]);
    assert_eq!(world.ok("file large unfinished list b2://demo-bucket"), "");
}

#[test]
fn another_sync_to_the_same_destination_is_told() {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    world.write("src/a", "x");
    world.ok("sync src b2://demo-bucket");
    std::fs::create_dir(world.path("dst")).expect("a folder");
    let claims = b2_local::claims::Claims::in_folder(world.path(".local/state/b2/claims"));
    let destination = b2_local::sync::End::Folder(world.path("dst"));
    let other = b2_local::sync::Presence::claim(&claims, &destination, false);
    assert!(other.is_kept());
    let said = world.b2("sync --no-progress b2://demo-bucket dst");
    assert_eq!((said.code, said.out.as_str()), (0, "dnload a\n"));
    assert_has(&said.err, &["WARNING: another sync to the same destination is under way"]);
    let events = world.ok("sync --no-progress --events ndjson b2://demo-bucket dst");
    assert_has(&events, &["{\"event\":\"contested\"}\n"]);
    drop(other);
    assert_eq!(world.b2("sync --no-progress b2://demo-bucket dst").err, "");
}
