//! From an answer, or the lack of one, to an error and what may be done about it.
//!
//! The table is that of spec 5.2 with the reference's exceptions (behaviour a.4): decisions rest
//! on status and code; the message is looked at only where the service gives nothing else.

use crate::error::{Cause, Error, ErrorKind};
use crate::machine::Input;
use crate::policy::code::ApiCode;
use crate::wire::reply::{Reply, retry_after_s};

mod words;

use words::{read_words, redact};

/// A failed request: the error, and which ways of repeating it make sense.
///
/// A session keeps the last one in place and the functions here write into it, because an error
/// is far too large to be handed from layer to layer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// What the caller will see if nothing helps.
    pub error: Error,
    /// The same request may be sent again after a wait.
    pub may_retry: bool,
    /// An upload may be sent again with another upload URL.
    pub may_retry_upload: bool,
    /// The account token was refused; a new login may help.
    pub is_token_trouble: bool,
}

impl Default for Fault {
    fn default() -> Self {
        Self {
            error: Error::new(ErrorKind::Unknown, ""),
            may_retry: false,
            may_retry_upload: false,
            is_token_trouble: false,
        }
    }
}

impl Fault {
    /// Judges an answer that is not a success.
    // Apart, so that its temporaries do not stay on the stack of a small device.
    #[inline(never)]
    pub fn set_reply(&mut self, operation: &'static str, reply: &Reply<'_>) {
        self.begin(operation);
        let error = &mut self.error;
        error.status = reply.status;
        error.code = read_words(reply.body, &mut error.message);
        if matches!(reply.status, 429 | 500..=599) {
            error.retry_after_s = retry_after_s(reply.headers);
        }
        self.judge_status();
        redact(&mut self.error);
    }

    /// Judges a request that got no answer.
    pub fn set_cause(&mut self, operation: &'static str, cause: Cause, detail: &str) {
        self.begin(operation);
        self.error.message.push_truncated(detail);
        self.error.cause = Some(cause);
        self.judge_cause(cause);
    }

    /// Judges an input that is no answer.
    pub(crate) fn set_input(&mut self, operation: &'static str, input: &Input<'_>) {
        let (cause, detail) = match *input {
            Input::Failed { cause, detail, .. } => (cause, detail),
            // Such a request cannot end like this.
            Input::Response { .. }
            | Input::Stored { .. }
            | Input::Filled { .. }
            | Input::Digested { .. }
            | Input::Hashed { .. }
            | Input::Claimed { .. }
            | Input::Taken { .. }
            | Input::Moved { .. } => {
                (Cause::BadReply, "the driver ended the request in a way of another kind")
            }
        };
        self.set_cause(operation, cause, detail);
    }

    /// Notes an error that nothing helps against.
    pub fn set_fatal(&mut self, operation: &'static str, error: Error) {
        self.error = error;
        self.error.operation = operation;
        self.set_retry(RetryFlags::Never);
    }

    /// Judges the error again that ended an inner call, for the outer one.
    pub fn judge_again(&mut self) {
        match self.error.cause {
            Some(cause) if self.error.status == 0 => self.judge_cause(cause),
            _ if self.error.status != 0 => self.judge_status(),
            _ => self.set_retry(RetryFlags::Never),
        }
    }

    fn begin(&mut self, operation: &'static str) {
        let error = &mut self.error;
        error.operation = operation;
        error.status = 0;
        error.code = ApiCode::None;
        error.message.clear();
        error.cause = None;
        error.attempts = 0;
        error.retry_after_s = None;
        error.may_have_taken_effect = false;
    }

    fn judge_cause(&mut self, cause: Cause) {
        use Cause as C;
        let (kind, retry) = match cause {
            C::ConnectTimeout | C::ReadTimeout | C::SendTimeout => {
                (ErrorKind::Network, RetryFlags::Both)
            }
            C::Refused | C::Reset | C::BrokenPipe | C::Closed | C::Dns | C::Transport => {
                (ErrorKind::Network, RetryFlags::Both)
            }
            C::Tls => (ErrorKind::Network, RetryFlags::Never),
            C::Unsendable => (ErrorKind::InvalidInput, RetryFlags::Never),
            C::BadReply => (ErrorKind::Protocol, RetryFlags::Never),
            C::SourceUnreadable | C::SourceChanged => (ErrorKind::Source, RetryFlags::Never),
            C::SinkFailed | C::SinkFull => (ErrorKind::Sink, RetryFlags::Never),
        };
        self.error.kind = kind;
        self.set_retry(retry);
    }

    fn judge_status(&mut self) {
        let error = &self.error;
        let (kind, retry) = of_status(error.status, &error.code, &error.message);
        self.error.kind = kind;
        self.set_retry(retry);
    }

    /// An upload whose bytes arrived as others may be sent again with another upload URL.
    pub(crate) const fn allow_another_url(&mut self) {
        self.set_retry(RetryFlags::UploadOnly);
    }

    /// A call whose answer belongs to another one may be sent again.
    pub(crate) const fn allow_repetition(&mut self) {
        self.set_retry(RetryFlags::Both);
    }

    /// Whether no connection could be made; the network may be away.
    pub const fn has_no_connection(&self) -> bool {
        matches!(self.error.cause, Some(Cause::ConnectTimeout | Cause::Refused | Cause::Dns))
    }

    /// Nothing helps any more.
    pub(crate) const fn give_up(&mut self) {
        self.set_retry(RetryFlags::Never);
    }

