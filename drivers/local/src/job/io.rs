//! What a job's requests read from and write to.

use std::sync::Arc;

use b2_proto::error::Cause;
use b2_proto::id::{BufferId, SinkId, SourceId};
use b2_proto::machine::Version;
use b2_proto::wire::body::BodyPiece;

use super::source::SourceHandle;
use crate::claims::HeldClaim;
use crate::exchange::joined::JoinedPiece;
use crate::exchange::{Outcome, Trouble};
use crate::hub;
use crate::sink::Sink;
use crate::source::{Buffers, Filled, Filling, Intents, RunningHashes, SharedSource};

/// A sink of a job, as its requests share it. Each driver has its own kinds.
pub trait JobSink: Send + Sync + 'static {
    /// Learns what is stored from now on. Must not wait for anything.
    fn pin(&self, version: &Version<'_>);
}

/// Sources, sinks and buffers of one job. Machines number them from 0 on. `R` is what can be read
/// once, `K` a sink.
pub struct JobIo<R, K> {
    sources: Vec<SourceHandle<R>>,
    intents: Option<Intents>,
    sinks: Vec<K>,
    buffers: Buffers,
    /// What was read of sources in order.
    pub(super) hashes: RunningHashes,
    /// Large files no other job may continue.
    pub(super) claim: HeldClaim,
}

impl<R, K> Default for JobIo<R, K> {
    fn default() -> Self {
        Self {
            sources: Vec::new(),
            intents: None,
            sinks: Vec::new(),
            buffers: Buffers::default(),
            hashes: RunningHashes::default(),
            claim: HeldClaim::default(),
        }
    }
}

impl<R, K> JobIo<R, K> {
    /// A job that reads from `source`.
    pub fn reading(source: SourceHandle<R>) -> Self {
        Self::reading_all(vec![source])
    }

    /// A job that reads from these sources.
    pub fn reading_all(sources: Vec<SourceHandle<R>>) -> Self {
        Self { sources, ..Self::default() }
    }

    /// A job that builds a file of what comes.
    pub fn taking(intents: Intents) -> Self {
        Self { intents: Some(intents), ..Self::default() }
    }

    /// A job that writes to `sink`.
    pub fn writing(sink: K) -> Self {
        Self { sinks: vec![sink], ..Self::default() }
    }

    /// The same, that writes to these sinks besides.
    #[must_use]
    pub fn and_writing(mut self, sinks: Vec<Arc<dyn Sink>>) -> Self
    where
        K: From<Arc<dyn Sink>>,
    {
        self.sinks.extend(sinks.into_iter().map(K::from));
        self
    }

    /// A sink.
    ///
    /// # Errors
    /// There is none with this number.
    pub fn sink(&self, id: SinkId) -> Result<&K, Trouble> {
        let missing = || Trouble::new(Cause::SinkFailed, "the target is not there");
        self.sinks.get(usize::from(id.0)).ok_or_else(missing)
    }

    /// What comes for a file, if it is built of that.
    pub(super) const fn intents(&self) -> Option<&Intents> {
        self.intents.as_ref()
    }

    /// What was read into a buffer.
    ///
    /// # Errors
    /// It is not there.
    pub(super) fn filled(&self, slot: BufferId, len: u64) -> Result<Filled, Trouble> {
        let missing = || unreadable("the buffer is not there");
        self.buffers.get(slot, len).ok_or_else(missing)
    }

    /// Keeps what was read into a buffer.
    pub fn keep(&self, slot: BufferId, filling: Filling) -> Outcome {
        let (filled, digest) = filling.finish();
        let len = filled.len();
        self.buffers.keep(slot, filled);
        Outcome::Filled { len, digest }
    }
}

impl<R: Clone, K> JobIo<R, K> {
    /// A source.
    ///
    /// # Errors
    /// There is none with this number.
    pub fn source(&self, id: SourceId) -> Result<SourceHandle<R>, Trouble> {
        let source = match &self.intents {
            Some(intents) => intents.source(id).map(SourceHandle::Seekable),
            None => self.sources.get(usize::from(id.0)).cloned(),
        };
        source.ok_or_else(|| unreadable("the source is not there"))
    }

    /// A source that can be read again, for threads that may block.
    ///
    /// # Errors
    /// There is none with this number.
    pub fn shared(&self, id: SourceId) -> Result<SharedSource, Trouble> {
        self.source(id)?.shared().ok_or_else(read_once)
    }

    /// A source that can be read once, to fill a buffer anew.
    ///
    /// # Errors
    /// There is none with this number.
    pub fn refill(&self, slot: BufferId, id: SourceId) -> Result<R, Trouble> {
        self.buffers.release(slot);
        match self.source(id)? {
            SourceHandle::Reader(reader) => Ok(reader),
            SourceHandle::Memory(_) | SourceHandle::Seekable(_) => {
                Err(unreadable("a source that can be read again needs no buffer"))
            }
        }
    }

    /// The pieces of a body with their sources.
    ///
    /// # Errors
    /// One is not there, or can be read only once.
    pub(super) fn joined(&self, pieces: &[BodyPiece]) -> Result<Vec<JoinedPiece>, Trouble> {
        let piece = |piece: &BodyPiece| match *piece {
            BodyPiece::Fed { len } => Ok(JoinedPiece::Fed { len }),
            BodyPiece::Range { source, offset, len } => {
                Ok(JoinedPiece::Local { source: self.shared(source)?, offset, len })
            }
        };
        pieces.iter().map(piece).collect()
    }
}

impl<R: Send + Sync + 'static, K: JobSink> hub::JobIo for JobIo<R, K> {
    fn release(&self, slot: BufferId) {
        self.buffers.release(slot);
    }

    fn pin(&self, sink: SinkId, version: &Version<'_>) {
        if let Ok(sink) = self.sink(sink) {
            sink.pin(version);
        }
    }

    fn end(&self) {
        self.claim.end();
    }
}

impl<R, K> core::fmt::Debug for JobIo<R, K> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("JobIo").field("sources", &self.sources.len()).finish_non_exhaustive()
    }
}

pub(super) fn read_once() -> Trouble {
    unreadable("a source that can be read once has no ranges")
}

pub(super) fn unreadable(detail: &str) -> Trouble {
    Trouble::new(Cause::SourceUnreadable, detail)
}
