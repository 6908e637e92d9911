//! What a plan must be, and what the best one costs, found by trying everything.

use b2_proto::plan::synthesis::least::Weights;
use b2_proto::plan::synthesis::{Intent, Origin, Part, Plan};

/// Lengths of legal parts, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Legal {
    pub(crate) min: u64,
    pub(crate) upload_max: u64,
    pub(crate) copy_max: u64,
}

impl Legal {
    pub(crate) fn of(min: u64, usual: u64, max: u64) -> Self {
        Self { min, upload_max: usual + min - 1, copy_max: max.max(2 * min - 1) }
    }
}

pub(crate) fn end(intent: &Intent) -> u64 {
    intent.offset + intent.len.expect("a length")
}

/// Fails unless the plan is a file of legal parts, each byte from an intent that has it, and its
/// totals are those of its parts.
pub(crate) fn check_plan(plan: &Plan, intents: &[Intent], legal: Legal) -> Result<(), String> {
    let len = intents.iter().map(end).max().unwrap_or(0);
    let mut at = 0;
    let (mut sent, mut fetched, mut copied, mut fetches) = (0, 0, 0, 0);
    let (mut uploads, mut copies) = (0, 0);
    for (index, part) in plan.parts().enumerate() {
        let start = at;
        for piece in part.pieces() {
            let intent = &intents[piece.intent as usize];
            let is_there = intent.origin == piece.origin
                && intent.offset + piece.offset == at
                && at + piece.len <= end(intent)
                && (piece.len > 0 || len == 0);
            if !is_there {
                return Err(format!("{piece:?} at {at} in {plan:?}"));
            }
            at += piece.len;
            if piece.origin == Origin::Remote && !matches!(part, Part::Copy(_)) {
                fetched += piece.len;
                fetches += 1;
            }
        }
        let (of_kind, max) = match part {
            Part::Copy(piece) => {
                copies += 1;
                copied += at - start;
                (piece.origin == Origin::Remote, legal.copy_max)
            }
            Part::Send(piece) => (piece.origin == Origin::Local, legal.upload_max),
            Part::Join(pieces) => {
                let is_join = pieces.len() > 1 || pieces[0].origin == Origin::Remote;
                (is_join, legal.upload_max)
            }
        };
        if !matches!(part, Part::Copy(_)) {
            uploads += 1;
            sent += at - start;
        }
        let is_last = index + 1 == plan.count() as usize;
        let is_long_enough = is_last || at - start >= legal.min;
        if !of_kind || !is_long_enough || at - start > max {
            return Err(format!("{part:?} is not legal in {plan:?}"));
        }
        if plan.part(u32::try_from(index).expect("few parts")) != Some(part) {
            return Err(format!("part {index} is not where it is in {plan:?}"));
        }
    }
    let totals = plan.totals();
    let are_right = (totals.sent, totals.fetched, totals.copied) == (sent, fetched, copied)
        && (totals.uploads, totals.copies, totals.fetches) == (uploads, copies, fetches)
        && totals.len == len
        && plan.parts().len() == plan.count() as usize
        && plan.part(plan.count()).is_none();
    if at == len && are_right { Ok(()) } else { Err(format!("{plan:?}, {len} bytes")) }
}

/// A small file, byte by byte.
struct Bytes {
    len: usize,
    legal: Legal,
    weights: Weights,
    /// For each byte, how far a remote intent reaches that has it and all between.
    reach: Vec<usize>,
    /// For each place, what sending all bytes before it costs.
    sending: Vec<u128>,
}

impl Bytes {
    fn new(intents: &[Intent], legal: Legal, weights: &Weights) -> Self {
        let place = |at: u64| usize::try_from(at).expect("a small file");
        let len = place(intents.iter().map(end).max().unwrap_or(0));
        let (mut reach, mut is_local) = (vec![0; len], vec![false; len]);
        for intent in intents {
            let to = place(end(intent));
            for at in place(intent.offset)..to {
                match intent.origin {
                    Origin::Local => is_local[at] = true,
                    Origin::Remote => reach[at] = to.max(reach[at]),
                }
            }
        }
        let mut sending = vec![0];
        for is_local in is_local {
            let fetched = if is_local { 0 } else { weights.fetched };
            let cost = u128::from(weights.sent) + u128::from(fetched);
            sending.push(sending[sending.len() - 1] + cost);
        }
        Self { len, legal, weights: *weights, reach, sending }
    }

    /// Calls `each` with both ends and the cost of every legal part, by where they end.
    fn parts(&self, mut each: impl FnMut(usize, usize, u128)) {
        for to in 1..=self.len {
            for from in 0..to {
                let len = (to - from) as u64;
                if to < self.len && len < self.legal.min {
                    continue;
                }
                if self.reach[from] >= to && len <= self.legal.copy_max {
                    each(from, to, 0);
                }
                if len <= self.legal.upload_max {
                    each(from, to, self.sending[to] - self.sending[from]);
                }
            }
        }
    }

    /// With the calls around the parts.
    fn total(&self, bytes: u128, parts: usize) -> (u128, usize) {
        let calls = parts + if parts > 1 { 2 } else { 0 };
        (bytes + u128::from(self.weights.call) * calls as u128, parts)
    }
}

/// What the best of all legal plans costs, and how many parts it has.
///
/// Every cut at every byte and every kind of part is tried.
pub(crate) fn best(intents: &[Intent], legal: Legal, weights: &Weights) -> Option<(u128, usize)> {
    let bytes = Bytes::new(intents, legal, weights);
    let call = u128::from(weights.call);
    let len = bytes.len;
    let mut least: Vec<Option<(u128, usize)>> = vec![None; len + 1];
    least[0] = Some((0, 0));
    let (mut one, mut several) = (None, None);
    let keep = |known: &mut Option<(u128, usize)>, way: (u128, usize)| {
        *known = Some(known.map_or(way, |known| known.min(way)));
    };
    bytes.parts(|from, to, cost| {
        let Some((before, parts)) = least[from] else { return };
        let way = (before + cost + call, parts + 1);
        if to < len {
            keep(&mut least[to], way);
        } else if from == 0 {
            keep(&mut one, way);
        } else {
            keep(&mut several, (way.0 + 2 * call, way.1));
        }
    });
    one.into_iter().chain(several).min()
}

/// The same among plans of at most `parts_max` parts.
pub(crate) fn best_of_few(
    intents: &[Intent],
    legal: Legal,
    weights: &Weights,
    parts_max: usize,
) -> Option<(u128, usize)> {
    let bytes = Bytes::new(intents, legal, weights);
    let mut least: Vec<Vec<Option<u128>>> = vec![vec![None; parts_max + 1]; bytes.len + 1];
    least[0][0] = Some(0);
    bytes.parts(|from, to, cost| {
        for parts in 0..parts_max {
            if let Some(before) = least[from][parts] {
                let known = &mut least[to][parts + 1];
                *known = Some(known.map_or(before + cost, |known| known.min(before + cost)));
            }
        }
    });
    let total = |parts| Some(bytes.total(least[bytes.len][parts]?, parts));
    (1..=parts_max).filter_map(total).min()
}
