//! The login as a machine of its own, so that whoever drives several jobs sends it once.

#[cfg(feature = "alloc")]
use crate::error::ApiCode;
use crate::error::{Error, ErrorKind};
use crate::id::ReqId;
#[cfg(feature = "alloc")]
use crate::machine::event::Repeat;
use crate::machine::session::Session;
use crate::machine::{Action, Input, action};
use crate::op::authorize_account::{AuthorizeAccount, read_grant};
use crate::policy::retry::{Retry, RetryClass};
use crate::time::{Deadline, Instant};

/// The request slot of logins, which no other machine uses.
pub const LOGIN_SLOT: u16 = u16::MAX;

/// Sends the session's logins. Give it the first word in every drain.
#[derive(Debug)]
pub struct Login {
    state: State,
    id: ReqId,
    retry: Retry,
    failures: u16,
    /// What has not been told yet.
    #[cfg(feature = "alloc")]
    repeat: Option<Repeat>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Idle,
    InFlight,
    Waiting { until: Instant },
}

impl Default for Login {
    fn default() -> Self {
        Self {
            state: State::Idle,
            id: ReqId { slot: LOGIN_SLOT, generation: 0 },
            retry: Retry::new(Self::FIRST),
            failures: 0,
            #[cfg(feature = "alloc")]
            repeat: None,
        }
    }
}

impl Login {
    const FIRST: RetryClass = AuthorizeAccount::SPEC.retry;

    /// Whether a login is to be sent now.
    pub fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        match self.state {
            State::InFlight => return false,
            State::Waiting { until } if now < until => return false,
            State::Waiting { .. } => {}
            State::Idle if cx.wants_login() => {
                // A further login comes in the midst of something.
                let is_first = cx.epoch() == 0;
                let class = if is_first { Self::FIRST } else { RetryClass::Transfer };
                cx.begin_login();
                self.retry = Retry::new(class);
                self.failures = 0;
            }
            State::Idle => return false,
        }
        self.state = State::InFlight;
        self.id.generation = self.id.generation.wrapping_add(1);
        true
    }

    /// The login request that was decided.
    pub fn action<'a>(&self, cx: &'a Session) -> Option<Action<'a>> {
        let head = AuthorizeAccount::head(cx.credentials(), cx.test_mode);
        let body = AuthorizeAccount::body();
        let attempt = self.failures.saturating_add(1);
        Some(action::request(self.id, attempt, &AuthorizeAccount::SPEC, head, body))
    }

    /// Takes an input; whether it was the login's.
    pub fn handle_input(&mut self, cx: &mut Session, now: Instant, input: &Input<'_>) -> bool {
        if input.id().slot != LOGIN_SLOT {
            return false;
        }
        if self.state != State::InFlight || input.id() != self.id || !input.is_final() {
            return true;
        }
        self.state = State::Idle;
        let name = AuthorizeAccount::SPEC.name;
        match cx.judge(now, name, input).map(|(reply, _)| read_grant(cx, &reply)) {
            Some(Ok(grant)) => {
                cx.finish_login(grant);
                return true;
            }
            Some(Err(error)) => cx.fault.set_fatal(name, error),
            None => {
                note_key_trouble(&mut cx.fault.error);
                #[cfg(feature = "alloc")]
                note_other_service(cx);
            }
        }
        self.failures = self.failures.saturating_add(1);
        cx.fault.error.attempts = self.failures;
        if cx.fault.may_retry && self.retry.fail(&cx.policy, &cx.fault) {
            let wait_ms = self.retry.wait_ms(&cx.policy, &cx.fault, &mut cx.rng);
            self.state = State::Waiting { until: now.after_ms(u64::from(wait_ms)) };
            #[cfg(feature = "alloc")]
            {
                self.repeat = Some(Repeat::new(name, &cx.fault.error, wait_ms));
            }
        } else {
            cx.fail_login();
        }
        true
    }

    /// Which attempt the login in flight is.
    #[cfg(feature = "alloc")]
    pub(crate) const fn attempt(&self) -> u16 {
        self.failures.saturating_add(1)
    }

    /// That the login is repeated, once.
    #[cfg(feature = "alloc")]
    pub(crate) const fn take_repeat(&mut self) -> Option<Repeat> {
        self.repeat.take()
    }

    /// When the login goes on after a failure.
    pub const fn poll_deadline(&self) -> Option<Deadline> {
        match self.state {
            State::Waiting { until } => Some(Deadline { at: until, why: "login retry" }),
            State::Idle | State::InFlight => None,
        }
    }

    /// Whether a login request is in flight or will be sent by itself.
    pub fn is_busy(&self) -> bool {
        self.state != State::Idle
    }

    /// Whether the login goes on by itself at its deadline.
    #[cfg(feature = "alloc")]
    pub(crate) const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    /// Gives the login up because nobody needs it any more; the request to be aborted, if it is
    /// in flight. Whoever needs a login later starts another one.
    pub fn abandon(&mut self, cx: &mut Session) -> Option<ReqId> {
        let in_flight = (self.state == State::InFlight).then_some(self.id);
        if self.is_busy() {
            cx.give_login_up();
        }
        self.state = State::Idle;
        in_flight
    }
}

/// The addresses of the S3 API are at hand too, and mixed up with those of this one.
#[cfg(feature = "alloc")]
fn note_other_service(cx: &mut Session) {
    let is_s3 = cx.credentials().realm().contains("://s3.");
    let error = &mut cx.fault.error;
    if is_s3 && error.code == ApiCode::NonJson && !cx.fault.may_retry {
        error.kind = ErrorKind::Protocol;
        error.message.clear();
        error.message.push_truncated(
            "this is the address of the S3 API; the realm is that of the native API, \
             https://api.backblazeb2.com for Backblaze",
        );
    }
}

/// Every 401 of a login is about the key (spec 3.1), whatever its code.
fn note_key_trouble(error: &mut Error) {
    if error.status == 401 {
        error.kind = ErrorKind::BadKey;
        if error.message.is_empty() {
            error.message.push_truncated("the service refuses the application key");
        }
    }
}
