//! Comparing a folder with a bucket.

/// Writes a driver's `VerifyBuilder` and `Verification`. The driver has its own `Bucket` and
/// `Listing` in scope.
#[macro_export]
macro_rules! verify_face {
    ($($async:ident $await:ident)?) => {
        use $crate::face::types::{Error, ListEntry};
        use $crate::verify::{Comparison, Found, Need, VerifySpec};
        use ::b2_proto::plan::sync::{Everything, PathFilter};

        impl Bucket {
            /// Compares a folder with the bucket, name by name, without a download: local files
            /// are hashed, and their digests compared with those the bucket keeps.
            pub fn verify(&self, folder: impl Into<::std::path::PathBuf>) -> VerifyBuilder {
                VerifyBuilder { bucket: self.clone(), spec: VerifySpec::new(folder) }
            }
        }

        /// A comparison that begins when it is [started](Self::start).
        #[derive(Clone, Debug)]
        #[must_use = "a comparison begins when it is started"]
        pub struct VerifyBuilder<F = Everything> {
            bucket: Bucket,
            spec: VerifySpec<F>,
        }

        impl<F: PathFilter + Clone + Send + 'static> VerifyBuilder<F> {
            /// Compares with the names that begin with this, without it: nothing, or a folder in
            /// the bucket with a slash at its end.
            pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
                self.spec.prefix = prefix.into();
                self
            }

            /// How the folder is walked.
            pub const fn walk(mut self, options: $crate::walk::WalkOptions) -> Self {
                self.spec.walk = options;
                self
            }

            /// Leaves names out on both sides.
            pub fn filter<G>(self, filter: G) -> VerifyBuilder<G> {
                VerifyBuilder { bucket: self.bucket, spec: self.spec.filter(filter) }
            }

            /// Keeps digests of files in this file, so that files that did not change since need
            /// not be read; see [`b2_local::index`].
            pub fn index(mut self, path: impl Into<::std::path::PathBuf>) -> Self {
                self.spec.index = Some(path.into());
                self
            }

            /// Looks for the content in older versions where the visible one is something else, or
            /// hidden. All versions are listed for that.
            pub const fn versions(mut self) -> Self {
                self.spec.versions = true;
                self
            }

            /// Starts it. Nothing is read or listed before the first
            /// [`next`](Verification::next).
            pub fn start(self) -> Verification<F> {
                let Self { bucket, spec } = self;
                let rows = if spec.versions {
                    bucket.list_versions(bucket.versions_options().prefix(spec.prefix.as_str()))
                } else {
                    bucket.list_names(bucket.names_options().prefix(spec.prefix.as_str()))
                };
                Verification { bucket, rows, comparison: Comparison::new(spec) }
            }
        }

        /// A comparison under way: one finding for each name, in the order of names.
        #[derive(Debug)]
        pub struct Verification<F = Everything> {
            bucket: Bucket,
            rows: Listing<ListEntry>,
            comparison: Comparison<F>,
        }

        impl<F: PathFilter + Clone + Send + 'static> Verification<F> {
            /// What is known about the next name; nothing at the end.
            ///
            /// # Errors
            /// A folder that cannot be walked, and those of the listing. What is wrong with one
            /// file is its finding.
            pub $($async)? fn next(&mut self) -> Result<Option<Found>, Error> {
                loop {
                    match self.comparison.step()? {
                        Need::Work(work) => {
                            let client = self.bucket.client();
                            let done = client.apart_until_given_up(move |it| work.run(it));
                            let done = done$(.$await)???;
                            self.comparison.done(done)?;
                        }
                        Need::Row => {
                            let row = self.rows.try_next()$(.$await)??;
                            self.comparison.row(row);
                        }
                        Need::Found(found) => return Ok(Some(*found)),
                        Need::End => return Ok(None),
                    }
                }
            }

            /// What it comes to so far.
            pub const fn totals(&self) -> &::b2_proto::plan::sync::verify::Totals {
                self.comparison.totals()
            }

            /// What somebody should know about the rules of names: lines of ignore files that are
            /// no patterns. A hundred at most.
            pub fn notices(&self) -> &[::std::string::String] {
                self.comparison.notices()
            }

            /// Why the index was of no use, or not written, if that is so.
            pub const fn index_note(&self) -> Option<&$crate::index::Note> {
                self.comparison.index_note()
            }
        }
    };
}
