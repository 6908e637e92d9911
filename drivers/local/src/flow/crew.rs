//! The lanes of a sync as tasks.

use std::sync::Arc;

use b2_proto::error::Error;

use super::until::{self, Stopped};
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
    let (stop, stopped) = until::stop();
    let lanes = Arc::new(lanes);
    let _stop = Stop { lanes: lanes.clone(), _tasks: stop };
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
    /// Told when nobody waits for the run any more.
    stopped: Stopped,
}

impl<D, F> Crew<D, F>
where
    D: Driver,
    F: Fn(Job) -> BoxFuture<Ended> + Send + Sync + 'static,
{
    fn begin(self: &Arc<Self>, count: usize) {
        for _ in 0..count {
            let work = Box::pin(self.clone().work(Lane::new(self.lanes.clone())));
            self.driver.spawn(self.stopped.ends(work));
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
    _tasks: until::Stop,
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.lanes.give_up();
    }
}
