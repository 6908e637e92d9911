//! What jobs share: the login and its epoch, upload URLs, retry policy, jitter, clock.

use crate::error::Error;
use crate::machine::Input;
#[cfg(feature = "alloc")]
use crate::model::AccountAuthorization;
use crate::op::Grant;
use crate::policy::classify::Fault;
use crate::policy::clock::WallClock;
use crate::policy::retry::RetryPolicy;
use crate::rng::Rng;
use crate::time::Instant;
use crate::wire::reply::Reply;
use crate::wire::text::Sha1;

mod credentials;
pub(crate) mod given;
pub mod lease;
#[cfg(feature = "alloc")]
pub(crate) mod limits;
mod pass;
mod pool;
mod told;

pub use credentials::{
    Credentials, KEY_ID_LEN_MAX, KEY_LEN_MAX, PRODUCTION, REALM_LEN_MAX, realm_url,
};
pub use lease::{Lease, LeaseFor};
pub(crate) use pass::{Cost, Pass};

/// What jobs share. One for each account and realm.
///
/// ```
/// use b2_proto::machine::Session;
/// use b2_proto::machine::session::Credentials;
/// use b2_proto::policy::retry::RetryPolicy;
///
/// let credentials = Credentials::new("0014aa9865d6f0000000000001", "K001", "production")?;
/// assert_eq!(credentials.realm(), "https://api.backblazeb2.com");
///
/// let mut session = Session::new(credentials, 0x5eed);
/// session.policy = RetryPolicy { upload_attempts_max: 8, ..RetryPolicy::default() };
/// assert!(session.wants_login() && session.grant().is_none());
/// # Ok::<(), b2_proto::error::Error>(())
/// ```
#[derive(Debug)]
pub struct Session {
    credentials: Credentials,
    login: LoginState,
    /// Counts the logins; requests are stamped with it.
    epoch: u32,
    grant: Option<Grant>,
    pub(crate) leases: pool::LeasePool,
    pub(crate) given: given::Given,
    /// How often and when requests are repeated.
    pub policy: RetryPolicy,
    /// Jitter.
    pub(crate) rng: Rng,
    clock: Option<WallClock>,
    /// The service's time by its last answer, for questions about lost answers.
    #[cfg(feature = "alloc")]
    service_clock: Option<WallClock>,
    /// What went wrong last. Whoever ends a job over it takes the error from here.
    pub(crate) fault: Fault,
    /// The service's test mode to ask for with each request (spec 1.7).
    pub test_mode: Option<&'static str>,
    #[cfg(feature = "alloc")]
    account: Option<alloc::sync::Arc<AccountAuthorization>>,
    /// The engine's, while machines decide.
    #[cfg(feature = "alloc")]
    pub(crate) limits: Option<alloc::boxed::Box<limits::Limits>>,
    /// Whether they have put off what the machine that decides wanted.
    #[cfg(feature = "alloc")]
    pub(crate) is_put_off: bool,
}

#[derive(Clone, Debug)]
enum LoginState {
    /// No token, or one that was refused.
    Wanted,
    InFlight,
    Valid,
    Failed(Error),
}

/// Whether a request that needs a token may start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Gate {
    /// Yes, stamped with this epoch.
    Open(u32),
    /// A login is needed or under way.
    Wait,
    /// There will be no login; [`Session::note_no_login`] tells why.
    Closed,
}

impl Session {
    /// A session that logs in when the first request needs it. `seed` fixes the jitter.
    pub fn new(credentials: Credentials, seed: u64) -> Self {
        Self {
            credentials,
            login: LoginState::Wanted,
            epoch: 0,
            grant: None,
            leases: pool::LeasePool::default(),
            given: given::Given::default(),
            policy: RetryPolicy::default(),
            rng: Rng::from_seed(seed),
            clock: None,
            #[cfg(feature = "alloc")]
            service_clock: None,
            fault: Fault::default(),
            test_mode: None,
            #[cfg(feature = "alloc")]
            account: None,
            #[cfg(feature = "alloc")]
            limits: None,
            #[cfg(feature = "alloc")]
            is_put_off: false,
        }
    }

    /// Tells the wall time, which switches on the check of the service's clock against it.
    pub const fn set_wall_clock(&mut self, clock: Option<WallClock>) {
        self.clock = clock;
    }

