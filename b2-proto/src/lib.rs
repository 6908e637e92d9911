//! The Backblaze B2 protocol without I/O.
//!
//! This crate knows everything about talking to B2 and does none of it: it encodes requests,
//! parses replies, plans parts and ranges, decides about retries, and leaves sockets, files and
//! clocks to a driver.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod error;
pub mod id;
pub mod info;
pub mod limits;
pub mod machine;
#[cfg(feature = "alloc")]
pub mod model;
pub mod name;
pub mod op;
pub mod plan;
pub mod policy;
pub mod rng;
pub mod secret;
pub mod sse;
pub mod time;
pub mod wire;
