//! Options that say nothing beside the others: whoever gives them meant something.

use b2_local::sync::Place;

use crate::args::{AgeBy, Compare, SyncArgs};

/// What to warn of.
pub(super) fn idle(args: &SyncArgs, source: &Place) -> Vec<&'static str> {
    let (removing, choosing) = (&args.removing, &args.choosing);
    let keeps_days = removing.keep_days.is_some_and(|ms| ms > 0);
    let keeps_all = !removing.delete && !keeps_days;
    let (compare, is_newer) = (args.compare_versions, args.skip_newer || args.replace_newer);
    let is_sha1 = compare == Compare::Sha1;
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
            args.index.is_some() && !is_sha1 && !args.find_renames,
            "--index says nothing without --compare-versions sha1 or --find-renames: no digest is \
             compared",
        ),
        (
            choosing.exclude_if_uploaded_after.is_some() && is_local,
            "--exclude-if-uploaded-after says nothing of a folder: its files have no such time",
        ),
        (
            args.incremental_mode && !is_local,
            "--incremental-mode says nothing of a bucket: only uploads go on from what is there",
        ),
        (
            args.by_blocks && !is_local,
            "--by-blocks says nothing of a bucket: only uploads go by what is there",
        ),
        (
            args.exclude_all_symlinks && !is_local,
            "--exclude-all-symlinks says nothing of a bucket: it has no links, and at a \
             destination none is followed",
        ),
        (
            is_newer && matches!(compare, Compare::Size | Compare::None),
            "--skip-newer and --replace-newer say nothing with --compare-versions size or none: no \
             time is compared",
        ),
        (
            args.compare_threshold > 0 && compare == Compare::None,
            "--compare-threshold says nothing with --compare-versions none: a name is enough",
        ),
    ]
    .into_iter()
    .filter_map(|(is_idle, text)| is_idle.then_some(text))
    .collect()
}
