//! Arithmetic of parts and ranges.

pub mod parts;
pub mod ranges;
