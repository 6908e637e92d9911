//! Alarms that rarely go off.
//!
//! Each timer of smol wakes the thread that waits for the sockets when it is set, and every request
//! has one against silence that is given up when the answer comes. So alarms are kept in a list of
//! their own, and a task has one timer of smol for the first of them. It is left as it is when that
//! alarm is given up: to look once for nothing costs less than to set it anew each time.

use core::future::poll_fn;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use smol::Timer;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

/// The alarms of one client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alarms(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    set: BTreeMap<(Instant, u64), Waker>,
    /// Tells alarms of the same moment apart.
    last_id: u64,
    watch: Watch,
}

/// The task that waits for the first alarm.
#[derive(Debug, Default)]
enum Watch {
    /// There is none.
    #[default]
    None,
    /// It looks at this moment, or when it is woken.
    Until(Instant, Waker),
    /// It is about to look.
    Looks,
}

impl Alarms {
    /// Ends at a time.
    pub(crate) fn at(&self, at: Instant) -> Alarm {
        Alarm { alarms: self.clone(), at, set: None }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the alarms that are due. The task looks again when the next one is, if there is any.
    fn look(&self, waker: &Waker) -> (Vec<Waker>, Option<Instant>) {
        let mut state = self.lock();
        let later = state.set.split_off(&(Instant::now(), u64::MAX));
        let due = mem::replace(&mut state.set, later).into_values().collect();
        let next = state.set.keys().next().map(|(at, _)| *at);
        state.watch = next.map_or(Watch::None, |next| Watch::Until(next, waker.clone()));
        (due, next)
    }
}

/// The task goes with them; its timer may be for a time long after.
impl Drop for Shared {
    fn drop(&mut self) {
        let state = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Watch::Until(_, waker) = mem::take(&mut state.watch) {
            waker.wake();
        }
    }
}

impl State {
    /// Has the task look earlier, if it must; whether there is to be a new one.
    fn look_at(&mut self, at: Instant) -> (Option<Waker>, bool) {
        match &self.watch {
            Watch::Looks => (None, false),
            Watch::Until(until, _) if *until <= at => (None, false),
            Watch::Until(..) | Watch::None => match mem::replace(&mut self.watch, Watch::Looks) {
                Watch::Until(_, waker) => (Some(waker), false),
                Watch::None | Watch::Looks => (None, true),
            },
        }
    }
}

/// Waits for the first alarm, as long as there are any.
async fn watch(shared: Weak<Shared>) {
    let mut timer = Timer::never();
    poll_fn(|cx| {
        loop {
            let Some(shared) = shared.upgrade() else { return Poll::Ready(()) };
            let (due, next) = shared.look(cx.waker());
            due.into_iter().for_each(Waker::wake);
            let Some(next) = next else { return Poll::Ready(()) };
            timer.set_at(next);
            if Pin::new(&mut timer).poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    })
    .await;
}

/// One alarm. It is set when it is first awaited, and given up when it is dropped.
#[derive(Debug)]
pub(crate) struct Alarm {
    alarms: Alarms,
    at: Instant,
    /// Its number, and whom it wakes, while it is set.
    set: Option<(u64, Waker)>,
}

impl Future for Alarm {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.at <= Instant::now() {
            return Poll::Ready(());
        }
        // Asked again and again by whoever waits for something else beside it.
        if this.set.as_ref().is_some_and(|(_, waker)| waker.will_wake(cx.waker())) {
            return Poll::Pending;
        }
        let shared = &this.alarms.0;
        let former = this.set.take();
        let mut state = shared.lock();
        let id = former.as_ref().map_or_else(
            || {
                state.last_id += 1;
                state.last_id
            },
            |(id, _)| *id,
        );
        let known = state.set.insert((this.at, id), cx.waker().clone());
        let (earlier, is_first) = state.look_at(this.at);
        drop(state);
        // With the last waker of a task its alarms may go, which lock for themselves.
        drop((known, former));
        this.set = Some((id, cx.waker().clone()));
        if let Some(waker) = earlier {
            waker.wake();
        }
        if is_first {
            smol::spawn(watch(Arc::downgrade(shared))).detach();
        }
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some((id, _)) = self.set {
            let given_up = self.alarms.0.lock().set.remove(&(self.at, id));
            drop(given_up);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;
    use smol::future::{FutureExt as _, poll_once};

    const LONG: Duration = Duration::from_secs(3_600);

    fn after(alarms: &Alarms, ms: u64) -> Alarm {
        alarms.at(Instant::now() + Duration::from_millis(ms))
    }

    #[test]
    fn an_earlier_alarm_is_not_held_up_by_those_that_were_set_before() {
        smol::block_on(async {
            let alarms = Alarms::default();
            let mut late = alarms.at(Instant::now() + LONG);
            assert_eq!(poll_once(&mut late).await, None);
            for ms in [40, 20, 30] {
                let began = Instant::now();
                after(&alarms, ms).await;
                assert!(began.elapsed() >= Duration::from_millis(ms));
            }
            assert_eq!(alarms.0.lock().set.len(), 1);
            drop(late);
            assert!(alarms.0.lock().set.is_empty());
        });
    }

    #[test]
    fn all_that_are_set_go_off_whatever_their_order() {
        smol::block_on(async {
            let alarms = Alarms::default();
            let set: Vec<_> =
                [30, 0, 10, 10, 20].map(|ms| smol::spawn(after(&alarms, ms))).into_iter().collect();
            for alarm in set {
                alarm.await;
            }
            // Some time later there is nobody who looks, and then there is again.
            after(&alarms, 50).await;
            after(&alarms, 10).or(core::future::pending()).await;
        });
    }

    /// A client whose request was answered long before anybody would have been silent for too long.
    #[test]
    fn the_task_that_looks_ends_with_them() {
        let alarms = Alarms::default();
        let alarm = after(&alarms, 3_600_000);
        let set =
            State { set: [((alarm.at, 0), Waker::noop().clone())].into(), ..State::default() };
        *alarms.0.lock() = set;
        let task = smol::spawn(watch(Arc::downgrade(&alarms.0)));
        while !matches!(alarms.0.lock().watch, Watch::Until(..)) {
            std::thread::yield_now();
        }
        drop((alarm, alarms));
        smol::block_on(task);
    }
}
