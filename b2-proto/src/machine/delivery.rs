//! Bringing one body to the service through upload URLs: the table of S6.
//!
//! The first attempt may use a URL somebody gave back; every further one gets a fresh URL. 503 and
//! other server trouble, 408 and broken connections go on at once with the fresh URL; 429 and a
//! `Retry-After` are waited out first, and so is a network that is away; a refused token causes
//! one login. After anything but a success the URL is thrown away.

use crate::id::ReqId;
use crate::machine::call::{Call, Ready, Verdict};
use crate::machine::event::Events;
use crate::machine::session::{Cost, Gate, Lease, LeaseFor, Pass, Session};
use crate::machine::{Action, Input, action};
use crate::op::Spec;
use crate::policy::classify;
use crate::policy::retry::{Retry, asked_wait_ms};
use crate::time::{Deadline, Instant};
use crate::wire::body::{Body, DigestMode};
use crate::wire::head::{FieldSet, Head};
use crate::wire::reply::Reply;
use crate::wire::text::{Sha1, Text};

/// The request slots a delivery uses: the first for URLs, the second for the body.
pub(crate) const SLOTS: u16 = 2;

/// One body on its way.
#[derive(Debug)]
pub(crate) struct Delivery {
    spec: &'static Spec,
    target: LeaseFor,
    url_call: Call,
    id: ReqId,
    stage: Stage,
    lease: Option<Lease>,
    retry: Retry,
    failures: u16,
    has_relogged: bool,
    may_take_used: bool,
    is_ambiguous: bool,
    /// It was the attempt that ended last.
    is_lost: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// Nothing to deliver.
    Idle,
    /// To be sent as soon as there is a URL.
    Due,
    Sending,
    Waiting {
        until: Instant,
    },
}

/// What can be done now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    Nothing,
    GetUrl,
    SendBody,
    /// The session has the fault.
    Failed,
}

/// What an input means for a delivery.
pub(crate) enum Delivered<'a> {
    Ignored,
    Again,
    Done {
        reply: Reply<'a>,
        sent: Option<Sha1>,
    },
    /// For good; the session has the fault.
    Failed,
}

impl Delivery {
    /// A delivery of bodies by the operation `spec`, which does not know yet where to.
    pub(crate) const fn new(spec: &'static Spec) -> Self {
        let target = LeaseFor::Bucket(Text::new());
        Self {
            spec,
            url_call: Call::new(target.spec(), 0),
            target,
            id: ReqId { slot: 1, generation: 0 },
            stage: Stage::Idle,
            lease: None,
            retry: Retry::new(spec.retry),
            failures: 0,
            has_relogged: false,
            may_take_used: true,
            is_ambiguous: false,
            is_lost: false,
        }
    }

    /// Tells where to, and the first of the [`SLOTS`] slots of its requests.
    pub(crate) fn aim(&mut self, target: &LeaseFor, slot: u16) {
        self.target.clone_from(target);
        self.url_call.take_place(target.spec(), slot);
        self.id.slot = slot + 1;
    }

    /// Begins with another body. A lease that is still held serves it too.
    pub(crate) const fn begin(&mut self) {
        self.stage = Stage::Due;
        self.retry = Retry::new(self.spec.retry);
        self.failures = 0;
        self.has_relogged = false;
        self.may_take_used = true;
        self.is_ambiguous = false;
        self.is_lost = false;
    }

    /// There is nothing to deliver after all.
    pub(crate) const fn rest(&mut self) {
        self.stage = Stage::Idle;
    }

    /// Lends the call that gets URLs, in its slot, to a job that needs none for now.
    pub(crate) fn lend_call(&mut self, spec: &'static Spec) {
        self.url_call.restart(spec);
    }

    /// The call that was lent.
    pub(crate) const fn lent_call(&self) -> &Call {
        &self.url_call
    }

    /// The call that was lent, for its owner for now.
    pub(crate) const fn lent_call_mut(&mut self) -> &mut Call {
        &mut self.url_call
    }

    /// Takes back the call that was lent.
    pub(crate) fn take_call_back(&mut self) {
        self.url_call.restart(self.target.spec());
    }

    /// Whether there is nothing to deliver.
    pub(crate) fn is_idle(&self) -> bool {
        self.stage == Stage::Idle
    }

    /// Whether the body is on its way.
    pub(crate) fn is_sending(&self) -> bool {
        self.stage == Stage::Sending
    }

    /// Whether an attempt may have reached the service although its answer was lost.
    pub(crate) const fn is_ambiguous(&self) -> bool {
        self.is_ambiguous
    }

