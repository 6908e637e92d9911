//! Downloads.

use crate::cancel::Cancel;
use crate::client::Client;
use crate::flow::io::{JobIo, SinkHandle, Untold};
use crate::flow::owner::Terms;
use b2_local::face::HeldSink;
use b2_local::sink::{MemorySink, Sink, WriterSink};
use std::io::Write;
use std::path::PathBuf;

b2_local::download_face! {
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
}

impl DownloadBuilder {
    /// Downloads to a writer, in order and in this thread. Bytes have been written by the time
    /// they are verified as a whole: on an error the caller has to discard them.
    ///
    /// # Errors
    /// [Those](ErrorKind) of the download, and [`Sink`](ErrorKind::Sink) when the writer fails.
    pub fn to_writer(self, writer: &mut (impl Write + Send + ?Sized)) -> DownloadResult {
        let sink = WriterSink::new(writer);
        let (handle, can_seek) = (SinkHandle::Owners(Untold::default()), false);
        let terms = Terms { own_sink: Some(&sink), ..self.client.place() };
        let downloaded = self.client.download(self.spec, self.listener, handle, can_seek, terms)?;
        DownloadSpec::commit(&sink, &downloaded)?;
        Ok(downloaded)
    }
}

impl Client {
    /// Downloads to a file.
    pub(crate) fn save_to(
        &self,
        spec: DownloadSpec,
        listener: Option<Listener>,
        path: PathBuf,
    ) -> DownloadResult {
        let sink = DownloadSpec::file_sink(path, spec.continues)?;
        self.to_sink(spec, listener, Arc::new(sink))
    }

    /// Downloads to a sink.
    pub(crate) fn to_sink(
        &self,
        spec: DownloadSpec,
        listener: Option<Listener>,
        sink: Arc<dyn Sink>,
    ) -> DownloadResult {
        let held = HeldSink::new(sink.clone());
        let (spec, can_seek) = (spec.going_on(&*sink), !sink.is_in_order_only());
        match self.download(spec, listener, SinkHandle::Shared(sink), can_seek, self.place()) {
            Ok(downloaded) => held.commit(&downloaded).map(|()| downloaded),
            Err(error) => {
                held.leave(&error);
                Err(error)
            }
        }
    }

    /// Downloads to memory.
    pub(crate) fn to_bytes(
        &self,
        spec: DownloadSpec,
        listener: Option<Listener>,
        len_max: usize,
    ) -> Result<(Downloaded<DownloadInfo>, Vec<u8>), Error> {
        let sink = Arc::new(MemorySink::new(len_max));
        let handle = SinkHandle::Shared(sink.clone());
        let downloaded = self.download(spec, listener, handle, true, self.place());
        let downloaded = downloaded.map_err(DownloadSpec::memory_error)?;
        DownloadSpec::commit(&*sink, &downloaded)?;
        Ok((downloaded, sink.take()))
    }

    fn download(
        &self,
        spec: DownloadSpec,
        listener: Option<Listener>,
        handle: SinkHandle,
        can_seek: bool,
        place: Terms<'_>,
    ) -> DownloadResult {
        let machine = spec.machine(can_seek)?;
        self.carry_out(machine, JobIo::writing(handle), listener, place, |it| Some(it.len))
    }
}
