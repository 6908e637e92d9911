//! A connection while it is used.

use super::connector::BoxStream;
use super::pool::{Pool, Resting};
use crate::exchange::Origin;
use crate::exchange::pool::{PIECE_LEN, Pool as Pieces};
use bytes::{Buf as _, Bytes, BytesMut};
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_io::AsyncRead as _;
use std::io;
use std::sync::Arc;

/// A connection that waits keeps no more room for its next answer.
const ROOM_KEPT_MAX: usize = 32 * 1024;

/// A connection, what has arrived on it, and where it goes afterwards.
pub(super) struct Connection {
    pub(super) stream: BoxStream,
    /// What was read and not used yet.
    pub(super) arrived: BytesMut,
    origin: Origin,
    home: u64,
    pool: Arc<Pool>,
    /// What the system said behind what had arrived before. It says so once.
    trouble: Option<io::Error>,
}

impl Connection {
    /// A connection to `origin`, kept by `pool` afterwards.
    pub(super) fn new(resting: Resting, origin: Origin, pool: Arc<Pool>) -> Self {
        let Resting { home, stream, arrived } = resting;
        Self { stream, arrived, origin, home, pool, trouble: None }
    }

    /// Reads at most `room` further bytes; none at the end of the connection.
    pub(super) fn poll_fill(
        &mut self,
        room: usize,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if let Some(trouble) = self.trouble.take() {
            return Poll::Ready(Err(trouble));
        }
        let begin = self.arrived.len();
        self.arrived.resize(begin + room, 0);
        let space = self.arrived.get_mut(begin..).unwrap_or_default();
        let read = Pin::new(&mut self.stream).poll_read(cx, space);
        let count = match &read {
            Poll::Ready(Ok(count)) => (*count).min(room),
            Poll::Ready(Err(_)) | Poll::Pending => 0,
        };
        self.arrived.truncate(begin + count);
        read
    }

    /// Reads what is there behind what has arrived, at most `left` bytes in all and without a copy;
    /// none at the end.
    pub(super) fn poll_piece(
        &mut self,
        pieces: &Pieces,
        left: u64,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Bytes>> {
        if let Some(trouble) = self.trouble.take() {
            return Poll::Ready(Err(trouble));
        }
        let mut piece = pieces.take();
        let room = usize::try_from(left).map_or(PIECE_LEN, |left| left.min(PIECE_LEN));
        let mut len = piece.put(0, self.arrived.get(..room).unwrap_or(&self.arrived));
        self.arrived.advance(len);
        while let Some(space) = piece.space().get_mut(len..room)
            && !space.is_empty()
        {
            match Pin::new(&mut self.stream).poll_read(cx, space) {
                Poll::Ready(Ok(0)) => break,
                Poll::Ready(Ok(count)) => len += count,
                // What has arrived comes first.
                Poll::Ready(Err(error)) if len > 0 => {
                    self.trouble = Some(error);
                    break;
                }
                Poll::Pending if len > 0 => break,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(piece.into_bytes(len)))
    }

    /// Takes at most `len` bytes of what has arrived.
    pub(super) fn take(&mut self, len: u64) -> Bytes {
        let len =
            usize::try_from(len).map_or(self.arrived.len(), |len| len.min(self.arrived.len()));
        self.arrived.split_to(len).freeze()
    }

    /// Keeps it for the next request. Bytes nobody asked for would be taken for the next answer.
    pub(super) fn keep(self) {
        if self.arrived.is_empty() && self.trouble.is_none() {
            let Self { home, stream, mut arrived, .. } = self;
            if arrived.capacity() > ROOM_KEPT_MAX {
                arrived = BytesMut::new();
            }
            self.pool.put(self.origin, Resting { home, stream, arrived });
        }
    }
}
