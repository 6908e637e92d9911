//! The lanes of a sync as tasks.

use core::convert::Infallible;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;

use async_channel::{Receiver, Sender};
use b2_proto::error::Error;
use futures_core::Stream;

use super::{BoxFuture, Driver};
use crate::sync::{Ended, Job, Lane, Lanes, Onlooker, Run, Summary};

/// Has tasks carry a run out. When the future is dropped, so is what they are at.
///
/// # Errors
/// Those of the run.
pub async fn run<D: Driver>(
    driver: D,
    run: Run,
    onlooker: Onlooker,
    carry_out: impl Fn(Job) -> BoxFuture<Ended> + Send + Sync + 'static,
) -> Result<Summary, Error> {
    let (caller, called) = async_channel::bounded(1);
    // One call is as good as several.
    let lanes = Lanes::new(run, onlooker, move || {
        let _ = caller.try_send(());
    });
    let (stop, stopped) = async_channel::bounded(1);
    let lanes = Arc::new(lanes);
    let _stop = Stop { lanes: lanes.clone(), stop };
    let crew = Arc::new(Crew { driver, lanes, carry_out, stopped });
    crew.begin(crew.lanes.begin());
    loop {
        // The other end is with the lanes.
        let _ = called.recv().await;
        if let Some(result) = crew.lanes.result() {
            return result;
        }
        crew.begin(crew.lanes.begin());
        if crew.lanes.is_short() {
            crew.clone().work(Lane::new(crew.lanes.clone())).await;
        }
    }
}

struct Crew<D, F> {
    driver: D,
    lanes: Arc<Lanes>,
    carry_out: F,
    /// Nothing ever comes; closed when nobody waits for the run any more.
    stopped: Receiver<Infallible>,
}

impl<D, F> Crew<D, F>
where
    D: Driver,
    F: Fn(Job) -> BoxFuture<Ended> + Send + Sync + 'static,
{
    fn begin(self: &Arc<Self>, count: usize) {
        for _ in 0..count {
            let work = Box::pin(self.clone().work(Lane::new(self.lanes.clone())));
            let stopped = Box::pin(self.stopped.clone());
            self.driver.spawn(Box::pin(Task { work, stopped }));
        }
    }

    /// One job after the other.
    async fn work(self: Arc<Self>, mut lane: Lane) {
        let mut ended = None;
        loop {
            let turn = lane.next(ended);
            self.begin(turn.begin);
            let Some(job) = turn.job else { return };
            ended = Some((self.carry_out)(job).await);
        }
    }
}

/// Ends the lanes when it is dropped.
struct Stop {
    lanes: Arc<Lanes>,
    stop: Sender<Infallible>,
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.lanes.give_up();
        self.stop.close();
    }
}

/// A lane that ends when nobody waits for the run any more.
struct Task {
    work: BoxFuture<()>,
    stopped: Pin<Box<Receiver<Infallible>>>,
}

impl Future for Task {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.stopped.as_mut().poll_next(cx).is_ready() {
            return Poll::Ready(());
        }
        this.work.as_mut().poll(cx)
    }
}

/// Nothing of it is pinned in place.
impl Unpin for Task {}
