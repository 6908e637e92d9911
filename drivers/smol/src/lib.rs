//! A Backblaze B2 client for smol and any other executor, without tokio.
//!
//! ```
//! # use b2_sim::server::{Server, ServerConfig};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> { smol::block_on(async {
//! # let server = Server::start(ServerConfig::default())?;
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("a.jpg");
//! # std::fs::write(&path, b"not really a picture")?;
//! # let copy = folder.path().join("copy.jpg");
//! # let (key_id, key) = (server.key_id(), server.key());
//! # use b2_proto::{model::BucketType, op::CreateBucket};
//! use b2_smol::Client;
//!
//! // Or `Client::from_env()`.
//! let client = Client::builder().credentials(key_id, key).realm(server.url()).build()?;
//! # client.create_bucket(CreateBucket::new("photos", BucketType::AllPrivate)).await?;
//! let photos = client.bucket("photos").await?;
//! photos.upload("2026/a.jpg", path).content_type("image/jpeg").await?;
//! photos.download("2026/a.jpg").save_to(copy).await?;
//! # Ok(()) }) }
//! ```
//!
//! [`guide`] has an example for most questions. What is not at the top of this crate is in
//! [`model`] (files, buckets and keys as the service describes them), [`op`] (operations, and what
//! methods take, such as [`CreateBucket`](op::CreateBucket)), [`account`] (where logins are kept),
//! or else in [`b2_proto`] and [`b2_local`], here in the versions that this crate is built with.
//!
//! # Who decides what
//!
//! This crate moves bytes. What is sent, what an answer means, what is repeated and when: all of
//! that is decided by [`b2_proto`], and no status code, header or limit of the service appears
//! here. Nor is how jobs share the core's engine: that is the same for all drivers
//! ([`b2_local::hub`], [`b2_local::flow`]). What is left is connections: names, addresses,
//! proxies, TLS, and HTTP/1.1 over them.
//!
//! # Which executor
//!
//! Any: a job runs where it is awaited, under `smol::block_on`, a `LocalExecutor` or the
//! `block_on` of any other crate. Requests that proceed in parallel run in tasks of smol's global
//! executor, which has one thread unless the variable `SMOL_THREADS` says more. Files are read,
//! hashed and written on threads of their own, and sockets and timers are those of smol, which
//! need no runtime around them.
//!
//! # What holds
//!
//! - Dropping a future gives its job up: its requests are aborted, and the temporary file of a
//!   download is removed. So no token is needed that cancels, as calls that block need one. A
//!   login under way belongs to the client and goes on.
//! - A job goes on only while its future is polled. One that was begun, and is then kept without
//!   being awaited, keeps its connection too, and so does a listing whose next row was asked for
//!   and not waited for: drop what is not awaited any more, or others wait for its place.
//! - Every job ends, whatever happens to the peer, the disk or the executor; a peer that is silent
//!   in both directions for longer than the operation allows is left.
//! - Memory does not depend on the size of files: a file being uploaded holds at most a few
//!   pieces of 256 KiB for each request, and only [readers](Source::reader), which cannot be read
//!   again, are buffered, within [a budget](ClientBuilder::buffer_bytes).
//! - No request is repeated here once any of it was sent; another connection is only opened when
//!   a kept one turns out to be closed before the request was begun.
//! - Nothing is installed process-wide, TLS providers included.

mod alarms;
pub mod block_upload;
pub mod bucket;
pub mod builder;
pub mod client;
pub mod copy;
pub mod download;
mod driver;
pub mod guide;
pub mod job;
mod sockets;
pub mod source;
pub mod sync;
pub mod synthesis;
pub mod upload;
pub mod verify;

pub use b2_local;
pub use b2_local::account;
pub use b2_local::exchange::Resolver;
pub use b2_local::face::{BlockPlan, BlockUploaded};
pub use b2_local::flow::http1::connector;
pub use b2_local::flow::listing::{self, Listing};
pub use b2_local::hub::{Observer, Repeat, ReplyInfo, RequestInfo};
pub use b2_proto;
pub use b2_proto::error::{Error, ErrorKind};
pub use b2_proto::machine::Progress;
pub use b2_proto::machine::download::{Downloaded, Verified};
pub use b2_proto::machine::synthesis::Synthesized;
pub use b2_proto::machine::upload::Uploaded;
pub use b2_proto::policy::meter::{Budget, Meter};
pub use b2_proto::{model, op};
pub use block_upload::BlockUploadBuilder;
pub use bucket::Bucket;
pub use builder::ClientBuilder;
pub use client::Client;
pub use connector::Connector;
pub use copy::CopyBuilder;
pub use download::DownloadBuilder;
pub use job::JobBuilder;
pub use source::Source;
pub use sync::SyncBuilder;
pub use synthesis::{Intent, SynthesisBuilder};
pub use upload::UploadBuilder;
pub use verify::{Verification, VerifyBuilder};

/// The examples of the README run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
