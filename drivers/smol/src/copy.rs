//! Copies on the server.

use crate::client::Client;
use b2_local::face::CopySpec;
use b2_local::flow::io::JobIo;
use b2_local::flow::owner::Listener;
use b2_proto::error::Error;
use b2_proto::machine::copy::{Copied, CopySource, CopyTarget};
use core::future::IntoFuture;
use core::pin::Pin;

/// A copy that begins when it is awaited.
///
/// The service copies a file of up to 5 GB in one call, and more in parts at the same time. The
/// bytes do not come here. Content type and file info are the source's unless both are replaced;
/// locks and encryption are never copied. Dropping the future gives the
/// copy up.
///
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
#[must_use = "a copy begins when it is awaited"]
pub struct CopyBuilder {
    client: Client,
    spec: CopySpec,
    listener: Option<Listener>,
}

b2_local::copy_face!(CopyBuilder);

impl CopyBuilder {
    pub(crate) fn new(client: Client, source: CopySource, target: CopyTarget) -> Self {
        let spec = CopySpec::new(source, target, client.settings());
        Self { client, spec, listener: None }
    }

    /// Copies; awaiting the builder does the same.
    ///
    /// # Errors
    /// Those of the operations and of the network.
    pub async fn send(self) -> Result<Copied, Error> {
        let flow = self.client.flow();
        let bucket = self.spec.bucket();
        let machine = Box::new(self.spec.machine()?);
        let place = flow.place().await;
        let running = flow.begin(machine, JobIo::default(), self.listener, place);
        let copied = running.attend(|copied| copied.file.content_length).await;
        self.client.learn_from(copied, &bucket).await
    }
}

impl IntoFuture for CopyBuilder {
    type Output = Result<Copied, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
