//! Writes the one-line methods of a driver.
//!
//! Drivers have the same methods under the same names, so passing on is the same text for each.
//! One that has other names implements [`Client`](crate::face::Client) and
//! [`Bucket`](crate::face::Bucket) by hand.

/// Implements [`Client`](crate::face::Client) and [`Bucket`](crate::face::Bucket) for two structs
/// that have the driver's own client and bucket in a field `inner`.
///
/// - `driver` is the driver's crate.
/// - `wait` is a macro `(face, work)` that gives the result of `work`, which is the call of a
///   driver's method: a future to wait for, or the result already.
/// - `wrap` is a function `(&client, driver's bucket) -> bucket`.
/// - `upload` is a function `(&bucket, name, Upload) -> Result<Uploaded, Error>`.
/// - `download` is a macro `(face, builder, fetch)`; the builder is the driver's own.
/// - `sync` is a macro `(face, builder, give_up)` that sends the driver's own builder, and drops or
///   cancels that when it is to be given up.
#[macro_export]
macro_rules! delegate {
    (
        driver: $driver:ident, client: $client:ident, bucket: $bucket:ident, wait: $wait:ident,
        wrap: $wrap:ident, upload: $upload:ident, download: $download:ident,
        sync: $sync:ident $(,)?
    ) => {
        const _: () = {
            use std::sync::{Arc, Mutex, PoisonError};
            use $crate::b2_proto::error::Error;
            use $crate::b2_proto::machine::Machine;
            use $crate::b2_proto::machine::leftovers::{LeftoverList, LeftoverOptions};
            use $crate::b2_proto::machine::synthesis::Synthesized;
            use $crate::b2_proto::plan::replication;
            use $crate::b2_proto::plan::selection::{Row, Selection};
            use $crate::b2_proto::plan::synthesis::Plan;
            use $crate::b2_proto::{model, op};
            use $crate::build::Build;
            use $crate::face::{Uploaded, Verdicts};
            use $crate::in_step::{InStep, Synced};
            use $crate::transfer::{Copy, Fetch, Fetched, JobIo, Upload};
            type Done<T> = Result<T, Error>;

            /// Rows of a listing without a bound of its own.
            const ROWS_MAX: usize = 100_000;

            impl $crate::face::Client for $client {
                type Bucket = $bucket;

                fn authorize(&self) -> Done<Arc<model::AccountAuthorization>> {
                    $wait!(self, self.inner.authorize())
                }
                fn run<O>(&self, operation: O) -> Done<O::Output>
                where
                    O: op::Operation + Send + 'static,
                    O::Output: Send + 'static,
                {
                    $wait!(self, self.inner.run(operation))
                }
                fn run_job<M>(&self, machine: M, io: JobIo) -> Done<M::Output>
                where
                    M: Machine + Send + 'static,
                    M::Output: Send + 'static,
                {
                    let mut builder = self.inner.run_job(machine);
                    for source in io.sources {
                        builder = builder.source(source);
                    }
                    for sink in io.sinks {
                        builder = builder.sink(sink);
                    }
                    if let Some(listener) = io.progress {
                        builder = builder.progress(listener);
                    }
                    $wait!(self, builder.send())
                }
                fn buckets(&self) -> Done<Vec<model::Bucket>> {
                    $wait!(self, self.inner.buckets())
                }
                fn bucket(&self, name: &str) -> Done<$bucket> {
                    $wait!(self, self.inner.bucket(name)).map(|bucket| $wrap(self, bucket))
                }
                fn bucket_by_id(&self, id: &str) -> Done<$bucket> {
                    $wait!(self, self.inner.bucket_by_id(id)).map(|bucket| $wrap(self, bucket))
                }
                fn create_bucket(&self, new: op::CreateBucket) -> Done<$bucket> {
                    $wait!(self, self.inner.create_bucket(new)).map(|bucket| $wrap(self, bucket))
                }
                fn download_by_id(&self, file_id: &str, fetch: Fetch) -> Done<Fetched> {
                    $download!(self, self.inner.download_by_id(file_id), fetch)
                }
                fn download_version(
                    &self,
                    file: &model::FileVersion,
                    fetch: Fetch,
                ) -> Done<Fetched> {
                    $download!(self, self.inner.download_version(file), fetch)
                }
                fn file_info(&self, file_id: &str) -> Done<model::FileVersion> {
                    $wait!(self, self.inner.file_info(file_id))
                }
                fn parts(&self, file_id: &str) -> Done<Vec<model::Part>> {
                    $wait!(self, self.inner.parts(file_id).collect_at_most(ROWS_MAX))
                }
                fn cancel_large_file(
                    &self,
                    file_id: &str,
                ) -> Done<Option<model::CancelledLargeFile>> {
                    $wait!(self, self.inner.cancel_large_file(file_id))
                }
                fn keys(&self) -> Done<Vec<model::Key>> {
                    $wait!(self, self.inner.keys().collect_at_most(ROWS_MAX))
                }
                fn key(&self, key_id: &str) -> Done<Option<model::Key>> {
                    $wait!(self, self.inner.key(key_id))
                }
                fn create_key(&self, key: op::CreateKey) -> Done<model::CreatedKey> {
                    $wait!(self, self.inner.create_key(key))
                }
                fn delete_key(&self, key_id: &str) -> Done<Option<model::Key>> {
                    $wait!(self, self.inner.delete_key(key_id))
                }
                fn download_url_by_id(&self, file_id: &str) -> Done<String> {
                    $wait!(self, self.inner.download_url_by_id(file_id))
                }
                fn sync(&self, sync: InStep) -> Done<Synced> {
                    let lines = Arc::new(Mutex::new(Vec::new()));
                    let builder = $crate::in_step!(self.inner, sync, lines.clone());
                    let summary = $sync!(self, builder, sync.give_up)?;
                    let lines =
                        core::mem::take(&mut *lines.lock().unwrap_or_else(PoisonError::into_inner));
                    Ok(Synced { summary, lines })
                }
            }

            impl $crate::face::Bucket for $bucket {
                fn id(&self) -> String {
                    self.inner.id().to_owned()
                }
                fn known_info(&self) -> Option<&model::Bucket> {
                    self.inner.known_info()
                }
                fn refresh(&mut self) -> Done<()> {
                    $wait!(self, self.inner.refresh()).map(|_| ())
                }
                fn update(&mut self, update: op::UpdateBucket) -> Done<()> {
                    $wait!(self, self.inner.update(update)).map(|_| ())
                }
                fn delete(self) -> Done<Option<model::Bucket>> {
                    $wait!(self, self.inner.delete())
                }
                fn upload(&self, name: &str, upload: Upload) -> Done<Uploaded> {
                    $upload(self, name, upload)
                }
                fn copy(&self, name: &str, copy: Copy) -> Done<Uploaded> {
                    let mut builder = self.inner.copy(copy.source, name).leftover(copy.leftover);
                    for (key, value) in copy.info.into_iter().flatten() {
                        builder = builder.no_info().info(key, value);
                    }
                    if copy.fetch_metadata {
                        builder = builder.fetch_metadata();
                    }
                    $crate::apply!(
                        builder, copy: range, source_key, content_type, encryption, retention,
                        legal_hold, part_len_max, part_len_min, lanes, progress,
                    );
                    $wait!(self, builder.send())
                }
                fn create_file(&self, name: &str, mut build: Build) -> Done<Synthesized> {
                    let builder = $crate::built!($driver, self.inner, name, build);
                    $wait!(self, builder.send())
                }
                fn plan(&self, name: &str, mut build: Build) -> Done<Plan> {
                    let builder = $crate::built!($driver, self.inner, name, build);
                    $wait!(self, builder.plan())
                }
                fn download(&self, name: &str, fetch: Fetch) -> Done<Fetched> {
                    $download!(self, self.inner.download(name), fetch)
                }
                fn head(&self, name: &str) -> Done<model::DownloadInfo> {
                    $wait!(self, self.inner.head(name))
                }
                fn head_with_key(
                    &self,
                    name: &str,
                    key: &model::CustomerKey,
                ) -> Done<model::DownloadInfo> {
                    $wait!(self, self.inner.head_with_key(name, key))
                }
                fn list_names(
                    &self,
                    list: op::ListFileNames,
                    max: usize,
                ) -> Done<Vec<model::ListEntry>> {
                    $wait!(self, self.inner.list_names(list).collect_at_most(max))
                }
                fn list_versions(
                    &self,
                    list: op::ListFileVersions,
                    max: usize,
                ) -> Done<Vec<model::ListEntry>> {
                    $wait!(self, self.inner.list_versions(list).collect_at_most(max))
                }
                fn versions_of(&self, name: &str) -> Done<Vec<model::FileVersion>> {
                    $wait!(self, self.inner.versions_of(name).collect_at_most(ROWS_MAX))
                }
                fn ls(&self, path: &str, selection: Selection) -> Done<Vec<Row>> {
                    $wait!(self, self.inner.ls(path, selection)?.collect_at_most(ROWS_MAX))
                }
                fn unfinished(&self) -> Done<Vec<model::FileVersion>> {
                    $wait!(self, self.inner.unfinished().collect_at_most(ROWS_MAX))
                }
                fn list_unfinished(&self, prefix: &str) -> Done<Vec<model::FileVersion>> {
                    let options = self.inner.unfinished_options().prefix(prefix.to_owned());
                    $wait!(self, self.inner.list_unfinished(options).collect_at_most(ROWS_MAX))
                }
                fn leftovers(&self, options: LeftoverOptions) -> Done<LeftoverList> {
                    $wait!(self, self.inner.leftovers(options))
                }
                fn verify(
                    &self,
                    folder: &std::path::Path,
                    prefix: &str,
                    versions: bool,
                ) -> Done<Verdicts> {
                    let mut builder = self.inner.verify(folder).prefix(prefix);
                    if versions {
                        builder = builder.versions();
                    }
                    let (mut verification, mut all) = (builder.start(), Vec::new());
                    while let Some(found) = $wait!(self, verification.next())? {
                        all.push((found.finding.path, found.finding.verdict));
                    }
                    Ok(all)
                }
                fn hide(&self, name: &str) -> Done<model::FileVersion> {
                    $wait!(self, self.inner.hide(name))
                }
                fn unhide(&self, name: &str) -> Done<model::DeletedFileVersion> {
                    $wait!(self, self.inner.unhide(name))
                }
                fn unhide_bypassing_governance(
                    &self,
                    name: &str,
                ) -> Done<model::DeletedFileVersion> {
                    $wait!(self, self.inner.unhide_bypassing_governance(name))
                }
                fn delete_version(
                    &self,
                    name: &str,
                    file_id: &str,
                ) -> Done<model::DeletedFileVersion> {
                    $wait!(self, self.inner.delete_version(name, file_id))
                }
                fn delete_version_bypassing_governance(
                    &self,
                    name: &str,
                    file_id: &str,
                ) -> Done<model::DeletedFileVersion> {
                    $wait!(self, self.inner.delete_version_bypassing_governance(name, file_id))
                }
                fn update_retention(
                    &self,
                    update: op::UpdateFileRetention,
                ) -> Done<op::update_file_retention::UpdatedRetention> {
                    $wait!(self, self.inner.update_retention(update))
                }
                fn set_legal_hold(
                    &self,
                    name: &str,
                    file_id: &model::FileId,
                    hold: model::LegalHold,
                ) -> Done<op::update_file_legal_hold::UpdatedLegalHold> {
                    $wait!(self, self.inner.set_legal_hold(name, file_id.clone(), hold))
                }
                fn download_authorization(
                    &self,
                    prefix: &str,
                    valid_s: u32,
                ) -> Done<model::DownloadAuthorization> {
                    $wait!(self, self.inner.download_authorization(prefix, valid_s))
                }
                fn download_url(&self, name: &str) -> Done<String> {
                    $wait!(self, self.inner.download_url(name))
                }
                fn replicate_to(
                    &mut self,
                    destination: &mut Self,
                    options: replication::Options,
                ) -> Done<model::ReplicationRule> {
                    $wait!(self, self.inner.replicate_to(&mut destination.inner, options))
                }
                fn switch_replication_rule(&mut self, name: &str, enabled: bool) -> Done<bool> {
                    $wait!(self, self.inner.switch_replication_rule(name, enabled))
                }
                fn delete_replication_rule(&mut self, name: &str) -> Done<()> {
                    $wait!(self, self.inner.delete_replication_rule(name))
                }
                fn replication_report(
                    &self,
                    rule: &model::ReplicationRule,
                    destination: Option<&Self>,
                ) -> Done<replication::Report> {
                    let destination = destination.map(|bucket| &bucket.inner);
                    $wait!(self, self.inner.replication_report(rule, destination))
                }
                fn notification_rules(&self) -> Done<Vec<model::NotificationRule>> {
                    $wait!(self, self.inner.notification_rules())
                }
                fn set_notification_rules(
                    &self,
                    rules: Vec<model::NotificationRule>,
                ) -> Done<Vec<model::NotificationRule>> {
                    $wait!(self, self.inner.set_notification_rules(rules))
                }
            }
        };
    };
}
