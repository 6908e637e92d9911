//! A Backblaze B2 client for tokio, on reqwest.

mod account;
pub mod bucket;
pub mod builder;
pub mod client;
pub mod download;
mod job;
pub mod listing;
mod progress;
mod runner;
pub mod source;
mod tls;
mod transport;
pub mod upload;

pub use b2_proto::error::{Error, ErrorKind};
pub use b2_proto::machine::Progress;
pub use b2_proto::machine::download::{Downloaded, Verified};
pub use b2_proto::machine::upload::Uploaded;
pub use bucket::Bucket;
pub use builder::ClientBuilder;
pub use client::Client;
pub use download::DownloadBuilder;
pub use listing::Listing;
pub use source::Source;
pub use upload::UploadBuilder;
