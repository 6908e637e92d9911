//! The body of an answer.

use super::connection::Connection;
use crate::exchange::http1::{Framing, Next};
use crate::exchange::pool::Pool as Pieces;
use bytes::{Buf as _, Bytes};
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use http_body::{Body, Frame};

use super::Broken;

/// Bytes up to which an answer is read in one go, together with its head.
const SHORT_LEN_MAX: usize = 16 * 1024;

/// Pieces that are read in a row before other tasks have their turn.
const IN_A_ROW_MAX: u8 = 16;

/// The body of an answer, as it arrives. The connection is kept for the next request as soon as
/// the last byte was read, and closed if the body is dropped before.
pub struct ReplyBody {
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
        let Poll::Ready(next) = poll_next(connection, &mut this.framing, &this.pieces, cx) else {
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

/// The next bytes of the body, `None` at its end.
fn poll_next(
    connection: &mut Connection,
    framing: &mut Framing,
    pieces: &Pieces,
    cx: &mut Context<'_>,
) -> Poll<Result<Option<Bytes>, Broken>> {
    loop {
        let (skipped, next) = framing.next(&connection.arrived)?;
        connection.arrived.advance(skipped);
        match next {
            Next::End => return Poll::Ready(Ok(None)),
            Next::More => {
                if ready!(connection.poll_fill(SHORT_LEN_MAX, cx))? == 0 {
                    return Poll::Ready(Err(Broken::Closed));
                }
            }
            Next::Data(left) => {
                let bytes = ready!(poll_some(connection, pieces, left, cx))?;
                if bytes.is_empty() {
                    let ended =
                        if framing.tells_its_end() { Err(Broken::Closed) } else { Ok(None) };
                    return Poll::Ready(ended);
                }
                framing.took(bytes.len());
                return Poll::Ready(Ok(Some(bytes)));
            }
        }
    }
}

/// At least one and at most `left` bytes; none at the end of the connection.
fn poll_some(
    connection: &mut Connection,
    pieces: &Pieces,
    left: u64,
    cx: &mut Context<'_>,
) -> Poll<Result<Bytes, Broken>> {
    match usize::try_from(left) {
        Ok(len) if len <= SHORT_LEN_MAX.max(connection.arrived.len()) => {
            if connection.arrived.is_empty() {
                ready!(connection.poll_fill(len, cx))?;
            }
            Poll::Ready(Ok(connection.take(left)))
        }
        _ => connection.poll_piece(pieces, left, cx).map_err(Broken::from),
    }
}

impl core::fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ReplyBody").field("framing", &self.framing).finish_non_exhaustive()
    }
}
