//! Where a download goes: a temporary file beside the target, which takes its place in the end.

use b2_proto::error::Cause;
use b2_proto::wire::text::Sha1;

use crate::disk::Disk;

/// The target of a job and what is beside it.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    pub(crate) target: String,
    temp: String,
}

/// One of the steps that put a finished download in its place.
type Step = fn(&Sink, &mut Disk) -> Result<(), Cause>;

/// These steps in order. The client may die before each of them.
pub(crate) const COMMIT: [Step; 3] = [Sink::sync, Sink::replace, Sink::sync_name];

/// From this step on the target is new.
pub(crate) const REPLACED: usize = 2;

impl Sink {
    pub(crate) fn new(target: String) -> Self {
        let temp = format!("{target}.part");
        Self { target, temp }
    }

    /// A job begins: what another life has left is of no use.
    pub(crate) fn begin(&self, disk: &mut Disk) {
        disk.remove(&self.temp);
    }

    /// Stores bytes at any place.
    pub(crate) fn write(&self, disk: &mut Disk, at: usize, bytes: &[u8]) -> Result<(), Cause> {
        if disk.read(&self.temp).is_none() {
            disk.create(&self.temp);
        }
        disk.write(&self.temp, at, bytes)
    }

    /// The SHA-1 of the first `len` bytes.
    pub(crate) fn digest(&self, disk: &Disk, len: usize) -> Result<Sha1, Cause> {
        let bytes = disk.read(&self.temp).unwrap_or_default();
        bytes.get(..len).map(Sha1::of).ok_or(Cause::SinkFailed)
    }

    fn sync(&self, disk: &mut Disk) -> Result<(), Cause> {
        if disk.read(&self.temp).is_none() {
            disk.create(&self.temp);
        }
        disk.sync(&self.temp)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is one of the steps")]
    fn replace(&self, disk: &mut Disk) -> Result<(), Cause> {
        disk.rename(&self.temp, &self.target);
        Ok(())
    }

    fn sync_name(&self, disk: &mut Disk) -> Result<(), Cause> {
        disk.sync(&self.target)
    }

    /// A job has failed.
    pub(crate) fn abandon(&self, disk: &mut Disk) {
        disk.remove(&self.temp);
    }

    /// Whether nothing is left beside the target.
    pub(crate) fn is_tidy(&self, disk: &Disk) -> bool {
        disk.read(&self.temp).is_none()
    }
}
