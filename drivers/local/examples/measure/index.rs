//! What an index of a million digests costs: adding, opening, finding.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::SystemTime;

use b2_local::index::{FileStamp, Index};
use b2_proto::wire::text::Sha1;

use super::Clock;

const COUNT: u32 = 1_000_000;

pub(super) fn measure() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("index");
    fs::write(folder.path().join("file"), "x")?;
    let stamp = fs::metadata(folder.path().join("file")).ok().as_ref().and_then(FileStamp::of);
    let stamp = stamp.ok_or_else(|| io::Error::other("a file without a time"))?;
    let later = SystemTime::now() + core::time::Duration::from_secs(60);
    let name = |number: u32| PathBuf::from(format!("/somebody/pictures/2026/{number:08}.jpeg"));
    let mut out = io::stdout().lock();
    let mut tell = |what: &str, clock: &Clock| {
        let memory = memory_kib();
        writeln!(out, "{what}: {}; most memory so far {memory} KiB", clock.per_file(COUNT))
    };

    let clock = Clock::start();
    let mut index = Index::open(&path);
    for number in 0..COUNT {
        index.add(&name(number), &stamp, later, Sha1([7; 20]));
    }
    let note = index.close();
    tell("added", &clock)?;

    let clock = Clock::start();
    let mut index = Index::open(&path);
    tell("opened", &clock)?;
    let clock = Clock::start();
    let found = (0..COUNT).filter(|number| index.find(&name(*number), &stamp).is_some()).count();
    tell("found", &clock)?;
    let len = fs::metadata(&path)?.len();
    writeln!(out, "{found} of {COUNT} found, {len} bytes, note: {note:?}")
}

/// The most memory this process had (Linux).
fn memory_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|it| it.split_whitespace().next()).and_then(|it| it.parse().ok()).unwrap_or(0)
}
