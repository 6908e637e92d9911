//! Counts of transactions (spec section 7).

use std::collections::BTreeMap;

use super::op::{Class, Op};

const DAY_MS: u64 = 86_400_000;

/// Transactions by operation, and by class for the current UTC day.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    by_op: BTreeMap<Op, u64>,
    day: u64,
    today: BTreeMap<Class, u64>,
    downloaded_today: u64,
}

impl Meter {
    /// Transactions of one operation since the start. A listing counts one per started 1,000
    /// rows.
    pub fn of(&self, op: Op) -> u64 {
        self.by_op.get(&op).copied().unwrap_or(0)
    }

    /// Transactions of one class since the start.
    pub fn of_class(&self, class: Class) -> u64 {
        self.by_op.iter().filter(|(op, _)| op.class() == class).map(|(_, count)| count).sum()
    }

    pub(super) fn of_day(&self, now_ms: u64, class: Class) -> u64 {
        if now_ms / DAY_MS != self.day {
            return 0;
        }
        self.today.get(&class).copied().unwrap_or(0)
    }

    pub(super) fn downloaded(&self, now_ms: u64) -> u64 {
        if now_ms / DAY_MS == self.day { self.downloaded_today } else { 0 }
    }

    pub(super) fn count(&mut self, now_ms: u64, op: Op, transactions: u64) {
        self.turn_day(now_ms);
        *self.by_op.entry(op).or_insert(0) += transactions;
        *self.today.entry(op.class()).or_insert(0) += transactions;
    }

    pub(super) fn count_download(&mut self, now_ms: u64, len: u64) {
        self.turn_day(now_ms);
        self.downloaded_today = self.downloaded_today.saturating_add(len);
    }

    fn turn_day(&mut self, now_ms: u64) {
        let day = now_ms / DAY_MS;
        if day != self.day {
            self.day = day;
            self.today.clear();
            self.downloaded_today = 0;
        }
    }
}
