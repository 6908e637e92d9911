//! Which actions of a plan may begin, and which are left undone.
//!
//! ```
//! use b2_proto::plan::sync::{Action, After, Schedule, Turn, Work};
//! # use b2_proto::plan::sync::Entry;
//! # #[derive(Clone, Debug, PartialEq)] struct File(&'static str);
//! # impl Entry for File {
//! #     fn path(&self) -> &str { self.0 }
//! #     fn content_len(&self) -> u64 { 0 }
//! #     fn modified_ms(&self) -> i64 { 0 }
//! # }
//! let mut schedule = Schedule::<File, File>::new(4);
//! let hide = |id, after, name| {
//!     let work = Work::Hide(File(name));
//!     Action { id, after, work, must_look: false, after_transfers: false }
//! };
//! schedule.add(hide(0, After::NOTHING, "a"));
//! schedule.add(hide(1, After { first: 0, end: 1 }, "b"));
//! assert!(matches!(schedule.turn(), Some(Turn::Begin(first)) if first.id == 0));
//! assert!(schedule.turn().is_none(), "the other one waits");
//! schedule.ended(0, false);
//! assert!(matches!(schedule.turn(), Some(Turn::LeaveUndone(second)) if second.id == 1));
//! assert!(schedule.is_idle());
//! ```

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};

use super::action::{Action, After, Work};

/// Actions that are kept until they may begin; a plan is not asked for more meanwhile.
pub const WAITING_MAX: usize = 1_024;

/// Ranges of numbers of actions that failed or were left undone, at most. With more, the two
/// lowest become one, together with what is between them: whatever waits for any of that is left
/// undone, which loses nothing.
pub const LOST_RANGES_MAX: usize = 4_096;

/// Begins actions in the order of the plan, so many at the same time, and none before those it
/// waits for have succeeded (S1).
///
/// Its memory does not depend on the number of actions: it keeps those that wait and, as ranges,
/// the numbers of those that came to nothing.
#[derive(Debug)]
pub struct Schedule<S, D> {
    in_flight_max: usize,
    in_flight: usize,
    /// What may begin.
    ready: VecDeque<Action<S, D>>,
    /// What waits for actions whose outcome is not known yet, by number.
    blocked: VecDeque<Action<S, D>>,
    /// What waits for an action that came to nothing.
    undone: VecDeque<Action<S, D>>,
    /// Numbers of actions whose outcome is not known yet.
    open: BTreeSet<u64>,
    /// Those of them that bring a file.
    transfers: BTreeSet<u64>,
    lost: Lost,
    /// The number behind the last action that came.
    end: u64,
}

/// What becomes of an action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Turn<S, D> {
    /// It is begun; [`Schedule::ended`] is told when it has ended.
    Begin(Action<S, D>),
    /// It is never begun, because one that it waits for came to nothing.
    LeaveUndone(Action<S, D>),
}

impl<S, D> Schedule<S, D> {
    /// Nothing yet; at most so many actions at the same time, and at least one.
    pub const fn new(in_flight_max: usize) -> Self {
        Self {
            in_flight_max: if in_flight_max == 0 { 1 } else { in_flight_max },
            in_flight: 0,
            ready: VecDeque::new(),
            blocked: VecDeque::new(),
            undone: VecDeque::new(),
            open: BTreeSet::new(),
            transfers: BTreeSet::new(),
            lost: Lost::new(),
            end: 0,
        }
    }

    /// Whether the next action of the plan should be asked for.
    pub fn has_room(&self) -> bool {
        let waiting = self.ready.len() + self.blocked.len() + self.undone.len();
        waiting < WAITING_MAX && self.ready.len() < self.in_flight_max
    }

    /// Takes the next action of the plan.
    pub fn add(&mut self, action: Action<S, D>) {
        self.open.insert(action.id);
        self.end = self.end.max(action.id + 1);
        if matches!(action.work, Work::Transfer { .. } | Work::Rename { .. }) {
            self.transfers.insert(action.id);
        }
        self.sort_in(action);
    }

    /// What is to be begun or given up next; nothing when there is nothing, or no room for it.
    pub fn turn(&mut self) -> Option<Turn<S, D>> {
        if let Some(action) = self.undone.pop_front() {
            return Some(Turn::LeaveUndone(action));
        }
        if self.in_flight >= self.in_flight_max {
            return None;
        }
        let action = self.ready.pop_front()?;
        self.in_flight += 1;
        Some(Turn::Begin(action))
    }

