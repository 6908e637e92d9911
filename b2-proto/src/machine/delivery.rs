//! Bringing one body to the service through upload URLs: the table of S6.
//!
//! The first attempt may use a URL somebody gave back; every further one gets a fresh URL. 503 and
//! other server trouble, 408 and broken connections go on at once with the fresh URL; 429 and a
//! `Retry-After` are waited out first; a refused token causes one login. After anything but a
//! success the URL is thrown away.

use crate::error::Error;
use crate::id::ReqId;
use crate::machine::call::{Call, Verdict};
use crate::machine::event::Events;
use crate::machine::session::{Gate, Lease, LeaseFor, Session};
use crate::machine::{Action, Input, ReplyTo, Request};
use crate::op::{SMALL_REPLY_LEN_MAX, Spec};
use crate::policy::classify::{self, Fault};
use crate::policy::retry::{Retry, asked_wait_ms};
use crate::time::{Deadline, Instant};
use crate::wire::body::{Body, DigestMode};
use crate::wire::head::{FieldSet, Head};
use crate::wire::reply::Reply;
use crate::wire::text::Sha1;

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
}

/// What an input means for a delivery.
pub(crate) enum Delivered<'a> {
    Ignored,
    Again,
    Done { reply: Reply<'a>, sent: Option<Sha1> },
    Failed(Error),
}

impl Delivery {
    /// A delivery of bodies to `target` by the operation `spec`, using [`SLOTS`] slots from
    /// `slot` on.
    pub(crate) const fn new(spec: &'static Spec, target: LeaseFor, slot: u16) -> Self {
        let url_call = Call::new(target.spec(), slot);
        Self {
            spec,
            target,
            url_call,
            id: ReqId { slot: slot + 1, generation: 0 },
            stage: Stage::Idle,
            lease: None,
            retry: Retry::new(spec.retry),
            failures: 0,
            has_relogged: false,
            may_take_used: true,
            is_ambiguous: false,
        }
    }

    /// Begins with another body. A lease that is still held serves it too.
    pub(crate) const fn begin(&mut self) {
        self.stage = Stage::Due;
        self.retry = Retry::new(self.spec.retry);
        self.failures = 0;
        self.has_relogged = false;
        self.may_take_used = true;
        self.is_ambiguous = false;
    }

    /// Whether there is nothing to deliver.
    pub(crate) fn is_idle(&self) -> bool {
        self.stage == Stage::Idle
    }

    /// Whether an attempt may have reached the service although its answer was lost.
    pub(crate) const fn is_ambiguous(&self) -> bool {
        self.is_ambiguous
    }

    /// What can be done now.
    pub(crate) fn next(&mut self, cx: &mut Session, now: Instant) -> Result<Next, Error> {
        match self.stage {
            Stage::Idle | Stage::Sending => return Ok(Next::Nothing),
            Stage::Waiting { until } if now < until => return Ok(Next::Nothing),
            Stage::Waiting { .. } | Stage::Due => self.stage = Stage::Due,
        }
        self.lease.take_if(|lease| lease.is_old(now));
        if self.lease.is_none() && self.may_take_used {
            self.lease = cx.leases.take(&self.target, now);
        }
        if self.lease.is_some() {
            return Ok(Next::SendBody);
        }
        match self.url_call.is_ready(cx, now) {
            Ok(true) => Ok(Next::GetUrl),
            Ok(false) => Ok(Next::Nothing),
            Err(error) => Err(Error { may_have_taken_effect: self.is_ambiguous, ..error }),
        }
    }

