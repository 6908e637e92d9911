//! The resources of the service as values.
//!
//! These types read what the service answers and write what it is sent, and the simulator uses
//! them the other way round. Reading is tolerant: unknown fields are ignored, an unknown value of
//! an enumeration is kept as text in its `Other` variant, and `null` means the same as a field
//! left out. Writing gives the service's own shapes. Fields have the service's names in snake
//! case; those that hold a time end in `_ms` and count milliseconds since the Unix epoch, UTC.
//!
//! Structs that the service may extend are `#[non_exhaustive]`; those that go into requests have
//! constructors and builders:
//!
//! ```
//! use b2_proto::model::LifecycleRule;
//!
//! let rule = LifecycleRule::for_prefix("logs/").hide_after_days(30).delete_after_days(7);
//! assert_eq!(rule.days_from_uploading_to_hiding, Some(30));
//! ```

mod account;
mod bucket;
mod capability;
mod content_sha1;
mod cors;
mod download;
mod download_authorization;
mod encryption;
mod event;
mod file;
mod guarded;
mod headers;
mod id;
mod key;
mod legal_hold;
mod lifecycle;
mod notification;
mod nullable;
mod open;
mod part;
mod removed;
mod replication;
mod retention;
mod upload_url;

#[cfg(test)]
mod check;

pub use account::{AccountAuthorization, Allowed, AllowedBucket, GroupsApi, StorageApi};
pub use bucket::{Bucket, BucketType};
pub use capability::Capability;
pub use content_sha1::ContentSha1;
pub use cors::{CorsOperation, CorsRule};
pub use download::DownloadInfo;
pub use download_authorization::DownloadAuthorization;
pub use encryption::{
    CustomerKey, EncryptionAlgorithm, EncryptionInfo, EncryptionMode, EncryptionSetting,
};
pub use event::{Event, EventBatch};
pub use file::{FileAction, FileVersion, Folder, ListEntry};
pub use guarded::Guarded;
pub use id::{AccountId, BucketId, FileId, KeyId};
pub use key::{CreatedKey, Key};
pub use legal_hold::LegalHold;
pub use lifecycle::LifecycleRule;
pub use notification::{CustomHeader, EventType, NotificationRule, NotificationTarget, TargetType};
pub use part::Part;
pub use removed::{CancelledLargeFile, DeletedFileVersion};
pub use replication::{
    ReplicationConfiguration, ReplicationDestination, ReplicationRule, ReplicationSource,
    ReplicationStatus,
};
pub use retention::{
    BucketRetention, FileLockConfiguration, FileRetention, RetentionMode, RetentionPeriod,
    RetentionUnit,
};
pub use upload_url::{UploadPartUrl, UploadUrl};
