//! Asking before many names vanish.

use std::io::{self, IsTerminal as _};

use b2_local::sync::{Event, Refused};
use b2_proto::name::Hexed;
use b2_proto::plan::sync::{Entry as _, Why, Work};
use b2_tokio::SyncBuilder;

use super::told::Told;
use crate::failure::Failure;
use crate::output::note;
use crate::prompt::{self, Echo};

/// Whether they may. Without somebody at a terminal they may not. Whoever is asked can have all
/// names listed.
pub(super) async fn may_delete(
    builder: &impl Fn() -> Result<SyncBuilder, Failure>,
    told: &Told<'_>,
    (refused, wanted): (&Refused, u64),
) -> Result<bool, Failure> {
    told.clear();
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(false);
    }
    if !refused.is_whole() {
        // The answer would be about names that nobody remembers.
        note!("Nobody is asked about them: {}.", unknown(refused, wanted));
        return Ok(false);
    }
    for name in told.held() {
        note!("  {name}");
    }
    let more = wanted.saturating_sub(told.held().len() as u64);
    let answers = if more > 0 { "y/N/l" } else { "y/N" };
    if more > 0 {
        note!("  and {more} more: l lists them all");
    }
    let question = match wanted {
        1 => format!("This name is not in the source. Remove it? [{answers}] "),
        _ => format!("These {wanted} names are not in the source. Remove them? [{answers}] "),
    };
    loop {
        let answer = prompt::ask(io::stderr(), &question, Echo::On).await;
        let answer = answer.map_err(|it| Failure::message(format_args!("no answer: {it}")))?;
        match answer.unwrap_or_default().trim() {
            "y" | "Y" | "yes" => return Ok(true),
            "l" | "L" | "list" if more > 0 => list(builder()?, refused).await?,
            _ => return Ok(false),
        }
    }
}

/// Why nobody is asked.
fn unknown(refused: &Refused, wanted: u64) -> String {
    match (refused.waiting(), refused.names()) {
        (0, 0) => "nothing is known of the source".to_owned(),
        (0, names) => format!("of {wanted} names only {names} can be remembered"),
        (1, _) => "the file that one of them was renamed to has not come about".to_owned(),
        (waiting, _) => {
            format!("the files that {waiting} of them were renamed to have not come about")
        }
    }
}

/// Prints all of them, as a dry run finds them: they may be very many.
async fn list(sync: SyncBuilder, refused: &Refused) -> Result<(), Failure> {
    let sync = sync.dry_run().only_refused(refused);
    let sync = sync.on_event(|event| {
        if let Some(name) = vanishing(event) {
            note!("  {}", Hexed(name));
        }
    });
    sync.send().await?;
    Ok(())
}

/// The name that is no more after an action.
fn vanishing(event: &Event) -> Option<&str> {
    let Event::Done(action) = event else { return None };
    match &action.work {
        Work::Hide(entry) | Work::Delete { entry, why: Why::Vanished } => Some(entry.path()),
        Work::Delete { .. } | Work::Transfer { .. } | Work::Rename { .. } => None,
    }
}
