//! A machine whose requests are told apart from those of another one of its kind.
//!
//! What a job does instead of what failed may be done by a machine of the same kind, which would
//! count its requests from one again. A late answer to the first must not be taken for one to the
//! second (rule 4), so these have places of their own.

use crate::error::Error;
use crate::id::ReqId;
use crate::machine::{Accept, Action, Event, Input, Machine, Request, Session};
use crate::time::{Deadline, Instant};
use crate::wire::reply::Headers;

/// The machine behind it, with other places for its requests. It stores nothing in sinks.
#[derive(Debug)]
pub(super) struct Apart<M>(pub(super) M);

/// Machines have places from both ends of what there is.
const BIT: u16 = 1 << 14;

const fn turned(id: ReqId) -> ReqId {
    ReqId { slot: id.slot ^ BIT, ..id }
}

impl<M: Machine> Machine for Apart<M> {
    type Output = M::Output;

    fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        self.0.decide(cx, now)
    }

    fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        self.0.action(cx).map(turned_action)
    }

    fn accept(
        &mut self,
        cx: &mut Session,
        now: Instant,
        id: ReqId,
        status: u16,
        headers: &dyn Headers,
    ) -> Accept {
        self.0.accept(cx, now, turned(id), status, headers)
    }

    fn large_file_id(&self) -> Option<&str> {
        self.0.large_file_id()
    }

    fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        self.0.handle_input(cx, now, turned_input(input));
    }

    fn poll_deadline(&self, cx: &Session) -> Option<Deadline> {
        self.0.poll_deadline(cx)
    }

    fn waits_for_login(&self, cx: &Session) -> bool {
        self.0.waits_for_login(cx)
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.0.poll_event()
    }

    fn cancel(&mut self, now: Instant) {
        self.0.cancel(now);
    }

    fn outcome(&mut self) -> Option<Result<M::Output, Error>> {
        self.0.outcome()
    }
}

fn turned_action(action: Action<'_>) -> Action<'_> {
    match action {
        Action::Send(request) => {
            let (id, feeds) = (turned(request.id), request.feeds.map(turned));
            Action::Send(Request { id, feeds, ..request })
        }
        Action::Abort(id) => Action::Abort(turned(id)),
        Action::Fill { id, slot, source, len } => {
            Action::Fill { id: turned(id), slot, source, len }
        }
        Action::Release(slot) => Action::Release(slot),
        Action::Hash { id, source, offset, len } => {
            Action::Hash { id: turned(id), source, offset, len }
        }
        Action::HashJoined { id, pieces } => Action::HashJoined { id: turned(id), pieces },
        Action::Take { id, closed, len, count } => {
            Action::Take { id: turned(id), closed, len, count }
        }
        Action::Claim { id, file } => Action::Claim { id: turned(id), file },
        Action::Digest { id, sink, offset, len } => {
            Action::Digest { id: turned(id), sink, offset, len }
        }
        Action::Shorten { id, len } => Action::Shorten { id: turned(id), len },
    }
}

fn turned_input(input: Input<'_>) -> Input<'_> {
    let id = turned(input.id());
    match input {
        Input::Response { reply, sent, .. } => Input::Response { id, reply, sent },
        Input::Stored { .. } => Input::Stored { id },
        Input::Failed { cause, detail, stored, sent, .. } => {
            Input::Failed { id, cause, detail, stored, sent }
        }
        Input::Filled { len, digest, .. } => Input::Filled { id, len, digest },
        Input::Digested { digest, .. } => Input::Digested { id, digest },
        Input::Hashed { digest, through, .. } => Input::Hashed { id, digest, through },
        Input::Claimed { granted, .. } => Input::Claimed { id, granted },
        Input::Taken { taken, .. } => Input::Taken { id, taken },
        Input::Moved { bytes, .. } => Input::Moved { id, bytes },
    }
}
