//! What a driver has to be able to do: the face that all of them have, without `async`.
//!
//! A scenario is written against these traits alone. A driver implements them in one file of its
//! tests, where each method is one line that passes on; an asynchronous driver blocks on its
//! futures there.

use b2_local::account::AccountStore;
use b2_proto::error::Error;
use b2_proto::machine::Machine;
use b2_proto::machine::leftovers::{LeftoverList, LeftoverOptions};
use b2_proto::machine::synthesis::Synthesized;
use b2_proto::model::{
    self, AccountAuthorization, CancelledLargeFile, CreatedKey, CustomerKey, DeletedFileVersion,
    DownloadAuthorization, DownloadInfo, FileId, FileVersion, Key, LegalHold, ListEntry,
    NotificationRule, Part, ReplicationRule,
};
use b2_proto::op::update_file_legal_hold::UpdatedLegalHold;
use b2_proto::op::update_file_retention::UpdatedRetention;
use b2_proto::op::{
    CreateBucket, CreateKey, ListFileNames, ListFileVersions, Operation, UpdateBucket,
    UpdateFileRetention,
};
use b2_proto::plan::replication;
use b2_proto::plan::selection::{Row, Selection};
use b2_proto::plan::sync::verify::Verdict;
use b2_proto::plan::synthesis::Plan;
use std::path::Path;
use std::sync::Arc;

use crate::build::Build;
use crate::in_step::{InStep, Synced};
use crate::settings::{Setting, Settings};
use crate::transfer::{Copy, Fetch, Fetched, JobIo, Upload};

/// What uploads give.
pub type Uploaded = b2_proto::machine::upload::Uploaded<FileVersion>;

/// What a comparison of a folder with a bucket says, name by name.
pub type Verdicts = Vec<(String, Verdict)>;

/// A driver.
pub trait Face: Send + Sync + 'static {
    /// Its client.
    type Client: Client;

    /// Its name, for reports.
    fn name(&self) -> &'static str;

    /// Settings it has no method for. Scenarios that need one of them are reported as pending
    /// and not run.
    fn missing(&self) -> &'static [Setting] {
        &[]
    }

    /// A client with these settings.
    ///
    /// # Errors
    /// Those of the driver's builder.
    fn client(&self, settings: Settings) -> Result<Self::Client, Error>;

    /// A client that starts from what a store keeps, and has no other settings.
    ///
    /// # Errors
    /// Those of the driver.
    fn client_of_store(&self, store: Arc<dyn AccountStore>) -> Result<Self::Client, Error>;
}

/// A client of a driver. Clones share everything, and are used from several threads.
///
/// Errors are the driver's own.
#[expect(missing_docs, reason = "each method is the driver's method of that name")]
#[expect(clippy::missing_errors_doc, reason = "said above once")]
pub trait Client: Clone + Send + Sync + 'static {
    type Bucket: Bucket;

    fn authorize(&self) -> Result<Arc<AccountAuthorization>, Error>;
    fn run<O>(&self, operation: O) -> Result<O::Output, Error>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static;
    fn run_job<M>(&self, machine: M, io: JobIo) -> Result<M::Output, Error>
    where
        M: Machine + Send + 'static,
        M::Output: Send + 'static;
    fn buckets(&self) -> Result<Vec<model::Bucket>, Error>;
    fn bucket(&self, name: &str) -> Result<Self::Bucket, Error>;
    fn bucket_by_id(&self, id: &str) -> Result<Self::Bucket, Error>;
    fn create_bucket(&self, bucket: CreateBucket) -> Result<Self::Bucket, Error>;
    fn download_by_id(&self, file_id: &str, fetch: Fetch) -> Result<Fetched, Error>;
    fn download_version(&self, file: &FileVersion, fetch: Fetch) -> Result<Fetched, Error>;
    fn file_info(&self, file_id: &str) -> Result<FileVersion, Error>;
    fn parts(&self, file_id: &str) -> Result<Vec<Part>, Error>;
    fn cancel_large_file(&self, file_id: &str) -> Result<Option<CancelledLargeFile>, Error>;
    fn keys(&self) -> Result<Vec<Key>, Error>;
    fn key(&self, key_id: &str) -> Result<Option<Key>, Error>;
    fn create_key(&self, key: CreateKey) -> Result<CreatedKey, Error>;
    fn delete_key(&self, key_id: &str) -> Result<Option<Key>, Error>;
    fn download_url_by_id(&self, file_id: &str) -> Result<String, Error>;
    fn sync(&self, sync: InStep) -> Result<Synced, Error>;
}

