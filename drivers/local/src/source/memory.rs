//! Bytes in memory as a source.

use std::path::Path;

use super::ReadAt;
use crate::{Error, Reason};

/// Anything that is bytes, as a source: a vector, a static slice, a shared buffer.
#[derive(Clone, Debug, Default)]
pub struct MemorySource<B> {
    bytes: B,
}

impl<B: AsRef<[u8]> + Send + Sync> MemorySource<B> {
    /// The bytes as a source.
    pub const fn new(bytes: B) -> Self {
        Self { bytes }
    }
}

impl<B: AsRef<[u8]> + Send + Sync> ReadAt for MemorySource<B> {
    fn len(&self) -> u64 {
        self.bytes.as_ref().len() as u64
    }

    fn modified_ms(&self) -> Option<u64> {
        None
    }

    fn path(&self) -> &Path {
        Path::new("")
    }

    fn read_exact_at(&self, offset: u64, buf: &mut [u8]) -> Result<(), Error> {
        let rest =
            usize::try_from(offset).ok().and_then(|offset| self.bytes.as_ref().get(offset..));
        match rest.and_then(|rest| rest.get(..buf.len())) {
            Some(bytes) => {
                buf.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(Error::new(Reason::SourceChanged, self.path())),
        }
    }

    fn check_unchanged(&self) -> Result<(), Error> {
        Ok(())
    }
}
