//! Downloads that are killed and go on.

#![cfg(target_os = "linux")]

use core::time::Duration;
use std::process::{Child, Stdio};

use b2_sim::fault::FaultPlan;
use b2_sim::server::{Handle, Server, ServerConfig, Transcript};

use crate::world::{World, assert_has, assert_names, wait_for};

const LEN: usize = 40 << 20;
const JOURNAL: &str = ".big.0.b2done";

/// A service with a long file, whose connections take 4 MB a second each.
fn served() -> (World, Transcript, Vec<u8>) {
    let transcript = Transcript::new();
    let config = ServerConfig { transcript: Some(transcript.clone()), ..ServerConfig::default() };
    let world = World::on(Server::start(config).expect("server"));
    world.ok("bucket create demo-bucket allPrivate");
    let content: Vec<u8> = (0..=250).cycle().take(LEN).collect();
    world.write("src/big", &content);
    world.ok("sync src b2://demo-bucket");
    std::fs::create_dir(world.path("dst")).expect("folder");
    slow(world.server(), 4_000_000);
    (world, transcript, content)
}

fn slow(server: &Handle, bytes_per_second: u64) {
    let rules = format!(r#"[{{"op": "*", "bytesPerSecond": {bytes_per_second}}}]"#);
    server.host().set_faults(FaultPlan::parse(0, rules.as_bytes()).expect("plan"));
}

fn started(world: &World) -> Child {
    let mut command = world.command("file download b2://demo-bucket/big dst/big");
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("program")
}

/// Kills a download once its journal names more that is there, a while later.
fn kill_one(world: &World, after: Duration) {
    // The first two lines say which file it is, and of what.
    let ranges = |text: String| text.lines().count().saturating_sub(2);
    let path = world.path("dst").join(JOURNAL);
    let len = || std::fs::read_to_string(&path).map_or(0, ranges);
    let before = len();
    let mut child = started(world);
    wait_for("the journal grows", || len() > before);
    std::thread::sleep(after);
    child.kill().expect("kill");
    child.wait().expect("end");
}

/// How many bytes the program says were there.
fn kept(said: &str) -> u64 {
    let line = said.lines().find_map(|line| line.strip_prefix("Continued: "));
    let count = line.and_then(|line| line.split(' ').next()).expect("a number");
    count.parse().expect("a number")
}

#[test]
fn what_was_killed_goes_on_and_ends_with_the_right_bytes() {
    let (world, transcript, content) = served();
    for wait_ms in [0, 700, 1_300] {
        kill_one(&world, Duration::from_millis(wait_ms));
        assert_names(&world, "dst", &[JOURNAL, ".big.0.b2part"]);
    }
    slow(world.server(), u64::MAX);
    let said = world.ok("file download b2://demo-bucket/big dst/big");
    assert_has(&said, &["Checksum matches", "Download finished"]);
    // How much that is depends on how long each of them lived.
    assert!(kept(&said) > 0, "{said}");
    assert_eq!(world.read("dst/big"), content);
    assert_names(&world, "dst", &["big"]);
    wait_for("the service is done", || transcript.open() == 0);
    let records = transcript.records();
    let ranges: Vec<_> = records.iter().filter_map(|it| it.range.as_deref()).collect();
    assert_eq!(ranges.len(), 3, "one request each, but for the first: {ranges:?}");
}

#[test]
fn a_killed_download_is_begun_anew_if_that_is_wanted() {
    let (world, _, content) = served();
    kill_one(&world, Duration::ZERO);
    slow(world.server(), u64::MAX);
    let said = world.ok("file download --no-continue b2://demo-bucket/big dst/big");
    assert!(!said.contains("Continued"), "{said}");
    assert_eq!(world.read("dst/big"), content);
    assert_names(&world, "dst", &["big"]);
}
