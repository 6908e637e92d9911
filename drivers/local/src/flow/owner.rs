//! The future of one job.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;
use std::time::Instant;

use b2_proto::error::Error;

use super::exchange::carry_out;
use super::io::JobIo;
use super::{BoxFuture, Driver, Flow, Line, Place};
use crate::account::Keeping;
use crate::hub::{After, Job, Next, Order};
use crate::job::Teller;

pub use crate::job::Listener;

/// Carries a job out while it is awaited, and gives its outcome. Dropping it gives the job up.
///
/// A request that is all there is to do for the job is made here; several at the same time get
/// tasks of their own, so that they proceed on several processors.
pub struct Owner<D: Driver, T: Send + 'static> {
    flow: Flow<D>,
    job: Option<Job<JobIo, T>>,
    own: Option<BoxFuture<After<JobIo>>>,
    keeping: Option<BoxFuture<()>>,
    alarm: Option<Alarm<D>>,
    teller: Teller,
    is_orphan: bool,
    _place: Option<Place>,
}

struct Alarm<D: Driver> {
    at: Instant,
    sleep: Pin<Box<D::Sleep>>,
}

impl<D: Driver, T: Send + 'static> Owner<D, T> {
    pub(super) fn new(
        flow: Flow<D>,
        job: Job<JobIo, T>,
        listener: Option<Listener>,
        place: Place,
    ) -> Self {
        Self {
            flow,
            job: Some(job),
            own: None,
            keeping: None,
            alarm: None,
            teller: Teller::new(listener),
            is_orphan: false,
            _place: Some(place),
        }
    }

    /// Waits for the outcome, and then tells the listener that all bytes have been moved: a short
    /// job may end before anything was told. `len` gives how many they are, where that is known.
    ///
    /// # Errors
    /// Those of the job.
    pub async fn attend(mut self, len: impl Fn(&T) -> Option<u64>) -> Result<T, Error> {
        let output = (&mut self).await?;
        self.teller.ended(len(&output));
        Ok(output)
    }

    fn carry_out(&mut self, order: Order<JobIo>) {
        let line = self.flow.line().clone();
        if order.is_only && self.own.is_none() {
            self.own = Some(Box::pin(alone(line, order)));
        } else {
            let driver = line.driver.clone();
            driver.spawn(Box::pin(lane(line, order)));
        }
    }

    /// Whether the time has come; else the task is woken then.
    fn poll_alarm(&mut self, at: Option<Instant>, cx: &mut Context<'_>) -> bool {
        let Some(at) = at else {
            self.alarm = None;
            return false;
        };
        if self.alarm.as_ref().is_none_or(|alarm| alarm.at != at) {
            let sleep = Box::pin(self.flow.driver().sleep_until(at));
            self.alarm = Some(Alarm { at, sleep });
        }
        let alarm = self.alarm.as_mut();
        let has_come = alarm.is_some_and(|alarm| alarm.sleep.as_mut().poll(cx).is_ready());
        if has_come {
            self.alarm = None;
        }
        has_come
    }

    /// What the job's owner does itself; what came after it, if it ended.
    fn poll_own(&mut self, cx: &mut Context<'_>) -> Option<After<JobIo>> {
        let own = self.own.as_mut()?;
        let Poll::Ready(after) = own.as_mut().poll(cx) else { return None };
        self.own = None;
        Some(after)
    }

    /// Has a login kept where that may wait.
    fn keep(&mut self, keeping: Keeping) {
        if !keeping.may_wait() {
            return keeping.keep();
        }
        let work = self.flow.driver().unblock(move || keeping.keep());
        // If it broke off, the next job keeps it.
        self.keeping = Some(Box::pin(async move {
            work.await;
        }));
    }

    /// Whether a login is still being kept.
    fn is_keeping(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(keeping) = &mut self.keeping else { return false };
        let is_pending = keeping.as_mut().poll(cx).is_pending();
        if !is_pending {
            self.keeping = None;
        }
        is_pending
    }
}

impl<D: Driver, T: Send + 'static> Future for Owner<D, T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            // First, so that what it brings is there when the job is asked.
            match this.poll_own(cx) {
                Some(After::Order(order)) => {
                    this.carry_out(order);
                    continue;
                }
                Some(After::Ended(ended)) => {
                    let outcome = this.job.take().map(|job| job.ended(ended));
                    return Poll::Ready(outcome.unwrap_or_else(|| Err(crate::hub::gone())));
                }
                Some(After::Other) => continue,
                None => {}
            }
            if this.is_keeping(cx) {
                return Poll::Pending;
            }
            let Some(job) = &mut this.job else { return Poll::Ready(Err(crate::hub::gone())) };
            match job.next(cx.waker()) {
                Next::Order(order) => this.carry_out(order),
                Next::Keep(keeping) => this.keep(keeping),
                Next::Progress(progress) => this.teller.progress(progress),
                Next::Started(file_id) => this.teller.started(&file_id),
                Next::Outcome(outcome) => {
                    this.job = None;
                    return Poll::Ready(outcome);
                }
                Next::Wait { deadline, is_moving } => {
                    if !this.poll_alarm(this.teller.next_look(deadline, is_moving), cx) {
                        return Poll::Pending;
                    }
                    if let Some(job) = this.job.as_mut().filter(|_| this.teller.is_due()) {
                        job.tick();
                    }
                }
            }
        }
    }
}

/// Nothing of it is pinned in place.
impl<D: Driver, T: Send + 'static> Unpin for Owner<D, T> {}

impl<D: Driver, T: Send + 'static> Drop for Owner<D, T> {
    fn drop(&mut self) {
        let Some(job) = self.job.take() else { return };
        if self.is_orphan {
            // No task can be run any more: dropping the job ends it.
            return;
        }
        let left = job.cancel();
        self.own = None;
        if let Some(job) = left {
            // There is something to tidy up at the service.
            let orphan = Self {
                flow: self.flow.without_place(),
                job: Some(job),
                own: None,
                keeping: None,
                alarm: None,
                teller: Teller::new(None),
                is_orphan: true,
                _place: None,
            };
            self.flow.driver().spawn(Box::pin(async move {
                // Nobody is left who could be told.
                let _ = orphan.await;
            }));
        }
    }
}

/// One order after the other, as long as each is all there is to do for the job. Gives what comes
/// then.
async fn alone<D: Driver>(line: Arc<Line<D>>, mut order: Order<JobIo>) -> After<JobIo> {
    loop {
        let (flight, outcome) = carry_out(line.clone(), order).await;
        order = match flight.finish_own(&outcome) {
            After::Order(next) if next.is_only => next,
            after @ (After::Order(_) | After::Ended(_) | After::Other) => return after,
        };
    }
}

/// One order after the other, as long as the job has further ones.
async fn lane<D: Driver>(line: Arc<Line<D>>, order: Order<JobIo>) {
    let mut next = Some(order);
    while let Some(order) = next {
        let (flight, outcome) = carry_out(line.clone(), order).await;
        next = flight.finish(&outcome);
    }
}
