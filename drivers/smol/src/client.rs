//! The client: a cheap handle to the engine that its jobs share.

use crate::bucket::Bucket;
use crate::builder::ClientBuilder;
use crate::download::DownloadBuilder;
use crate::driver::Smol;
use crate::job::JobBuilder;
use crate::listing::Listing;
use crate::source::Source;
use b2_local::flow::Flow;

/// A client for one account and realm.
///
/// A clone is cheap and shares everything: login, upload URLs, connections and limits. A job runs
/// where it is awaited, its parallel requests in tasks of smol's global executor; dropping the
/// future of any method gives its work up.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> { smol::block_on(async {
/// # let server = Server::start(ServerConfig::default())?;
/// let client = b2_smol::Client::builder()
///     .credentials(server.key_id(), server.key())
///     .realm(server.url())
///     .build()?;
/// let account = client.authorize().await?;
/// assert!(client.buckets().await?.is_empty());
/// # let _ = account;
/// # Ok(()) }) }
/// ```
#[derive(Clone)]
pub struct Client {
    flow: Flow<Smol>,
    settings: Arc<Settings>,
}

b2_local::async_client_face!(Smol);
