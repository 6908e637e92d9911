//! From the payload of a request to its body.

use std::sync::Arc;

use b2_proto::error::Cause;
use b2_proto::wire::body::DigestMode;

use super::body::{PieceBody, SendBody};
use super::io::JobIo;
use super::source::SourceHandle;
use super::{Driver, Line};
use crate::exchange::joined::Joined;
use crate::exchange::range::{MemoryRange, SourceRange, slice};
use crate::exchange::{Meter, Outcome, Payload, Phase, Trouble};
use crate::source::SharedSource;

/// Bytes in memory up to which a body is hashed and sent as one piece.
const SHORT_LEN_MAX: u64 = 64 * 1024;

/// Opens a payload as a body.
pub(super) async fn open<D: Driver>(
    line: &Line<D>,
    io: &JobIo,
    payload: Payload,
    meter: &Arc<Meter>,
) -> Result<Option<SendBody>, Outcome> {
    let no_source = || Outcome::failed(Cause::SourceUnreadable, "the source is not there");
    match payload {
        Payload::Empty => Ok(None),
        Payload::Text(text) => Ok(Some(SendBody::Whole(text.into()))),
        Payload::Buffer { slot, len, sha1 } => {
            let filled = io.buffers.get(slot, len).ok_or_else(no_source)?;
            let range = MemoryRange::of_buffer(&filled, DigestMode::Known(sha1));
            Ok(Some(from_memory(line, range, 0, meter)))
        }
        Payload::Joined { pieces, len, digest, .. } => {
            let pieces = io.joined(&pieces).ok_or_else(no_source)?;
            let joined = Joined::new(pieces, digest, line.pool.clone());
            let wire_len = len.saturating_add(digest.trailer_len());
            let body = PieceBody::joined(line, joined, wire_len, meter.clone());
            Ok(Some(SendBody::Pieces(Box::new(body))))
        }
        Payload::Range { source, offset, len, digest } => {
            match io.source(source).ok_or_else(no_source)? {
                SourceHandle::Memory(bytes) => {
                    let ended_early = || {
                        let detail = "the source has fewer bytes than before";
                        Outcome::failed(Cause::SourceChanged, detail)
                    };
                    let bytes = slice(&bytes, offset, len).ok_or_else(ended_early)?;
                    let range = MemoryRange::new(bytes, digest);
                    Ok(Some(from_memory(line, range, digest.trailer_len(), meter)))
                }
                SourceHandle::Seekable(source) => {
                    // Apart: requests of short bodies are many, and should be small.
                    let body = from_source(line, source, (offset, len), digest, meter);
                    Box::pin(body).await.map(Some)
                }
                SourceHandle::Reader(_) => Err(Outcome::failed(
                    Cause::SourceUnreadable,
                    "a source that can be read once has no ranges",
                )),
            }
        }
    }
}

/// Few bytes are hashed at once and need no stream.
fn from_memory<D: Driver>(
    line: &Line<D>,
    range: MemoryRange,
    trailer_len: u64,
    meter: &Arc<Meter>,
) -> SendBody {
    let len = range.len();
    if len == 0 || len <= SHORT_LEN_MAX && !line.pace.up.is_limited() {
        let all = range.read_all();
        meter.add(all.bytes.len());
        meter.body_ended(all.sha1);
        return SendBody::Whole(all.bytes);
    }
    let wire_len = len.saturating_add(trailer_len);
    SendBody::Pieces(Box::new(PieceBody::memory(line, range, wire_len, meter.clone())))
}

async fn from_source<D: Driver>(
    line: &Line<D>,
    source: SharedSource,
    (offset, len): (u64, u64),
    digest: DigestMode,
    meter: &Arc<Meter>,
) -> Result<SendBody, Outcome> {
    meter.touch(Phase::Reading);
    // However long the source takes, the peer is not silent.
    meter.hold();
    let pool = line.pool.clone();
    let opened = line.driver.unblock(move || {
        let mut range = SourceRange::new(source, offset, len, digest, pool);
        let first = range.read()?;
        Ok::<_, Trouble>((range, first))
    });
    let broke_off = || Outcome::failed(Cause::SourceUnreadable, "reading the source broke off");
    let (range, first) = opened.await.ok_or_else(broke_off)??;
    meter.touch(Phase::Waiting);
    if let Some(sha1) = first.ended
        && (len == 0 || !line.pace.up.is_limited())
    {
        meter.add(first.bytes.len());
        meter.body_ended(sha1);
        return Ok(SendBody::Whole(first.bytes));
    }
    let wire_len = len.saturating_add(digest.trailer_len());
    let body = PieceBody::file(line, range, first, wire_len, meter.clone());
    Ok(SendBody::Pieces(Box::new(body)))
}
