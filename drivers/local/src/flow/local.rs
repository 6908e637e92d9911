//! What a machine asks for that needs no connection.

use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::Poll;
use std::sync::Arc;

use b2_proto::error::Cause;
use b2_proto::id::{BufferId, SinkId, SourceId};

use super::io::JobIo;
use super::{Driver, Line};
use crate::exchange::pool::Pool;
use crate::exchange::{Meter, Outcome, Trouble};
use crate::job::work;
use crate::source::Filling;

/// Reads the next bytes of a source that cannot be read again.
pub(super) async fn fill<D: Driver>(
    line: &Line<D>,
    io: &JobIo,
    (slot, source, len): (BufferId, SourceId, u64),
    meter: &Meter,
) -> Outcome {
    let filling = pin!(async {
        let reader = io.refill(slot, source)?;
        let mut reader = reader.0.lock().await;
        let mut filling = Filling::new(len, &line.pool);
        loop {
            let space = filling.space();
            if space.is_empty() {
                break;
            }
            let unreadable =
                |error: std::io::Error| Trouble::new(Cause::SourceUnreadable, error.to_string());
            match poll_fn(|cx| reader.as_mut().poll_read(cx, space)).await.map_err(unreadable)? {
                0 => break,
                count => filling.took(count),
            }
        }
        Ok(io.keep(slot, filling))
    });
    unless_aborted(meter, filling).await
}

/// Does something with the sources of a job where blocking is allowed.
pub(super) async fn read<D: Driver>(
    line: &Line<D>,
    io: &Arc<JobIo>,
    meter: &Arc<Meter>,
    work: impl FnOnce(&JobIo, &Pool, &Meter) -> Outcome + Send + 'static,
) -> Outcome {
    let reading = pin!(async {
        let broke_off = || Trouble::new(Cause::SourceUnreadable, "reading the source broke off");
        let (io, pool, meter) = (io.clone(), line.pool.clone(), meter.clone());
        let reading = line.driver.unblock(move || work(&io, &pool, &meter));
        reading.await.ok_or_else(broke_off)
    });
    unless_aborted(meter, reading).await
}

/// Claims an unfinished large file for the job.
pub(super) async fn claim<D: Driver>(line: &Line<D>, io: &Arc<JobIo>, file: String) -> Outcome {
    let (io, claims) = (io.clone(), line.claims.clone());
    let claiming = line.driver.unblock(move || work::claim(&io, &claims, &file));
    claiming.await.unwrap_or(Outcome::Claimed { granted: false })
}

/// Tells the digest of what was stored.
pub(super) async fn digest<D: Driver>(
    driver: &D,
    io: &JobIo,
    (sink, offset, len): (SinkId, u64, u64),
) -> Outcome {
    let digest = match io.sink(sink) {
        Ok(sink) if sink.may_wait(offset, len) => {
            let sink = sink.clone();
            let broke_off = || Trouble::new(Cause::SinkFailed, "reading the target back broke off");
            let reading = driver.unblock(move || sink.digest(offset, len));
            reading.await.unwrap_or_else(|| Err(broke_off()))
        }
        Ok(sink) => sink.digest(offset, len),
        Err(trouble) => Err(trouble),
    };
    Outcome::digested(digest)
}

/// A reader may give nothing for ever, and whoever has one waits for it to be dropped.
async fn unless_aborted(
    meter: &Meter,
    mut work: Pin<&mut impl Future<Output = Result<Outcome, Trouble>>>,
) -> Outcome {
    let ended = poll_fn(|cx| {
        if meter.is_aborted(cx.waker()) {
            return Poll::Ready(Err(Trouble::new(Cause::Closed, "given up")));
        }
        work.as_mut().poll(cx)
    });
    ended.await.unwrap_or_else(Outcome::from)
}
