//! The Backblaze B2 service in a box.
//!
//! [`service::Service`] is the native API as a pure state machine: requests in, replies out, time
//! as an argument, chance from a seed. Around it: [`store`]s for content and state, a
//! [`host::Host`] that joins the two, a [`fault`] plan, an in-process [`transport`] with virtual
//! time, and, with the feature `server`, an HTTP/1.1 server.
//!
//! ```
//! use b2_sim::{Config, host::Host, transport::Transport};
//!
//! let host = Host::in_memory(Config::default());
//! let transport = Transport::new(host.clone());
//! let url = "/b2api/v4/b2_authorize_account";
//! let login = transport.post(0, url, &host.basic_authorization(), "{}");
//! assert_eq!(login.status, 200);
//! ```

mod calendar;
mod config;
pub mod fault;
pub mod host;
#[cfg(feature = "server")]
pub mod server;
pub mod service;
pub mod store;
pub mod transport;

pub use config::{Caps, Config};

/// The examples of the README run as tests.
#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../README.md")]
struct Readme;
