//! What a job's requests read from and write to.

use super::sink::SinkHandle;
use super::source::SourceHandle;
use crate::claims::HeldClaim;
use crate::exchange::joined::JoinedPiece;
use crate::hub;
use crate::source::{Buffers, Intents, RunningHashes};
use b2_proto::id::{BufferId, SinkId, SourceId};
use b2_proto::machine::Version;
use b2_proto::wire::body::BodyPiece;
use std::sync::Arc;

/// Sources, sinks and buffers of one job. Machines number them from 0 on.
#[derive(Default)]
pub struct JobIo {
    sources: Vec<SourceHandle>,
    intents: Option<Arc<Intents>>,
    sinks: Vec<SinkHandle>,
    pub(super) buffers: Buffers,
    /// What was read of sources in order.
    pub(super) hashes: RunningHashes,
    /// Large files no other job may continue.
    pub(super) claim: HeldClaim,
}

impl JobIo {
    /// A job that reads from `source`.
    pub fn reading(source: SourceHandle) -> Self {
        Self { sources: vec![source], ..Self::default() }
    }

    /// A job that reads from these sources.
    pub fn reading_all(sources: Vec<SourceHandle>) -> Self {
        Self { sources, ..Self::default() }
    }

    /// A job that builds a file of what comes.
    pub fn taking(intents: Intents) -> Self {
        Self { intents: Some(Arc::new(intents)), ..Self::default() }
    }

    /// What comes for a file.
    pub(super) fn intents(&self) -> Option<Arc<Intents>> {
        self.intents.clone()
    }

    /// A job that writes to `sink`.
    pub fn writing(sink: SinkHandle) -> Self {
        Self { sinks: vec![sink], ..Self::default() }
    }

    /// A source, if there is one with this number.
    pub fn source(&self, id: SourceId) -> Option<SourceHandle> {
        match &self.intents {
            Some(intents) => intents.source(id).map(SourceHandle::Seekable),
            None => self.sources.get(usize::from(id.0)).cloned(),
        }
    }

    /// The pieces of a body with their sources; `None` when one is not there or can be read only
    /// once.
    pub(super) fn joined(&self, pieces: &[BodyPiece]) -> Option<Vec<JoinedPiece>> {
        let piece = |piece: &BodyPiece| match *piece {
            BodyPiece::Fed { len } => Some(JoinedPiece::Fed { len }),
            BodyPiece::Range { source, offset, len } => {
                let source = self.source(source)?.shared()?;
                Some(JoinedPiece::Local { source, offset, len })
            }
        };
        pieces.iter().map(piece).collect()
    }

    /// A sink, if there is one with this number.
    pub fn sink(&self, id: SinkId) -> Option<SinkHandle> {
        self.sinks.get(usize::from(id.0)).cloned()
    }
}

impl hub::JobIo for JobIo {
    fn release(&self, slot: BufferId) {
        self.buffers.release(slot);
    }

    fn pin(&self, sink: SinkId, version: &Version<'_>) {
        if let Some(sink) = self.sink(sink) {
            sink.pin(version);
        }
    }

    fn end(&self) {
        self.claim.end();
    }
}
