//! What a client does beyond one bucket.

use crate::bucket::{Bucket, NO_QUERY};
use crate::client::Client;
use crate::download::DownloadBuilder;
use crate::listing::Listing;
use b2_proto::error::{Error, ErrorKind};
use b2_proto::model::{Bucket as Info, CancelledLargeFile, CreatedKey, FileVersion, Key, Part};
use b2_proto::op::cancel_large_file::CancelLargeFile;
use b2_proto::op::get_file_info::GetFileInfo;
use b2_proto::op::list_parts::{ListParts, PartsPage};
use b2_proto::op::new_download::NewDownload;
use b2_proto::op::{CreateBucket, CreateKey, DeleteKey, ListBuckets, ListKeys};
use b2_proto::wire::head::Target;

impl Client {
    /// All buckets of the account.
    ///
    /// # Errors
    /// Those of the operation; a key that is restricted to buckets may not list all.
    pub async fn buckets(&self) -> Result<Vec<Info>, Error> {
        self.run(ListBuckets::default()).await
    }

    /// The bucket with this name.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound), and those of the operation.
    pub async fn bucket(&self, name: impl Into<String>) -> Result<Bucket, Error> {
        self.find(ListBuckets::default().name(name)).await
    }

    /// The bucket with this ID.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound), and those of the operation.
    pub async fn bucket_by_id(&self, id: &str) -> Result<Bucket, Error> {
        self.find(ListBuckets::default().id(id)).await
    }

    /// Creates a bucket.
    ///
    /// # Errors
    /// Those of the operation.
    pub async fn create_bucket(&self, bucket: CreateBucket) -> Result<Bucket, Error> {
        Ok(Bucket::new(self.clone(), self.run(bucket).await?))
    }

    /// Downloads the version with this ID.
    pub fn download_by_id(&self, file_id: impl Into<String>) -> DownloadBuilder {
        DownloadBuilder::new(self.clone(), NewDownload::by_id(file_id))
    }

    /// Everything about the version with this ID.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound), and those of the operation.
    pub async fn file_info(&self, file_id: impl Into<String>) -> Result<FileVersion, Error> {
        self.run(GetFileInfo::new(file_id.into())).await
    }

    /// Lists the parts of an unfinished large file.
    pub fn parts(&self, file_id: impl Into<String>) -> Listing<Part> {
        Listing::new(self.clone(), ListParts::<String, PartsPage>::new(file_id.into()))
    }

    /// Gives up an unfinished large file and deletes its parts.
    ///
    /// # Errors
    /// Those of the operation.
    pub async fn cancel_large_file(
        &self,
        file_id: impl Into<String>,
    ) -> Result<CancelledLargeFile, Error> {
        self.run(CancelLargeFile::new(file_id.into())).await
    }

    /// Lists the account's application keys.
    pub fn keys(&self) -> Listing<Key> {
        Listing::new(self.clone(), ListKeys::default())
    }

    /// Creates an application key. Its secret is told this once.
    ///
    /// # Errors
    /// Those of the operation.
    pub async fn create_key(&self, key: CreateKey) -> Result<CreatedKey, Error> {
        self.run(key).await
    }

    /// Deletes an application key.
    ///
    /// # Errors
    /// Those of the operation.
    pub async fn delete_key(&self, key_id: &str) -> Result<Key, Error> {
        self.run(DeleteKey::new(key_id)).await
    }

    /// The URL of the version with this ID, for those who may read it.
    ///
    /// # Errors
    /// Those of the login.
    pub async fn download_url_by_id(&self, file_id: &str) -> Result<String, Error> {
        let base = self.download_base().await?;
        Ok(Target::FileById { base: &base, file_id, query: &NO_QUERY }.to_string())
    }

    pub(crate) async fn download_base(&self) -> Result<String, Error> {
        Ok(self.authorize().await?.storage_api.download_url.clone())
    }

    async fn find(&self, list: ListBuckets) -> Result<Bucket, Error> {
        let found = self.run(list.all_types()).await?.into_iter().next();
        let missing = || Error::new(ErrorKind::NotFound, "there is no such bucket");
        Ok(Bucket::new(self.clone(), found.ok_or_else(missing)?))
    }
}
