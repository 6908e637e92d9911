//! Bytes on their way from a connection to a sink.

use b2_proto::error::Cause;
use bytes::{Buf as _, Bytes};

use super::sink::SinkHandle;
use super::{BoxFuture, Driver, Line};
use crate::exchange::pool::{PIECE_LEN, Piece, Pool, SPARSE_LEN_MAX};
use crate::exchange::{Meter, Phase, Trouble};
use crate::sink::Sink as _;

/// Writes what arrives to one place of a sink.
///
/// For a sink that may block, short pieces are gathered in one, and one is written while the next
/// one arrives. So there are three of them at most, with the one that is read, however little each
/// read brings.
pub(super) struct Store<'a, D> {
    line: &'a Line<D>,
    sink: SinkHandle,
    offset: u64,
    gathered: Gathered,
    writing: Option<Writing>,
    meter: &'a Meter,
}

/// What is to be written next, in one buffer.
#[derive(Default)]
struct Gathered {
    /// All of it, while it is what one read brought.
    first: Bytes,
    piece: Option<Piece>,
    len: usize,
}

impl Gathered {
    /// Takes all of the bytes without a copy if it has none, else as many as fit.
    fn add(&mut self, bytes: &mut Bytes, stock: &Pool) {
        if self.len == 0 {
            self.len = bytes.len();
            self.first = core::mem::take(bytes);
            return;
        }
        let first = &mut self.first;
        let piece = self.piece.get_or_insert_with(|| {
            let mut piece = stock.take();
            piece.put(0, &core::mem::take(first));
            piece
        });
        let count = piece.put(self.len, bytes);
        bytes.advance(count);
        self.len += count;
    }

    fn take(&mut self) -> Bytes {
        let Self { first, piece, len } = core::mem::take(self);
        piece.map_or(first, |piece| piece.into_bytes(len))
    }
}

struct Writing {
    len: usize,
    task: BoxFuture<Option<Result<(), crate::Error>>>,
}

impl<'a, D: Driver> Store<'a, D> {
    pub(super) fn new(line: &'a Line<D>, sink: SinkHandle, offset: u64, meter: &'a Meter) -> Self {
        Self { line, sink, offset, gathered: Gathered::default(), writing: None, meter }
    }

    /// Takes the next bytes.
    pub(super) async fn push(&mut self, mut bytes: Bytes) -> Result<(), Trouble> {
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
                while !bytes.is_empty() {
                    let is_sparse = bytes.len() <= SPARSE_LEN_MAX;
                    if !is_sparse && self.gathered.len > 0 {
                        self.write().await?;
                    }
                    self.gathered.add(&mut bytes, &self.line.pool);
                    if !is_sparse || self.gathered.len >= PIECE_LEN {
                        self.write().await?;
                    }
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
        if self.gathered.len > 0 {
            self.write().await?;
        }
        self.wait().await
    }

    /// Begins to write what was gathered, once what was before is written.
    async fn write(&mut self) -> Result<(), Trouble> {
        self.wait().await?;
        let SinkHandle::Blocking(sink) = &self.sink else { return Ok(()) };
        let (sink, offset, bytes) = (sink.clone(), self.offset, self.gathered.take());
        let len = bytes.len();
        self.offset += len as u64;
        if !sink.may_wait(offset, len) {
            sink.write_at(offset, &bytes)?;
            self.meter.add_stored(len);
            return Ok(());
        }
        let task = self.line.driver.unblock(move || sink.write_at(offset, &bytes));
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

#[cfg(test)]
pub(super) mod tests;
