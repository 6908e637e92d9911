//! What work on local files costs, with everything in memory: `measure walk [FOLDER…]`, `measure
//! index`, `measure verify`. CPU time counts on a machine that has other things to do.

mod index;
mod verify;
mod walk;

use core::fmt::Display;
use std::fs;
use std::io;
use std::time::Instant;

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.split_first() {
        Some((what, folders)) if what == "walk" => walk::measure(folders),
        Some((what, [])) if what == "index" => index::measure(),
        Some((what, [])) if what == "verify" => verify::measure(),
        Some(_) | None => Err(io::Error::other("name one: walk, index or verify")),
    }
}

/// When something began, on the wall and on the cores.
struct Clock {
    begun: Instant,
    cpu_s: f64,
}

impl Clock {
    fn start() -> Self {
        Self { begun: Instant::now(), cpu_s: cpu_s() }
    }

    /// What it took for each file since.
    fn per_file(&self, files: u32) -> impl Display {
        let wall_ns = self.begun.elapsed().as_secs_f64() * 1e9 / f64::from(files);
        let cpu_ns = (cpu_s() - self.cpu_s) * 1e9 / f64::from(files);
        format!("{wall_ns:.0} ns per file, {cpu_ns:.0} on a core")
    }
}

/// Seconds on a core so far, of all threads (Linux; in hundredths).
fn cpu_s() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}
