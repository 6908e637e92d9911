//! What all jobs of a client together may do: requests of each kind, buffers, transactions.
//!
//! Who is refused waits in a queue, one for each kind of request and one for buffers. Places are
//! given in the order of the queue, and a job that has got one goes to its end: so a job of ten
//! thousand parts and a job of one take turns.

use super::pass::{Cost, Pass};
use crate::error::{Error, ErrorKind};
use crate::id::BufferId;
use crate::op::Spec;
use crate::policy::buffers::{BUFFERS_LEN, Buffers, Room};
use crate::policy::classify::Fault;
use crate::policy::meter::{Budget, Meter, Spent};
use crate::policy::window::{Kind, Round, Signal, Window};
use crate::wire::text::{Decimal, Plain};
use alloc::collections::VecDeque;

/// The limits of one client, and who waits for what. The engine owns them and lends them to the
/// session while machines decide.
#[derive(Debug)]
pub(crate) struct Limits {
    lines: [Line; Kind::COUNT],
    pub(crate) buffers: Buffers,
    pub(crate) meter: Meter,
    pub(crate) budget: Option<Budget>,
    /// As many requests are in flight as may be: only such can be sent that share the place of
    /// another one.
    pub(crate) is_full: bool,
    turn: Turn,
    has_news: bool,
    /// Nobody waits and there are no buffers, as mostly.
    is_quiet: bool,
}

/// Requests of one kind, and the jobs that wait to send another.
#[derive(Debug)]
struct Line {
    window: Window,
    queue: VecDeque<u32>,
}

/// The job that decides now.
#[derive(Debug, Default)]
struct Turn {
    job: u32,
    /// Its requests without an end.
    in_flight: usize,
    /// The kinds of requests it was refused, as bits.
    refused: u8,
    /// It was refused because all places are taken.
    wants_place: bool,
    wants_room: bool,
}

impl Limits {
    /// Limits of a client with so many requests at the same time.
    pub(crate) fn new(requests_max: usize) -> Self {
        let line = |_| Line { window: Window::new(requests_max), queue: VecDeque::new() };
        Self {
            lines: Kind::ALL.map(line),
            buffers: Buffers::new(BUFFERS_LEN),
            meter: Meter::default(),
            budget: None,
            is_full: false,
            turn: Turn::default(),
            has_news: false,
            is_quiet: true,
        }
    }

    /// A job is about to decide.
    pub(crate) fn begin_turn(&mut self, job: u32, in_flight: usize) {
        self.turn = Turn { job, in_flight, ..Turn::default() };
    }

    /// The job has nothing more to do now: it keeps its places in the queues where it was
    /// refused, and leaves the others. Tells whether it waits for a place among all requests,
    /// before it has to ask again, and stands in a queue only if it did before.
    pub(crate) fn end_turn(&mut self) -> bool {
        let Turn { job, refused, wants_place, wants_room, .. } = self.turn;
        if self.is_quiet {
            return wants_place;
        }
        for (bit, line) in self.lines.iter_mut().enumerate() {
            if refused & (1 << bit) != 0 {
                if !wants_place && !line.queue.contains(&job) {
                    line.queue.push_back(job);
                }
            } else if !line.queue.is_empty() {
                self.has_news |= line.leave(job);
            }
        }
        if !wants_room {
            self.has_news |= self.buffers.leave(job);
        }
        self.is_quiet =
            self.buffers.is_empty() && self.lines.iter().all(|line| line.queue.is_empty());
        wants_place
    }

    /// Whether a request may be sent now.
    pub(crate) fn pass(&mut self, spec: &Spec, cost: Cost, fault: &mut Fault) -> Pass {
        let before = self.lines[Kind::of(spec.name) as usize].before(self.turn.job);
        self.pass_after(before, spec, cost, fault)
    }

    /// Whether there is a place for a request that cannot be sent yet, whoever waits for it. A job
    /// that waited for its turn here, and then in another line for what it needs before, would
    /// lose one while it waits for the other.
    pub(crate) fn pass_ahead(&mut self, spec: &Spec, cost: Cost, fault: &mut Fault) -> Pass {
        self.pass_after(0, spec, cost, fault)
    }

    fn pass_after(&mut self, before: usize, spec: &Spec, cost: Cost, fault: &mut Fault) -> Pass {
        if let Some(spent) = self.spent(spec, cost) {
            if self.turn.in_flight > 0 {
                // What is under way may end before the job does.
                return Pass::Later;
            }
            fault.set_fatal(spec.name, over_budget(spent));
            return Pass::Never;
        }
        let kind = Kind::of(spec.name) as usize;
        if self.is_full {
            self.turn.wants_place = true;
        } else if self.lines[kind].window.room() as usize > before {
            return Pass::Now;
        } else {
            self.is_quiet = false;
        }
        self.turn.refused |= 1 << kind;
        Pass::Later
    }

    /// Whether a request may be sent whose answer goes into the body of one in flight. That one
    /// has a place for both and waits for it, so nothing but the budget can stand against it.
    pub(crate) fn pass_feed(&self, spec: &Spec, cost: Cost, fault: &mut Fault) -> Pass {
        let Some(spent) = self.spent(spec, cost) else { return Pass::Now };
        fault.set_fatal(spec.name, over_budget(spent));
        Pass::Never
    }

    fn spent(&self, spec: &Spec, cost: Cost) -> Option<Spent> {
        self.budget.as_ref()?.refuses(&self.meter, spec, cost)
    }

