//! Finds copied parts that can be compared with local data.

use alloc::vec::Vec;

use super::intent::{Intent, Origin};
use super::order::{Cover, Ordered};
use super::part::{Part, Piece};
use super::plan::Plan;

/// Marks each copied part whose bytes local intents have as well, all of them.
pub(super) fn mark(plan: &mut Plan, ordered: &Ordered<'_>, intents: &[Intent]) {
    let items = ordered.items();
    let mut local = Cover::new(&items, Origin::Local);
    let mut pieces = Vec::new();
    for index in 0..plan.count() {
        let Some(Part::Copy(copied)) = plan.part(index) else { continue };
        let start = intents[copied.intent as usize].offset + copied.offset;
        let end = start + copied.len;
        let mut at = start;
        pieces.clear();
        while at < end
            && let Some(item) = local.at(at)
        {
            let len = item.end.min(end) - at;
            let (intent, origin) = (item.index, item.origin);
            pieces.push(Piece { offset: at - item.start, len, intent, origin });
            at += len;
        }
        if at == end && !pieces.is_empty() {
            plan.mark(index, &pieces);
        }
    }
}
