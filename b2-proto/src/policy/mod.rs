//! What to do when a request fails: classify the answer, then decide whether, when and with which
//! URL and token it is repeated.

pub mod classify;
pub mod clock;
pub mod code;
pub mod retry;
