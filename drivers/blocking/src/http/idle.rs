//! Connections that wait for their next request.

use core::time::Duration;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use b2_local::exchange::Origin;

use super::connection::Connection;

/// Kept connections, the one that was used last at the end.
pub(super) struct Idle {
    kept: Mutex<Vec<Kept>>,
    count_max: usize,
    age_max: Duration,
}

struct Kept {
    origin: Origin,
    connection: Connection,
    since: Instant,
}

impl Idle {
    /// Keeps at most `count_max` connections, each no longer than `age_max`.
    pub(super) const fn new(count_max: usize, age_max: Duration) -> Self {
        Self { kept: Mutex::new(Vec::new()), count_max, age_max }
    }

    /// A connection to `origin` that is still open.
    pub(super) fn take(&self, origin: &Origin) -> Option<Connection> {
        loop {
            let mut connection = {
                let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.retain(|kept| kept.since.elapsed() < self.age_max);
                let at = kept.iter().rposition(|kept| kept.origin == *origin)?;
                kept.remove(at).connection
            };
            // The peer may have closed it meanwhile.
            if connection.is_usable() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection on which nothing is under way.
    pub(super) fn put(&self, origin: Origin, connection: Connection) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|kept| kept.since.elapsed() < self.age_max);
        if kept.len() >= self.count_max {
            kept.remove(0);
        }
        kept.push(Kept { origin, connection, since: Instant::now() });
    }
}
