//! A Backblaze B2 client for tokio, on reqwest.

pub mod builder;
pub mod client;
mod job;
mod runner;
mod tls;
mod transport;

pub use b2_proto::error::Error;
pub use builder::ClientBuilder;
pub use client::Client;
