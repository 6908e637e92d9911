//! Downloads.

use crate::client::Client;
use b2_local::face::DownloadSpec;
use b2_local::flow::owner::Listener;
use b2_local::sink::Sink;
use b2_proto::error::Error;
use b2_proto::machine::download::Downloaded;
use b2_proto::model::DownloadInfo;
use b2_proto::op::new_download::NewDownload;
use core::pin::pin;
use futures_io::AsyncWrite;
use std::path::PathBuf;
use std::sync::Arc;

/// A download that begins when its target is named: a path, memory, or a writer.
///
/// All of it comes from one version of the file, and it is verified by SHA-1 wherever the
/// service or the uploader has one; [`Downloaded::verified`] says by which. Dropping the future
/// gives the download up.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> { smol::block_on(async {
/// # use b2_proto::{model::BucketType, op::CreateBucket};
/// # let server = Server::start(ServerConfig::default())?;
/// # let client = b2_smol::Client::builder()
/// #     .credentials(server.key_id(), server.key())
/// #     .realm(server.url())
/// #     .build()?;
/// # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
/// # let photos = client.create_bucket(bucket).await?;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("copy.txt");
/// photos.upload("a.txt", b"twelve bytes").await?;
/// photos.download("a.txt").save_to(&path).await?;
/// assert_eq!(std::fs::read(&path)?, b"twelve bytes");
///
/// let (_, bytes) = photos.download("a.txt").range(7..12).to_bytes(100).await?;
/// assert_eq!(bytes, b"bytes");
/// # Ok(()) }) }
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

    /// Downloads to a file, which gets the modification time the uploader noted.
    ///
    /// What arrives goes to a temporary file beside it, which takes its place once everything is
    /// verified; on any failure the file is as it was.
    ///
    /// # Errors
    /// Those of the download, and [`Sink`](b2_proto::error::ErrorKind::Sink) when the file cannot
    /// be written.
    pub async fn save_to(
        self,
        path: impl Into<PathBuf>,
    ) -> Result<Downloaded<DownloadInfo>, Error> {
        self.client.flow().clone().save_to(self.spec, self.listener, path.into()).await
    }

    /// Downloads to any sink of b2-local, and commits it when everything is verified.
    ///
    /// # Errors
    /// Those of the download and of the sink.
    pub async fn to_sink(self, sink: Arc<dyn Sink>) -> Result<Downloaded<DownloadInfo>, Error> {
        self.client.flow().clone().to_sink(self.spec, self.listener, sink).await
    }

    /// Downloads at most `len_max` bytes to memory.
    ///
    /// # Errors
    /// Those of the download, and [`Limit`](b2_proto::error::ErrorKind::Limit) when there are more
    /// bytes.
    pub async fn to_bytes(
        self,
        len_max: usize,
    ) -> Result<(Downloaded<DownloadInfo>, Vec<u8>), Error> {
        self.client.flow().clone().to_bytes(self.spec, self.listener, len_max).await
    }

    /// Downloads to a writer, in order. Bytes have been written by the time they are verified as
    /// a whole: on an error the caller has to discard them.
    ///
    /// # Errors
    /// Those of the download, and [`Sink`](b2_proto::error::ErrorKind::Sink) when the writer fails.
    pub async fn to_writer(
        self,
        writer: &mut (impl AsyncWrite + Send + Unpin + ?Sized),
    ) -> Result<Downloaded<DownloadInfo>, Error> {
        let writer = pin!(writer);
        self.client.flow().to_writer(self.spec, self.listener, writer).await
    }
}
