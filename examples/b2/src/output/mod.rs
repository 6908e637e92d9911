//! What goes to standard output, and how.

mod count;
pub(crate) mod json;
pub(crate) mod progress;
pub(crate) mod readable;
pub(crate) mod report;
pub(crate) mod shape;
pub(crate) mod table;
pub(crate) mod waits;

use core::fmt::{self, Write as _};
use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write as _};
use std::sync::{Mutex, PoisonError};

use b2_proto::name::{Hexed, Quoted, Substituted};
use serde_json::Value;

use crate::args::Global;
use crate::failure::Failure;

pub(crate) use count::count;

/// A line on standard error, worded as with `format!`. That nobody reads it is nobody's trouble.
macro_rules! note {
    ($($words:tt)*) => { $crate::output::put_note(format_args!($($words)*)) };
}
pub(crate) use note;

/// Puts a line on standard error, in one piece.
pub(crate) fn put_note(line: fmt::Arguments<'_>) {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// A name in one line, whatever is in it: local names may have ends of lines, and everything else
/// that changes a terminal.
pub(crate) fn one_line(name: &str) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        name.chars().try_for_each(|c| match c {
            c if c.is_control() => write!(f, "\\x{:02x}", u32::from(c)),
            c => f.write_char(c),
        })
    })
}

/// Standard output. Shared by the tasks of a command.
pub(crate) struct Out {
    writer: Mutex<BufWriter<Stdout>>,
    is_quiet: bool,
    escapes: bool,
}

impl Out {
    /// As the options, the environment and the terminal ask for (spec 3.2, 3.6).
    pub(crate) fn new(global: &Global) -> Self {
        let by_variable = match std::env::var("B2_ESCAPE_CONTROL_CHARACTERS").as_deref() {
            Ok("1") => Some(true),
            Ok("0") => Some(false),
            Ok(_) | Err(_) => None,
        };
        let escapes = if global.escape_control_characters {
            true
        } else if global.no_escape_control_characters {
            false
        } else {
            by_variable.unwrap_or_else(|| io::stdout().is_terminal())
        };
        let writer = Mutex::new(BufWriter::new(io::stdout()));
        Self { writer, is_quiet: global.quiet, escapes }
    }

    pub(crate) const fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// A line that `--quiet` keeps back.
    pub(crate) fn say(&self, line: impl fmt::Display) -> Result<(), Failure> {
        if self.is_quiet { Ok(()) } else { self.result(line) }
    }

    /// A line that is the result of the command.
    pub(crate) fn result(&self, line: impl fmt::Display) -> Result<(), Failure> {
        self.text(&line, "\n")
    }

    /// A result that has the ends of its lines already.
    pub(crate) fn result_as_is(&self, text: &str) -> Result<(), Failure> {
        self.text(&text, "")
    }

    /// A result in JSON.
    pub(crate) fn json(&self, value: &Value) -> Result<(), Failure> {
        self.result(json::text(value))
    }

    /// A name as it is listed (spec 3.6).
    pub(crate) fn name(&self, name: &str) -> String {
        if self.escapes { Quoted(name).to_string() } else { name.to_owned() }
    }

    /// Everything so far becomes visible.
    pub(crate) fn flush(&self) -> Result<(), Failure> {
        self.writer().flush().map_err(|error| Failure::output(&error))
    }

    fn text(&self, text: &dyn fmt::Display, end: &str) -> Result<(), Failure> {
        let mut writer = self.writer();
        let written = if self.escapes {
            let text = Hexed(&text.to_string()).to_string();
            write!(writer, "{}{end}", Substituted(&text))
        } else {
            write!(writer, "{text}{end}")
        };
        written.map_err(|error| Failure::output(&error))
    }

    fn writer(&self) -> std::sync::MutexGuard<'_, BufWriter<Stdout>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
