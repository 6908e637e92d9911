//! The least value of a function within a window that moves to the right.
//!
//! The function is made of straight lines. It is known up to the right edge of the window, and
//! both edges only move to the right. Kept are the stretches that can still become the least:
//! whatever is not lower than something further to the right never will, since that leaves later.

use alloc::collections::VecDeque;

/// A straight line over `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) start: u64,
    pub(super) end: u64,
    /// The value at `start`.
    pub(super) value: i128,
    pub(super) slope: i64,
    /// No way to a place in it has fewer parts.
    pub(super) parts: u32,
}

impl Stretch {
    pub(super) fn at(&self, place: u64) -> i128 {
        self.value + i128::from(self.slope) * i128::from(place - self.start)
    }

    /// Whether the other one is behind it on the same line.
    pub(super) fn goes_on_as(&self, next: &Self) -> bool {
        self.end == next.start && self.slope == next.slope && self.at(next.start) == next.value
    }
}

/// Where the left edge of a window is when the end of the part is at `y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// Nothing before this place is in the window.
    pub(super) fixed: u64,
    /// Nothing further from `y` is in the window.
    pub(super) reach: u64,
}

impl Edge {
    fn at(&self, y: u64) -> u64 {
        self.fixed.max(y.saturating_sub(self.reach))
    }

    /// Whether it moves together with `y`.
    fn moves(&self, y: u64) -> bool {
        y >= self.fixed.saturating_add(self.reach)
    }
}

/// Where the least value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Back {
    /// At this place.
    At(u64),
    /// So far before the end of the part.
    By(u64),
}

impl Back {
    pub(super) const fn from(self, y: u64) -> u64 {
        match self {
            Self::At(place) => place,
            Self::By(distance) => y - distance,
        }
    }
}

/// How the least value goes on while the end of the part moves on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Least {
    pub(super) value: i128,
    pub(super) slope: i64,
    pub(super) back: Back,
    /// No way to there has fewer parts.
    pub(super) parts: u32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    /// Stretches that do not fall, from left to right; each is lower than all to the right of it.
    held: VecDeque<Stretch>,
    /// The stretch at the right edge, while it falls.
    falling: Option<Stretch>,
}

impl Window {
    pub(super) fn clear(&mut self) {
        self.held.clear();
        self.falling = None;
    }

    /// The right edge has come to the start of a stretch.
    pub(super) fn enter(&mut self, stretch: Stretch) {
        if stretch.slope < 0 {
            self.falling = Some(stretch);
        } else {
            self.hold(stretch);
        }
    }

    /// The right edge has left the stretch it was in.
    pub(super) fn leave(&mut self) {
        if let Some(fallen) = self.falling.take() {
            let last = fallen.end - 1;
            let value = fallen.at(last);
            self.hold(Stretch { start: last, value, slope: 0, ..fallen });
        }
    }

    fn hold(&mut self, stretch: Stretch) {
        while let Some(last) = self.held.back_mut() {
            if last.goes_on_as(&stretch) {
                last.end = stretch.end;
                last.parts = last.parts.min(stretch.parts);
                return;
            }
            if last.value < stretch.value {
                if last.slope > 0 {
                    // From where it is as high as the new one on, it is of no more use.
                    let lower = stretch.value - last.value;
                    let length = ceil_div(lower, last.slope.into());
                    last.end = last.end.min(last.start.saturating_add(length));
                }
                break;
            }
            self.held.pop_back();
        }
        self.held.push_back(stretch);
    }

    /// The least values when the end of the part is at `y` and the right edge at `right`: one of
    /// what is held, and the one at the right edge while that falls.
    pub(super) fn least(&mut self, edge: Edge, y: u64, right: u64) -> [Option<Least>; 2] {
        let left = edge.at(y);
        while self.held.front().is_some_and(|first| first.end <= left) {
            self.held.pop_front();
        }
        if left > right {
            return [None; 2];
        }
        let held = self.held.front().map(|first| {
            let (value, slope, back) =
                if left <= first.start && !(left == first.start && edge.moves(y)) {
                    (first.value, 0, Back::At(first.start))
                } else if edge.moves(y) {
                    (first.at(left), first.slope, Back::By(edge.reach))
                } else {
                    (first.at(left), 0, Back::At(left))
                };
            Least { value, slope, back, parts: first.parts }
        });
        let falling = self.falling.map(|falling| Least {
            value: falling.at(right),
            slope: falling.slope,
            back: Back::By(y - right),
            parts: falling.parts,
        });
        [held, falling]
    }

    /// The next `y` at which what [`least`](Self::least) gives goes on otherwise, as far as the
    /// left edge is concerned; `right` is the right edge at `y`.
    pub(super) fn until(&self, edge: Edge, y: u64, right: u64) -> u64 {
        let mut until = u64::MAX;
        let mut event = |at: u64| {
            if at > y {
                until = until.min(at);
            }
        };
        event(edge.fixed.saturating_add(edge.reach));
        event(edge.fixed.saturating_add(y - right));
        if let Some(first) = self.held.front().filter(|_| edge.moves(y)) {
            event(first.start.saturating_add(edge.reach));
            event(first.end.saturating_add(edge.reach));
        }
        until
    }
}

fn ceil_div(value: i128, by: i128) -> u64 {
    u64::try_from((value + by - 1) / by).unwrap_or(u64::MAX)
}
