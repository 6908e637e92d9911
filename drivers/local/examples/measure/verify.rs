//! What comparing a folder with a bucket costs on this machine, for each file of 4 KiB: walking,
//! hashing or asking an index, and deciding. The rows of the bucket come from memory.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use b2_local::verify::{Comparison, Need, VerifySpec};
use b2_proto::model::{ContentSha1, FileAction, FileVersion, ListEntry};
use b2_proto::wire::text::Sha1;

use super::Clock;

/// Files of the tree, a hundred in each folder.
const FILES: u32 = 20_000;
const CONTENT: [u8; 4_096] = [7; 4_096];
/// What was written settles in that time, so that an index keeps it.
const SETTLES_IN: core::time::Duration = core::time::Duration::from_millis(2_500);

pub(super) fn measure() -> io::Result<()> {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    let folder = in_memory.or_else(|_| tempfile::tempdir())?;
    let (tree, index) = (folder.path().join("tree"), folder.path().join("index"));
    for number in 0..FILES {
        let path = tree.join(name(number));
        if number % 100 == 0 {
            fs::create_dir_all(path.parent().unwrap_or(&tree))?;
        }
        fs::write(path, CONTENT)?;
    }
    std::thread::sleep(SETTLES_IN);
    let mut out = io::stdout().lock();
    for (what, index) in [
        ("hashed", None),
        ("hashed, and an index written", Some(index.as_path())),
        ("asked of the index", Some(index.as_path())),
    ] {
        let clock = Clock::start();
        let proven = verify(&tree, index)?;
        writeln!(out, "{what}: {}, {proven} of {FILES} proven", clock.per_file(FILES))?;
    }
    Ok(())
}

fn name(number: u32) -> String {
    format!("{:04}/{number:08}.jpeg", number / 100)
}

fn verify(tree: &Path, index: Option<&Path>) -> io::Result<u64> {
    let sha1 = ContentSha1::Verified(Sha1::of(&CONTENT));
    let mut rows = (0..FILES).map(|number| {
        let mut version = FileVersion::new("a", "b", "f", name(number), FileAction::Upload);
        version.content_length = CONTENT.len() as u64;
        version.content_sha1 = Some(sha1.clone());
        ListEntry::File(version)
    });
    let spec = VerifySpec { index: index.map(Path::to_owned), ..VerifySpec::new(tree) };
    let mut comparison = Comparison::new(spec);
    loop {
        match comparison.step().map_err(io::Error::other)? {
            Need::Work(work) => {
                let done = work.run(&|| false).map_err(io::Error::other)?;
                comparison.done(done).map_err(io::Error::other)?
            }
            Need::Row => comparison.row(rows.next()),
            Need::Found(_) => {}
            Need::End => return Ok(comparison.totals().proven),
        }
    }
}
