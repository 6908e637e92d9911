//! An error is allowed only when a fault explains it that hit a request of that very piece of
//! work: its last attempt has failed with that status or cause, and no attempt was left.

use b2_proto::error::{Cause, Error, ErrorKind};
use b2_proto::policy::retry::{RetryClass, RetryPolicy};

use crate::checkers::LOGIN;
use crate::checkers::attempts::{Work, is_for_url};
use crate::checkers::suffered::Suffered;
use crate::exchange::End;

const BY_ID: &str = "b2_download_file_by_id";
const BY_NAME: &str = "b2_download_file_by_name";
const CREATE_KEY: &str = "b2_create_key";

/// What explains an error beside faults of requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around {
    /// The client's clock is wrong.
    pub(crate) is_skewed: bool,
    /// The client may ask for no more, or has little memory.
    pub(crate) has_limits: bool,
    /// Bytes of a download were changed on the way.
    pub(crate) is_damaged: bool,
}

impl Suffered {
    /// Whether `error` may be the outcome of this job.
    pub(crate) fn explains(
        &self,
        error: &Error,
        policy: &RetryPolicy,
        around: Around,
    ) -> Result<(), String> {
        use ErrorKind as K;
        let operation = error.operation;
        let of_requests = || {
            let mut failed = self.attempts.of(operation);
            failed.any(|work| is_end_of(work, error, policy))
        };
        let is_explained = match error.kind {
            K::Unavailable
            | K::TooManyRequests
            | K::Network
            | K::BadKey
            | K::Unauthorized
            | K::CapExceeded => of_requests(),
            K::ClockSkew => around.is_skewed,
            K::Limit => around.has_limits,
            K::Corrupted if matches!(operation, BY_ID | BY_NAME | "") => around.is_damaged,
            K::Corrupted => {
                self.attempts.of(operation).any(|(work, _)| work.last() == Some(End::Lie))
            }
            K::Source | K::Sink => self.has_failed_locally(error.cause),
            // It was done before, but nobody could be asked by whom. A key that is there is named.
            K::Conflict if operation == CREATE_KEY => {
                error.may_have_taken_effect && self.lost(operation) > 0
            }
            K::Conflict => error.may_have_taken_effect && self.unsettled(operation, true) > 0,
            K::Cancelled => self.is_cancelled,
            K::InvalidInput
            | K::BadRequest
            | K::AccessDenied
            | K::NotFound
            | K::RangeNotSatisfiable
            | K::Protocol
            | K::Unknown
            | _ => false,
        };
        if is_explained {
            return Ok(());
        }
        Err(format!("nothing explains {error:?} ({error}); suffered: {self:?}"))
    }

    /// Whether a source or a sink has failed so. The place where a download goes has no causes
    /// once all bytes are there.
    fn has_failed_locally(&self, cause: Option<Cause>) -> bool {
        match cause {
            Some(cause) => self.local.contains(&End::Broken(cause)),
            None => !self.local.is_empty(),
        }
    }
}

/// Whether a piece of work has come to its end with this error.
fn is_end_of((work, before): (&Work, Option<&Work>), error: &Error, policy: &RetryPolicy) -> bool {
    let is_last = match work.last() {
        Some(End::Status(status)) => error.status == status,
        Some(End::Broken(cause)) => error.status == 0 && error.cause == Some(cause),
        Some(End::Lie) | None => false,
    };
    is_last && is_over((work, before), error, policy)
}

/// Whether no attempt was left.
fn is_over((work, before): (&Work, Option<&Work>), error: &Error, policy: &RetryPolicy) -> bool {
    if error.kind == ErrorKind::BadKey {
        // One login is tried before a refused token is an error.
        let refusals = work.refusals() + before.map_or(0, Work::refusals);
        return refusals > usize::from(error.operation != LOGIN);
    }
    // No login renews a token of the caller's.
    if error.kind == ErrorKind::Unauthorized {
        return error.operation == BY_NAME;
    }
    if error.kind == ErrorKind::CapExceeded {
        return error.status == 403;
    }
    let max = |class| usize::from(policy.attempts_max(class));
    match error.operation {
        BY_ID | BY_NAME => work.counted() >= max(RetryClass::Read),
        // A token that was refused twice is a reason to try another URL.
        "b2_upload_file" | "b2_upload_part" => work.ends.len() >= max(RetryClass::Upload),
        operation if is_for_url(operation) => {
            let failed = before.map_or(0, |before| before.ends.len());
            failed + 1 >= max(RetryClass::Upload) && work.counted() >= max(RetryClass::Call)
        }
        _ => work.counted() >= max(RetryClass::Call),
    }
}
