//! How long `b2 version` takes from nothing to its end, and how large the program is.

use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use std::time::Instant;

use b2_benches::measure::median;
use b2_benches::transfer::Failure;
use b2_benches::transfer::server::beside;

/// How often the program is started; the median counts.
const STARTS: usize = 101;

fn main() -> Result<(), Failure> {
    let program = beside("b2")?;
    let mut samples = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let start = Instant::now();
        let status = Command::new(&program).arg("version").stdout(Stdio::null()).status()?;
        samples.push(start.elapsed().as_secs_f64() * 1e3);
        if !status.success() {
            return Err(format!("b2 version: {status}").into());
        }
    }
    let bytes = std::fs::metadata(&program)?.len();
    let mut out = io::stdout().lock();
    writeln!(out, "`b2 version`: {:.1} ms; the program: {bytes} bytes", median(&mut samples))?;
    Ok(())
}
