//! Handles by which a machine and its driver speak about requests, sources, sinks and buffers.

use core::fmt;

/// One request of one machine: a slot and how often the slot was used.
///
/// A late answer to an abandoned request carries an old generation and is ignored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReqId {
    /// Which of the machine's places for a request.
    pub slot: u16,
    /// Counts the requests of that slot, wrapping.
    pub generation: u16,
}

impl fmt::Debug for ReqId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}.{}", self.slot, self.generation)
    }
}

/// A place bytes are read from: the driver's file, reader or buffer with this number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourceId(pub u16);

/// A place bytes are written to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SinkId(pub u16);

/// A buffer the driver holds for a machine, filled by `Action::Fill`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BufferId(pub u16);
