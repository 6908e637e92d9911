//! An upload with what it is fed: bytes of the service's own files that go into its bodies.
//!
//! A body that waits for bytes is in flight, and what brings them goes on its place: neither the
//! limit of connections nor a window can stand between the two, so they never wait for each other.
//! What is held between them is reserved before the first body is sent.

use super::feed::{Feed, FeedNext};
use super::hungry::Hungry;
use super::plan::Remotes;
use crate::error::Error;
use crate::id::{BufferId, ReqId};
use crate::machine::event::{Event, Events, Progress};
use crate::machine::session::{Pass, Session};
use crate::machine::{Accept, Action, Input, Machine};
use crate::op::upload_part;
use crate::time::{Deadline, Instant};
use crate::wire::reply::Headers;
use alloc::vec::Vec;

/// Above the slots of an upload with all its lanes.
const FEED_SLOT: u16 = 1_024;

/// `M` and what feeds it.
#[derive(Debug)]
pub(super) struct Fed<M> {
    machine: M,
    feeds: Vec<Feed>,
    /// Bytes that are held for all bodies together, until they are reserved.
    to_reserve: u64,
    /// What made the job fail.
    error: Option<Error>,
    /// A body that was given up.
    to_abort: Option<ReqId>,
    step: Option<Step>,
    /// The bodies in flight may have changed.
    is_stale: bool,
    /// Bytes that were fetched for bodies that are no longer in flight.
    fetched: u64,
    events: Events,
    /// What was told last, and how many requests that feed others were repeated.
    progress: Progress,
    retries: u32,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Machine,
    Get(usize),
    Abort(ReqId),
}

impl<M: Hungry> Fed<M> {
    /// Feeds at most `lanes` bodies at a time, holding `held` bytes for all of them.
    pub(super) fn new(machine: M, lanes: usize, held: u64) -> Self {
        let lanes = u16::try_from(lanes).unwrap_or(0);
        Self {
            machine,
            feeds: (0..lanes).map(|at| Feed::new(FEED_SLOT + at)).collect(),
            to_reserve: held,
            error: None,
            to_abort: None,
            step: None,
            is_stale: false,
            fetched: 0,
            events: Events::default(),
            progress: Progress::default(),
            retries: 0,
        }
    }

    /// Ends what feeds bodies that are no longer in flight, and begins to feed others.
    fn align(&mut self) {
        if !core::mem::take(&mut self.is_stale) || self.feeds.is_empty() {
            return;
        }
        let mut sending = Vec::new();
        self.machine.each_sending(&mut |id, index| sending.push((id, index)));
        for feed in &mut self.feeds {
            if feed.fed().is_some_and(|fed| sending.iter().all(|(id, _)| *id != fed)) {
                self.fetched += feed.fetched();
                feed.rest();
            }
        }
        let plan = self.machine.plan();
        for (id, index) in sending {
            let is_fed = self.feeds.iter().any(|feed| feed.fed() == Some(id));
            // What is about to be given up is not fed any more.
            if !is_fed
                && self.error.is_none()
                && plan.remote(index, 0).is_some()
                && let Some(free) = self.feeds.iter_mut().find(|feed| feed.fed().is_none())
            {
                free.begin(plan, id, index);
            }
        }
    }

    fn next_step(&mut self, cx: &mut Session, now: Instant) -> Option<Step> {
        if self.to_reserve > 0 && self.error.is_none() {
            match cx.room(&upload_part::SPEC, BufferId(0), self.to_reserve, self.to_reserve) {
                Pass::Now => self.to_reserve = 0,
                Pass::Later => return None,
                Pass::Never => self.fail(cx, now),
            }
        }
        self.align();
        for at in 0..self.feeds.len() {
            match self.feeds.get_mut(at).map(|feed| feed.next(cx, now)) {
                Some(FeedNext::Abort(id)) => return Some(Step::Abort(id)),
                Some(FeedNext::Get) => return Some(Step::Get(at)),
                Some(FeedNext::Failed) => self.fail(cx, now),
                Some(FeedNext::Nothing) | None => {}
            }
        }
        if let Some(id) = self.to_abort.take() {
            return Some(Step::Abort(id));
        }
        if self.machine.decide(cx, now) {
            return Some(Step::Machine);
        }
        // It may have given up a body without an action.
        self.align();
        let abort = self.feeds.iter_mut().find_map(Feed::take_abort);
        abort.map(Step::Abort)
    }

    /// What is fed.
    pub(super) const fn machine(&self) -> &M {
        &self.machine
    }

