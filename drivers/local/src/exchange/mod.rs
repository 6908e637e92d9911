//! One request from an order to its outcome: what all drivers need, whatever their HTTP library.
//!
//! | module | what |
//! | --- | --- |
//! | [`request`] | a request of the core that owns all it needs |
//! | [`headers`] | headers, and the bounds of those of answers |
//! | `http1` (feature `http1`) | heads and framing, for drivers with connections of their own |
//! | [`meter`] | bytes moved, silence, and how to stop |
//! | [`phase`] | what a request is waiting for |
//! | [`pipe`] | bytes on their way from one request into another |
//! | [`joined`] | pieces in a row, hashed while they are handed out |
//! | [`range`] | a source's range, hashed while it is handed out |
//! | [`pool`] | buffers for that |
//! | [`origin`] | whom it goes to |
//! | [`resolver`] | the addresses of a host |
//! | [`addresses`] | which of them is tried when |
//! | [`alive`] | what the system is told of a connection |
//! | [`proxy`] | which proxy there is on the way, and what it is told |
//! | [`pace`] | bytes in a second |
//! | [`idle`] | connections that are kept for the next one |
//! | [`outcome`] | how it ended |
//! | [`system`] | what the system says when it broke off |
//!
//! Nothing in here knows the service, opens a connection or waits for anything, but for the threads
//! of [`resolver`].

pub mod addresses;
pub mod alive;
pub mod headers;
#[cfg(feature = "http1")]
pub mod http1;
pub mod idle;
pub mod joined;
pub mod meter;
pub mod origin;
pub mod outcome;
pub mod pace;
pub mod phase;
pub mod pipe;
pub mod pool;
pub mod proxy;
pub mod range;
pub mod request;
pub mod resolver;
mod signal;
pub mod system;

pub use headers::HeaderList;
pub use idle::Idle;
pub use meter::Meter;
pub use origin::Origin;
pub use outcome::{Outcome, Trouble};
pub use pace::Pace;
pub use phase::Phase;
pub use request::{Outgoing, Payload};
pub use resolver::Resolver;
