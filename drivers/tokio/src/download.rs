//! Downloads.

use crate::client::{Client, Running};
use crate::job::JobIo;
use crate::progress::{self, Listener, News};
use crate::transport::sink::{PipeSink, SinkHandle};
use b2_local::sink::{FileSink, MemorySink, Sink};
use b2_proto::error::{Cause, Error, ErrorKind};
use b2_proto::id::SinkId;
use b2_proto::info::{Override, SRC_LAST_MODIFIED_MILLIS};
use b2_proto::machine::Progress;
use b2_proto::machine::download::{Download, DownloadOptions, Downloaded, RangeLane};
use b2_proto::model::{CustomerKey, DownloadInfo};
use b2_proto::op::new_download::NewDownload;
use b2_proto::op::new_file::CustomerKeyText;
use b2_proto::secret::Secret;
use b2_proto::wire::range::ByteRange;
use b2_proto::wire::text::Sha1;
use bytes::Bytes;
use core::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

/// A download that begins when its target is named: a path, memory, or a writer.
///
/// All of it comes from one version of the file, and it is verified by SHA-1 wherever the
/// service or the uploader has one; [`Downloaded::verified`] says by which. Dropping the future
/// gives the download up.
#[must_use = "a download begins when its target is named"]
pub struct DownloadBuilder {
    client: Client,
    request: NewDownload,
    range: Option<Range<u64>>,
    lanes: usize,
    lane_len_min: Option<u64>,
    expected_sha1: Option<Sha1>,
    listener: Option<Listener>,
}

/// Pieces on their way to the caller's writer.
const PIECES_MAX: usize = 4;

impl DownloadBuilder {
    pub(crate) fn new(client: Client, request: NewDownload) -> Self {
        let lanes = client.config().lanes;
        Self {
            client,
            request,
            range: None,
            lanes,
            lane_len_min: None,
            expected_sha1: None,
            listener: None,
        }
    }

    /// Only these bytes of the file.
    pub const fn range(mut self, range: Range<u64>) -> Self {
        self.range = Some(range);
        self
    }

    /// Most ranges at the same time, in place of the client's setting.
    pub fn lanes(mut self, count: u16) -> Self {
        self.lanes = usize::from(count.clamp(1, crate::builder::LANES_MAX));
        self
    }

    /// A further range is fetched at the same time for each so many bytes.
    pub const fn lane_len_min(mut self, len: u64) -> Self {
        self.lane_len_min = Some(len);
        self
    }

    /// The key the file is encrypted with.
    pub fn encryption(mut self, key: &CustomerKey) -> Self {
        self.request = self.request.customer_key(CustomerKeyText::new(key, None));
        self
    }

    /// A token from a download authorization, in place of the account's.
    pub fn authorization(mut self, token: Secret) -> Self {
        self.request = self.request.token(token);
        self
    }

    /// Asks for another value of a header of the answer.
    pub fn header(mut self, header: Override, value: impl Into<String>) -> Self {
        self.request = self.request.header(header, value);
        self
    }

    /// The SHA-1 the whole file must have.
    pub const fn expect_sha1(mut self, sha1: Sha1) -> Self {
        self.expected_sha1 = Some(sha1);
        self
    }

