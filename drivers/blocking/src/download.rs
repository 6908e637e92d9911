//! Downloads.

use crate::cancel::Cancel;
use crate::client::Client;
use crate::flow::io::{JobIo, SinkHandle, Untold};
use crate::flow::owner::{Listener, Terms};
use b2_local::face::{DownloadResult, DownloadSpec, HeldSink};
use b2_local::sink::{MemorySink, Sink, WriterSink};
use b2_proto::error::Error;
use b2_proto::machine::download::Downloaded;
use b2_proto::model::DownloadInfo;
use b2_proto::op::new_download::NewDownload;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// A download that begins when its target is named: a path, memory, or a writer.
///
/// All of it comes from one version of the file, and it is verified by SHA-1 wherever the
/// service or the uploader has one; [`Downloaded::verified`] says by which.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use b2_proto::{model::BucketType, op::CreateBucket};
/// # let server = Server::start(ServerConfig::default())?;
/// # let client = b2_blocking::Client::builder()
/// #     .credentials(server.key_id(), server.key())
/// #     .realm(server.url())
/// #     .build()?;
/// # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
/// # let photos = client.create_bucket(bucket)?;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("copy.txt");
/// photos.upload("a.txt", b"twelve bytes").send()?;
/// photos.download("a.txt").save_to(&path)?;
/// assert_eq!(std::fs::read(&path)?, b"twelve bytes");
///
/// let (_, bytes) = photos.download("a.txt").range(7..12).to_bytes(100)?;
/// assert_eq!(bytes, b"bytes");
/// # Ok(()) }
/// ```
#[must_use = "a download begins when its target is named"]
pub struct DownloadBuilder {
    client: Client,
    spec: DownloadSpec,
    listener: Option<Listener>,
}

b2_local::download_face!(DownloadBuilder);

impl DownloadBuilder {
    pub(crate) fn new(client: Client, request: NewDownload) -> Self {
        let spec = DownloadSpec::new(request, client.settings());
        Self { client, spec, listener: None }
    }

    /// Gives the download up when `cancel` says so.
    pub fn cancel_with(mut self, cancel: &Cancel) -> Self {
        self.client = self.client.cancel_with(cancel);
        self
    }

    /// Downloads to a file, which gets the modification time the uploader noted.
    ///
    /// What arrives goes to a temporary file beside it, which takes its place once everything is
    /// verified; on any failure the file is as it was.
    ///
    /// What a failed or killed download to the same path has left there is not fetched again while
    /// the file is the same version; [`Downloaded::kept_len`] tells how much that was.
    ///
    /// # Errors
    /// Those of the download, and [`Sink`](b2_proto::error::ErrorKind::Sink) when the file cannot
    /// be written.
    pub fn save_to(self, path: impl Into<PathBuf>) -> DownloadResult {
        let sink = DownloadSpec::file_sink(path.into(), self.spec.continues)?;
        self.to_sink(Arc::new(sink))
    }

    /// Downloads to any sink of b2-local, and commits it when everything is verified.
    ///
    /// # Errors
    /// Those of the download and of the sink.
    pub fn to_sink(mut self, sink: Arc<dyn Sink>) -> DownloadResult {
        let held = HeldSink::new(sink.clone());
        self.spec = self.spec.going_on(&*sink);
        let can_seek = !sink.is_in_order_only();
        match self.run(SinkHandle::Shared(sink), can_seek, None) {
            Ok(downloaded) => held.commit(&downloaded).map(|()| downloaded),
            Err(error) => {
                held.leave(&error);
                Err(error)
            }
        }
    }

    /// Downloads at most `len_max` bytes to memory.
    ///
    /// # Errors
    /// Those of the download, and [`Limit`](b2_proto::error::ErrorKind::Limit) when there are more
    /// bytes.
    pub fn to_bytes(self, len_max: usize) -> Result<(Downloaded<DownloadInfo>, Vec<u8>), Error> {
        let sink = Arc::new(MemorySink::new(len_max));
        let downloaded = self.run(SinkHandle::Shared(sink.clone()), true, None);
        let downloaded = downloaded.map_err(DownloadSpec::memory_error)?;
        DownloadSpec::commit(&*sink, &downloaded)?;
        Ok((downloaded, sink.take()))
    }

    /// Downloads to a writer, in order and in this thread. Bytes have been written by the time
    /// they are verified as a whole: on an error the caller has to discard them.
    ///
    /// # Errors
    /// Those of the download, and [`Sink`](b2_proto::error::ErrorKind::Sink) when the writer fails.
    pub fn to_writer(self, writer: &mut (impl Write + Send + ?Sized)) -> DownloadResult {
        let sink = WriterSink::new(writer);
        let downloaded = self.run(SinkHandle::Owners(Untold::default()), false, Some(&sink))?;
        DownloadSpec::commit(&sink, &downloaded)?;
        Ok(downloaded)
    }

    fn run(
        self,
        handle: SinkHandle,
        can_seek: bool,
        own_sink: Option<&dyn Sink>,
    ) -> DownloadResult {
        let Self { client, spec, listener } = self;
        let machine = spec.machine(can_seek)?;
        let terms = Terms { listener, own_sink, ..client.terms() };
        client.flow().run(machine, JobIo::writing(handle), terms, |downloaded| downloaded.len)
    }
}
