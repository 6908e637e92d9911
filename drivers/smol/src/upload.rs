//! Uploads.

use crate::block_upload::BlockUploadBuilder;
use crate::client::Client;
use crate::source::Source;
use b2_local::face::UploadSpec;
use b2_local::flow::io::JobIo;
use b2_local::flow::owner::Listener;
use b2_proto::error::Error;
use b2_proto::machine::upload::Uploaded;
use b2_proto::model::FileVersion;
use b2_proto::op::new_file::NewFile;
use core::future::IntoFuture;
use core::pin::Pin;

/// An upload that begins when it is awaited.
///
/// Short files go up in one request, long ones in parts that are sent at the same time. Every
/// byte is verified by SHA-1. Dropping the future gives the upload up.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> { smol::block_on(async {
/// # let server = Server::start(ServerConfig::default())?;
/// # let client = b2_smol::Client::builder()
/// #     .credentials(server.key_id(), server.key())
/// #     .realm(server.url())
/// #     .build()?;
/// use b2_proto::model::BucketType;
/// use b2_proto::op::CreateBucket;
///
/// let photos = client.create_bucket(CreateBucket::new("photos", BucketType::AllPrivate)).await?;
/// let uploaded = photos
///     .upload("2026/a.jpg", b"not really a picture")
///     .content_type("image/jpeg")
///     .info("camera", "box")
///     .await?;
/// assert_eq!(uploaded.file.file_name, "2026/a.jpg");
/// # Ok(()) }) }
/// ```
#[must_use = "an upload begins when it is awaited"]
pub struct UploadBuilder {
    client: Client,
    source: Source,
    spec: UploadSpec,
    listener: Option<Listener>,
}

b2_local::upload_face!(UploadBuilder);

impl UploadBuilder {
    pub(crate) fn new(client: Client, file: NewFile, source: Source) -> Self {
        let spec = UploadSpec::new(file, client.settings());
        Self { client, source, spec, listener: None }
    }

    /// Uploads; awaiting the builder does the same.
    ///
    /// # Errors
    /// Those of the source, of the operations, and of the network.
    pub async fn send(self) -> Result<Uploaded<FileVersion>, Error> {
        let flow = self.client.flow();
        let bucket = self.spec.bucket();
        let place = flow.place().await;
        let source = self.source.open(flow.driver()).await?;
        let machine = Box::new(self.spec.machine(source.facts));
        let running = flow.begin(machine, JobIo::reading(source.handle), self.listener, place);
        let uploaded = running.attend(|uploaded| uploaded.file.content_length).await;
        self.client.learn_from(uploaded, &bucket).await
    }
}

impl IntoFuture for UploadBuilder {
    type Output = Result<Uploaded<FileVersion>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
