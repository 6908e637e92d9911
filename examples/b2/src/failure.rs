//! How a command ends when it does not succeed: what is printed, and the exit code.

use core::fmt;
use std::io;
use std::process::ExitCode;

use b2_local::account::LocationError;
use b2_proto::error::{ApiCode, Error, ErrorKind};
use b2_proto::model::{Allowed, Capability};

use crate::output::note;

/// Why a command failed. `Display` is the line for standard error.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A sentence after `ERROR: `.
    Message(String),
    /// A whole line of its own.
    Line(String),
    /// What the client says, with what helps.
    Client(Box<Error>),
    /// Everything has been said; only the exit code is left.
    Told,
    /// The same with an exit code that says what.
    Exit(u8),
    /// Nobody reads standard output any more, which is nobody's fault.
    OutputClosed,
    /// Ctrl-C, and what can be done then.
    Interrupted(&'static str),
}

impl Failure {
    pub(crate) fn message(text: impl fmt::Display) -> Self {
        Self::Message(text.to_string())
    }

    /// Writing to standard output failed.
    pub(crate) fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::OutputClosed
        } else {
            Self::message(format_args!(
                "the output could not be written: {error}. Check the space where it goes."
            ))
        }
    }

    /// The failure of a command that changes something: it is no success that nobody reads what it
    /// says, since it ends half way.
    pub(crate) fn of_work(self) -> Self {
        if !matches!(self, Self::OutputClosed) {
            return self;
        }
        Self::message(
            "nobody reads the output any more, so not everything was done. Run the same again, and \
             it goes on from there.",
        )
    }

    /// The failure of a command whose output is the whole content of a file.
    pub(crate) fn of_content(self) -> Self {
        if !matches!(self, Self::OutputClosed) {
            return self;
        }
        Self::message("nobody reads standard output any more, so the file is not whole there.")
    }

    /// What the client says, unless its kind is `kind`: that becomes `message`.
    pub(crate) fn or(error: Error, kind: ErrorKind, message: impl FnOnce() -> String) -> Self {
        if error.kind == kind { Self::Message(message()) } else { error.into() }
    }

    /// Prints what is to be printed and gives the exit code (spec 1.6).
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::OutputClosed => return ExitCode::SUCCESS,
            Self::Exit(code) => return ExitCode::from(*code),
            Self::Told => {}
            Self::Interrupted(hint) => {
                note!("\nInterrupted.  Shutting down...\n");
                if !hint.is_empty() {
                    note!("{hint}");
                }
            }
            Self::Message(_) | Self::Line(_) | Self::Client(_) => note!("{self}"),
        }
        ExitCode::FAILURE
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(text) => write!(f, "ERROR: {text}"),
            Self::Line(text) => f.write_str(text),
            Self::Client(error) => write!(f, "ERROR: {}", sentence(error)),
            Self::Told | Self::Exit(_) | Self::OutputClosed => Ok(()),
            Self::Interrupted(_) => f.write_str("Interrupted.  Shutting down..."),
        }
    }
}

/// As [`sentence`]; where the key has no right to something, also what it has (spec 3.3).
pub(crate) fn sentence_for(allowed: &Allowed, error: &Error) -> String {
    // What the client itself has seen in the login is worded as if the service had been asked.
    let is_own = error.kind == ErrorKind::Unauthorized && error.code == ApiCode::None;
    if !matches!(error.code, ApiCode::Unauthorized | ApiCode::AccessDenied) && !is_own {
        return sentence(error);
    }
    let mut limits = Vec::new();
    // A key that makes keys has full access.
    if !allowed.permits(&Capability::WriteKeys) {
        let names: Vec<&str> = allowed.capabilities.iter().map(|it| it.as_str()).collect();
        limits.push(format!("with capabilities '{}'", names.join(",")));
    }
    if let Some(buckets) = quoted_names(allowed) {
        limits.push(format!("restricted to buckets [{buckets}]"));
    }
    if let Some(prefix) = &allowed.name_prefix {
        limits.push(format!("restricted to files that start with '{prefix}'"));
    }
    if limits.is_empty() {
        limits.push("with no restrictions".to_owned());
    }
    let (message, limits) = (&error.message, limits.join(", "));
    if is_own {
        let (code, advice) = (ApiCode::Unauthorized, error.advice());
        return format!("{code} for application key {limits} ({code}): {message}. {advice}");
    }
    let code = &error.code;
    format!("{message} for application key {limits} ({code}). {}", error.advice())
}

/// The names of the buckets a key is restricted to, if it is.
pub(crate) fn quoted_names(allowed: &Allowed) -> Option<String> {
    let named = allowed.buckets.as_ref()?.iter().filter_map(|it| it.name.as_deref());
    Some(named.map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", "))
}

