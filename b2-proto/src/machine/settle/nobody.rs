//! Without a heap nobody asks: a login keeps no capabilities there, and there is no room for a
//! page of versions.

use super::{Asked, Turn};
use crate::error::Error;
use crate::id::ReqId;
use crate::machine::call::{Call, Verdict};
use crate::machine::session::Session;
use crate::machine::{Action, Input};
use crate::op::settle::{Lost, Question};
use crate::time::{Deadline, Instant};

/// Asks nothing.
#[derive(Debug)]
pub(crate) struct Settling;

impl Settling {
    pub(crate) const fn new(_slot: u16) -> Self {
        Self
    }

    pub(crate) const fn restart(&mut self) {}

    pub(crate) const fn may_be_late(&self) -> bool {
        true
    }

    pub(crate) const fn note_sent(&mut self, _cx: &Session, _now: Instant) {}

    pub(crate) const fn note_end(
        &mut self,
        _cx: &Session,
        _now: Instant,
        _input: &Input<'_>,
        _end: (&Call, &Verdict<'_>),
    ) {
    }

    pub(crate) const fn note_lost(&mut self, _cx: &Session, _now: Instant, _input: &Input<'_>) {}

    pub(crate) const fn note_failed(&mut self, _cx: &Session, _now: Instant) {}

    pub(crate) const fn note_not_done(&mut self, _doubt: &mut bool, _failure: Option<&mut Error>) {}

    pub(crate) fn ask(
        &mut self,
        _cx: &Session,
        _from: Option<Instant>,
        _question: impl FnOnce() -> Option<Question>,
    ) -> Asked {
        Asked::NotLost
    }

    pub(crate) const fn is_asking(&self) -> bool {
        false
    }

    pub(crate) const fn decide(&mut self, _cx: &mut Session, _now: Instant) -> Turn {
        Turn::Nothing
    }

    pub(crate) const fn lost<'a>(&self, cx: &'a mut Session) -> Lost<'a> {
        Lost { since_ms: u64::MAX, given: &mut cx.given }
    }

    pub(crate) const fn action<'a>(&'a mut self, _cx: &'a Session) -> Option<Action<'a>> {
        None
    }

    pub(crate) const fn handle_input(
        &mut self,
        _cx: &mut Session,
        _now: Instant,
        _input: Input<'_>,
    ) {
    }

    pub(crate) const fn deadline(&self, _cx: &Session) -> Option<Deadline> {
        None
    }

    pub(crate) const fn waits_for_login(&self, _cx: &Session) -> bool {
        false
    }

    pub(crate) const fn abandon(&mut self) -> Option<ReqId> {
        None
    }
}
