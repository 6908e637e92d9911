//! What Ctrl-C does.

use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};

use b2_local::sync::Stop;
use tokio::signal::ctrl_c;
use tokio::time::sleep;

/// What can end by itself gets so long for it.
const GRACE: Duration = Duration::from_secs(10);

/// Ends a command early: a sync that is under way is told to stop, anything else is dropped.
#[derive(Default)]
pub(crate) struct Interrupt(Mutex<Option<Stop>>);

/// Ctrl-C tells something to stop, until this is dropped.
pub(crate) struct Telling<'a>(&'a Interrupt);

impl Interrupt {
    /// Has Ctrl-C tell this.
    pub(crate) fn tells(&self, stop: &Stop) -> Telling<'_> {
        *self.told() = Some(stop.clone());
        Telling(self)
    }

    /// Ends when the command is to be dropped: at the first Ctrl-C, or, where it was told to stop,
    /// at another one or when it takes too long.
    pub(crate) async fn is_over(&self) {
        pressed().await;
        let told = self.told().take();
        if let Some(stop) = told {
            stop.stop();
            tokio::select! {
                () = pressed() => {}
                () = sleep(GRACE) => {}
            }
        }
    }

    fn told(&self) -> MutexGuard<'_, Option<Stop>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        *self.0.told() = None;
    }
}

/// Until Ctrl-C; for ever where it cannot be heard.
async fn pressed() {
    if ctrl_c().await.is_err() {
        core::future::pending::<()>().await;
    }
}
