//! What can go wrong, typed by what the caller can do about it.

use crate::info::InfoError;
use crate::name::NameError;
use crate::plan::parts::PlanError;
use crate::plan::sizes::SizeError;
#[cfg(feature = "alloc")]
use crate::plan::synthesis::SynthesisError;
use crate::wire::json_read::JsonError;
use crate::wire::text::Text;
use core::fmt;

mod cause;

pub use crate::policy::code::ApiCode;
pub use cause::Cause;

/// Bytes of the service's message that an error keeps.
pub const MESSAGE_LEN_MAX: usize = 240;

/// Why an operation or a job failed.
///
/// The kind says what can be done; status, code and message are the service's own words when it
/// answered; `cause` is the last thing that happened to the connection, the source or the sink.
/// No text of an error contains a key, a token or an upload URL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// What the caller can do.
    pub kind: ErrorKind,
    /// The operation that failed, such as `b2_upload_file`; empty outside of one.
    pub operation: &'static str,
    /// The HTTP status, or 0 when there was no answer.
    pub status: u16,
    /// The service's code.
    pub code: ApiCode,
    /// The service's or the driver's message, shortened if need be.
    pub message: Text<MESSAGE_LEN_MAX>,
    /// What happened to the connection, the source or the sink.
    pub cause: Option<Cause>,
    /// How many requests were made for this before giving up.
    pub attempts: u16,
    /// Seconds the service asked to wait.
    pub retry_after_s: Option<u32>,
    /// An answer was lost on the way, so what was asked for may have been done all the same. Look
    /// at the present state before asking again. Never set for what only reads.
    pub may_have_taken_effect: bool,
}

impl core::error::Error for Error {}

/// A name that cannot be one.
impl From<NameError> for Error {
    fn from(error: NameError) -> Self {
        Self::with_message(ErrorKind::InvalidInput, format_args!("{error}"))
    }
}

/// File info that cannot be sent.
impl From<InfoError> for Error {
    fn from(error: InfoError) -> Self {
        Self::with_message(ErrorKind::InvalidInput, format_args!("{error}"))
    }
}

/// Part sizes that do not fit together.
impl From<SizeError> for Error {
    fn from(error: SizeError) -> Self {
        Self::with_message(ErrorKind::InvalidInput, format_args!("{error}"))
    }
}

/// Parts the service would not take.
impl From<PlanError> for Error {
    fn from(error: PlanError) -> Self {
        Self::with_message(ErrorKind::InvalidInput, format_args!("{error}"))
    }
}

/// Intents that are no file.
#[cfg(feature = "alloc")]
impl From<SynthesisError> for Error {
    fn from(error: SynthesisError) -> Self {
        Self::with_message(ErrorKind::InvalidInput, format_args!("{error}"))
    }
}

/// An answer that is not what it should be.
impl From<JsonError> for Error {
    fn from(error: JsonError) -> Self {
        let message = format_args!("the answer is not as expected: {error}");
        Self::with_message(ErrorKind::Protocol, message)
    }
}

/// What the caller can do about an [`Error`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is wrong; nothing was sent. Correct it.
    InvalidInput,
    /// The service refuses the request as it is. Correct it.
    BadRequest,
    /// The key is wrong, revoked or expired, or the account is not ready. Use another key.
    BadKey,
    /// The key is valid but may not do this, or the caller's own download authorization is refused.
    /// Use a key with more rights, or get another authorization.
    Unauthorized,
    /// A lock or a customer key stands in the way (403 `access_denied`).
    AccessDenied,
    /// A cap of the account is reached. Raise it or wait for the next day.
    CapExceeded,
    /// The file, version, upload or bucket is not there.
    NotFound,
    /// It exists already, is hidden already, or was changed by somebody else meanwhile.
    Conflict,
    /// The range lies outside of the file.
    RangeNotSatisfiable,
    /// The service is busy or out of order, also after retries. Try again later.
    Unavailable,
    /// The service asked to slow down, also after retries. Try again later.
    TooManyRequests,
    /// The service could not be reached, or the connection broke, also after retries.
    Network,
    /// The local clock and the service's differ too much. Set the clock.
    ClockSkew,
    /// The answer does not make sense. Is the address really that of a B2 service?
    Protocol,
    /// The bytes that arrived are not those that were stored.
    Corrupted,
    /// The local source could not be read, or it changed while it was read.
    Source,
    /// The local target could not be written.
    Sink,
    /// A bound of this client was reached.
    Limit,
    /// The caller gave up.
    Cancelled,
    /// The service answers something this client does not know.
    Unknown,
}

impl Error {
    /// An error of `kind` with a message of this client.
    pub fn new(kind: ErrorKind, message: &str) -> Self {
        Self {
            kind,
            operation: "",
            status: 0,
            code: ApiCode::None,
            message: Text::truncated(message),
            cause: None,
            attempts: 0,
            retry_after_s: None,
            may_have_taken_effect: false,
        }
    }

