//! How often and when a request is repeated.
//!
//! The counts and waits are the reference's (behaviour a.2, a.5): the first wait is one second,
//! each further one half as long again, from 64 seconds on a random part is added. A
//! `Retry-After` takes the place of one wait while the sequence goes on underneath.
//!
//! What is lost when a transfer ends may be hours of work, or a source that cannot be read again.
//! So as long as there is no connection at all, the calls of a transfer are as patient as reads:
//! some ten minutes. What the service answers counts as ever.

use crate::policy::classify::Fault;
use crate::rng::Rng;

/// How patient a kind of call is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RetryClass {
    /// JSON calls, copies and file information: 5 attempts.
    Call,
    /// JSON calls in the midst of a transfer: 5 attempts, and 20 more that find no connection.
    Transfer,
    /// Reads that cost nothing to repeat, and opening a download: 20 attempts.
    Read,
    /// Uploads, each attempt with another URL: 5 attempts, and 20 more that find no connection.
    Upload,
}

/// The numbers behind the decisions; the default is what the reference does, with jitter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetryPolicy {
    /// Attempts of a [`RetryClass::Call`] or [`RetryClass::Transfer`].
    pub call_attempts_max: u16,
    /// Attempts of a [`RetryClass::Read`], and of a transfer without a connection.
    pub read_attempts_max: u16,
    /// Attempts of a [`RetryClass::Upload`].
    pub upload_attempts_max: u16,
    /// The first wait.
    pub first_wait_ms: u32,
    /// From here on waits do not grow.
    pub wait_ms_max: u32,
    /// A `Retry-After` longer than this counts as this.
    pub retry_after_ms_max: u32,
    /// Before it is asked about a request whose answer was lost and that may still be worked on;
    /// twice as long each further time, up to sixteen times as long. The shorter, the likelier it
    /// is that a request takes effect after it was asked about.
    pub doubt_wait_ms: u32,
    /// Up to so many thousandths are added to each wait at random, so that many clients that
    /// were refused together do not come back together.
    pub jitter_permille: u16,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { jitter_permille: 250, ..Self::EXACT }
    }
}

impl RetryPolicy {
    /// The reference's waits to the millisecond, without jitter.
    pub const EXACT: Self = Self {
        call_attempts_max: 5,
        read_attempts_max: 20,
        upload_attempts_max: 5,
        first_wait_ms: 1_000,
        wait_ms_max: 64_000,
        retry_after_ms_max: 3_600_000,
        doubt_wait_ms: 1_000,
        jitter_permille: 0,
    };

    /// Attempts allowed for `class`, at least one.
    pub const fn attempts_max(&self, class: RetryClass) -> u16 {
        let max = match class {
            RetryClass::Call | RetryClass::Transfer => self.call_attempts_max,
            RetryClass::Read => self.read_attempts_max,
            RetryClass::Upload => self.upload_attempts_max,
        };
        if max == 0 { 1 } else { max }
    }
}

/// Counts the attempts of one call.
#[derive(Clone, Debug)]
pub struct Retry {
    class: RetryClass,
    attempts: u16,
    /// Failed attempts that found no connection, where they are counted apart.
    away: u16,
    waits: u16,
    next_wait_ms: u32,
}

impl Retry {
    /// A call that was not attempted yet.
    pub const fn new(class: RetryClass) -> Self {
        Self { class, attempts: 0, away: 0, waits: 0, next_wait_ms: 0 }
    }

    /// Starts over: a new token was got, or bytes have moved since the last failure.
    pub const fn refill(&mut self) {
        self.attempts = 0;
        self.away = 0;
        self.waits = 0;
    }

    /// Counts an attempt that has failed with `fault`; whether another one is left.
    #[inline(never)]
    pub const fn fail(&mut self, policy: &RetryPolicy, fault: &Fault) -> bool {
        let is_patient = matches!(self.class, RetryClass::Transfer | RetryClass::Upload);
        if is_patient && fault.has_no_connection() {
            self.away = self.away.saturating_add(1);
            return self.away < policy.attempts_max(RetryClass::Read);
        }
        self.attempts = self.attempts.saturating_add(1);
        self.attempts < policy.attempts_max(self.class)
    }

    /// Whether an upload that has failed with `fault` waits before it gets another URL. One host
    /// that cannot be reached is out of order; when it is not the first, the network may be.
    pub const fn waits_for_network(&self, fault: &Fault) -> bool {
        self.away > 1 && fault.has_no_connection()
    }

