//! Machines of all kinds behind one type.

use super::{AnyOutput, erase};
use crate::error::Error;
use crate::id::ReqId;
use crate::machine::session::Session;
use crate::machine::{Accept, Action, Event, Input, Machine, Version};
use crate::time::{Deadline, Instant};
use crate::wire::reply::Headers;

/// A [`Machine`] whose output is erased. Each method is that of the machine.
pub(super) trait AnyMachine: Send {
    fn decide_any(&mut self, cx: &mut Session, now: Instant) -> bool;
    fn action_any<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>>;
    fn accept_any(
        &mut self,
        cx: &mut Session,
        now: Instant,
        id: ReqId,
        status: u16,
        headers: &dyn Headers,
    ) -> Accept;
    fn version_any(&self) -> Option<Version<'_>>;
    fn large_file_id_any(&self) -> Option<&str>;
    fn handle_any(&mut self, cx: &mut Session, now: Instant, input: Input<'_>);
    fn deadline_any(&self, cx: &Session) -> Option<Deadline>;
    fn waits_for_login_any(&self, cx: &Session) -> bool;
    fn poll_event_any(&mut self) -> Option<Event>;
    fn cancel_any(&mut self, now: Instant);
    fn outcome_any(&mut self) -> Option<Result<AnyOutput, Error>>;
}

impl<M> AnyMachine for M
where
    M: Machine + Send,
    M::Output: Send + 'static,
{
    fn decide_any(&mut self, cx: &mut Session, now: Instant) -> bool {
        self.decide(cx, now)
    }

    fn action_any<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        self.action(cx)
    }

    fn accept_any(
        &mut self,
        cx: &mut Session,
        now: Instant,
        id: ReqId,
        status: u16,
        headers: &dyn Headers,
    ) -> Accept {
        self.accept(cx, now, id, status, headers)
    }

    fn version_any(&self) -> Option<Version<'_>> {
        self.version()
    }

    fn large_file_id_any(&self) -> Option<&str> {
        self.large_file_id()
    }

    fn handle_any(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        self.handle_input(cx, now, input);
    }

    fn deadline_any(&self, cx: &Session) -> Option<Deadline> {
        self.poll_deadline(cx)
    }

    fn waits_for_login_any(&self, cx: &Session) -> bool {
        self.waits_for_login(cx)
    }

    fn poll_event_any(&mut self) -> Option<Event> {
        self.poll_event()
    }

    fn cancel_any(&mut self, now: Instant) {
        self.cancel(now);
    }

    fn outcome_any(&mut self) -> Option<Result<AnyOutput, Error>> {
        self.outcome().map(erase)
    }
}
