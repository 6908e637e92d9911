//! The present, as the service has it.

use super::run::Run;

/// Tells a time in milliseconds since the Unix epoch, once it is known.
pub(super) struct Clock(Box<dyn Fn() -> Option<u64> + Send>);

impl core::fmt::Debug for Clock {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Clock")
    }
}

impl Run {
    /// Takes the present from the service's clock, in milliseconds since the Unix epoch, once it
    /// tells one: the uploads whose ages count were noted by it. It is asked before what the first
    /// answer brought is looked at.
    #[must_use]
    pub fn timed_by(mut self, clock: impl Fn() -> Option<u64> + Send + 'static) -> Self {
        self.clock = Some(Clock(Box::new(clock)));
        self
    }

    pub(super) fn note_time(&mut self) {
        let Some(now_ms) = self.clock.as_ref().and_then(|clock| clock.0()) else { return };
        self.clock = None;
        let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
        self.setup.options.now_ms = now_ms;
        self.planner.set_now_ms(now_ms);
    }
}
