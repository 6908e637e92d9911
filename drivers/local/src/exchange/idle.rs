//! Connections that wait for their next request.

use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::Origin;
use crate::time::since_boot;

/// Longest time a connection is kept, whatever is wished for.
pub const AGE_MAX: Duration = Duration::from_secs(3_600);

/// Connections of a driver that nobody uses at the moment.
pub struct Idle<C> {
    state: Mutex<State<C>>,
    count_max: usize,
    age_max: Duration,
}

struct State<C> {
    /// The one that was used last at the end, so that they are in the order of their ends.
    kept: Vec<Kept<C>>,
    is_watched: bool,
}

struct Kept<C> {
    origin: Origin,
    connection: C,
    until: Instant,
    /// When it was put there, by a clock that goes on while the machine sleeps.
    since: Duration,
}

impl<C> Kept<C> {
    fn is_for(&self, origin: &Origin, is_ours: impl Fn(&C) -> bool) -> bool {
        self.origin == *origin && is_ours(&self.connection)
    }
}

impl<C> Idle<C> {
    /// Keeps twice as many connections as requests may be under way, for each of those talks to
    /// one server and may have talked to another; each no longer than `age_max`, and never longer
    /// than an hour.
    pub fn new(requests_max: usize, age_max: Duration) -> Self {
        let count_max = requests_max.max(1).saturating_mul(2);
        let state = State { kept: Vec::new(), is_watched: false };
        Self { state: Mutex::new(state), count_max, age_max: age_max.min(AGE_MAX) }
    }

    /// A connection to `origin` of those that may be taken here, which `is_ours` tells, that is
    /// still open; `is_usable` tells, for the peer may have closed it meanwhile.
    pub fn take(
        &self,
        origin: &Origin,
        is_ours: impl Fn(&C) -> bool,
        mut is_usable: impl FnMut(&mut C) -> bool,
    ) -> Option<C> {
        loop {
            let mut kept = {
                let kept = &mut self.lock().kept;
                let at = kept.iter().rposition(|kept| kept.is_for(origin, &is_ours))?;
                kept.remove(at)
            };
            let rested = since_boot().saturating_sub(kept.since);
            let is_young = kept.until > Instant::now() && rested < self.age_max;
            if is_young && is_usable(&mut kept.connection) {
                return Some(kept.connection);
            }
        }
    }

    /// How long the connection to `origin` that would be [taken](Self::take) first has rested.
    pub fn rested(&self, origin: &Origin, is_ours: impl Fn(&C) -> bool) -> Option<Duration> {
        let state = self.lock();
        let kept = state.kept.iter().rfind(|kept| kept.is_for(origin, &is_ours))?;
        Some(since_boot().saturating_sub(kept.since))
    }

    /// Keeps a connection on which everything that was sent has been answered, in place of the
    /// oldest one when there are too many. Gives when [`clear`](Self::clear) is to be called
    /// first, unless that was said before.
    pub fn put(&self, origin: Origin, connection: C) -> Option<Instant> {
        let now = Instant::now();
        let kept = Kept { origin, connection, until: now + self.age_max, since: since_boot() };
        let until = kept.until;
        // Closing may take a while, so that is done without the lock.
        let mut closed = Vec::new();
        let mut state = self.lock();
        state.kept.push(kept);
        let too_many = state.kept.len().saturating_sub(self.count_max);
        let too_old = state.kept.partition_point(|kept| kept.until <= now);
        closed.extend(state.kept.drain(..too_many.max(too_old)));
        let was_watched = core::mem::replace(&mut state.is_watched, true);
        drop(state);
        drop(closed);
        (!was_watched).then_some(until)
    }

    /// Closes what was kept for too long. Gives when it is to be called again; not any more when
    /// nothing is left, until something is [put](Self::put) there.
    pub fn clear(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut state = self.lock();
        let too_old = state.kept.partition_point(|kept| kept.until <= now);
        let closed: Vec<_> = state.kept.drain(..too_old).collect();
        let next = state.kept.first().map(|kept| kept.until);
        state.is_watched = next.is_some();
        drop(state);
        drop(closed);
        next
    }

    /// Nobody [clears](Self::clear) it any more: that is to be said again.
    pub fn leave(&self) {
        self.lock().is_watched = false;
    }

    fn lock(&self) -> MutexGuard<'_, State<C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> core::fmt::Debug for Idle<C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Idle").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(100);
    const SHORT: Duration = Duration::from_millis(20);

    fn origin(name: &str) -> Origin {
        Origin::of(&format!("https://{name}.test").parse().expect("a URL")).expect("a server")
    }

    fn take(idle: &Idle<u8>, name: &str) -> Option<u8> {
        idle.take(&origin(name), |_| true, |_| true)
    }

    #[test]
    fn the_latest_of_a_server_comes_first() {
        let idle = Idle::new(9, LONG);
        for (name, connection) in [("a", 1), ("a", 2), ("b", 3)] {
            idle.put(origin(name), connection);
        }
        assert_eq!(
            (take(&idle, "a"), take(&idle, "a"), take(&idle, "a")),
            (Some(2), Some(1), None)
        );
        assert_eq!(idle.take(&origin("b"), |_| false, |_| true), None, "somebody else's stay");
        assert_eq!(idle.take(&origin("b"), |_| true, |_| false), None);
        assert_eq!(take(&idle, "b"), None, "what cannot be used is gone");
    }

    #[test]
    fn there_are_never_too_many_whatever_the_server() {
        let idle = Idle::new(1, LONG);
        for (name, connection) in [("a", 1), ("b", 2), ("c", 3)] {
            idle.put(origin(name), connection);
        }
        assert_eq!(
            (take(&idle, "a"), take(&idle, "b"), take(&idle, "c")),
            (None, Some(2), Some(3))
        );
    }

    #[test]
    fn the_old_ones_are_closed() {
        let idle = Idle::new(9, SHORT);
        let first = idle.put(origin("a"), 1).expect("somebody is to look");
        assert_eq!(idle.put(origin("a"), 2), None, "somebody does already");
        assert!(idle.rested(&origin("a"), |_| true).is_some_and(|rested| rested < SHORT));
        assert_eq!(idle.rested(&origin("b"), |_| true), None);
        assert_eq!(idle.clear(), Some(first), "nothing is old yet");
        std::thread::sleep(SHORT);
        assert_eq!(take(&idle, "a"), None);
        assert_eq!(idle.clear(), None);
        assert!(idle.put(origin("a"), 3).is_some(), "nobody looks any more");
        assert_eq!(idle.put(origin("a"), 4), None);
        idle.leave();
        assert!(idle.put(origin("a"), 5).is_some(), "whoever looked has left");
    }
}
