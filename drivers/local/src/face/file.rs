//! The options that tell what a new file is to be.

/// Writes those of a builder that has them in `spec`, which has a method `change`.
#[macro_export]
macro_rules! file_face {
    ($builder:ident) => {
        impl $builder {
            /// The MIME type; without one the service derives it from the name.
            pub fn content_type(self, content_type: impl Into<String>) -> Self {
                self.with(|file| file.content_type(content_type))
            }

            /// An entry of file info. Keys are stored in lower case.
            pub fn info(self, key: impl Into<String>, value: impl Into<String>) -> Self {
                self.with(|file| file.info(key, value))
            }

            /// `Cache-Control` of later downloads.
            pub fn cache_control(self, value: impl Into<String>) -> Self {
                self.with(|file| file.header(::b2_proto::info::Override::CacheControl, value))
            }

            /// `Content-Disposition` of later downloads.
            pub fn content_disposition(self, value: impl Into<String>) -> Self {
                self.with(|file| file.header(::b2_proto::info::Override::ContentDisposition, value))
            }

            /// `Content-Encoding` of later downloads.
            pub fn content_encoding(self, value: impl Into<String>) -> Self {
                self.with(|file| file.header(::b2_proto::info::Override::ContentEncoding, value))
            }

            /// `Content-Language` of later downloads.
            pub fn content_language(self, value: impl Into<String>) -> Self {
                self.with(|file| file.header(::b2_proto::info::Override::ContentLanguage, value))
            }

            /// `Expires` of later downloads.
            pub fn expires(self, value: impl Into<String>) -> Self {
                self.with(|file| file.header(::b2_proto::info::Override::Expires, value))
            }

            /// How the file is encrypted at rest: with a key of the service's
            /// ([`Managed`](::b2_proto::machine::copy::TargetEncryption::Managed)), or with a
            /// customer's key, whose ID is kept with the file. Without it the bucket's default
            /// decides.
            pub fn encryption(
                self,
                encryption: impl Into<::b2_proto::machine::copy::TargetEncryption>,
            ) -> Self {
                self.with(|file| file.encryption(encryption))
            }

            /// Protects the file from deletion for a time.
            pub fn retention(self, retention: ::b2_proto::model::FileRetention) -> Self {
                self.with(|file| file.retention(retention))
            }

            /// Sets a legal hold, or explicitly sets none.
            pub fn legal_hold(self, is_on: bool) -> Self {
                self.with(|file| file.legal_hold(is_on))
            }

            /// Another upload time than now, in milliseconds since 1970, for accounts that may.
            pub fn upload_timestamp_ms(self, ms: u64) -> Self {
                self.with(|file| file.upload_timestamp_ms(ms))
            }

            fn with(
                mut self,
                change: impl FnOnce(
                    ::b2_proto::op::new_file::NewFile,
                ) -> ::b2_proto::op::new_file::NewFile,
            ) -> Self {
                self.spec.change(change);
                self
            }
        }
    };
}
