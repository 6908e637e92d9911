//! One machine and the logins it needs: the smallest thing a driver can run.
//!
//! On the bare core this is the engine: a session, a login, one job, no heap.

use crate::error::Error;
use crate::id::ReqId;
use crate::machine::contract::Contract;
#[cfg(debug_assertions)]
use crate::machine::contract::custody::Custody;
use crate::machine::login::Login;
use crate::machine::session::Session;
use crate::machine::{Accept, Action, Event, Input, Machine, Version};
use crate::time::{Deadline, Instant};
use crate::wire::reply::Headers;

/// A machine that logs in by itself, when its machine waits for that and not before.
///
/// The [loop](crate::machine#the-loop) shows one at work. Jobs that run one after the other with
/// the same session share the login and the upload URLs; side by side they run in an engine.
#[derive(Debug)]
pub struct Solo<M> {
    login: Login,
    machine: M,
    contract: Contract,
    #[cfg(debug_assertions)]
    custody: Custody,
    has_begun: bool,
    turn: Turn,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Login,
    Machine,
    Abort(ReqId),
}

impl<M: Machine> Solo<M> {
    /// Drives `machine`.
    pub fn new(machine: M) -> Self {
        Self {
            login: Login::default(),
            machine,
            contract: Contract::default(),
            #[cfg(debug_assertions)]
            custody: Custody::default(),
            has_begun: false,
            turn: Turn::Machine,
        }
    }

    /// The machine.
    pub const fn machine(&self) -> &M {
        &self.machine
    }

    /// Whose turn it is, and whether there is something to do.
    fn take_turn(&mut self, cx: &mut Session, now: Instant) -> bool {
        self.turn = Turn::Machine;
        if self.machine.decide(cx, now) {
            return true;
        }
        if self.machine.waits_for_login(cx) {
            self.turn = Turn::Login;
            return self.login.decide(cx, now);
        }
        match self.login.abandon(cx) {
            Some(id) => {
                self.turn = Turn::Abort(id);
                true
            }
            None => false,
        }
    }
}

impl<M: Machine> Machine for Solo<M> {
    type Output = M::Output;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        let now = self.contract.clamp(now);
        if !self.has_begun {
            // That an earlier job could not log in says nothing about this one, and the login of
            // one that was dropped will never be answered.
            self.has_begun = true;
            cx.forget_failed_login();
            cx.give_login_up();
        }
        let has_more = self.take_turn(cx, now);
        if cfg!(debug_assertions) {
            self.contract.decided(has_more);
        }
        has_more
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        let action = match self.turn {
            Turn::Login => self.login.action(cx),
            Turn::Machine => self.machine.action(cx),
            Turn::Abort(id) => Some(Action::Abort(id)),
        };
        if let (true, Some(action)) = (cfg!(debug_assertions), &action) {
            self.contract.note(action);
            #[cfg(debug_assertions)]
            self.custody.note(0, cx, action);
        }
        action
    }

    fn accept(
        &mut self,
        cx: &mut Session,
        now: Instant,
        id: ReqId,
        status: u16,
        headers: &dyn Headers,
    ) -> Accept {
        let now = self.contract.clamp(now);
        if cfg!(debug_assertions) {
            self.contract.happened();
        }
        self.machine.accept(cx, now, id, status, headers)
    }

    fn version(&self) -> Option<Version<'_>> {
        self.machine.version()
    }

    fn large_file_id(&self) -> Option<&str> {
        self.machine.large_file_id()
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        let now = self.contract.clamp(now);
        if input.is_final() && cfg!(debug_assertions) && !self.contract.settled(input.id()) {
            return;
        }
        #[cfg(debug_assertions)]
        self.custody.settled(0, cx, &input);
        if !self.login.handle_input(cx, now, &input) {
            self.machine.handle_input(cx, now, input);
        }
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        let deadline =
            Deadline::earlier(self.login.poll_deadline(), self.machine.poll_deadline(cx));
        if cfg!(debug_assertions) {
            self.contract.drained(deadline, false);
        }
        deadline
    }

    fn waits_for_login(&self, _cx: &Session) -> bool {
        false
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.machine.poll_event()
    }

    fn cancel(&mut self, now: Instant) {
        if cfg!(debug_assertions) {
            self.contract.happened();
        }
        self.machine.cancel(now);
    }

    fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
        let outcome = self.machine.outcome();
        if cfg!(debug_assertions) && outcome.is_some() {
            self.contract.ended();
        }
        outcome
    }
}
