//! Downloads.

use crate::client::Client;
use core::pin::pin;
use futures_io::AsyncWrite;

b2_local::download_face! {
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
    async await
}

impl DownloadBuilder {
    /// Downloads to a writer, in order. Bytes have been written by the time they are verified as
    /// a whole: on an error the caller has to discard them.
    ///
    /// # Errors
    /// [Those](ErrorKind) of the download, and [`Sink`](ErrorKind::Sink) when the writer fails.
    pub async fn to_writer(
        self,
        writer: &mut (impl AsyncWrite + Send + Unpin + ?Sized),
    ) -> DownloadResult {
        let writer = pin!(writer);
        self.client.flow().to_writer(self.spec, self.listener, writer).await
    }
}
