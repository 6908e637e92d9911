//! Arithmetic of parts and ranges; with `alloc` also plans of a sync (`sync`), of files built from
//! several sources (`synthesis`), and what a file has of an earlier version (`blocks`).
//!
//! Plans of parts are a handful of numbers: any part of a file of any size is computed when it is
//! asked for, so a plan of ten thousand parts needs no list.

#[cfg(feature = "alloc")]
pub mod blocks;
pub mod gaps;
pub mod growth;
#[cfg(feature = "alloc")]
pub mod moment;
pub mod parts;
pub mod pieces;
pub mod ranges;
#[cfg(feature = "alloc")]
pub mod replication;
#[cfg(feature = "alloc")]
pub mod selection;
pub mod sizes;
#[cfg(feature = "alloc")]
pub mod sync;
#[cfg(feature = "alloc")]
pub mod synthesis;

/// Some bytes in a row of a file or an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// Where they start, in bytes from the beginning.
    pub offset: u64,
    /// How many they are; may be none.
    pub len: u64,
}

impl Span {
    /// The first byte behind them.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.offset.saturating_add(self.len)
    }
}
