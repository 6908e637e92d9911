//! What a machine asks for that needs no connection, but this flow's readers and sinks.

use std::io::{ErrorKind, Read as _};
use std::sync::PoisonError;

use b2_local::exchange::pool::Pool;
use b2_local::exchange::{Outcome, Trouble};
use b2_local::sink::Sink;
use b2_local::source::Filling;
use b2_proto::error::Cause;
use b2_proto::id::{BufferId, SinkId, SourceId};

use super::io::JobIo;

/// Reads the next bytes of a source that cannot be read again.
pub(super) fn fill(
    io: &JobIo,
    (slot, source, len): (BufferId, SourceId, u64),
    pool: &Pool,
) -> Result<Outcome, Trouble> {
    let reader = io.refill(slot, source)?;
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
            Err(error) => return Err(Trouble::new(Cause::SourceUnreadable, error.to_string())),
        }
    }
    Ok(io.keep(slot, filling))
}

/// Tells the digest of what was stored.
pub(super) fn digest(
    io: &JobIo,
    (sink, offset, len): (SinkId, u64, u64),
    own: Option<&dyn Sink>,
) -> Outcome {
    let sink = io.sink(sink).and_then(|sink| sink.open(own));
    Outcome::digested(sink.and_then(|sink| Ok(sink.digest(offset, len)?)))
}
