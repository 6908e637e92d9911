//! Whether a connection has anything to do.

use core::time::Duration;

use tokio::sync::watch;

/// Counts the exchanges of a connection.
pub(super) struct Idle {
    count: watch::Sender<usize>,
}

/// An exchange under way, until this is dropped.
pub(super) struct Busy {
    count: watch::Sender<usize>,
}

impl Default for Idle {
    fn default() -> Self {
        Self { count: watch::Sender::new(0) }
    }
}

impl Idle {
    pub(super) fn busy(&self) -> Busy {
        self.count.send_modify(|count| *count += 1);
        Busy { count: self.count.clone() }
    }

    /// Waits until nothing was under way for so long.
    pub(super) async fn lasts(&self, idle_max: Duration) {
        let mut count = self.count.subscribe();
        loop {
            if count.wait_for(|count| *count == 0).await.is_err() {
                return;
            }
            if tokio::time::timeout(idle_max, count.changed()).await.is_err() {
                return;
            }
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.count.send_modify(|count| *count -= 1);
    }
}
