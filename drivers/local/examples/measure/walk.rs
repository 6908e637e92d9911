//! What a walk costs for each file, with everything in memory, as `wall / CPU` nanoseconds: asked
//! in turn, watched, and with threads from the start.
//! Folders to walk may be named; otherwise trees are made, small and large.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Instant;

use b2_local::walk::{LookAhead, Walk, WalkOptions};
use b2_proto::plan::sync::Everything;

use super::cpu_s;

/// Walks of each tree and kind; the fastest counts, and the CPU time of all.
const ROUNDS: u32 = 7;
/// Files that a measurement walks at least, in as many walks as that takes.
const FILES_MIN: usize = 50_000;

pub(super) fn measure(folders: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "| tree | files | in turn | watched | threads |")?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: |")?;
    for folder in folders {
        writeln!(out, "{}", row(folder, Path::new(folder))?)?;
    }
    if folders.is_empty() {
        for (name, count, per_folder) in
            [("small", 100, 10), ("folders of ten", 50_000, 10), ("one folder", 200_000, 200_000)]
        {
            let tree = tree(count, per_folder)?;
            writeln!(out, "{}", row(name, tree.path())?)?;
        }
    }
    Ok(())
}

fn row(name: &str, root: &Path) -> io::Result<String> {
    let files = walk(root, LookAhead::Never)?.max(1);
    let walks = (FILES_MIN / files).max(1);
    let mut line = format!("| {name} | {files} |");
    for look_ahead in [LookAhead::Never, LookAhead::WhenSlow, LookAhead::Always] {
        let mut least_s = f64::INFINITY;
        let cpu_before_s = cpu_s();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            for _ in 0..walks {
                walk(root, look_ahead)?;
            }
            least_s = least_s.min(begun.elapsed().as_secs_f64());
        }
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        let per_round = (walks * files) as f64;
        let wall_ns = least_s * 1e9 / per_round;
        let cpu_ns = (cpu_s() - cpu_before_s) * 1e9 / per_round / f64::from(ROUNDS);
        line += &format!(" {wall_ns:.0} / {cpu_ns:.0} |");
    }
    Ok(line)
}

fn walk(root: &Path, look_ahead: LookAhead) -> io::Result<usize> {
    let options = WalkOptions { look_ahead, ..WalkOptions::default() };
    Ok(Walk::filtered(root, options, Everything).map_err(io::Error::other)?.count())
}

/// Empty files in folders of so many.
fn tree(count: usize, per_folder: usize) -> io::Result<tempfile::TempDir> {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    let root = in_memory.or_else(|_| tempfile::tempdir())?;
    for number in 0..count {
        let folder = root.path().join(format!("{:06}", number / per_folder));
        if number % per_folder == 0 {
            fs::create_dir(&folder)?;
        }
        fs::File::create(folder.join(format!("{number:07}")))?;
    }
    Ok(root)
}
