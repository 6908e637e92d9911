//! One call of a composite machine: its attempts, waits and logins.
//!
//! Embedded wherever a machine sends a request that needs the account token: the machine asks
//! [`Call::is_ready`], stamps the request with [`Call::send`], and lets [`Call::judge`] decide
//! what an input means.

use crate::error::{Error, ErrorKind};
use crate::id::ReqId;
use crate::machine::event::Events;
use crate::machine::session::{Cost, Gate, Pass, Session};
use crate::machine::{Action, Input, action};
use crate::op::Spec;
use crate::policy::classify;
use crate::policy::retry::Retry;
use crate::time::{Deadline, Instant};
use crate::wire::body::{Body, WriteJson};
use crate::wire::head::Head;

mod verdict;

pub(crate) use verdict::{Ready, Verdict};

/// The state of one call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    spec: &'static Spec,
    id: ReqId,
    state: State,
    retry: Retry,
    /// Failed attempts over the life of the call, for the error.
    failures: u16,
    has_relogged: bool,
    epoch: u32,
    /// An attempt that changes something may have done so although its answer was lost.
    is_ambiguous: bool,
    is_lost: bool,
    /// It carries a token of the caller's, which no login renews.
    has_own_token: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Idle,
    InFlight,
    Waiting { until: Instant },
}

impl Call {
    /// A call that uses the request slot `slot`.
    pub(crate) const fn new(spec: &'static Spec, slot: u16) -> Self {
        Self {
            spec,
            id: ReqId { slot, generation: 0 },
            state: State::Idle,
            retry: Retry::new(spec.retry),
            failures: 0,
            has_relogged: false,
            epoch: 0,
            is_ambiguous: false,
            is_lost: false,
            has_own_token: false,
        }
    }

    /// Whether it carries a token of the caller's in place of the account's.
    pub(crate) const fn with_own_token(mut self, has_own_token: bool) -> Self {
        self.has_own_token = has_own_token;
        self
    }

    /// Goes on with the generations of another call, whose slot it takes over.
    #[cfg(feature = "alloc")]
    pub(crate) const fn follow(&mut self, last: ReqId) {
        self.id = last;
    }

    /// Is not sent before `until`.
    pub(crate) const fn delay(&mut self, until: Instant) {
        self.state = State::Waiting { until };
    }

    /// Makes it another call in another slot.
    pub(crate) const fn take_place(&mut self, spec: &'static Spec, slot: u16) {
        self.restart(spec);
        self.id.slot = slot;
    }

    /// Makes it another call in the same slot.
    #[inline(never)]
    pub(crate) const fn restart(&mut self, spec: &'static Spec) {
        let id = self.id;
        *self = Self::new(spec, id.slot).with_own_token(self.has_own_token);
        self.id = id;
    }

    /// Asks for the same by another operation from now on.
    pub(crate) const fn go_on_by(&mut self, spec: &'static Spec) {
        self.spec = spec;
    }

    /// Whether the request may be sent now.
    pub(crate) fn is_ready(&mut self, cx: &mut Session, now: Instant) -> Ready {
        self.is_ready_for(cx, now, Cost::default())
    }

    /// The same for a request that moves bytes.
    pub(crate) fn is_ready_for(&mut self, cx: &mut Session, now: Instant, cost: Cost) -> Ready {
        self.is_ready_if(cx, now, |cx, spec| cx.pass(spec, cost))
    }

    /// The same where `pass` says whether the client's limits let it through.
    pub(crate) fn is_ready_if<F>(&mut self, cx: &mut Session, now: Instant, pass: F) -> Ready
    where
        F: FnOnce(&mut Session, &Spec) -> Pass,
    {
        match self.state {
            State::InFlight => return Ready::Later,
            State::Waiting { until } if now < until => return Ready::Later,
            // From here on the call may be waiting for a login, and no longer for the time.
            State::Waiting { .. } | State::Idle => self.state = State::Idle,
        }
        match cx.gate() {
            Gate::Open(epoch) => match pass(cx, self.spec) {
                Pass::Now => {
                    self.epoch = epoch;
                    Ready::Now
                }
                Pass::Later => {
                    // The token may grow old until its turn comes.
                    self.has_relogged &= self.failures >= verdict::RELOGINS_MAX;
                    Ready::Later
                }
                Pass::Never => {
                    cx.fault.error.may_have_taken_effect = self.is_ambiguous;
                    Ready::Never
                }
            },
            Gate::Wait => Ready::Later,
            Gate::Closed => {
                cx.note_no_login();
                cx.fault.error.may_have_taken_effect = self.is_ambiguous;
                Ready::Never
            }
        }
    }

    /// Whether the call waits for the session's login and for nothing else.
    pub(crate) fn waits_for_login(&self, cx: &Session) -> bool {
        self.state == State::Idle && matches!(cx.gate(), Gate::Wait)
    }

    /// Stamps the request that is sent now.
    pub(crate) const fn send(&mut self) -> ReqId {
        self.id.generation = self.id.generation.wrapping_add(1);
        self.state = State::InFlight;
        self.id
    }

