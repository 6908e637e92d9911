//! From an action of the core to work that borrows nothing.

use crate::job::JobIo;
use crate::transport::local;
use crate::transport::outcome::Outcome;
use crate::transport::request::{Outgoing, prepare};
use b2_proto::error::Cause;
use b2_proto::id::ReqId;
use b2_proto::machine::Action;
use core::pin::Pin;
use http::HeaderValue;
use std::sync::Arc;

/// An action that borrows nothing.
pub(crate) enum Step {
    Send(Box<Outgoing>, Arc<JobIo>),
    Refused(Cause, &'static str),
    Local(Pin<Box<dyn Future<Output = Outcome> + Send>>),
    Abort,
}

/// Copies what an action borrows, so that the engine is free again.
pub(crate) fn translate(
    action: Action<'_>,
    io: Arc<JobIo>,
    user_agent: &HeaderValue,
) -> (ReqId, Step) {
    match action {
        Action::Abort(id) => (id, Step::Abort),
        Action::Send(request) => {
            let step = match prepare(&request, &io, user_agent) {
                Ok(out) => Step::Send(Box::new(out), io),
                Err((cause, detail)) => Step::Refused(cause, detail),
            };
            (request.id, step)
        }
        Action::Fill { id, slot, source, len } => {
            let source = io.source(source);
            (id, Step::Local(Box::pin(local::fill(io, slot, source, len))))
        }
        Action::Digest { id, sink, len } => {
            (id, Step::Local(Box::pin(local::digest(io.sink(sink), len))))
        }
    }
}
