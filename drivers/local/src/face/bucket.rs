//! A bucket and what is done in it.

/// Writes a driver's `Bucket`. The driver has its own `Client`, `CopyBuilder`, `DownloadBuilder`,
/// `Listing`, `Source` and `UploadBuilder` in scope.
#[macro_export]
macro_rules! bucket_face {
    ($($async:ident $await:ident)?) => {
        use $crate::face::types::*;

        $crate::bucket_listing_face!($($async $await)?);
        $crate::bucket_locks_face!($($async $await)?);
        $crate::bucket_rules_face!($($async $await)?);
        $crate::replication_face!($($async $await)?);

        /// A bucket of the account.
        #[derive(Clone, Debug)]
        pub struct Bucket {
            client: Client,
            id: BucketId,
            name: String,
            info: Option<Box<BucketInfo>>,
        }

        impl Bucket {
            pub(crate) fn new(client: Client, info: BucketInfo) -> Self {
                let (id, name) = (info.bucket_id.clone(), info.bucket_name.clone());
                Self { client, id, name, info: Some(Box::new(info)) }
            }

            /// A bucket of which only this is known.
            pub(crate) const fn known(client: Client, id: BucketId, name: String) -> Self {
                Self { client, id, name, info: None }
            }

            /// Everything the service said about it; `None` when it was not asked yet, because
            /// the name was known. [`refresh`](Self::refresh) asks.
            pub fn known_info(&self) -> Option<&BucketInfo> {
                self.info.as_deref()
            }

            /// Its name.
            pub fn name(&self) -> &str {
                &self.name
            }

            /// Its ID.
            pub fn id(&self) -> &str {
                self.id.as_str()
            }

            /// The client it was looked up with.
            pub const fn client(&self) -> &Client {
                &self.client
            }

            /// Asks the service about it.
            ///
            /// # Errors
            /// [`NotFound`](ErrorKind::NotFound) when it is gone, and [those](ErrorKind) of the
            /// operation.
            pub $($async)? fn refresh(&mut self) -> Result<&BucketInfo, Error> {
                let now = self.client.find(ListBuckets::default().id(self.id()))$(.$await)??;
                let missing = || Error::new(ErrorKind::NotFound, "there is no such bucket");
                let info = now.info.ok_or_else(missing)?;
                self.name.clone_from(&info.bucket_name);
                Ok(self.info.insert(info))
            }

            /// What it takes to change this bucket: add what is to change and give it to
            /// [`update`](Self::update) of the same bucket.
            pub fn change(&self) -> UpdateBucket {
                UpdateBucket::new(self.id.clone())
            }

            /// Changes settings of the bucket and keeps what the service says about it then.
            ///
            /// # Errors
            /// [`InvalidInput`](ErrorKind::InvalidInput) for a change of another bucket,
            /// [`Conflict`](ErrorKind::Conflict) when a revision was demanded and somebody else was
            /// faster, and [those](ErrorKind) of the operation.
            pub $($async)? fn update(
                &mut self,
                update: UpdateBucket,
            ) -> Result<&BucketInfo, Error> {
                self.check_own(update.bucket_id.as_str())?;
                let info = self.run(update)$(.$await)??;
                self.client.learn(NameChange::bucket(&info))$(.$await)?;
                self.name.clone_from(&info.bucket_name);
                Ok(self.info.insert(Box::new(info)))
            }

            /// Deletes the bucket, which must be empty. Gives what it was, or nothing when the
            /// answer was lost and the bucket is not there any more.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation.
            pub $($async)? fn delete(self) -> Result<Option<BucketInfo>, Error> {
                let info = self.run(DeleteBucket::new(self.id.clone()))$(.$await)??;
                self.client.learn(NameChange::deleted(self.id))$(.$await)?;
                Ok(info)
            }

            /// Uploads a path, bytes or a [reader](Source::reader) as a new version of `name`.
            pub fn upload(
                &self,
                name: impl Into<String>,
                source: impl Into<Source>,
            ) -> UploadBuilder {
                let file = NewFile::new(self.id(), name);
                UploadBuilder::new(self.client.clone(), file, source.into())
            }

            /// Copies a version of this or another bucket to a new version of `name`, without
            /// moving its bytes here. The source is its ID, or what is known about it.
            pub fn copy(
                &self,
                source: impl Into<CopySource>,
                name: impl Into<String>,
            ) -> CopyBuilder {
                let target = CopyTarget::new(self.id.clone(), name);
                CopyBuilder::new(self.client.clone(), source.into(), target)
            }

            /// Downloads the newest version of `name`.
            pub fn download(&self, name: impl Into<String>) -> DownloadBuilder {
                DownloadBuilder::new(
                    self.client.clone(),
                    NewDownload::by_name(self.name(), name),
                )
            }

            /// What is known about the newest version of `name`, without its bytes: what the
            /// headers of a download tell. [`Client::file_info`] tells everything about a version
            /// by its ID.
            ///
            /// # Errors
            /// [`NotFound`](ErrorKind::NotFound), and [those](ErrorKind) of the operation.
            pub $($async)? fn head(
                &self,
                name: impl Into<String>,
            ) -> Result<DownloadInfo, Error> {
                self.client.run(HeadFileByName::new(self.name(), name))$(.$await)?
            }

            /// The same of a file encrypted with the customer's key (SSE-C). A key that does not
            /// fit is refused by the service, which has no words for it here.
            ///
            /// # Errors
            /// [`NotFound`](ErrorKind::NotFound), and [those](ErrorKind) of the operation.
            pub $($async)? fn head_with_key(
                &self,
                name: impl Into<String>,
                key: &CustomerKey,
            ) -> Result<DownloadInfo, Error> {
                let head = HeadFileByName::new(self.name(), name).customer_key(key.clone());
                self.client.run(head)$(.$await)?
            }

            /// Makes `name` look deleted; its versions stay.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation.
            pub $($async)? fn hide(&self, name: impl Into<String>) -> Result<FileVersion, Error> {
                self.run(HideFile::new(self.id().to_owned(), name.into()))$(.$await)?
            }

            /// Makes a hidden `name` visible again: deletes its newest version if that is a hide
            /// marker, and tells which that was.
            ///
            /// # Errors
            /// [`Conflict`](ErrorKind::Conflict) when the name is not hidden,
            /// [`NotFound`](ErrorKind::NotFound) when there is none, and [those](ErrorKind) of the
            /// operations.
            pub $($async)? fn unhide(
                &self,
                name: impl Into<String>,
            ) -> Result<DeletedFileVersion, Error> {
                self.perform(Unhide::new(self.id(), name))$(.$await)?
            }

            /// Deletes one version of a file for good.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation.
            pub $($async)? fn delete_version(
                &self,
                name: impl Into<String>,
                file_id: impl Into<String>,
            ) -> Result<DeletedFileVersion, Error> {
                self.client.run(DeleteFileVersion::new(file_id.into(), name.into()))$(.$await)?
            }

            /// A token that permits downloads of names that begin with `prefix`, for so many
            /// seconds: 1 to 604,800, a week.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation.
            pub $($async)? fn download_authorization(
                &self,
                prefix: impl Into<String>,
                valid_s: u32,
            ) -> Result<DownloadAuthorization, Error> {
                let bucket = self.id.clone();
                self.run(GetDownloadAuthorization::new(bucket, prefix, valid_s))$(.$await)?
            }

            /// Refuses what was made for another bucket, as [`change`](Self::change) of that one.
            fn check_own(&self, bucket: &str) -> Result<(), Error> {
                if bucket == self.id() {
                    return Ok(());
                }
                let own = self.id();
                let message =
                    format_args!("the options are of the bucket {bucket}, and this one is {own}");
                Err(Error::with_message(ErrorKind::InvalidInput, message))
            }

            /// Performs an operation on the bucket; if it is gone, its name is forgotten.
            $($async)? fn run<O>(&self, operation: O) -> Result<O::Output, Error>
            where
                O: Operation + Send + 'static,
                O::Output: Send + 'static,
            {
                self.perform(Single::new(operation))$(.$await)?
            }

            /// Runs a machine that is about the bucket; if it is gone, its name is forgotten.
            $($async)? fn perform<M>(&self, machine: M) -> Result<M::Output, Error>
            where
                M: Machine + Send + 'static,
                M::Output: Send + 'static,
            {
                let result = self.client.perform(machine)$(.$await)?;
                self.client.learn_from(result, &self.id)$(.$await)?
            }

            /// The URL of `name`, for those who may read the bucket.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the login.
            pub $($async)? fn download_url(&self, name: &str) -> Result<String, Error> {
                let base = self.client.download_base()$(.$await)??;
                let bucket = self.name();
                Ok(Target::FileByName { base: &base, bucket, name, query: NO_QUERY }
                    .to_string())
            }
        }
    };
}
