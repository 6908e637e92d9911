//! The body of an answer.

use super::connection::Connection;
use super::framing::Framing;
use b2_local::exchange::pool::Pool as Pieces;
use bytes::Bytes;
use core::pin::Pin;
use core::task::{Context, Poll};
use http_body::{Body, Frame};

pub(crate) use super::Broken;

/// Pieces that are read in a row before other tasks have their turn.
const IN_A_ROW_MAX: u8 = 16;

/// The body of an answer, as it arrives. The connection is kept for the next request as soon as
/// the last byte was read, and closed if the body is dropped before.
pub(crate) struct ReplyBody {
    connection: Option<Connection>,
    framing: Framing,
    keeps: bool,
    pieces: Pieces,
    in_a_row: u8,
}

impl ReplyBody {
    pub(super) fn new(
        connection: Connection,
        framing: Framing,
        keeps: bool,
        pieces: Pieces,
    ) -> Self {
        let connection = Some(connection);
        let mut body = Self { connection, framing, keeps, pieces, in_a_row: 0 };
        body.settle();
        body
    }

    /// Lets go of the connection once the body has ended.
    fn settle(&mut self) {
        if self.framing.has_ended()
            && let Some(connection) = self.connection.take()
            && self.keeps
        {
            connection.keep();
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = self.get_mut();
        let Some(connection) = &mut this.connection else { return Poll::Ready(None) };
        if this.in_a_row == IN_A_ROW_MAX {
            this.in_a_row = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Poll::Ready(next) = this.framing.poll_next(connection, &this.pieces, cx) else {
            this.in_a_row = 0;
            return Poll::Pending;
        };
        this.in_a_row += 1;
        this.settle();
        if !matches!(next, Ok(Some(_))) {
            this.connection = None;
        }
        Poll::Ready(next.transpose().map(|next| next.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.connection.is_none()
    }
}

impl core::fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ReplyBody").field("framing", &self.framing).finish_non_exhaustive()
    }
}
