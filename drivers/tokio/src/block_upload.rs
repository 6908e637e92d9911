//! Uploads of what has changed.

use crate::client::Client;
use crate::source::Source;
use b2_local::flow::BoxFuture;
use b2_local::flow::owner::Listener;
use b2_local::flow::source::{Opened, SourceHandle};
use b2_local::source::SharedSource;
use b2_proto::machine::Machine;
use b2_proto::plan::blocks::Matcher;
use core::future::IntoFuture;
use core::pin::Pin;

/// An upload by blocks that begins when it is awaited.
///
/// What the newest version has of the file is copied at the service, wherever it is in either, and
/// compared with the bytes here by SHA-1; the rest is sent. A manifest of the new version's blocks
/// is kept beside it for the next time. Dropping the future gives the upload up.
///
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
/// # let images = client.create_bucket(CreateBucket::new("images", BucketType::AllPrivate)).await?;
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
#[must_use = "an upload begins when it is awaited"]
pub struct BlockUploadBuilder {
    pub(crate) client: Client,
    pub(crate) source: Source,
    pub(crate) spec: UploadSpec,
    pub(crate) listener: Option<Listener>,
}

b2_local::blocks_face!(async await);

async fn open(client: &Client, source: Source) -> Result<Opened, Error> {
    source.open(client.flow().driver()).await
}

fn match_next(
    client: &Client,
    source: SharedSource,
    matcher: Matcher,
) -> BoxFuture<Result<Matcher, Error>> {
    client.flow().match_next(source, matcher)
}

async fn run<M>(
    client: &Client,
    machine: M,
    source: SourceHandle,
    listener: Option<Listener>,
    len: fn(&M::Output) -> u64,
) -> Result<M::Output, Error>
where
    M: Machine + Send + 'static,
    M::Output: Send + 'static,
{
    client.flow().run_reading(machine, source, listener, len).await
}

impl IntoFuture for BlockUploadBuilder {
    type Output = Result<BlockUploaded, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
