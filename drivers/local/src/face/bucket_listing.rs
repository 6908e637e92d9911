//! What is in a bucket.

/// Writes the listings of a driver's `Bucket`; part of [`bucket_face!`](crate::bucket_face).
#[doc(hidden)]
#[macro_export]
macro_rules! bucket_listing_face {
    ($($async:ident $await:ident)?) => {
        impl Bucket {
            /// Lists what a path selects, as `b2 ls` does: the file of this name, or else what is
            /// in the folder, with further folders as rows of their own unless the selection is
            /// recursive.
            ///
            /// # Errors
            /// [`InvalidInput`](ErrorKind::InvalidInput) for options that do not go together.
            pub fn ls(
                &self,
                path: impl Into<String>,
                selection: Selection,
            ) -> Result<Listing<Row>, Error> {
                let pages = SelectedPages::new(self.id.clone(), path, selection)?;
                Ok(self.client.rows(pages))
            }

            /// What it takes to list names of this bucket; see [`list_names`](Self::list_names).
            pub fn names_options(&self) -> ListFileNames {
                ListFileNames::new(self.id.clone())
            }

            /// Lists the newest version of each name. Options of another bucket are refused, with
            /// an error in place of the first row.
            pub fn list_names(&self, options: ListFileNames) -> Listing<ListEntry> {
                self.list(options.bucket_id.clone(), options)
            }

            /// What it takes to list versions of this bucket; see
            /// [`list_versions`](Self::list_versions).
            pub fn versions_options(&self) -> ListFileVersions {
                ListFileVersions::new(self.id.clone())
            }

            /// Lists all versions of all names, the newest of each name first. Options of another
            /// bucket are refused as in [`list_names`](Self::list_names).
            pub fn list_versions(&self, options: ListFileVersions) -> Listing<ListEntry> {
                self.list(options.bucket_id.clone(), options)
            }

            /// Lists everything that has exactly this name, the newest first: versions, hide
            /// markers and unfinished large files.
            pub fn versions_of(&self, name: impl Into<String>) -> Listing<FileVersion> {
                self.client.list(VersionsOfName::new(self.id.clone(), name))
            }

            /// Lists all large files that were started and not finished.
            pub fn unfinished(&self) -> Listing<FileVersion> {
                self.list_unfinished(self.unfinished_options())
            }

            /// What it takes to list unfinished large files of this bucket, all or from some file
            /// on, or those whose names begin alike; see
            /// [`list_unfinished`](Self::list_unfinished).
            pub fn unfinished_options(&self) -> ListUnfinished {
                ListUnfinished::new(self.id().to_owned())
            }

            /// Lists large files that were started and not finished. Options of another bucket are
            /// refused as in [`list_names`](Self::list_names).
            pub fn list_unfinished(&self, options: ListUnfinished) -> Listing<FileVersion> {
                self.list(options.bucket_id.clone(), options)
            }

            /// Lists what was asked for, if it is of this bucket.
            fn list<O>(&self, bucket: impl AsRef<str>, options: O) -> Listing<O::Item>
            where
                O: Paged + Clone + PartialEq + Send + Sync + 'static,
                O::Item: Send + 'static,
                O::Output: Send + 'static,
            {
                match self.check_own(bucket.as_ref()) {
                    Ok(()) => self.client.list(options),
                    Err(error) => Listing::refused(error),
                }
            }

            /// Large files that were started and not finished, with the bytes they hold; cancels
            /// them, which deletes their parts, if the options say so.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operations; what is wrong with one file is in its row.
            pub $($async)? fn leftovers(
                &self,
                options: LeftoverOptions,
            ) -> Result<LeftoverList, Error> {
                self.perform(Leftovers::new(self.id(), options))$(.$await)?
            }
        }
    };
}
