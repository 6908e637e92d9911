//! Copies on the server.

use crate::cancel::Cancel;
use crate::client::Client;
use crate::flow::io::JobIo;
use crate::flow::owner::{Listener, Terms};
use b2_local::face::CopySpec;
use b2_proto::error::Error;
use b2_proto::machine::copy::{Copied, CopySource, CopyTarget};

/// A copy that begins with [`send`](Self::send).
///
/// The service copies a file of up to 5 GB in one call, and more in parts at the same time. The
/// bytes do not come here. Content type and file info are the source's unless both are replaced;
/// locks and encryption are never copied.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = Server::start(ServerConfig::default())?;
/// # let client = b2_blocking::Client::builder()
/// #     .credentials(server.key_id(), server.key())
/// #     .realm(server.url())
/// #     .build()?;
/// # use b2_proto::{model::BucketType, op::CreateBucket};
/// # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
/// # let photos = client.create_bucket(bucket)?;
/// let original = photos.upload("a.txt", b"twelve bytes").send()?.file;
/// let copied = photos.copy(&original, "b.txt").send()?;
/// assert_eq!((copied.file.content_length, copied.sha1), (12, original.whole_sha1()));
///
/// let part = photos.copy(original.file_id, "c.txt").range(7..12).send()?;
/// assert_eq!(part.file.content_length, 5);
/// # Ok(()) }
/// ```
#[must_use = "a copy begins when it is sent"]
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

    /// Gives the copy up when `cancel` says so.
    pub fn cancel_with(mut self, cancel: &Cancel) -> Self {
        self.client = self.client.cancel_with(cancel);
        self
    }

    /// Copies.
    ///
    /// # Errors
    /// Those of the operations and of the network.
    pub fn send(self) -> Result<Copied, Error> {
        let bucket = self.spec.bucket();
        let machine = self.spec.machine()?;
        let terms = Terms { listener: self.listener, ..self.client.terms() };
        let len = |copied: &Copied| copied.file.content_length;
        let copied = self.client.flow().run(machine, JobIo::default(), terms, len);
        self.client.learn_from(copied, &bucket)
    }
}
