//! Plays seeds from the command line: `simulation --seeds A..B [--threads N]`.

use core::ops::Range;
use std::process::ExitCode;
use std::time::Instant;
use std::{env, thread};

const USAGE: &str = "simulation --seeds FIRST..END [--threads NUMBER]";

#[expect(clippy::print_stdout, reason = "the command line's answer")]
fn main() -> ExitCode {
    let Some((seeds, threads)) = arguments() else {
        eprintln!("usage: {USAGE}");
        return ExitCode::from(2);
    };
    let begin = Instant::now();
    let summary = simulation::run_many(seeds, threads);
    println!("{}; {:.1} s", summary.text(), begin.elapsed().as_secs_f64());
    if summary.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments() -> Option<(Range<u64>, usize)> {
    let (mut seeds, mut threads) = (None, thread::available_parallelism().map_or(2, usize::from));
    let mut arguments = env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next()?;
        match name.as_str() {
            "--seeds" => {
                let (first, end) = value.split_once("..")?;
                seeds = Some(first.parse().ok()?..end.parse().ok()?);
            }
            "--threads" => threads = value.parse().ok()?,
            _ => return None,
        }
    }
    Some((seeds?, threads))
}
