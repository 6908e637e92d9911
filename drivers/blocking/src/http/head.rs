//! Heads of requests and answers.

use b2_local::exchange::Trouble;
use b2_proto::error::Cause;
use http::{Request, Response};
use ureq_proto::Error;
use ureq_proto::client::state::{RecvResponse, SendBody};
use ureq_proto::client::{Call, RecvResponseResult, SendRequestResult};

use super::connection::Connection;
use super::watch::Watch;
use crate::cause;

/// Room for a head at first.
const HEAD_LEN: usize = 4 * 1024;
/// Longest head of a request: the service takes far shorter ones.
const HEAD_LEN_MAX: usize = 256 * 1024;

/// A call whose answer is still to come.
pub(super) type Answering = Call<RecvResponse>;

/// The bytes of the head of a request with a body of this length.
pub(super) fn write(request: Request<()>, body_len: u64) -> Result<(Vec<u8>, Answering), Trouble> {
    let unsendable = |error: Error| Trouble::new(Cause::Unsendable, error.to_string());
    let mut call = Call::new(request).map_err(unsendable)?.proceed();
    let mut head = vec![0; HEAD_LEN];
    let mut len = 0;
    loop {
        match call.write(head.get_mut(len..).unwrap_or_default()) {
            Ok(count) => len += count,
            Err(Error::OutputOverflow) if head.len() < HEAD_LEN_MAX => {}
            Err(error) => return Err(unsendable(error)),
        }
        if call.can_proceed() {
            break;
        }
        head.resize(head.len() * 2, 0);
    }
    head.truncate(len);
    let call = match call.proceed().map_err(unsendable)? {
        Some(SendRequestResult::RecvResponse(call)) => Some(call),
        Some(SendRequestResult::SendBody(call)) => {
            behind_body(call, body_len).map_err(unsendable)?
        }
        Some(SendRequestResult::Await100(_)) | None => None,
    };
    let call = call.ok_or_else(|| Trouble::new(Cause::Unsendable, "not a request"))?;
    Ok((head, call))
}

/// Writes the origin before the path in the first line, as a proxy wants it.
pub(super) fn name_origin(head: &mut Vec<u8>, origin: &str) {
    let path = head.iter().position(|byte| *byte == b' ').map_or(0, |space| space + 1);
    head.splice(path..path, origin.bytes());
}

/// Bodies are sent as they are, so the call need not see them.
fn behind_body(mut call: Call<SendBody>, len: u64) -> Result<Option<Answering>, Error> {
    let mut left = len;
    while left > 0 && !call.can_proceed() {
        let count = usize::try_from(left).unwrap_or(usize::MAX);
        call.consume_direct_write(count)?;
        left -= count as u64;
    }
    Ok(call.proceed())
}

/// Waits for the head of the answer.
pub(super) fn read(
    connection: &mut Connection,
    mut call: Answering,
    watch: &mut Watch<'_>,
) -> Result<(Response<()>, Option<RecvResponseResult>), Trouble> {
    let unreadable = |error: Error| Trouble::new(Cause::BadReply, error.to_string());
    loop {
        let (used, answer) =
            call.try_response(connection.input.bytes(), false).map_err(unreadable)?;
        connection.input.consume(used);
        if let Some(answer) = answer {
            return Ok((answer, call.proceed()));
        }
        if used > 0 {
            continue;
        }
        if connection.input.is_full() {
            return Err(Trouble::new(Cause::BadReply, "the head of the answer is too long"));
        }
        if connection.fill_input(watch)? == 0 {
            return Err(cause::ended(watch.meter().is_sending()));
        }
    }
}
