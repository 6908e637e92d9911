//! One file per call of the service.
//!
//! An operation is a value: [`head`](Operation::head) and [`body`](Operation::body) encode it,
//! [`parse`](Operation::parse) reads the answer. Anybody can send it with any HTTP library; the
//! machines of [`crate::machine`] add retries, logins and upload URLs.

use crate::error::Error;
use crate::op::needs::Needs;
use crate::op::settle::{Conclusion, Facts, Lost, Question};
use crate::policy::retry::RetryClass;
use crate::wire::body::Body;
use crate::wire::head::Head;
use crate::wire::reply::Reply;

pub mod authorize_account;
pub mod cancel_large_file;
#[cfg(feature = "alloc")]
pub mod copy_file;
#[cfg(feature = "alloc")]
pub mod copy_part;
#[cfg(feature = "alloc")]
pub mod create_bucket;
#[cfg(feature = "alloc")]
pub mod create_key;
#[cfg(feature = "alloc")]
pub mod delete_bucket;
pub mod delete_file_version;
#[cfg(feature = "alloc")]
pub mod delete_key;
pub mod download;
pub mod file_spec;
pub mod finish_large_file;
#[cfg(feature = "alloc")]
pub mod get_bucket_notification_rules;
#[cfg(feature = "alloc")]
pub mod get_download_authorization;
pub mod get_file_info;
pub mod get_upload_part_url;
pub mod get_upload_url;
pub mod grant;
#[cfg(feature = "alloc")]
pub mod head_file_by_id;
#[cfg(feature = "alloc")]
pub mod head_file_by_name;
pub mod hide_file;
#[cfg(feature = "alloc")]
pub mod list_buckets;
#[cfg(feature = "alloc")]
pub mod list_file_names;
#[cfg(feature = "alloc")]
pub mod list_file_versions;
#[cfg(feature = "alloc")]
pub mod list_keys;
pub mod list_parts;
pub mod list_unfinished_large_files;
#[cfg(feature = "alloc")]
pub mod metadata_directive;
pub mod needs;
#[cfg(feature = "alloc")]
pub mod new_download;
#[cfg(feature = "alloc")]
pub mod new_file;
pub mod receipt;
#[cfg(feature = "alloc")]
pub mod set_bucket_notification_rules;
pub mod settle;
pub mod start_large_file;
#[cfg(feature = "alloc")]
pub mod target_encryption;
#[cfg(feature = "alloc")]
pub mod update_bucket;
#[cfg(feature = "alloc")]
pub mod update_file_legal_hold;
#[cfg(feature = "alloc")]
pub mod update_file_retention;
pub mod upload_file;
pub mod upload_part;

mod arguments;
#[cfg(feature = "alloc")]
pub(crate) mod check;
#[cfg(feature = "alloc")]
mod check_rules;
#[cfg(feature = "alloc")]
mod full;
#[cfg(feature = "alloc")]
mod info_room;
#[cfg(feature = "alloc")]
mod json;
#[cfg(feature = "alloc")]
mod range_json;
mod reply_len;
#[cfg(all(test, feature = "alloc"))]
pub(crate) mod testing;
#[cfg(all(test, feature = "alloc"))]
mod tests;

pub(crate) use arguments::{check_bucket_path, check_id, check_name};
#[cfg(feature = "alloc")]
pub use copy_file::CopyFile;
#[cfg(feature = "alloc")]
pub use copy_part::CopyPart;
#[cfg(feature = "alloc")]
pub use create_bucket::CreateBucket;
#[cfg(feature = "alloc")]
pub use create_key::CreateKey;
#[cfg(feature = "alloc")]
pub use delete_bucket::DeleteBucket;
#[cfg(feature = "alloc")]
pub use delete_key::DeleteKey;
#[cfg(feature = "alloc")]
pub use full::{
    CancelLargeFile, DeleteFileVersion, FinishLargeFile, GetFileInfo, HideFile, ListParts,
    ListUnfinishedLargeFiles, StartLargeFile,
};
#[cfg(feature = "alloc")]
pub use get_bucket_notification_rules::GetBucketNotificationRules;
#[cfg(feature = "alloc")]
pub use get_download_authorization::GetDownloadAuthorization;
pub use grant::Grant;
#[cfg(feature = "alloc")]
pub use head_file_by_id::HeadFileById;
#[cfg(feature = "alloc")]
pub use head_file_by_name::HeadFileByName;
#[cfg(feature = "alloc")]
pub(crate) use json::from_json;
#[cfg(feature = "alloc")]
pub use list_buckets::ListBuckets;
#[cfg(feature = "alloc")]
pub use list_file_names::ListFileNames;
#[cfg(feature = "alloc")]
pub use list_file_versions::{ListFileVersions, VersionsOfName};
#[cfg(feature = "alloc")]
pub use list_keys::ListKeys;
#[cfg(feature = "alloc")]
pub use metadata_directive::MetadataDirective;
pub(crate) use reply_len::page_reply_len_max;
#[cfg(feature = "alloc")]
pub(crate) use reply_len::{BUCKET_REPLY_LEN_MAX, NOTIFICATIONS_REPLY_LEN_MAX};
pub use reply_len::{REPLY_LEN_MAX, SMALL_REPLY_LEN_MAX};
#[cfg(feature = "alloc")]
pub use set_bucket_notification_rules::SetBucketNotificationRules;
#[cfg(feature = "alloc")]
pub use update_bucket::UpdateBucket;
#[cfg(feature = "alloc")]
pub use update_file_legal_hold::UpdateFileLegalHold;
#[cfg(feature = "alloc")]
pub use update_file_retention::UpdateFileRetention;