    /// Milliseconds to wait before repeating a call after `fault`.
    pub fn wait_ms(&mut self, policy: &RetryPolicy, fault: &Fault, rng: &mut Rng) -> u32 {
        let computed_ms = self.step(policy, rng);
        let base_ms = match asked_wait_ms(policy, fault) {
            Some(asked_ms) => return asked_ms,
            None => computed_ms,
        };
        let jitter = u64::from(base_ms) * u64::from(policy.jitter_permille) / 1_000;
        base_ms.saturating_add(u32::try_from(rng.below(jitter + 1)).unwrap_or(0))
    }

    fn step(&mut self, policy: &RetryPolicy, rng: &mut Rng) -> u32 {
        let wait_ms = match self.waits {
            0 => policy.first_wait_ms,
            _ => self.next_wait_ms,
        };
        self.waits = self.waits.saturating_add(1);
        let grown_ms = wait_ms.saturating_add(wait_ms / 2);
        self.next_wait_ms = if grown_ms > policy.wait_ms_max {
            let spread = if policy.jitter_permille == 0 { 0 } else { 1_000 };
            policy.wait_ms_max.saturating_add(u32::try_from(rng.below(spread)).unwrap_or(0))
        } else {
            grown_ms
        };
        wait_ms
    }
}

/// The wait the service asked for, bounded.
pub fn asked_wait_ms(policy: &RetryPolicy, fault: &Fault) -> Option<u32> {
    let seconds = fault.error.retry_after_s?;
    Some(seconds.saturating_mul(1_000).min(policy.retry_after_ms_max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Cause, Error, ErrorKind};

    fn fault(retry_after_s: Option<u32>) -> Fault {
        let mut error = Error::new(ErrorKind::Unavailable, "");
        error.retry_after_s = retry_after_s;
        Fault { error, may_retry: true, may_retry_upload: true, is_token_trouble: false }
    }

    #[test]
    fn waits_grow_by_half_up_to_the_cap() {
        let (policy, mut rng) = (RetryPolicy::EXACT, Rng::from_seed(1));
        let mut retry = Retry::new(RetryClass::Read);
        let mut wait = || retry.wait_ms(&policy, &fault(None), &mut rng);
        let first: [u32; 5] = core::array::from_fn(|_| wait());
        assert_eq!(first, [1_000, 1_500, 2_250, 3_375, 5_062]);
        let later: [u32; 8] = core::array::from_fn(|_| wait());
        assert_eq!(later[5..7], [57_654, 64_000]);
    }

    #[test]
    fn retry_after_takes_the_place_of_one_wait() {
        let (policy, mut rng) = (RetryPolicy::EXACT, Rng::from_seed(1));
        let mut retry = Retry::new(RetryClass::Call);
        assert_eq!(retry.wait_ms(&policy, &fault(None), &mut rng), 1_000);
        assert_eq!(retry.wait_ms(&policy, &fault(Some(9)), &mut rng), 9_000);
        assert_eq!(retry.wait_ms(&policy, &fault(None), &mut rng), 2_250);
        assert_eq!(retry.wait_ms(&policy, &fault(Some(u32::MAX)), &mut rng), 3_600_000);
    }

    #[test]
    fn jitter_only_adds() {
        let (policy, mut rng) = (RetryPolicy::default(), Rng::from_seed(1));
        for _ in 0..100 {
            let mut retry = Retry::new(RetryClass::Call);
            let wait_ms = retry.wait_ms(&policy, &fault(None), &mut rng);
            assert!((1_000..=1_250).contains(&wait_ms), "{wait_ms}");
        }
    }

    #[test]
    fn attempts_are_bounded() {
        let policy = RetryPolicy::EXACT;
        let mut retry = Retry::new(RetryClass::Call);
        let repeats = (0..10).take_while(|_| retry.fail(&policy, &fault(None))).count();
        assert_eq!(repeats, 4);
    }

    #[test]
    fn a_transfer_waits_longer_for_a_connection_than_for_an_answer() {
        let policy = RetryPolicy::EXACT;
        let mut away = fault(None);
        for cause in [Cause::Refused, Cause::ConnectTimeout, Cause::Dns] {
            away.error.cause = Some(cause);
            for (class, expected) in [
                (RetryClass::Call, 4),
                (RetryClass::Transfer, 19),
                (RetryClass::Upload, 19),
                (RetryClass::Read, 19),
            ] {
                let mut retry = Retry::new(class);
                let repeats = (0..100).take_while(|_| retry.fail(&policy, &away)).count();
                assert_eq!(repeats, expected, "{class:?}");
            }
            let mut retry = Retry::new(RetryClass::Transfer);
            assert!((0..10).all(|_| retry.fail(&policy, &away)));
            let repeats = (0..10).take_while(|_| retry.fail(&policy, &fault(None))).count();
            assert_eq!(repeats, 4, "what is answered when the network is back");
        }
    }
}
