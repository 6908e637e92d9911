//! The place of one job: what is laid out there for whoever waits for it.

use core::task::Waker;
use std::collections::VecDeque;
use std::sync::Arc;

use b2_proto::error::Error;
use b2_proto::id::ReqId;
use b2_proto::machine::Progress;
use b2_proto::machine::engine::AnyOutput;
use b2_proto::time::Instant;

use super::order::Work;
use crate::exchange::meter::Meter;

/// The place of one job.
pub(super) struct Seat<Io> {
    pub(super) io: Arc<Io>,
    /// To be carried out for the job, in order.
    pub(super) orders: VecDeque<Waiting>,
    pub(super) outcome: Option<Result<AnyOutput, Error>>,
    /// What a listener has not been told yet.
    pub(super) progress: Option<Progress>,
    /// A large file that is there now.
    pub(super) started: Option<String>,
    pub(super) is_watched: bool,
    /// Whoever waits for the job, or did so last.
    owner: Option<Waker>,
    is_waiting: bool,
    /// When the owner looks again by itself.
    alarm: Option<Instant>,
    /// Requests and local work without an end.
    pub(super) in_flight: usize,
}

/// An order nobody has taken yet.
pub(super) struct Waiting {
    pub(super) id: ReqId,
    pub(super) work: Work,
    pub(super) meter: Arc<Meter>,
}

impl<Io> Seat<Io> {
    pub(super) fn new(io: Io, is_watched: bool) -> Self {
        Self {
            io: Arc::new(io),
            orders: VecDeque::new(),
            outcome: None,
            progress: None,
            started: None,
            is_watched,
            owner: None,
            is_waiting: false,
            alarm: None,
            in_flight: 0,
        }
    }

    /// How the job ended, unless there is something else to tell.
    pub(super) fn take_end(&mut self) -> Option<Result<AnyOutput, Error>> {
        let has_news = self.progress.is_some() || self.started.is_some();
        if has_news { None } else { self.outcome.take() }
    }

    /// Until when somebody waits, if anybody does and until anything.
    pub(super) const fn waits_until(&self) -> Option<Option<Instant>> {
        if self.is_waiting { Some(self.alarm) } else { None }
    }

    /// Whoever waits looks right now.
    pub(super) const fn is_looked_at(&mut self) {
        self.is_waiting = false;
    }

    /// Somebody waits, and looks again at `alarm`. Gives the waker of whoever waited before.
    pub(super) fn wait(&mut self, waker: &Waker, alarm: Option<Instant>) -> Option<Waker> {
        (self.is_waiting, self.alarm) = (true, alarm);
        if self.owner.as_ref().is_some_and(|owner| owner.will_wake(waker)) {
            return None;
        }
        self.owner.replace(waker.clone())
    }

    pub(super) fn wake(&mut self) -> Option<Waker> {
        if core::mem::take(&mut self.is_waiting) { self.owner.take() } else { None }
    }

    pub(super) fn has_news(&self) -> bool {
        !self.orders.is_empty()
            || self.outcome.is_some()
            || self.progress.is_some()
            || self.started.is_some()
    }
}
