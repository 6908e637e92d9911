//! Asking, where there is a heap.

use super::inquiry::Inquiry;
use super::{Asked, Turn, pause_ms};
use crate::error::Error;
use crate::id::ReqId;
use crate::machine::call::{Call, Verdict};
use crate::machine::session::Session;
use crate::machine::{Action, Input};
use crate::model::Capability;
use crate::op::settle::{CLOCK_SLACK_MS, Lost, Question};
use crate::policy::classify;
use crate::time::{Deadline, Instant};
use crate::wire::text::Sha1;
use alloc::boxed::Box;

/// What is known about the lost answers of one job, and the question about them.
#[derive(Debug)]
pub(crate) struct Settling {
    /// When the first attempt was sent, and which time that was by what the service had told then.
    began_at: Option<Instant>,
    began_ms: Option<u64>,
    /// When an answer was lost that nobody has asked about yet.
    lost_at: Option<Instant>,
    /// Attempts whose fate is not known.
    lost: u16,
    /// The digest of the body whose answer was lost last, where it had one.
    sent: Option<Sha1>,
    /// An attempt may still be worked on, or on its way.
    may_be_late: bool,
    /// The request that asked last.
    last: ReqId,
    inquiry: Option<Box<Inquiry>>,
}

impl Settling {
    /// Nothing is lost yet. Questions use the request slot `slot`.
    pub(crate) const fn new(slot: u16) -> Self {
        let last = ReqId { slot, generation: 0 };
        Self {
            began_at: None,
            began_ms: None,
            lost_at: None,
            lost: 0,
            sent: None,
            may_be_late: false,
            last,
            inquiry: None,
        }
    }

    /// Goes on with the IDs of `before`, whose late answers are none to this.
    pub(crate) const fn follow(&mut self, before: &Self) {
        self.last = before.last;
    }

    /// Forgets all attempts, for another request.
    pub(crate) fn restart(&mut self) {
        let last = self.last;
        *self = Self::new(last.slot);
        self.last = last;
    }

    /// An attempt is sent.
    pub(crate) fn note_sent(&mut self, cx: &Session, now: Instant) {
        if self.began_at.is_none() {
            self.began_at = Some(now);
            self.began_ms = cx.service_ms_at(now);
        }
    }

    /// An attempt of `call` has ended in this way: it matters if its answer is lost.
    pub(crate) fn note_end(
        &mut self,
        cx: &Session,
        now: Instant,
        input: &Input<'_>,
        (call, verdict): (&Call, &Verdict<'_>),
    ) {
        if matches!(verdict, Verdict::Again | Verdict::Failed) && call.is_lost() {
            self.note_lost(cx, now, input);
        }
    }

    /// An attempt that may have taken effect has ended in this way; the session has the fault. If
    /// it may still be worked on, it is not asked about at once.
    pub(crate) fn note_lost(&mut self, cx: &Session, now: Instant, input: &Input<'_>) {
        let is_late = classify::may_be_late(input, &cx.fault.error);
        let pause_ms = if is_late { pause_ms(&cx.policy, self.lost) } else { 0 };
        self.lost = self.lost.saturating_add(1);
        self.sent = input.sent();
        self.lost_at = Some(now.after_ms(pause_ms));
        self.may_be_late |= is_late;
    }

    /// The request has failed for good with the session's fault. An earlier attempt may have taken
    /// effect.
    pub(crate) const fn note_failed(&mut self, cx: &Session, now: Instant) {
        if cx.fault.error.may_have_taken_effect && self.lost_at.is_none() {
            self.lost_at = Some(now);
        }
    }

    /// The digest of the body whose answer was lost last.
    pub(crate) const fn sent(&self) -> Option<Sha1> {
        self.sent
    }

    /// No attempt has taken effect so far. So there is no doubt about the request any more, nor
    /// about what it has failed with, unless an attempt may still be worked on.
    pub(crate) const fn note_not_done(&mut self, doubt: &mut bool, failure: Option<&mut Error>) {
        if self.may_be_late {
            return;
        }
        self.lost = 0;
        *doubt = false;
        if let Some(error) = failure {
            error.may_have_taken_effect = false;
        }
    }

    /// Whether an attempt may still be worked on, or on its way.
    pub(crate) const fn may_be_late(&self) -> bool {
        self.may_be_late
    }

    /// Whether another attempt than the one that was found may have taken effect.
    pub(crate) const fn may_be_duplicate(&self) -> bool {
        self.lost > 1
    }

    /// Whether an answer was lost that nobody has asked about yet.
    pub(crate) const fn is_due(&self) -> bool {
        self.lost_at.is_some()
    }

    /// Asks, if an answer was lost and it can be asked; not before `from`.
    pub(crate) fn ask(
        &mut self,
        cx: &Session,
        from: Option<Instant>,
        question: impl FnOnce() -> Option<Question>,
    ) -> Asked {
        let Some(lost_at) = self.lost_at.take() else { return Asked::NotLost };
        let may_ask = |question: &Question| {
            let capability = Capability::from(question.capability());
            let account = cx.account();
            account.is_some_and(|account| account.storage_api.allowed.permits(&capability))
        };
        if self.since_ms(cx).is_none() {
            return Asked::Cannot;
        }
        let Some(question) = question().filter(may_ask) else { return Asked::Cannot };
        let from = from.map_or(lost_at, |from| from.max(lost_at));
        self.inquiry = Some(Box::new(Inquiry::new(question, self.last, from)));
        Asked::Asking
    }

    fn since_ms(&self, cx: &Session) -> Option<u64> {
        // What was told since may be too late by as long as this machine has slept.
        let reckoned_ms = cx.service_ms_at(self.began_at?)?;
        let began_ms = self.began_ms.map_or(reckoned_ms, |ms| ms.min(reckoned_ms));
        Some(began_ms.saturating_sub(CLOCK_SLACK_MS))
    }

    /// Whether a question is on its way.
    pub(crate) const fn is_asking(&self) -> bool {
        self.inquiry.is_some()
    }

    /// Moves the question on.
    pub(crate) fn decide(&mut self, cx: &mut Session, now: Instant) -> Turn {
        let Some(inquiry) = &mut self.inquiry else { return Turn::Nothing };
        if inquiry.decide(cx, now) {
            return Turn::Act;
        }
        match inquiry.outcome() {
            None => Turn::Nothing,
            Some(outcome) => {
                self.last = inquiry.id();
                self.inquiry = None;
                Turn::Answered(outcome.ok())
            }
        }
    }

    /// What is known about the attempts, for who draws the conclusion.
    pub(crate) fn lost<'a>(&self, cx: &'a mut Session) -> Lost<'a> {
        let since_ms = self.since_ms(cx).unwrap_or(u64::MAX);
        Lost { since_ms, given: &mut cx.given }
    }

    pub(crate) fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        self.inquiry.as_mut()?.action(cx)
    }

    pub(crate) fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        if let Some(inquiry) = &mut self.inquiry {
            inquiry.handle_input(cx, now, input);
        }
    }

    pub(crate) fn deadline(&self, cx: &Session) -> Option<Deadline> {
        self.inquiry.as_ref()?.deadline(cx)
    }

    pub(crate) fn waits_for_login(&self, cx: &Session) -> bool {
        self.inquiry.as_ref().is_some_and(|inquiry| inquiry.waits_for_login(cx))
    }

    /// Gives up asking; the request to abort, if there is one.
    pub(crate) fn abandon(&mut self) -> Option<ReqId> {
        self.inquiry.take().and_then(|inquiry| inquiry.in_flight())
    }
}
