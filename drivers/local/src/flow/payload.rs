//! From the payload of a request to its body.

use std::sync::Arc;

use b2_proto::error::Cause;

use super::body::{PieceBody, SendBody};
use super::io::JobIo;
use super::whole::WholePayload;
use super::{Driver, Line};
use crate::exchange::range::{SourceRange, Whole};
use crate::exchange::{Meter, Payload, Phase, Trouble};
use crate::job::Content;

/// Opens a payload as a body of `len` bytes, digits of a digest included.
pub(super) async fn open<D: Driver>(
    line: &Line<D>,
    io: &JobIo,
    (payload, len): (Payload, u64),
    meter: &Arc<Meter>,
) -> Result<Option<SendBody>, Trouble> {
    let body = |pieces| SendBody::Pieces(Box::new(pieces));
    let from_file = match Content::open(payload, io, &line.pool, line.pace.up.is_limited())? {
        Content::Nothing => return Ok(None),
        Content::Text(text) => return Ok(Some(SendBody::Whole(text))),
        Content::Whole(whole) => return Ok(Some(WholePayload::body(whole, meter))),
        Content::Memory(range) => {
            return Ok(Some(body(PieceBody::memory(line, range, len, meter.clone()))));
        }
        Content::Joined(joined) => {
            return Ok(Some(body(PieceBody::joined(line, joined, len, meter.clone()))));
        }
        // Apart: requests of short bodies are many, and should be small.
        Content::File(range) => Box::pin(from_file(line, range, len, meter)),
    };
    from_file.await.map(Some)
}

async fn from_file<D: Driver>(
    line: &Line<D>,
    mut range: SourceRange,
    len: u64,
    meter: &Arc<Meter>,
) -> Result<SendBody, Trouble> {
    meter.touch(Phase::Reading);
    // However long the source takes, the peer is not silent.
    meter.hold_body();
    let opened = line.driver.unblock(move || {
        let first = range.read()?;
        Ok::<_, Trouble>((range, first))
    });
    let broke_off = || Trouble::new(Cause::SourceUnreadable, "reading the source broke off");
    let (range, first) = opened.await.ok_or_else(broke_off)??;
    meter.touch(Phase::Waiting);
    Ok(match first.ended {
        Some(sha1) if first.bytes.is_empty() || !line.pace.up.is_limited() => {
            WholePayload::body(Whole { bytes: first.bytes, sha1 }, meter)
        }
        Some(_) | None => {
            let body = PieceBody::file(line, range, first, len, meter.clone());
            SendBody::Pieces(Box::new(body))
        }
    })
}
