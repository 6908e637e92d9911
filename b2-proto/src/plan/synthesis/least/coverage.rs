//! What it costs to send bytes, along the file.

use alloc::vec::Vec;

use super::super::intent::{Item, Origin};

/// What sending one byte costs: less where local intents have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rates {
    pub(super) local: i64,
    pub(super) remote: i64,
}

/// Where local intents begin and cease to have the bytes, in turn: the first place is the start
/// of the first local range.
pub(super) fn coverage(items: &[Item]) -> Vec<u64> {
    let mut changes: Vec<u64> = Vec::new();
    for item in items.iter().filter(|item| item.origin == Origin::Local) {
        match changes.last_mut() {
            Some(end) if *end >= item.start => *end = item.end.max(*end),
            _ => changes.extend([item.start, item.end]),
        }
    }
    changes
}

/// The cost of sending all bytes before a place, asked for from left to right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sending<'a> {
    changes: &'a [u64],
    rates: Rates,
    is_local: bool,
    /// The last change behind which no place was asked for, and the cost up to there.
    from: u64,
    cost: i128,
}

impl<'a> Sending<'a> {
    pub(super) const fn new(changes: &'a [u64], rates: Rates) -> Self {
        Self { changes, rates, is_local: false, from: 0, cost: 0 }
    }

    /// What all bytes before `place` cost, and what the next ones do each.
    pub(super) fn before(&mut self, place: u64) -> (i128, i64) {
        while let [change, rest @ ..] = self.changes
            && *change <= place
        {
            self.cost += i128::from(self.rate()) * i128::from(change - self.from);
            (self.from, self.changes) = (*change, rest);
            self.is_local = !self.is_local;
        }
        let rate = self.rate();
        (self.cost + i128::from(rate) * i128::from(place - self.from), rate)
    }

    /// Where the cost of a byte changes next.
    pub(super) fn next_change(&self) -> u64 {
        self.changes.first().copied().unwrap_or(u64::MAX)
    }

    /// The last place asked for or before where it changed.
    pub(super) const fn last_change(&self) -> u64 {
        self.from
    }

    const fn rate(&self) -> i64 {
        if self.is_local { self.rates.local } else { self.rates.remote }
    }
}
