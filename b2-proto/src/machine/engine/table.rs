//! The jobs of an engine, in slots that are used again.

use super::JobId;
use super::flights::Flights;
use super::job::AnyMachine;
use crate::machine::session::Session;
use crate::time::Deadline;
use alloc::boxed::Box;
use alloc::vec::Vec;

#[derive(Default)]
pub(super) struct Table {
    slots: Vec<Slot>,
    free: Vec<u32>,
    len: usize,
    waiting: usize,
}

#[derive(Default)]
struct Slot {
    generation: u32,
    entry: Option<Entry>,
}

/// One job.
pub(super) struct Entry {
    pub(super) machine: Box<dyn AnyMachine>,
    pub(super) flights: Flights,
    /// What it waited for after its last drain.
    pub(super) deadline: Option<Deadline>,
    pub(super) is_ready: bool,
    pub(super) is_eventful: bool,
    /// It waits for a place for a request.
    pub(super) is_held: bool,
    /// It was cancelled, and needs no place to tidy up.
    pub(super) is_given_up: bool,
    is_waiting: bool,
}

impl Entry {
    /// How many of its requests are on connections.
    pub(super) fn places(&self) -> usize {
        self.flights.open().iter().filter(|flight| flight.has_place()).count()
    }

    /// Whether it waits for the login.
    pub(super) const fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// Notes what the job waits for, having decided last; whether that is the login.
    pub(super) fn drained(&mut self, session: &Session) -> bool {
        self.deadline = self.machine.deadline_any(session);
        let is_waiting = self.machine.waits_for_login_any(session);
        self.flights.check(self.deadline, is_waiting || session.has_put_off());
        is_waiting
    }
}

impl Table {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Jobs that wait for the login.
    pub(super) const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Slots are numbered from 0 to this.
    pub(super) fn slots(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn insert(&mut self, machine: Box<dyn AnyMachine>) -> JobId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.slots() - 1
        });
        let place = &mut self.slots[slot as usize];
        place.generation = place.generation.wrapping_add(1);
        place.entry = Some(Entry {
            machine,
            flights: Flights::default(),
            deadline: None,
            is_ready: false,
            is_eventful: false,
            is_held: false,
            is_given_up: false,
            is_waiting: false,
        });
        self.len += 1;
        JobId { slot, generation: place.generation }
    }

    pub(super) fn get(&self, id: JobId) -> Option<&Entry> {
        let slot = self.slots.get(id.slot as usize)?;
        if slot.generation == id.generation { slot.entry.as_ref() } else { None }
    }

    pub(super) fn get_mut(&mut self, id: JobId) -> Option<&mut Entry> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        if slot.generation == id.generation { slot.entry.as_mut() } else { None }
    }

    pub(super) fn at(&mut self, slot: u32) -> Option<(JobId, &mut Entry)> {
        let place = self.slots.get_mut(slot as usize)?;
        let generation = place.generation;
        place.entry.as_mut().map(|entry| (JobId { slot, generation }, entry))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.slots.iter().filter_map(|slot| slot.entry.as_ref())
    }

    pub(super) fn set_waiting(&mut self, id: JobId, is_waiting: bool) {
        if let Some(entry) = self.get_mut(id) {
            let was_waiting = core::mem::replace(&mut entry.is_waiting, is_waiting);
            self.waiting = self.waiting + usize::from(is_waiting) - usize::from(was_waiting);
        }
    }

    pub(super) fn remove(&mut self, id: JobId) -> Option<Entry> {
        self.set_waiting(id, false);
        let slot = self.slots.get_mut(id.slot as usize)?;
        let entry = slot.entry.take_if(|_| slot.generation == id.generation)?;
        self.free.push(id.slot);
        self.len -= 1;
        Some(entry)
    }
}
