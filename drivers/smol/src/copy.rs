//! Copies on the server.

use crate::client::Client;
use b2_local::flow::io::JobIo;

b2_local::copy_face! {
    /// ```
    /// # use b2_sim::server::{Server, ServerConfig};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> { smol::block_on(async {
    /// # let server = Server::start(ServerConfig::default())?;
    /// # let client = b2_smol::Client::builder()
    /// #     .credentials(server.key_id(), server.key())
    /// #     .realm(server.url())
    /// #     .build()?;
    /// # use b2_proto::{model::BucketType, op::CreateBucket};
    /// # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
    /// # let photos = client.create_bucket(bucket).await?;
    /// let original = photos.upload("a.txt", b"twelve bytes").await?.file;
    /// let copied = photos.copy(&original, "b.txt").await?;
    /// assert_eq!((copied.file.content_length, copied.sha1), (12, original.whole_sha1()));
    ///
    /// let part = photos.copy(original.file_id, "c.txt").range(7..12).await?;
    /// assert_eq!(part.file.content_length, 5);
    /// # Ok(()) }) }
    /// ```
    async await
}
