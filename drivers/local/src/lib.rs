//! What the drivers with the standard library share: all but runtimes, threads and sockets.
//!
//! | module | what | invariants of the design |
//! | --- | --- | --- |
//! | [`hub`] | the engine behind a lock, driven by whoever has news | every job ends (S3) |
//! | [`exchange`] | one request from an order to its outcome, without I/O | nothing is repeated (S6), no secrets are shown (S14) |
//! | [`job`] | what a driver does for a job, in threads or in futures | |
//! | `flow` | jobs as futures on any runtime (feature `async`), and an HTTP client over its sockets (`http`) | |
//! | [`face`] | what users see of a driver: settings, macros for its methods | |
//! | [`source`] | bytes that can be read again at any offset | a changed source is noticed (S15) |
//! | [`sink`] | where downloads go | the old target survives any failure (S8) |
//! | [`safe_name`] | remote names as paths below a folder | no name leads out of it (S13) |
//! | `filter` | which files take part in a sync (feature `filter`) | |
//! | [`verify`] | a folder compared with a bucket, without a download | unknown is not missing (S2) |
//! | [`sync`] | folders and buckets kept in step | one file's trouble is its own (S16) |
//! | [`walk`] | a folder's files in a bucket's order of names | nothing is left out silently (S2) |
//! | [`index`] | digests of files that were read before | |
//! | [`claims`] | unfinished large files that a job has for itself | no two continue the same one (S9) |
//! | [`account`] | where a login is kept between runs | private from its first moment (S14) |
//!
//! Nothing in here opens a socket. Threads are started by a walk of a slow disk, with which
//! they end ([`walk::LookAhead`]), and to ask for the addresses of hosts, until they are known
//! ([`exchange::resolver`]). Files are read and written by calls that block, which an
//! asynchronous driver makes where that is allowed.
//!
//! The feature `sqlite` adds the account store that Backblaze's own tools read and write too.

pub mod account;
pub mod claims;
pub mod error;
pub mod exchange;
pub mod face;
mod file_id;
#[cfg(feature = "filter")]
pub mod filter;
#[cfg(feature = "async")]
pub mod flow;
pub mod hub;
pub mod index;
pub mod job;
pub mod safe_name;
pub mod sink;
pub mod source;
pub mod sync;
mod temp;
mod time;
#[cfg(feature = "tls")]
pub mod tls;
mod unnamed;
pub mod verify;
mod volume;
pub mod walk;

pub use error::{Error, Reason};

/// The examples of the README run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
