//! Bytes to and from the service: requests of the core in the HTTP library's terms.
//!
//! Nothing in here knows the service: what is sent, what an answer means and what is repeated is
//! the core's decision.

mod body;
mod cause;
pub(crate) mod exchange;
mod headers;
pub(crate) mod local;
mod meter;
pub(crate) mod outcome;
mod pool;
pub(crate) mod request;
pub(crate) mod sink;
pub(crate) mod source;
mod store;

pub(crate) use meter::Meter;
pub(crate) use pool::Pool;
