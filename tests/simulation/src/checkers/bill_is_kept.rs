//! Nothing is sent beyond what the client may ask of the service, and nothing is counted wrong.

use std::collections::BTreeMap;

use b2_proto::policy::meter::{Budget, Meter};

use crate::exchange::Exchange;

/// What was really sent in a life.
#[derive(Debug, Default)]
pub(crate) struct Bill {
    requests: BTreeMap<&'static str, u64>,
    bytes_up: u64,
    /// What may be.
    pub(crate) budget: Option<Budget>,
}

impl Bill {
    pub(crate) fn sent(&mut self, exchange: &Exchange) {
        *self.requests.entry(exchange.operation).or_default() += 1;
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
    }

    /// The next client begins to count anew.
    pub(crate) fn die(&mut self) {
        *self = Self { budget: self.budget, ..Self::default() };
    }
}
