//! Bytes on their way from a connection to a sink.

use super::exchange::Stored;
use super::meter::{Meter, Phase, Trouble};
use super::pool::PIECE_LEN;
use super::sink::SinkHandle;
use super::source::trouble;
use b2_local::sink::Sink;
use b2_proto::error::Cause;
use bytes::Bytes;
use std::sync::Arc;
use tokio::task::{JoinHandle, spawn_blocking};

/// Writes what arrives to one place of a sink.
///
/// For a sink that may block, small pieces are gathered into batches, and one batch is written
/// while the next one arrives.
pub(crate) struct Store<'a> {
    sink: SinkHandle,
    offset: u64,
    batch: Vec<Bytes>,
    batch_len: usize,
    writing: Option<Writing>,
    meter: &'a Meter,
    stored: &'a Stored,
}

struct Writing {
    len: usize,
    task: JoinHandle<Result<(), b2_local::Error>>,
}

impl<'a> Store<'a> {
    pub(crate) fn new(sink: SinkHandle, offset: u64, meter: &'a Meter, stored: &'a Stored) -> Self {
        Self { sink, offset, batch: Vec::new(), batch_len: 0, writing: None, meter, stored }
    }

    /// Takes the next bytes.
    pub(crate) async fn push(&mut self, bytes: Bytes) -> Result<(), Trouble> {
        let len = bytes.len();
        match &self.sink {
            SinkHandle::Memory(sink) => sink.write_at(self.offset, &bytes).map_err(trouble)?,
            SinkHandle::Pipe(sink) => {
                self.meter.touch(Phase::Storing);
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
        self.count(len);
        Ok(())
    }

    /// Waits until all bytes have been stored.
    pub(crate) async fn flush(&mut self) -> Result<(), Trouble> {
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
            write_all(&sink, offset, &batch).map_err(trouble)?;
            self.count(len);
            return Ok(());
        }
        let task = spawn_blocking(move || write_all(&sink, offset, &batch));
        self.writing = Some(Writing { len, task });
        Ok(())
    }

    async fn wait(&mut self) -> Result<(), Trouble> {
        let Some(Writing { len, task }) = &mut self.writing else { return Ok(()) };
        self.meter.touch(Phase::Storing);
        let len = *len;
        let ended = task.await;
        self.writing = None;
        match ended {
            Ok(written) => written.map_err(trouble)?,
            Err(_) => {
                let detail = "the thread that wrote the target broke off".to_owned();
                return Err(Trouble { cause: Cause::SinkFailed, detail });
            }
        }
        self.count(len);
        Ok(())
    }

    fn count(&self, len: usize) {
        self.meter.add(len);
        self.stored.add(len as u64);
    }
}

fn write_all(sink: &Arc<dyn Sink>, offset: u64, batch: &[Bytes]) -> Result<(), b2_local::Error> {
    let mut offset = offset;
    for bytes in batch {
        sink.write_at(offset, bytes)?;
        offset += bytes.len() as u64;
    }
    Ok(())
}
