//! A machine under watch: the contract in all builds, and no secret in its `Debug`.

use core::cell::{Cell, RefCell};
use core::fmt::Debug;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use b2_proto::error::Error;
use b2_proto::id::ReqId;
use b2_proto::machine::contract::Contract;
use b2_proto::machine::{Accept, Action, Event, Input, Machine, Session, Version};
use b2_proto::time::{Deadline, Instant};
use b2_proto::wire::reply::Headers;

use crate::checkers::secrets_stay::Secrets;

/// What all watched machines of a run share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    /// What no text may show; none when texts are not looked at, which costs too much for every
    /// seed.
    pub(crate) secrets: Option<Secrets>,
    /// Machines that were not polled to the end since something last happened to them.
    undrained: Arc<AtomicUsize>,
}

impl Watch {
    /// The same with no machine under watch.
    pub(crate) fn of_next_life(&self) -> Self {
        Self { secrets: self.secrets.clone(), ..Self::default() }
    }

    /// Fails when a machine was not asked for what it can do now, whatever it is: to abort
    /// requests, and what is done here, needs no connection.
    pub(crate) fn check_drained(&self) {
        let undrained = self.undrained.load(Ordering::Relaxed);
        assert_eq!(undrained, 0, "a job is not polled");
    }
}

/// Forwards to a machine and asserts the rules of the contract on the way.
pub(crate) struct Watched<M> {
    machine: M,
    contract: RefCell<Contract>,
    /// Whether the machine has been drained since something last happened.
    is_drained: Cell<bool>,
    watch: Watch,
}

impl<M: Machine + Debug> Watched<M> {
    pub(crate) fn new(machine: M, watch: Watch) -> Self {
        watch.undrained.fetch_add(1, Ordering::Relaxed);
        Self { machine, contract: RefCell::default(), is_drained: Cell::new(false), watch }
    }

    /// Looks at the machine after something has changed it.
    fn look(&self) {
        if let Some(secrets) = &self.watch.secrets {
            secrets.check(&format!("{:?}", self.machine));
        }
    }
}

impl<M> Watched<M> {
    fn set_drained(&self, is_drained: bool) {
        match (self.is_drained.replace(is_drained), is_drained) {
            (true, false) => self.watch.undrained.fetch_add(1, Ordering::Relaxed),
            (false, true) => self.watch.undrained.fetch_sub(1, Ordering::Relaxed),
            (false, false) | (true, true) => 0,
        };
    }
}

impl<M> Drop for Watched<M> {
    fn drop(&mut self) {
        self.set_drained(true);
    }
}

impl<M: Machine + Debug> Machine for Watched<M> {
    type Output = M::Output;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        let clamped = self.contract.get_mut().clamp(now);
        assert_eq!(clamped, now, "rule 7: time goes back inside a machine");
        let has_work = self.machine.decide(cx, now);
        self.contract.get_mut().decided(has_work);
        self.look();
        self.set_drained(!has_work);
        has_work
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        let action = self.machine.action(cx);
        let decided = action.as_ref().expect("what was decided is handed out");
        self.contract.get_mut().note(decided);
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
        self.set_drained(false);
        self.contract.get_mut().happened();
        self.machine.accept(cx, now, id, status, headers)
    }

    fn version(&self) -> Option<Version<'_>> {
        self.machine.version()
    }

    fn large_file_id(&self) -> Option<&str> {
        self.machine.large_file_id()
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        if input.is_final() {
            let was_in_flight = self.contract.get_mut().settled(input.id());
            assert!(was_in_flight, "rule 4: the engine passes on a late input");
            self.set_drained(false);
        }
        self.machine.handle_input(cx, now, input);
        self.look();
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        let deadline = self.machine.poll_deadline(cx);
        if self.is_drained.get() {
            let waits = self.machine.waits_for_login(cx) || cx.has_put_off();
            self.contract.borrow().drained(deadline, waits);
        }
        deadline
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        self.machine.waits_for_login(cx)
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.machine.poll_event()
    }

    fn cancel(&mut self, now: Instant) {
        self.machine.cancel(now);
    }

    fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
        let outcome = self.machine.outcome();
        if outcome.is_some() {
            self.contract.get_mut().ended();
        }
        outcome
    }
}
