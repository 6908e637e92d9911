//! Two runs of a sync that are one for whoever asked for it.

use b2_local::sync::Summary;
use b2_proto::plan::sync::Totals;

/// Two runs of which the second one did what the first one left. What was done adds up; what came
/// to nothing is what the second one says, which tried it all again.
pub(super) const fn joined(first: Summary, second: Summary) -> Summary {
    let (was, is) = (first.planned, second.planned);
    let planned = Totals {
        same: was.same,
        transfers: was.transfers + is.transfers,
        transfer_bytes: was.transfer_bytes.saturating_add(is.transfer_bytes),
        renames: was.renames + is.renames,
        rename_bytes: was.rename_bytes.saturating_add(is.rename_bytes),
        hides: was.hides + is.hides,
        deletes: was.deletes + is.deletes,
        ..is
    };
    Summary {
        planned,
        transferred: first.transferred + second.transferred,
        transferred_bytes: first.transferred_bytes.saturating_add(second.transferred_bytes),
        renamed: first.renamed + second.renamed,
        hidden: first.hidden + second.hidden,
        deleted: first.deleted + second.deleted,
        ..second
    }
}