    /// Whether a buffer may be filled now: its number, its length, and the bytes the job needs.
    pub(crate) fn room(
        &mut self,
        (slot, len, needs): (BufferId, u64, u64),
        spec: &Spec,
        fault: &mut Fault,
    ) -> Pass {
        self.is_quiet = false;
        match self.buffers.ask(self.turn.job, slot, len, needs) {
            Room::Now => Pass::Now,
            Room::Later => {
                self.turn.wants_room = true;
                // It may have given a reservation back that is enough for another job.
                self.has_news = true;
                Pass::Later
            }
            Room::Never => {
                let (needs, total) = (Decimal(needs.max(len)), Decimal(self.buffers.total()));
                let message = format_args!(
                    "buffers of {needs} bytes are needed, and all buffers of the client may have \
                     {total}: allow as many, or shorter parts"
                );
                fault.set_fatal(spec.name, Error::with_message(ErrorKind::Limit, message));
                Pass::Never
            }
        }
    }

    pub(crate) fn check_bytes_down(&self, spec: &Spec, len: u64) -> Result<(), Error> {
        let Some(limit) = self.budget.and_then(|budget| budget.bytes_down) else { return Ok(()) };
        if self.meter.bytes_down.saturating_add(len) <= limit {
            return Ok(());
        }
        Err(over_budget(("bytes received", limit)).in_operation(spec.name))
    }

    /// A request of the job that has decided is sent.
    pub(crate) fn enter(&mut self, kind: Kind) -> Round {
        let line = &mut self.lines[kind as usize];
        if !line.queue.is_empty() {
            line.leave(self.turn.job);
        }
        line.window.enter()
    }

    /// A request has ended.
    pub(crate) fn leave(&mut self, kind: Kind, round: Round, signal: Signal) {
        self.lines[kind as usize].window.leave(round, signal);
        // It may have had the last place there was, whatever its kind.
        self.has_news |= !self.is_quiet;
    }

    /// Something of a job's buffers is free again.
    pub(crate) fn release(&mut self, job: u32, slot: BufferId) {
        self.buffers.release(job, slot);
        self.has_news = true;
    }

    /// A buffer was filled with `len` bytes where `wanted` were asked for.
    pub(crate) fn filled(&mut self, job: u32, slot: BufferId, len: u64, wanted: u64) {
        self.buffers.fill(job, slot, len);
        if len < wanted {
            self.buffers.ended(job);
            self.has_news = true;
        }
    }

    /// A job is gone.
    pub(crate) fn forget(&mut self, job: u32) {
        if self.is_quiet {
            return;
        }
        for line in &mut self.lines {
            if !line.queue.is_empty() {
                self.has_news |= line.leave(job);
            }
        }
        self.has_news |= self.buffers.close(job);
    }

    /// Whether somebody who waits may be able to go on, since this was asked before.
    pub(crate) const fn take_news(&mut self) -> bool {
        core::mem::replace(&mut self.has_news, false)
    }

    /// Whether the same is to be asked again.
    pub(crate) const fn has_news(&self) -> bool {
        self.has_news
    }

    /// The jobs that can go on now.
    pub(crate) fn able(&self) -> impl Iterator<Item = u32> + '_ {
        let lines = if self.is_full { &[][..] } else { &self.lines };
        let requests = lines
            .iter()
            .flat_map(|line| line.queue.iter().take(line.window.room() as usize).copied());
        requests.chain(self.buffers.next())
    }

    /// How many requests of a kind may be in flight.
    pub(crate) fn window(&self, kind: Kind) -> u32 {
        self.lines[kind as usize].window.size()
    }
}

impl Line {
    /// Jobs whose turn comes before that of `job`.
    fn before(&self, job: u32) -> usize {
        self.queue.iter().position(|waiting| *waiting == job).unwrap_or(self.queue.len())
    }

    /// A job does not wait any more; whether it did.
    fn leave(&mut self, job: u32) -> bool {
        let before = self.queue.len();
        self.queue.retain(|waiting| *waiting != job);
        before != self.queue.len()
    }
}

fn over_budget((name, limit): Spent) -> Error {
    let message = format_args!(
        "the budget of {} {} is used up: raise it and do the same again",
        Decimal(limit),
        Plain(name)
    );
    Error::with_message(ErrorKind::Limit, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::{CancelLargeFile, Operation as _};
    use alloc::string::String;

    /// Who is refused because all places are taken waits for one, and not in the queue of a kind;
    /// but one that stood there already keeps its turn.
    #[test]
    fn who_waits_for_a_place_stands_in_no_queue_that_it_did_not_stand_in_before() {
        let spec = &CancelLargeFile::<String>::SPEC;
        let mut limits = Limits::new(1);
        let mut fault = Fault::default();
        let mut ask = |limits: &mut Limits, job, is_full| {
            limits.begin_turn(job, 0);
            limits.is_full = is_full;
            assert!(limits.pass(spec, Cost::default(), &mut fault) == Pass::Later);
            limits.end_turn()
        };
        let round = limits.enter(Kind::of(spec.name));
        assert!(!ask(&mut limits, 1, false), "it waits for others of its kind");
        assert!(ask(&mut limits, 2, true));
        assert!(ask(&mut limits, 1, true));
        limits.leave(Kind::of(spec.name), round, Signal::Answered);
        assert!(limits.take_news());
        limits.is_full = false;
        assert!(limits.able().eq([1]));
    }
}
