//! Plans files built from many sources, without doing anything: JSON lines in, JSON lines out.
//!
//! Each line of the input is a file: sizes `m`, `R`, `M` (minimum, recommended, maximum part), its
//! `mode` (`planned` or `streaming`) and its intents `in`, as in `tests/vectors/planner.jsonl`.
//! Each line of the output has its `id` and the plan as `out`.

mod input;
mod output;
mod planning;

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::ExitCode;

use clap::Parser;
use planning::{Options, plan};

/// Bytes of the longest line: about two million intents.
const LINE_LEN_MAX: u64 = 64 * 1024 * 1024;

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Trouble::Pipe(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(trouble) => {
            let _unheard = writeln!(io::stderr(), "b2-plan: {trouble}");
            ExitCode::FAILURE
        }
    }
}

/// Why the input was not planned to its end.
#[derive(Debug)]
enum Trouble {
    /// Reading or writing failed.
    Pipe(io::Error),
    /// A line, counted from 1, is not understood.
    Line(u64, String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Pipe(error)
    }
}

impl core::fmt::Display for Trouble {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Pipe(error) => error.fmt(f),
            Self::Line(number, why) => write!(f, "line {number}: {why}"),
        }
    }
}

fn run(options: &Options) -> Result<(), Trouble> {
    let mut input = BufReader::new(io::stdin().lock());
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        input.by_ref().take(LINE_LEN_MAX + 1).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            break;
        }
        let wrong = |why: String| Trouble::Line(number, why);
        if line.len() as u64 > LINE_LEN_MAX {
            out.flush()?;
            return Err(wrong(format!("it has more than {LINE_LEN_MAX} bytes")));
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match input::read(&line).and_then(|case| plan(&case, options)) {
            Ok(planned) => {
                serde_json::to_writer(&mut out, &planned).map_err(io::Error::from)?;
                out.write_all(b"\n")?;
            }
            Err(why) => {
                out.flush()?;
                return Err(wrong(why));
            }
        }
        // Who writes one line and waits for the answer gets it.
        if input.buffer().is_empty() {
            out.flush()?;
        }
    }
    out.flush()?;
    Ok(())
}
