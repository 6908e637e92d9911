//! Whose turn it is: jobs that are ready are polled one after the other, for one action each.

use super::table::Entry;
use super::{AnyOutput, Engine, JobId, LAST_EVENTS_MAX};
use crate::error::Error;
use crate::machine::Action;
use crate::time::Deadline;

impl Engine {
    pub(super) fn wake(&mut self, slot: u32) {
        if let Some((_, entry)) = self.table.at(slot)
            && !core::mem::replace(&mut entry.is_ready, true)
        {
            self.ready.push_back(slot);
        }
    }

    pub(super) fn wake_all(&mut self) {
        for slot in 0..self.table.slots() {
            self.wake(slot);
        }
    }

    /// Wakes the jobs whose deadline has come.
    pub(super) fn wake_due(&mut self) {
        if self.next_due.is_none_or(|due| due > self.now) {
            return;
        }
        self.next_due = None;
        for slot in 0..self.table.slots() {
            let deadline = self.table.at(slot).and_then(|(_, entry)| entry.deadline);
            match deadline {
                Some(deadline) if deadline.at <= self.now => self.wake(slot),
                Some(deadline) => self.note_due(deadline),
                None => {}
            }
        }
    }

    fn note_due(&mut self, deadline: Deadline) {
        self.next_due = Some(self.next_due.map_or(deadline.at, |due| due.min(deadline.at)));
    }

    /// Wakes the jobs that waited for something of the client and can have it now.
    pub(super) fn wake_able(&mut self) {
        let Some(mut limits) = self.limits.take() else { return };
        limits.is_full = self.in_flight >= self.in_flight_max;
        if limits.take_news() {
            limits.able().for_each(|slot| self.wake(slot));
        }
        self.limits = Some(limits);
    }

    /// Finds the next job with something to do, among those that are ready.
    pub(super) fn decide(&mut self) -> Option<JobId> {
        let is_full = self.in_flight >= self.in_flight_max;
        if is_full && self.given_up == 0 && self.feeding == 0 {
            return None;
        }
        for _ in 0..self.ready.len() {
            let slot = self.ready.pop_front()?;
            let Some((id, entry)) = self.table.at(slot) else { continue };
            if is_full && !entry.is_given_up && !entry.is_feeding {
                self.ready.push_back(slot);
                continue;
            }
            if let Some(limits) = &mut self.limits {
                limits.begin_turn(slot, entry.flights.open().len());
                limits.is_full = is_full && !entry.is_given_up;
            }
            self.session.limits = self.limits.take();
            self.session.is_put_off = false;
            let has_more = entry.machine.decide_any(&mut self.session, self.now);
            self.limits = self.session.limits.take();
            if has_more {
                // It may have more to do, after the others.
                self.ready.push_back(slot);
                return Some(id);
            }
            self.rest(id);
        }
        None
    }

    /// A job has nothing more to do now: it has ended, or it waits for something.
    fn rest(&mut self, id: JobId) {
        let Some(entry) = self.table.get_mut(id) else { return };
        entry.is_ready = false;
        if let Some(limits) = &mut self.limits {
            limits.end_turn();
        }
        if let Some(outcome) = entry.machine.outcome_any() {
            self.remove(id, outcome);
            return;
        }
        let is_waiting = entry.drained(&self.session);
        let deadline = entry.deadline;
        self.table.set_waiting(id, is_waiting);
        if let Some(deadline) = deadline {
            self.note_due(deadline);
        }
    }

    pub(super) fn remove(&mut self, id: JobId, outcome: Result<AnyOutput, Error>) {
        if let Some(mut entry) = self.table.remove(id) {
            while let Some(event) = entry.machine.poll_event_any()
                && self.last_events.len() < LAST_EVENTS_MAX
            {
                self.last_events.push_back((id, event));
            }
            self.in_flight -= entry.places();
            self.given_up -= usize::from(entry.is_given_up);
            self.feeding -= usize::from(entry.is_feeding);
            if let Some(limits) = &mut self.limits {
                let open = entry.flights.open().iter();
                open.for_each(|flight| flight.given_up(id.slot, limits));
                limits.forget(id.slot);
            }
            self.orphans.extend(entry.flights.open().iter().map(|flight| (id, flight.id)));
        }
        self.outcomes.push_back((id, outcome));
    }

    /// Hands out what a job has decided.
    pub(super) fn act(&mut self, job: JobId) -> Option<(JobId, Action<'_>)> {
        let entry = self.table.get_mut(job)?;
        // What it is about to send may have to be fed.
        entry.note_feeding(&mut self.feeding);
        let Entry { machine, flights, .. } = entry;
        let action = machine.action_any(&self.session)?;
        if let Some(limits) = &mut self.limits {
            self.in_flight = flights.note(job.slot, &action, limits, self.in_flight);
        }
        Some((job, action))
    }
}
