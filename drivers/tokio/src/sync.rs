//! Folders and buckets kept in step.

use crate::client::Client;
use crate::copy::CopyBuilder;
use crate::download::DownloadBuilder;
use crate::source::Source;
use crate::upload::UploadBuilder;

b2_local::sync_face! {
    /// ```
    /// # use b2_sim::server::{Server, ServerConfig};
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = Server::start(ServerConfig::default())?;
    /// # let client = b2_tokio::Client::builder()
    /// #     .credentials(server.key_id(), server.key())
    /// #     .realm(server.url())
    /// #     .build()?;
    /// # use b2_proto::{model::BucketType, op::CreateBucket};
    /// # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
    /// # let photos = client.create_bucket(bucket).await?;
    /// # let folder = tempfile::tempdir()?;
    /// # std::fs::write(folder.path().join("a.jpg"), b"not really a picture")?;
    /// # let folder = folder.path();
    /// let summary = client.sync(folder, "b2://photos/2026").keep_days(30).await?;
    /// assert!(summary.is_complete());
    /// assert_eq!(summary.transferred, 1);
    /// # Ok(()) }
    /// ```
    async await
}
