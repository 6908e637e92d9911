//! What the macros of the face name, so that drivers need not.

pub use crate::account::{AccountStore, Accounts, Login};
pub use crate::face::{
    BlockPlan, BlockUploaded, BlocksRead, CopySpec, DownloadResult, DownloadSpec, OnProgress,
    OnStarted, Settings, SynthesisSpec, UploadSpec,
};
pub use crate::job::Listener;
pub use crate::source::{Facts, Intents};
pub use b2_proto::bucket_names::NameChange;
pub use b2_proto::error::{Error, ErrorKind};
pub use b2_proto::machine::authorize::Authorize;
pub use b2_proto::machine::basis::FindBasis;
pub use b2_proto::machine::copy::{Copied, CopySource, CopyTarget};
pub use b2_proto::machine::download::Downloaded;
pub use b2_proto::machine::leftovers::{LeftoverList, LeftoverOptions, Leftovers};
pub use b2_proto::machine::selected::SelectedPages;
pub use b2_proto::machine::single::Single;
pub use b2_proto::machine::synthesis::Synthesized;
pub use b2_proto::machine::unhide::Unhide;
pub use b2_proto::machine::upload::Uploaded;
pub use b2_proto::machine::{Machine, Progress};
pub use b2_proto::model::{
    AccountAuthorization, Bucket as BucketInfo, BucketId, CancelledLargeFile, CreatedKey,
    CustomerKey, DeletedFileVersion, DownloadAuthorization, DownloadInfo, FileId, FileRetention,
    FileVersion, Key, LegalHold, ListEntry, NotificationRule, Part, ReplicationRule,
};
pub use b2_proto::op::cancel_large_file::CancelLargeFile;
pub use b2_proto::op::delete_file_version::DeleteFileVersion;
pub use b2_proto::op::get_file_info::GetFileInfo;
pub use b2_proto::op::hide_file::HideFile;
pub use b2_proto::op::list_parts::{ListParts, PartsPage};
pub use b2_proto::op::new_download::NewDownload;
pub use b2_proto::op::new_file::NewFile;
pub use b2_proto::op::update_file_legal_hold::UpdatedLegalHold;
pub use b2_proto::op::update_file_retention::UpdatedRetention;
pub use b2_proto::op::{
    CreateBucket, CreateKey, DeleteBucket, DeleteKey, GetBucketNotificationRules,
    GetDownloadAuthorization, HeadFileByName, ListBuckets, ListFileNames, ListFileVersions,
    ListKeys, Operation, Paged, SetBucketNotificationRules, UpdateBucket, UpdateFileLegalHold,
    UpdateFileRetention, VersionsOfName,
};
pub use b2_proto::plan::replication;
pub use b2_proto::plan::selection::{Row, Selection};
pub use b2_proto::plan::synthesis::Plan;
pub use b2_proto::policy::meter::{Budget, Meter};
pub use b2_proto::wire::head::{NO_QUERY, Target};
pub use std::sync::Arc;

/// Lists unfinished large files of a bucket.
pub type ListUnfinished = b2_proto::op::ListUnfinishedLargeFiles<String>;
