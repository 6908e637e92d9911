//! Folders and buckets kept in step.

use crate::client::Client;
use crate::copy::CopyBuilder;
use crate::download::DownloadBuilder;
use crate::source::Source;
use crate::upload::UploadBuilder;
use b2_local::flow::brake::Brake;
use b2_local::flow::crew;
use core::future::IntoFuture;
use core::pin::Pin;

/// A sync that begins when it is awaited.
///
/// Both sides are listed in the order of their names and compared as they come, so the first file
/// is on its way while the rest is still being looked at. Memory does not depend on the number of
/// files. Old versions go only after what takes their place is there, and nothing is removed below
/// a place that could not be looked at. Dropping the future gives the sync up, and
/// [`stop_with`](Self::stop_with) ends it with a summary; run again, it goes on from there.
///
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
#[must_use = "a sync begins when it is awaited"]
pub struct SyncBuilder {
    client: Client,
    spec: SyncSpec,
}

b2_local::sync_face!(async await);

async fn crew(
    client: Client,
    run: Run,
    onlooker: Onlooker,
    moved: Moved,
) -> Result<Summary, Error> {
    let driver = client.flow().driver().clone();
    let brake = Brake::of(&run);
    let hand =
        move |job| brake.around(job, |job| Box::pin(carry_out(client.clone(), job, moved.clone())));
    crew::run(driver, run, onlooker, hand).await
}

impl IntoFuture for SyncBuilder {
    type Output = Result<Summary, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
