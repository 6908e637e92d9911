//! Runs that end before all is done, and runs that are held up.

use b2_proto::error::{Error, ErrorKind};

use super::event::Ending;
use super::pause::Pause;
use super::run::{Next, Run};
use super::stop::Stop;

/// Actions in a row that may fail for want of a service before the rest is not tried: each has
/// used up its own attempts by then, which took minutes.
pub const UNREACHED_MAX: u32 = 16;

impl Run {
    /// Ends when this signal is given; see [`Stop`].
    #[must_use]
    pub fn stopped_by(mut self, stop: Stop) -> Self {
        self.stop = Some(stop);
        self
    }

    /// The signal that ends it, if there is one.
    pub const fn stop_signal(&self) -> Option<&Stop> {
        self.stop.as_ref()
    }

    /// Is held up by this switch; see [`Pause`].
    #[must_use]
    pub fn held_by(mut self, pause: Pause) -> Self {
        self.pause = Some(pause);
        self
    }

    /// The switch that holds it up, if there is one.
    pub const fn pause(&self) -> Option<&Pause> {
        self.pause.as_ref()
    }

    /// Whether nothing more happens for now.
    pub(super) fn is_held_up(&self) -> bool {
        self.pause.as_ref().is_some_and(Pause::is_held) && !self.is_stopped()
    }

    fn is_told_to_stop(&self) -> bool {
        self.stop.as_ref().is_some_and(Stop::is_given)
    }

    /// Whether nothing more is begun.
    pub(super) fn is_stopped(&self) -> bool {
        self.fatal.is_some() || self.unreached > UNREACHED_MAX || self.is_told_to_stop()
    }

    /// Begins nothing more, waits for what is under way, and ends.
    pub(super) fn end_early(&mut self) -> Next {
        self.summary.not_begun += self.schedule.abandon() as u64 + self.forget_looked();
        if self.schedule.in_flight() > 0 || self.is_looking() {
            return Next::Wait;
        }
        // What was removed and what was learned so far is brought to its end all the same.
        if let Some((ticket, job)) = self.prune().or_else(|| self.keep_job()) {
            return Next::Begin(ticket, job);
        }
        if self.is_pruning || self.is_keeping {
            return Next::Wait;
        }
        let is_told_to_stop = self.is_told_to_stop();
        match self.fatal.take() {
            // That is how jobs end then.
            Some(error) if is_told_to_stop && error.kind == ErrorKind::Cancelled => {}
            Some(error) if error.kind == ErrorKind::Cancelled => {
                return Next::Over(Err(self.given_up()));
            }
            Some(error) => return Next::Over(Err(error)),
            None => {}
        }
        self.summary.ending =
            if is_told_to_stop { Ending::Stopped } else { Ending::GivenUp(self.refusal) };
        if self.plan_ended.is_none() {
            self.summary.plan(self.planner.totals(), !self.is_again);
        }
        Next::Over(Ok(self.summary))
    }

    /// What a run says that was cancelled: there is no summary then.
    fn given_up(&self) -> Error {
        let (files, bytes) = (self.summary.transferred, self.summary.transferred_bytes);
        Error::with_message(
            ErrorKind::Cancelled,
            format_args!(
                "the sync was given up; {files} files with {bytes} bytes were copied, and run \
                 again it goes on from there"
            ),
        )
    }
}
