//! What to do when a request fails: classify the answer, then decide whether, when and with which
//! URL and token it is repeated. And how much a client does at the same time, in a second and at
//! all: buffers, requests, bytes, transactions.

pub mod bandwidth;
#[cfg(feature = "alloc")]
pub mod buffers;
pub mod classify;
pub mod clock;
pub mod code;
#[cfg(feature = "alloc")]
pub mod meter;
pub mod retry;
#[cfg(feature = "alloc")]
pub mod window;
