//! One list of scenarios that every driver runs, over plain HTTP and over TLS.
//!
//! A scenario is a short program over the common [`face`]. The service it talks to is the
//! simulated one, on a real socket, with faults by script; what the service saw becomes a
//! transcript, and that must be the same for every driver: the same requests, in the same order,
//! and the same outcome.
//!
//! A driver implements [`Face`](face::Face) and calls [`run`] from a test. The README says how.

#[doc(hidden)]
pub use b2_proto;

mod authority;
pub mod build;
mod builders;
mod delegate;
pub mod face;
mod golden;
pub mod in_step;
pub mod notes;
mod peer;
pub mod proxy;
mod runner;
mod scenario;
mod scenarios;
mod script;
pub mod settings;
mod slow_store;
pub mod stop;
mod tools;
pub mod transfer;
mod watch;
mod world;

pub use runner::{Report, Wire, run, run_over};
