//! Downloads to files, memory and writers.

use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::Poll;
use std::path::PathBuf;
use std::sync::Arc;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::download::Downloaded;
use b2_proto::model::DownloadInfo;
use futures_io::AsyncWrite;

use super::io::JobIo;
use super::owner::{Listener, Owner};
use super::sink::SinkHandle;
use super::writer::pipe;
use super::{Driver, Flow, Place};
use crate::face::{DownloadResult, DownloadSpec, HeldSink};
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
            // First: many may wait for one, and the file is open from here on.
            let place = self.place().await;
            let continues = spec.continues;
            let sink = match FileSink::create_in_memory(&path, continues) {
                Some(sink) => sink?,
                None => {
                    let create = move || Ok(DownloadSpec::file_sink(path, continues)?);
                    self.write(create).await?
                }
            };
            self.download_into(spec, listener, HeldSink::new(Arc::new(sink)), place).await
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
            // First: who gives it up while it waits lets the sink go, too.
            let held = HeldSink::new(sink);
            let place = self.place().await;
            self.download_into(spec, listener, held, place).await
        }
    }

    async fn download_into(
        self,
        spec: DownloadSpec,
        listener: Option<Listener>,
        held: HeldSink,
        place: Place,
    ) -> DownloadResult {
        // What is held goes last, when no thread that reads the sink back goes on.
        let sink = held.sink().clone();
        let (spec, can_seek) = (spec.going_on(&*sink), !sink.is_in_order_only());
        let running =
            self.download(spec, listener, (SinkHandle::Blocking(sink), can_seek), place)?;
        match running.attend(|it| Some(it.len)).await {
            Ok(downloaded) if held.commit_may_wait() => {
                self.write(move || held.commit(&downloaded).map(|()| downloaded)).await
            }
            Ok(downloaded) => held.commit(&downloaded).map(|()| downloaded),
            Err(error) => {
                let failed = error.clone();
                // Nothing more can be done about it if that breaks off.
                let _ = self.driver().unblock(move || held.leave(&failed)).await;
                Err(error)
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
            let place = self.place().await;
            let sink = Arc::new(MemorySink::new(len_max));
            let handle = SinkHandle::Memory(sink.clone());
            let running = self.download(spec, listener, (handle, true), place)?;
            let downloaded =
                running.attend(|it| Some(it.len)).await.map_err(DownloadSpec::memory_error)?;
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
        let (sink, end) = pipe(PIECES_MAX);
        let sink = Arc::new(sink);
        // What the job lets go of must not be held here: the writing ends by that.
        let used = Arc::downgrade(&sink);
        let handle = SinkHandle::Pipe(sink);
        let place = self.place().await;
        let running = self.download(spec, listener, (handle, false), place)?;
        let mut downloading = pin!(running.attend(|it| Some(it.len)));
        let mut writing = pin!(end.write_to(writer));
        let (mut downloaded, mut written) = (None, None);
        poll_fn(|cx| {
            if downloaded.is_none()
                && let Poll::Ready(outcome) = downloading.as_mut().poll(cx)
            {
                // The engine has let go of the other end, so the writing ends too.
                downloaded = Some(outcome?);
            }
            if written.is_none()
                && let Poll::Ready(ended) = writing.as_mut().poll(cx)
            {
                // A request whose bytes cannot be written ends by that, and the download, too.
                written = Some(ended);
            }
            // Between two requests, nobody else would tell.
            if downloaded.is_none()
                && let Some(Err(error)) = &written
                && used.upgrade().is_some_and(|sink| !sink.is_listened_to())
            {
                return Poll::Ready(Err(DownloadSpec::writer_error(error)));
            }
            match (downloaded.take_if(|_| written.is_some()), &written) {
                (Some(_), Some(Err(error))) => Poll::Ready(Err(DownloadSpec::writer_error(error))),
                (Some(downloaded), _) => Poll::Ready(Ok(downloaded)),
                (None, _) => Poll::Pending,
            }
        })
        .await
    }

    fn download(
        &self,
        spec: DownloadSpec,
        listener: Option<Listener>,
        (sink, can_seek): (SinkHandle, bool),
        place: Place,
    ) -> Result<Running<D>, Error> {
        let machine = Box::new(spec.machine(can_seek)?);
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
