//! What the listener of a job is told, and when.

use core::time::Duration;
use std::time::Instant;

use b2_proto::machine::Progress;

use crate::hub::News;

/// Called with each news of a job.
pub type Listener = Box<dyn Fn(News<'_>) + Send>;

/// How often listeners are told about bytes that moved within a request, and how long at most a
/// job whose owner is busy waits for it to look.
pub const TICK: Duration = Duration::from_millis(100);

/// Tells a listener, if there is one.
pub struct Teller {
    listener: Option<Listener>,
    last: Progress,
    next_tick: Instant,
}

impl Teller {
    /// Nothing was told yet.
    pub fn new(listener: Option<Listener>) -> Self {
        Self { listener, last: Progress::default(), next_tick: Instant::now() + TICK }
    }

    /// The job is so far.
    pub fn progress(&mut self, progress: Progress) {
        self.last = progress;
        self.tell(News::Progress(progress));
    }

    /// The large file with this ID is there.
    pub fn started(&self, file_id: &str) {
        self.tell(News::LargeFileStarted(file_id));
    }

    /// The job has done what it was for, and so many bytes have been moved, or else all that it
    /// knew of: a short one may end before anything was told.
    pub fn ended(&self, len: Option<u64>) {
        let parts_done = self.last.parts_total.unwrap_or(self.last.parts_done);
        let len = len.or(self.last.bytes_total).unwrap_or(self.last.bytes_done);
        let bytes_total = Some(len);
        let all = Progress { bytes_done: len, bytes_total, parts_done, ..self.last };
        self.tell(News::Progress(all));
    }

    /// When to look after a job even if nothing arrives: at its deadline, and for the listener when
    /// bytes may be moving. Who has no listener is told nothing, and need not look for it.
    pub fn next_look(&self, deadline: Option<Instant>, is_moving: bool) -> Option<Instant> {
        let tick = (is_moving && self.listener.is_some()).then_some(self.next_tick);
        [deadline, tick].into_iter().flatten().min()
    }

    /// Whether it is time to ask the job for the bytes that moved.
    pub fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let is_due = self.listener.is_some() && self.next_tick <= now;
        if is_due {
            self.next_tick = now + TICK;
        }
        is_due
    }

    fn tell(&self, news: News<'_>) {
        if let Some(listener) = &self.listener {
            listener(news);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever looked again and again for nobody would never wait.
    #[test]
    fn nobody_looks_for_bytes_that_move_without_a_listener() {
        let at = Instant::now() + TICK;
        assert_eq!(Teller::new(None).next_look(None, true), None);
        assert_eq!(Teller::new(None).next_look(Some(at), true), Some(at));
        let told = Teller::new(Some(Box::new(|_| ())));
        assert!(told.next_look(None, true).is_some() && told.next_look(None, false).is_none());
    }
}
