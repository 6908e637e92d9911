//! What a machine asks for that needs no connection.

use core::future::poll_fn;
use std::sync::Arc;

use b2_proto::error::Cause;
use b2_proto::id::{BufferId, SourceId};
use b2_proto::wire::body::BodyPiece;

use super::io::JobIo;
use super::sink::SinkHandle;
use super::source::SourceHandle;
use super::{Driver, Line};
use crate::exchange::joined::JoinedPiece;
use crate::exchange::pool::Pool;
use crate::exchange::{Meter, Outcome, Trouble};
use crate::source::{Filling, MemorySource};

/// Reads the next bytes of a source that cannot be read again.
pub(super) async fn fill(
    io: &JobIo,
    slot: BufferId,
    source: Option<SourceHandle>,
    (len, pool): (u64, &Pool),
) -> Outcome {
    io.buffers.release(slot);
    let Some(SourceHandle::Reader(reader)) = source else {
        return Outcome::failed(Cause::SourceUnreadable, "no source that is read once");
    };
    let mut reader = reader.lock().await;
    let mut filling = Filling::new(len, pool);
    loop {
        let space = filling.space();
        if space.is_empty() {
            break;
        }
        match poll_fn(|cx| reader.as_mut().poll_read(cx, space)).await {
            Ok(0) => break,
            Ok(count) => filling.took(count),
            Err(error) => return Outcome::failed(Cause::SourceUnreadable, error.to_string()),
        }
    }
    let (filled, digest) = filling.finish();
    let len = filled.len();
    io.buffers.keep(slot, filled);
    Outcome::Filled { len, digest }
}

/// Tells the digest of a range of a source that can be read again.
pub(super) async fn hash<D: Driver>(
    line: &Line<D>,
    io: &Arc<JobIo>,
    id: SourceId,
    range: (u64, u64),
    meter: &Arc<Meter>,
) -> Outcome {
    let Some(source) = io.source(id) else {
        return Outcome::failed(Cause::SourceUnreadable, "the source is not there");
    };
    let (io, pool, meter) = (io.clone(), line.pool.clone(), meter.clone());
    let hashing = line.driver.unblock(move || match source {
        SourceHandle::Memory(bytes) => {
            io.hashes.hash(id, &MemorySource::new(bytes), range, &pool, &meter)
        }
        SourceHandle::Seekable(source) => io.hashes.hash(id, &*source, range, &pool, &meter),
        SourceHandle::Reader(_) => {
            Outcome::failed(Cause::SourceUnreadable, "a source that can be read once has no ranges")
        }
    });
    let broke_off = || Outcome::failed(Cause::SourceUnreadable, "reading the source broke off");
    hashing.await.unwrap_or_else(broke_off)
}

/// Tells the digest of ranges of sources that can be read again.
pub(super) async fn hash_joined<D: Driver>(
    line: &Line<D>,
    io: &JobIo,
    pieces: &[BodyPiece],
    meter: &Arc<Meter>,
) -> Outcome {
    let ranges = io.joined(pieces).into_iter().flatten().map(|piece| match piece {
        JoinedPiece::Local { source, offset, len } => Some((source, offset, len)),
        JoinedPiece::Fed { .. } => None,
    });
    let Some(ranges) = ranges.collect::<Option<Vec<_>>>().filter(|all| !all.is_empty()) else {
        return Outcome::failed(Cause::SourceUnreadable, "no source that can be read again");
    };
    let (pool, meter) = (line.pool.clone(), meter.clone());
    let hashing = line.driver.unblock(move || crate::source::hash_joined(&ranges, &pool, &meter));
    let broke_off = || Outcome::failed(Cause::SourceUnreadable, "reading the source broke off");
    hashing.await.unwrap_or_else(broke_off)
}

/// Takes the next intents of a file, where that may wait.
pub(super) async fn take<D: Driver>(
    line: &Line<D>,
    io: &JobIo,
    closed: Vec<SourceId>,
    (len, count): (u64, u32),
) -> Outcome {
    let broke_off = || Outcome::failed(Cause::SourceUnreadable, "taking intents broke off");
    let Some(intents) = io.intents() else { return broke_off() };
    let taking = line.driver.unblock(move || intents.take(&closed, len, count));
    taking.await.unwrap_or_else(broke_off)
}

/// Claims an unfinished large file for the job.
pub(super) async fn claim<D: Driver>(line: &Line<D>, io: &Arc<JobIo>, file: String) -> Outcome {
    let (io, claims) = (io.clone(), line.claims.clone());
    let granted = line.driver.unblock(move || io.claim.claim(&claims, &file)).await;
    Outcome::Claimed { granted: granted.unwrap_or(false) }
}

/// Tells the digest of what was stored.
pub(super) async fn digest<D: Driver>(
    driver: &D,
    sink: Option<SinkHandle>,
    (offset, len): (u64, u64),
) -> Outcome {
    let Some(sink) = sink else {
        return Outcome::failed(Cause::SinkFailed, "the target is not there");
    };
    let digest = if sink.may_wait(offset, len) {
        driver.unblock(move || sink.digest(offset, len)).await.unwrap_or_else(|| {
            Err(Trouble::new(Cause::SinkFailed, "reading the target back broke off"))
        })
    } else {
        sink.digest(offset, len)
    };
    match digest {
        Ok(digest) => Outcome::Digested { digest },
        Err(trouble) => trouble.into(),
    }
}
