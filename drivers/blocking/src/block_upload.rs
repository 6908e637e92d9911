//! Uploads of what has changed.

use crate::client::Client;
use crate::flow::io::{JobIo, Opened, SourceHandle};
use crate::flow::owner::{Listener, Terms};
use crate::source::Source;
use b2_local::source::{SharedSource, match_slice};
use b2_proto::error::ErrorKind;
use b2_proto::machine::Machine;
use b2_proto::plan::blocks::Matcher;

/// An upload by blocks that begins with [`send`](Self::send).
///
/// What the newest version has of the file is copied at the service, wherever it is in either, and
/// compared with the bytes here by SHA-1; the rest is sent. A manifest of the new version's blocks
/// is kept beside it for the next time.
///
/// ```
/// # use b2_sim::server::{Server, ServerConfig};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use b2_sim::Config;
/// # let service = Config { part_len_min: 100_000, ..Config::default() };
/// # let server = Server::start(ServerConfig { service, ..ServerConfig::default() })?;
/// # let client = b2_blocking::Client::builder()
/// #     .credentials(server.key_id(), server.key())
/// #     .realm(server.url())
/// #     .build()?;
/// # use b2_proto::model::BucketType;
/// # use b2_proto::op::CreateBucket;
/// # let images = client.create_bucket(CreateBucket::new("images", BucketType::AllPrivate))?;
/// let mut image: Vec<u8> = (0..400_000_u32)
///     .flat_map(|at| at.wrapping_mul(2_654_435_769).to_le_bytes())
///     .collect();
/// images.upload("a.img", image.clone()).by_blocks().send()?;
///
/// image.insert(700_000, 1);
/// let done = images.upload("a.img", image).by_blocks().send()?;
/// assert_eq!((done.lacks, done.totals.len), (None, 1_600_001));
/// assert!(done.totals.sent < 400_000);
/// # Ok(()) }
/// ```
#[must_use = "an upload begins when it is sent"]
pub struct BlockUploadBuilder {
    pub(crate) client: Client,
    pub(crate) source: Source,
    pub(crate) spec: UploadSpec,
    pub(crate) listener: Option<Listener>,
}

b2_local::blocks_face!();

fn open(_client: &Client, source: Source) -> Result<Opened, Error> {
    source.open()
}

fn match_next(
    client: &Client,
    source: SharedSource,
    mut matcher: Matcher,
) -> Result<Matcher, Error> {
    if client.terms().cancel.is_some_and(|cancel| cancel.is_cancelled()) {
        return Err(Error::new(ErrorKind::Cancelled, "the upload was given up"));
    }
    match_slice(&*source, &mut matcher)?;
    Ok(matcher)
}

fn run<M>(
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
    let terms = Terms { listener, ..client.terms() };
    client.flow().run(machine, JobIo::reading(source), terms, len)
}
