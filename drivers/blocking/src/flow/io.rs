//! What a job's requests read from and write to.

use core::ops::Range;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use b2_local::claims::HeldClaim;
use b2_local::exchange::joined::JoinedPiece;
use b2_local::hub;
use b2_local::sink::Sink;
use b2_local::source::{
    Buffers, Facts, FileSource, Intents, MemorySource, ReadAt, RunningHashes, SharedSource, Window,
    read_cached,
};
use b2_proto::error::Error;
use b2_proto::id::{BufferId, SinkId, SourceId};
use b2_proto::machine::Version;
use b2_proto::plan::Span;
use b2_proto::plan::pieces::Pieces;
use b2_proto::wire::body::BodyPiece;
use bytes::Bytes;

/// A reader that can be read once.
pub(crate) type BoxedReader = Box<dyn Read + Send>;

/// A source of a job.
#[derive(Clone)]
pub(crate) enum SourceHandle {
    /// Bytes at hand.
    Memory(Bytes),
    /// Something that is read at any offset: an open file.
    Seekable(SharedSource),
    /// Something that can be read once; it is read into buffers.
    Reader(Arc<Mutex<BoxedReader>>),
}

impl SourceHandle {
    /// The same for any thread; `None` for what can be read only once.
    pub(crate) fn shared(&self) -> Option<SharedSource> {
        match self {
            Self::Memory(bytes) => Some(Arc::new(MemorySource::new(bytes.clone()))),
            Self::Seekable(source) => Some(source.clone()),
            Self::Reader(_) => None,
        }
    }
}

/// A sink of a job.
#[derive(Clone)]
pub(crate) enum SinkHandle {
    /// Any thread may write to it.
    Shared(Arc<dyn Sink>),
    /// Only the thread that waits for the job has it.
    Owners,
}

/// Sources, sinks and buffers of one job. Machines number them from 0 on.
#[derive(Default)]
pub(crate) struct JobIo {
    sources: Vec<SourceHandle>,
    intents: Option<Intents>,
    sinks: Vec<SinkHandle>,
    pub(super) buffers: Buffers,
    /// What was read of sources in order.
    pub(super) hashes: RunningHashes,
    /// Large files no other job may continue.
    pub(super) claim: HeldClaim,
    /// What the owner's sink gets, which only the owner can tell it.
    untold: Mutex<Option<Told>>,
}

/// A version, owned.
struct Told {
    file_id: String,
    len: u64,
    span: Span,
    pieces: Pieces,
}

impl Told {
    fn of(version: &Version<'_>) -> Self {
        let &Version { file_id, len, span, pieces } = version;
        Self { file_id: file_id.to_owned(), len, span, pieces }
    }
}

impl JobIo {
    /// A job that reads from `source`.
    pub(crate) fn reading(source: SourceHandle) -> Self {
        Self { sources: vec![source], ..Self::default() }
    }

    /// A job that reads from these sources.
    pub(crate) fn reading_all(sources: Vec<SourceHandle>) -> Self {
        Self { sources, ..Self::default() }
    }

    /// A job that builds a file of what comes.
    pub(crate) fn taking(intents: Intents) -> Self {
        Self { intents: Some(intents), ..Self::default() }
    }

    /// What comes for a file.
    pub(super) const fn intents(&self) -> Option<&Intents> {
        self.intents.as_ref()
    }

