//! Asking before many names vanish.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::told::Told;
use crate::failure::Failure;

/// Whether they may. Without somebody at a terminal they may not.
pub(super) fn may_delete(told: &mut Told<'_>, wanted: u64) -> Result<bool, Failure> {
    told.clear();
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(false);
    }
    for name in told.held() {
        eprintln!("  {name}");
    }
    let more = wanted.saturating_sub(told.held().len() as u64);
    if more > 0 {
        eprintln!("  and {more} more (--dry-run lists them all)");
    }
    eprint!("These {wanted} names are not in the source. Remove them? [y/N] ");
    let unread = |error: io::Error| Failure::message(format_args!("no answer: {error}"));
    io::stderr().flush().map_err(unread)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(unread)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
