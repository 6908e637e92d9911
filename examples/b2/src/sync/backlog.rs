//! Events between a sync and the one who tells them.
//!
//! Whoever reads what is told may be slow, or not read at all: a pager, a terminal far away. So the
//! sync is held up while many events wait, and its transfers never wait for a reader.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use b2_local::sync::{Event, Pause};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// When so many wait, the sync is held up; besides them there are those of what is under way then.
const WAITING_MAX: usize = 256;
/// When so few wait, it goes on.
const WAITING_MIN: usize = WAITING_MAX / 2;

/// The end of whoever tells.
pub(super) struct Backlog {
    events: UnboundedReceiver<Event>,
    level: Level,
}

/// How many events wait, and what follows from it: both under one lock, so that the last event
/// never leaves a sync held up.
#[derive(Clone, Default)]
struct Level {
    waiting: Arc<Mutex<usize>>,
    pause: Pause,
}

/// The end of the sync.
pub(super) struct Inlet {
    events: UnboundedSender<Event>,
    level: Level,
}

/// Both ends, and what holds the sync up.
pub(super) fn backlog() -> (Inlet, Backlog, Pause) {
    let (sender, events) = unbounded_channel();
    let level = Level::default();
    let pause = level.pause.clone();
    (Inlet { events: sender, level: level.clone() }, Backlog { events, level }, pause)
}

impl Inlet {
    pub(super) fn put(&self, event: &Event) {
        {
            let mut waiting = self.level.waiting();
            *waiting += 1;
            if *waiting >= WAITING_MAX {
                self.level.pause.hold();
            }
        }
        // Nobody listens any more when the output is closed.
        let _ = self.events.send(event.clone());
    }
}

impl Backlog {
    /// The next event; nothing when there is none and the sync is over.
    pub(super) async fn next(&mut self) -> Option<Event> {
        let event = self.events.recv().await;
        self.taken(event)
    }

    /// The next event of those that are here.
    pub(super) fn rest(&mut self) -> Option<Event> {
        let event = self.events.try_recv().ok();
        self.taken(event)
    }

    fn taken(&self, event: Option<Event>) -> Option<Event> {
        if event.is_some() {
            let mut waiting = self.level.waiting();
            *waiting -= 1;
            if *waiting <= WAITING_MIN {
                self.level.pause.go_on();
            }
        }
        event
    }
}

impl Level {
    fn waiting(&self) -> MutexGuard<'_, usize> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_is_held_up_while_many_events_wait() {
        let (inlet, mut backlog, pause) = backlog();
        for _ in 0..2 {
            for _ in 1..WAITING_MAX - WAITING_MIN {
                inlet.put(&Event::Contested);
            }
            while *backlog.level.waiting() < WAITING_MAX - 1 {
                inlet.put(&Event::Contested);
            }
            assert!(!pause.is_held());
            inlet.put(&Event::Contested);
            assert!(pause.is_held());
            for _ in WAITING_MIN + 1..WAITING_MAX {
                assert!(backlog.rest().is_some() && pause.is_held());
            }
            assert!(backlog.rest().is_some() && !pause.is_held());
        }
        while backlog.rest().is_some() {}
        assert_eq!((*backlog.level.waiting(), pause.is_held()), (0, false));
    }
}
