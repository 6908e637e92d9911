//! Whose turn it is: jobs that are ready are polled one after the other, for one action each.
//!
//! While as many requests are in flight as may be, they are polled all the same, for what needs
//! no place: buffers, hashes, claims, aborts. Who would send is held then, and comes first as soon
//! as a place is free; until something happens to it, it is not asked again.

#[cfg(debug_assertions)]
use super::custody;
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

    /// The next job to be polled: one that is held if there is a place, else one that is ready.
    fn next_turn(&mut self, is_full: bool) -> Option<u32> {
        loop {
            let held = if is_full { None } else { self.held.pop_front() };
            let slot = held.or_else(|| self.ready.pop_front())?;
            // The job that was woken may have ended.
            let Some((_, entry)) = self.table.at(slot) else { continue };
            let is_due = if held.is_some() { &mut entry.is_held } else { &mut entry.is_ready };
            if core::mem::take(is_due) {
                return Some(slot);
            }
        }
    }

    /// Finds the next job with something to do.
    pub(super) fn decide(&mut self) -> Option<JobId> {
        let is_full = self.in_flight >= self.in_flight_max;
        while let Some(slot) = self.next_turn(is_full) {
            let Some((id, entry)) = self.table.at(slot) else { continue };
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
                self.wake(slot);
                return Some(id);
            }
            self.rest(id);
        }
        None
    }

    /// A job has nothing more to do now: it has ended, or it waits for something.
    fn rest(&mut self, id: JobId) {
        let Some(entry) = self.table.get_mut(id) else { return };
        let wants_place = self.limits.as_mut().is_some_and(|limits| limits.end_turn());
        if let Some(outcome) = entry.machine.outcome_any() {
            self.remove(id, outcome);
            return;
        }
        let is_waiting = entry.drained(&self.session);
        if wants_place && !core::mem::replace(&mut entry.is_held, true) {
            self.held.push_back(id.slot);
        }
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
            if entry.is_held {
                self.held.retain(|held| *held != id.slot);
            }
            if let Some(limits) = &mut self.limits {
                let open = entry.flights.open().iter();
                open.for_each(|flight| flight.given_up(id.slot, limits));
                limits.forget(id.slot);
            }
            self.orphans.extend(entry.flights.open().iter().map(|flight| (id, flight.id)));
        }
        #[cfg(debug_assertions)]
        if let Err(error) = &outcome {
            custody::check_error(&self.session, error);
        }
        self.outcomes.push_back((id, outcome));
    }

    /// Hands out what a job has decided.
    pub(super) fn act(&mut self, job: JobId) -> Option<(JobId, Action<'_>)> {
        let entry = self.table.get_mut(job)?;
        let Entry { machine, flights, .. } = entry;
        let action = machine.action_any(&self.session)?;
        #[cfg(debug_assertions)]
        self.custody.note(job.number(), &self.session, &action);
        if let Some(limits) = &mut self.limits {
            self.in_flight = flights.note(job.slot, &action, limits, self.in_flight);
        }
        Some((job, action))
    }
}
