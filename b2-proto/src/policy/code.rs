//! The service's error codes (spec 5.2).

use crate::wire::text::Text;
use core::fmt;

/// Bytes of an unknown code that are kept.
pub const CODE_LEN_MAX: usize = 40;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The `code` of an error answer. Codes not listed here are kept as text.
        #[derive(Clone, PartialEq, Eq, Debug)]
        #[non_exhaustive]
        pub enum ApiCode {
            /// No code: the answer had no body, or there was no answer.
            None,
            /// The answer's body was not the JSON of an error.
            NonJson,
            $($(#[$doc])* $name,)*
            /// A code this version does not know.
            Other(Text<CODE_LEN_MAX>),
        }

        /// The codes that are known by name.
        #[derive(Clone, Copy)]
        enum Known {
            $($name,)*
        }

        impl ApiCode {
            /// Reads a code as the service writes it.
            pub fn parse(text: &str) -> Self {
                // A table, because a match on text becomes a chain of inlined comparisons.
                const TEXTS: &[&str] = &[$($text),*];
                const KNOWN: &[Known] = &[$(Known::$name),*];
                if text.is_empty() {
                    return Self::None;
                }
                let at = TEXTS.iter().position(|known| *known == text);
                match at.and_then(|at| KNOWN.get(at)) {
                    $(Some(Known::$name) => Self::$name,)*
                    None => Self::Other(Text::truncated(text)),
                }
            }

            /// The code as the service writes it; empty for none.
            pub fn as_str(&self) -> &str {
                match self {
                    Self::None => "",
                    Self::NonJson => "non_json_response",
                    $(Self::$name => $text,)*
                    Self::Other(text) => text.as_str(),
                }
            }
        }
    };
}

codes! {
    /// Retention, a hold or a wrong customer key.
    AccessDenied = "access_denied",
    /// The newest version is a hide marker already.
    AlreadyHidden = "already_hidden",
    /// Two uploads at a time with one token.
    AuthTokenLimit = "auth_token_limit",
    /// The token is not valid.
    BadAuthToken = "bad_auth_token",
    /// No such bucket.
    BadBucketId = "bad_bucket_id",
    /// The request was not JSON.
    BadJson = "bad_json",
    /// A field is wrong or missing.
    BadRequest = "bad_request",
    /// Retention or a hold in a bucket without file lock.
    BucketMissingFileLock = "bucket_missing_file_lock",
    /// The bucket still holds versions.
    CannotDeleteNonEmptyBucket = "cannot_delete_non_empty_bucket",
    /// The storage cap, in its older name.
    CapExceeded = "cap_exceeded",
    /// `ifRevisionIs` does not match.
    Conflict = "conflict",
    /// The account may not set upload times.
    CustomTimestampNotAllowed = "custom_timestamp_not_allowed",
    /// The day's download cap.
    DownloadCapExceeded = "download_cap_exceeded",
    /// The bucket name is taken.
    DuplicateBucketName = "duplicate_bucket_name",
    /// The account's address is not verified.
    EmailNotVerified = "email_not_verified",
    /// Event types that do not go together.
    EventTypeCategories = "event_type_categories",
    /// An event type that does not exist.
    EventTypeInvalid = "event_type_invalid",
    /// Event types that overlap.
    EventTypeOverlap = "event_type_overlap",
    /// No event types.
    EventTypesEmpty = "event_types_empty",
    /// The token is too old.
    ExpiredAuthToken = "expired_auth_token",
    /// File lock cannot be switched off.
    FileLockConflict = "file_lock_conflict",
    /// The version is under governance retention.
    FileLockGovernanceProtected = "file_lock_governance_protected",
    /// No such version.
    FileNotPresent = "file_not_present",
    /// The service failed.
    InternalError = "internal_error",
    /// A malformed bucket ID.
    InvalidBucketId = "invalid_bucket_id",
    /// A malformed bucket name.
    InvalidBucketName = "invalid_bucket_name",
    /// A malformed file ID.
    InvalidFileId = "invalid_file_id",
    /// Name and info are too long together.
    MetadataExceeded = "metadata_exceeded",
    /// The HTTP method is wrong.
    MethodNotAllowed = "method_not_allowed",
    /// No token was sent.
    MissingAuthToken = "missing_auth_token",
    /// A part was not uploaded.
    MissingPart = "missing_part",
    /// The account has not paid yet.
    NoPaymentHistory = "no_payment_history",
    /// No such file.
    NoSuchFile = "no_such_file",
    /// No such file, bucket or endpoint.
    NotFound = "not_found",
    /// A count is outside of its limits.
    OutOfRange = "out_of_range",
    /// A part's digest differs from the one stored.
    PartSha1Mismatch = "part_sha1_mismatch",
    /// The range lies outside of the file.
    RangeNotSatisfiable = "range_not_satisfiable",
    /// The request took too long.
    RequestTimeout = "request_timeout",
    /// File lock on a restricted bucket.
    RestrictedBucketConflict = "restricted_bucket_conflict",
    /// A retention date in the past.
    RetainUntilInPast = "retain_until_timestamp_must_be_in_future",
    /// Try again later.
    ServiceUnavailable = "service_unavailable",
    /// File lock on a bucket that is replicated.
    SourceReplicationConflict = "source_replication_conflict",
    /// More than 5 GB in one copy.
    SourceTooLarge = "source_too_large",
    /// The storage cap.
    StorageCapExceeded = "storage_cap_exceeded",
    /// Slow down.
    TooManyRequests = "too_many_requests",
    /// The account has as many buckets as it may.
    TooManyBuckets = "too_many_buckets",
    /// The day's transaction cap.
    TransactionCapExceeded = "transaction_cap_exceeded",
    /// The key may not do this.
    Unauthorized = "unauthorized",
    /// The key needs a newer version of the API.
    Unsupported = "unsupported",
}

impl fmt::Display for ApiCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ApiCode {
    /// Whether the code says that the account token is no longer good (spec 5.4).
    pub const fn is_token_trouble(&self) -> bool {
        matches!(self, Self::BadAuthToken | Self::ExpiredAuthToken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_and_write_the_same() {
        for text in ["bad_json", "conflict", "something_new", ""] {
            assert_eq!(ApiCode::parse(text).as_str(), text);
        }
        assert_eq!(
            ApiCode::parse("something_new"),
            ApiCode::Other(Text::truncated("something_new"))
        );
    }
}
