//! Finds copied parts that can be compared with local data.

use alloc::vec::Vec;

use super::intent::{Intent, Origin};
use super::order::{Cover, Ordered};
use super::part::{Part, Piece};
use super::plan::Plan;
use super::totals::Overlap;

/// Marks each copied part whose bytes local intents have as well, all of them, and counts what they
/// have of these and of others.
pub(super) fn mark(plan: &mut Plan, ordered: &Ordered<'_>, intents: &[Intent]) {
    let items = ordered.items();
    let mut local = Cover::new(&items, Origin::Local);
    let mut pieces = Vec::new();
    let mut overlap = Overlap::default();
    for index in 0..plan.count() {
        let Some(Part::Copy(copied)) = plan.part(index) else { continue };
        let start = intents[copied.intent as usize].offset + copied.offset;
        let end = start + copied.len;
        let mut at = start;
        pieces.clear();
        while at < end {
            let Some(item) = local.at(at) else {
                at = local.next_start().min(end);
                continue;
            };
            let len = item.end.min(end) - at;
            let (intent, origin) = (item.index, item.origin);
            pieces.push(Piece { offset: at - item.start, len, intent, origin });
            at += len;
        }
        let covered: u64 = pieces.iter().map(|piece| piece.len).sum();
        if covered == copied.len && covered > 0 {
            plan.mark(index, &pieces);
            overlap.verified += covered;
        } else {
            overlap.unverified += covered;
        }
    }
    plan.note_overlap(overlap);
}
