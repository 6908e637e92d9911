//! Waiting for the head of an answer.

use b2_local::exchange::Trouble;
use b2_local::exchange::http1::{Interim, ReplyHead};
use http::Method;

use super::connection::Connection;
use super::watch::Watch;
use crate::cause;

/// Waits for the head of the answer to a request with this method.
pub(super) fn read(
    connection: &mut Connection,
    method: &Method,
    watch: &mut Watch<'_>,
) -> Result<ReplyHead, Trouble> {
    let mut interim = Interim::default();
    loop {
        let (len, head) = ReplyHead::find(connection.input.bytes(), method, &mut interim)?;
        connection.input.consume(len);
        if let Some(head) = head {
            return Ok(head);
        }
        if connection.fill_input(watch)? == 0 {
            return Err(cause::ended(watch.meter().is_sending()));
        }
    }
}
