//! Which files of a bucket a listing or a deletion is about (behaviour k).

pub(crate) mod listing;
pub(crate) mod moment;
pub(crate) mod pattern;
mod selector;
