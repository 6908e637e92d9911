//! The least cost of every beginning of the file, as a function made of straight lines.

use alloc::vec::Vec;

use super::super::intent::{Item, Origin};
use super::coverage::{Rates, Sending};
use super::way::{Via, Way, Ways};
use super::window::{Back, Edge, Least, Stretch, Window};

/// What things cost. Only whole units, so that costs can be compared exactly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prices {
    pub(super) rates: Rates,
    pub(super) part: i128,
}

/// How long parts may be, in bytes. Both maxima are at least twice the minimum less one, so that
/// every length from the minimum on can be cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lengths {
    pub(super) min: u64,
    pub(super) upload_max: u64,
    pub(super) copy_max: u64,
}

/// One part of the cheapest way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) via: Via,
}

/// The least cost of the bytes before each place of a stretch, and how the last part is made.
#[derive(Clone, Copy, Debug)]
struct Known {
    stretch: Stretch,
    back: Back,
    via: Via,
}

/// What a file may consist of.
#[derive(Clone, Copy, Debug)]
pub(super) struct File<'a> {
    pub(super) items: &'a [Item],
    /// Its length, in bytes.
    pub(super) end: u64,
    /// Where local intents begin and cease to have its bytes.
    pub(super) changes: &'a [u64],
}

/// Keeps its lists from one search to the next.
#[derive(Debug)]
pub(super) struct Sweep<'a> {
    file: File<'a>,
    lengths: Lengths,
    prices: Prices,
    known: Vec<Known>,
    /// The stretch that the right edge of both windows is in, or was in last.
    entered: usize,
    /// The first remote intent that does not end before the place looked at.
    remote: usize,
    copying: Window,
    uploading: Window,
    /// The cost of sending up to the place looked at, and up to the right edge.
    sending: Sending<'a>,
    sending_right: Sending<'a>,
    parts_max: u32,
    /// At no place from here on are there ways known with so few parts.
    few_until: u64,
}

impl<'a> Sweep<'a> {
    pub(super) fn new(file: File<'a>) -> Self {
        let prices = Prices { rates: Rates { local: 0, remote: 0 }, part: 0 };
        let sending = Sending::new(file.changes, prices.rates);
        Self {
            file,
            lengths: Lengths { min: 1, upload_max: 1, copy_max: 1 },
            prices,
            known: Vec::new(),
            entered: 0,
            remote: 0,
            copying: Window::default(),
            uploading: Window::default(),
            sending,
            sending_right: sending,
            parts_max: u32::MAX,
            few_until: 0,
        }
    }

    /// The cheapest way through the whole file, from its last part to its first, and its cost.
    /// Nothing as soon as it shows that this way has more than `parts_max` parts.
    pub(super) fn cheapest(
        &mut self,
        lengths: Lengths,
        prices: Prices,
        parts_max: u32,
    ) -> Option<(Vec<Step>, i128)> {
        self.begin(lengths, prices, parts_max);
        let longest = lengths.upload_max.max(lengths.copy_max);
        let mut y = lengths.min;
        while y < self.file.end {
            y = self.advance(y);
            // One of the parts of any way begins within the longest part before a place.
            if self.few_until.saturating_add(longest) <= y {
                return None;
            }
        }
        let (last, cost) = self.last_part()?;
        let mut steps = Vec::new();
        let mut step = last;
        while step.to > 0 {
            steps.push(step);
            let to = step.from;
            let behind = self.known.partition_point(|known| known.stretch.start <= to);
            let known = &self.known[behind - 1];
            step = Step { from: known.back.from(to), to, via: known.via };
        }
        (steps.len() as u64 <= u64::from(parts_max)).then_some((steps, cost))
    }

    fn begin(&mut self, lengths: Lengths, prices: Prices, parts_max: u32) {
        (self.lengths, self.prices, self.parts_max) = (lengths, prices, parts_max);
        self.known.clear();
        (self.entered, self.remote) = (0, 0);
        self.copying.clear();
        self.uploading.clear();
        self.sending = Sending::new(self.file.changes, prices.rates);
        self.sending_right = self.sending;
        // Nothing costs nothing.
        let stretch = Stretch { start: 0, end: 1, value: 0, slope: 0, parts: 0 };
        self.note(Known { stretch, back: Back::At(0), via: Via::Upload }, true);
        self.enter();
    }

    /// Extends what is known from `y` to the place that is returned.
    fn advance(&mut self, y: u64) -> u64 {
        let right = y - self.lengths.min;
        self.move_right_edge(right);
        let edges = self.edges(y);
        let (cost, rate) = self.sending.before(y);
        let mut ways = self.ways(y, right, edges, cost, rate);
        let events = [
            self.file.end,
            self.sending.next_change(),
            self.file.items.get(self.remote).map_or(u64::MAX, |item| item.end + 1),
            self.copying.until(edges.0, y, right),
            self.uploading.until(edges.1, y, right),
        ];
        let event = events.into_iter().min().unwrap_or(self.file.end);
        let mut until = event.min(self.entering(right));
        if let Some(lowest) = Way::lowest(&ways, y, y)
            && self.goes_on(lowest, y, edges.0, rate)
            && lowest.until(&ways, y, y, until) == until
        {
            let held = Way::held(&ways);
            until = lowest.until(&held, y, y, event);
            ways = held;
        }
        let is_new_rate = self.sending.last_change() == y;
        self.take_lowest(y, until, &ways, is_new_rate);
        until
    }

