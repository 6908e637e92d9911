//! Requests that take effect some time after they were answered.

use std::sync::Arc;

use super::{Host, Started};
use crate::service::Request;

/// A request that is still on its way to the service.
#[derive(Debug)]
pub(super) struct Late {
    at_ms: u64,
    request: Request,
    body: Vec<u8>,
}

impl Host {
    /// Keeps a request with its whole body, which takes effect at `at_ms`: before any request that
    /// begins then or later.
    pub fn defer(&self, at_ms: u64, request: Request, body: Vec<u8>) {
        self.lock().late.push(Late { at_ms, request, body });
    }

    /// Lets everything take effect that is due at `now_ms`, in order. Requests do this by
    /// themselves. Nobody is told what comes of it.
    pub fn catch_up(self: &Arc<Self>, now_ms: u64) {
        while let Some(Late { at_ms, request, body }) = self.next_late(now_ms) {
            match self.look(at_ms, &request) {
                Started::Reply(_) => {}
                Started::Read => drop(self.handle(at_ms, &request, &body)),
                Started::Receive(mut receiver) => {
                    if receiver.write(&body).is_ok() {
                        drop(receiver.finish(at_ms));
                    }
                }
            }
        }
    }

    fn next_late(&self, now_ms: u64) -> Option<Late> {
        let late = &mut self.lock().late;
        let due = (0..late.len()).filter(|at| late[*at].at_ms <= now_ms);
        let first = due.min_by_key(|at| late[*at].at_ms)?;
        Some(late.remove(first))
    }
}