    /// The same, for changes of its plan.
    pub(super) const fn machine_mut(&mut self) -> &mut M {
        &mut self.machine
    }

    /// Whether it has failed, and only tidies up.
    pub(super) const fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    /// Ends the job with the session's fault, unless it turns out that the file is there.
    fn fail(&mut self, cx: &mut Session, now: Instant) {
        let error = cx.take_error();
        if self.error.is_none() {
            self.to_abort = self.machine.starve(cx, now, &error);
            self.rest_with(error);
        }
    }

    /// Ends the job with this error, in the way of one that is given up.
    pub(super) fn fail_with(&mut self, error: Error, now: Instant) {
        if self.error.is_none() {
            self.machine.cancel(now);
            self.rest_with(error);
        }
    }

    /// Feeds nobody any more, over this error.
    fn rest_with(&mut self, error: Error) {
        self.error = Some(error);
        self.to_reserve = 0;
        self.feeds.iter_mut().for_each(Feed::rest);
    }

    fn feed_of(&mut self, id: ReqId) -> Option<&mut Feed> {
        let at = id.slot.checked_sub(FEED_SLOT)?;
        self.feeds.get_mut(usize::from(at))
    }

    fn fetched(&self) -> u64 {
        self.fetched + self.feeds.iter().map(Feed::fetched).sum::<u64>()
    }
}

impl<M: Hungry> Machine for Fed<M> {
    type Output = M::Output;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        self.step = self.next_step(cx, now);
        self.step.is_some()
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        match self.step.take()? {
            Step::Machine => {
                self.is_stale = true;
                self.machine.action(cx)
            }
            Step::Get(at) => self.feeds.get_mut(at)?.get(cx),
            Step::Abort(id) => Some(Action::Abort(id)),
        }
    }

    fn accept(
        &mut self,
        cx: &mut Session,
        now: Instant,
        id: ReqId,
        status: u16,
        headers: &dyn Headers,
    ) -> Accept {
        match self.feed_of(id) {
            Some(feed) => feed.accept(cx, now, id, (status, headers)),
            None => self.machine.accept(cx, now, id, status, headers),
        }
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        let at = input.id().slot.checked_sub(FEED_SLOT).map(usize::from);
        let Some(feed) = at.and_then(|at| self.feeds.get_mut(at)) else {
            self.is_stale |= input.is_final();
            self.machine.handle_input(cx, now, input);
            return self.align();
        };
        if feed.handle(cx, now, &input, self.machine.plan(), &mut self.events) {
            self.fail(cx, now);
        }
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        let feeds = self.feeds.iter().map(Feed::deadline).fold(None, Deadline::earlier);
        let deadline = if self.to_reserve > 0 { None } else { self.machine.poll_deadline(cx) };
        Deadline::earlier(feeds, deadline)
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        self.feeds.iter().any(|feed| feed.waits_for_login(cx))
            || self.to_reserve == 0 && self.machine.waits_for_login(cx)
    }

    fn large_file_id(&self) -> Option<&str> {
        self.machine.large_file_id()
    }

    fn poll_event(&mut self) -> Option<Event> {
        let bytes_fetched = self.fetched();
        match self.events.poll() {
            Some(retry @ Event::Retry(_)) => return Some(retry),
            Some(Event::Progress(own)) => self.retries = own.retries,
            Some(Event::LargeFileStarted) | None => {}
        }
        match self.machine.poll_event() {
            Some(Event::Progress(progress)) => {
                let retries = progress.retries + self.retries;
                self.progress = Progress { bytes_fetched, retries, ..progress };
                Some(Event::Progress(self.progress))
            }
            None if self.progress.bytes_fetched != bytes_fetched => {
                self.progress.bytes_fetched = bytes_fetched;
                Some(Event::Progress(self.progress))
            }
            other => other,
        }
    }

    fn cancel(&mut self, now: Instant) {
        self.to_reserve = 0;
        self.is_stale = true;
        self.machine.cancel(now);
    }

    fn outcome(&mut self) -> Option<Result<Self::Output, Error>> {
        if self.to_abort.is_some() || self.feeds.iter().any(|feed| feed.has_abort()) {
            return None;
        }
        let outcome = self.machine.outcome()?;
        match (outcome, self.error.take()) {
            // That it was given up is not why, but what is in doubt since then is so.
            (Err(Error { may_have_taken_effect, .. }), Some(error)) => {
                Some(Err(Error { may_have_taken_effect, ..error }))
            }
            (outcome, _) => Some(outcome),
        }
    }
}
