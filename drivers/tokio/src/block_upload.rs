//! Uploads of what has changed.

use crate::client::Client;
use crate::source::Source;
use b2_local::flow::io::JobIo;
use b2_local::flow::source::SourceHandle;

b2_local::blocks_face! {
    /// ```
    /// # use b2_sim::server::{Server, ServerConfig};
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use b2_sim::Config;
    /// # let service = Config { part_len_min: 100_000, ..Config::default() };
    /// # let server = Server::start(ServerConfig { service, ..ServerConfig::default() })?;
    /// # let client = b2_tokio::Client::builder()
    /// #     .credentials(server.key_id(), server.key())
    /// #     .realm(server.url())
    /// #     .build()?;
    /// # use b2_proto::model::BucketType;
    /// # use b2_proto::op::CreateBucket;
    /// # let bucket = CreateBucket::new("images", BucketType::AllPrivate);
    /// # let images = client.create_bucket(bucket).await?;
    /// let mut image: Vec<u8> = (0..400_000_u32)
    ///     .flat_map(|at| at.wrapping_mul(2_654_435_769).to_le_bytes())
    ///     .collect();
    /// images.upload("a.img", image.clone()).by_blocks().await?;
    ///
    /// image.insert(700_000, 1);
    /// let done = images.upload("a.img", image).by_blocks().await?;
    /// assert_eq!((done.lacks, done.totals.len), (None, 1_600_001));
    /// assert!(done.totals.sent < 400_000);
    /// # Ok(()) }
    /// ```
    async await
}
