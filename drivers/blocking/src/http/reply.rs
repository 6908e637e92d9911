//! The answer to a request.

use b2_local::exchange::http1::{Framing, Next, ReplyHead};
use b2_local::exchange::{HeaderList, Origin, Phase, Trouble};

use super::Http;
use super::connection::Connection;
use super::watch::Watch;
use crate::cause;

/// An answer whose body is still to be read.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderList,
    origin: Origin,
    connection: Connection,
    framing: Framing,
    /// Whether the connection can be used again after the body.
    keeps: bool,
}

impl Reply {
    /// `keeps` says whether the connection is sound so far.
    pub(super) fn new(
        head: ReplyHead,
        origin: Origin,
        connection: Connection,
        keeps: bool,
    ) -> Self {
        let ReplyHead { status, headers, framing, keeps: head_keeps } = head;
        let (status, keeps) = (status.as_u16(), keeps && head_keeps);
        Self { status, headers, origin, connection, framing, keeps }
    }

    /// Bytes of the body that are left, when that is known.
    pub(crate) const fn len_left(&self) -> Option<u64> {
        match self.framing {
            Framing::Length(left) => Some(left),
            Framing::Chunked(_) | Framing::UntilClose => None,
        }
    }

    /// Waits for the next bytes of the body; none at its end.
    pub(crate) fn read(&mut self, buf: &mut [u8], watch: &mut Watch<'_>) -> Result<usize, Trouble> {
        let Self { connection, framing, .. } = self;
        let ended = |watch: &Watch<'_>| Err(cause::ended(watch.meter().is_sending()));
        loop {
            let (skipped, next) = framing.next(connection.input.bytes())?;
            connection.input.consume(skipped);
            match next {
                Next::End => return Ok(0),
                Next::More => {
                    if connection.fill_input(watch)? == 0 {
                        return ended(watch);
                    }
                }
                Next::Data(left) => {
                    let len = buf.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    let buf = buf.get_mut(..len).unwrap_or_default();
                    let count =
                        if buf.is_empty() { 0 } else { next_bytes(connection, buf, watch)? };
                    if count == 0 && !buf.is_empty() && framing.tells_its_end() {
                        return ended(watch);
                    }
                    framing.took(count);
                    watch.meter().touch(Phase::Waiting);
                    return Ok(count);
                }
            }
        }
    }

    /// Keeps the connection for the next request if all of the body has been read.
    pub(crate) fn finish(self, http: &Http, watch: &Watch<'_>) {
        watch.release();
        if self.framing.has_ended() && self.keeps && self.connection.input.is_empty() {
            http.pool.put(self.origin, self.connection);
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
