//! The lanes of a sync as threads.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::Builder;

use b2_local::sync::{Ended, Job, Lane, Lanes, Onlooker, Run, Summary};
use b2_proto::error::Error;

/// Has threads carry a run out. There are no more of them than jobs at the same time; each ends
/// after what it is at when there is nothing else for it.
///
/// # Errors
/// Those of the run.
pub(crate) fn run(
    run: Run,
    onlooker: Onlooker,
    carry_out: impl Fn(Job) -> Ended + Send + Sync + 'static,
) -> Result<Summary, Error> {
    let (caller, called) = sync_channel(1);
    // One call is as good as several.
    let lanes = Arc::new(Lanes::new(run, onlooker, move || {
        let _ = caller.try_send(());
    }));
    let crew = Arc::new(Crew { lanes, carry_out });
    crew.begin(crew.lanes.begin());
    loop {
        // The other end is with the lanes.
        let _ = called.recv();
        if let Some(result) = crew.lanes.result() {
            return result;
        }
        crew.begin(crew.lanes.begin());
        if crew.lanes.is_short() {
            let lane = Lane::new(crew.lanes.clone());
            // What panics is told to the run as in any other thread.
            let _ = catch_unwind(AssertUnwindSafe(|| crew.work(lane)));
        }
    }
}

struct Crew<F> {
    lanes: Arc<Lanes>,
    carry_out: F,
}

impl<F: Fn(Job) -> Ended + Send + Sync + 'static> Crew<F> {
    fn begin(self: &Arc<Self>, count: usize) {
        for _ in 0..count {
            let (crew, lane) = (self.clone(), Lane::new(self.lanes.clone()));
            // Where there is no thread for it, the caller is told by the lane that is dropped.
            let _ = Builder::new().name("b2-sync".to_owned()).spawn(move || crew.work(lane));
        }
    }

    /// One job after the other.
    fn work(self: &Arc<Self>, mut lane: Lane) {
        let mut ended = None;
        loop {
            let turn = lane.next(ended);
            self.begin(turn.begin);
            let Some(job) = turn.job else { return };
            ended = Some((self.carry_out)(job));
        }
    }
}
