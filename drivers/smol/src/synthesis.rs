#![doc = include_str!("synthesis.md")]

use crate::bucket::Bucket;
use crate::client::Client;
use crate::source::Source;
use b2_local::flow::io::JobIo;
use b2_local::flow::source::SourceHandle;

b2_local::synthesis_face! {
    /// ```
    /// # use b2_sim::server::{Server, ServerConfig};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> { smol::block_on(async {
    /// # let server = Server::start(ServerConfig::default())?;
    /// # let client = b2_smol::Client::builder()
    /// #     .credentials(server.key_id(), server.key())
    /// #     .realm(server.url())
    /// #     .build()?;
    /// # use b2_proto::{model::BucketType, op::CreateBucket};
    /// # let bucket = CreateBucket::new("log-files", BucketType::AllPrivate);
    /// # let logs = client.create_bucket(bucket).await?;
    /// let old = logs.upload("monday.txt", b"first line\n").await?.file;
    /// let built = logs.create_file("week.txt").append_copy(&old).append(b"second line\n").await?;
    /// assert_eq!(built.file.content_length, 23);
    /// assert_eq!((built.totals.sent, built.totals.fetched), (23, 11), "too short to be copied");
    /// # Ok(()) }) }
    /// ```
    async await
}
