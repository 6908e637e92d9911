//! What a download is made of, and its options.

use core::ops::Range;
use std::path::{Path, PathBuf};

use b2_proto::error::{Cause, Error, ErrorKind};
use b2_proto::id::SinkId;
use b2_proto::machine::download::{Download, DownloadOptions, Downloaded, GrowingLanes};
use b2_proto::model::DownloadInfo;
use b2_proto::op::new_download::NewDownload;
use b2_proto::wire::range::ByteRange;
use b2_proto::wire::text::Sha1;

mod options;

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

/// What a download to memory gives.
pub type BytesResult = Result<(Downloaded<DownloadInfo>, Vec<u8>), Error>;

/// The job of a download.
pub type DownloadJob = Download<NewDownload, GrowingLanes, DownloadInfo>;

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
        let lanes = GrowingLanes::up_to(self.lanes);
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

/// Writes a driver's `DownloadBuilder`, but for downloads to writers, which each driver has of its
/// own kind. The driver has its own `Client` in scope, and gives the example.
#[macro_export]
macro_rules! download_face {
    ($(#[$example:meta])* $($async:ident $await:ident)?) => {
        use $crate::face::types::*;

        /// A download that begins when its target is named: a path, memory, or a writer.
        ///
        /// All of it comes from one version of the file, and it is verified by SHA-1 wherever the
        /// service or the uploader has one; [`Downloaded::verified`] says by which.
        #[doc = $crate::given_up!($($async)? "the download")]
        ///
        $(#[$example])*
        #[must_use = "a download begins when its target is named"]
        pub struct DownloadBuilder {
            client: Client,
            spec: DownloadSpec,
            listener: Option<Listener>,
        }

        impl DownloadBuilder {
            pub(crate) fn new(client: Client, request: NewDownload) -> Self {
                let spec = DownloadSpec::new(request, client.settings());
                Self { client, spec, listener: None }
            }

            /// Downloads to a file, which gets the modification time the uploader noted.
            ///
            /// What arrives goes to a temporary file beside it, which takes its place once
            /// everything is verified; on any failure the file is as it was.
            ///
            /// What a failed or killed download to the same path has left there is not fetched
            /// again while the file is the same version; [`Downloaded::kept_len`] tells how much
            /// that was.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the download, and [`Sink`](ErrorKind::Sink) when the file
            /// cannot be written.
            pub $($async)? fn save_to(
                self,
                path: impl Into<::std::path::PathBuf>,
            ) -> DownloadResult {
                self.client.save_to(self.spec, self.listener, path.into())$(.$await)?
            }

            /// Downloads to any sink of b2-local, and commits it when everything is verified.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the download and of the sink.
            pub $($async)? fn to_sink(self, sink: Arc<dyn $crate::sink::Sink>) -> DownloadResult {
                self.client.to_sink(self.spec, self.listener, sink)$(.$await)?
            }

            /// Downloads at most `len_max` bytes to memory.
            ///
            /// # Errors
            /// [Those](ErrorKind) of the download, and [`Limit`](ErrorKind::Limit) when there are
            /// more bytes.
            pub $($async)? fn to_bytes(
                self,
                len_max: usize,
            ) -> Result<(Downloaded<DownloadInfo>, Vec<u8>), Error> {
                self.client.to_bytes(self.spec, self.listener, len_max)$(.$await)?
            }
        }

        $crate::cancel_face!($($async)? DownloadBuilder, "the download");
        $crate::download_options_face!();

        impl ::core::fmt::Debug for DownloadBuilder {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct("DownloadBuilder")
                    .field("request", &self.spec.request)
                    .finish_non_exhaustive()
            }
        }
    };
}