    /// Tells whether an action that was begun has succeeded.
    pub fn ended(&mut self, id: u64, has_succeeded: bool) {
        if !self.open.remove(&id) {
            return;
        }
        let was_transfer = self.transfers.remove(&id);
        self.in_flight = self.in_flight.saturating_sub(1);
        if !has_succeeded {
            self.lost.add(id);
        }
        let waited = |action: &Action<S, D>| {
            action.after.contains(id) || (was_transfer && action.after_transfers)
        };
        if self.blocked.iter().any(waited) {
            // In the order of their numbers, so that what waits for one that is lost here is
            // lost too.
            for action in core::mem::take(&mut self.blocked) {
                self.sort_in(action);
            }
        }
    }

    /// Whether all of these actions came here and have succeeded. Where more were lost than there
    /// is room for, none of those between them has.
    pub fn has_succeeded(&self, all: After) -> bool {
        let is_open = || self.open.range(all.first..all.end).next().is_some();
        all.is_empty() || all.end <= self.end && !self.lost.has_any(all) && !is_open()
    }

    /// How many actions are under way.
    pub const fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Whether nothing is under way and nothing waits.
    pub fn is_idle(&self) -> bool {
        self.open.is_empty() && self.undone.is_empty()
    }

    /// Begins nothing of what waits any more; tells how many actions that are. They have come to
    /// nothing, and so does what comes after them.
    pub fn abandon(&mut self) -> usize {
        let all = self.ready.drain(..).chain(self.blocked.drain(..));
        let (open, transfers, lost) = (&mut self.open, &mut self.transfers, &mut self.lost);
        let waiting = all.map(|action| {
            open.remove(&action.id);
            transfers.remove(&action.id);
            lost.add(action.id);
        });
        waiting.count() + self.undone.drain(..).count()
    }

    fn sort_in(&mut self, action: Action<S, D>) {
        let After { first, end } = action.after;
        let has_after = !action.after.is_empty();
        let waits_for_transfers =
            action.after_transfers && self.transfers.first().is_some_and(|id| *id < action.id);
        if has_after && self.lost.has_any(action.after) {
            self.open.remove(&action.id);
            self.transfers.remove(&action.id);
            self.lost.add(action.id);
            self.undone.push_back(action);
        } else if waits_for_transfers || has_after && self.open.range(first..end).next().is_some() {
            self.blocked.push_back(action);
        } else {
            self.ready.push_back(action);
        }
    }
}

/// Numbers of actions that came to nothing.
#[derive(Debug)]
struct Lost {
    /// First number and the one behind the last.
    ranges: BTreeMap<u64, u64>,
}

impl Lost {
    const fn new() -> Self {
        Self { ranges: BTreeMap::new() }
    }

    fn add(&mut self, id: u64) {
        let before = self.ranges.range(..=id).next_back().map(|(first, end)| (*first, *end));
        let first = match before {
            Some((_, end)) if end > id => return,
            Some((first, end)) if end == id => first,
            Some(_) | None => id,
        };
        let end = self.ranges.remove(&(id + 1)).unwrap_or(id + 1);
        self.ranges.insert(first, end);
        if self.ranges.len() > LOST_RANGES_MAX
            && let Some((first, _)) = self.ranges.pop_first()
            && let Some((_, end)) = self.ranges.pop_first()
        {
            self.ranges.insert(first, end);
        }
    }

