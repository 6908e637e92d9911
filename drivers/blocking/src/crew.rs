//! Several jobs at the same time, for one thread that waits for them.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;

type Work<T> = Box<dyn FnOnce() -> T + Send>;

/// A piece of work, and what comes of it if it breaks off.
struct Task<T> {
    work: Work<T>,
    lost: Work<T>,
}

/// Has work done by threads and takes what comes of it, in the order in which it ends.
///
/// There are as many threads as there was ever work at the same time. They end with the crew, each
/// after what it is at.
pub(crate) struct Crew<T> {
    tasks: Sender<Task<T>>,
    /// Where idle threads wait; each holds the lock while it does.
    waiting: Arc<Mutex<Receiver<Task<T>>>>,
    ended: (Sender<T>, Receiver<T>),
    count: Mutex<Count>,
}

#[derive(Default)]
struct Count {
    threads: usize,
    under_way: usize,
}

impl<T: Send + 'static> Crew<T> {
    /// Nobody yet.
    pub(crate) fn new() -> Self {
        let (tasks, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        Self { tasks, waiting, ended: channel(), count: Mutex::default() }
    }

    /// Has something done. `lost` is what comes of it if it panics or there is no thread for it.
    pub(crate) fn begin(&self, work: Work<T>, lost: impl FnOnce() -> T + Send + 'static) {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        count.under_way += 1;
        if count.under_way > count.threads {
            if self.start() {
                count.threads += 1;
            } else if count.threads == 0 {
                let _ = self.ended.0.send(lost());
                return;
            }
        }
        // There is a receiver here.
        let _ = self.tasks.send(Task { work, lost: Box::new(lost) });
    }

    /// Waits for the next one to end.
    pub(crate) fn next(&self) -> T {
        let ended = self.ended.1.recv();
        self.count.lock().unwrap_or_else(PoisonError::into_inner).under_way -= 1;
        match ended {
            Ok(ended) => ended,
            Err(_) => unreachable!("there is a sender here"),
        }
    }

    fn start(&self) -> bool {
        let (waiting, ended) = (self.waiting.clone(), self.ended.0.clone());
        let work = move || {
            loop {
                let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(Task { work, lost }) = next else { return };
                let outcome = catch_unwind(AssertUnwindSafe(work));
                if ended.send(outcome.unwrap_or_else(|_| lost())).is_err() {
                    return;
                }
            }
        };
        Builder::new().name("b2-sync".to_owned()).spawn(work).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn all_proceed_at_the_same_time_and_a_panic_is_only_its_own() {
        let (crew, barrier) = (Crew::new(), Arc::new(Barrier::new(3)));
        for number in 0..3 {
            let barrier = barrier.clone();
            let work = move || {
                barrier.wait();
                assert_ne!(number, 1, "it panics");
                number
            };
            crew.begin(Box::new(work), || 9);
        }
        let mut ended = [crew.next(), crew.next(), crew.next()];
        ended.sort_unstable();
        assert_eq!(ended, [0, 2, 9]);
        crew.begin(Box::new(|| 4), || 9);
        assert_eq!(crew.next(), 4);
        assert_eq!(crew.count.lock().expect("not poisoned").threads, 3);
    }
}
