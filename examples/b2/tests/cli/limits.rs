//! Limits of the bytes in a second.

use core::time::Duration;
use std::time::Instant;

use crate::world::World;

/// With this rate `LEN` bytes take three seconds, less what may pass at once.
const LIMIT: &str = "100000";
const LEN: usize = 300_000;
const AT_LEAST: Duration = Duration::from_secs(2);

fn timed(command: impl FnOnce()) -> Duration {
    let start = Instant::now();
    command();
    start.elapsed()
}

#[test]
fn bytes_pass_no_faster_than_allowed() {
    let world = World::embedded();
    world.ok("bucket create demo-bucket allPrivate");
    let data: Vec<u8> = (0..=250).cycle().take(LEN).collect();
    world.write("a", &data);
    let up = timed(|| {
        world.ok(&format!("file upload demo-bucket a a --bandwidth-up {LIMIT}"));
    });
    let down = timed(|| {
        world.ok(&format!("--bandwidth-down {LIMIT} file download b2://demo-bucket/a back"));
    });
    assert!(up >= AT_LEAST && down >= AT_LEAST, "up in {up:?}, down in {down:?}");
    assert!(world.read("back") == data);
    // The other direction is not held up, or this would take days.
    world.ok("file download b2://demo-bucket/a again --bandwidth-up 1");
}
