//! What a machine asks for that needs no connection. All of it may wait for a disk.

use b2_proto::id::SourceId;
use b2_proto::wire::body::BodyPiece;

use super::io::{JobIo, read_once, unreadable};
use super::source::SourceHandle;
use crate::claims::Claims;
use crate::exchange::pool::Pool;
use crate::exchange::{Meter, Outcome, Trouble};
use crate::source::MemorySource;

/// Tells the digest of a range of a source that can be read again; stops when the meter says so.
pub fn hash<R: Clone, K>(
    io: &JobIo<R, K>,
    id: SourceId,
    range: (u64, u64),
    pool: &Pool,
    meter: &Meter,
) -> Outcome {
    match io.source(id) {
        Ok(SourceHandle::Memory(bytes)) => {
            io.hashes.hash(id, &MemorySource::new(bytes), range, pool, meter)
        }
        Ok(SourceHandle::Seekable(source)) => io.hashes.hash(id, &*source, range, pool, meter),
        Ok(SourceHandle::Reader(_)) => read_once().into(),
        Err(trouble) => trouble.into(),
    }
}

/// Tells the digest of ranges of sources that can be read again; stops when the meter says so.
pub fn hash_joined<R: Clone, K>(
    io: &JobIo<R, K>,
    pieces: &[BodyPiece],
    pool: &Pool,
    meter: &Meter,
) -> Outcome {
    let range = |piece: &BodyPiece| match *piece {
        BodyPiece::Range { source, offset, len } => Ok((io.shared(source)?, offset, len)),
        BodyPiece::Fed { .. } => Err(unreadable("what other requests bring has no ranges")),
    };
    match pieces.iter().map(range).collect::<Result<Vec<_>, Trouble>>() {
        Ok(ranges) => crate::source::hash_joined(&ranges, pool, meter),
        Err(trouble) => trouble.into(),
    }
}

/// Takes the next intents of a file; waits as long as whoever makes them.
pub fn take<R, K>(io: &JobIo<R, K>, closed: &[SourceId], (len, count): (u64, u32)) -> Outcome {
    let nothing = || unreadable("there is nothing to take from").into();
    io.intents().map_or_else(nothing, |intents| intents.take(closed, len, count))
}

/// Claims an unfinished large file for the job.
pub fn claim<R, K>(io: &JobIo<R, K>, claims: &Claims, file_id: &str) -> Outcome {
    Outcome::Claimed { granted: io.claim.claim(claims, file_id) }
}
