//! What a machine asks for that needs no connection.

use std::io::{ErrorKind, Read as _};
use std::sync::PoisonError;

use b2_local::exchange::joined::JoinedPiece;
use b2_local::exchange::pool::Pool;
use b2_local::exchange::{Meter, Outcome};
use b2_local::sink::Sink;
use b2_local::source::{Filling, MemorySource};
use b2_proto::error::Cause;
use b2_proto::id::{BufferId, SourceId};
use b2_proto::wire::body::BodyPiece;

use super::io::{JobIo, SourceHandle};

/// Reads the next bytes of a source that cannot be read again.
pub(super) fn fill(
    io: &JobIo,
    slot: BufferId,
    source: Option<&SourceHandle>,
    (len, pool): (u64, &Pool),
) -> Outcome {
    io.buffers.release(slot);
    let Some(SourceHandle::Reader(reader)) = source else {
        return Outcome::failed(Cause::SourceUnreadable, "no source that is read once");
    };
    let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
    let mut filling = Filling::new(len, pool);
    loop {
        let space = filling.space();
        if space.is_empty() {
            break;
        }
        match reader.read(space) {
            Ok(0) => break,
            Ok(count) => filling.took(count),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Outcome::failed(Cause::SourceUnreadable, error.to_string()),
        }
    }
    let (filled, digest) = filling.finish();
    let len = filled.len();
    io.buffers.keep(slot, filled);
    Outcome::Filled { len, digest }
}

/// Tells the digest of a range of a source that can be read again.
pub(super) fn hash(
    io: &JobIo,
    id: SourceId,
    range: (u64, u64),
    pool: &Pool,
    meter: &Meter,
) -> Outcome {
    match io.source(id) {
        Some(SourceHandle::Memory(bytes)) => {
            io.hashes.hash(id, &MemorySource::new(bytes), range, pool, meter)
        }
        Some(SourceHandle::Seekable(source)) => io.hashes.hash(id, &*source, range, pool, meter),
        Some(SourceHandle::Reader(_)) | None => {
            Outcome::failed(Cause::SourceUnreadable, "no source that can be read again")
        }
    }
}

/// Tells the digest of ranges of sources that can be read again.
pub(super) fn hash_joined(io: &JobIo, pieces: &[BodyPiece], pool: &Pool, meter: &Meter) -> Outcome {
    let ranges = io.joined(pieces).into_iter().flatten().map(|piece| match piece {
        JoinedPiece::Local { source, offset, len } => Some((source, offset, len)),
        JoinedPiece::Fed { .. } => None,
    });
    match ranges.collect::<Option<Vec<_>>>() {
        Some(ranges) if !ranges.is_empty() => b2_local::source::hash_joined(&ranges, pool, meter),
        Some(_) | None => {
            Outcome::failed(Cause::SourceUnreadable, "no source that can be read again")
        }
    }
}

/// Takes the next intents of a file.
pub(super) fn take(io: &JobIo, closed: &[SourceId], (len, count): (u64, u32)) -> Outcome {
    let nothing = || Outcome::failed(Cause::SourceUnreadable, "there is nothing to take from");
    io.intents().map_or_else(nothing, |intents| intents.take(closed, len, count))
}

/// Tells the digest of what was stored.
pub(super) fn digest(sink: Option<&dyn Sink>, offset: u64, len: u64) -> Outcome {
    let Some(sink) = sink else {
        return Outcome::failed(Cause::SinkFailed, "the target is not there");
    };
    match sink.digest(offset, len) {
        Ok(digest) => Outcome::Digested { digest },
        Err(error) => b2_local::exchange::Trouble::from(error).into(),
    }
}
