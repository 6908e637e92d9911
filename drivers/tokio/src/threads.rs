//! Threads on which blocking is allowed, no more of them than there is to do at the same time.
//!
//! The runtime begins a thread for whatever is asked for while none is idle, and the one that has
//! just told its result is not idle yet. Whoever waited for that result asks for the next piece of
//! work at once, so threads would become more and more: a hundred for eight lanes. Here a thread
//! counts as free before it tells, and stays for a moment to be asked again.

use core::fmt;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::collections::VecDeque;
use std::panic::catch_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use tokio::runtime::{Handle, Id};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// How long a thread stays to be asked again, before the runtime has it back.
const STAY: Duration = Duration::from_millis(10);

/// Pieces of work after which a thread goes back to the runtime: others may wait for one.
const PIECES_MAX: usize = 64;

/// The threads of one client. A clone is cheap and shares everything.
#[derive(Clone, Debug)]
pub(crate) struct Threads(Arc<Crews>);

/// Those of each runtime on which something is done: what is asked for on one of them may need it.
#[derive(Debug)]
struct Crews {
    crews: Mutex<Vec<(Id, Weak<Crew>)>>,
    stay: Duration,
}

/// The threads that one runtime has given.
#[derive(Debug, Default)]
struct Crew {
    state: Mutex<State>,
    asked: Condvar,
}

#[derive(Default)]
struct State {
    /// Never more than are free.
    queue: VecDeque<Box<dyn Work>>,
    /// Threads that will look at the queue, those that have yet to begin among them.
    free: usize,
    /// The client is gone.
    is_closed: bool,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("queue", &self.queue.len()).finish_non_exhaustive()
    }
}

/// A piece of work.
trait Work: Send {
    fn carry_out(&mut self);
    /// Gives the result to whoever waits for it.
    fn tell(self: Box<Self>);
}

struct Piece<F, T> {
    work: Option<F>,
    result: Option<T>,
    told: oneshot::Sender<T>,
}

impl<F: FnOnce() -> T + Send, T: Send> Work for Piece<F, T> {
    fn carry_out(&mut self) {
        if let Some(work) = self.work.take() {
            self.result = catch_unwind(AssertUnwindSafe(work)).ok();
        }
    }

    fn tell(self: Box<Self>) {
        if let Some(result) = self.result {
            // Whoever waited may have gone.
            let _ = self.told.send(result);
        }
    }
}

/// A thread of the runtime, from when it is asked for.
struct Worker {
    crew: Arc<Crew>,
    is_free: bool,
}

impl Threads {
    /// No thread yet.
    pub(crate) fn new() -> Self {
        Self::that_stay(STAY)
    }

    fn that_stay(stay: Duration) -> Self {
        Self(Arc::new(Crews { crews: Mutex::default(), stay }))
    }

    /// Does something on a thread of the current runtime; `None` if it broke off.
    pub(crate) fn carry_out<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Option<T>> + Send + 'static {
        let (told, result) = oneshot::channel();
        let crew = self.0.crew(Handle::current().id());
        if crew.ask(Box::new(Piece { work: Some(work), result: None, told })) {
            let (worker, stay) = (Worker { crew, is_free: true }, self.0.stay);
            drop(spawn_blocking(move || worker.work(stay)));
        }
        async { result.await.ok() }
    }
}

impl Crews {
    fn crew(&self, runtime: Id) -> Arc<Crew> {
        let mut crews = self.crews.lock().unwrap_or_else(PoisonError::into_inner);
        let known = crews.iter().find(|(id, _)| *id == runtime);
        if let Some(crew) = known.and_then(|(_, crew)| crew.upgrade()) {
            return crew;
        }
        let crew = Arc::default();
        crews.retain(|(_, crew)| crew.strong_count() > 0);
        crews.push((runtime, Arc::downgrade(&crew)));
        crew
    }
}

/// Nobody will ask any more.
impl Drop for Crews {
    fn drop(&mut self) {
        let crews = self.crews.get_mut().unwrap_or_else(PoisonError::into_inner);
        for crew in crews.iter().filter_map(|(_, crew)| crew.upgrade()) {
            crew.lock().is_closed = true;
            crew.asked.notify_all();
        }
    }
}

impl Crew {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves work to whoever is free; whether there has to be one more thread.
    fn ask(&self, work: Box<dyn Work>) -> bool {
        let mut state = self.lock();
        state.queue.push_back(work);
        let is_short = state.queue.len() > state.free;
        if is_short {
            state.free += 1;
        }
        drop(state);
        self.asked.notify_one();
        is_short
    }
}

