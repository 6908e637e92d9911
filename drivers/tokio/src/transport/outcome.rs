//! How a request ended, owned, on its way from the request's task to the engine.

use super::headers::ReplyHeaders;
use super::meter::Trouble;
use b2_proto::error::Cause;
use b2_proto::id::ReqId;
use b2_proto::machine::Input;
use b2_proto::wire::reply::Reply;
use b2_proto::wire::text::Sha1;
use bytes::Bytes;

/// The final input of one request.
#[derive(Debug)]
pub(crate) enum Outcome {
    Response { status: u16, headers: ReplyHeaders, body: Bytes, sent: Option<Sha1> },
    Stored,
    Failed { cause: Cause, detail: String, stored: u64 },
    Filled { len: u64, digest: Sha1 },
    Digested { digest: Sha1 },
}

impl Outcome {
    /// A failure before any byte of an answer was stored.
    pub(crate) fn failed(cause: Cause, detail: impl Into<String>) -> Self {
        Self::Failed { cause, detail: detail.into(), stored: 0 }
    }

    /// Tells a failure how many bytes of the answer had been stored.
    pub(crate) fn with_stored(mut self, bytes: u64) -> Self {
        if let Self::Failed { stored, .. } = &mut self {
            *stored = bytes;
        }
        self
    }

    /// The same as the core takes it.
    pub(crate) fn input(&self, id: ReqId) -> Input<'_> {
        match self {
            Self::Response { status, headers, body, sent } => {
                Input::Response { id, reply: Reply { status: *status, headers, body }, sent: *sent }
            }
            Self::Stored => Input::Stored { id },
            Self::Failed { cause, detail, stored } => {
                Input::Failed { id, cause: *cause, detail, stored: *stored }
            }
            Self::Filled { len, digest } => Input::Filled { id, len: *len, digest: *digest },
            Self::Digested { digest } => Input::Digested { id, digest: *digest },
        }
    }
}

impl From<Trouble> for Outcome {
    fn from(trouble: Trouble) -> Self {
        Self::failed(trouble.cause, trouble.detail)
    }
}
