//! What the engine wants done, owned.

use std::sync::Arc;

use b2_proto::id::{BufferId, SinkId, SourceId};
use b2_proto::wire::body::BodyPiece;

use super::{Flight, JobIo};
#[cfg(doc)]
use crate::exchange::outcome::Outcome;
use crate::exchange::request::Outgoing;

/// Something to do for a job. Its flight is told how it ended.
#[derive(Debug)]
pub struct Order<Io: JobIo> {
    /// What to do.
    pub work: Work,
    /// What the job reads from and writes to.
    pub io: Arc<Io>,
    /// Who is told how it ended.
    pub flight: Flight<Io>,
    /// Whether it is all that goes on for the job at this time, so that whoever waits for the
    /// job can as well do it.
    pub is_only: bool,
}

impl<Io: JobIo> Order<Io> {
    /// The same, once whoever watches requests has been told. An observer may come back to the
    /// client, so the lock must be free.
    pub(super) fn begun(mut self) -> Self {
        self.flight.begin(&self.work);
        self
    }
}

/// What to do.
#[derive(Debug)]
pub enum Work {
    /// Make a request; ends with any outcome but those of the others.
    Send(Box<Outgoing>),
    /// Read the next bytes of a source into a buffer; ends with [`Outcome::Filled`].
    Fill {
        /// The buffer.
        slot: BufferId,
        /// The source, which cannot be read again.
        source: SourceId,
        /// Bytes to read unless the source ends before.
        len: u64,
    },
    /// Tell the SHA-1 of a range of a source that can be read again; ends with
    /// [`Outcome::Hashed`].
    Hash {
        /// The source.
        source: SourceId,
        /// First byte.
        offset: u64,
        /// Number of bytes.
        len: u64,
    },
    /// Tell the SHA-1 of ranges of sources that can be read again, one after the other; ends with
    /// [`Outcome::Hashed`].
    HashJoined {
        /// The ranges.
        pieces: Vec<BodyPiece>,
    },
    /// Take the next intents of a file that is built while they come; ends with
    /// [`Outcome::Taken`].
    Take {
        /// Sources that are not read any more.
        closed: Vec<SourceId>,
        /// Bytes of intents that are enough.
        len: u64,
        /// Intents that are enough.
        count: u32,
    },
    /// Claim an unfinished large file until the job ends; ends with [`Outcome::Claimed`].
    Claim {
        /// Its ID.
        file: String,
    },
    /// Tell the SHA-1 of what was stored; ends with [`Outcome::Digested`].
    Digest {
        /// The sink.
        sink: SinkId,
        /// From its start, so many bytes before them.
        offset: u64,
        /// So many bytes.
        len: u64,
    },
}