/// What is fixed about an operation (spec 3 and 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spec {
    /// The name in the URL, such as `b2_hide_file`.
    pub name: &'static str,
    /// The capability a key needs for it; empty when none.
    pub capability: &'static str,
    /// What it costs.
    pub class: Class,
    /// What a lost answer means.
    pub idempotency: Idempotency,
    /// How patient its retries are.
    pub retry: RetryClass,
    /// Longest silence to wait for its answer.
    pub timeout_ms: u32,
}

/// Transaction classes (spec 7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Class {
    /// Free.
    A,
    /// Charged by ten thousand.
    B,
    /// Charged by the thousand.
    C,
}

/// What it means when the answer to a request is lost.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Idempotency {
    /// Changes nothing: repeat it.
    Safe,
    /// Repeating it stores the same part once more, which nobody sees before the file is finished.
    Part,
    /// Repeating it has no further effect (locks, rules).
    Idempotent,
    /// Repeating it may answer with an error because it was done already (delete, create bucket).
    Settles,
    /// Repeating it may do it twice (upload, copy, hide, start, create key).
    Unsafe,
}

impl Idempotency {
    /// Whether it matters that a lost answer leaves the effect in doubt.
    pub const fn is_ambiguous(self) -> bool {
        matches!(self, Self::Idempotent | Self::Settles | Self::Unsafe)
    }
}

/// Longest silence for calls with a JSON body; copies can take minutes (behaviour 0).
pub const CALL_TIMEOUT_MS: u32 = 1_200_000;
/// Longest silence while data moves or small reads are answered (behaviour 0).
pub const DATA_TIMEOUT_MS: u32 = 128_000;
/// One call of the service as a value.
pub trait Operation {
    /// What a successful answer means.
    type Output;

    /// What is fixed about the operation.
    const SPEC: Spec;

    /// Longest answer to accept, in bytes.
    fn reply_len_max(&self) -> u32 {
        SMALL_REPLY_LEN_MAX
    }

    /// Checks what can be checked before anything is sent.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::error::ErrorKind::InvalidInput) with what is wrong.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// What the key must be allowed to do, as far as it can be told before anything is sent.
    fn needs(&self) -> Needs<'_> {
        Needs::of(Self::SPEC.capability)
    }

    /// Takes from a login what the request must repeat, such as the account's ID.
    fn bind(&mut self, _grant: &Grant) {}

    /// The request's method, URL and headers.
    fn head<'a>(&'a self, grant: &'a Grant) -> Head<'a> {
        Head::json(grant.api_url.as_str(), Self::SPEC.name, grant.token.expose())
    }

    /// The request's body.
    fn body(&self) -> Body<'_>;

    /// Reads a successful answer.
    ///
    /// # Errors
    /// [`Protocol`](crate::error::ErrorKind::Protocol) when the answer is not what the operation
    /// gives.
    fn parse(&self, reply: &Reply<'_>) -> Result<Self::Output, Error>;

    /// Whether the operation makes a version, whose ID is in its answer.
    const MAKES_VERSION: bool = false;

    /// Whether it is asked what became of a lost request before that is repeated or given up; else
    /// only when the repeated one is refused as wrong, as if there were nothing left to do.
    const ASKS_FIRST: bool = true;

    /// What tells what became of a request whose answer was lost, if anything does.
    fn question(&self) -> Option<Question> {
        None
    }

    /// What follows from the answer to the question; no facts if it could not be asked.
    fn conclude(&self, _facts: Option<Facts>, _lost: &mut Lost<'_>) -> Conclusion<Self::Output> {
        Conclusion::Unclear
    }

    /// What the operation gives when `error` only says that an earlier attempt, whose answer was
    /// lost, has done it already.
    fn settled(&self, _error: &Error) -> Option<Self::Output> {
        None
    }
}

/// An operation whose answer is one page of a list.
#[cfg(feature = "alloc")]
pub trait Paged: Operation + Sized {
    /// One row.
    type Item;

    /// Splits a page into its rows and the request for the next page, if there is one.
    fn split(&self, page: Self::Output) -> (alloc::vec::Vec<Self::Item>, Option<Self>);
}
