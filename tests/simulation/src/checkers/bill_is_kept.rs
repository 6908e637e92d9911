//! Nothing is sent beyond what the client may ask of the service, and nothing is counted wrong.

use std::collections::BTreeMap;

use b2_proto::policy::meter::{Budget, Meter};

use b2_proto::op::Class;

use crate::checkers::LOGIN;
use crate::exchange::Exchange;

/// Counted, but never refused.
const FREE: [&str; 3] = [LOGIN, "b2_cancel_large_file", "b2_delete_file_version"];

/// What was really sent in a life.
#[derive(Debug, Default)]
pub(crate) struct Bill {
    requests: BTreeMap<&'static str, u64>,
    /// By class.
    transactions: BTreeMap<Class, u64>,
    bytes_up: u64,
    /// What may be.
    pub(crate) budget: Option<Budget>,
}

impl Bill {
    pub(crate) fn sent(&mut self, exchange: &Exchange) {
        *self.requests.entry(exchange.operation).or_default() += 1;
        let transactions = self.transactions.entry(exchange.class).or_default();
        *transactions += 1;
        let limit = self.budget.and_then(|budget| match exchange.class {
            Class::A => budget.class_a,
            Class::B => budget.class_b,
            Class::C => budget.class_c,
        });
        let is_free = FREE.contains(&exchange.operation);
        let is_within = is_free || limit.is_none_or(|limit| *transactions <= limit);
        assert!(is_within, "{transactions} of {:?}, {limit:?} are allowed", exchange.class);
        if exchange.is_upload() {
            self.bytes_up += exchange.payload_len;
        }
        let most = self.budget.and_then(|budget| budget.bytes_up);
        let is_within = most.is_none_or(|most| self.bytes_up <= most);
        assert!(is_within, "{} bytes sent, {most:?} are allowed", self.bytes_up);
    }

    /// Compares with what the client has counted.
    pub(crate) fn check(&self, meter: &Meter) {
        for (operation, count) in &self.requests {
            assert_eq!(meter.count(operation), *count, "requests of {operation} counted");
        }
        assert_eq!(meter.bytes_up, self.bytes_up, "bytes of uploads counted");
        let most = self.budget.and_then(|budget| budget.bytes_down);
        let is_within = most.is_none_or(|most| meter.bytes_down <= most);
        assert!(is_within, "{} bytes received, {most:?} are allowed", meter.bytes_down);
    }

    /// The next client begins to count anew.
    pub(crate) fn die(&mut self) {
        *self = Self { budget: self.budget, ..Self::default() };
    }
}
