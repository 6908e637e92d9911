//! Waiting until bytes may pass.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;
use std::time::Instant;

use b2_proto::policy::bandwidth::Ticket;

use super::Driver;
use crate::exchange::Meter;
use crate::exchange::pace::Gate;

/// Ends when the bytes of a ticket may pass.
pub(super) struct Turn<D: Driver> {
    gate: Arc<Gate>,
    ticket: Ticket,
    driver: D,
    sleep: Option<(Instant, Pin<Box<D::Sleep>>)>,
}

impl<D: Driver> Turn<D> {
    /// Takes a place for so many bytes; `None` when they may pass at once.
    pub(super) fn take(gate: &Arc<Gate>, driver: &D, len: usize) -> Option<Self> {
        let ticket = gate.take(len)?;
        Some(Self { gate: gate.clone(), ticket, driver: driver.clone(), sleep: None })
    }
}

/// Waits until so many bytes may pass. That is no silence of anybody.
pub(super) async fn pass<D: Driver>(gate: &Arc<Gate>, driver: &D, meter: &Meter, len: usize) {
    if let Some(turn) = Turn::take(gate, driver, len) {
        meter.hold();
        turn.await;
    }
}

impl<D: Driver> Future for Turn<D> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        while let Some(at) = this.gate.due(this.ticket, cx.waker()) {
            let sleep = match &mut this.sleep {
                Some((until, sleep)) if *until == at => sleep,
                other => &mut other.insert((at, Box::pin(this.driver.sleep_until(at)))).1,
            };
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            this.sleep = None;
        }
        Poll::Ready(())
    }
}

/// Nothing of it is pinned in place.
impl<D: Driver> Unpin for Turn<D> {}

impl<D: Driver> Drop for Turn<D> {
    fn drop(&mut self) {
        self.gate.forget(self.ticket);
    }
}
