//! Uploads.

use crate::block_upload::BlockUploadBuilder;
use crate::client::Client;
use crate::source::Source;
use b2_local::flow::io::JobIo;

b2_local::upload_face! {
    /// ```
    /// # use b2_sim::server::{Server, ServerConfig};
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = Server::start(ServerConfig::default())?;
    /// # let client = b2_tokio::Client::builder()
    /// #     .credentials(server.key_id(), server.key())
    /// #     .realm(server.url())
    /// #     .build()?;
    /// use b2_proto::model::BucketType;
    /// use b2_proto::op::CreateBucket;
    ///
    /// let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
    /// let photos = client.create_bucket(bucket).await?;
    /// let uploaded = photos
    ///     .upload("2026/a.jpg", b"not really a picture")
    ///     .content_type("image/jpeg")
    ///     .info("camera", "box")
    ///     .await?;
    /// assert_eq!(uploaded.file.file_name, "2026/a.jpg");
    /// # Ok(()) }
    /// ```
    async await
}
