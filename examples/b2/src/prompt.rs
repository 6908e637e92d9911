//! Asking a person. Whoever stops waiting for an answer gets away: Ctrl-C ends a question at once.

use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::process::Command;
use std::thread;

use tokio::sync::oneshot;

/// What is typed is seen, or not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Echo {
    On,
    Off,
}

/// Asks on this stream, and gives the next line of standard input without its end; nothing when
/// there is none.
pub(crate) async fn ask(
    mut out: impl Write,
    question: &str,
    echo: Echo,
) -> io::Result<Option<String>> {
    out.write_all(question.as_bytes())?;
    out.flush()?;
    let _hidden = (echo == Echo::Off).then(Hidden::new).flatten();
    let (sender, answered) = oneshot::channel();
    // Left behind where nobody waits any more: reading cannot be broken off.
    thread::Builder::new().name("b2-answer".to_owned()).spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        let _ = sender.send(read.map(|len| (len > 0).then_some(line)));
    })?;
    let line = answered.await.map_err(io::Error::other)??;
    Ok(line.map(|line| line.trim_end_matches(['\n', '\r']).to_owned()))
}

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden;

impl Hidden {
    fn new() -> Option<Self> {
        (io::stdin().is_terminal() && set_echo("-echo")).then_some(Self)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        set_echo("echo");
        // Nor did it show the end of the line.
        crate::output::note!("");
    }
}

/// There is no portable call for this in the standard library.
fn set_echo(mode: &str) -> bool {
    Command::new("stty").arg(mode).status().is_ok_and(|status| status.success())
}
