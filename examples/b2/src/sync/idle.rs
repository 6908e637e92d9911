//! Options that say nothing beside the others: whoever gives them meant something.

use b2_local::sync::Place;

use crate::args::{AgeBy, Compare, SyncArgs};

/// What to warn of.
pub(super) fn idle(args: &SyncArgs, source: &Place) -> Vec<&'static str> {
    let (removing, choosing) = (&args.removing, &args.choosing);
    let keeps_days = removing.keep_days.is_some_and(|ms| ms > 0);
    let keeps_all = !removing.delete && !keeps_days;
    let is_sha1 = args.compare_versions == Compare::Sha1;
    let is_local = matches!(source, Place::Folder(_));
    [
        (
            removing.max_delete.is_some() && keeps_all,
            "--max-delete says nothing without --delete or --keep-days: no name vanishes",
        ),
        (
            removing.delete_excluded && keeps_all,
            "--delete-excluded says nothing without --delete or --keep-days: no name vanishes",
        ),
        (
            removing.keep_days_by == AgeBy::Mtime && !keeps_days,
            "--keep-days-by says nothing without --keep-days",
        ),
        (
            args.index.is_some() && !is_sha1,
            "--index says nothing without --compare-versions sha1: no digest is compared",
        ),
        (
            choosing.exclude_if_uploaded_after.is_some() && is_local,
            "--exclude-if-uploaded-after says nothing of a folder: its files have no such time",
        ),
    ]
    .into_iter()
    .filter_map(|(is_idle, text)| is_idle.then_some(text))
    .collect()
}
