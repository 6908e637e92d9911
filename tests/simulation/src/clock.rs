//! Virtual time: what happens when, in an order that a seed repeats.

use std::collections::BTreeMap;

/// Things to happen, ordered by time; those of one moment in the order they were put in.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    entries: BTreeMap<(u64, u64), T>,
    sequence: u64,
    now_ms: u64,
}

impl<T> Agenda<T> {
    pub(crate) const fn new(now_ms: u64) -> Self {
        Self { entries: BTreeMap::new(), sequence: 0, now_ms }
    }

    /// The present. Only [`pop`](Self::pop) and [`pass_to`](Self::pass_to) move it.
    pub(crate) const fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// Puts something in, `delay_ms` from now.
    pub(crate) fn put(&mut self, delay_ms: u64, entry: T) {
        self.sequence += 1;
        self.entries.insert((self.now_ms + delay_ms, self.sequence), entry);
    }

    /// When the next thing happens.
    pub(crate) fn next_ms(&self) -> Option<u64> {
        self.entries.keys().next().map(|(at_ms, _)| *at_ms)
    }

    /// Takes the next thing out and moves the present to it.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let ((at_ms, _), entry) = self.entries.pop_first()?;
        self.now_ms = at_ms;
        Some(entry)
    }

    /// Moves the present on, when nothing happens before `at_ms`.
    pub(crate) fn pass_to(&mut self, at_ms: u64) {
        assert!(at_ms >= self.now_ms, "time goes on only");
        assert!(self.next_ms().is_none_or(|next_ms| next_ms >= at_ms), "something comes first");
        self.now_ms = at_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_of_one_moment_keep_their_order() {
        let mut agenda = Agenda::new(10);
        agenda.put(5, 'b');
        agenda.put(0, 'a');
        agenda.put(5, 'c');
        let order: Vec<_> = core::iter::from_fn(|| agenda.pop()).collect();
        assert_eq!((order, agenda.now_ms()), (vec!['a', 'b', 'c'], 15));
    }
}
