//! Chooses the source of every byte, as the reference does (behaviour d.4).
//!
//! Two trackers run side by side, one for local intents and one for remote ones. Each holds the
//! intent in use and the most promising one behind it. A remote intent that will be used for at
//! least the shortest part is *guarded*: it wins over local data.

use super::intent::{Item, Origin};
use super::part::Piece;

/// A range of the new file from one intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fragment {
    pub(super) item: Item,
    pub(super) from: u64,
    pub(super) to: u64,
}

impl Fragment {
    /// The same as bytes of the intent.
    pub(super) const fn piece(&self) -> Piece {
        Piece {
            offset: self.from - self.item.start,
            len: self.to - self.from,
            intent: self.item.index,
            origin: self.item.origin,
        }
    }
}

/// What a tracker offers: its intent up to `to`.
#[derive(Clone, Copy, Debug)]
struct Offer {
    item: Item,
    to: u64,
    is_guarded: bool,
}

#[derive(Clone, Debug)]
struct Tracker {
    /// What a range must have so that it is worth protecting, in bytes.
    guard: u64,
    /// The intent in use, and where its use began.
    current: Option<(Item, u64)>,
    next: Option<Item>,
}

impl Tracker {
    const fn new(guard: u64) -> Self {
        Self { guard, current: None, next: None }
    }

    /// An intent that does not reach further than the waiting one is forgotten.
    fn add(&mut self, item: Item) {
        if self.next.is_none_or(|next| next.end < item.end) {
            self.next = Some(item);
        }
    }

    /// What to use from `pos` until the next intent comes, at `incoming` (or never).
    #[inline]
    fn advance(&mut self, mut pos: u64, incoming: Option<u64>) -> [Option<Offer>; 2] {
        if self.current.is_some_and(|(current, _)| pos >= current.end) {
            self.current = None;
        }
        // Step 1b: one that lies within what is in use has nothing to add (P1).
        let used = self.current.map_or(0, |(current, _)| current.end);
        if self.next.is_some_and(|next| next.end <= pos.max(used)) {
            self.next = None;
        }
        let known = self.next.or_else(|| self.current.map(|(current, _)| current));
        let Some(horizon) = incoming.or_else(|| known.map(|item| item.end)) else {
            return [None; 2];
        };
        if self.current.is_none()
            && let Some(next) = self.next
            && incoming.is_none_or(|_| next.start != horizon)
        {
            // Until then, several that begin at one place compete in `add`.
            self.current = Some((next, pos));
            self.next = None;
        }
        let mut first = None;
        if let (Some((current, from)), Some(next)) = (self.current, self.next)
            && horizon > current.end
        {
            if current.end - from >= self.guard {
                let need = self.guard.saturating_sub(pos - from);
                if need > 0 {
                    let mut to = pos + need;
                    if next.end.saturating_sub(to) < self.guard {
                        // The next one would become too short.
                        to = current.end;
                    }
                    first = Some(Offer { item: current, to, is_guarded: true });
                    pos = to;
                }
            }
            self.current = Some((next, pos));
            self.next = None;
        }
        let offer = self.current.map(|(current, from)| Offer {
            item: current,
            to: horizon.min(current.end),
            is_guarded: current.end.saturating_sub(from) >= self.guard,
        });
        if first.is_some() { [first, offer] } else { [offer, None] }
    }
}

/// Chooses among intents that come in order.
#[derive(Clone, Debug)]
pub(super) struct Selector {
    local: Tracker,
    remote: Tracker,
    pos: u64,
    /// What may still grow.
    open: Option<Fragment>,
}

impl Tracker {
    /// The intents it holds.
    fn held(&self) -> impl Iterator<Item = Item> {
        self.current.map(|(current, _)| current).into_iter().chain(self.next)
    }
}

impl Selector {
    /// The intents that may still be used.
    pub(super) fn held(&self) -> impl Iterator<Item = Item> {
        let open = self.open.map(|open| open.item);
        self.local.held().chain(self.remote.held()).chain(open)
    }

    /// Up to here it is decided, in bytes from the start of the file.
    pub(super) fn decided(&self) -> u64 {
        self.open.map_or(self.pos, |open| open.from)
    }

    /// For parts of at least `min` bytes.
    pub(super) const fn new(min: u64) -> Self {
        Self { local: Tracker::new(0), remote: Tracker::new(min), pos: 0, open: None }
    }

    /// Takes an intent; what is decided by that goes to `emit`.
    #[inline]
    pub(super) fn add(&mut self, item: Item, emit: &mut impl FnMut(Fragment)) {
        self.advance(Some(item.start), emit);
        match item.origin {
            Origin::Local => self.local.add(item),
            Origin::Remote => self.remote.add(item),
        }
    }

    /// Gives a local fragment that may still grow as far as it is known, if it has `len` bytes.
    /// What becomes of local bytes does not depend on how many follow.
    pub(super) fn hand_over(&mut self, len: u64, emit: &mut impl FnMut(Fragment)) {
        if let Some(open) = &mut self.open
            && open.item.origin == Origin::Local
            && open.to - open.from >= len.max(1)
        {
            emit(*open);
            open.from = open.to;
        }
    }

    /// Decides the rest.
    pub(super) fn finish(&mut self, emit: &mut impl FnMut(Fragment)) {
        self.advance(None, emit);
        if let Some(last) = self.open.take().filter(|last| last.from < last.to) {
            emit(last);
        }
    }

    #[inline]
    fn advance(&mut self, incoming: Option<u64>, emit: &mut impl FnMut(Fragment)) {
        let mut local = self.local.advance(self.pos, incoming);
        let mut remote = self.remote.advance(self.pos, incoming);
        loop {
            let (winner, to) = match (local[0], remote[0]) {
                (Some(local), Some(remote)) => {
                    let winner = if remote.is_guarded { remote } else { local };
                    (winner, local.to.min(remote.to))
                }
                (Some(one), None) | (None, Some(one)) => (one, one.to),
                (None, None) => return,
            };
            self.give(winner.item, to, emit);
            for offers in [&mut local, &mut remote] {
                while offers[0].is_some_and(|offer| offer.to <= to) {
                    *offers = [offers[1], None];
                }
            }
        }
    }

    #[inline]
    fn give(&mut self, item: Item, to: u64, emit: &mut impl FnMut(Fragment)) {
        if to <= self.pos {
            return;
        }
        match &mut self.open {
            Some(open) if open.item.index == item.index => open.to = to,
            open => {
                let fragment = Fragment { item, from: self.pos, to };
                if let Some(done) = open.replace(fragment).filter(|done| done.from < done.to) {
                    emit(done);
                }
            }
        }
        self.pos = to;
    }
}
