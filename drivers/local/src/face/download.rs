//! What a download is made of, and its options.

use core::ops::Range;
use std::path::{Path, PathBuf};

use b2_proto::error::{Cause, Error, ErrorKind};
use b2_proto::id::SinkId;
use b2_proto::machine::download::{Download, DownloadOptions, Downloaded, RangeLane};
use b2_proto::model::DownloadInfo;
use b2_proto::op::new_download::NewDownload;
use b2_proto::wire::range::ByteRange;
use b2_proto::wire::text::Sha1;

use super::Settings;
use crate::sink::{FileSink, Sink};

/// A download without its target.
#[derive(Clone, Debug)]
pub struct DownloadSpec {
    /// Which file.
    pub request: NewDownload,
    /// Only these bytes of it.
    pub range: Option<Range<u64>>,
    /// Most ranges at the same time.
    pub lanes: u16,
    /// A further range is fetched at the same time for each so many bytes.
    pub lane_len_min: Option<u64>,
    /// The SHA-1 the whole file must have.
    pub expected_sha1: Option<Sha1>,
    /// Whether a download to a path goes on from what an earlier one has left.
    pub continues: bool,
}

/// What a download gives.
pub type DownloadResult = Result<Downloaded<DownloadInfo>, Error>;

/// The job of a download.
pub type DownloadJob = Download<NewDownload, Vec<RangeLane>, DownloadInfo>;

impl DownloadSpec {
    /// A download as the client's settings say.
    pub fn new(request: NewDownload, settings: &Settings) -> Self {
        let lanes = settings.lanes();
        let (range, lane_len_min, expected_sha1) = (None, None, None);
        Self { request, range, lanes, lane_len_min, expected_sha1, continues: true }
    }

    /// The sink of a download to a path.
    ///
    /// # Errors
    /// Those of [`FileSink::create`].
    pub fn file_sink(path: PathBuf, continues: bool) -> Result<FileSink, crate::Error> {
        if continues { FileSink::continued(path) } else { FileSink::create(path) }
    }

    /// Goes on from what is in the sink.
    #[must_use]
    pub fn going_on(mut self, sink: &dyn Sink) -> Self {
        self.request = self.request.kept(sink.kept());
        self
    }

    /// Puts what was downloaded in the target's place.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn commit(sink: &dyn Sink, downloaded: &Downloaded<DownloadInfo>) -> Result<(), Error> {
        Ok(sink.commit(downloaded.len, Self::modified_ms(&downloaded.info))?)
    }

    /// The job that downloads to the job's only sink.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) when the range has no bytes, or the key does not
    /// fit what is known of the file.
    pub fn machine(self, can_seek: bool) -> Result<DownloadJob, Error> {
        self.request.check()?;
        let mut options = DownloadOptions::whole(SinkId(0));
        options.can_seek = can_seek;
        options.expected_sha1 = self.expected_sha1;
        options.lane_len_min = self.lane_len_min.unwrap_or(options.lane_len_min);
        if let Some(Range { start, end }) = self.range {
            let range = ByteRange::of(start, end.saturating_sub(start));
            options.range = Some(range.ok_or_else(|| Error::invalid("the range has no bytes"))?);
        }
        let lanes = (0..self.lanes).map(|_| RangeLane::new()).collect();
        Ok(Download::new(self.request, options, lanes))
    }

    /// When the uploader's source was modified; the time of the upload if that was not noted.
    pub fn modified_ms(info: &DownloadInfo) -> Option<u64> {
        // A file cannot have been modified before there was a clock.
        let noted = info.src_last_modified_ms().and_then(|ms| u64::try_from(ms).ok());
        noted.or(Some(info.upload_timestamp_ms))
    }

    /// What a download to memory failed with: the only trouble memory can make is its bound.
    #[must_use]
    pub fn memory_error(mut error: Error) -> Error {
        if error.cause.is_some_and(Cause::is_local) {
            error.kind = ErrorKind::Limit;
            error.cause = None;
        }
        error
    }

    /// What a download failed with because the caller's writer did.
    pub fn writer_error(error: &std::io::Error) -> Error {
        crate::Error::writing(error, Path::new("")).into()
    }
}

/// Writes the options of a driver's `DownloadBuilder`, which has its
/// [`DownloadSpec`](crate::face::DownloadSpec) in `spec` and its listener in `listener`.
#[macro_export]
macro_rules! download_face {
    ($builder:ident) => {
        impl $builder {
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
            pub fn encryption(mut self, key: &::b2_proto::model::CustomerKey) -> Self {
                let key = ::b2_proto::op::new_file::CustomerKeyText::new(key, None);
                self.spec.request = self.spec.request.customer_key(key);
                self
            }

            /// A token from a download authorization, in place of the account's.
            pub fn authorization(mut self, token: ::b2_proto::secret::Secret) -> Self {
                self.spec.request = self.spec.request.token(token);
                self
            }

            /// Asks the service for another value of a header of its answer, as a browser gets it
            /// that follows a URL; it shows in what is known of the file then.
            pub fn header(
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

        impl ::core::fmt::Debug for $builder {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(stringify!($builder))
                    .field("request", &self.spec.request)
                    .finish_non_exhaustive()
            }
        }
    };
}

/// Writes where the downloads of an asynchronous driver's `DownloadBuilder` go, but for writers,
/// which are each runtime's own.
#[cfg(feature = "async")]
#[macro_export]
macro_rules! download_targets_face {
    ($builder:ident, $client:ident) => {
        impl $builder {
            pub(crate) fn new(
                client: $client,
                request: ::b2_proto::op::new_download::NewDownload,
            ) -> Self {
                let spec = $crate::face::DownloadSpec::new(request, client.settings());
                Self { client, spec, listener: None }
            }

            /// Downloads to a file, which gets the modification time the uploader noted.
            ///
            /// What arrives goes to a temporary file beside it, which takes its place once
            /// everything is verified; on any failure the file is as it was.
            ///
            /// What a failed or killed download to the same path has left there is not fetched
            /// again while the file is the same version;
            /// [`Downloaded::kept_len`](::b2_proto::machine::download::Downloaded::kept_len) tells
            /// how much that was.
            ///
            /// # Errors
            /// Those of the download, and [`Sink`](::b2_proto::error::ErrorKind::Sink) when the
            /// file cannot be written.
            pub async fn save_to(
                self,
                path: impl Into<::std::path::PathBuf>,
            ) -> $crate::face::DownloadResult {
                self.client.flow().clone().save_to(self.spec, self.listener, path.into()).await
            }

            /// Downloads to any sink of b2-local, and commits it when everything is verified.
            ///
            /// # Errors
            /// Those of the download and of the sink.
            pub async fn to_sink(
                self,
                sink: ::std::sync::Arc<dyn $crate::sink::Sink>,
            ) -> $crate::face::DownloadResult {
                self.client.flow().clone().to_sink(self.spec, self.listener, sink).await
            }

            /// Downloads at most `len_max` bytes to memory.
            ///
            /// # Errors
            /// Those of the download, and [`Limit`](::b2_proto::error::ErrorKind::Limit) when there
            /// are more bytes.
            pub async fn to_bytes(
                self,
                len_max: usize,
            ) -> Result<
                (
                    ::b2_proto::machine::download::Downloaded<::b2_proto::model::DownloadInfo>,
                    Vec<u8>,
                ),
                ::b2_proto::error::Error,
            > {
                self.client.flow().clone().to_bytes(self.spec, self.listener, len_max).await
            }
        }
    };
}
