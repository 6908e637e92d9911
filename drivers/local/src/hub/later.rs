//! What is done when the lock of the hub is free again.

use core::panic::AssertUnwindSafe;
use core::task::Waker;
use std::panic::catch_unwind;
use std::sync::Arc;

use b2_proto::machine::Repeat;

use super::JobIo;
use super::observer::Observer;
use super::seat::Seat;
use crate::exchange::meter::Meter;

/// What runs code of others, and so must wait until the lock is free: a waker, a reader that is
/// dropped or a connection that is given up may come back to the client.
pub(super) struct Later<Io> {
    pub(super) woken: Vec<Waker>,
    pub(super) aborted: Vec<Arc<Meter>>,
    #[expect(clippy::vec_box, reason = "they are in boxes already")]
    pub(super) left: Vec<Box<Seat<Io>>>,
    pub(super) repeats: Vec<(Arc<dyn Observer>, Repeat)>,
}

impl<Io: JobIo> Later<Io> {
    /// Does it. The lock must be free.
    pub(super) fn run(self) {
        let Self { woken, aborted, left, repeats } = self;
        aborted.iter().for_each(|meter| meter.abort());
        woken.into_iter().for_each(Waker::wake);
        left.iter().for_each(|seat| seat.io.end());
        drop(left);
        for (observer, repeat) in repeats {
            // No request is begun or ended here that a panic could break off, so it ends here.
            let _ = catch_unwind(AssertUnwindSafe(|| observer.again(&repeat)));
        }
    }
}

impl<Io> Default for Later<Io> {
    fn default() -> Self {
        Self { woken: Vec::new(), aborted: Vec::new(), left: Vec::new(), repeats: Vec::new() }
    }
}
