//! Any single operation, with retries and logins.

use crate::error::Error;
use crate::id::ReqId;
use crate::machine::call::{Call, Ready, Verdict};
use crate::machine::event::{Event, Events};
use crate::machine::session::{Gate, Session};
use crate::machine::settle::{Settling, Turn};
use crate::machine::{Action, Input, Machine, ReplyTo, Request};
use crate::op::Operation;
use crate::time::{Deadline, Instant};
use crate::wire::reply::Reply;

mod doubt;

/// One operation as a job.
///
/// ```
/// use b2_proto::machine::single::Single;
/// use b2_proto::op::hide_file::HideFile;
/// use b2_proto::op::receipt::FileRef;
///
/// // On the bare core the answer is a `FileRef`; `b2_proto::op::HideFile` reads all of it.
/// let hide = HideFile::<_, FileRef>::new("8d625eb63be2775577c70e1a", "old.txt");
/// let job = Single::new(hide);
/// # let _ = job;
/// ```
#[derive(Debug)]
pub struct Single<O: Operation> {
    operation: O,
    call: Call,
    /// The key may do it, as far as that is known.
    is_permitted: bool,
    settling: Settling,
    /// What the job ends with unless the question about a lost answer tells better.
    failure: Option<Error>,
    state: State<O::Output>,
    step: Option<Step>,
    events: Events,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Send(ReqId),
    Ask,
    Abort(ReqId),
}

const CALL_SLOT: u16 = 0;
const QUESTION_SLOT: u16 = 1;

#[derive(Debug)]
enum State<T> {
    Unchecked,
    Running,
    Cancelling,
    Ended(Option<Result<T, Error>>),
}

impl<O: Operation> Single<O> {
    /// A job that performs `operation`.
    pub fn new(operation: O) -> Self {
        Self {
            operation,
            call: Call::new(&O::SPEC, CALL_SLOT),
            is_permitted: false,
            settling: Settling::new(QUESTION_SLOT),
            failure: None,
            state: State::Unchecked,
            step: None,
            events: Events::default(),
        }
    }

    /// A job that takes the place of `before` in a larger one, so that a late answer to that is
    /// told from its own.
    #[cfg(feature = "alloc")]
    pub(crate) fn following(mut self, before: &Self) -> Self {
        self.call.follow(before.call.id());
        self.settling.follow(&before.settling);
        self
    }

    /// The same in another request slot, beside others of a larger job.
    #[cfg(feature = "alloc")]
    pub(crate) const fn in_slot(mut self, slot: u16) -> Self {
        self.call.take_place(&O::SPEC, slot);
        self
    }

    /// A job that asks something for a larger one: in the slot of the request `last`, and not
    /// before `from`.
    #[cfg(feature = "alloc")]
    pub(crate) fn later(operation: O, last: ReqId, from: Instant) -> Self {
        let mut job = Self::new(operation);
        job.call.follow(last);
        job.call.delay(from);
        job
    }

    /// The ID of the request that was sent last.
    #[cfg(feature = "alloc")]
    pub(crate) const fn id(&self) -> ReqId {
        self.call.id()
    }

    /// The request in flight.
    #[cfg(feature = "alloc")]
    pub(crate) fn in_flight(&self) -> Option<ReqId> {
        self.call.in_flight()
    }

    fn end(&mut self, result: Result<O::Output, Error>) {
        self.state = State::Ended(Some(result));
    }

    /// Whether the request is to be sent now.
    fn is_due(&mut self, cx: &mut Session, now: Instant) -> bool {
        if let State::Unchecked = self.state {
            self.state = State::Running;
            if let Err(error) = self.operation.check() {
                self.end(Err(error.in_operation(O::SPEC.name)));
                return false;
            }
        }
        if !matches!(self.state, State::Running) {
            return false;
        }
        match self.call.is_ready(cx, now) {
            Ready::Now => self.is_permitted(cx),
            Ready::Later => false,
            Ready::Never => {
                self.end(Err(cx.take_error()));
                false
            }
        }
    }

