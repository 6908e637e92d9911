//! What has happened to the requests of a job, as far as it was not what should happen.

use std::collections::BTreeMap;

use crate::checkers::attempts::Attempts;
use crate::exchange::{End, Exchange, Told};

/// How a request failed.
#[derive(Clone, Copy, Debug)]
struct Failure {
    end: End,
    /// Whether all of it was handed over. Nothing is done of a part of an upload.
    is_whole: bool,
}

/// What has happened to the requests of a job.
#[derive(Debug, Default)]
pub(crate) struct Suffered {
    /// Requests that were answered as they should, by operation.
    successes: BTreeMap<&'static str, u64>,
    /// Failures by operation.
    failures: BTreeMap<&'static str, Vec<Failure>>,
    /// The failures of each piece of work that is not done yet. Only of one life.
    pub(crate) attempts: Attempts,
    /// Sources and sinks that failed.
    pub(crate) local: Vec<End>,
    /// Uploads that were answered by an [`End::Lie`].
    pub(crate) lies: u64,
    /// Answers with changed bytes or a wrong digest, to requests of any kind.
    pub(crate) wrong_bytes: u64,
    /// The job was cancelled.
    pub(crate) is_cancelled: bool,
    /// It cannot ask for all it wants, so maybe not what has become of its requests: there is a
    /// budget, or a login has failed.
    pub(crate) may_not_ask: bool,
    /// The client's clock is so wrong that successes count as lost.
    pub(crate) is_skewed: bool,
}

/// What is asked after a lost answer.
const QUESTIONS: [&str; 4] =
    ["b2_list_file_versions", "b2_get_file_info", "b2_list_buckets", "b2_list_keys"];

impl Failure {
    /// Whether it can have taken effect although it was not answered so.
    const fn is_lost(self) -> bool {
        self.is_whole
            && match self.end {
                End::Status(status) => matches!(status, 408 | 500..=599),
                End::Broken(cause) => cause.may_have_arrived() && !cause.is_local(),
                End::Lie => false,
            }
    }

    /// Whether it can take effect after the service was asked whether it has: something on the
    /// way may have passed it on.
    const fn is_late(self) -> bool {
        self.is_lost()
            && match self.end {
                End::Status(status) => matches!(status, 408 | 502 | 504),
                End::Broken(_) => true,
                End::Lie => false,
            }
    }
}

impl Suffered {
    /// A request leaves the core.
    pub(crate) fn sent(&mut self, exchange: &Exchange) {
        self.attempts.sent(exchange);
    }

    /// It has come to its end.
    pub(crate) fn note(&mut self, exchange: &Exchange, told: &Told, end: End) {
        self.attempts.settled(exchange, told, end);
        if end.is_success() {
            *self.successes.entry(exchange.operation).or_default() += 1;
        } else {
            let is_whole = !exchange.is_upload() || told.has_sent_all();
            self.failures.entry(exchange.operation).or_default().push(Failure { end, is_whole });
        }
        self.lies += u64::from(end == End::Lie);
        self.wrong_bytes += u64::from(exchange.injected.corrupt || exchange.injected.wrong_digest);
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
        self.lies += other.lies;
        self.wrong_bytes += other.wrong_bytes;
        self.is_cancelled |= other.is_cancelled;
        self.may_not_ask |= other.may_not_ask;
    }

    /// Successes of one operation.
    pub(crate) fn successes(&self, operation: &str) -> u64 {
        self.successes.get(operation).copied().unwrap_or(0)
    }

    /// Failures of one operation.
    pub(crate) fn count(&self, operation: &str) -> u64 {
        self.count_of(operation, |_| true)
    }

    /// Requests of one operation that can have taken effect although they were not answered so.
    pub(crate) fn lost(&self, operation: &str) -> u64 {
        self.count_of(operation, Failure::is_lost)
    }

    /// Those of them that can take effect after the service was asked whether they have.
    pub(crate) fn late(&self, operation: &str) -> u64 {
        self.count_of(operation, Failure::is_late)
    }

    /// Those of them that DESIGN.md ("Unknown outcomes") calls unsettled: they may come late, or
    /// nobody asks or could ask.
    pub(crate) fn unsettled(&self, operation: &str, is_asked: bool) -> u64 {
        let could_ask =
            !self.may_not_ask && QUESTIONS.iter().all(|question| self.count(question) == 0);
        if is_asked && could_ask { self.late(operation) } else { self.lost(operation) }
    }

    fn count_of(&self, operation: &str, counts: impl Fn(Failure) -> bool) -> u64 {
        let failures = self.failures.get(operation).map_or(&[][..], Vec::as_slice);
        failures.iter().filter(|failure| counts(**failure)).count() as u64
    }
}