/// What happened and what helps. What the service said is worded as scripts know it from the
/// reference: the message and, in parentheses, the code.
pub(crate) fn sentence(error: &Error) -> String {
    let code = &error.code;
    if let Some(text) = replaced(error) {
        return format!("{text}. {}", error.advice());
    }
    let text = if matches!(code, ApiCode::None | ApiCode::NonJson) || error.message.is_empty() {
        error.to_string()
    } else {
        format!("{} ({code})", error.message)
    };
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{text}{end} {}", error.advice())
}

/// What scripts know in other words than the service's (spec 3.3).
fn replaced(error: &Error) -> Option<String> {
    if error.code == ApiCode::SourceReplicationConflict {
        return Some("Operation not supported for buckets with source replication".to_owned());
    }
    // The service names the bucket that is not there any more.
    let id = error.message.strip_prefix("Bucket ")?.strip_suffix(" does not exist")?;
    let is_bucket = error.code == ApiCode::BadBucketId && !id.contains(' ');
    is_bucket.then(|| format!("Bucket with id={id} not found"))
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Client(Box::new(error))
    }
}

impl From<b2_local::Error> for Failure {
    fn from(error: b2_local::Error) -> Self {
        Self::message(error)
    }
}

/// Scripts know some of these as the reference prints them.
impl From<LocationError> for Failure {
    fn from(error: LocationError) -> Self {
        match error {
            LocationError::InvalidProfile(_) | LocationError::VariableAndProfile => {
                Self::Line(format!("ValueError: {error}"))
            }
            LocationError::FileAndProfile
            | LocationError::EmptyVariable
            | LocationError::NoHome => Self::message(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use b2_proto::model::AllowedBucket;

    #[test]
    fn an_error_says_what_happened_and_what_helps() {
        let error = Error::new(ErrorKind::BadKey, "the key is not valid");
        let want = "ERROR: the key is not valid. Check the application key ID and the key.";
        assert_eq!(Failure::from(error).to_string(), want);
    }

    #[test]
    fn what_the_service_says_ends_with_its_code() {
        let mut error = Error::new(ErrorKind::BadRequest, "Invalid name");
        error.status = 400;
        error.code = ApiCode::parse("bad_request");
        assert!(sentence(&error).starts_with("Invalid name (bad_request). "));
    }

    #[test]
    fn a_key_without_the_right_is_described() {
        let mut error = Error::new(ErrorKind::Unauthorized, "unauthorized");
        error.code = ApiCode::Unauthorized;
        let check = |allowed: &Allowed, want: &str| {
            let got = sentence_for(allowed, &error);
            assert!(got.starts_with(&format!("{want} (unauthorized). Use an ")), "{got}");
        };
        let mut allowed = Allowed::everywhere(vec![Capability::ListFiles, Capability::ReadFiles]);
        let capabilities =
            "unauthorized for application key with capabilities 'listFiles,readFiles'";
        check(&allowed, capabilities);
        allowed.buckets = Some(vec![AllowedBucket::new("id", Some("photos".to_owned()))]);
        allowed.name_prefix = Some("a/".to_owned());
        let limits = "restricted to buckets ['photos'], restricted to files that start with 'a/'";
        check(&allowed, &format!("{capabilities}, {limits}"));
        let all = Allowed::everywhere(vec![Capability::WriteKeys]);
        check(&all, "unauthorized for application key with no restrictions");
        error.code = ApiCode::None;
        let own = sentence_for(&allowed, &error);
        assert!(own.starts_with(&format!("{capabilities}, {limits} (unauthorized): ")), "{own}");
        error.kind = ErrorKind::AccessDenied;
        error.code = ApiCode::AccessDenied;
        error.message = b2_proto::wire::text::Text::truncated("Access Denied");
        let denied = sentence_for(&all, &error);
        let want = "Access Denied for application key with no restrictions (access_denied). ";
        assert!(denied.starts_with(want), "{denied}");
        error.code = ApiCode::parse("bad_request");
        assert_eq!(sentence_for(&allowed, &error), sentence(&error));
    }

    #[test]
    fn some_refusals_have_other_words() {
        let mut error = Error::new(ErrorKind::NotFound, "Bucket 8d62 does not exist");
        error.code = ApiCode::BadBucketId;
        assert!(sentence(&error).starts_with("Bucket with id=8d62 not found. "));
        error.code = ApiCode::SourceReplicationConflict;
        let want = "Operation not supported for buckets with source replication. ";
        assert!(sentence(&error).starts_with(want));
    }

    #[test]
    fn one_kind_can_have_words_of_its_own() {
        let error = || Error::new(ErrorKind::NotFound, "gone");
        let own = Failure::or(error(), ErrorKind::NotFound, || "File not present: x".to_owned());
        assert_eq!(own.to_string(), "ERROR: File not present: x");
        let other = Failure::or(error(), ErrorKind::Conflict, || "?".to_owned());
        assert_eq!(other.to_string(), "ERROR: gone. Check the name or ID.");
    }
}
