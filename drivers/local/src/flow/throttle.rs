//! Bytes of a body that wait until they may pass.

use core::task::{Context, Poll, ready};
use std::sync::Arc;

use super::turn::Turn;
use super::{BoxFuture, Driver, Line};
use crate::exchange::Meter;
use crate::exchange::pace::Gate;
use crate::exchange::range::Read;

type Pause = BoxFuture<()>;

/// Holds bytes back until they may pass.
pub(super) struct Throttle {
    gate: Arc<Gate>,
    /// The bytes that have got their place, and what they wait for.
    taken: Option<(Read, Option<Pause>)>,
    take: Take,
}

type Take = Box<dyn Fn(usize) -> Option<Pause> + Send>;

impl Throttle {
    pub(super) fn new<D: Driver>(line: &Line<D>) -> Self {
        let (driver, gate) = (line.driver.clone(), line.pace.up.clone());
        let take: Take = Box::new(move |len| {
            Turn::take(&gate, &driver, len).map(|turn| -> Pause { Box::pin(turn) })
        });
        Self { gate: line.pace.up.clone(), taken: None, take }
    }

    /// Whether some bytes have a place and have not passed yet.
    pub(super) const fn has_taken(&self) -> bool {
        self.taken.is_some()
    }

    /// Takes a place for the first bytes of `read`; gives what has to come later.
    pub(super) fn take(&mut self, mut read: Read) -> Option<Read> {
        let len = self.gate.chunk_len();
        let rest = (len < read.bytes.len()).then(|| {
            let bytes = read.bytes.split_off(len);
            Read { bytes, ended: read.ended.take() }
        });
        let turn = (self.take)(read.bytes.len());
        self.taken = Some((read, turn));
        rest
    }

    /// Waits until the bytes with a place may pass.
    pub(super) fn poll_pass(&mut self, meter: &Meter, cx: &mut Context<'_>) -> Poll<Option<Read>> {
        if let Some((_, Some(turn))) = &mut self.taken {
            meter.hold_body();
            ready!(turn.as_mut().poll(cx));
        }
        Poll::Ready(self.taken.take().map(|(read, _)| read))
    }
}
