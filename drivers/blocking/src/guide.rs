//! How to do what: an example for each question.
//!
//! Each begins with a `client` and a new bucket `photos` of it, at a simulated service `server`.
//!
//! # Listing
//!
//! A listing fetches its pages as its rows are asked for; `collect_at_most` takes all of them, up
//! to a bound.
//!
//! ```
//! # use b2_sim::server::{Server, ServerConfig};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = Server::start(ServerConfig::default())?;
//! # let client = b2_blocking::Client::builder()
//! #     .credentials(server.key_id(), server.key())
//! #     .realm(server.url())
//! #     .build()?;
//! # use b2_blocking::{model::BucketType, op::CreateBucket};
//! # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
//! # let photos = client.create_bucket(bucket)?;
//! use b2_blocking::model::ListEntry;
//!
//! for name in ["2026/a.jpg", "2026/b.jpg"] {
//!     photos.upload(name, b"not really a picture").send()?;
//! }
//! let mut files = photos.list_names(photos.names_options().prefix("2026/"));
//! while let Some(entry) = files.try_next()? {
//!     match entry {
//!         ListEntry::File(file) => println!("{}: {} bytes", file.file_name, file.content_length),
//!         ListEntry::Folder(folder) => println!("{}", folder.name),
//!     }
//! }
//! let versions = photos.versions_of("2026/a.jpg").collect_at_most(1_000)?;
//! assert_eq!(versions.len(), 1);
//! # Ok(()) }
//! ```
//!
//! # Sources
//!
//! A path and bytes in memory can be read again; so can what a function opens. A reader is read
//! once, and is kept in memory piece by piece until the service has it.
//!
//! ```
//! # use b2_sim::server::{Server, ServerConfig};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = Server::start(ServerConfig::default())?;
//! # let client = b2_blocking::Client::builder()
//! #     .credentials(server.key_id(), server.key())
//! #     .realm(server.url())
//! #     .build()?;
//! # use b2_blocking::{model::BucketType, op::CreateBucket};
//! # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
//! # let photos = client.create_bucket(bucket)?;
//! use b2_blocking::Source;
//! use std::io::Read as _;
//!
//! let reader = &b"twelve bytes"[..];
//! let generated = std::io::repeat(7).take(5_000);
//! photos.upload("from a reader", Source::reader(reader, 12)).send()?;
//! photos.upload("of any length", Source::stream(generated)).send()?;
//! let open = |offset: u64| {
//!     let rest = b"twelve bytes".get(usize::try_from(offset).unwrap_or(12)..);
//!     Ok(Box::new(rest.unwrap_or_default()) as Box<dyn std::io::Read + Send>)
//! };
//! photos.upload("read again", Source::replay(12, open)).send()?;
//! let (_, bytes) = photos.download("read again").to_bytes(100)?;
//! assert_eq!(bytes, b"twelve bytes");
//! # Ok(()) }
//! ```
//!
//! # Progress, and a writer as the target
//!
//! Whoever listens is told from the thread that moves the bytes, which waits for it meanwhile.
//!
//! ```
//! # use b2_sim::server::{Server, ServerConfig};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = Server::start(ServerConfig::default())?;
//! # let client = b2_blocking::Client::builder()
//! #     .credentials(server.key_id(), server.key())
//! #     .realm(server.url())
//! #     .build()?;
//! # use b2_blocking::{model::BucketType, op::CreateBucket};
//! # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
//! # let photos = client.create_bucket(bucket)?;
//! use b2_blocking::Progress;
//!
//! let progress = |at: Progress| println!("{} of {:?} bytes", at.bytes_done, at.bytes_total);
//! photos.upload("a.txt", b"twelve bytes").progress(progress).send()?;
//! let mut target = Vec::new();
//! photos.download("a.txt").progress(progress).to_writer(&mut target)?;
//! assert_eq!(target, b"twelve bytes");
//! # Ok(()) }
//! ```
//!
//! # Errors
//!
//! [`ErrorKind`](crate::ErrorKind) says what the caller can do, and
//! [`advice`](crate::Error::advice) says it in words.
//!
//! ```
//! # use b2_sim::server::{Server, ServerConfig};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = Server::start(ServerConfig::default())?;
//! # let client = b2_blocking::Client::builder()
//! #     .credentials(server.key_id(), server.key())
//! #     .realm(server.url())
//! #     .build()?;
//! # use b2_blocking::{model::BucketType, op::CreateBucket};
//! # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
//! # let photos = client.create_bucket(bucket)?;
//! use b2_blocking::ErrorKind;
//!
//! match photos.download("nothing").to_bytes(100) {
//!     Ok(_) => println!("there it is"),
//!     Err(error) if error.kind == ErrorKind::NotFound => println!("there is no such file"),
//!     // The service could not be asked, or the outcome is not known: look before it is repeated.
//!     Err(error) if error.may_have_taken_effect => println!("perhaps: {error}"),
//!     Err(error) => return Err(error.into()),
//! }
//! let error = photos.download("nothing").to_bytes(100).expect_err("not there");
//! println!("{error}. {} ({} attempts)", error.advice(), error.attempts);
//! # Ok(()) }
//! ```
//!
//! # Giving up
//!
//! A [`Cancel`](crate::Cancel) gives calls up from another thread. What a large upload has sent
//! stays for the next one unless [`leftover`](crate::UploadBuilder::leftover) says otherwise.
//!
//! ```
//! # use b2_sim::server::{Server, ServerConfig};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = Server::start(ServerConfig::default())?;
//! # let client = b2_blocking::Client::builder()
//! #     .credentials(server.key_id(), server.key())
//! #     .realm(server.url())
//! #     .build()?;
//! # use b2_blocking::{model::BucketType, op::CreateBucket};
//! # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
//! # let photos = client.create_bucket(bucket)?;
//! use b2_blocking::{Cancel, ErrorKind};
//!
//! let cancel = Cancel::new();
//! let stoppable = client.cancel_with(&cancel);
//! std::thread::spawn(move || cancel.cancel()).join().expect("no panic");
//! let error = stoppable.buckets().expect_err("given up");
//! assert_eq!(error.kind, ErrorKind::Cancelled);
//! # Ok(()) }
//! ```
//!
//! # Limits
//!
//! How much passes in a second, and how much is asked of the service in all.
//!
//! ```
//! # use b2_sim::server::{Server, ServerConfig};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = Server::start(ServerConfig::default())?;
//! # let client = b2_blocking::Client::builder()
//! #     .credentials(server.key_id(), server.key())
//! #     .realm(server.url())
//! #     .build()?;
//! # use b2_blocking::{model::BucketType, op::CreateBucket};
//! # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
//! # let photos = client.create_bucket(bucket)?;
//! use b2_blocking::{Budget, Client, ErrorKind};
//!
//! let limited = Client::builder()
//!     .credentials(server.key_id(), server.key())
//!     .realm(server.url())
//!     .connections(4)
//!     .bandwidth_up(10_000_000)
//!     .budget(Budget { class_c: Some(2), ..Budget::default() })
//!     .build()?;
//! limited.buckets()?;
//! let error = limited.buckets().expect_err("a third call of class C, with the login");
//! assert_eq!(error.kind, ErrorKind::Limit);
//! limited.set_budget(None);
//! limited.set_bandwidth_up(None);
//! assert_eq!(limited.buckets()?.len(), 1);
//! assert_eq!(limited.meter().class_c, 3);
//! # Ok(()) }
//! ```
//!
//! # Being told of each request
//!
//! An observer is told before and after each request, without secrets.
//!
//! ```
//! # use b2_sim::server::{Server, ServerConfig};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = Server::start(ServerConfig::default())?;
//! # let client = b2_blocking::Client::builder()
//! #     .credentials(server.key_id(), server.key())
//! #     .realm(server.url())
//! #     .build()?;
//! # use b2_blocking::{model::BucketType, op::CreateBucket};
//! # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
//! # let photos = client.create_bucket(bucket)?;
//! use b2_blocking::{Client, Observer, ReplyInfo, RequestInfo};
//!
//! struct Log;
//!
//! impl Observer for Log {
//!     fn after(&self, request: &RequestInfo, reply: &ReplyInfo) {
//!         println!("{} {:?} after {:?}", request.operation, reply.status, reply.duration);
//!     }
//! }
//!
//! let client = Client::builder()
//!     .credentials(server.key_id(), server.key())
//!     .realm(server.url())
//!     .observer(Log)
//!     .build()?;
//! assert_eq!(client.buckets()?.len(), 1);
//! # Ok(()) }
//! ```
//!
//! # A store of one's own
//!
//! A store keeps a login and the names of its buckets between runs, here in memory; see
//! [`account`](crate::account) for one on the disk and for one in a database of one's own.
//!
//! ```
//! # use b2_sim::server::{Server, ServerConfig};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = Server::start(ServerConfig::default())?;
//! # let client = b2_blocking::Client::builder()
//! #     .credentials(server.key_id(), server.key())
//! #     .realm(server.url())
//! #     .build()?;
//! # use b2_blocking::{model::BucketType, op::CreateBucket};
//! # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
//! # let photos = client.create_bucket(bucket)?;
//! use b2_blocking::Client;
//! use b2_blocking::account::MemoryStore;
//! use std::sync::Arc;
//!
//! let store = Arc::new(MemoryStore::new());
//! let first = Client::builder()
//!     .credentials(server.key_id(), server.key())
//!     .realm(server.url())
//!     .store(store.clone())
//!     .build()?;
//! first.authorize()?;
//! // Without another login:
//! let next = Client::from_store(store)?;
//! assert_eq!(next.buckets()?.len(), 1);
//! # Ok(()) }
//! ```
//!
//! # Keys, deleting, and any other operation
//!
//! [`run`](crate::Client::run) performs every operation of the service that is in
//! [`op`](crate::op). A machine that no builder makes, of the core or of one's own, is run by
//! [`run_job`](crate::Client::run_job).
//!
//! ```
//! # use b2_sim::server::{Server, ServerConfig};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = Server::start(ServerConfig::default())?;
//! # let client = b2_blocking::Client::builder()
//! #     .credentials(server.key_id(), server.key())
//! #     .realm(server.url())
//! #     .build()?;
//! # use b2_blocking::{model::BucketType, op::CreateBucket};
//! # let bucket = CreateBucket::new("photos", BucketType::AllPrivate);
//! # let photos = client.create_bucket(bucket)?;
//! use b2_blocking::model::Capability;
//! use b2_blocking::op::{CreateKey, ListBuckets};
//!
//! let file = photos.upload("a.txt", b"twelve bytes").send()?.file;
//! let new = CreateKey::new("reader", vec![Capability::ReadFiles]).bucket(photos.id());
//! let created = client.create_key(new)?;
//! println!("its secret is told this once: {} bytes", created.application_key.expose().len());
//! client.delete_key(created.key.application_key_id.as_str())?;
//! photos.hide("a.txt")?;
//! photos.delete_version("a.txt", file.file_id.as_str())?;
//! let buckets = client.run(ListBuckets::default().name("photos"))?;
//! assert_eq!(buckets.len(), 1);
//! # Ok(()) }
//! ```
