//! The rules of the [contract](super), asserted.
//!
//! Whoever drives machines feeds a [`Contract`] with what it sees. The checks are `assert!`s and
//! cost a short search for each request; [`Solo`](super::solo::Solo) and the engine keep one in
//! debug builds only, the simulation always. What concerns all machines of a session is in
//! `custody`, which is there in debug builds alone.

use crate::id::ReqId;
use crate::machine::{Action, LANES_MAX};
use crate::time::{Deadline, Instant};

#[cfg(debug_assertions)]
pub(crate) mod custody;

/// Most requests of one machine that are watched at the same time: its lanes, and some of its own.
const WATCHED_MAX: usize = LANES_MAX + 8;

/// Watches one machine.
#[derive(Debug, Default)]
pub struct Contract {
    in_flight: heapless::Vec<ReqId, WATCHED_MAX>,
    now: Instant,
    /// It had nothing more to do, and nothing has happened to it since.
    is_drained: bool,
    has_ended: bool,
}

impl Contract {
    /// Time as the machine may see it: never earlier than before (rule 7).
    pub fn clamp(&mut self, now: Instant) -> Instant {
        self.now = self.now.max(now);
        self.now
    }

    /// Something happened that may give the machine something to do (rule 1).
    pub const fn happened(&mut self) {
        self.is_drained = false;
    }

    /// The machine was asked whether there is something to do.
    pub const fn decided(&mut self, has_more: bool) {
        self.is_drained = !has_more;
    }

    /// An action was handed out.
    ///
    /// # Panics
    /// As [`sent`](Self::sent) does.
    pub fn note(&mut self, action: &Action<'_>) {
        match action {
            Action::Send(request) => self.sent(request.id),
            Action::Fill { id, .. }
            | Action::Digest { id, .. }
            | Action::Hash { id, .. }
            | Action::HashJoined { id, .. }
            | Action::Take { id, .. }
            | Action::Claim { id, .. } => self.sent(*id),
            Action::Release(_) | Action::Shorten { .. } => {}
            Action::Abort(id) => {
                self.settled(*id);
            }
        }
    }

    /// A request was handed out.
    ///
    /// # Panics
    /// When its ID is in flight already, or the machine has ended (rules 4 and 9).
    pub fn sent(&mut self, id: ReqId) {
        assert!(!self.has_ended, "rule 9: an ended machine sends {id:?}");
        assert!(!self.in_flight.contains(&id), "rule 4: {id:?} is in flight already");
        assert!(self.in_flight.push(id).is_ok(), "more than {WATCHED_MAX} requests in flight");
    }

    /// A request was aborted, or its final input arrived; whether it was in flight.
    pub fn settled(&mut self, id: ReqId) -> bool {
        match self.in_flight.iter().position(|each| *each == id) {
            Some(at) => {
                self.happened();
                self.in_flight.swap_remove(at);
                true
            }
            None => false,
        }
    }

    /// Requests in flight.
    pub fn in_flight(&self) -> &[ReqId] {
        &self.in_flight
    }

    /// The machine is asked for its deadline, after its outcome. `waits` says that it waits for
    /// the login or was put off by the limits of the client.
    ///
    /// # Panics
    /// When it may have something to do, the deadline has passed, or an unfinished machine has
    /// nothing to wait for (rules 1 to 3).
    pub fn drained(&self, deadline: Option<Deadline>, waits: bool) {
        if self.has_ended {
            return;
        }
        assert!(self.is_drained, "rule 1: a deadline is asked for before a drain");
        if let Some(deadline) = deadline {
            assert!(deadline.at > self.now, "rule 2: {deadline:?} is not after {:?}", self.now);
        }
        let is_alive = !self.in_flight.is_empty() || deadline.is_some() || waits;
        assert!(
            is_alive,
            "rule 3: nothing in flight, no deadline, nothing of the client to wait for"
        );
    }

    /// The machine gave its outcome.
    ///
    /// # Panics
    /// When it gave one before (rule 9).
    pub fn ended(&mut self) {
        assert!(!self.has_ended, "rule 9: a second outcome");
        self.has_ended = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_does_not_go_back() {
        let mut contract = Contract::default();
        assert_eq!(contract.clamp(Instant::from_ms(5)), Instant::from_ms(5));
        assert_eq!(contract.clamp(Instant::from_ms(3)), Instant::from_ms(5));
    }

    #[test]
    fn a_late_answer_is_noticed() {
        let mut contract = Contract::default();
        let id = ReqId { slot: 0, generation: 1 };
        contract.sent(id);
        assert!(contract.settled(id));
        assert!(!contract.settled(id));
    }

    #[test]
    #[should_panic(expected = "rule 3")]
    fn a_dead_machine_is_found() {
        let mut contract = Contract::default();
        contract.decided(false);
        contract.drained(None, false);
    }

    #[test]
    #[should_panic(expected = "rule 1")]
    fn a_machine_that_is_not_drained_is_found() {
        let mut contract = Contract::default();
        let id = ReqId { slot: 0, generation: 1 };
        contract.sent(id);
        contract.decided(false);
        contract.settled(id);
        contract.drained(None, true);
    }

    #[test]
    #[should_panic(expected = "rule 2")]
    fn a_deadline_in_the_past_is_found() {
        let mut contract = Contract::default();
        let at = contract.clamp(Instant::from_ms(1));
        contract.decided(false);
        contract.drained(Some(Deadline { at, why: "test" }), true);
    }

    #[test]
    #[should_panic(expected = "rule 9")]
    fn an_ended_machine_sends_nothing() {
        let mut contract = Contract::default();
        contract.ended();
        contract.sent(ReqId { slot: 0, generation: 1 });
    }
}
