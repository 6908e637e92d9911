//! The methods of a client that are operations.

/// Writes the methods of a driver's `Client` that are one operation each: on the account, its
/// buckets and keys, and on files by their ID. The driver has its own `Bucket`, `Client`,
/// `DownloadBuilder` and `Listing` in scope, and `Client::run` performs an operation.
#[macro_export]
macro_rules! client_face {
    ($($async:ident $await:ident)?) => {
        use $crate::face::types::*;

        impl Client {
            /// All buckets of the account.
            ///
            /// # Errors
            /// Those of the operation; a key that is restricted to buckets may not list all.
            pub $($async)? fn buckets(&self) -> Result<Vec<BucketInfo>, Error> {
                self.run(ListBuckets::default())$(.$await)?
            }

            /// The bucket with this name.
            ///
            /// # Errors
            /// [`NotFound`](ErrorKind::NotFound), and those of the operation.
            pub $($async)? fn bucket(&self, name: impl Into<String>) -> Result<Bucket, Error> {
                self.find(ListBuckets::default().name(name))$(.$await)?
            }

            /// The bucket with this ID.
            ///
            /// # Errors
            /// [`NotFound`](ErrorKind::NotFound), and those of the operation.
            pub $($async)? fn bucket_by_id(&self, id: &str) -> Result<Bucket, Error> {
                self.find(ListBuckets::default().id(id))$(.$await)?
            }

            /// Creates a bucket.
            ///
            /// # Errors
            /// Those of the operation.
            pub $($async)? fn create_bucket(&self, bucket: CreateBucket) -> Result<Bucket, Error> {
                Ok(Bucket::new(self.clone(), self.run(bucket)$(.$await)??))
            }

            /// Downloads the version with this ID.
            pub fn download_by_id(&self, file_id: impl Into<String>) -> DownloadBuilder {
                DownloadBuilder::new(self.clone(), NewDownload::by_id(file_id))
            }

            /// Everything about the version with this ID.
            ///
            /// # Errors
            /// [`NotFound`](ErrorKind::NotFound), and those of the operation.
            pub $($async)? fn file_info(
                &self,
                file_id: impl Into<String>,
            ) -> Result<FileVersion, Error> {
                self.run(GetFileInfo::new(file_id.into()))$(.$await)?
            }

            /// Lists the parts of an unfinished large file.
            pub fn parts(&self, file_id: impl Into<String>) -> Listing<Part> {
                self.list(ListParts::<String, PartsPage>::new(file_id.into()))
            }

            /// Gives up an unfinished large file and deletes its parts.
            ///
            /// # Errors
            /// Those of the operation.
            pub $($async)? fn cancel_large_file(
                &self,
                file_id: impl Into<String>,
            ) -> Result<CancelledLargeFile, Error> {
                self.run(CancelLargeFile::new(file_id.into()))$(.$await)?
            }

            /// Lists the account's application keys.
            pub fn keys(&self) -> Listing<Key> {
                self.list(ListKeys::default())
            }

            /// Creates an application key. Its secret is told this once.
            ///
            /// # Errors
            /// Those of the operation.
            pub $($async)? fn create_key(&self, key: CreateKey) -> Result<CreatedKey, Error> {
                self.run(key)$(.$await)?
            }

            /// Deletes an application key.
            ///
            /// # Errors
            /// Those of the operation.
            pub $($async)? fn delete_key(&self, key_id: &str) -> Result<Key, Error> {
                self.run(DeleteKey::new(key_id))$(.$await)?
            }

            /// The URL of the version with this ID, for those who may read it.
            ///
            /// # Errors
            /// Those of the login.
            pub $($async)? fn download_url_by_id(&self, file_id: &str) -> Result<String, Error> {
                let base = self.download_base()$(.$await)??;
                Ok(Target::FileById { base: &base, file_id, query: NO_QUERY }.to_string())
            }

            pub(crate) $($async)? fn download_base(&self) -> Result<String, Error> {
                Ok(self.authorize()$(.$await)??.storage_api.download_url.clone())
            }

            $($async)? fn find(&self, list: ListBuckets) -> Result<Bucket, Error> {
                let found = self.run(list.all_types())$(.$await)??.into_iter().next();
                let missing = || Error::new(ErrorKind::NotFound, "there is no such bucket");
                Ok(Bucket::new(self.clone(), found.ok_or_else(missing)?))
            }
        }
    };
}
