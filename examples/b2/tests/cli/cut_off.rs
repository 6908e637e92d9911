//! What is interrupted or changes half-way leaves nothing half done.

#![cfg(target_os = "linux")]

use std::process::{Child, Command, Stdio};

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
    wait_for("the download began", || world.names("dst").len() == 2);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
    let said = ended(child);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert_eq!(said.err, "\nInterrupted.  Shutting down...\n\n");
    assert_names(&world, "dst", &["big"]);
    assert_eq!(world.read("dst/big"), b"old");
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
    wait_for("the download began", || world.names("dst").len() == 1);
    child.kill().expect("kill");
    child.wait().expect("end");
    assert_eq!(world.names("dst").len(), 1);
    faults("[]");
    world.ok("file download b2://demo-bucket/big dst/big");
    assert_names(&world, "dst", &["big"]);
}
