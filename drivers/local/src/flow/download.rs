//! Downloads to files, memory and writers.

use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::Poll;
use std::path::PathBuf;
use std::sync::Arc;

use async_channel::Receiver;
use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::download::Downloaded;
use b2_proto::model::DownloadInfo;
use bytes::Bytes;
use futures_io::AsyncWrite;

use super::io::JobIo;
use super::owner::{Listener, Owner};
use super::sink::{PipeSink, SinkHandle};
use super::{Driver, Flow};
use crate::face::{DownloadResult, DownloadSpec};
use crate::sink::{FileSink, MemorySink, Sink};

/// Pieces on their way to the caller's writer.
const PIECES_MAX: usize = 4;

type Running<D> = Owner<D, Downloaded<DownloadInfo>>;

// Said to be `Send`, because the compiler cannot see it from outside.
#[allow(clippy::manual_async_fn, reason = "`async fn` cannot promise `Send`")]
impl<D: Driver> Flow<D> {
    /// Downloads to a file, which gets the modification time the uploader noted.
    ///
    /// # Errors
    /// Those of the download, and [`Sink`](ErrorKind::Sink) when the file cannot be written.
    pub fn save_to(
        self,
        spec: DownloadSpec,
        listener: Option<Listener>,
        path: PathBuf,
    ) -> impl Future<Output = DownloadResult> + Send {
        async move {
            let continues = spec.continues;
            let sink = match FileSink::create_in_memory(&path, continues) {
                Some(sink) => sink?,
                None => {
                    let create = move || Ok(DownloadSpec::file_sink(path, continues)?);
                    self.write(create).await?
                }
            };
            self.to_sink(spec, listener, Arc::new(sink)).await
        }
    }

    /// Downloads to a sink, and commits it when everything is verified.
    ///
    /// # Errors
    /// Those of the download and of the sink.
    pub fn to_sink(
        self,
        spec: DownloadSpec,
        listener: Option<Listener>,
        sink: Arc<dyn Sink>,
    ) -> impl Future<Output = DownloadResult> + Send {
        async move {
            let can_seek = !sink.is_in_order_only();
            let handle = SinkHandle::Blocking(sink.clone());
            let running = self.download(spec.going_on(&*sink), listener, handle, can_seek).await?;
            let downloaded = match running.attend(|it| it.len).await {
                Ok(downloaded) => downloaded,
                Err(error) => return Err(self.leave(sink, error).await),
            };
            if sink.commit_may_wait() {
                self.write(move || DownloadSpec::commit(&*sink, &downloaded).map(|()| downloaded))
                    .await
            } else {
                DownloadSpec::commit(&*sink, &downloaded)?;
                Ok(downloaded)
            }
        }
    }

    /// Downloads at most `len_max` bytes to memory.
    ///
    /// # Errors
    /// Those of the download, and [`Limit`](ErrorKind::Limit) when there are more bytes.
    pub fn to_bytes(
        self,
        spec: DownloadSpec,
        listener: Option<Listener>,
        len_max: usize,
    ) -> impl Future<Output = Result<(Downloaded<DownloadInfo>, Vec<u8>), Error>> + Send {
        async move {
            let sink = Arc::new(MemorySink::new(len_max));
            let handle = SinkHandle::Memory(sink.clone());
            let running = self.download(spec, listener, handle, true).await?;
            let downloaded =
                running.attend(|it| it.len).await.map_err(DownloadSpec::memory_error)?;
            sink.commit(downloaded.len, None)?;
            Ok((downloaded, sink.take()))
        }
    }

    /// Downloads to a writer, in order.
    ///
    /// # Errors
    /// Those of the download, and [`Sink`](ErrorKind::Sink) when the writer fails.
    pub async fn to_writer(
        &self,
        spec: DownloadSpec,
        listener: Option<Listener>,
        writer: Pin<&mut (dyn AsyncWrite + Send + '_)>,
    ) -> DownloadResult {
        let (pieces, taken) = async_channel::bounded(PIECES_MAX);
        let sink = SinkHandle::Pipe(Arc::new(PipeSink::new(pieces)));
        let running = self.download(spec, listener, sink, false).await?;
        let mut downloading = pin!(running.attend(|it| it.len));
        let mut writing = pin!(pump(taken, writer));
        let (mut downloaded, mut is_written) = (None, false);
        poll_fn(|cx| {
            if downloaded.is_none()
                && let Poll::Ready(outcome) = downloading.as_mut().poll(cx)
            {
                // The engine has let go of the other end, so the writing ends too.
                downloaded = Some(outcome?);
            }
            if !is_written && let Poll::Ready(written) = writing.as_mut().poll(cx) {
                written.map_err(|error| DownloadSpec::writer_error(&error))?;
                is_written = true;
            }
            match downloaded.take_if(|_| is_written) {
                Some(downloaded) => Poll::Ready(Ok(downloaded)),
                None => Poll::Pending,
            }
        })
        .await
    }

    /// Leaves what a failed download has stored, where that may wait.
    async fn leave(&self, sink: Arc<dyn Sink>, error: Error) -> Error {
        let failed = error.clone();
        let leave = move || DownloadSpec::leave(&*sink, &failed);
        // Nothing more can be done about it if that breaks off.
        let _ = self.driver().unblock(leave).await;
        error
    }

    async fn download(
        &self,
        spec: DownloadSpec,
        listener: Option<Listener>,
        sink: SinkHandle,
        can_seek: bool,
    ) -> Result<Running<D>, Error> {
        let machine = Box::new(spec.machine(can_seek)?);
        let place = self.place().await;
        Ok(self.begin(machine, JobIo::writing(sink), listener, place))
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let broke_off = || Error::new(ErrorKind::Sink, "writing the target broke off");
        self.driver().unblock(work).await.ok_or_else(broke_off)?
    }
}

/// Writes pieces until there are no more.
async fn pump(
    pieces: Receiver<Bytes>,
    mut writer: Pin<&mut (dyn AsyncWrite + Send + '_)>,
) -> std::io::Result<()> {
    while let Ok(mut piece) = pieces.recv().await {
        while !piece.is_empty() {
            let count = poll_fn(|cx| writer.as_mut().poll_write(cx, &piece)).await?;
            if count == 0 {
                return Err(std::io::ErrorKind::WriteZero.into());
            }
            let _ = piece.split_to(count.min(piece.len()));
        }
    }
    poll_fn(|cx| writer.as_mut().poll_flush(cx)).await
}
