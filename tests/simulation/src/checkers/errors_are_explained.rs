//! An error is allowed only when faults explain it that were really injected.

use std::collections::BTreeMap;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::policy::retry::{RetryClass, RetryPolicy};

use crate::checkers::LOGIN;
use crate::exchange::{End, Exchange};

const BY_ID: &str = "b2_download_file_by_id";
const BY_NAME: &str = "b2_download_file_by_name";

/// What has happened to the requests of a job.
#[derive(Debug, Default)]
pub(crate) struct Suffered {
    /// Requests that were answered as they should, by operation.
    successes: BTreeMap<&'static str, u64>,
    /// Failures by operation.
    failures: BTreeMap<&'static str, Vec<End>>,
    /// Sources and sinks that failed.
    local: Vec<End>,
    /// Answers that told a wrong digest or brought wrong bytes.
    pub(crate) wrong_bytes: u64,
    /// Uploads that were answered by an [`End::Lie`].
    pub(crate) lies: u64,
    /// The job was cancelled.
    pub(crate) is_cancelled: bool,
    /// The client's clock is so wrong that successes count as lost.
    pub(crate) is_skewed: bool,
}

impl Suffered {
    pub(crate) fn note(&mut self, exchange: &Exchange, end: End) {
        if end.is_success() {
            *self.successes.entry(exchange.operation).or_default() += 1;
        } else {
            self.failures.entry(exchange.operation).or_default().push(end);
        }
        self.wrong_bytes += u64::from(exchange.injected.corrupt || exchange.injected.wrong_digest);
        self.lies += u64::from(end == End::Lie);
        if let End::Broken(cause) = end
            && cause.is_local()
        {
            self.local.push(end);
        }
    }

    pub(crate) fn note_local(&mut self, end: End) {
        if !end.is_success() {
            self.local.push(end);
        }
    }

    /// Adds what was suffered in another life.
    pub(crate) fn add(&mut self, other: &Self) {
        for (operation, count) in &other.successes {
            *self.successes.entry(operation).or_default() += count;
        }
        for (operation, ends) in &other.failures {
            self.failures.entry(operation).or_default().extend_from_slice(ends);
        }
        self.local.extend_from_slice(&other.local);
        self.wrong_bytes += other.wrong_bytes;
        self.lies += other.lies;
        self.is_cancelled |= other.is_cancelled;
    }

    /// Successes of one operation.
    pub(crate) fn successes(&self, operation: &str) -> u64 {
        self.successes.get(operation).copied().unwrap_or(0)
    }

    /// Failures of one operation.
    pub(crate) fn count(&self, operation: &str) -> u64 {
        self.failures.get(operation).map_or(0, |failures| failures.len() as u64)
    }

    /// Requests of one operation that can have taken effect although they were not answered so.
    pub(crate) fn lost(&self, operation: &str) -> u64 {
        let failures = self.failures.get(operation).map_or(&[][..], Vec::as_slice);
        let is_lost = |end: &&End| match end {
            End::Status(status) => matches!(status, 408 | 500..=599),
            End::Broken(cause) => cause.may_have_arrived() && !cause.is_local(),
            End::Lie => false,
        };
        failures.iter().filter(is_lost).count() as u64
    }

    /// Those of them that can take effect after the service was asked whether they have: something
    /// on the way may have passed them on.
    pub(crate) fn late(&self, operation: &str) -> u64 {
        let failures = self.failures.get(operation).map_or(&[][..], Vec::as_slice);
        let is_late = |end: &&End| match end {
            End::Status(status) => matches!(status, 408 | 502 | 504),
            End::Broken(cause) => cause.may_have_arrived() && !cause.is_local(),
            End::Lie => false,
        };
        failures.iter().filter(is_late).count() as u64
    }

    fn statuses(&self, operation: &str, wanted: impl Fn(u16) -> bool) -> usize {
        let failures = self.failures.get(operation).map_or(&[][..], Vec::as_slice);
        failures.iter().filter(|end| matches!(end, End::Status(status) if wanted(*status))).count()
    }

    /// Whether `error` may be the outcome of this job.
    pub(crate) fn explains(
        &self,
        error: &Error,
        policy: &RetryPolicy,
        (is_skewed, has_limits): (bool, bool),
    ) -> Result<(), String> {
        use ErrorKind as K;
        let (kind, operation) = (error.kind, error.operation);
        // A download by name goes on by ID, and an upload needs URLs.
        let also = match operation {
            BY_NAME => BY_ID,
            "b2_upload_file" => "b2_get_upload_url",
            "b2_upload_part" => "b2_get_upload_part_url",
            _ => "",
        };
        let ended_with = |wanted| {
            let of = |operation| self.statuses(operation, |status| status == wanted);
            of(operation) + of(also)
        };
        let refusals = ended_with(401);
        let is_explained = (matches!(kind, K::Unavailable | K::TooManyRequests | K::Network)
            && self.has_used_all_attempts(operation, policy))
            // One login is tried before a refused token is an error.
            || (kind == K::BadKey && refusals > usize::from(operation != LOGIN))
            // No login renews a token of the caller's.
            || (kind == K::Unauthorized && operation == BY_NAME && refusals > 0)
            || (kind == K::CapExceeded && ended_with(403) > 0)
            || (kind == K::ClockSkew && is_skewed)
            || (kind == K::Limit && has_limits)
            || (kind == K::Corrupted && self.wrong_bytes > 0)
            || (matches!(kind, K::Source | K::Sink) && !self.local.is_empty())
            // It was done before, but nobody could be asked by whom.
            || (kind == K::Conflict && error.may_have_taken_effect && self.lost(operation) > 0)
            || (kind == K::Cancelled && self.is_cancelled);
        if is_explained {
            return Ok(());
        }
        Err(format!("nothing explains {error:?} ({error}); suffered: {self:?}"))
    }

    /// Nothing gives up before that.
    fn has_used_all_attempts(&self, operation: &str, policy: &RetryPolicy) -> bool {
        let class = match operation {
            BY_ID | BY_NAME => RetryClass::Read,
            "b2_upload_file" | "b2_upload_part" => RetryClass::Upload,
            _ => RetryClass::Call,
        };
        // An upload URL that could not be got is a failed attempt of the upload, and a range that
        // was begun by name is continued by ID.
        let others = match operation {
            "b2_upload_file" => self.count("b2_get_upload_url"),
            "b2_upload_part" => self.count("b2_get_upload_part_url"),
            BY_NAME => self.count(BY_ID),
            _ => 0,
        };
        self.count(operation) + others >= policy.attempts_max(class).into()
    }
}
