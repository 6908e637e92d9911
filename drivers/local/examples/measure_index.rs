//! What an index of digests costs: adding and finding, for so many files (a million unless an
//! argument says otherwise), and what it takes to open it again.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use b2_local::index::{FileStamp, Index};
use b2_proto::wire::text::Sha1;

fn main() -> io::Result<()> {
    let count = std::env::args().nth(1).and_then(|it| it.parse().ok()).unwrap_or(1_000_000_u32);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("index");
    fs::write(folder.path().join("file"), "x")?;
    let stamp = fs::metadata(folder.path().join("file")).ok().as_ref().and_then(FileStamp::of);
    let stamp = stamp.ok_or_else(|| io::Error::other("a file without a time"))?;
    let later = SystemTime::now() + core::time::Duration::from_secs(60);
    let name =
        |number: u32| PathBuf::from(format!("/home/somebody/pictures/2026/{number:08}.jpeg"));
    let mut out = io::stdout().lock();
    let mut tell = |what: &str, begun: Instant| {
        let ns = begun.elapsed().as_secs_f64() * 1e9 / f64::from(count);
        writeln!(out, "{what}: {ns:.0} ns per file; most memory so far {} KiB", memory_kib())
    };

    let begun = Instant::now();
    let mut index = Index::open(&path);
    for number in 0..count {
        index.add(&name(number), &stamp, later, Sha1([7; 20]));
    }
    let note = index.close();
    tell("added", begun)?;

    let begun = Instant::now();
    let mut index = Index::open(&path);
    tell("opened", begun)?;
    let begun = Instant::now();
    let found = (0..count).filter(|number| index.find(&name(*number), &stamp).is_some()).count();
    tell("found", begun)?;
    let len = fs::metadata(&path)?.len();
    writeln!(out, "{found} of {count} found, {len} bytes, note: {note:?}")
}

/// The most memory this process had (Linux).
fn memory_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|it| it.split_whitespace().next()).and_then(|it| it.parse().ok()).unwrap_or(0)
}