    fn has_any(&self, after: After) -> bool {
        let last = self.ranges.range(..after.end).next_back();
        last.is_some_and(|(_, end)| *end > after.first)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use std::vec::Vec;

    use super::*;

    fn action(id: u64, after: (u64, u64)) -> Action<String, String> {
        let after = After { first: after.0, end: after.1 };
        Action {
            id,
            after,
            work: Work::Hide(String::new()),
            must_look: false,
            after_transfers: false,
        }
    }

    fn begun(schedule: &mut Schedule<String, String>) -> Vec<u64> {
        let turns = core::iter::from_fn(|| schedule.turn());
        turns
            .map(|turn| match turn {
                Turn::Begin(action) => action.id,
                Turn::LeaveUndone(action) => action.id + 100,
            })
            .collect()
    }

    /// What failed may need what is removed, so whatever becomes of it comes first.
    #[test]
    fn what_waits_for_transfers_begins_when_all_before_it_have_ended() {
        let mut schedule = Schedule::new(9);
        let transfer = |id| {
            let work = Work::Transfer { source: String::new(), base: None, is_new: true };
            Action { work, ..action(id, (0, 0)) }
        };
        let removal = |id| Action { after_transfers: true, ..action(id, (0, 0)) };
        for action in [transfer(0), action(1, (0, 0)), transfer(2), removal(3), transfer(4)] {
            schedule.add(action);
        }
        schedule.add(removal(5));
        assert_eq!(begun(&mut schedule), [0, 1, 2, 4]);
        schedule.ended(2, true);
        assert_eq!(begun(&mut schedule), [0; 0]);
        schedule.ended(0, false);
        assert_eq!(begun(&mut schedule), [3]);
        schedule.ended(4, true);
        assert_eq!(begun(&mut schedule), [5]);
        // Nothing waits for what never begins.
        schedule.add(transfer(6));
        schedule.abandon();
        schedule.add(removal(7));
        assert_eq!(begun(&mut schedule), [7]);
    }

    #[test]
    fn no_more_at_the_same_time_than_allowed() {
        let mut schedule = Schedule::new(2);
        (0..3).for_each(|id| schedule.add(action(id, (0, 0))));
        assert!(!schedule.has_room());
        assert_eq!(begun(&mut schedule), [0, 1]);
        schedule.ended(1, true);
        assert_eq!(begun(&mut schedule), [2]);
        schedule.ended(0, true);
        schedule.ended(2, false);
        assert!(schedule.is_idle());
    }

    #[test]
    fn what_waits_for_a_failure_is_left_undone_and_so_is_what_waits_for_that() {
        let mut schedule = Schedule::new(9);
        for (id, after) in [(0, (0, 0)), (1, (0, 0)), (2, (0, 1)), (3, (0, 3)), (4, (1, 2))] {
            schedule.add(action(id, after));
        }
        assert_eq!(begun(&mut schedule), [0, 1]);
        schedule.ended(1, true);
        assert_eq!(begun(&mut schedule), [4]);
        schedule.ended(0, false);
        assert_eq!(begun(&mut schedule), [102, 103]);
        let succeeded = |first, end| schedule.has_succeeded(After { first, end });
        assert!(succeeded(1, 2) && !succeeded(0, 1) && !succeeded(2, 3) && !succeeded(0, 2));
        assert!(!succeeded(4, 5), "it is under way");
        assert!(!succeeded(5, 6), "it did not come");
        assert!(schedule.has_succeeded(After::NOTHING));
        // Long afterwards as well.
        schedule.ended(4, true);
        schedule.add(action(5, (3, 4)));
        assert_eq!(begun(&mut schedule), [105]);
        assert!(schedule.is_idle());
    }

    #[test]
    fn failures_take_bounded_room_and_none_is_forgotten() {
        let mut lost = Lost::new();
        let last = 4 * LOST_RANGES_MAX as u64;
        for id in (0..last).step_by(2) {
            lost.add(id);
        }
        assert!(lost.ranges.len() <= LOST_RANGES_MAX);
        for id in (0..last).step_by(2) {
            assert!(lost.has_any(After { first: id, end: id + 1 }), "{id}");
        }
        // What is between the last ones did not fail.
        assert!(!lost.has_any(After { first: last - 3, end: last - 2 }));
        assert!(!lost.has_any(After { first: last, end: last + 9 }));
        lost.add(last - 3);
        assert!(lost.has_any(After { first: last - 3, end: last - 2 }));
    }

    #[test]
    fn what_is_abandoned_never_begins() {
        let mut schedule = Schedule::new(1);
        for (id, after) in [(0, (0, 0)), (1, (0, 0)), (2, (0, 1))] {
            schedule.add(action(id, after));
        }
        assert_eq!(begun(&mut schedule), [0]);
        assert_eq!(schedule.abandon(), 2);
        schedule.ended(0, true);
        assert!(begun(&mut schedule).is_empty() && schedule.is_idle());
        // Nor does what comes after it.
        schedule.add(action(3, (1, 2)));
        assert_eq!(begun(&mut schedule), [103]);
    }
}
