//! Somebody who is told about each request.

use b2_local::hub::{Observer, ReplyInfo, RequestInfo};
use std::sync::{Arc, Mutex, PoisonError};

/// An observer that writes down what it is told. Clones write into the same notes.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    /// What was told since, oldest first: `METHOD operation length, attempt n` before a request,
    /// `operation status cause bytes URL` after it.
    pub(crate) fn take(&self) -> Vec<String> {
        core::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, note: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }
}

impl Observer for Notes {
    fn before(&self, request: &RequestInfo) {
        let RequestInfo { operation, attempt, method, body_len, .. } = request;
        self.add(format!("{method} {operation} {body_len}, attempt {attempt}"));
    }

    fn after(&self, request: &RequestInfo, reply: &ReplyInfo) {
        let ReplyInfo { status, cause, bytes, .. } = reply;
        self.add(format!("{} {status:?} {cause:?} {bytes} {}", request.operation, request.url));
    }
}
