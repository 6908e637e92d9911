//! The cases of `retries.jsonl`: running them, and telling what the outcome should be.

pub(crate) mod fixed;
pub(crate) mod jobs;
pub(crate) mod names;
pub(crate) mod service;

/// The length of every file and part.
pub(crate) const FILE_LEN: u64 = 3;
