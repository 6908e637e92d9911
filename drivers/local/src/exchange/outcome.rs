//! How a request ended, owned, on its way to the engine.

use super::headers::HeaderList;
use super::meter::Meter;
use b2_proto::error::Cause;
use b2_proto::id::ReqId;
use b2_proto::machine::synthesis::WriteIntent;
use b2_proto::machine::{Input, Taken};
use b2_proto::wire::reply::Reply;
use b2_proto::wire::text::Sha1;
use bytes::Bytes;
use core::fmt;

/// The final input of one request. Its debug text does not show the body of an answer, which may
/// be a token or a key.
pub enum Outcome {
    /// A whole answer.
    Response {
        /// Its HTTP status.
        status: u16,
        /// Its headers.
        headers: HeaderList,
        /// Its body.
        body: Bytes,
        /// The SHA-1 of the payload that was sent.
        sent: Option<Sha1>,
    },
    /// All bytes that were accepted have been stored.
    Stored {
        /// The HTTP status of the answer.
        status: u16,
    },
    /// There was no answer, or its body ended early.
    Failed {
        /// What happened.
        cause: Cause,
        /// More about it for a person; no secrets.
        detail: String,
        /// Bytes of the answer's body that have been stored.
        stored: u64,
        /// The SHA-1 of the payload, if all of it had been handed over.
        sent: Option<Sha1>,
    },
    /// A buffer has been filled.
    Filled {
        /// Bytes in it.
        len: u64,
        /// Their SHA-1.
        digest: Sha1,
    },
    /// The digest of what was stored.
    Digested {
        /// The SHA-1.
        digest: Sha1,
    },
    /// The digest of a range of a source.
    Hashed {
        /// The SHA-1 of the range.
        digest: Sha1,
        /// That of all bytes up to its end, if they were read in order.
        through: Option<Sha1>,
    },
    /// Intents of a file that is built while they come.
    Taken {
        /// The intents.
        intents: Vec<WriteIntent>,
        /// Whether no others follow.
        is_all: bool,
    },
    /// Whether a large file could be claimed.
    Claimed {
        /// Whether nobody else has it.
        granted: bool,
    },
}

/// Local trouble with a source or a sink, in the words of the core.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// What it is.
    pub cause: Cause,
    /// More about it for a person.
    pub detail: String,
}

impl Trouble {
    /// Trouble with these words.
    pub fn new(cause: Cause, detail: impl Into<String>) -> Self {
        Self { cause, detail: detail.into() }
    }
}

/// What the core is told about a local error; its sentence goes to the person.
impl From<crate::Error> for Trouble {
    fn from(error: crate::Error) -> Self {
        Self::new(error.cause().unwrap_or(Cause::Transport), error.to_string())
    }
}

impl Outcome {
    /// A failure before any byte of an answer was stored.
    pub fn failed(cause: Cause, detail: impl Into<String>) -> Self {
        Self::Failed { cause, detail: detail.into(), stored: 0, sent: None }
    }

    /// What came of reading back what was stored.
    pub fn digested(digest: Result<Sha1, Trouble>) -> Self {
        digest.map_or_else(Self::from, |digest| Self::Digested { digest })
    }

    /// Tells a failure how far the request was: what of the answer had been stored, and whether
    /// the whole payload had been handed over.
    #[must_use]
    pub fn with_progress(mut self, meter: &Meter) -> Self {
        if let Self::Failed { stored, sent, .. } = &mut self {
            *stored = meter.stored();
            *sent = meter.sent();
        }
        self
    }

    /// The same as the core takes it.
    pub fn input(&self, id: ReqId) -> Input<'_> {
        match self {
            Self::Response { status, headers, body, sent } => {
                Input::Response { id, reply: Reply { status: *status, headers, body }, sent: *sent }
            }
            Self::Stored { .. } => Input::Stored { id },
            Self::Failed { cause, detail, stored, sent } => {
                Input::Failed { id, cause: *cause, detail, stored: *stored, sent: *sent }
            }
            Self::Filled { len, digest } => Input::Filled { id, len: *len, digest: *digest },
            Self::Digested { digest } => Input::Digested { id, digest: *digest },
            Self::Hashed { digest, through } => {
                Input::Hashed { id, digest: *digest, through: *through }
            }
            Self::Taken { intents, is_all } => {
                Input::Taken { id, taken: Taken::new(intents, *is_all) }
            }
            Self::Claimed { granted } => Input::Claimed { id, granted: *granted },
        }
    }
}

impl From<Trouble> for Outcome {
    fn from(trouble: Trouble) -> Self {
        Self::failed(trouble.cause, trouble.detail)
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response { status, body, .. } => f
                .debug_struct("Response")
                .field("status", status)
                .field("body_len", &body.len())
                .finish_non_exhaustive(),
            Self::Stored { status } => f.debug_struct("Stored").field("status", status).finish(),
            Self::Failed { cause, detail, stored, .. } => f
                .debug_struct("Failed")
                .field("cause", cause)
                .field("detail", detail)
                .field("stored", stored)
                .finish(),
            Self::Filled { len, .. } => f.debug_struct("Filled").field("len", len).finish(),
            Self::Digested { digest } => f.debug_tuple("Digested").field(digest).finish(),
            Self::Hashed { digest, .. } => f.debug_tuple("Hashed").field(digest).finish(),
            Self::Taken { intents, is_all } => f
                .debug_struct("Taken")
                .field("intents", &intents.len())
                .field("is_all", is_all)
                .finish(),
            Self::Claimed { granted } => f.debug_tuple("Claimed").field(granted).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_texts_have_no_bodies() {
        let body = Bytes::from_static(b"{\"applicationKey\": \"secret\"}");
        let headers = HeaderList::default();
        let outcome = Outcome::Response { status: 200, headers, body, sent: None };
        let text = format!("{outcome:?}");
        assert!(text.contains("200") && !text.contains("secret"), "{text}");
    }
}