    /// The request for a URL, after [`Next::GetUrl`].
    pub(crate) fn get_url<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        let grant = cx.grant()?;
        let spec = self.target.spec();
        let mut head = Head::json(&grant.api_url, spec.name, grant.token.expose());
        head.test_mode = cx.test_mode;
        Some(Action::Send(Request {
            id: self.url_call.send(),
            operation: spec.name,
            head,
            body: Body::Json(&self.target),
            reply: ReplyTo::Small { len_max: SMALL_REPLY_LEN_MAX },
            timeout_ms: spec.timeout_ms,
        }))
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
        Some(Action::Send(Request {
            id: self.id,
            operation: self.spec.name,
            head,
            body,
            reply: ReplyTo::Small { len_max: SMALL_REPLY_LEN_MAX },
            timeout_ms: self.spec.timeout_ms,
        }))
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
            Verdict::Failed(error) => self.fail_url(cx, now, error, events),
            Verdict::Done(reply) => {
                let epoch = self.url_call.epoch();
                let target = self.target.clone();
                match target.read(cx.credentials().realm(), &reply, now, epoch) {
                    Ok(lease) => {
                        self.url_call.restart(self.target.spec());
                        self.lease = Some(lease);
                        Delivered::Again
                    }
                    Err(error) => Delivered::Failed(error.in_operation(self.target.spec().name)),
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
        self.stage = Stage::Due;
        let name = self.spec.name;
        let fault = match input {
            Input::Response { reply, sent, .. } => match cx.check_clock(now, reply.headers) {
                Err(error) => Fault::fatal(error.in_operation(name)),
                Ok(()) if reply.is_success() => {
                    self.stage = Stage::Idle;
                    return Delivered::Done { reply: *reply, sent: *sent };
                }
                Ok(()) => classify::of_reply(name, reply),
            },
            Input::Failed { cause, detail, .. } => classify::of_cause(name, *cause, detail),
            Input::Stored { .. }
            | Input::Filled { .. }
            | Input::Digested { .. }
            | Input::Moved { .. } => classify::of_wrong_input(name),
        };
        self.is_ambiguous |=
            self.spec.idempotency.is_ambiguous() && classify::may_have_taken_effect(input);
        let epoch = self.lease.take().map_or_else(|| cx.epoch(), |lease| lease.epoch);
        self.resolve(cx, now, fault, epoch, events)
    }

    /// A URL could not be got: that is one failed attempt of the upload.
    fn fail_url<'a>(
        &mut self,
        cx: &mut Session,
        now: Instant,
        error: Error,
        events: &mut Events,
    ) -> Delivered<'a> {
        let epoch = self.url_call.epoch();
        self.url_call.restart(self.target.spec());
        let fault = classify::again(error);
        self.resolve(cx, now, fault, epoch, events)
    }

    fn resolve<'a>(
        &mut self,
        cx: &mut Session,
        now: Instant,
        mut fault: Fault,
        epoch: u32,
        events: &mut Events,
    ) -> Delivered<'a> {
        self.failures = self.failures.saturating_add(1);
        fault.error.attempts = self.failures;
        fault.error.may_have_taken_effect = self.is_ambiguous;
        self.may_take_used = false;
        let is_stale = epoch != cx.epoch();
        if fault.is_token_trouble && (is_stale || !self.has_relogged) {
            self.has_relogged |= !is_stale;
            cx.token_refused(epoch);
            events.retry(self.spec.name, &fault.error, 0);
            return Delivered::Again;
        }
        if !(fault.may_retry_upload || fault.may_retry) || !self.retry.fail(&cx.policy) {
            self.stage = Stage::Idle;
            return Delivered::Failed(fault.error);
        }
        self.has_relogged = false;
        // Only an answer that says "not so fast" is waited out; for others a fresh URL is enough.
        let wait_ms = if fault.may_retry_upload {
            asked_wait_ms(&cx.policy, &fault).unwrap_or(0)
        } else {
            self.retry.wait_ms(&cx.policy, &fault, &mut cx.rng)
        };
        if wait_ms > 0 {
            self.stage = Stage::Waiting { until: now.after_ms(u64::from(wait_ms)) };
        }
        events.retry(self.spec.name, &fault.error, wait_ms);
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
