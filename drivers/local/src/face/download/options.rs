//! The options of a download.

/// Writes the options of a driver's `DownloadBuilder`.
#[doc(hidden)]
#[macro_export]
macro_rules! download_options_face {
    () => {
        impl DownloadBuilder {
            /// Only these bytes of the file, the end not included; the whole file unless set. A
            /// range without bytes is refused, and one that ends behind the file ends with it.
            pub const fn range(mut self, range: ::core::ops::Range<u64>) -> Self {
                self.spec.range = Some(range);
                self
            }

            /// Most ranges at the same time, between 1 and 64, in place of the client's setting.
            pub fn lanes(mut self, count: u16) -> Self {
                self.spec.lanes = count.clamp(1, $crate::face::LANES_MAX);
                self
            }

            /// A further range is fetched at the same time for each so many bytes, 100 MiB unless
            /// set; not 0.
            pub const fn lane_len_min(mut self, len: u64) -> Self {
                self.spec.lane_len_min = Some(len);
                self
            }

            /// The customer's key that the file is encrypted with, to decrypt it.
            pub fn customer_key(mut self, key: &::b2_proto::model::CustomerKey) -> Self {
                let key = ::b2_proto::op::new_file::CustomerKeyText::new(key, None);
                self.spec.request = self.spec.request.customer_key(key);
                self
            }

            /// A token from a download authorization, in place of the account's.
            pub fn token(mut self, token: ::b2_proto::secret::Secret) -> Self {
                self.spec.request = self.spec.request.token(token);
                self
            }

            /// Asks the service for another value of a header of its answer, as a browser gets it
            /// that follows a URL; it shows in what is known of the file then.
            pub fn override_header(
                mut self,
                header: ::b2_proto::info::Override,
                value: impl Into<String>,
            ) -> Self {
                self.spec.request = self.spec.request.header(header, value);
                self
            }

            /// The SHA-1 the whole file must have. Another one is
            /// [`Corrupted`](::b2_proto::error::ErrorKind::Corrupted).
            pub const fn expect_sha1(mut self, sha1: ::b2_proto::wire::text::Sha1) -> Self {
                self.spec.expected_sha1 = Some(sha1);
                self
            }

            /// Begins anew, whatever an earlier download to the same path has left, and leaves
            /// nothing when it fails itself.
            pub const fn no_continue(mut self) -> Self {
                self.spec.continues = false;
                self
            }

            /// Calls `listener` with each news of the download, where it is waited for: the
            /// download goes on when it returns.
            pub fn progress(
                mut self,
                listener: impl Fn(::b2_proto::machine::Progress) + Send + 'static,
            ) -> Self {
                self.listener = Some($crate::face::progress_listener(listener));
                self
            }
        }
    };
}
