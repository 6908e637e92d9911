//! What a walk has come to and not given out yet.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;
use std::vec;

use super::Entry;
use super::helpers::{Helpers, Slot, Work};
use super::look::Unseen;
use super::scout::Met;

/// Files ahead of the walk's caller, at most.
const FILES_MAX: usize = 1024;
/// Files of one question to a thread.
const BATCH_LEN: usize = 8;
/// Steps of the scout for each batch that is given out, so that nobody waits until it is far.
const STEPS: usize = 2 * BATCH_LEN;

/// Entries in order, some of which threads are still asking about.
#[derive(Debug)]
pub(super) struct Ahead {
    pub(super) helpers: Helpers,
    /// Entries that are known.
    ready: vec::IntoIter<Entry>,
    waiting: VecDeque<Waiting>,
    /// Files of the next question.
    batch: Vec<Unseen>,
    /// Files and entries in `waiting`.
    count: usize,
}

#[derive(Debug)]
enum Waiting {
    Told(Entry),
    Batch(Arc<Slot<Batch>>),
}

#[derive(Debug)]
struct Batch(Vec<Unseen>);

impl Work for Batch {
    type Answer = Vec<Entry>;

    fn answer(&self) -> Vec<Entry> {
        self.0.iter().cloned().map(Unseen::look).collect()
    }
}

impl Ahead {
    pub(super) fn new(helpers: Helpers) -> Self {
        let (ready, waiting) = (Vec::new().into_iter(), VecDeque::new());
        Self { helpers, ready, waiting, batch: Vec::new(), count: 0 }
    }

    /// The next entry; `scout` goes on meanwhile.
    pub(super) fn next(
        &mut self,
        mut scout: impl FnMut(&mut Helpers) -> Option<Met>,
    ) -> Option<Entry> {
        loop {
            if let Some(entry) = self.ready.next() {
                return Some(entry);
            }
            for _ in 0..STEPS {
                if self.count >= FILES_MAX {
                    break;
                }
                match scout(&mut self.helpers) {
                    Some(met) => self.add(met),
                    None => break,
                }
            }
            if self.waiting.is_empty() {
                self.close_batch();
            }
            match self.waiting.pop_front()? {
                Waiting::Told(entry) => {
                    self.count -= 1;
                    return Some(entry);
                }
                Waiting::Batch(slot) => {
                    let entries = slot.wait();
                    self.count -= entries.len();
                    self.ready = entries.into_iter();
                }
            }
        }
    }

    fn add(&mut self, met: Met) {
        self.count += 1;
        match met {
            Met::Unseen(file) => {
                self.batch.push(file);
                if self.batch.len() >= BATCH_LEN {
                    self.close_batch();
                }
            }
            Met::Told(entry) => {
                self.close_batch();
                self.waiting.push_back(Waiting::Told(entry));
            }
        }
    }

    fn close_batch(&mut self) {
        if !self.batch.is_empty() {
            let slot = Slot::new(Batch(core::mem::take(&mut self.batch)));
            self.helpers.offer(&slot);
            self.waiting.push_back(Waiting::Batch(slot));
        }
    }
}

/// Tells from how long the system takes for answers whether it has to look for them on a disk.
#[derive(Debug, Default)]
pub(super) struct Slowness {
    answers: u32,
    slow: u32,
    all: Duration,
    of_slow: Duration,
}

impl Slowness {
    /// An answer from memory takes a hundredth of it.
    const SLOW: Duration = Duration::from_micros(150);
    /// Slow answers that are no accident.
    const SLOW_MIN: u32 = 8;
    /// Answers after which it is judged anew.
    const WINDOW: u32 = 1024;

    /// Notes an answer; whether most of the time goes to slow ones.
    pub(super) fn note(&mut self, took: Duration) -> bool {
        if self.answers >= Self::WINDOW {
            *self = Self::default();
        }
        self.answers += 1;
        self.all += took;
        if took >= Self::SLOW {
            self.slow += 1;
            self.of_slow += took;
        }
        self.slow >= Self::SLOW_MIN && self.of_slow * 2 > self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_slow_when_its_answers_take_the_time() {
        let (quick, slow) = (Duration::from_micros(2), Duration::from_micros(400));
        // One block of a disk tells about many files.
        let mut cold = Slowness::default();
        assert!((0..200).any(|number| cold.note(if number % 16 == 0 { slow } else { quick })));
        // A turn of the scheduler now and then.
        let mut warm = Slowness::default();
        assert!((0..9_000).all(|number| !warm.note(if number % 500 == 0 { slow } else { quick })));
    }
}
