//! An operation whose answer was lost: was it done?

use super::Single;
use crate::error::ErrorKind;
use crate::machine::session::Session;
use crate::machine::settle::Asked;
use crate::op::Operation;
use crate::op::settle::{Conclusion, Facts};
use crate::time::Instant;

impl<O: Operation> Single<O> {
    /// Asks what became of a request whose answer was lost, or does without; whether it asks.
    pub(super) fn asks(&mut self, cx: &mut Session) -> bool {
        let operation = &self.operation;
        match self.settling.ask(cx, None, || operation.question()) {
            Asked::NotLost => false,
            Asked::Asking => true,
            Asked::Cannot => {
                self.settle(cx, None);
                false
            }
        }
    }

    /// Goes on as the answer to the question says.
    pub(super) fn settle(&mut self, cx: &mut Session, facts: Option<Facts>) {
        let mut failure = self.failure.take();
        let result = match self.operation.conclude(facts, &mut self.settling.lost(cx)) {
            Conclusion::Done(output) => Ok(output),
            Conclusion::Failed(mut error) => {
                error.attempts = self.call.attempt() - 1;
                Err(error.in_operation(O::SPEC.name))
            }
            Conclusion::NotDone => {
                self.settling.note_not_done(self.call.doubt(), failure.as_mut());
                let Some(error) = failure else { return };
                Err(error)
            }
            Conclusion::Unclear => match failure {
                Some(error) => Err(error),
                None => return,
            },
        };
        self.end(result);
    }

    /// The request has failed for good.
    pub(super) fn failed(&mut self, cx: &mut Session, now: Instant) {
        self.settling.note_failed(cx, now);
        let error = cx.take_error();
        let settled = error.may_have_taken_effect.then(|| self.operation.settled(&error));
        if let Some(output) = settled.flatten() {
            return self.end(Ok(output));
        }
        let is_refused = matches!(error.kind, ErrorKind::BadRequest | ErrorKind::NotFound);
        self.failure = Some(error);
        if !((O::ASKS_FIRST || is_refused) && self.asks(cx))
            && let Some(error) = self.failure.take()
        {
            self.end(Err(error));
        }
    }
}