    /// The caller gave up.
    pub(crate) fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "cancelled")
    }

    /// An argument is wrong.
    pub fn invalid(message: &str) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// An error with a message that is put together.
    pub fn with_message(kind: ErrorKind, message: fmt::Arguments<'_>) -> Self {
        let mut error = Self::new(kind, "");
        // Cutting is fine, and the clipping writer never fails.
        let _ = fmt::Write::write_fmt(&mut error.message.clip(), message);
        error
    }

    /// Names the operation that failed.
    // Apart, because a wide value is copied wherever this is inlined.
    #[must_use]
    #[inline(never)]
    pub const fn in_operation(mut self, operation: &'static str) -> Self {
        self.operation = operation;
        self
    }

    /// Whether a call that names only an unfinished large file has failed because there is none.
    pub const fn says_not_unfinished(&self) -> bool {
        matches!(self.kind, ErrorKind::NotFound | ErrorKind::BadRequest)
    }

    /// What helps, as one sentence.
    pub const fn advice(&self) -> &'static str {
        match self.kind {
            ErrorKind::InvalidInput => "Nothing was sent; correct the argument.",
            ErrorKind::BadRequest => "The service refuses this request; correct it.",
            ErrorKind::BadKey => "Check the application key ID and the key.",
            ErrorKind::Unauthorized => {
                "Use an application key, or a download authorization, with the rights for this."
            }
            ErrorKind::AccessDenied => "Check the file's lock and the encryption key.",
            ErrorKind::CapExceeded => "Raise the account's cap or wait for the next day.",
            ErrorKind::NotFound => "Check the name or ID.",
            ErrorKind::Conflict => "Look at the present state and decide again.",
            ErrorKind::RangeNotSatisfiable => "Ask for a range within the file.",
            ErrorKind::Unavailable | ErrorKind::TooManyRequests => "Try again later.",
            ErrorKind::Network => "Check the address and the network, then try again.",
            ErrorKind::ClockSkew => "Set the clock of this machine.",
            ErrorKind::Protocol => "Check that the address is that of a B2 service.",
            ErrorKind::Corrupted if self.may_have_taken_effect => {
                "The service may hold a damaged version; upload again and delete that one."
            }
            ErrorKind::Corrupted => "Nothing was kept; try again.",
            ErrorKind::Source => "Check the file and try again when nobody writes to it.",
            ErrorKind::Sink => "Check the target folder, its rights and the free space.",
            ErrorKind::Limit => "Raise the limit or ask for less.",
            ErrorKind::Cancelled => "Start again when wanted.",
            ErrorKind::Unknown => "Look the message up in the service's documentation.",
        }
    }
}

/// One sentence: what failed and why.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.operation.is_empty() {
            write!(f, "{}: ", self.operation)?;
        }
        let mut has_said = false;
        if !self.message.is_empty() {
            write!(f, "{}", self.message)?;
            has_said = true;
        }
        // About a local file the message says everything already, and more exactly.
        if let Some(cause) = self.cause
            && self.message.as_str() != cause.text()
            && !(has_said && cause.is_local())
        {
            write!(f, "{}{}", if has_said { ": " } else { "" }, cause.text())?;
            has_said = true;
        }
        match (self.status, &self.code) {
            (0, _) if has_said => {}
            (0, _) => write!(f, "{:?}", self.kind)?,
            (status, ApiCode::None) => {
                write!(f, "{}HTTP status {status}", if has_said { ", " } else { "" })?;
            }
            (status, code) => write!(f, "{}({status} {code})", if has_said { " " } else { "" })?,
        }
        if self.attempts > 1 {
            write!(f, ", after {} attempts", self.attempts)?;
        }
        if self.may_have_taken_effect {
            f.write_str(", but it may have taken effect")?;
        }
        Ok(())
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn a_sentence_tells_what_happened() {
        let mut error = Error::new(ErrorKind::BadRequest, "Bucket 12 does not exist")
            .in_operation("b2_list_file_names");
        error.status = 400;
        error.code = ApiCode::parse("bad_bucket_id");
        let text = "b2_list_file_names: Bucket 12 does not exist (400 bad_bucket_id)";
        assert_eq!(error.to_string(), text);
        error.attempts = 3;
        assert_eq!(error.to_string(), std::format!("{text}, after 3 attempts"));
    }

    #[test]
    fn a_cause_alone_is_enough() {
        let mut error = Error::new(ErrorKind::Network, "");
        error.cause = Some(Cause::Refused);
        assert_eq!(error.to_string(), "connection refused");
        error.cause = None;
        error.status = 502;
        assert_eq!(error.to_string(), "HTTP status 502");
    }

    #[test]
    fn what_the_service_may_hold_is_not_called_gone() {
        let mut error = Error::new(ErrorKind::Corrupted, "another SHA-1");
        assert!(error.advice().starts_with("Nothing was kept"));
        error.may_have_taken_effect = true;
        assert!(error.advice().contains("may hold a damaged version"));
    }

    #[test]
    fn only_connected_requests_may_have_arrived() {
        assert!(!Cause::Refused.may_have_arrived());
        assert!(Cause::Reset.may_have_arrived());
        assert!(Cause::SinkFull.is_local() && !Cause::Closed.is_local());
    }
}
