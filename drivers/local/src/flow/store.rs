//! Bytes on their way from a connection to a sink.

use std::sync::Arc;

use b2_proto::error::Cause;
use bytes::Bytes;

use super::sink::SinkHandle;
use super::{BoxFuture, Driver};
use crate::exchange::pool::PIECE_LEN;
use crate::exchange::{Meter, Phase, Trouble};
use crate::sink::Sink;

/// Writes what arrives to one place of a sink.
///
/// For a sink that may block, small pieces are gathered into batches, and one batch is written
/// while the next one arrives.
pub(super) struct Store<'a, D> {
    driver: &'a D,
    sink: SinkHandle,
    offset: u64,
    batch: Vec<Bytes>,
    batch_len: usize,
    writing: Option<Writing>,
    meter: &'a Meter,
}

struct Writing {
    len: usize,
    task: BoxFuture<Option<Result<(), crate::Error>>>,
}

impl<'a, D: Driver> Store<'a, D> {
    pub(super) const fn new(
        driver: &'a D,
        sink: SinkHandle,
        offset: u64,
        meter: &'a Meter,
    ) -> Self {
        Self { driver, sink, offset, batch: Vec::new(), batch_len: 0, writing: None, meter }
    }

    /// Takes the next bytes.
    pub(super) async fn push(&mut self, bytes: Bytes) -> Result<(), Trouble> {
        let len = bytes.len();
        match &self.sink {
            SinkHandle::Memory(sink) => sink.write_at(self.offset, &bytes)?,
            SinkHandle::Pipe(sink) => {
                self.meter.touch(Phase::Storing);
                // Whoever reads it takes the time they want.
                self.meter.hold();
                sink.write(self.offset, bytes).await?;
            }
            SinkHandle::Blocking(_) => {
                self.batch.push(bytes);
                self.batch_len += len;
                if self.batch_len >= PIECE_LEN {
                    self.write().await?;
                }
                return Ok(());
            }
        }
        self.offset += len as u64;
        self.meter.add_stored(len);
        Ok(())
    }

    /// Waits until all bytes have been stored.
    pub(super) async fn flush(&mut self) -> Result<(), Trouble> {
        if let SinkHandle::Pipe(sink) = &self.sink {
            self.meter.touch(Phase::Storing);
            self.meter.hold();
            return sink.flush().await;
        }
        if self.batch_len > 0 {
            self.write().await?;
        }
        self.wait().await
    }

    /// Begins to write the batch once the one before is written.
    async fn write(&mut self) -> Result<(), Trouble> {
        self.wait().await?;
        let SinkHandle::Blocking(sink) = &self.sink else { return Ok(()) };
        let (sink, offset, len) = (sink.clone(), self.offset, self.batch_len);
        let batch = core::mem::take(&mut self.batch);
        self.offset += len as u64;
        self.batch_len = 0;
        if !sink.may_wait(offset, len) {
            write_all(&sink, offset, &batch)?;
            self.meter.add_stored(len);
            return Ok(());
        }
        let task = self.driver.unblock(move || write_all(&sink, offset, &batch));
        self.writing = Some(Writing { len, task: Box::pin(task) });
        Ok(())
    }

    async fn wait(&mut self) -> Result<(), Trouble> {
        let Some(Writing { len, task }) = &mut self.writing else { return Ok(()) };
        self.meter.touch(Phase::Storing);
        // However long the disk takes, the peer is not silent.
        self.meter.hold();
        let len = *len;
        let ended = task.await;
        self.writing = None;
        let broke_off =
            || Trouble::new(Cause::SinkFailed, "the thread that wrote the target broke off");
        ended.ok_or_else(broke_off)??;
        self.meter.add_stored(len);
        Ok(())
    }
}

fn write_all(sink: &Arc<dyn Sink>, offset: u64, batch: &[Bytes]) -> Result<(), crate::Error> {
    let mut offset = offset;
    for bytes in batch {
        sink.write_at(offset, bytes)?;
        offset += bytes.len() as u64;
    }
    Ok(())
}
