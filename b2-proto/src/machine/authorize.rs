//! Waiting for the session's login, and what it said.

use crate::error::Error;
use crate::machine::session::{Gate, Session};
use crate::machine::{Action, Input, Machine};
use crate::model::AccountAuthorization;
use crate::time::{Deadline, Instant};
use alloc::sync::Arc;

/// A job that ends as soon as the session is logged in, with what the login said.
#[derive(Debug, Default)]
pub struct Authorize {
    outcome: Option<Result<Arc<AccountAuthorization>, Error>>,
    has_ended: bool,
}

impl Authorize {
    fn end(&mut self, outcome: Result<Arc<AccountAuthorization>, Error>) {
        if !self.has_ended {
            self.has_ended = true;
            self.outcome = Some(outcome);
        }
    }
}

impl Machine for Authorize {
    type Output = Arc<AccountAuthorization>;

    fn decide(&mut self, cx: &mut Session, _now: Instant) -> bool {
        match (cx.gate(), cx.account()) {
            (Gate::Open(_), Some(account)) => self.end(Ok(Arc::clone(account))),
            (Gate::Closed, _) => {
                cx.note_no_login();
                self.end(Err(cx.take_error()));
            }
            // A token that was kept from an earlier run does not tell all there is to know.
            (Gate::Open(epoch), None) => cx.token_refused(epoch),
            (Gate::Wait, _) => {}
        }
        false
    }

    fn action<'a>(&'a mut self, _cx: &'a Session) -> Option<Action<'a>> {
        None
    }

    fn handle_input(&mut self, _cx: &mut Session, _now: Instant, _input: Input<'_>) {}

    fn poll_deadline(&self, _cx: &Session) -> Option<Deadline> {
        None
    }

    fn waits_for_login(&self, _cx: &Session) -> bool {
        !self.has_ended
    }

    fn cancel(&mut self, _now: Instant) {
        self.end(Err(Error::cancelled()));
    }

    fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
        self.outcome.take()
    }
}
