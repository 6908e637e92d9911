//! How a sync ends: its exit code, and what is said last.

use b2_local::sync::{Ending, Summary, UNREACHED_MAX};
use b2_proto::error::ErrorKind;

use super::INTERRUPTED;
use super::estimate::{Prices, Takes};
use crate::args::SyncArgs;
use crate::failure::Failure;
use crate::output::{count, note};

/// What of an end decides about the exit code; `has_warned` of something that is in no summary.
pub(super) fn outcome(args: &SyncArgs, summary: &Summary, has_warned: bool) -> Result<(), Failure> {
    let done = summary.transferred + summary.renamed;
    match summary.ending {
        Ending::Stopped => Err(Failure::Interrupted(INTERRUPTED)),
        Ending::EmptySource => Err(empty_source(args, summary)),
        Ending::TooManyDeletes { wanted, allowed } => {
            let (names, place) = (count(wanted, "name"), &args.destination);
            let what = match args.dry_run {
                true => "so without --dry-run none would, unless you allow it",
                false => "so none does. See which with --dry-run, and allow it",
            };
            Err(Failure::message(format_args!(
                "{names} would vanish from {place}, more than {allowed}, {what} with --max-delete \
                 {wanted}."
            )))
        }
        Ending::GivenUp(kind) => {
            let is_gone = matches!(kind, ErrorKind::Network | ErrorKind::Unavailable);
            let (what, when) = if is_gone {
                ("cannot be reached any more", "it can be reached")
            } else {
                ("takes nothing more", "that is settled")
            };
            Err(Failure::message(format_args!(
                "the service {what}: {} files in a row failed for it. {} copied; run the same \
                 again when {when}, and it goes on from there.",
                UNREACHED_MAX + 1,
                if done == 1 { "1 was".to_owned() } else { format!("{done} were") },
            )))
        }
        Ending::OutOfOrder => Err(Failure::message(
            "a side was listed in another order than that of names; nothing more was done",
        )),
        Ending::Complete if summary.failures() + summary.undone > 0 => {
            Err(Failure::message(format_args!(
                "Incomplete sync: sync is incomplete ({} failed, {done} copied). What failed \
                 and why is told above; run the same again when that is settled.",
                summary.failures()
            )))
        }
        Ending::Complete if !summary.is_complete() || has_warned => Err(Failure::Told),
        Ending::Complete => Ok(()),
    }
}

/// What to say of a source that has no files, in the words of the reference where nothing at all is
/// in it.
fn empty_source(args: &SyncArgs, summary: &Summary) -> Failure {
    let place = &args.source;
    let has_entries = std::fs::read_dir(place).is_ok_and(|mut it| it.next().is_some());
    if has_entries || summary.planned.left_out > 0 {
        return Failure::message(format_args!(
            "no file in {place} takes part ({} left out, {} skipped), so nothing was done. Check \
             what leaves them out, and whether a disk is not mounted there; \
             --allow-empty-source syncs anyway.",
            summary.planned.left_out, summary.skipped
        ));
    }
    Failure::message(format_args!(
        "Directory {place} is empty.  Use --allow-empty-source to sync anyway."
    ))
}

/// What was done, what it took, and what that costs; of a dry run what it would be. `counted` was
/// used in any case.
pub(super) fn summarize(
    args: &SyncArgs,
    summary: &Summary,
    counted: &Takes,
    planned: Option<&Takes>,
    prices: Option<&Prices>,
) {
    let copied = if planned.is_some() { "to copy" } else { "copied" };
    note!(
        "{} {copied} ({}), {} renamed, {} hidden, {} deleted; {} the same, {} newer and skipped, \
         {} left out; {} failed, {} held back, {} unknown",
        count(summary.transferred, "file"),
        count(summary.transferred_bytes, "byte"),
        summary.renamed,
        summary.hidden,
        summary.deleted,
        summary.planned.same,
        summary.planned.skipped_newer,
        summary.planned.left_out,
        summary.failures(),
        // What is undone is a removal that waits for an action which came to nothing.
        summary.planned.held_back + summary.undone,
        count(summary.planned.unknown, "place")
    );
    note!("Used: {counted}");
    if let Some(takes) = planned {
        // How much of a file is there already, only reading both tells.
        let is_at_most = args.incremental_mode || args.by_blocks;
        let most = if is_at_most { ", if nothing of the files is there" } else { "" };
        note!("Would use besides{most}: {takes}");
    }
    if let Some(prices) = prices {
        let (cost, currency) = (planned.unwrap_or(counted).cost(prices), &prices.currency);
        note!("Cost of that: {cost:.4} {currency}");
        if let Some(takes) = planned {
            let storage = takes.cost_of_storage(prices);
            note!("Storage of what is new: {storage:.4} {currency} a month");
        }
    }
}
