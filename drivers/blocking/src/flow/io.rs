//! What a job's requests read from and write to.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use b2_local::exchange::Trouble;
use b2_local::job::{self, JobSink};
use b2_local::sink::Sink;
use b2_proto::error::Cause;
use b2_proto::machine::Version;
use b2_proto::plan::Span;
use b2_proto::plan::pieces::Pieces;

/// A reader that can be read once.
pub(crate) type BoxedReader = Box<dyn Read + Send>;

/// The same for a job's requests.
pub(crate) type Reader = Arc<Mutex<BoxedReader>>;

/// A source of a job.
pub(crate) type SourceHandle = job::SourceHandle<Reader>;

/// A source that is ready to be read.
pub(crate) type Opened = job::Opened<Reader>;

/// Sources, sinks and buffers of one job.
pub(crate) type JobIo = job::JobIo<Reader, SinkHandle>;

/// A sink of a job.
pub(crate) enum SinkHandle {
    /// Any thread may write to it.
    Shared(Arc<dyn Sink>),
    /// Only the thread that waits for the job has it, and can tell it what it gets.
    Owners(Untold),
}

impl SinkHandle {
    /// The sink itself; `own` is the one that only this thread has.
    ///
    /// # Errors
    /// Another thread has it.
    pub(super) fn open<'a>(&'a self, own: Option<&'a dyn Sink>) -> Result<&'a dyn Sink, Trouble> {
        match self {
            Self::Shared(sink) => Ok(&**sink),
            Self::Owners(untold) => {
                let missing = || Trouble::new(Cause::SinkFailed, "the target is not there");
                own.inspect(|sink| untold.tell(*sink)).ok_or_else(missing)
            }
        }
    }

    /// Whether telling a digest is a longer task of any thread.
    pub(super) fn may_wait(&self, offset: u64, len: u64) -> bool {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        matches!(self, Self::Shared(sink) if sink.may_wait(offset, len))
    }
}

impl From<Arc<dyn Sink>> for SinkHandle {
    fn from(sink: Arc<dyn Sink>) -> Self {
        Self::Shared(sink)
    }
}

impl JobSink for SinkHandle {
    fn pin(&self, version: &Version<'_>) {
        match self {
            Self::Shared(sink) => sink.pin(version),
            Self::Owners(untold) => untold.note(version),
        }
    }
}

/// What the owner's sink gets, until it was told.
#[derive(Default)]
pub(crate) struct Untold(Mutex<Option<Told>>);

/// A version, owned.
struct Told {
    file_id: String,
    len: u64,
    span: Span,
    pieces: Pieces,
}

impl Untold {
    fn note(&self, version: &Version<'_>) {
        let &Version { file_id, len, span, pieces } = version;
        let told = Told { file_id: file_id.to_owned(), len, span, pieces };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
    }

    fn tell(&self, own: &dyn Sink) {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Told { file_id, len, span, pieces }) = told {
            own.pin(&Version { file_id: &file_id, len, span, pieces });
        }
    }
}