    /// Stamps and puts together the request of a call with a JSON body to the API.
    pub(crate) fn request<'a>(
        &mut self,
        cx: &'a Session,
        spec: &'static Spec,
        body: &'a dyn WriteJson,
    ) -> Option<Action<'a>> {
        let grant = cx.grant()?;
        let mut head = Head::json(&grant.api_url, spec.name, grant.token.expose());
        head.test_mode = cx.test_mode;
        Some(action::request(self.send(), self.attempt(), spec, head, Body::Json(body)))
    }

    /// The request in flight.
    pub(crate) fn in_flight(&self) -> Option<ReqId> {
        (self.state == State::InFlight).then_some(self.id)
    }

    /// The ID of the request that was sent last.
    pub(crate) const fn id(&self) -> ReqId {
        self.id
    }

    /// Which attempt the next request is, or the one in flight.
    pub(crate) const fn attempt(&self) -> u16 {
        self.failures.saturating_add(1)
    }

    /// The operation's name.
    pub(crate) const fn name(&self) -> &'static str {
        self.spec.name
    }

    /// The login under which the request was sent last.
    pub(crate) const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Whether it may have taken effect if it is given up now.
    pub(crate) fn may_have_taken_effect(&self) -> bool {
        let is_out = self.state == State::InFlight && self.spec.idempotency.is_ambiguous();
        is_out || self.is_ambiguous
    }

    /// Forgets a request that was aborted.
    pub(crate) const fn abandon(&mut self) {
        self.state = State::Idle;
    }

    /// When the call wants to go on; also while a login is due, since that may fail.
    #[inline(never)]
    pub(crate) const fn deadline(&self) -> Option<Deadline> {
        match self.state {
            State::Waiting { until } => Some(Deadline { at: until, why: "retry" }),
            State::Idle | State::InFlight => None,
        }
    }

    /// Decides what a final input for the request in flight means.
    pub(crate) fn judge<'a>(
        &mut self,
        cx: &mut Session,
        now: Instant,
        input: &Input<'a>,
        events: &mut Events,
    ) -> Verdict<'a> {
        if self.in_flight() != Some(input.id()) || !input.is_final() {
            return Verdict::Ignored;
        }
        self.state = State::Idle;
        // A success that is refused for its date has taken effect.
        let may_have = classify::may_have_taken_effect(input) || input.is_success();
        match cx.judge(now, self.spec.name, input) {
            Some((reply, _)) => Verdict::Done(reply),
            None => {
                self.is_lost = may_have && self.spec.idempotency.is_ambiguous();
                self.is_ambiguous |= self.is_lost;
                self.resolve(cx, now, events)
            }
        }
    }

    /// Whether the attempt that ended last may have taken effect.
    #[cfg_attr(not(feature = "alloc"), expect(dead_code, reason = "without a heap nobody asks"))]
    pub(crate) const fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Whether an attempt may have taken effect; whoever knows that none has may say so.
    pub(crate) const fn doubt(&mut self) -> &mut bool {
        &mut self.is_ambiguous
    }

    /// Decides what follows the session's fault: a login, a wait, or the end.
    pub(crate) fn resolve(
        &mut self,
        cx: &mut Session,
        now: Instant,
        events: &mut Events,
    ) -> Verdict<'static> {
        self.failures = self.failures.saturating_add(1);
        cx.fault.error.attempts = self.failures;
        cx.fault.error.may_have_taken_effect = self.is_ambiguous;
        if cx.fault.is_token_trouble && self.has_own_token {
            cx.fault.is_token_trouble = false;
            cx.fault.error.kind = ErrorKind::Unauthorized;
        }
        let is_token_trouble = cx.fault.is_token_trouble;
        let mut wait_ms = 0;
        if is_token_trouble && (!self.has_relogged || self.epoch != cx.epoch()) {
            self.has_relogged |= self.epoch == cx.epoch();
            cx.token_refused(self.epoch);
            self.retry = Retry::new(self.spec.retry);
        } else if cx.fault.may_retry && self.retry.fail(&cx.policy, &cx.fault) {
            wait_ms = self.retry.wait_ms(&cx.policy, &cx.fault, &mut cx.rng);
            self.state = State::Waiting { until: now.after_ms(u64::from(wait_ms)) };
        } else {
            if is_token_trouble {
                // Of no use to this call any more, but others must not go on with the token.
                cx.token_refused(self.epoch);
            }
            return Verdict::Failed;
        }
        events.retry(self.spec.name, &cx.fault.error, wait_ms);
        Verdict::Again
    }

    /// Starts the count of attempts over, because bytes have moved. A transfer may also outlive
    /// more than one token.
    pub(crate) const fn refill(&mut self) {
        self.retry.refill();
        self.has_relogged = false;
    }

    /// Ends the call with an error that nothing helps against.
    pub(crate) fn fail(&self, cx: &mut Session, error: Error) -> Verdict<'static> {
        cx.fault.set_fatal(self.spec.name, error);
        cx.fault.error.attempts = self.attempt();
        cx.fault.error.may_have_taken_effect = self.may_have_taken_effect();
        Verdict::Failed
    }
}
