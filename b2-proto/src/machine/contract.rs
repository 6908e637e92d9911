//! The rules of the [contract](super), asserted.
//!
//! Whoever drives machines feeds a [`Contract`] with what it sees. The checks are `assert!`s and
//! cost a short search for each request; [`Solo`](super::solo::Solo) and the engine keep one in
//! debug builds only, the simulation always.

use crate::id::ReqId;
use crate::machine::{Action, LANES_MAX};
use crate::time::{Deadline, Instant};

/// Most requests of one machine that are watched at the same time: its lanes, and some of its own.
const WATCHED_MAX: usize = LANES_MAX + 8;

/// Watches one machine.
#[derive(Debug, Default)]
pub struct Contract {
    in_flight: heapless::Vec<ReqId, WATCHED_MAX>,
    now: Instant,
    has_ended: bool,
}

impl Contract {
    /// Time as the machine may see it: never earlier than before (rule 7).
    pub fn clamp(&mut self, now: Instant) -> Instant {
        self.now = self.now.max(now);
        self.now
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

    /// The machine had nothing more to do, and its outcome was asked for. `waits` says that it
    /// waits for the login or was put off by the limits of the client.
    ///
    /// # Panics
    /// When the deadline has passed, or an unfinished machine has nothing to wait for (rules 2
    /// and 3).
    pub fn drained(&self, deadline: Option<Deadline>, waits: bool) {
        if self.has_ended {
            return;
        }
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
        Contract::default().drained(None, false);
    }

    #[test]
    #[should_panic(expected = "rule 2")]
    fn a_deadline_in_the_past_is_found() {
        let mut contract = Contract::default();
        let at = contract.clamp(Instant::from_ms(1));
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
