//! The methods of a client that are operations.

/// Writes the methods of a driver's `Client` that are one operation each: on the account, its
/// buckets and keys, and on files by their ID, and those that make one. The driver has its own
/// `Bucket`, `Client`, `ClientBuilder`, `DownloadBuilder`, `JobBuilder` and `Listing` in scope;
/// `Client::run` performs an operation and `Client::ask_store` asks the account store.
#[macro_export]
macro_rules! client_face {
    ($($async:ident $await:ident)?) => {
        use $crate::face::types::*;

        impl Client {
            /// Settings for a new client.
            pub fn builder() -> ClientBuilder {
                ClientBuilder::default()
            }

            /// A client from the variables `B2_APPLICATION_KEY_ID`, `B2_APPLICATION_KEY` and, for
            /// another realm than the real service, `B2_ENVIRONMENT`.
            ///
            /// # Errors
            /// [`InvalidInput`](ErrorKind::InvalidInput) when one is missing or cannot be used.
            pub fn from_env() -> Result<Self, Error> {
                ClientBuilder::from_settings(Settings::from_env()?).build()
            }

            /// A client that starts from the login that a store keeps, and keeps there what it
            /// learns: each login that takes the place of this one, by the end of the job that
            /// made it, and names of buckets.
            ///
            /// The store is read at once, in the thread of the caller, whatever it waits for; all
            /// that a client asks of it later is done where waiting is allowed. A task does this
            /// on a thread for that, as with `spawn_blocking` of tokio or `unblock` of smol.
            ///
            /// # Errors
            /// [`InvalidInput`](ErrorKind::InvalidInput) when the store keeps none, and those of
            /// the store.
            pub fn from_store(store: Arc<dyn AccountStore>) -> Result<Self, Error> {
                let missing = || Error::invalid("no login is kept there; log in first");
                let login = Login::from_store(store)?.ok_or_else(missing)?;
                ClientBuilder::default().login(login).build()
            }

            /// A client with the login that Backblaze's own tools, or `b2 account authorize`, kept
            /// for a profile; for none when the name is empty. The file is read at once, as with
            /// [`from_store`](Self::from_store), and another process may hold it up for 20 seconds.
            ///
            /// # Errors
            /// [`InvalidInput`](ErrorKind::InvalidInput) when nothing is kept there or it cannot be
            /// used.
            #[cfg(feature = "sqlite")]
            pub fn from_profile(profile: &str) -> Result<Self, Error> {
                ClientBuilder::from_settings(Settings::from_profile(profile)?).build()
            }

            /// Runs any machine, of the core or of the caller's own, with what it reads from and
            /// writes to.
            pub fn run_job<M>(&self, machine: M) -> JobBuilder<M::Output>
            where
                M: Machine + Send + 'static,
                M::Output: Send + 'static,
            {
                JobBuilder::new(self.clone(), Box::new(machine))
            }

            /// What this client and its clones have asked of the service so far: transactions by
            /// class and operation, bytes in both directions, further attempts.
            ///
            /// ```
            /// use b2_proto::policy::meter::{Budget, Meter};
            ///
            /// // What a client with a budget of 500 transactions of class C has left of them:
            /// let budget = Budget { class_c: Some(500), ..Budget::default() };
            /// let left = |meter: &Meter| budget.class_c.map(|limit| limit - meter.class_c);
            /// assert_eq!(left(&Meter::default()), Some(500));
            /// ```
            pub fn meter(&self) -> Meter {
                self.flow().hub().meter()
            }

            /// Changes how much may be asked of the service, counted from the beginning; `None`
            /// takes the limit away.
            pub fn set_budget(&self, budget: Option<Budget>) {
                self.flow().hub().set_budget(budget);
            }

            /// Changes how many bytes of payload are sent in a second at most, for requests that
            /// are under way too; `None` takes the limit away.
            pub fn set_bandwidth_up(&self, bytes_per_second: Option<u64>) {
                self.flow().hub().pace().up.set_rate(bytes_per_second);
            }

            /// The same for bytes of files that are received.
            pub fn set_bandwidth_down(&self, bytes_per_second: Option<u64>) {
                self.flow().hub().pace().down.set_rate(bytes_per_second);
            }

            /// All buckets of the account.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation; a key that is restricted to buckets may not
            /// list all.
            pub $($async)? fn buckets(&self) -> Result<Vec<BucketInfo>, Error> {
                let list = ListBuckets::default();
                let buckets = self.run(list.clone())$(.$await)??;
                self.learn(NameChange::listed(&list, &buckets))$(.$await)?;
                Ok(buckets)
            }

            /// The bucket with this name. The service is asked only when neither the key's rights
            /// nor the account store knows the name, so the bucket may have been deleted
            /// meanwhile; [`Bucket::refresh`] tells.
            ///
            /// # Errors
            /// [`NotFound`](ErrorKind::NotFound), [`Unauthorized`](ErrorKind::Unauthorized) when
            /// the key is restricted to other buckets, and [those](ErrorKind) of the operation. A
            /// store that cannot be read knows no name.
            pub $($async)? fn bucket(&self, name: impl Into<String>) -> Result<Bucket, Error> {
                let name = name.into();
                let known = self.authorize()$(.$await)??;
                let asked = name.clone();
                let find = move |accounts: &Accounts| accounts.find(&known, &asked);
                match self.ask_store(find)$(.$await)??? {
                    Some(id) => Ok(Bucket::known(self.clone(), id, name)),
                    None => self.find(ListBuckets::default().name(name))$(.$await)?,
                }
            }

            /// The bucket with this ID. The service is asked only when neither the key's rights
            /// nor the account store knows its name, as with [`bucket`](Self::bucket).
            ///
            /// # Errors
            /// As of [`bucket`](Self::bucket).
            pub $($async)? fn bucket_by_id(&self, id: &str) -> Result<Bucket, Error> {
                let id = BucketId::from(id);
                let known = self.authorize()$(.$await)??;
                let asked = id.clone();
                let find = move |accounts: &Accounts| accounts.find_name(&known, &asked);
                match self.ask_store(find)$(.$await)??? {
                    Some(name) => Ok(Bucket::known(self.clone(), id, name)),
                    None => self.find(ListBuckets::default().id(id))$(.$await)?,
                }
            }

            /// Creates a bucket.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation.
            pub $($async)? fn create_bucket(&self, bucket: CreateBucket) -> Result<Bucket, Error> {
                let bucket = self.run(bucket)$(.$await)??;
                self.learn(NameChange::bucket(&bucket))$(.$await)?;
                Ok(Bucket::new(self.clone(), bucket))
            }

            /// Downloads the version with this ID.
            pub fn download_by_id(&self, file_id: impl Into<String>) -> DownloadBuilder {
                DownloadBuilder::new(self.clone(), NewDownload::by_id(file_id))
            }

            /// Downloads a version of which a listing or [`file_info`](Self::file_info) has told.
            /// A customer key that is missing or wrong is refused before anything is sent.
            pub fn download_version(&self, file: &FileVersion) -> DownloadBuilder {
                DownloadBuilder::new(self.clone(), NewDownload::of_version(file))
            }

            /// Everything about the version with this ID.
            ///
            /// # Errors
            /// [`NotFound`](ErrorKind::NotFound), and [those](ErrorKind) of the operation.
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

            /// Gives up an unfinished large file and deletes its parts. Gives nothing when the
            /// answer was lost and the file is not there any more.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation.
            pub $($async)? fn cancel_large_file(
                &self,
                file_id: impl Into<String>,
            ) -> Result<Option<CancelledLargeFile>, Error> {
                self.run(CancelLargeFile::new(file_id.into()))$(.$await)?
            }

            /// Lists the account's application keys.
            pub fn keys(&self) -> Listing<Key> {
                self.list(ListKeys::default())
            }

            /// The application key with this ID; `None` when there is none.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation.
            pub $($async)? fn key(&self, key_id: &str) -> Result<Option<Key>, Error> {
                Ok(self.run(ListKeys::one(key_id))$(.$await)??.into_first(key_id))
            }

            /// Creates an application key. Its secret is told this once.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation.
            pub $($async)? fn create_key(&self, key: CreateKey) -> Result<CreatedKey, Error> {
                self.run(key)$(.$await)?
            }

            /// Deletes an application key. Gives what it was, or nothing when the answer was
            /// lost and the key is not there any more.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operation.
            pub $($async)? fn delete_key(&self, key_id: &str) -> Result<Option<Key>, Error> {
                self.run(DeleteKey::new(key_id))$(.$await)?
            }

            /// The URL of the version with this ID, for those who may read it.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the login.
            pub $($async)? fn download_url_by_id(&self, file_id: &str) -> Result<String, Error> {
                let base = self.download_base()$(.$await)??;
                Ok(Target::FileById { base: &base, file_id, query: NO_QUERY }.to_string())
            }

            pub(crate) $($async)? fn download_base(&self) -> Result<String, Error> {
                Ok(self.authorize()$(.$await)??.storage_api.download_url.clone())
            }

            pub(crate) $($async)? fn find(&self, list: ListBuckets) -> Result<Bucket, Error> {
                let list = list.all_types();
                let found = self.run(list.clone())$(.$await)??;
                self.learn(NameChange::listed(&list, &found))$(.$await)?;
                let missing = || Error::new(ErrorKind::NotFound, "there is no such bucket");
                let bucket = found.into_iter().next().ok_or_else(missing)?;
                Ok(Bucket::new(self.clone(), bucket))
            }

            /// Keeps what was learnt about bucket names. They are a cache, so trouble with that is
            /// no trouble of the operation, whose success must be told.
            pub(crate) $($async)? fn learn(&self, change: NameChange) {
                let Ok(known) = self.authorize()$(.$await)? else { return };
                let learn = move |accounts: &Accounts| accounts.learn(&known, &change);
                let _ = self.ask_store(learn)$(.$await)?;
            }

            /// Passes a result on; if it is that the bucket is gone, its name is forgotten.
            pub(crate) $($async)? fn learn_from<T>(
                &self,
                result: Result<T, Error>,
                bucket: &BucketId,
            ) -> Result<T, Error> {
                if let Err(error) = &result
                    && let Some(change) = NameChange::failed(error, bucket)
                {
                    $crate::apart!($($async)? self.learn(change))$(.$await)?;
                }
                result
            }
        }
    };
}

/// A future on the heap, or a value: what is rare would make every future that may need it large.
#[doc(hidden)]
#[macro_export]
macro_rules! apart {
    (async $future:expr) => {
        Box::pin($future)
    };
    ($value:expr) => {
        $value
    };
}
