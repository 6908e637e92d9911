//! Uploads.

use crate::block_upload::BlockUploadBuilder;
use crate::cancel::Cancel;
use crate::client::Client;
use crate::flow::io::JobIo;
use crate::flow::owner::{Listener, Terms};
use crate::source::Source;
use b2_local::face::UploadSpec;
use b2_proto::error::Error;
use b2_proto::machine::upload::Uploaded;
use b2_proto::model::FileVersion;
use b2_proto::op::new_file::NewFile;

/// An upload that begins with [`send`](Self::send).
///
/// Short files go up in one request, long ones in parts that are sent at the same time. Every
/// byte is verified by SHA-1.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = Server::start(ServerConfig::default())?;
/// # let client = b2_blocking::Client::builder()
/// #     .credentials(server.key_id(), server.key())
/// #     .realm(server.url())
/// #     .build()?;
/// use b2_proto::model::BucketType;
/// use b2_proto::op::CreateBucket;
///
/// let photos = client.create_bucket(CreateBucket::new("photos", BucketType::AllPrivate))?;
/// let uploaded = photos
///     .upload("2026/a.jpg", b"not really a picture")
///     .content_type("image/jpeg")
///     .info("camera", "box")
///     .send()?;
/// assert_eq!(uploaded.file.file_name, "2026/a.jpg");
/// # Ok(()) }
/// ```
#[must_use = "an upload begins when it is sent"]
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

    /// Gives the upload up when `cancel` says so.
    pub fn cancel_with(mut self, cancel: &Cancel) -> Self {
        self.client = self.client.cancel_with(cancel);
        self
    }

    /// Uploads.
    ///
    /// # Errors
    /// Those of the source, of the operations, and of the network.
    pub fn send(self) -> Result<Uploaded<FileVersion>, Error> {
        let bucket = self.spec.bucket();
        let source = self.source.open()?;
        let machine = self.spec.machine(source.facts);
        let terms = Terms { listener: self.listener, ..self.client.terms() };
        let io = JobIo::reading(source.handle);
        let len = |uploaded: &Uploaded<FileVersion>| uploaded.file.content_length;
        let uploaded = self.client.flow().run(machine, io, terms, len);
        self.client.learn_from(uploaded, &bucket)
    }
}