    /// Who logs in.
    pub const fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// What the last login gave, also when its token is stale by now.
    pub const fn grant(&self) -> Option<&Grant> {
        self.grant.as_ref()
    }

    /// The whole answer of the last login.
    #[cfg(feature = "alloc")]
    pub const fn account(&self) -> Option<&alloc::sync::Arc<AccountAuthorization>> {
        self.account.as_ref()
    }

    #[cfg(feature = "alloc")]
    pub(crate) fn set_account(&mut self, account: AccountAuthorization) {
        self.account = Some(alloc::sync::Arc::new(account));
    }

    /// Starts from a login that was kept, such as one from an account store. It is not used when
    /// its URLs lead away from the realm: then the first request logs in.
    pub fn resume_login(&mut self, grant: Grant) {
        if grant.check_urls(self.credentials.realm()).is_ok() {
            self.finish_login(grant);
        }
    }

    /// As [`resume_login`](Self::resume_login) with all that the login told, so that
    /// [`account`](Self::account) needs no new one. One that cannot be used is not.
    #[cfg(feature = "alloc")]
    pub fn resume_account(&mut self, account: AccountAuthorization) {
        if let Ok(grant) = Grant::try_from(&account)
            && grant.check_urls(self.credentials.realm()).is_ok()
        {
            self.finish_login(grant);
            self.set_account(account);
        }
    }

    /// A number that is another one after each login, and after one of before was taken over.
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    pub(crate) const fn gate(&self) -> Gate {
        match &self.login {
            LoginState::Valid => Gate::Open(self.epoch),
            LoginState::Wanted | LoginState::InFlight => Gate::Wait,
            LoginState::Failed(_) => Gate::Closed,
        }
    }

    /// Whether somebody has to log in.
    pub const fn wants_login(&self) -> bool {
        matches!(self.login, LoginState::Wanted)
    }

    /// A token was refused. Only the first to say so about the current token causes a login.
    #[inline(never)]
    pub(crate) fn token_refused(&mut self, epoch: u32) {
        if epoch == self.epoch && matches!(self.login, LoginState::Valid) {
            self.login = LoginState::Wanted;
        }
    }

    pub(crate) fn begin_login(&mut self) {
        debug_assert!(self.wants_login(), "rule 6: one login at a time");
        self.login = LoginState::InFlight;
    }

    pub(crate) fn finish_login(&mut self, grant: Grant) {
        self.grant = Some(grant);
        self.epoch = self.epoch.wrapping_add(1);
        self.login = LoginState::Valid;
    }

    /// The last fault is why there will be no login.
    pub(crate) fn fail_login(&mut self) {
        self.login = LoginState::Failed(self.take_error());
    }

    /// Makes the reason why there will be no login the last fault.
    pub(crate) fn note_no_login(&mut self) {
        if let LoginState::Failed(error) = &self.login {
            self.fault.error.clone_from(error);
        }
    }

    /// The error of the last fault.
    pub(crate) fn take_error(&mut self) -> Error {
        core::mem::take(&mut self.fault).error
    }

    /// Decides what a final input means for the request of `operation`: the answer to work with
    /// and the SHA-1 of what was sent, or nothing and the reason in [`fault`](Self::fault).
    pub(crate) fn judge<'a>(
        &mut self,
        now: Instant,
        operation: &'static str,
        input: &Input<'a>,
    ) -> Option<(Reply<'a>, Option<Sha1>)> {
        let Input::Response { reply, sent, .. } = input else {
            self.fault.set_input(operation, input);
            return None;
        };
        match self.check_clock(now, reply.headers) {
            Err(error) => self.fault.set_fatal(operation, error),
            Ok(()) if reply.is_success() => return Some((*reply, *sent)),
            Ok(()) => self.fault.set_reply(operation, reply),
        }
        None
    }

    pub(crate) fn give_login_up(&mut self) {
        if matches!(self.login, LoginState::InFlight) {
            self.login = LoginState::Wanted;
        }
    }

    /// Forgets a failed login so that later jobs may try again.
    pub fn forget_failed_login(&mut self) {
        if matches!(self.login, LoginState::Failed(_)) {
            self.login = LoginState::Wanted;
        }
    }
}
