//! Telling a listener how far a job is.
//!
//! The listener is called in the caller's own task while the job is awaited, so it can neither
//! hold up other jobs nor break the engine.

use crate::client::Running;
use b2_proto::error::Error;
use b2_proto::machine::Progress;
use tokio::sync::watch;

/// Called with each news.
pub(crate) type Listener = Box<dyn Fn(Progress) + Send>;

/// A listener's two ends: one for the engine, one for whoever waits for the job.
pub(crate) fn channel(
    listener: Option<Listener>,
) -> (Option<watch::Sender<Progress>>, Option<News>) {
    let Some(listener) = listener else { return (None, None) };
    let (sender, receiver) = watch::channel(Progress::default());
    (Some(sender), Some(News { receiver, listener }))
}

/// What a listener is to be told.
pub(crate) struct News {
    receiver: watch::Receiver<Progress>,
    listener: Listener,
}

impl News {
    fn tell(&mut self) {
        let progress = *self.receiver.borrow_and_update();
        (self.listener)(progress);
    }

    /// The job has moved all `len` bytes: nothing is left. A short job may end before anything
    /// else was told.
    fn tell_end(&mut self, len: u64) {
        let mut progress = *self.receiver.borrow_and_update();
        progress.bytes_done = len;
        progress.bytes_total = Some(len);
        progress.parts_done = progress.parts_total.unwrap_or(progress.parts_done);
        (self.listener)(progress);
    }
}

/// Waits for the end of a job and tells its listener the news meanwhile. `len` gives the bytes
/// that a job has moved in all.
pub(crate) async fn attend<T: 'static>(
    running: &mut Running<T>,
    news: Option<News>,
    len: impl Fn(&T) -> u64,
) -> Result<T, Error> {
    let Some(mut news) = news else { return running.outcome().await };
    let mut is_open = true;
    loop {
        tokio::select! {
            biased;
            outcome = running.outcome() => {
                if let Ok(output) = &outcome {
                    news.tell_end(len(output));
                }
                return outcome;
            }
            changed = news.receiver.changed(), if is_open => match changed {
                Ok(()) => news.tell(),
                Err(_) => is_open = false,
            },
        }
    }
}