    const fn set_retry(&mut self, retry: RetryFlags) {
        self.may_retry = matches!(retry, RetryFlags::Both | RetryFlags::WaitOnly);
        self.may_retry_upload = matches!(retry, RetryFlags::Both | RetryFlags::UploadOnly);
        self.is_token_trouble = self.error.status == 401
            && (self.error.code.is_token_trouble() || matches!(self.error.code, ApiCode::None));
    }
}

#[derive(Clone, Copy)]
enum RetryFlags {
    Never,
    WaitOnly,
    UploadOnly,
    Both,
}

fn of_status(status: u16, code: &ApiCode, message: &str) -> (ErrorKind, RetryFlags) {
    use ErrorKind as K;
    match (status, code) {
        (400, code) => of_bad_request(code, message),
        (401, ApiCode::EmailNotVerified | ApiCode::NoPaymentHistory) => {
            (K::BadKey, RetryFlags::Never)
        }
        (401, ApiCode::BadAuthToken | ApiCode::ExpiredAuthToken | ApiCode::Unsupported) => {
            (K::BadKey, RetryFlags::UploadOnly)
        }
        (401, ApiCode::AccessDenied) => (K::AccessDenied, RetryFlags::UploadOnly),
        (401, _) => (K::Unauthorized, RetryFlags::UploadOnly),
        (
            403,
            ApiCode::StorageCapExceeded
            | ApiCode::CapExceeded
            | ApiCode::TransactionCapExceeded
            | ApiCode::DownloadCapExceeded,
        ) => (K::CapExceeded, RetryFlags::Never),
        (403, ApiCode::AccessDenied) => (K::AccessDenied, RetryFlags::Never),
        (404, _) => (K::NotFound, RetryFlags::Never),
        (409, _) => (K::Conflict, RetryFlags::Never),
        (416, ApiCode::RangeNotSatisfiable | ApiCode::None) => {
            (K::RangeNotSatisfiable, RetryFlags::Never)
        }
        (408, _) => (K::Unavailable, RetryFlags::Both),
        // Slowing down is the point of this answer, so it is waited out before any new URL.
        (429, _) => (K::TooManyRequests, RetryFlags::WaitOnly),
        (500..=599, _) => (K::Unavailable, RetryFlags::Both),
        (_, ApiCode::NonJson) => (K::Protocol, RetryFlags::Never),
        _ => (K::Unknown, RetryFlags::Never),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "all other codes mean a bad request")]
fn of_bad_request(code: &ApiCode, message: &str) -> (ErrorKind, RetryFlags) {
    use ErrorKind as K;
    let is_token_limit = *code == ApiCode::AuthTokenLimit
        || message.starts_with("more than one upload using auth token");
    if is_token_limit {
        // The service may still be at what was sent before with the URL, or believe so.
        return (K::Conflict, RetryFlags::UploadOnly);
    }
    if says_damaged(message) {
        return (K::BadRequest, RetryFlags::UploadOnly);
    }
    let kind = match code {
        ApiCode::AlreadyHidden | ApiCode::DuplicateBucketName => K::Conflict,
        ApiCode::NoSuchFile | ApiCode::FileNotPresent | ApiCode::BadBucketId => K::NotFound,
        ApiCode::CannotDeleteNonEmptyBucket => K::Conflict,
        ApiCode::NonJson => K::Protocol,
        _ => K::BadRequest,
    };
    (kind, RetryFlags::Never)
}

/// Whether the service has got other bytes than the SHA-1 it was told is of. On the way they may
/// have become so.
fn says_damaged(message: &str) -> bool {
    let rest = message.strip_prefix("Sha1").or_else(|| message.strip_prefix("Checksum"));
    rest.is_some_and(|rest| rest.starts_with(" did not match data received"))
}

/// Whether a request may have been carried out although its answer says otherwise or is lost.
/// Of a request with a source for its body that takes the digest of the input besides; a JSON body
/// goes out with the head, so only the cause tells.
pub const fn may_have_taken_effect(input: &Input<'_>) -> bool {
    match input {
        Input::Failed { cause, .. } => cause.may_have_arrived() && !cause.is_local(),
        Input::Response { reply, .. } => matches!(reply.status, 408 | 500..=599),
        Input::Stored { .. }
        | Input::Filled { .. }
        | Input::Digested { .. }
        | Input::Hashed { .. }
        | Input::Claimed { .. }
        | Input::Taken { .. }
        | Input::Moved { .. } => false,
    }
}

/// Whether a request whose answer is lost may still be worked on, or be on its way, with `error`
/// for what was answered.
///
/// Only an answer of the service's own says that it is done with the request. What broke the
/// connection may be something on the way to it, and so may be who answers 502, 504 or 408, or any
/// error without the service's words: the request may have been passed on before.
pub fn may_be_late(input: &Input<'_>, error: &Error) -> bool {
    match input {
        Input::Failed { .. } => true,
        Input::Response { .. } if input.is_success() => false,
        Input::Response { reply, .. } => {
            matches!(reply.status, 408 | 502 | 504)
                || matches!(error.code, ApiCode::None | ApiCode::NonJson)
        }
        Input::Stored { .. }
        | Input::Filled { .. }
        | Input::Digested { .. }
        | Input::Hashed { .. }
        | Input::Claimed { .. }
        | Input::Taken { .. }
        | Input::Moved { .. } => false,
    }
}