impl Worker {
    fn work(mut self, stay: Duration) {
        let mut left = PIECES_MAX;
        while let Some(mut work) = self.next(stay) {
            work.carry_out();
            left -= 1;
            if left == 0 {
                // Not free any more when whoever waits for it asks again.
                return work.tell();
            }
            self.crew.lock().free += 1;
            self.is_free = true;
            // Only now: what follows from it is done here, too.
            work.tell();
        }
    }

    /// The next piece; nothing when the thread has waited for one long enough.
    fn next(&mut self, stay: Duration) -> Option<Box<dyn Work>> {
        let is_idle = |state: &mut State| state.queue.is_empty() && !state.is_closed;
        let waited = self.crew.asked.wait_timeout_while(self.crew.lock(), stay, is_idle);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.free -= 1;
        self.is_free = false;
        state.queue.pop_front()
    }
}

/// The runtime may end before a thread has begun, and then nobody does what it was asked for.
impl Drop for Worker {
    fn drop(&mut self) {
        if self.is_free {
            let mut state = self.crew.lock();
            state.free -= 1;
            let free = state.free.min(state.queue.len());
            let given_up = state.queue.split_off(free);
            drop(state);
            drop(given_up);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicBool, Ordering};
    use std::collections::HashSet;
    use std::thread;

    const LONG: Duration = Duration::from_secs(3_600);

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().expect("a runtime")
    }

    #[test]
    fn there_are_as_many_threads_as_things_to_do_at_the_same_time() {
        const LANES: usize = 4;
        let runtime = runtime();
        let threads = Threads::that_stay(LONG);
        let lanes = (0..LANES).map(|_| {
            let threads = threads.clone();
            runtime.spawn(async move {
                let mut seen = Vec::new();
                // Few enough that none has to go back.
                for _ in 0..PIECES_MAX / LANES {
                    seen.extend(threads.carry_out(|| thread::current().id()).await);
                }
                seen
            })
        });
        let lanes: Vec<_> = lanes.collect();
        let seen = lanes.into_iter().map(|lane| runtime.block_on(lane).expect("a lane"));
        let seen: Vec<_> = seen.flatten().collect();
        assert_eq!(seen.len(), PIECES_MAX / LANES * LANES);
        let different: HashSet<_> = seen.into_iter().collect();
        assert!(different.len() <= LANES, "{}", different.len());
        // They do not wait any longer, or the runtime would wait for them.
        drop(threads);
        drop(runtime);
    }

    #[test]
    fn a_program_with_few_threads_gets_one_too() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(1)
            .build()
            .expect("a runtime");
        let threads = Threads::that_stay(LONG);
        let has_been = Arc::new(AtomicBool::new(false));
        let lanes = (0..4).map(|_| {
            let (threads, has_been) = (threads.clone(), has_been.clone());
            runtime.spawn(async move {
                while !has_been.load(Ordering::Relaxed) {
                    assert_eq!(threads.carry_out(|| 1).await, Some(1));
                }
            })
        });
        let lanes: Vec<_> = lanes.collect();
        runtime.block_on(async {
            // The thread has been taken.
            threads.carry_out(|| ()).await;
            let own = move || has_been.store(true, Ordering::Relaxed);
            spawn_blocking(own).await.expect("done");
            for lane in lanes {
                lane.await.expect("a lane");
            }
        });
        drop(threads);
    }

    #[test]
    fn what_breaks_off_has_no_result_and_costs_no_thread() {
        let runtime = runtime();
        let threads = Threads::that_stay(LONG);
        runtime.block_on(async {
            let id = || thread::current().id();
            let first = threads.carry_out(id).await;
            let broken = threads.carry_out(|| panic!("broken")).await;
            assert_eq!((broken, threads.carry_out(id).await), (None::<()>, first));
        });
    }

    #[test]
    fn each_runtime_has_its_own() {
        let threads = Threads::that_stay(LONG);
        for _ in 0..3 {
            let runtime = runtime();
            let of = || Handle::current().id();
            let seen = runtime.block_on(async { threads.carry_out(of).await });
            assert_eq!(seen, Some(runtime.handle().id()));
            runtime.shutdown_background();
        }
    }

    #[test]
    fn what_nobody_does_any_more_is_given_up() {
        let threads = Threads::that_stay(LONG);
        let runtime = runtime();
        let handle = runtime.handle().clone();
        runtime.shutdown_background();
        let _entered = handle.enter();
        let asked = threads.carry_out(|| ());
        let idle = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        assert_eq!(idle.block_on(asked), None);
    }
}
