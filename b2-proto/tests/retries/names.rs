//! The reference's table of errors (behaviour a.4), and the kinds they are here.

use b2_proto::error::{ApiCode, Cause, Error, ErrorKind};

/// What the reference makes of a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Class {
    pub(crate) name: &'static str,
    pub(crate) may_retry: bool,
    pub(crate) may_retry_upload: bool,
}

impl Class {
    /// The same failure, which nothing helps against.
    pub(crate) const fn made_final(self) -> Self {
        class(self.name, false, false)
    }
}

const fn class(name: &'static str, may_retry: bool, may_retry_upload: bool) -> Class {
    Class { name, may_retry, may_retry_upload }
}

/// Classifies an answer that is not a success. `code` is as the service writes it.
pub(crate) fn of_answer(status: u16, code: &str, message: &str) -> Class {
    let last = |name| class(name, false, false);
    match (status, code) {
        (400, _) => last(of_bad_request(code, message)),
        (401, "email_not_verified") => last("EmailNotVerified"),
        (401, "no_payment_history") => last("NoPaymentHistory"),
        (401, "bad_auth_token" | "expired_auth_token") => class("InvalidAuthToken", false, true),
        (401, _) => class("Unauthorized", false, true),
        (403, "storage_cap_exceeded") => last("StorageCapExceeded"),
        (403, "transaction_cap_exceeded") => last("TransactionCapExceeded"),
        (403, "access_denied") => last("AccessDenied"),
        (404, "not_found") => last("FileNotPresent"),
        (404, _) => last("ResourceNotFound"),
        (408, _) => class("RequestTimeout", true, true),
        (409, _) => last("Conflict"),
        (416, "range_not_satisfiable") => last("UnsatisfiableRange"),
        (429, _) => class("TooManyRequests", true, false),
        (500..=599, _) => class("ServiceError", true, true),
        _ => last("UnknownError"),
    }
}

fn of_bad_request(code: &str, message: &str) -> &'static str {
    match code {
        "event_type_categories" => "EventTypeCategoriesError",
        "event_type_overlap" => "EventTypeOverlapError",
        "event_types_empty" => "EventTypesEmptyError",
        "event_type_invalid" => "EventTypeInvalidError",
        "already_hidden" => "FileAlreadyHidden",
        "bad_json" => "BadJson",
        "no_such_file" | "file_not_present" => "FileNotPresent",
        "duplicate_bucket_name" => "DuplicateBucketName",
        "missing_part" => "MissingPart",
        "part_sha1_mismatch" => "PartSha1Mismatch",
        "bad_bucket_id" => "BucketIdNotFound",
        // A5: a message that is not as expected crashes the reference.
        "auth_token_limit" if !message.starts_with("more than one upload using auth token ") => {
            "UnknownError"
        }
        "auth_token_limit" => "UploadTokenUsedConcurrently",
        "source_too_large" if !message.starts_with("Copy source too big: ") => "UnknownError",
        "source_too_large" => "CopySourceTooBig",
        "file_lock_conflict" => "DisablingFileLockNotSupported",
        "source_replication_conflict" => "SourceReplicationConflict",
        "restricted_bucket_conflict" => "EnablingFileLockOnRestrictedBucket",
        "bad_request" if message.starts_with("fileLockEnabled value of false") => {
            "DisablingFileLockNotSupported"
        }
        "bad_request" if message.contains("having source replication") => {
            "SourceReplicationConflict"
        }
        "bad_request" if message.contains("for a restricted bucket") => {
            "EnablingFileLockOnRestrictedBucket"
        }
        _ => "BadRequest",
    }
}

/// A5: what an error is by its code alone, where the reference reads the message too.
pub(crate) fn without_pattern(status: u16, code: &str) -> Option<&'static str> {
    match (status, code) {
        (400, "auth_token_limit") => Some("UploadTokenUsedConcurrently"),
        (400, "source_too_large") => Some("CopySourceTooBig"),
        _ => None,
    }
}

/// Classifies a request without an answer.
pub(crate) fn of_cause(cause: Cause) -> Class {
    if matches!(cause, Cause::ConnectTimeout | Cause::ReadTimeout | Cause::SendTimeout) {
        class("B2RequestTimeout", true, true)
    } else if cause == Cause::BrokenPipe {
        class("BrokenPipe", false, true)
    } else {
        class("B2ConnectionError", true, true)
    }
}

/// What a class is called when it comes out of a call.
pub(crate) fn in_call(call: &str, name: &'static str) -> &'static str {
    match (call, name) {
        ("download" | "copy_file", "AccessDenied") => "SSECKeyError",
        ("head", "FileNotPresent" | "ResourceNotFound" | "BucketIdNotFound") => {
            "FileOrBucketNotFound"
        }
        _ => name,
    }
}

/// The reference's name for an error of the core.
pub(crate) fn name_of(call: &str, error: &Error) -> &'static str {
    if error.kind == ErrorKind::ClockSkew {
        return "ClockSkew";
    }
    if let (Some(cause), 0) = (error.cause, error.status) {
        return of_cause(cause).name;
    }
    if error.kind == ErrorKind::Protocol && error.message.contains("date cannot be read") {
        return "BadDateFormat";
    }
    let code = if error.code == ApiCode::NonJson { "" } else { error.code.as_str() };
    let name = without_pattern(error.status, code)
        .unwrap_or_else(|| of_answer(error.status, code, &error.message).name);
    in_call(call, name)
}

/// The kinds of the core that stand for a class of the reference.
pub(crate) fn kinds(call: &str, name: &str) -> &'static [ErrorKind] {
    use ErrorKind as K;
    match name {
        "InvalidAuthToken" | "EmailNotVerified" | "NoPaymentHistory" => &[K::BadKey],
        // A login that is refused is always about the key.
        "Unauthorized" if call == "authorize_call" => &[K::BadKey],
        "Unauthorized" => &[K::Unauthorized, K::AccessDenied, K::BadKey],
        "StorageCapExceeded" | "TransactionCapExceeded" => &[K::CapExceeded],
        "AccessDenied" | "SSECKeyError" => &[K::AccessDenied],
        "FileNotPresent" | "ResourceNotFound" | "BucketIdNotFound" | "FileOrBucketNotFound" => {
            &[K::NotFound]
        }
        "FileAlreadyHidden"
        | "DuplicateBucketName"
        | "Conflict"
        | "UploadTokenUsedConcurrently" => &[K::Conflict],
        "UnsatisfiableRange" => &[K::RangeNotSatisfiable],
        "RequestTimeout" | "ServiceError" => &[K::Unavailable],
        "TooManyRequests" => &[K::TooManyRequests],
        "B2RequestTimeout" | "B2ConnectionError" | "BrokenPipe" => &[K::Network],
        "ClockSkew" => &[K::ClockSkew],
        "BadDateFormat" => &[K::Protocol],
        "UnknownError" => &[K::Unknown, K::Protocol],
        _ => &[K::BadRequest],
    }
}
