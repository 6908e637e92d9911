//! Somebody who is told about each request.

use b2_local::hub::{Observer, ReplyInfo, RequestInfo};
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An observer that writes down what it is told. Clones write into the same notes.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Mutex<Told>>);

#[derive(Debug, Default)]
struct Told {
    lines: Vec<String>,
    longest: Duration,
}

impl Notes {
    /// What was told since, oldest first: `METHOD operation length, attempt n` before a request,
    /// `operation status cause bytes URL` after it.
    pub(crate) fn take(&self) -> Vec<String> {
        core::mem::take(&mut *self.lock()).lines
    }

    /// Whether something was told that begins so.
    pub(crate) fn has(&self, begin: &str) -> bool {
        self.lock().lines.iter().any(|line| line.starts_with(begin))
    }

    /// How long a request took at most since.
    pub(crate) fn longest(&self) -> Duration {
        self.lock().longest
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Notes {
    fn before(&self, request: &RequestInfo) {
        let RequestInfo { operation, attempt, method, body_len, .. } = request;
        self.lock().lines.push(format!("{method} {operation} {body_len}, attempt {attempt}"));
    }

    fn after(&self, request: &RequestInfo, reply: &ReplyInfo) {
        let ReplyInfo { status, cause, bytes, duration } = reply;
        let line = format!("{} {status:?} {cause:?} {bytes} {}", request.operation, request.url);
        let mut told = self.lock();
        told.lines.push(line);
        told.longest = told.longest.max(*duration);
    }
}
