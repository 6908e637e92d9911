//! Rule 6: one login at a time, and no request with a token that is known to be stale.

use std::collections::BTreeSet;

use crate::checkers::LOGIN;
use crate::exchange::{End, Exchange};

/// The logins and tokens of a run.
#[derive(Debug, Default)]
pub(crate) struct Logins {
    is_in_flight: bool,
    stale: BTreeSet<String>,
}

impl Logins {
    pub(crate) fn sent(&mut self, exchange: &Exchange) {
        if exchange.operation == LOGIN {
            assert!(!self.is_in_flight, "rule 6: two logins at a time");
            self.is_in_flight = true;
        } else if !exchange.is_upload() {
            let is_stale = self.stale.contains(exchange.authorization());
            assert!(!is_stale, "rule 6: {} with a stale token", exchange.operation);
        }
    }

    pub(crate) fn settled(&mut self, exchange: &Exchange, end: End, code: &str) {
        if exchange.operation == LOGIN {
            self.is_in_flight = false;
        } else if end == End::Status(401)
            && !exchange.is_upload()
            && matches!(code, "expired_auth_token" | "bad_auth_token")
        {
            self.stale.insert(exchange.authorization().to_owned());
        }
    }

    pub(crate) fn aborted(&mut self, exchange: &Exchange) {
        if exchange.operation == LOGIN {
            self.is_in_flight = false;
        }
    }
}
