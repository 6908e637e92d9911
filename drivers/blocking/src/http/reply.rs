//! The answer to a request.

use b2_local::exchange::{Origin, Trouble};
use b2_proto::error::Cause;
use http::header::CONNECTION;
use http::{HeaderMap, Response, Version};
use ureq_proto::BodyMode;
use ureq_proto::client::state::RecvBody;
use ureq_proto::client::{Call, RecvResponseResult};

use super::Http;
use super::connection::Connection;
use super::watch::Watch;
use crate::cause;

/// An answer whose body is still to be read.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    origin: Origin,
    connection: Connection,
    body: Body,
    /// Whether the connection can be used again after the body.
    keeps: bool,
}

/// What is left of a body.
enum Body {
    /// So many bytes, as they are.
    Plain(u64),
    /// Something the protocol crate has to take apart.
    Coded(Box<Call<RecvBody>>),
    /// The rest of the connection.
    Rest,
}

impl Reply {
    /// `keeps` says whether the connection is sound so far.
    pub(super) fn new(
        (head, rest): (Response<()>, Option<RecvResponseResult>),
        origin: Origin,
        connection: Connection,
        keeps: bool,
    ) -> Self {
        let keeps = keeps && head.version() == Version::HTTP_11 && !says_close(head.headers());
        let body = match rest {
            Some(RecvResponseResult::RecvBody(call)) => match call.body_mode() {
                BodyMode::LengthDelimited(len) => Body::Plain(len),
                BodyMode::Chunked => Body::Coded(Box::new(call)),
                BodyMode::CloseDelimited => Body::Rest,
                _ => Body::Plain(0),
            },
            Some(_) | None => Body::Plain(0),
        };
        let (head, ()) = head.into_parts();
        let (status, headers) = (head.status.as_u16(), head.headers);
        Self { status, headers, origin, connection, body, keeps }
    }

    /// Bytes of the body that are left, when that is known.
    pub(crate) const fn len_left(&self) -> Option<u64> {
        match self.body {
            Body::Plain(left) => Some(left),
            Body::Coded(_) | Body::Rest => None,
        }
    }

    /// Waits for the next bytes of the body; none at its end.
    pub(crate) fn read(&mut self, buf: &mut [u8], watch: &mut Watch<'_>) -> Result<usize, Trouble> {
        let Self { connection, body, .. } = self;
        match body {
            Body::Plain(left) => {
                let len = buf.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                let buf = buf.get_mut(..len).unwrap_or_default();
                if buf.is_empty() {
                    return Ok(0);
                }
                let count = next_bytes(connection, buf, watch)?;
                if count == 0 {
                    return Err(cause::ended(watch.meter().is_sending()));
                }
                *left -= count as u64;
                Ok(count)
            }
            Body::Rest => next_bytes(connection, buf, watch),
            Body::Coded(call) => decode(connection, call, buf, watch),
        }
    }

    /// Keeps the connection for the next request if all of the body has been read.
    pub(crate) fn finish(self, http: &Http, watch: &Watch<'_>) {
        let is_read = match &self.body {
            Body::Plain(left) => *left == 0,
            Body::Coded(call) => call.can_proceed(),
            Body::Rest => false,
        };
        watch.release();
        if is_read && self.keeps && self.connection.input.is_empty() {
            http.idle.put(self.origin, self.connection);
        }
    }
}

/// What has arrived with the head comes first.
fn next_bytes(
    connection: &mut Connection,
    buf: &mut [u8],
    watch: &mut Watch<'_>,
) -> Result<usize, Trouble> {
    match connection.input.take(buf) {
        0 => connection.read(buf, watch),
        count => Ok(count),
    }
}

/// Most bytes in a row that are not data: what stands around chunks and behind them.
const BETWEEN_LEN_MAX: usize = 64 * 1024;

fn decode(
    connection: &mut Connection,
    call: &mut Call<RecvBody>,
    buf: &mut [u8],
    watch: &mut Watch<'_>,
) -> Result<usize, Trouble> {
    let mut between = 0;
    loop {
        let unreadable =
            |error: ureq_proto::Error| Trouble::new(Cause::BadReply, error.to_string());
        let (used, count) = call.read(connection.input.bytes(), buf).map_err(unreadable)?;
        connection.input.consume(used);
        if count > 0 || call.can_proceed() {
            return Ok(count);
        }
        between += used;
        if used > 0 && !connection.input.is_empty() && between <= BETWEEN_LEN_MAX {
            continue;
        }
        if connection.input.is_full() || between > BETWEEN_LEN_MAX {
            return Err(Trouble::new(Cause::BadReply, "the answer cannot be read"));
        }
        if connection.fill_input(watch)? == 0 {
            return Err(cause::ended(watch.meter().is_sending()));
        }
    }
}

fn says_close(headers: &HeaderMap) -> bool {
    let all = headers.get_all(CONNECTION).into_iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(',')).any(|word| word.trim().eq_ignore_ascii_case("close"))
}
