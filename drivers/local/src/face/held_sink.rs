//! Letting a sink go, however its download ends.

use std::sync::Arc;

use b2_proto::error::{Error, ErrorKind};
use b2_proto::machine::download::Downloaded;
use b2_proto::model::DownloadInfo;

use super::DownloadSpec;
use crate::sink::Sink;

/// The sink of a download until that has ended. However it ends, the next one to the same target
/// can begin at once, though requests of this one may still be breaking off.
pub struct HeldSink {
    sink: Arc<dyn Sink>,
    /// Or the caller's.
    is_committed: bool,
}

impl HeldSink {
    /// The sink of a download that begins.
    pub const fn new(sink: Arc<dyn Sink>) -> Self {
        Self { sink, is_committed: false }
    }

    /// What is held.
    pub const fn sink(&self) -> &Arc<dyn Sink> {
        &self.sink
    }

    /// Whether [`commit`](Self::commit) may have to wait for a disk.
    pub fn commit_may_wait(&self) -> bool {
        self.sink.commit_may_wait()
    }

    /// Puts what was downloaded in the target's place.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn commit(mut self, downloaded: &Downloaded<DownloadInfo>) -> Result<(), Error> {
        DownloadSpec::commit(&*self.sink, downloaded)?;
        self.is_committed = true;
        Ok(())
    }

    /// Leaves what becomes of it to the caller.
    pub fn hand_over(mut self) {
        self.is_committed = true;
    }

    /// Leaves what a failed download has stored: what is damaged serves nobody, anything else the
    /// next run, where the sink keeps it. Whoever gives a download up does not wait until a disk
    /// has everything; what was noted before is kept.
    pub fn leave(self, error: &Error) {
        if error.kind == ErrorKind::Corrupted {
            self.sink.discard();
        } else if error.kind != ErrorKind::Cancelled {
            // The download has failed already; one that is not kept begins anew.
            let _ = self.sink.save();
        }
    }
}

impl Drop for HeldSink {
    fn drop(&mut self) {
        if !self.is_committed {
            self.sink.release();
        }
    }
}