    /// What can be done now with a body of `len` bytes.
    pub(crate) fn next(&mut self, cx: &mut Session, now: Instant, len: u64) -> Next {
        match self.stage {
            Stage::Idle | Stage::Sending => Next::Nothing,
            Stage::Waiting { until } if now < until => Next::Nothing,
            Stage::Waiting { .. } | Stage::Due => self.next_due(cx, now, len),
        }
    }

    fn next_due(&mut self, cx: &mut Session, now: Instant, len: u64) -> Next {
        self.stage = Stage::Due;
        if self.lease.as_ref().is_some_and(|lease| lease.is_old(now)) {
            self.lease = None;
        }
        // One that has asked for a URL gets it. Taking another too, it would have one too many.
        let has_asked = self.url_call.in_flight().is_some();
        if self.lease.is_none() && self.may_take_used && !has_asked {
            self.lease = cx.leases.take(&self.target, now);
            if self.lease.is_some() {
                // The wait to ask for one again is over.
                self.url_call.abandon();
            }
        }
        // Nobody asks for a URL that could not be used yet. One that was asked for before goes on.
        if self.lease.is_some() || self.url_call.deadline().is_none() {
            let cost = Cost { up: len, down: 0 };
            let pass = match self.lease {
                Some(_) => cx.pass(self.spec, cost),
                None => cx.pass_ahead(self.spec, cost),
            };
            match pass {
                Pass::Now => {}
                Pass::Later => return Next::Nothing,
                Pass::Never => {
                    cx.fault.error.may_have_taken_effect = self.is_ambiguous;
                    return Next::Failed;
                }
            }
        }
        if self.lease.is_some() {
            return Next::SendBody;
        }
        match self.url_call.is_ready(cx, now) {
            Ready::Now => Next::GetUrl,
            Ready::Later => Next::Nothing,
            Ready::Never => {
                cx.fault.error.may_have_taken_effect = self.is_ambiguous;
                Next::Failed
            }
        }
    }

