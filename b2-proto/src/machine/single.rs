//! Any single operation, with retries and logins.

use crate::error::Error;
use crate::id::ReqId;
use crate::machine::call::{Call, Ready, Verdict};
use crate::machine::event::{Event, Events};
use crate::machine::session::{Gate, Session};
use crate::machine::{Action, Input, Machine, ReplyTo, Request};
use crate::op::Operation;
use crate::time::{Deadline, Instant};

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
    state: State<O::Output>,
    step: Option<Step>,
    events: Events,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Send(ReqId),
    Abort(ReqId),
}

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
            call: Call::new(&O::SPEC, 0),
            state: State::Unchecked,
            step: None,
            events: Events::default(),
        }
    }

    /// A job that takes the place of `before` in a larger one, so that a late answer to that is
    /// told from its own.
    #[cfg(feature = "alloc")]
    pub(crate) fn following(mut self, before: &Self) -> Self {
        self.call.follow(&before.call);
        self
    }

    /// The same with its request in another slot, beside others of a larger job.
    #[cfg(feature = "alloc")]
    pub(crate) fn in_slot(mut self, slot: u16) -> Self {
        self.call.take_place(&O::SPEC, slot);
        self
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
            Ready::Now => true,
            Ready::Later => false,
            Ready::Never => {
                self.end(Err(cx.take_error()));
                false
            }
        }
    }

    fn cancelled(&mut self) -> Option<ReqId> {
        let in_flight = self.call.in_flight();
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
        } else if self.is_due(cx, now) {
            cx.grant().map(|grant| {
                self.operation.bind(grant);
                Step::Send(self.call.send())
            })
        } else {
            None
        };
        self.step.is_some()
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        let id = match self.step.take()? {
            Step::Abort(id) => return Some(Action::Abort(id)),
            Step::Send(id) => id,
        };
        let grant = cx.grant()?;
        let mut head = self.operation.head(grant);
        head.test_mode = cx.test_mode;
        Some(Action::Send(Request {
            id,
            operation: O::SPEC.name,
            attempt: self.call.attempt(),
            head,
            body: self.operation.body(),
            reply: ReplyTo::Small { len_max: O::REPLY_LEN_MAX },
            timeout_ms: O::SPEC.timeout_ms,
        }))
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        if !matches!(self.state, State::Running) {
            return;
        }
        match self.call.judge(cx, now, &input, &mut self.events) {
            Verdict::Ignored | Verdict::Again => {}
            Verdict::Failed => {
                let error = cx.take_error();
                let settled = error.may_have_taken_effect.then(|| self.operation.settled(&error));
                self.end(settled.flatten().ok_or(error));
            }
            Verdict::Done(reply) => {
                let output = self.operation.parse(&reply);
                let may_have_taken_effect = O::SPEC.idempotency.is_ambiguous();
                self.end(output.map_err(|mut error| {
                    error.may_have_taken_effect = may_have_taken_effect;
                    error.in_operation(O::SPEC.name)
                }));
            }
        }
    }

    fn poll_deadline(&self, _cx: &Session) -> Option<Deadline> {
        matches!(self.state, State::Running).then(|| self.call.deadline()).flatten()
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        match self.state {
            State::Unchecked => matches!(cx.gate(), Gate::Wait),
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