    /// The place at which the right edge comes to another stretch, or leaves what is known.
    fn entering(&self, right: u64) -> u64 {
        let here = &self.known[self.entered].stretch;
        let next = self.known.get(self.entered + 1);
        let place = if right < here.end {
            here.end
        } else {
            next.map_or(u64::MAX, |next| next.stretch.start)
        };
        place.saturating_add(self.lengths.min)
    }

    /// Whether what is about to be noted stays right when the right edge comes to it: no part that
    /// begins there makes a cheaper way, as the page of the module shows.
    fn goes_on(&self, lowest: &Way, y: u64, copy_edge: Edge, rate: i64) -> bool {
        let is_last = self.entered + 1 == self.known.len();
        let is_upload = lowest.via == Via::Upload && lowest.least.slope == rate;
        let is_flat = lowest.least.slope == 0;
        is_last && lowest.is_held && (is_flat || (is_upload && copy_edge.fixed >= y))
    }

    /// The left edges of the windows of copies and of uploads.
    fn edges(&mut self, y: u64) -> (Edge, Edge) {
        let is_behind = |item: &Item| item.origin == Origin::Remote && item.end >= y;
        while self.file.items.get(self.remote).is_some_and(|item| !is_behind(item)) {
            self.remote += 1;
        }
        // Of all remote intents that reach so far this one begins first.
        let fixed = self.file.items.get(self.remote).map_or(u64::MAX, |item| item.start);
        let copy = Edge { fixed, reach: self.lengths.copy_max };
        (copy, Edge { fixed: 0, reach: self.lengths.upload_max })
    }

    /// All ways to end a part at `y`, copies first.
    fn ways(&mut self, y: u64, right: u64, edges: (Edge, Edge), cost: i128, rate: i64) -> Ways {
        let part = self.prices.part;
        // Places of the input have 32 bits, as indices of intents do.
        let remote = u32::try_from(self.remote).unwrap_or(u32::MAX);
        let copy = |least: Least, is_held| {
            let least =
                Least { value: least.value + part, parts: least.parts.saturating_add(1), ..least };
            Way { least, via: Via::Copy(remote), is_held }
        };
        let upload = |least: Least, is_held| {
            let (value, slope) = (least.value + cost + part, least.slope + rate);
            let least = Least { value, slope, parts: least.parts.saturating_add(1), ..least };
            Way { least, via: Via::Upload, is_held }
        };
        let [copy_held, copy_falling] = self.copying.least(edges.0, y, right);
        let [upload_held, upload_falling] = self.uploading.least(edges.1, y, right);
        [
            copy_held.map(|least| copy(least, true)),
            copy_falling.map(|least| copy(least, false)),
            upload_held.map(|least| upload(least, true)),
            upload_falling.map(|least| upload(least, false)),
        ]
    }

    /// Notes the lowest of the ways for each place from `start` on.
    fn take_lowest(&mut self, start: u64, until: u64, ways: &Ways, is_new_rate: bool) {
        let mut y = start;
        while y < until {
            let Some(lowest) = Way::lowest(ways, start, y) else { return };
            let end = lowest.until(ways, start, y, until);
            let (value, slope) = (lowest.cost(start, y), lowest.least.slope);
            let stretch = Stretch { start: y, end, value, slope, parts: lowest.least.parts };
            let known = Known { stretch, back: lowest.least.back, via: lowest.via };
            self.note(known, is_new_rate && y == start);
            y = end;
        }
    }

    /// Lengthens the last stretch if nothing changes, else begins a new one. Windows know the
    /// stretch that they have entered, so that one stays as it is.
    fn note(&mut self, known: Known, is_new_rate: bool) {
        if known.stretch.parts <= self.parts_max {
            self.few_until = known.stretch.end;
        }
        let can_grow = !is_new_rate && self.entered + 1 < self.known.len();
        if let Some(last) = self.known.last_mut().filter(|_| can_grow) {
            let goes_on = last.stretch.goes_on_as(&known.stretch);
            if goes_on && (last.back, last.via) == (known.back, known.via) {
                last.stretch.end = known.stretch.end;
                last.stretch.parts = last.stretch.parts.min(known.stretch.parts);
                return;
            }
        }
        self.known.push(known);
    }

    fn move_right_edge(&mut self, right: u64) {
        while let Some(next) = self.known.get(self.entered + 1)
            && next.stretch.start <= right
        {
            self.leave();
            self.entered += 1;
            self.enter();
        }
        // There may be nothing between two stretches.
        if self.known[self.entered].stretch.end <= right {
            self.leave();
        }
    }

    /// Lets both windows know of the stretch that begins at their right edge.
    fn enter(&mut self) {
        let stretch = self.known[self.entered].stretch;
        let (cost, rate) = self.sending_right.before(stretch.start);
        self.copying.enter(stretch);
        let (value, slope) = (stretch.value - cost, stretch.slope - rate);
        self.uploading.enter(Stretch { value, slope, ..stretch });
    }

    fn leave(&mut self) {
        self.copying.leave();
        self.uploading.leave();
    }

    /// The cheapest last part, which may have any length.
    fn last_part(&mut self) -> Option<(Step, i128)> {
        let end = self.file.end;
        self.move_right_edge(end - 1);
        self.leave();
        let edges = self.edges(end);
        let (cost, rate) = self.sending.before(end);
        let ways = self.ways(end, end - 1, edges, cost, rate);
        let lowest = ways.iter().flatten().min_by_key(|way| way.least.value)?;
        let from = lowest.least.back.from(end);
        Some((Step { from, to: end, via: lowest.via }, lowest.least.value))
    }
}
