//! One request and its answer on a connection.

use super::Broken;
use super::body::ReplyBody;
use super::connection::{Connection, poll_until};
use super::reply::ReplyHead;
use super::sending::{Sending, Step};
use b2_local::exchange::pool::Pool as Pieces;
use b2_local::flow::body::SendBody;
use bytes::BytesMut;
use core::pin::Pin;
use core::task::{Context, Poll};
use http::{Method, Response};

/// Bytes that are read at a time while the head of an answer is awaited.
const READ_LEN: usize = 8 * 1024;

/// Sends a request until the head of its answer is there.
///
/// An answer may come before all of the request was sent, for instance because it is refused. The
/// rest is not sent then, and the connection not used again.
pub(super) struct Exchange {
    under_way: Option<UnderWay>,
}

struct UnderWay {
    connection: Connection,
    sending: Sending,
    method: Method,
    pieces: Pieces,
}

impl Exchange {
    pub(super) fn new(
        connection: Connection,
        method: Method,
        head: BytesMut,
        body: Option<SendBody>,
        pieces: Pieces,
    ) -> Self {
        let sending = Sending::new(head, body);
        Self { under_way: Some(UnderWay { connection, sending, method, pieces }) }
    }
}

impl UnderWay {
    /// Sends one piece after the other and looks for an answer after each.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<ReplyHead, Broken>> {
        let Self { connection, sending, method, .. } = self;
        loop {
            let sent = sending.poll_step(&mut connection.stream, cx);
            let take = |arrived: &mut BytesMut| ReplyHead::take(arrived, method);
            let answer = poll_until(connection, cx, READ_LEN, take);
            match (sent, answer) {
                // A peer that refuses may have closed its ear before.
                (_, Poll::Ready(Ok(head))) => return Poll::Ready(Ok(head)),
                (Poll::Ready(Err(broken)), _) | (_, Poll::Ready(Err(broken))) => {
                    return Poll::Ready(Err(broken));
                }
                (Poll::Ready(Ok(Step::More)), Poll::Pending) => {}
                (Poll::Ready(Ok(Step::Done)) | Poll::Pending, Poll::Pending) => {
                    return Poll::Pending;
                }
            }
        }
    }
}

impl Future for Exchange {
    type Output = Result<Response<ReplyBody>, Broken>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(under_way) = &mut self.under_way else { return Poll::Pending };
        let Poll::Ready(answer) = under_way.poll_head(cx) else { return Poll::Pending };
        let Some(UnderWay { connection, sending, pieces, .. }) = self.under_way.take() else {
            return Poll::Pending;
        };
        let ReplyHead { status, headers, framing, keeps } = answer?;
        let keeps = keeps && sending.is_done();
        let mut response = Response::new(ReplyBody::new(connection, framing, keeps, pieces));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Poll::Ready(Ok(response))
    }
}
