//! Threads that ask the system ahead of a walk, and the pieces of work they share with it.

use core::fmt;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Threads of a walk, at most: as many questions are before the disk at the same time.
const THREADS_MAX: usize = 16;
/// Pieces of work that wait for a thread, at most.
const TASKS_MAX: usize = 256;
/// A thread only asks the system.
const STACK_LEN: usize = 256 << 10;

/// A question to the system.
pub(super) trait Work: fmt::Debug + Send + Sync + 'static {
    type Answer: fmt::Debug + Send;

    fn answer(&self) -> Self::Answer;
}

/// A question that whoever comes first asks: a thread, or the walk when it needs the answer.
#[derive(Debug)]
pub(super) struct Slot<W: Work> {
    work: W,
    state: Mutex<State<W::Answer>>,
    is_answered: Condvar,
}

#[derive(Debug)]
enum State<T> {
    /// Nobody has asked.
    Open,
    /// Somebody is asking.
    Taken,
    Answered(T),
}

impl<W: Work> Slot<W> {
    pub(super) fn new(work: W) -> Arc<Self> {
        let (state, is_answered) = (Mutex::new(State::Open), Condvar::new());
        Arc::new(Self { work, state, is_answered })
    }

    /// The answer, for the one who needs it; asks if nobody has.
    pub(super) fn wait(&self) -> W::Answer {
        let mut state = self.lock();
        loop {
            match core::mem::replace(&mut *state, State::Taken) {
                State::Answered(answer) => return answer,
                State::Open => {
                    drop(state);
                    return self.work.answer();
                }
                State::Taken => {
                    let waited = self.is_answered.wait(state);
                    state = waited.unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<W::Answer>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: State<W::Answer>) {
        *self.lock() = state;
        self.is_answered.notify_all();
    }
}

trait Task: fmt::Debug + Send + Sync {
    /// Asks, unless somebody has.
    fn help(&self);
}

impl<W: Work> Task for Slot<W> {
    fn help(&self) {
        let mut state = self.lock();
        if !matches!(*state, State::Open) {
            return;
        }
        *state = State::Taken;
        drop(state);
        let broken = Broken(self);
        let answer = self.work.answer();
        core::mem::forget(broken);
        self.set(State::Answered(answer));
    }
}

/// Leaves the question to the walk if a thread breaks off, so that nobody waits for ever (S3).
struct Broken<'a, W: Work>(&'a Slot<W>);

impl<W: Work> Drop for Broken<'_, W> {
    fn drop(&mut self) {
        self.0.set(State::Open);
    }
}

/// The threads of one walk. They are started as there is work and end with it.
#[derive(Debug)]
pub(super) struct Helpers {
    shared: Arc<Shared>,
    /// Threads that may be started still.
    left: usize,
    started: usize,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    is_wanted: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    tasks: VecDeque<Arc<dyn Task>>,
    idle: usize,
    is_closed: bool,
}

impl Helpers {
    pub(super) fn new() -> Self {
        Self::at_most(THREADS_MAX)
    }

    pub(super) fn at_most(threads: usize) -> Self {
        Self { shared: Arc::default(), left: threads, started: 0 }
    }

    /// Offers a question to the threads. Where there are none, or all are busy with many others,
    /// the walk asks when it comes to it.
    pub(super) fn offer<W: Work>(&mut self, slot: &Arc<Slot<W>>) {
        let mut queue = self.shared.lock();
        if queue.idle == 0 && self.left > 0 {
            let shared = self.shared.clone();
            let thread = thread::Builder::new().name("b2-walk".to_owned()).stack_size(STACK_LEN);
            if thread.spawn(move || shared.work()).is_ok() {
                self.left -= 1;
                self.started += 1;
            } else {
                self.left = 0;
            }
        }
        if self.started > 0 && queue.tasks.len() < TASKS_MAX {
            queue.tasks.push_back(slot.clone());
            drop(queue);
            self.shared.is_wanted.notify_one();
        }
    }
}

#[cfg(test)]
impl Helpers {
    /// Is there as long as a thread is.
    pub(super) fn watch(&self) -> std::sync::Weak<impl Sized + use<>> {
        Arc::downgrade(&self.shared)
    }
}

#[cfg(test)]
impl<W: Work> Slot<W> {
    pub(super) fn is_begun(&self, is_begun: impl Fn(&W) -> bool) -> bool {
        is_begun(&self.work)
    }
}

impl Drop for Helpers {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.is_closed = true;
        queue.tasks.clear();
        drop(queue);
        // Nobody waits for them: one may be held up by a disk that is gone.
        self.shared.is_wanted.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut queue = self.lock();
        while !queue.is_closed {
            if let Some(task) = queue.tasks.pop_front() {
                drop(queue);
                task.help();
                queue = self.lock();
            } else {
                queue.idle += 1;
                queue = self.is_wanted.wait(queue).unwrap_or_else(PoisonError::into_inner);
                queue.idle -= 1;
            }
        }
    }
}
