//! Turns the cheapest way into parts.

use super::super::super::parts::PartPlan;
use super::super::intent::{Item, Origin};
use super::super::order::Cover;
use super::super::part::{Output, Piece};
use super::sweep::{Lengths, Step};
use super::way::Via;
use alloc::vec::Vec;

/// Writes the parts of a way that is given from its last step to its first.
///
/// Uploads in a row are cut anew into equal parts, and so are copies in a row from one intent: as
/// few as before, so at no other cost.
pub(super) fn write(steps: &[Step], items: &[Item], lengths: &Lengths, out: &mut impl Output) {
    let mut pen = Pen {
        items,
        lengths,
        local: Cover::new(items, Origin::Local),
        remote: Cover::new(items, Origin::Remote),
        pieces: Vec::new(),
    };
    let mut open: Option<Step> = None;
    for step in steps.iter().rev() {
        match &mut open {
            Some(open) if open.via == step.via => open.to = step.to,
            open => {
                if let Some(done) = open.replace(*step) {
                    pen.write(done, out);
                }
            }
        }
    }
    if let Some(last) = open {
        pen.write(last, out);
    }
}

struct Pen<'a> {
    items: &'a [Item],
    lengths: &'a Lengths,
    local: Cover<'a>,
    remote: Cover<'a>,
    pieces: Vec<Piece>,
}

impl Pen<'_> {
    fn write(&mut self, run: Step, out: &mut impl Output) {
        let len = run.to - run.from;
        match run.via {
            Via::Upload => {
                let parts = PartPlan::even(len, len.div_ceil(self.lengths.upload_max));
                for part in parts.parts() {
                    self.upload(run.from + part.offset, run.from + part.end(), out);
                }
            }
            Via::Copy(item) => {
                let parts = PartPlan::even(len, len.div_ceil(self.lengths.copy_max));
                let item = &self.items[item as usize];
                for part in parts.parts() {
                    out.copy(piece(item, run.from + part.offset, run.from + part.end()), 1);
                }
            }
        }
    }

    /// One uploaded part: local bytes wherever there are some, each intent as far as it reaches.
    fn upload(&mut self, from: u64, to: u64, out: &mut impl Output) {
        self.pieces.clear();
        let mut at = from;
        while at < to {
            let (item, end) = match self.local.at(at) {
                Some(item) => (item, item.end),
                None => match self.remote.at(at) {
                    Some(item) => (item, item.end.min(self.local.next_start())),
                    None => return,
                },
            };
            let end = end.min(to);
            self.pieces.push(piece(&item, at, end));
            at = end;
        }
        match self.pieces[..] {
            [piece] if piece.origin == Origin::Local => out.send(piece, 1),
            _ => out.join(&self.pieces),
        }
    }
}

const fn piece(item: &Item, from: u64, to: u64) -> Piece {
    Piece { offset: from - item.start, len: to - from, intent: item.index, origin: item.origin }
}