    /// Whether the key may do it; else the job ends.
    fn is_permitted(&mut self, cx: &Session) -> bool {
        if !self.is_permitted {
            match cx.check_needs(&self.operation.needs()) {
                Ok(()) => self.is_permitted = true,
                Err(error) => self.end(Err(error.in_operation(O::SPEC.name))),
            }
        }
        self.is_permitted
    }

    /// What to do now.
    fn next(&mut self, cx: &mut Session, now: Instant) -> Option<Step> {
        // A question that was answered makes room for the request, or for the end.
        loop {
            if self.settling.is_asking() {
                match self.settling.decide(cx, now) {
                    Turn::Act => return Some(Step::Ask),
                    Turn::Nothing => return None,
                    Turn::Answered(facts) => self.settle(cx, facts),
                }
            }
            if !self.is_due(cx, now) {
                return None;
            }
            if !O::ASKS_FIRST || !self.asks(cx) {
                break;
            }
        }
        // Nothing but the end may have come of the question.
        if !matches!(self.state, State::Running) {
            return None;
        }
        cx.grant().map(|grant| {
            self.operation.bind(grant);
            self.settling.note_sent(cx, now);
            Step::Send(self.call.send())
        })
    }

    fn done(&mut self, cx: &mut Session, reply: &Reply<'_>) {
        if O::MAKES_VERSION {
            cx.given.note_reply(reply.body);
        }
        let may_have_taken_effect = O::SPEC.idempotency.is_ambiguous();
        let output = self.operation.parse(reply);
        self.end(output.map_err(|mut error| {
            error.may_have_taken_effect = may_have_taken_effect;
            error.in_operation(O::SPEC.name)
        }));
    }

    fn cancelled(&mut self) -> Option<ReqId> {
        let in_flight = self.settling.abandon().or_else(|| self.call.in_flight());
        let mut error = Error::cancelled().in_operation(O::SPEC.name);
        error.may_have_taken_effect = self.call.may_have_taken_effect();
        self.call.abandon();
        self.end(Err(error));
        in_flight
    }
}

impl<O: Operation> Machine for Single<O> {
    type Output = O::Output;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        self.step = if matches!(self.state, State::Cancelling) {
            self.cancelled().map(Step::Abort)
        } else {
            self.next(cx, now)
        };
        self.step.is_some()
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        let id = match self.step.take()? {
            Step::Abort(id) => return Some(Action::Abort(id)),
            Step::Ask => return self.settling.action(cx),
            Step::Send(id) => id,
        };
        let grant = cx.grant()?;
        let mut head = self.operation.head(grant);
        head.test_mode = cx.test_mode;
        Some(Action::Send(Request {
            id,
            operation: O::SPEC.name,
            class: O::SPEC.class,
            attempt: self.call.attempt(),
            head,
            body: self.operation.body(),
            reply: ReplyTo::Small { len_max: self.operation.reply_len_max() },
            timeout_ms: O::SPEC.timeout_ms,
            feeds: None,
        }))
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        if !matches!(self.state, State::Running) {
            return;
        }
        if self.settling.is_asking() {
            return self.settling.handle_input(cx, now, input);
        }
        let verdict = self.call.judge(cx, now, &input, &mut self.events);
        self.settling.note_end(cx, now, &input, (&self.call, &verdict));
        match verdict {
            Verdict::Ignored | Verdict::Again => {}
            Verdict::Failed => self.failed(cx, now),
            Verdict::Done(reply) => self.done(cx, &reply),
        }
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        if self.settling.is_asking() {
            return self.settling.deadline(cx);
        }
        matches!(self.state, State::Running).then(|| self.call.deadline()).flatten()
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        match self.state {
            State::Unchecked => matches!(cx.gate(), Gate::Wait),
            State::Running if self.settling.is_asking() => self.settling.waits_for_login(cx),
            State::Running => self.call.waits_for_login(cx),
            State::Cancelling | State::Ended(_) => false,
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.poll()
    }

    fn cancel(&mut self, _now: Instant) {
        if !matches!(self.state, State::Ended(_)) {
            self.state = State::Cancelling;
        }
    }

    fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
        match &mut self.state {
            State::Ended(result) => result.take(),
            State::Unchecked | State::Running | State::Cancelling => None,
        }
    }
}
