//! The time a hub counts.
//!
//! It goes on while the machine sleeps, since logins and upload URLs grow old then. The system's
//! [`Instant`](SystemInstant), in which drivers wait, stands still on Linux meanwhile.

use core::time::Duration;
use std::time::Instant as SystemInstant;

use b2_proto::time::Instant;

use crate::time::since_boot;

/// Milliseconds since it was made.
pub(super) struct Clock {
    /// What `read` said then.
    started: Duration,
    /// What the system's clock said a moment later.
    began: SystemInstant,
    read: fn() -> Duration,
}

impl Clock {
    /// The zero of its time is now.
    pub(super) fn start() -> Self {
        Self::reading(since_boot)
    }

    fn reading(read: fn() -> Duration) -> Self {
        Self { started: read(), began: SystemInstant::now(), read }
    }

    pub(super) fn now(&self) -> Instant {
        let ms = self.elapsed().as_millis();
        Instant::from_ms(u64::try_from(ms).unwrap_or(u64::MAX))
    }

    /// When a moment of this clock comes, unless the machine sleeps before. The same for the same
    /// moment, until it does: whoever waits for it need not wait anew.
    pub(super) fn moment(&self, at: Instant) -> SystemInstant {
        let slept = self.elapsed().saturating_sub(self.began.elapsed());
        // To the second, for the clocks are not read in the same instant. So it may be told up to
        // a second too late, never too early.
        let slept = Duration::from_secs(slept.as_secs());
        self.began + Duration::from_millis(at.as_ms()).saturating_sub(slept)
    }

    fn elapsed(&self) -> Duration {
        (self.read)().saturating_sub(self.started)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    thread_local! {
        static TIME_S: Cell<u64> = const { Cell::new(1_000) };
    }

    #[test]
    fn what_was_slept_through_has_passed() {
        let clock = Clock::reading(|| Duration::from_secs(TIME_S.get()));
        let in_an_hour = clock.now().after_ms(3_600_000);
        assert_eq!(clock.moment(in_an_hour), clock.began + Duration::from_secs(3_600));
        TIME_S.set(1_000 + 3_600);
        assert_eq!(clock.now(), in_an_hour);
        let late_max = Duration::from_secs(1);
        assert!(clock.moment(in_an_hour) <= SystemInstant::now() + late_max);
    }

    #[test]
    fn it_never_goes_back() {
        let clock = Clock::start();
        let times: Vec<Instant> = (0..1_000).map(|_| clock.now()).collect();
        assert!(times.is_sorted());
    }

    #[test]
    fn whoever_waits_for_a_moment_is_not_woken_before() {
        let clock = Clock::start();
        let at = clock.now().after_ms(5);
        let moment = clock.moment(at);
        assert_eq!(clock.moment(at), moment, "nobody slept");
        std::thread::sleep(moment.saturating_duration_since(SystemInstant::now()));
        assert!(clock.now() >= at);
    }
}