    /// The request for a URL, after [`Next::GetUrl`].
    pub(crate) fn get_url<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        self.url_call.request(cx, self.target.spec(), &self.target)
    }

    /// The request with the body, after [`Next::SendBody`].
    pub(crate) fn send<'a>(
        &'a mut self,
        cx: &Session,
        fields: FieldSet<'a>,
        body: Body<'a>,
    ) -> Option<Action<'a>> {
        let lease = self.lease.as_ref()?;
        self.id.generation = self.id.generation.wrapping_add(1);
        self.stage = Stage::Sending;
        let digest = body.digest().unwrap_or(DigestMode::AtEnd);
        let mut head = Head::upload(lease, digest, fields);
        head.test_mode = cx.test_mode;
        let attempt = self.failures.saturating_add(1);
        Some(action::request(self.id, attempt, self.spec, head, body))
    }

    /// The request with the body, while it is in flight.
    pub(crate) fn sending(&self) -> Option<ReqId> {
        (self.stage == Stage::Sending).then_some(self.id)
    }

    /// Gives up; the request to abort, if there is one.
    pub(crate) fn abandon(&mut self) -> Option<ReqId> {
        let in_flight = self.sending().or_else(|| self.url_call.in_flight());
        if self.stage == Stage::Sending {
            self.is_ambiguous |= self.spec.idempotency.is_ambiguous();
            self.lease = None;
        }
        self.url_call.abandon();
        self.stage = Stage::Idle;
        in_flight
    }

    /// Gives up a body that does not come to its end, so that it cannot be taken; the request to
    /// abort, if it is on its way.
    #[cfg(feature = "alloc")]
    pub(crate) fn starve(&mut self) -> Option<ReqId> {
        let was_ambiguous = self.is_ambiguous;
        let in_flight = self.abandon();
        self.is_ambiguous = was_ambiguous;
        in_flight
    }

    /// Drops the lease, because what was sent through it did not arrive as it was.
    pub(crate) fn lose(&mut self) {
        self.lease = None;
    }

    /// Gives a lease that was not lost back to the session.
    pub(crate) fn release(&mut self, cx: &mut Session) {
        if let Some(lease) = self.lease.take() {
            cx.leases.give_back(lease);
        }
    }

    /// Decides what an input means.
    pub(crate) fn judge<'a>(
        &mut self,
        cx: &mut Session,
        now: Instant,
        input: &Input<'a>,
        events: &mut Events,
    ) -> Delivered<'a> {
        match self.url_call.judge(cx, now, input, events) {
            Verdict::Ignored => self.judge_body(cx, now, input, events),
            Verdict::Again => Delivered::Again,
            Verdict::Failed => {
                // A URL could not be got: that is one failed attempt of the upload.
                let epoch = self.url_call.epoch();
                self.url_call.restart(self.target.spec());
                cx.fault.judge_again();
                if cx.fault.has_no_connection() {
                    // That was waited for long enough, in as many attempts.
                    cx.fault.give_up();
                    let before = cx.fault.error.attempts.saturating_sub(1);
                    self.failures = self.failures.saturating_add(before);
                }
                self.resolve(cx, now, epoch, events)
            }
            Verdict::Done(reply) => {
                let lease = self.lease.insert(Lease::empty(now, self.url_call.epoch()));
                match lease.read(&self.target, cx.credentials().realm(), reply.body) {
                    Ok(()) => {
                        self.url_call.restart(self.target.spec());
                        Delivered::Again
                    }
                    Err(error) => {
                        self.lease = None;
                        cx.fault.set_fatal(self.target.spec().name, error);
                        Delivered::Failed
                    }
                }
            }
        }
    }

    fn judge_body<'a>(
        &mut self,
        cx: &mut Session,
        now: Instant,
        input: &Input<'a>,
        events: &mut Events,
    ) -> Delivered<'a> {
        if self.sending() != Some(input.id()) || !input.is_final() {
            return Delivered::Ignored;
        }
        // What was not handed over whole cannot have been taken. A success that is refused for
        // its date has taken effect.
        let is_whole = input.sent().is_some();
        let may_have = is_whole && classify::may_have_taken_effect(input) || input.is_success();
        match cx.judge(now, self.spec.name, input) {
            Some((reply, sent)) => {
                self.stage = Stage::Idle;
                Delivered::Done { reply, sent }
            }
            None => {
                self.is_lost = may_have && self.spec.idempotency.is_ambiguous();
                self.is_ambiguous |= self.is_lost;
                self.lost(cx, now, events)
            }
        }
    }

    /// Whether the attempt that ended last may have taken effect. Told once.
    pub(crate) const fn take_lost(&mut self) -> bool {
        core::mem::replace(&mut self.is_lost, false)
    }

    /// Whether an attempt may have taken effect; whoever knows that none has may say so.
    pub(crate) const fn doubt(&mut self) -> &mut bool {
        &mut self.is_ambiguous
    }

    /// Decides what follows the session's fault for the body that was sent last. Its URL is
    /// thrown away.
    pub(crate) fn lost(
        &mut self,
        cx: &mut Session,
        now: Instant,
        events: &mut Events,
    ) -> Delivered<'static> {
        let epoch = self.lease.as_ref().map_or_else(|| cx.epoch(), |lease| lease.epoch);
        self.lease = None;
        self.resolve(cx, now, epoch, events)
    }

    fn resolve(
        &mut self,
        cx: &mut Session,
        now: Instant,
        epoch: u32,
        events: &mut Events,
    ) -> Delivered<'static> {
        self.failures = self.failures.saturating_add(1);
        cx.fault.error.attempts = self.failures;
        cx.fault.error.may_have_taken_effect = self.is_ambiguous;
        self.may_take_used = false;
        self.stage = Stage::Due;
        let is_stale = epoch != cx.epoch();
        let may_retry_upload = cx.fault.may_retry_upload;
        let mut wait_ms = 0;
        if cx.fault.is_token_trouble && (is_stale || !self.has_relogged) {
            self.has_relogged |= !is_stale;
            cx.token_refused(epoch);
        } else if (may_retry_upload || cx.fault.may_retry) && self.retry.fail(&cx.policy, &cx.fault)
        {
            self.has_relogged = false;
            // Only an answer that says "not so fast" is waited out, and a network that is away; for
            // others a fresh URL is enough.
            let is_at_once = may_retry_upload && !self.retry.waits_for_network(&cx.fault);
            wait_ms = if is_at_once {
                asked_wait_ms(&cx.policy, &cx.fault).unwrap_or(0)
            } else {
                self.retry.wait_ms(&cx.policy, &cx.fault, &mut cx.rng)
            };
        } else {
            self.stage = Stage::Idle;
            return Delivered::Failed;
        }
        if wait_ms > 0 {
            self.stage = Stage::Waiting { until: now.after_ms(u64::from(wait_ms)) };
        }
        events.retry(self.spec.name, &cx.fault.error, wait_ms);
        Delivered::Again
    }

    /// When the delivery wants to go on.
    pub(crate) const fn deadline(&self) -> Option<Deadline> {
        match self.stage {
            Stage::Waiting { until } => Some(Deadline { at: until, why: "upload retry" }),
            Stage::Due if self.lease.is_none() => self.url_call.deadline(),
            Stage::Due | Stage::Idle | Stage::Sending => None,
        }
    }

    /// Whether nothing but a login is missing.
    pub(crate) fn waits_for_login(&self, cx: &Session) -> bool {
        self.stage == Stage::Due
            && self.lease.is_none()
            && self.url_call.in_flight().is_none()
            && matches!(cx.gate(), Gate::Wait)
    }
}
