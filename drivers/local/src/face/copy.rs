//! What a copy on the server is made of, and its options.

use core::ops::Range;

use b2_proto::error::Error;
use b2_proto::machine::copy::{Copied, CopyOptions, CopySource, CopyTarget, FileCopy};
use b2_proto::model::BucketId;

use super::Settings;

/// A copy as a value.
#[derive(Clone, Debug)]
pub struct CopySpec {
    /// Which version.
    pub source: CopySource,
    /// Only these bytes of it.
    pub range: Option<Range<u64>>,
    /// What the new file is to be.
    pub target: CopyTarget,
    /// How it is copied.
    pub options: CopyOptions,
}

impl CopySpec {
    /// A copy as the client's settings say.
    pub fn new(source: CopySource, target: CopyTarget, settings: &Settings) -> Self {
        let options = CopyOptions { lanes: settings.lanes(), ..CopyOptions::default() };
        Self { source, range: None, target, options }
    }

    /// The bucket it goes to.
    pub fn bucket(&self) -> BucketId {
        self.target.bucket_id().clone()
    }

    /// The job.
    ///
    /// # Errors
    /// [`InvalidInput`](b2_proto::error::ErrorKind::InvalidInput) when the range has no bytes.
    pub fn machine(self) -> Result<FileCopy, Error> {
        let source = match self.range {
            Some(range) => self.source.bytes(range)?,
            None => self.source,
        };
        Ok(FileCopy::new(source, self.target, self.options))
    }
}

/// Length of a copy, in bytes.
pub const fn copied_len(copied: &Copied) -> Option<u64> {
    Some(copied.file.content_length)
}

/// Writes a driver's `CopyBuilder`, which has the options of a copy. The driver has its own
/// `Client` and `JobIo` in scope, and gives the example.
#[macro_export]
macro_rules! copy_face {
    ($(#[$example:meta])* $($async:ident $await:ident)?) => {
        use $crate::face::types::*;

        #[doc = $crate::begins!($($async)? "A copy that begins")]
        ///
        /// The service copies a file of up to 5 GB in one call, and more in parts at the same
        /// time. The bytes do not come here. Content type and file info are the source's unless
        /// both are replaced; locks and encryption are never copied.
        #[doc = $crate::given_up!($($async)? "the copy")]
        ///
        $(#[$example])*
        #[must_use = "a copy begins when it is sent"]
        pub struct CopyBuilder {
            client: Client,
            spec: CopySpec,
            listener: Option<Listener>,
        }

        impl CopyBuilder {
            pub(crate) fn new(client: Client, source: CopySource, target: CopyTarget) -> Self {
                let spec = CopySpec::new(source, target, client.settings());
                Self { client, spec, listener: None }
            }

            #[doc = $crate::sends!($($async)? "Copies")]
            ///
            /// # Errors
            /// [Those](ErrorKind) of the operations and of the network.
            pub $($async)? fn send(self) -> Result<Copied, Error> {
                let bucket = self.spec.bucket();
                let place = self.client.place()$(.$await)?;
                let machine = self.spec.machine()?;
                let (io, len) = (JobIo::default(), $crate::face::copied_len);
                let running = self.client.carry_out(machine, io, self.listener, place, len);
                let copied = running$(.$await)?;
                self.client.learn_from(copied, &bucket)$(.$await)?
            }
        }

        $crate::awaited_face!($($async $await)? CopyBuilder -> Copied);
        $crate::cancel_face!($($async)? CopyBuilder, "the copy");

        $crate::parts_face! {
            CopyBuilder, "copy", "continue it",
            /// Continues no unfinished large file. Without this one of the same source, range and
            /// parts is continued, if there is one.
        }

        impl CopyBuilder {
            /// Copies only these bytes of the source.
            pub fn range(mut self, range: ::core::ops::Range<u64>) -> Self {
                self.spec.range = Some(range);
                self
            }

            /// The key the source is encrypted with (SSE-C).
            pub fn source_key(mut self, key: ::b2_proto::machine::copy::NamedKey) -> Self {
                self.spec.source = self.spec.source.customer_key(key);
                self
            }

            /// A MIME type in place of the source's. File info must be given with it, or
            /// [`no_info`](Self::no_info).
            pub fn content_type(self, content_type: impl Into<String>) -> Self {
                self.with(|target| target.content_type(content_type))
            }

            /// An entry of file info. All of the source's is replaced, so a content type must be
            /// given too.
            pub fn info(self, key: impl Into<String>, value: impl Into<String>) -> Self {
                self.with(|target| target.info(key, value))
            }

            /// No file info of the source's.
            pub fn no_info(self) -> Self {
                self.with(::b2_proto::machine::copy::CopyTarget::no_info)
            }

            /// A header of later downloads, kept as file info.
            pub fn override_header(
                self,
                header: ::b2_proto::info::Override,
                value: impl Into<String>,
            ) -> Self {
                self.with(|target| target.header(header, value))
            }

            /// Asks for the source's content type and file info if they have to be written anew,
            /// because source and copy have customer keys with different IDs.
            pub const fn fetch_metadata(mut self) -> Self {
                self.spec.options.fetch_metadata = true;
                self
            }

            /// How the copy is encrypted at rest; without it the bucket's default decides.
            pub fn encryption(
                self,
                encryption: impl Into<::b2_proto::machine::copy::TargetEncryption>,
            ) -> Self {
                self.with(|target| target.encryption(encryption.into()))
            }

            /// Protects the copy from deletion for a time.
            pub fn retention(self, retention: ::b2_proto::model::FileRetention) -> Self {
                self.with(|target| target.retention(retention))
            }

            /// Sets a legal hold, or explicitly sets none.
            pub fn legal_hold(self, is_on: bool) -> Self {
                let hold = ::b2_proto::model::LegalHold::from_bool(is_on);
                self.with(|target| target.legal_hold(hold))
            }

            /// The longest part in bytes. What is no longer is copied in one call.
            pub const fn part_len_max(mut self, len: u64) -> Self {
                self.spec.options.sizes.max = Some(len);
                self
            }

            /// The shortest part the caller wants, in bytes.
            pub const fn part_len_min(mut self, len: u64) -> Self {
                self.spec.options.sizes.min = Some(len);
                self
            }

            /// Calls `listener` with each news of the copy, where it is waited for.
            pub fn progress(
                mut self,
                listener: impl Fn(::b2_proto::machine::Progress) + Send + 'static,
            ) -> Self {
                self.listener = Some($crate::face::progress_listener(listener));
                self
            }

            fn with(
                mut self,
                change: impl FnOnce(
                    ::b2_proto::machine::copy::CopyTarget,
                ) -> ::b2_proto::machine::copy::CopyTarget,
            ) -> Self {
                self.spec.target = change(self.spec.target);
                self
            }
        }

        impl ::core::fmt::Debug for CopyBuilder {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct("CopyBuilder")
                    .field("source", &self.spec.source)
                    .field("target", &self.spec.target)
                    .finish_non_exhaustive()
            }
        }
    };
}