/// A bucket of a driver.
///
/// Listings are collected; `max` is passed on as the most rows. Errors are the driver's own.
#[expect(missing_docs, reason = "each method is the driver's method of that name")]
#[expect(clippy::missing_errors_doc, reason = "said above once")]
pub trait Bucket: Clone + Send + Sync + 'static {
    fn id(&self) -> String;
    fn known_info(&self) -> Option<&model::Bucket>;
    fn refresh(&mut self) -> Result<(), Error>;
    fn update(&mut self, update: UpdateBucket) -> Result<(), Error>;
    fn delete(self) -> Result<Option<model::Bucket>, Error>;
    fn upload(&self, name: &str, upload: Upload) -> Result<Uploaded, Error>;
    fn copy(&self, name: &str, copy: Copy) -> Result<Uploaded, Error>;
    fn create_file(&self, name: &str, build: Build) -> Result<Synthesized, Error>;
    fn plan(&self, name: &str, build: Build) -> Result<Plan, Error>;
    fn download(&self, name: &str, fetch: Fetch) -> Result<Fetched, Error>;
    fn head(&self, name: &str) -> Result<DownloadInfo, Error>;
    fn head_with_key(&self, name: &str, key: &CustomerKey) -> Result<DownloadInfo, Error>;
    fn list_names(&self, list: ListFileNames, max: usize) -> Result<Vec<ListEntry>, Error>;
    fn list_versions(&self, list: ListFileVersions, max: usize) -> Result<Vec<ListEntry>, Error>;
    fn versions_of(&self, name: &str) -> Result<Vec<FileVersion>, Error>;
    fn ls(&self, path: &str, selection: Selection) -> Result<Vec<Row>, Error>;
    fn unfinished(&self) -> Result<Vec<FileVersion>, Error>;
    fn list_unfinished(&self, prefix: &str) -> Result<Vec<FileVersion>, Error>;
    fn leftovers(&self, options: LeftoverOptions) -> Result<LeftoverList, Error>;
    fn verify(&self, folder: &Path, prefix: &str, versions: bool) -> Result<Verdicts, Error>;
    fn hide(&self, name: &str) -> Result<FileVersion, Error>;
    fn unhide(&self, name: &str) -> Result<DeletedFileVersion, Error>;
    fn unhide_bypassing_governance(&self, name: &str) -> Result<DeletedFileVersion, Error>;
    fn delete_version(&self, name: &str, file_id: &str) -> Result<DeletedFileVersion, Error>;
    fn delete_version_bypassing_governance(
        &self,
        name: &str,
        file_id: &str,
    ) -> Result<DeletedFileVersion, Error>;
    fn update_retention(&self, update: UpdateFileRetention) -> Result<UpdatedRetention, Error>;
    fn set_legal_hold(
        &self,
        name: &str,
        file_id: &FileId,
        hold: LegalHold,
    ) -> Result<UpdatedLegalHold, Error>;
    fn download_authorization(
        &self,
        prefix: &str,
        valid_s: u32,
    ) -> Result<DownloadAuthorization, Error>;
    fn download_url(&self, name: &str) -> Result<String, Error>;
    fn replicate_to(
        &mut self,
        destination: &mut Self,
        options: replication::Options,
    ) -> Result<ReplicationRule, Error>;
    fn switch_replication_rule(&mut self, name: &str, enabled: bool) -> Result<bool, Error>;
    fn delete_replication_rule(&mut self, name: &str) -> Result<(), Error>;
    fn replication_report(
        &self,
        rule: &ReplicationRule,
        destination: Option<&Self>,
    ) -> Result<replication::Report, Error>;
    fn notification_rules(&self) -> Result<Vec<NotificationRule>, Error>;
    fn set_notification_rules(
        &self,
        rules: Vec<NotificationRule>,
    ) -> Result<Vec<NotificationRule>, Error>;
}
