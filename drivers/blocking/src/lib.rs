//! A Backblaze B2 client for plain threads: no asynchronous runtime, few dependencies.
//!
//! ```
//! # use b2_sim::server::{Server, ServerConfig};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = Server::start(ServerConfig::default())?;
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("a.jpg");
//! # std::fs::write(&path, b"not really a picture")?;
//! # let copy = folder.path().join("copy.jpg");
//! # let (key_id, key) = (server.key_id(), server.key());
//! # use b2_proto::{model::BucketType, op::CreateBucket};
//! use b2_blocking::Client;
//!
//! // Or `Client::from_env()`.
//! let client = Client::builder().credentials(key_id, key).realm(server.url()).build()?;
//! # client.create_bucket(CreateBucket::new("photos", BucketType::AllPrivate))?;
//! let photos = client.bucket("photos")?;
//! photos.upload("2026/a.jpg", path).content_type("image/jpeg").send()?;
//! photos.download("2026/a.jpg").save_to(copy)?;
//! # Ok(()) }
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
//! ([`b2_local::hub`]). A job runs in the thread that makes the call; requests that proceed in
//! parallel run in threads of the client, which are started when needed and go away when they have
//! had nothing to do for ten seconds or the client is gone.
//!
//! # What holds
//!
//! - A [`Cancel`] gives calls up from another thread: whatever they wait for ends at once, and the
//!   temporary file of a download is removed. A login under way belongs to the client and goes on.
//! - Every job ends, whatever happens to the peer, the disk or a thread; a peer that is silent in
//!   both directions for longer than the operation allows is left.
//! - Memory does not depend on the size of files: a file being uploaded holds one piece of 256 KiB
//!   for each request, and only [readers](Source::reader), which cannot be read again, are
//!   buffered, within [a budget](ClientBuilder::buffer_bytes).
//! - No request is repeated once any of it was sent; another connection is opened when a kept one
//!   turns out to be closed before.
//! - An answer is seen while the body is still being sent, which then ends: an upload that is
//!   refused at once sends little.
//! - Nothing is installed process-wide, TLS providers included.

pub mod block_upload;
pub mod bucket;
pub mod builder;
pub mod cancel;
mod cause;
pub mod client;
pub mod connector;
pub mod copy;
mod crew;
pub mod download;
mod flow;
pub mod guide;
mod http;
pub mod job;
pub mod listing;
pub mod source;
pub mod sync;
pub mod synthesis;
mod tcp;
pub mod upload;
pub mod verify;

pub use b2_local;
pub use b2_local::account;
pub use b2_local::exchange::Resolver;
pub use b2_local::face::{BlockPlan, BlockUploaded};
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
pub use cancel::Cancel;
pub use client::Client;
pub use connector::Connector;
pub use copy::CopyBuilder;
pub use download::DownloadBuilder;
pub use job::JobBuilder;
pub use listing::Listing;
pub use source::Source;
pub use sync::SyncBuilder;
pub use synthesis::{Intent, SynthesisBuilder};
pub use upload::UploadBuilder;
pub use verify::{Verification, VerifyBuilder};

/// The examples of the README run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
