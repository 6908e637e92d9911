//! From an answer, or the lack of one, to an error and what may be done about it.
//!
//! The table is that of spec 5.2 with the reference's exceptions (behaviour a.4): decisions rest
//! on status and code; the message is looked at only where the service gives nothing else.

use crate::error::{Cause, Error, ErrorKind};
use crate::machine::Input;
use crate::policy::code::ApiCode;
use crate::wire::json_read::Json;
use crate::wire::reply::{Reply, retry_after_s};
use crate::wire::text::Text;

/// A failed request: the error, and which ways of repeating it make sense.
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

impl Fault {
    fn new(error: Error, retry: RetryFlags) -> Self {
        let is_token_trouble =
            error.status == 401 && (error.code.is_token_trouble() || error.code == ApiCode::None);
        Self {
            error,
            may_retry: matches!(retry, RetryFlags::Both | RetryFlags::WaitOnly),
            may_retry_upload: matches!(retry, RetryFlags::Both | RetryFlags::UploadOnly),
            is_token_trouble,
        }
    }

    /// A fault that nothing helps against.
    pub fn fatal(error: Error) -> Self {
        Self { error, may_retry: false, may_retry_upload: false, is_token_trouble: false }
    }
}

#[derive(Clone, Copy)]
enum RetryFlags {
    Never,
    WaitOnly,
    UploadOnly,
    Both,
}

/// Judges an answer that is not a success.
// Apart, so that its temporaries do not stay on the stack of a small device.
#[inline(never)]
pub fn of_reply(operation: &'static str, reply: &Reply<'_>) -> Fault {
    let (code, message) = code_and_message(reply.body);
    let (kind, retry) = of_status(reply.status, &code, &message);
    let error = Error {
        kind,
        operation,
        status: reply.status,
        message: redacted(&code, &message),
        code,
        cause: None,
        attempts: 0,
        retry_after_s: match reply.status {
            429 | 500..=599 => retry_after_s(reply.headers),
            _ => None,
        },
        may_have_taken_effect: false,
    };
    Fault::new(error, retry)
}

/// Judges a request that got no answer.
pub fn of_cause(operation: &'static str, cause: Cause, detail: &str) -> Fault {
    use Cause as C;
    let (kind, retry) = match cause {
        C::ConnectTimeout | C::ReadTimeout | C::SendTimeout => {
            (ErrorKind::Network, RetryFlags::Both)
        }
        C::Refused | C::Reset | C::Closed | C::Dns | C::Transport => {
            (ErrorKind::Network, RetryFlags::Both)
        }
        // The service closes the connection under an upload it does not want: another URL may do.
        C::BrokenPipe => (ErrorKind::Network, RetryFlags::UploadOnly),
        C::Tls => (ErrorKind::Network, RetryFlags::Never),
        C::Unsendable => (ErrorKind::InvalidInput, RetryFlags::Never),
        C::BadReply => (ErrorKind::Protocol, RetryFlags::Never),
        C::SourceUnreadable | C::SourceChanged => (ErrorKind::Source, RetryFlags::Never),
        C::SinkFailed | C::SinkFull => (ErrorKind::Sink, RetryFlags::Never),
    };
    let mut error = Error::new(kind, detail).in_operation(operation);
    error.cause = Some(cause);
    Fault::new(error, retry)
}

/// Judges an input that cannot be the end of such a request: the driver is at fault.
pub(crate) fn of_wrong_input(operation: &'static str) -> Fault {
    of_cause(operation, Cause::BadReply, "the driver ended the request in a way of another kind")
}

/// Judges a success that could not be understood.
pub fn of_bad_success(operation: &'static str, error: Error) -> Fault {
    Fault::fatal(error.in_operation(operation))
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
        return (K::Conflict, RetryFlags::Never);
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

/// Reads `{status, code, message}`. The status inside is not used: HTTP's is the truth (spec 5.1).
fn code_and_message(body: &[u8]) -> (ApiCode, Text<240>) {
    if body.iter().all(u8::is_ascii_whitespace) {
        return (ApiCode::None, Text::default());
    }
    let Ok([code, message]) = Json::pick(body, ["code", "message"]) else {
        let readable = core::str::from_utf8(body).unwrap_or("(an answer that is not text)");
        return (ApiCode::NonJson, printable(readable.trim_ascii()));
    };
    let code = code.and_then(|code| code.text_truncated::<40>().ok()).unwrap_or_default();
    let message = message.and_then(|message| message.text_truncated::<240>().ok());
    let code: Text<40> = printable(&code);
    (ApiCode::parse(&code), printable(&message.unwrap_or_default()))
}

/// Text of the service's as it may be shown: nothing in it steers a terminal.
fn printable<const N: usize>(text: &str) -> Text<N> {
    let mut shown = Text::new();
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if shown.push_str(c.encode_utf8(&mut [0; 4])).is_err() {
            break;
        }
    }
    shown
}

/// Whether a request may have been carried out although its answer says otherwise or is lost.
pub const fn may_have_taken_effect(input: &Input<'_>) -> bool {
    match input {
        Input::Failed { cause, .. } => cause.may_have_arrived() && !cause.is_local(),
        Input::Response { reply, .. } => matches!(reply.status, 408 | 500..=599),
        Input::Stored { .. }
        | Input::Filled { .. }
        | Input::Digested { .. }
        | Input::Moved { .. } => false,
    }
}

/// The one message that carries a secret names the upload token that was used twice.
fn redacted(code: &ApiCode, message: &Text<240>) -> Text<240> {
    const BEFORE_TOKEN: &str = "auth token ";
    let names_token = *code == ApiCode::AuthTokenLimit || message.starts_with("more than one");
    let mut places = message.as_bytes().windows(BEFORE_TOKEN.len());
    match places.position(|place| place == BEFORE_TOKEN.as_bytes()) {
        Some(at) if names_token => {
            let mut shown = Text::truncated(&message[..at + BEFORE_TOKEN.len()]);
            shown.push_truncated("***");
            shown
        }
        _ => message.clone(),
    }
}

/// Judges an error again that ended an inner call, for the outer one.
pub fn again(error: Error) -> Fault {
    match error.cause {
        Some(cause) if error.status == 0 => {
            let fault = of_cause(error.operation, cause, "");
            Fault { error, ..fault }
        }
        _ if error.status != 0 => {
            let (_, retry) = of_status(error.status, &error.code, &error.message);
            Fault::new(error, retry)
        }
        _ => Fault::fatal(error),
    }
}