    /// Calls `listener` with each news of the download, in the task that awaits it.
    pub fn progress(mut self, listener: impl Fn(Progress) + Send + 'static) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Downloads to a file, which gets the modification time the uploader noted.
    ///
    /// What arrives goes to a temporary file beside it, which takes its place once everything is
    /// verified; on any failure the file is as it was.
    ///
    /// # Errors
    /// Those of the download, and [`Sink`](ErrorKind::Sink) when the file cannot be written.
    pub async fn save_to(
        self,
        path: impl Into<PathBuf>,
    ) -> Result<Downloaded<DownloadInfo>, Error> {
        let path = path.into();
        let sink = blocking(move || FileSink::create(path)).await?;
        self.to_sink(Arc::new(sink)).await
    }

    /// Downloads to any sink of b2-local, and commits it when everything is verified.
    ///
    /// # Errors
    /// Those of the download and of the sink.
    pub async fn to_sink(self, sink: Arc<dyn Sink>) -> Result<Downloaded<DownloadInfo>, Error> {
        let can_seek = !sink.is_in_order_only();
        let (mut running, news) = self.begin(SinkHandle::Blocking(sink.clone()), can_seek).await?;
        let downloaded = progress::attend(&mut running, news, |it| it.len).await?;
        let (len, modified_ms) = (downloaded.len, modified_ms(&downloaded.info));
        blocking(move || sink.commit(len, modified_ms)).await?;
        Ok(downloaded)
    }

    /// Downloads at most `len_max` bytes to memory.
    ///
    /// # Errors
    /// Those of the download, and [`Limit`](ErrorKind::Limit) when there are more bytes.
    pub async fn to_bytes(
        self,
        len_max: usize,
    ) -> Result<(Downloaded<DownloadInfo>, Vec<u8>), Error> {
        let sink = Arc::new(MemorySink::new(len_max));
        let (mut running, news) = self.begin(SinkHandle::Memory(sink.clone()), true).await?;
        let downloaded =
            progress::attend(&mut running, news, |it| it.len).await.map_err(as_limit)?;
        sink.commit(downloaded.len, None)?;
        Ok((downloaded, sink.take()))
    }

    /// Downloads to a writer, in order. Bytes have been written by the time they are verified as
    /// a whole: on an error the caller has to discard them.
    ///
    /// # Errors
    /// Those of the download, and [`Sink`](ErrorKind::Sink) when the writer fails.
    pub async fn to_writer(
        self,
        writer: &mut (impl AsyncWrite + Unpin + ?Sized),
    ) -> Result<Downloaded<DownloadInfo>, Error> {
        let (pieces, mut taken) = mpsc::channel::<Bytes>(PIECES_MAX);
        let sink = SinkHandle::Pipe(Arc::new(PipeSink::new(pieces)));
        let (mut running, news) = self.begin(sink, false).await?;
        let downloading = progress::attend(&mut running, news, |it| it.len);
        let writing = async {
            while let Some(piece) = taken.recv().await {
                writer.write_all(&piece).await?;
            }
            writer.flush().await
        };
        let (mut downloading, mut writing) =
            (core::pin::pin!(downloading), core::pin::pin!(writing));
        tokio::select! {
            outcome = &mut downloading => {
                // The engine has let go of the other end, so this ends.
                let downloaded = outcome?;
                writing.await.map_err(writer_failed)?;
                Ok(downloaded)
            }
            written = &mut writing => {
                written.map_err(writer_failed)?;
                downloading.await
            }
        }
    }

    async fn begin(
        self,
        sink: SinkHandle,
        can_seek: bool,
    ) -> Result<(Running<Downloaded<DownloadInfo>>, Option<News>), Error> {
        let mut options = DownloadOptions::whole(SinkId(0));
        options.can_seek = can_seek;
        options.expected_sha1 = self.expected_sha1;
        options.lane_len_min = self.lane_len_min.unwrap_or(options.lane_len_min);
        if let Some(Range { start, end }) = self.range {
            let range = ByteRange::of(start, end.saturating_sub(start));
            options.range = Some(range.ok_or_else(|| Error::invalid("the range has no bytes"))?);
        }
        let lanes: Vec<RangeLane> = (0..self.lanes).map(|_| RangeLane::new()).collect();
        let machine = Download::<_, _, DownloadInfo>::new(self.request, options, lanes);
        let (told, news) = progress::channel(self.listener);
        let place = self.client.place().await?;
        let running = self.client.submit(machine, JobIo::writing(sink), told, place).await?;
        Ok((running, news))
    }
}

impl core::fmt::Debug for DownloadBuilder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("DownloadBuilder").field("request", &self.request).finish_non_exhaustive()
    }
}

/// When the uploader's source was modified; the time of the upload if that was not noted.
fn modified_ms(info: &DownloadInfo) -> Option<u64> {
    let noted = info.file_info.get(SRC_LAST_MODIFIED_MILLIS);
    noted.and_then(|ms| ms.parse().ok()).or(Some(info.upload_timestamp_ms))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, b2_local::Error> + Send + 'static,
) -> Result<T, Error> {
    let broke_off = |_| Error::new(ErrorKind::Sink, "writing the target broke off");
    Ok(spawn_blocking(work).await.map_err(broke_off)??)
}

/// The only trouble memory can make is its bound.
fn as_limit(mut error: Error) -> Error {
    if error.cause.is_some_and(Cause::is_local) {
        error.kind = ErrorKind::Limit;
        error.cause = None;
    }
    error
}

fn writer_failed(error: std::io::Error) -> Error {
    let mut failed = Error::with_message(ErrorKind::Sink, format_args!("{error}"));
    failed.cause = Some(Cause::SinkFailed);
    failed
}
