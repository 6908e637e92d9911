//! One request and its answer on a connection.

use super::Broken;
use super::body::ReplyBody;
use super::connection::Connection;
use super::sending::{Sending, Step};
use crate::exchange::Meter;
use crate::exchange::http1::{Awaiting, ReplyHead};
use crate::exchange::pool::Pool as Pieces;
use crate::flow::WireReply;
use bytes::Buf as _;
use core::future::{Future, poll_fn};
use core::task::{Context, Poll, ready};
use http::Method;

/// Bytes that are read at a time while the head of an answer is awaited.
const READ_LEN: usize = 8 * 1024;

/// How the sending of a request ended.
enum Ended {
    /// By the head of its answer.
    Answered(ReplyHead),
    /// It could not be sent, and no answer was there then.
    Unsent(Broken),
}

/// Sends a request until the head of its answer is there. `look` has the runtime look at its
/// sockets.
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
    (meter, look): (&Meter, impl Future<Output = ()>),
    pieces: &Pieces,
) -> Result<WireReply<ReplyBody>, Broken> {
    let mut awaiting = Awaiting::new(method);
    let sent =
        poll_fn(|cx| poll_head(&mut connection, (&mut sending, meter), &mut awaiting, cx)).await?;
    let head = match sent {
        Ended::Answered(head) => head,
        Ended::Unsent(broken) => {
            // An answer may have come since the runtime looked last.
            look.await;
            let late = poll_fn(|cx| Poll::Ready(poll_answer(&mut connection, &mut awaiting, cx)));
            let Poll::Ready(Ok(head)) = late.await else { return Err(broken) };
            head
        }
    };
    let ReplyHead { status, headers, framing, keeps } = head;
    let keeps = keeps && sending.is_done();
    let body = ReplyBody::new(connection, framing, keeps, pieces.clone());
    Ok(WireReply { status: status.as_u16(), headers, body })
}

/// Sends one piece after the other and looks for an answer after each.
fn poll_head(
    connection: &mut Connection,
    (sending, meter): (&mut Sending, &Meter),
    awaiting: &mut Awaiting,
    cx: &mut Context<'_>,
) -> Poll<Result<Ended, Broken>> {
    loop {
        let sent = sending.poll_step(&mut connection.stream, meter, cx);
        let answer = poll_answer(connection, awaiting, cx);
        match (sent, answer) {
            // Also when sending failed: a peer that refuses may have stopped listening before.
            (_, Poll::Ready(Ok(head))) => return Poll::Ready(Ok(Ended::Answered(head))),
            (Poll::Ready(Err(broken @ Broken::Io(_))), Poll::Pending) => {
                return Poll::Ready(Ok(Ended::Unsent(broken)));
            }
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
