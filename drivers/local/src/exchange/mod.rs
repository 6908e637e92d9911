//! One request from an order to its outcome: what all drivers need, whatever their HTTP library.
//!
//! | module | what |
//! | --- | --- |
//! | [`request`] | a request of the core in the types of the `http` crate |
//! | [`headers`] | headers of an answer as the core reads them |
//! | [`meter`] | bytes moved, silence, and how to stop |
//! | [`range`] | a source's range, hashed while it is handed out |
//! | [`pool`] | buffers for that |
//! | [`outcome`] | how it ended |
//! | [`system`] | what the system says when it broke off |
//!
//! Nothing in here knows the service, opens a connection or waits for anything.

pub mod headers;
pub mod meter;
pub mod outcome;
pub mod pool;
pub mod range;
pub mod request;
pub mod system;

pub use headers::ReplyHeaders;
pub use meter::{Meter, Phase};
pub use outcome::{Outcome, Trouble};
pub use request::{Outgoing, Payload};
