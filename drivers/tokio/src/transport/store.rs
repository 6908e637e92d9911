//! Bytes on their way from a connection to a sink.

use super::exchange::Stored;
use super::meter::{Meter, Phase, Trouble};
use super::sink::SinkHandle;
use bytes::Bytes;

/// Writes what arrives to one place of a sink.
pub(crate) struct Store<'a> {
    sink: SinkHandle,
    offset: u64,
    meter: &'a Meter,
    stored: &'a Stored,
}

impl<'a> Store<'a> {
    pub(crate) fn new(
        sink: SinkHandle,
        offset: u64,
        meter: &'a Meter,
        stored: &'a Stored,
    ) -> Self {
        Self { sink, offset, meter, stored }
    }

    /// Takes the next bytes.
    pub(crate) async fn push(&mut self, bytes: Bytes) -> Result<(), Trouble> {
        self.meter.touch(Phase::Storing);
        let len = bytes.len();
        match &self.sink {
            SinkHandle::Memory(sink) => sink.write(self.offset, &bytes)?,
            SinkHandle::Pipe(sink) => sink.write(self.offset, bytes).await?,
        }
        self.offset += len as u64;
        self.meter.add(len);
        self.stored.add(len as u64);
        Ok(())
    }

    /// Waits until all bytes have been stored.
    pub(crate) async fn flush(&mut self) -> Result<(), Trouble> {
        Ok(())
    }
}
