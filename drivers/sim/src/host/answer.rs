//! What a host answers.

use bytes::Bytes;
use http::HeaderMap;

use super::ContentReader;
use crate::service::{Body, Refusal, Reply};

/// A reply with its content ready to be read.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: AnswerBody,
}

/// Body of an [`Answer`].
#[derive(Debug)]
pub enum AnswerBody {
    /// None.
    Empty,
    /// Bytes in memory.
    Text(Bytes),
    /// Bytes in the store.
    Content(ContentReader),
}

impl Answer {
    /// The answer when the store failed.
    pub(crate) fn broken() -> Self {
        Self::from_refusal(Refusal {
            status: 500,
            code: "internal_error",
            message: "the store of the simulated service failed".to_owned(),
        })
    }

    pub(crate) fn from_refusal(refusal: Refusal) -> Self {
        Self::from_reply(refusal.into_reply())
    }

    /// An answer from a reply without content.
    pub(crate) fn from_reply(reply: Reply) -> Self {
        let body = match reply.body {
            Body::Text(bytes) => AnswerBody::Text(bytes),
            Body::Empty | Body::Content(_) => AnswerBody::Empty,
        };
        Self { status: reply.status, headers: reply.headers, body }
    }

    /// Whether the status tells of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
