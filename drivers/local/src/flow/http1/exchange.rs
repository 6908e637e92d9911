//! One request and its answer on a connection.

use super::Broken;
use super::body::ReplyBody;
use super::connection::Connection;
use super::sending::{Sending, Step};
use crate::exchange::http1::{Awaiting, ReplyHead};
use crate::exchange::pool::Pool as Pieces;
use crate::flow::WireReply;
use bytes::Buf as _;
use core::future::poll_fn;
use core::task::{Context, Poll, ready};
use http::Method;

/// Bytes that are read at a time while the head of an answer is awaited.
const READ_LEN: usize = 8 * 1024;

/// Sends a request until the head of its answer is there.
///
/// An answer may come before all of the request was sent, for instance because it is refused. The
/// rest is not sent then, and the connection not used again.
///
/// # Errors
/// Why there is no answer.
pub(super) async fn exchange(
    mut connection: Connection,
    method: Method,
    mut sending: Sending,
    pieces: &Pieces,
) -> Result<WireReply<ReplyBody>, Broken> {
    let mut awaiting = Awaiting::new(method);
    let head = poll_fn(|cx| poll_head(&mut connection, &mut sending, &mut awaiting, cx)).await?;
    let ReplyHead { status, headers, framing, keeps } = head;
    let keeps = keeps && sending.is_done();
    let body = ReplyBody::new(connection, framing, keeps, pieces.clone());
    Ok(WireReply { status: status.as_u16(), headers, body })
}

/// Sends one piece after the other and looks for an answer after each.
fn poll_head(
    connection: &mut Connection,
    sending: &mut Sending,
    awaiting: &mut Awaiting,
    cx: &mut Context<'_>,
) -> Poll<Result<ReplyHead, Broken>> {
    loop {
        let sent = sending.poll_step(&mut connection.stream, cx);
        let answer = poll_answer(connection, awaiting, cx);
        match (sent, answer) {
            // Also when sending failed: a peer that refuses may have stopped listening before.
            (_, Poll::Ready(Ok(head))) => return Poll::Ready(Ok(head)),
            (Poll::Ready(Err(broken)), _) | (_, Poll::Ready(Err(broken))) => {
                return Poll::Ready(Err(broken));
            }
            (Poll::Ready(Ok(Step::More)), Poll::Pending) => {}
            (Poll::Ready(Ok(Step::Done)) | Poll::Pending, Poll::Pending) => return Poll::Pending,
        }
    }
}

/// Reads until the head of the answer is there.
fn poll_answer(
    connection: &mut Connection,
    awaiting: &mut Awaiting,
    cx: &mut Context<'_>,
) -> Poll<Result<ReplyHead, Broken>> {
    loop {
        let (len, head) = awaiting.find(&connection.arrived)?;
        connection.arrived.advance(len);
        if let Some(head) = head {
            return Poll::Ready(Ok(head));
        }
        if ready!(connection.poll_fill(READ_LEN, cx))? == 0 {
            return Poll::Ready(Err(Broken::Closed));
        }
    }
}
