//! A question on its way.

use crate::error::{Error, ErrorKind};
use crate::id::ReqId;
use crate::machine::session::Session;
use crate::machine::single::Single;
use crate::machine::{Action, Input, Machine as _};
use crate::op::settle::{Facts, Question};
use crate::op::{GetFileInfo, ListBuckets, ListFileVersions, ListKeys};
use crate::time::{Deadline, Instant};
use alloc::boxed::Box;
use alloc::string::String;

/// The call that asks.
#[derive(Debug)]
pub(super) enum Inquiry {
    Versions(Single<ListFileVersions>),
    Buckets(Single<ListBuckets>),
    Keys(Single<ListKeys>),
    File(Single<GetFileInfo<String>>),
}

/// Runs an expression for whichever call it is.
macro_rules! delegate {
    ($inquiry:expr, $call:ident => $do:expr) => {
        match $inquiry {
            Inquiry::Versions($call) => $do,
            Inquiry::Buckets($call) => $do,
            Inquiry::Keys($call) => $do,
            Inquiry::File($call) => $do,
        }
    };
}

impl Inquiry {
    /// A call that takes over the slot of the request `last`, and is not sent before `from`.
    pub(super) fn new(question: Question, last: ReqId, from: Instant) -> Self {
        match question {
            Question::Versions(list) => Self::Versions(Single::later(list, last, from)),
            Question::Buckets(list) => Self::Buckets(Single::later(list, last, from)),
            Question::Keys(list) => Self::Keys(Single::later(list, last, from)),
            Question::File(get) => Self::File(Single::later(get, last, from)),
        }
    }

    pub(super) const fn id(&self) -> ReqId {
        delegate!(self, call => call.id())
    }

    pub(super) fn decide(&mut self, cx: &mut Session, now: Instant) -> bool {
        delegate!(self, call => call.decide(cx, now))
    }

    pub(super) fn action<'a>(&'a mut self, cx: &'a Session) -> Option<Action<'a>> {
        delegate!(self, call => call.action(cx))
    }

    pub(super) fn handle_input(&mut self, cx: &mut Session, now: Instant, input: Input<'_>) {
        delegate!(self, call => call.handle_input(cx, now, input));
    }

    pub(super) fn deadline(&self, cx: &Session) -> Option<Deadline> {
        delegate!(self, call => call.poll_deadline(cx))
    }

    pub(super) fn waits_for_login(&self, cx: &Session) -> bool {
        delegate!(self, call => call.waits_for_login(cx))
    }

    /// The request to abort, if there is one.
    pub(super) fn in_flight(&self) -> Option<ReqId> {
        delegate!(self, call => call.in_flight())
    }

    pub(super) fn outcome(&mut self) -> Option<Result<Facts, Error>> {
        match self {
            Self::Versions(call) => Some(call.outcome()?.map(Facts::Versions)),
            Self::Buckets(call) => Some(call.outcome()?.map(Facts::Buckets)),
            Self::Keys(call) => Some(call.outcome()?.map(Facts::Keys)),
            Self::File(call) => Some(match call.outcome()? {
                Err(error) if error.kind == ErrorKind::NotFound => Ok(Facts::File(None)),
                outcome => outcome.map(|version| Facts::File(Some(Box::new(version)))),
            }),
        }
    }
}