    /// A job that writes to `sink`.
    pub(crate) fn writing(sink: SinkHandle) -> Self {
        Self { sinks: vec![sink], ..Self::default() }
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

    pub(super) fn source(&self, id: SourceId) -> Option<SourceHandle> {
        match &self.intents {
            Some(intents) => intents.source(id).map(SourceHandle::Seekable),
            None => self.sources.get(usize::from(id.0)).cloned(),
        }
    }

    pub(super) fn sink(&self, id: SinkId) -> Option<&SinkHandle> {
        self.sinks.get(usize::from(id.0))
    }

    /// Tells the owner's sink what it gets, if it does not know yet.
    pub(super) fn tell(&self, own: &dyn Sink) {
        if let Some(Told { file_id, len, span, pieces }) = self.untold().take() {
            own.pin(&Version { file_id: &file_id, len, span, pieces });
        }
    }

    fn untold(&self) -> MutexGuard<'_, Option<Told>> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether telling the digest of a sink is a longer task of any thread.
    pub(super) fn may_wait(&self, id: SinkId, offset: u64, len: u64) -> bool {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        matches!(self.sink(id), Some(SinkHandle::Shared(sink)) if sink.may_wait(offset, len))
    }
}

impl hub::JobIo for JobIo {
    fn release(&self, slot: BufferId) {
        self.buffers.release(slot);
    }

    fn pin(&self, sink: SinkId, version: &Version<'_>) {
        match self.sink(sink) {
            Some(SinkHandle::Shared(sink)) => sink.pin(version),
            Some(SinkHandle::Owners) => *self.untold() = Some(Told::of(version)),
            None => {}
        }
    }

    fn end(&self) {
        self.claim.end();
    }
}

/// Bytes up to which a file is kept in memory while it is uploaded.
const SHORT_LEN_MAX: u64 = 64 * 1024;

/// A source that is ready to be read.
pub(crate) struct Opened {
    /// What the requests read from.
    pub(crate) handle: SourceHandle,
    /// What the upload needs to know.
    pub(crate) facts: Facts,
}

impl Opened {
    /// Bytes in memory.
    pub(crate) const fn bytes(bytes: Bytes) -> Self {
        let facts = Facts { len: Some(bytes.len() as u64), can_reread: true, modified_ms: None };
        Self { handle: SourceHandle::Memory(bytes), facts }
    }

    /// A reader of exactly `len` bytes, or of all until it ends.
    pub(crate) fn reader(reader: BoxedReader, len: Option<u64>) -> Self {
        let facts = Facts { len, can_reread: false, modified_ms: None };
        Self { handle: SourceHandle::Reader(Arc::new(Mutex::new(reader))), facts }
    }

    /// Something that is read at any offset.
    pub(crate) fn seekable(source: impl ReadAt + 'static) -> Self {
        let (len, modified_ms) = (source.len(), source.modified_ms());
        let facts = Facts { len: Some(len), can_reread: true, modified_ms };
        Self { handle: SourceHandle::Seekable(Arc::new(source)), facts }
    }

    /// The bytes `range` of the file at `path`.
    ///
    /// # Errors
    /// [`Source`](b2_proto::error::ErrorKind::Source) when it is not a file that can be read, or
    /// ends before.
    pub(crate) fn part(path: PathBuf, range: Range<u64>) -> Result<Self, Error> {
        Ok(Self::seekable(Window::new(FileSource::open(path)?, range)?))
    }

    /// The file at `path`; a short one is read at once, as it is at this moment.
    ///
    /// # Errors
    /// [`Source`](b2_proto::error::ErrorKind::Source) when it is not a file that can be read.
    pub(crate) fn path(path: PathBuf) -> Result<Self, Error> {
        // Takes fewer calls of the system than the way that can say what is wrong.
        if let Some(file) = read_cached(&path, SHORT_LEN_MAX) {
            return Ok(Self::short(file.bytes, file.modified_ms));
        }
        let file = FileSource::open(path)?;
        let (len, modified_ms) = (file.len(), file.modified_ms());
        if len > SHORT_LEN_MAX {
            return Ok(Self::seekable(file));
        }
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
        file.read_exact_at(0, &mut bytes)?;
        file.check_unchanged()?;
        Ok(Self::short(bytes, modified_ms))
    }

    fn short(bytes: Vec<u8>, modified_ms: Option<u64>) -> Self {
        let mut short = Self::bytes(bytes.into());
        short.facts.modified_ms = modified_ms;
        short
    }
}
