//! What the drivers with the standard library share: local files as sources and sinks, ordered
//! folder walks, safe local names, and stores for logins.
//!
//! There is no HTTP and no runtime in here. Everything blocks; an asynchronous driver calls it
//! where blocking is allowed.
//!
//! | module | what | invariants of the design |
//! | --- | --- | --- |
//! | [`source`] | bytes that can be read again at any offset | a changed source is noticed (S15) |
//! | [`sink`] | where downloads go | the old target survives any failure (S8) |
//! | [`safe_name`] | remote names as paths below a folder | no name leads out of it (S13) |
//! | [`walk`] | a folder's files in a bucket's order of names | nothing is left out silently (S2) |
//! | [`account`] | where a login is kept between runs | private from its first moment (S14) |
//!
//! The feature `sqlite` adds the account store that Backblaze's own tools read and write too.

pub mod account;
pub mod error;
pub mod exchange;
pub mod face;
#[cfg(feature = "async")]
pub mod flow;
pub mod hub;
pub mod safe_name;
pub mod sink;
pub mod source;
mod temp;
mod time;
#[cfg(feature = "tls")]
pub mod tls;
mod unnamed;
mod volume;
pub mod walk;

pub use error::{Error, Reason};
