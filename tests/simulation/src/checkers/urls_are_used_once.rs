//! S5 and rule 5: an upload URL is in one request at a time, and never used after a failure.

use std::collections::BTreeMap;

use crate::exchange::{End, Exchange};

/// Every upload URL that was used.
#[derive(Debug, Default)]
pub(crate) struct Urls(BTreeMap<String, State>);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    InFlight,
    Good,
    Dead,
}

impl Urls {
    pub(crate) fn sent(&mut self, exchange: &Exchange) {
        if exchange.is_upload() {
            let before = self.0.insert(exchange.url(), State::InFlight);
            assert_ne!(before, Some(State::InFlight), "S5: an upload URL in two requests");
            assert_ne!(before, Some(State::Dead), "S5: an upload URL used after a failure");
        }
    }

    pub(crate) fn settled(&mut self, exchange: &Exchange, end: End) {
        if exchange.is_upload() {
            let state = if end.is_success() { State::Good } else { State::Dead };
            self.0.insert(exchange.url(), state);
        }
    }

    pub(crate) fn aborted(&mut self, exchange: &Exchange) {
        if exchange.is_upload() {
            self.0.insert(exchange.url(), State::Dead);
        }
    }
}
